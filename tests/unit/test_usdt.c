/* SPDX-License-Identifier: BSD-2-Clause */
/* Which probes a file has; and files whose notes lead somewhere else: copies of a loader, changed in one place. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/kernel/usdt.h"

static char path[64];
static char *bytes;
static size_t size;
static struct usdt_probes probes;
static struct text why;

static char *program(void)
{
	static char name[512];
	const char *build = getenv("BUNDLETRACE_BUILD");
	snprintf(name, sizeof(name), "%s/bundle_load", build ? build : "build");
	return name;
}

static void begin(void)
{
	struct stat st;
	int fd = open(program(), O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	size = (size_t)st.st_size;
	bytes = malloc(size);
	ck_assert_int_eq(read(fd, bytes, size), (ssize_t)size);
	close(fd);
	why = (struct text){ 0 };
}

static void end(void)
{
	free(bytes);
	text_free(&why);
	unlink(path);
}

/* Examines the bytes as they are now. */
static int examine(void)
{
	strcpy(path, "/tmp/usdt-XXXXXX");
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	text_clear(&why);
	int err = usdt_probes_in(path, &probes, &why);
	unlink(path);
	return err;
}

static void is_refused(const char *reason)
{
	ck_assert_int_eq(examine(), -EBADMSG);
	ck_assert_uint_eq(probes.here, 0);
	text_char(&why, '\0');
	ck_assert_msg(strstr(why.data, reason) && strstr(why.data, "probe "), "%s", why.data);
}

static Elf64_Shdr *section(const char *name)
{
	Elf64_Ehdr *header = (void *)bytes;
	Elf64_Shdr *sections = (void *)(bytes + header->e_shoff);
	const char *names = bytes + sections[header->e_shstrndx].sh_offset;
	for (int i = 0; i < header->e_shnum; i++)
		if (strcmp(names + sections[i].sh_name, name) == 0)
			return &sections[i];
	return NULL;
}

/* The three addresses of the first note: probe, base, semaphore. */
static uint64_t *note(void)
{
	Elf64_Shdr *notes = section(".note.stapsdt");
	ck_assert_ptr_nonnull(notes);
	return (void *)(bytes + notes->sh_offset + sizeof(Elf64_Nhdr) + 8);
}

/* The loaded segment with this address. */
static Elf64_Phdr *segment(uint64_t address)
{
	Elf64_Ehdr *header = (void *)bytes;
	Elf64_Phdr *segments = (void *)(bytes + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++)
		if (segments[i].p_type == PT_LOAD && address >= segments[i].p_vaddr &&
			address - segments[i].p_vaddr < segments[i].p_filesz)
			return &segments[i];
	ck_abort_msg("no segment");
	return NULL;
}

static char *byte_at(uint64_t address)
{
	Elf64_Phdr *at = segment(address);
	return bytes + at->p_offset + (address - at->p_vaddr);
}

START_TEST(as_it_was_linked)
{
	ck_assert_int_eq(examine(), 0);
	ck_assert_int_eq(__builtin_popcount(probes.here), PROBES_COUNT);
	ck_assert(!probes.unmoved);
	for (unsigned i = 0; i < PROBES_COUNT; i++) {
		const struct usdt_site *site = &probes.sites[i];
		uint16_t semaphore;
		ck_assert_uint_eq((unsigned char)bytes[site->probe], 0x90);
		memcpy(&semaphore, bytes + site->semaphore, sizeof(semaphore));
		ck_assert_uint_eq(semaphore, 0);
		ck_assert_uint_eq(site->count, 1);
	}
	ck_assert_uint_eq(probes.sites[0].apart, note()[2] - note()[0]);
}
END_TEST

/* The file was moved: its notes with it, as long as they have a base. */
START_TEST(moved_by_its_base)
{
	ck_assert_int_eq(examine(), 0);
	uint64_t probe = probes.sites[0].probe;
	note()[0] -= 0x10000;
	note()[1] -= 0x10000;
	note()[2] -= 0x10000;
	ck_assert_int_eq(examine(), 0);
	ck_assert_uint_eq(probes.sites[0].probe, probe);
	note()[0] += 0x10000;
	note()[1] = 0;
	note()[2] += 0x10000;
	ck_assert_int_eq(examine(), 0);
	ck_assert_uint_eq(probes.sites[0].probe, probe);
	ck_assert(probes.unmoved);
}
END_TEST

START_TEST(a_probe_that_is_none)
{
	uint64_t right = note()[0];
	note()[0] = right - 1;
	is_refused("is not at a nop");
	note()[0] = note()[2];
	is_refused("is not in code");
	note()[0] = UINT64_MAX;
	is_refused("is not in code");
	note()[0] = right;
	*byte_at(right) = (char)0x91;
	is_refused("is not at a nop");
	*byte_at(right) = (char)0x90;
	segment(right)->p_flags |= PF_W;
	is_refused("is not in code");
	segment(right)->p_flags = PF_R;
	is_refused("is not in code");
}
END_TEST

START_TEST(a_semaphore_that_is_none)
{
	uint64_t right = note()[2];
	note()[2] = right - 1;
	is_refused("other data");
	note()[2] = note()[0] & ~1ull;
	is_refused("outside of writable data");
	note()[2] = UINT64_MAX - 1;
	is_refused("outside of writable data");
	note()[2] = right;
	*byte_at(right) = 1;
	is_refused("other data");
	*byte_at(right) = 0;
	segment(right)->p_flags |= PF_X;
	is_refused("outside of writable data");
}
END_TEST

START_TEST(no_program)
{
	Elf64_Ehdr *header = (void *)bytes;
	header->e_phnum = 60000;
	ck_assert_int_eq(examine(), -ENOEXEC);
	header->e_phnum = 1;
	header->e_shnum = 0; /* their number is in the table, and can be anything */
	ck_assert_int_eq(examine(), -ENOEXEC);
	bytes[1] = 'x';
	ck_assert_int_eq(examine(), -ENOEXEC);
	size = 10;
	ck_assert_int_eq(examine(), -ENOEXEC);
	ck_assert_int_eq(usdt_probes_in("/no/file", &probes, &why), -ENOENT);
}
END_TEST

/* Any byte of the notes: refused, ignored or found, and never out of bounds. */
START_TEST(damaged_notes)
{
	Elf64_Shdr *notes = section(".note.stapsdt");
	unsigned refused = 0;
	for (uint64_t i = 0; i < notes->sh_size; i += 3) {
		char *at = bytes + notes->sh_offset + i, kept = *at;
		*at = (char)(kept ^ (1 << i % 8));
		int err = examine();
		ck_assert(err == 0 || err == -EBADMSG);
		refused += err != 0;
		*at = kept;
	}
	ck_assert_uint_gt(refused, 20);
	ck_assert_int_eq(examine(), 0);
}
END_TEST

Suite *usdt_suite(void)
{
	Suite *suite = suite_create("usdt");
	TCase *tc = tcase_create("usdt");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, as_it_was_linked);
	tcase_add_test(tc, moved_by_its_base);
	tcase_add_test(tc, a_probe_that_is_none);
	tcase_add_test(tc, a_semaphore_that_is_none);
	tcase_add_test(tc, no_program);
	tcase_add_test(tc, damaged_notes);
	suite_add_tcase(suite, tc);
	return suite;
}
