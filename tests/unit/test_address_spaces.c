/* SPDX-License-Identifier: BSD-2-Clause */
/* What is mapped where in a process, according to its own calls and to /proc. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/unwind/address_spaces.h"

#define PAGE  4096u
#define PAGES 12

static struct modules *modules;
static struct address_spaces *spaces;

/* False: this user is not permitted to see the mappings of processes. Root always is. */
static bool open_spaces(void)
{
	modules = modules_new(false);
	spaces = address_spaces_new(modules, getpid());
	ck_assert(spaces || ((errno == EACCES || errno == EPERM) && geteuid() != 0));
	if (!spaces)
		modules_free(modules);
	return spaces != NULL;
}

static void close_spaces(void)
{
	address_spaces_free(spaces);
	modules_free(modules);
}

static struct address_space *own_space_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	address_spaces_advance(spaces, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
	struct address_space *space = address_spaces_find(spaces, getpid());
	ck_assert_ptr_nonnull(space);
	return space;
}

/* This very function is in the program, and has a row of call frame information and a line. */
START_TEST(own_space)
{
	struct module *module;
	uint64_t offset, here = (uintptr_t)own_space_fn;
	struct source sources[SOURCES_MAX];
	struct cfi_row found;
	if (!open_spaces())
		return;
	struct address_space *space = address_spaces_find(spaces, getpid());
	ck_assert_ptr_nonnull(space);
	ck_assert(address_space_find(space, here, &module, &offset));
	ck_assert(!address_space_find(space, 8, &module, &offset));
	ck_assert_int_eq(module_owner(module), CODE_OF_PROGRAM);
	unsigned count = module_sources(module, module_address(module, offset), sources);
	ck_assert_int_ge(count, 1);
	ck_assert_str_eq(sources[count - 1].function, "own_space_fn");
	ck_assert_str_eq(sources[count - 1].file, "tests/unit/test_address_spaces.c");
	ck_assert(module_cfi_row(module, module_address(module, offset), &found));
	ck_assert_int_eq(found.frame.reg, REG_SP);
	ck_assert_int_eq(found.frame.offset, 8);
	ck_assert(address_space_find(space, (uintptr_t)getenv, &module, &offset) &&
		  module_owner(module) == CODE_OF_RUNTIME);
	for (int i = 0; i < SOURCES_MAX; i++) {
		free(sources[i].function);
		free(sources[i].file);
	}
	close_spaces();
}
END_TEST

/* What the kernel reports for each page of a range: a file and a page in it; no file: nothing
 * executable. */
struct model {
	char *at;
	struct {
		int file; /* -1: none */
		unsigned page;
	} pages[PAGES];
};

/* A process is found to map every page of the file, from its first byte to its last. */
static void is_as_mapped(struct address_space *space, const struct model *m, struct module *of_file[2])
{
	static const unsigned bytes[] = { 0, 1, PAGE - 1 };
	for (unsigned page = 0; page < PAGES; page++)
		for (unsigned i = 0; i < 3; i++) {
			struct module *module = NULL;
			uint64_t offset, at = (uintptr_t)m->at + page * PAGE + bytes[i];
			int file = m->pages[page].file;
			bool found = address_space_find(space, at, &module, &offset);
			ck_assert_msg(found == (file >= 0), "page %u + %u: found %d", page, bytes[i], found);
			if (!found)
				continue;
			if (!of_file[file])
				of_file[file] = module;
			ck_assert_ptr_eq(module, of_file[file]);
			ck_assert_uint_eq(offset, m->pages[page].page * PAGE + bytes[i]);
		}
	if (of_file[0])
		ck_assert_ptr_ne(of_file[0], of_file[1]);
}

static void map_pages(struct model *m, FILE *const files[2], unsigned first, unsigned count)
{
	int file = random() % 2;
	unsigned page = (unsigned)random() % PAGES;
	ck_assert_ptr_ne(mmap(m->at + first * PAGE, count * PAGE, PROT_READ | PROT_EXEC,
				 MAP_PRIVATE | MAP_FIXED, fileno(files[file]), page * PAGE),
		MAP_FAILED);
	for (unsigned i = 0; i < count; i++) {
		m->pages[first + i].file = file;
		m->pages[first + i].page = page + i;
	}
}

/* Mappings over others, which split them in all ways: those reported as events, and those read from
 * /proc. */
START_TEST(mappings_over_mappings)
{
	FILE *const files[2] = { tmpfile(), tmpfile() };
	struct module *of_file[2] = { NULL };
	struct model m;
	srandom((unsigned)_i + 1);
	for (int i = 0; i < 2; i++) {
		ck_assert_ptr_nonnull(files[i]);
		ck_assert_int_eq(ftruncate(fileno(files[i]), 2 * PAGES * PAGE), 0);
	}
	m.at = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(m.at, MAP_FAILED);
	for (unsigned i = 0; i < PAGES; i++)
		m.pages[i].file = -1;
	if (!open_spaces())
		return;
	for (int i = 0; i < 60; i++) {
		unsigned first = (unsigned)random() % PAGES;
		map_pages(&m, files, first, 1 + (unsigned)random() % (PAGES - first < 4 ? PAGES - first : 4));
		is_as_mapped(own_space_now(), &m, of_file);
	}
	close_spaces();
	ck_assert(open_spaces());
	is_as_mapped(own_space_now(), &m, (struct module *[2]){ NULL });
	close_spaces();
	munmap(m.at, PAGES * PAGE);
	fclose(files[0]);
	fclose(files[1]);
}
END_TEST

Suite *address_spaces_suite(void)
{
	Suite *suite = suite_create("address_spaces");
	TCase *tc = tcase_create("address_spaces");
	tcase_add_test(tc, own_space);
	tcase_add_loop_test(tc, mappings_over_mappings, 0, 8);
	suite_add_tcase(suite, tc);
	return suite;
}
