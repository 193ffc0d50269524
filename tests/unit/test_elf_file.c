/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF files made to take all memory or time are refused at once; those of real programs are read. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/base/clock.h"
#include "user/kernel/elf_file.h"
#include "user/kernel/live_counters.h"
#include "user/kernel/usdt.h"
#include "bundle_help.h"

#define NAMES "\0.shstrtab\0.note.stapsdt"

/* What a file claims. */
struct claim {
	Elf64_Half segments, sections;
	Elf64_Xword names_bytes, notes_bytes; /* behind which the file has a hole */
};

/* A file with one section of names and one of notes; it is sparse, and reads as zeros. */
static const char *make_file(const struct claim *claim)
{
	const char *path = scratch_file("elf");
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(header),
		.e_shoff = 4096,
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = claim->segments,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = claim->sections,
		.e_shstrndx = 1,
	};
	Elf64_Shdr sections[3] = {
		{ 0 },
		{ .sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = 2048, .sh_size = claim->names_bytes },
		{ .sh_name = 11, .sh_type = SHT_NOTE, .sh_offset = 16u << 20, .sh_size = claim->notes_bytes },
	};
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, &header, sizeof(header), 0), (ssize_t)sizeof(header));
	ck_assert_int_eq(pwrite(fd, NAMES, sizeof(NAMES), 2048), (ssize_t)sizeof(NAMES));
	ck_assert_int_eq(pwrite(fd, sections, sizeof(sections), 4096), (ssize_t)sizeof(sections));
	ck_assert_int_eq(ftruncate(fd, (off_t)4 << 30), 0);
	close(fd);
	return path;
}

static long max_rss_kb(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

START_TEST(hostile_files)
{
	static const struct {
		struct claim claim;
		bool read;
	} cases[] = {
		{ { 3, 3, sizeof(NAMES), 4096 }, true },
		{ { 3, 3, sizeof(NAMES), (Elf64_Xword)2 << 30 }, true }, /* its notes are left out */
		{ { 60000, 3, sizeof(NAMES), 4096 }, false },
		{ { PN_XNUM, 3, sizeof(NAMES), 4096 }, false },
		{ { 3, 60000, sizeof(NAMES), 4096 }, false },
		{ { 3, 0, sizeof(NAMES), 4096 }, false },
		{ { 3, 3, (Elf64_Xword)2 << 30, 4096 }, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *path = make_file(&cases[i].claim);
		long before_kb = max_rss_kb();
		uint64_t began_ms = clock_monotonic_ms();
		struct usdt_probes probes;
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ck_assert_int_eq(usdt_probes_in(path, &probes, NULL) == 0, cases[i].read);
		ck_assert_uint_eq(probes.here, 0);
		ck_assert_uint_eq(counters_list_note(fd), 0);
		close(fd);
		ck_assert_uint_lt(clock_monotonic_ms() - began_ms, 2000);
		ck_assert(SANITIZED || max_rss_kb() - before_kb < 50000);
	}
}
END_TEST

START_TEST(a_real_program)
{
	struct usdt_probes probes;
	ck_assert_int_eq(usdt_probes_in(program("bundle_demo"), &probes, NULL), 0);
	ck_assert_int_eq(__builtin_popcount(probes.here), PROBES_COUNT);
	ck_assert_int_lt(usdt_probes_in("/etc/passwd", &probes, NULL), 0);
}
END_TEST

/* ---- a list of open bundles in the memory of a process, which may claim anything ---- */

#define MODELS (1u << 18)

static struct pb_open_list list;
static struct pb_counters counters;
static struct pb_model_counters many[MODELS];
static unsigned bundles, models;

static int each_model(void *ctx, const struct counters_bundle *bundle, uint32_t index,
	const struct pb_model_counters *model)
{
	(void)ctx, (void)bundle, (void)index, (void)model;
	models++;
	return 0;
}

static int each_bundle(void *ctx, pid_t pid, const struct counters_bundle *bundle)
{
	bundles++;
	return counters_each_model(pid, bundle, each_model, ctx);
}

START_TEST(reading_a_process_ends)
{
	counters.version = PB_COUNTERS_VERSION;
	counters.size = sizeof(counters);
	counters.first_model = (uintptr_t)many;
	counters.next_model = sizeof(struct pb_model_counters);
	list.magic = PB_OPEN_LIST_MAGIC;
	list.version = PB_OPEN_LIST_VERSION;
	list.slots = PB_OPEN_LIST_SLOTS;
	list.next = (uintptr_t)&list;
	for (unsigned i = 0; i < PB_OPEN_LIST_SLOTS; i++)
		list.bundles[i] = (uintptr_t)&counters;
	/* few models: all blocks are visited, as many as there may be */
	counters.models = 3;
	ck_assert_int_eq(counters_each_bundle(getpid(), (uintptr_t)&list, each_bundle, NULL), 0);
	ck_assert_uint_eq(bundles, COUNTERS_BLOCKS_MAX * PB_OPEN_LIST_SLOTS);
	ck_assert_uint_eq(models, 3 * bundles);
	/* many: it gives up, and says so */
	counters.models = MODELS;
	bundles = models = 0;
	ck_assert_int_eq(counters_each_bundle(getpid(), (uintptr_t)&list, each_bundle, NULL), -E2BIG);
	ck_assert_uint_eq(models, COUNTERS_MODELS_MAX);
}
END_TEST

Suite *elf_file_suite(void)
{
	Suite *suite = suite_create("elf_file");
	TCase *tc = tcase_create("elf_file");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_test(tc, hostile_files);
	tcase_add_test(tc, a_real_program);
	tcase_add_test(tc, reading_a_process_ends);
	suite_add_tcase(suite, tc);
	return suite;
}
