/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop's hit rate of a file, and what is known of its mappings, from constructed counts. */
#include <stdlib.h>
#include <string.h>

#include "user/bundletop/file_hits.h"
#include "tests/suites.h"

enum { PAGE = 4096 };

static struct model_file *file;

static void start(void)
{
	file = calloc(1, sizeof(*file));
	file_mappings_init(&file->mappings);
}

static void end(void)
{
	file_mappings_free(&file->mappings);
	free(file);
}

/* A look at mappings: start, end and mapped pages of each; the last one has no end. */
static void look(uint64_t faults, uint64_t maps, bool baseline, const struct file_mapping *mappings)
{
	unsigned count = 0;
	while (mappings[count].end)
		count++;
	struct file_mapping *now = calloc(count + 1, sizeof(*now));
	memcpy(now, mappings, count * sizeof(*now));
	file_mappings_look(&file->mappings, now, count, faults, maps, baseline);
}
#define LOOK(faults, maps, ...) look(faults, maps, false, (const struct file_mapping[]){ __VA_ARGS__, { 0 } })
#define NONE                                                                                                 \
	{                                                                                                    \
		0                                                                                            \
	}

static double interval(uint64_t read, uint64_t faults, uint64_t filled)
{
	file->total.reads += read > 0;
	file->total.read_bytes += read;
	file->total.faults += faults;
	file->total.filled_bytes += filled;
	file_hits_end(file, false);
	return file_hits_rate(&file->last);
}

START_TEST(reads)
{
	ck_assert(interval(0, 0, 0) < 0);
	ck_assert_double_eq_tol(interval(8 * PAGE, 0, 8 * PAGE), 0, 1e-9);
	ck_assert_double_eq_tol(interval(8 * PAGE, 0, 0), 1, 1e-9);
	ck_assert_double_eq_tol(interval(8 * PAGE, 0, 2 * PAGE), 0.75, 1e-9);
	ck_assert_double_eq_tol(file_hits_rate(&file->total), 1 - 10.0 / 24, 1e-9);
	ck_assert_str_eq(file_hits_unknown(&file->total), "");
}
END_TEST

/* What was read ahead in one interval is missing in that in which it is asked for. */
START_TEST(read_ahead)
{
	ck_assert_double_eq_tol(interval(PAGE, 0, 4 * PAGE), 0, 1e-9);
	ck_assert_double_eq_tol(interval(3 * PAGE, 0, 0), 0, 1e-9);
	ck_assert_double_eq_tol(interval(3 * PAGE, 0, 0), 1, 1e-9);
}
END_TEST

START_TEST(mappings_grow)
{
	LOOK(0, 1, { 0x1000, 0x9000, 0 });
	LOOK(2, 1, { 0x1000, 0x9000, 6 });
	ck_assert_uint_eq(file->mappings.pages, 6);
	LOOK(4, 2, { 0x1000, 0x9000, 8 }, { 0x20000, 0x28000, 3 });
	ck_assert_uint_eq(file->mappings.pages, 11);
	ck_assert(file->mappings.known);
	ck_assert_double_eq_tol(interval(0, 4, 5 * PAGE), 1 - 5.0 / 11, 1e-9);
	/* nothing was touched any more: what goes is known */
	LOOK(4, 2, { 0x20000, 0x28000, 3 });
	ck_assert(file->mappings.known);
	ck_assert_uint_eq(file->mappings.pages, 11);
}
END_TEST

START_TEST(before_the_first_look)
{
	look(7, 1, true, (const struct file_mapping[]){ { 0x1000, 0x9000, 5 }, { 0 } });
	ck_assert_uint_eq(file->mappings.pages, 0);
	LOOK(8, 1, { 0x1000, 0x9000, 7 });
	ck_assert_uint_eq(file->mappings.pages, 2);
	ck_assert(file->mappings.known);
}
END_TEST

/* Each is a second look after { 0x1000, 0x9000, 4 } with 4 faults and one mmap(). */
static const struct {
	uint64_t faults, maps;
	struct file_mapping now[3];
	bool known;
} seconds[] = {
	{ 5, 1, { NONE }, false },                  /* touched and unmapped */
	{ 4, 1, { NONE }, true },                   /* unmapped */
	{ 5, 1, { { 0x1000, 0x9000, 3 } }, false }, /* some pages were taken away */
	{ 5, 1, { { 0x3000, 0x9000, 4 } }, false }, /* a part was unmapped */
	{ 5, 2, { { 0x1000, 0x9000, 5 } }, false }, /* another came and went */
	{ 4, 1, { { 0x1000, 0x9000, 4 }, { 0x20000, 0x28000, 4 } },
		false }, /* moved, or copied, by mremap() */
	{ 5, 2, { { 0x1000, 0x9000, 4 }, { 0x20000, 0x28000, 1 } }, true },
};

START_TEST(what_was_unmapped)
{
	LOOK(4, 1, { 0x1000, 0x9000, 4 });
	look(seconds[_i].faults, seconds[_i].maps, false, seconds[_i].now);
	ck_assert_int_eq(file->mappings.known, seconds[_i].known);
	bool warm = !seconds[_i].known;
	/* with nothing read into the page cache all was there, however much it was */
	double rate = interval(PAGE, seconds[_i].faults, warm ? 0 : PAGE);
	ck_assert_double_ge(rate, 0);
}
END_TEST

START_TEST(unknown)
{
	LOOK(4, 1, { 0x1000, 0x9000, 4 });
	LOOK(5, 1, NONE);
	ck_assert(interval(0, 5, 5 * PAGE) < 0);
	ck_assert_str_eq(file_hits_unknown(&file->last), "a mapping was removed before it was looked at");
	/* the next interval is known, the total stays unknown */
	ck_assert_double_eq_tol(interval(PAGE, 0, 0), 1, 1e-9);
	ck_assert(file_hits_rate(&file->total) < 0);
	file->layered = true;
	ck_assert(interval(PAGE, 0, 0) < 0);
	ck_assert_ptr_nonnull(strstr(file_hits_unknown(&file->last), "overlayfs"));
}
END_TEST

START_TEST(ended)
{
	LOOK(4, 1, { 0x1000, 0x9000, 4 });
	file->ended_ns = 1;
	ck_assert(interval(0, 6, PAGE) < 0);
	ck_assert_str_ne(file_hits_unknown(&file->last), "");
}
END_TEST

START_TEST(reads_not_counted)
{
	file->total.read_bytes = PAGE;
	file_hits_end(file, true);
	ck_assert(file_hits_rate(&file->last) < 0);
	ck_assert_str_eq(file_hits_unknown(&file->last), "reads were not counted all the time");
	ck_assert(file->last.partial);
	/* the next interval is whole, the total never is again */
	ck_assert_double_eq_tol(interval(PAGE, 0, 0), 1, 1e-9);
	ck_assert(!file->last.partial && file->total.partial);
	ck_assert(file_hits_rate(&file->total) < 0);
	ck_assert_str_eq(file_hits_unknown(&file->total), "reads were not counted all the time");
}
END_TEST

/* The sum over files is the least that there was as soon as one of them is. */
START_TEST(sum_of_files)
{
	const struct file_counts whole = { .reads = 3, .read_bytes = PAGE },
				 part = { .reads = 2, .read_bytes = PAGE, .partial = true };
	struct file_counts sum = { 0 };
	file_hits_add(&sum, &whole);
	ck_assert(!sum.partial);
	ck_assert_double_eq_tol(file_hits_rate(&sum), 1, 1e-9);
	file_hits_add(&sum, &part);
	file_hits_add(&sum, &whole);
	ck_assert_uint_eq(sum.reads, 8);
	ck_assert(sum.partial);
	ck_assert(file_hits_rate(&sum) < 0);
}
END_TEST

/* io_uring fills the page cache for reads that are not counted. */
START_TEST(other_fills)
{
	file->other_bytes = 4 * PAGE;
	ck_assert(interval(0, 0, 4 * PAGE) < 0);
	ck_assert_ptr_nonnull(strstr(file_hits_unknown(&file->last), "io_uring"));
	ck_assert_double_eq_tol(interval(PAGE, 0, 0), 1, 1e-9);
}
END_TEST

Suite *file_hits_suite(void)
{
	Suite *suite = suite_create("file_hits");
	TCase *tc = tcase_create("hits");
	tcase_add_checked_fixture(tc, start, end);
	tcase_add_test(tc, reads);
	tcase_add_test(tc, read_ahead);
	tcase_add_test(tc, mappings_grow);
	tcase_add_test(tc, before_the_first_look);
	tcase_add_loop_test(tc, what_was_unmapped, 0, (int)(sizeof(seconds) / sizeof(*seconds)));
	tcase_add_test(tc, unknown);
	tcase_add_test(tc, ended);
	tcase_add_test(tc, reads_not_counted);
	tcase_add_test(tc, sum_of_files);
	tcase_add_test(tc, other_fills);
	suite_add_tcase(suite, tc);
	return suite;
}
