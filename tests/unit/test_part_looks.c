/* SPDX-License-Identifier: BSD-2-Clause */
/* What bundletop counts of the parts of a file that come into the page cache and go, from made looks at its pages. */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/bundletop/page_looks.h"
#include "user/modelfile/regions_build.h"

enum { PAGE = 4096 };

static struct part_list *list;
static struct page_looks looks;
static unsigned char *pages; /* what the next look finds */

struct tensor {
	const char *name;
	uint64_t start, size;
};

/* A file with these tensors, the last one of which has no name. */
static void file_with(uint64_t size, enum parts_of of, const struct tensor *tensors)
{
	const char *why = "";
	struct regions *regions = regions_create("gguf");
	for (; tensors->name; tensors++)
		ck_assert(regions_add(regions, tensors->start, tensors->size,
			regions_keep_name(regions, tensors->name, strlen(tensors->name))));
	ck_assert(regions_finish(regions, size));
	list = part_list_new(regions, size, of, &why);
	ck_assert_ptr_nonnull(list);
	ck_assert_ptr_null(why);
	ck_assert(page_looks_init(&looks, (size + PAGE - 1) / PAGE));
	pages = calloc(looks.slices + 1, SLICE_PAGES);
}
#define FILE_WITH(size, of, ...) file_with(size, of, (const struct tensor[]){ __VA_ARGS__, { 0 } })

static void end(void)
{
	part_list_free(list);
	page_looks_free(&looks);
	free(pages);
	list = NULL;
	pages = NULL;
}

static void put(uint64_t from, uint64_t to, bool there)
{
	memset(pages + from, there, to - from);
}

static void look(void)
{
	for (uint64_t i = 0; i < looks.slices; i++)
		page_looks_take(&looks, list, i, pages + i * SLICE_PAGES);
	part_list_end_round(list);
}

static void end_interval(void)
{
	part_list_end_interval(list);
	page_looks_end_interval(&looks);
}

static void interval(void)
{
	look();
	end_interval();
}

static const struct file_part *part(const char *name)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (strcmp(list->parts[i].name, name) == 0)
			return &list->parts[i];
	ck_abort_msg("no part %s", name);
}

static const char *state(const char *name)
{
	return part_state_word(part_state(part(name)));
}

static void counts_are(
	const struct part_counts *c, uint64_t came, uint64_t went, uint64_t back, uint64_t reloads)
{
	ck_assert_uint_eq(c->came, came);
	ck_assert_uint_eq(c->went, went);
	ck_assert_uint_eq(c->back, back);
	ck_assert_uint_eq(c->reloads, reloads);
}

#define FIVE_TENSORS                                                                                         \
	{ "header", 0, 100 }, { "blk.0.q", 100, 4900 }, { "blk.1.q", 5000, 3000 },                           \
		{ "blk.0.k", 9000, 7384 },                                                                   \
	{                                                                                                    \
		"output", 16384, 5000                                                                        \
	}

/* Tensors of a layer need not stand together; bytes between tensors belong to none. */
START_TEST(layers)
{
	FILE_WITH(21384, PARTS_LAYERS, FIVE_TENSORS);
	ck_assert_uint_eq(list->count, 4);
	ck_assert_uint_eq(part("blk.0")->size, 4900 + 7384);
	ck_assert_uint_eq(part("blk.0")->tensors, 2);
	ck_assert_uint_eq(part("blk.0")->start, 100);
	ck_assert_str_eq(list->parts[2].name, "blk.1");
	ck_assert_str_eq(state("blk.0"), "-");
	put(0, 2, true);
	interval();
	ck_assert_uint_eq(part("header")->present, 100);
	ck_assert_str_eq(state("header"), "in");
	ck_assert_uint_eq(part("blk.0")->present, 4900);
	ck_assert_str_eq(state("blk.0"), "partly");
	ck_assert_uint_eq(part("blk.1")->present, 3000);
	ck_assert_str_eq(state("output"), "out");
	counts_are(&part("blk.1")->total, 0, 0, 0, 0);
}
END_TEST

START_TEST(tensors)
{
	FILE_WITH(21384, PARTS_TENSORS, FIVE_TENSORS);
	ck_assert_uint_eq(list->count, 5);
	ck_assert_uint_eq(part("blk.0.k")->size, 7384);
	ck_assert_uint_eq(part("blk.0.k")->tensors, 1);
	put(0, 6, true);
	interval();
	for (uint32_t i = 0; i < list->count; i++)
		ck_assert_uint_eq(list->parts[i].present, list->parts[i].size);
}
END_TEST

/* A file that was cut off: what would be beyond its end is no part of it. */
START_TEST(beyond_the_end)
{
	FILE_WITH(10000, PARTS_TENSORS, FIVE_TENSORS);
	ck_assert_uint_eq(part("blk.0.k")->size, 1000);
	ck_assert_uint_eq(part("output")->size, 0);
	put(0, 3, true);
	interval();
	ck_assert_uint_eq(part("blk.0.k")->present, 1000);
	ck_assert_str_eq(state("blk.0.k"), "in");
	ck_assert_str_eq(state("output"), "out");
}
END_TEST

START_TEST(comes_and_goes)
{
	FILE_WITH(8 * PAGE, PARTS_LAYERS, { "a.0.x", 0, 4 * PAGE }, { "a.1.x", 4 * PAGE, 4 * PAGE });
	put(0, 4, true);
	interval(); /* what is there at first did not come */
	counts_are(&part("a.0")->last, 0, 0, 0, 0);
	ck_assert_str_eq(state("a.0"), "in");

	put(0, 8, false);
	put(4, 8, true);
	interval();
	counts_are(&part("a.0")->last, 0, 4 * PAGE, 0, 0);
	ck_assert_str_eq(state("a.0"), "out");
	counts_are(&part("a.1")->last, 4 * PAGE, 0, 0, 0); /* for the first time */
	ck_assert_str_eq(state("a.1"), "in");

	put(0, 3, true);
	interval();
	counts_are(&part("a.0")->last, 3 * PAGE, 0, 3 * PAGE, 1);
	ck_assert_str_eq(state("a.0"), "reloaded");

	put(3, 4, true); /* the rest of the same return */
	interval();
	counts_are(&part("a.0")->last, PAGE, 0, PAGE, 0);
	counts_are(&part("a.0")->total, 4 * PAGE, 4 * PAGE, 4 * PAGE, 1);
	ck_assert_str_eq(state("a.0"), "reloaded");
	interval();
	ck_assert_str_eq(state("a.0"), "in");
}
END_TEST

/* Several looks in one interval, and losses and returns within one look. */
START_TEST(within_an_interval)
{
	FILE_WITH(4 * PAGE, PARTS_LAYERS, { "a.0.x", 0, 4 * PAGE });
	put(0, 4, true);
	interval();
	for (int i = 0; i < 3; i++) {
		put(0, 4, false);
		look();
		put(0, 4, true);
		look();
	}
	end_interval();
	counts_are(&part("a.0")->last, 12 * PAGE, 12 * PAGE, 12 * PAGE, 3);
	put(0, 2, false);
	interval();
	put(0, 2, true);
	put(2, 4, false);
	interval(); /* half came back, the other half went: one reload, and it is not whole */
	counts_are(&part("a.0")->last, 2 * PAGE, 2 * PAGE, 2 * PAGE, 1);
	put(2, 4, true);
	put(0, 2, false);
	interval();
	counts_are(&part("a.0")->last, 2 * PAGE, 2 * PAGE, 2 * PAGE, 1);
	put(0, 4, false);
	interval();
	put(0, 4, true);
	look();
	put(0, 4, false);
	interval();
	ck_assert_str_eq(state("a.0"), "out"); /* though it came back in between */
	ck_assert_uint_eq(part("a.0")->last.reloads, 1);
}
END_TEST

/* Of a file that was not looked at completely, what is not known is not told. */
START_TEST(partly_looked_at)
{
	enum { PAGES = SLICE_PAGES + 10 };
	FILE_WITH((uint64_t)PAGES * PAGE, PARTS_TENSORS, { "a", 0, 100 * PAGE },
		{ "b", 100 * PAGE, (uint64_t)(PAGES - 100) * PAGE });
	put(0, PAGES, true);
	page_looks_take(&looks, list, 0, pages);
	page_looks_take(&looks, list, 0, pages);
	end_interval();
	ck_assert_uint_eq(part("a")->looked, part("a")->size);
	ck_assert_str_eq(state("a"), "in");
	ck_assert_uint_eq(part("b")->looked, (uint64_t)(SLICE_PAGES - 100) * PAGE);
	ck_assert_str_eq(state("b"), "-");
	ck_assert_uint_eq(part_list_sums(list).states[PART_UNKNOWN], 1);
	ck_assert_int_eq(page_looks_count(&looks, 0), SLICE_PAGES);
	ck_assert_int_eq(page_looks_count(&looks, 1), -1);
	ck_assert_uint_eq(page_looks_in(&looks, 1), 10);
	ck_assert(page_looks_share(&looks, 0, SLICE_PAGES) == 1);
	ck_assert(page_looks_share(&looks, 0, SLICE_PAGES + 1) < 0);
	page_looks_take(&looks, list, 1, pages + SLICE_PAGES);
	end_interval();
	ck_assert_str_eq(state("b"), "in");
	ck_assert_uint_eq(part("a")->looked, 0);
	ck_assert_uint_eq(part("b")->looked, 10 * PAGE);
}
END_TEST

START_TEST(shares)
{
	FILE_WITH(300 * PAGE, PARTS_LAYERS, { "a", 0, 300 * PAGE });
	put(60, 70, true);
	interval();
	ck_assert_double_eq_tol(page_looks_share(&looks, 0, 300), 10 / 300.0, 1e-12);
	ck_assert_double_eq_tol(page_looks_share(&looks, 60, 70), 1, 1e-12);
	ck_assert_double_eq_tol(page_looks_share(&looks, 62, 66), 1, 1e-12);
	ck_assert_double_eq_tol(page_looks_share(&looks, 69, 71), 0.5, 1e-12);
	ck_assert_double_eq_tol(page_looks_share(&looks, 0, 60), 0, 1e-12);
	ck_assert_double_eq_tol(page_looks_share(&looks, 64, 128), 6 / 64.0, 1e-12);
	ck_assert(page_looks_share(&looks, 300, 400) < 0);
}
END_TEST

START_TEST(empty_and_odd)
{
	FILE_WITH(0, PARTS_LAYERS, { "", 0, 5 });
	interval();
	ck_assert_uint_eq(list->count, 0);
	ck_assert_uint_eq(looks.slices, 0);
	end();
	FILE_WITH(PAGE, PARTS_LAYERS, { "", 0, 5 }, { "x\ny", 5, 6 });
	put(0, 1, true);
	interval();
	ck_assert_uint_eq(part("")->present, 5);
	ck_assert_uint_eq(part("x\ny")->present, 6);
}
END_TEST

START_TEST(too_many)
{
	const char *why = NULL;
	struct regions *regions = regions_create("gguf");
	for (unsigned i = 0; i <= PARTS_MAX; i++) {
		char name[16];
		int len = snprintf(name, sizeof(name), "t%u", i);
		ck_assert(regions_add(regions, i, 1, regions_keep_name(regions, name, (size_t)len)));
	}
	ck_assert(regions_finish(regions, PARTS_MAX + 1));
	ck_assert_ptr_null(part_list_new(regions, PARTS_MAX + 1, PARTS_TENSORS, &why));
	ck_assert_str_eq(why, "it has more than 65536 parts");
}
END_TEST

/* --- random looks, against a model that goes byte by byte --- */

enum { RANDOM_PAGES = 2 * SLICE_PAGES + 77, ROUNDS = 40, PARTS = 12 };

static struct tensor made[PARTS + 1];
static char names[PARTS][8];

/* The bytes of a page that a tensor has. */
static uint64_t overlap(const struct tensor *t, uint64_t page)
{
	uint64_t from = page * PAGE > t->start ? page * PAGE : t->start;
	uint64_t to = (page + 1) * PAGE < t->start + t->size ? (page + 1) * PAGE : t->start + t->size;
	return from < to ? to - from : 0;
}

static void make_tensors(void)
{
	uint64_t at = (uint64_t)random() % 5000;
	for (int i = 0; i < PARTS; i++) {
		snprintf(names[i], sizeof(names[i]), "t%d", i);
		made[i] = (struct tensor){ names[i], at, 1 + (uint64_t)random() % (160 * PAGE) };
		at += made[i].size + (uint64_t)(random() % 3 ? 0 : random() % 9000);
	}
	made[PARTS] = (struct tensor){ 0 };
	file_with((uint64_t)RANDOM_PAGES * PAGE - 5, PARTS_TENSORS, made);
}

START_TEST(at_random)
{
	static bool before[RANDOM_PAGES], gone[RANDOM_PAGES];
	struct part_counts expected[PARTS] = { { 0 } };
	srandom((unsigned)_i + 1);
	make_tensors();
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = random() % 6; i > 0; i--) {
			uint64_t from = (uint64_t)random() % RANDOM_PAGES;
			uint64_t to = from + (uint64_t)random() % 300;
			put(from, to < RANDOM_PAGES ? to : RANDOM_PAGES, random() % 2);
		}
		interval();
		uint64_t present[PARTS] = { 0 };
		for (uint64_t page = 0; page < RANDOM_PAGES; page++) {
			for (int i = 0; i < PARTS; i++) {
				uint64_t bytes = overlap(&made[i], page);
				present[i] += pages[page] ? bytes : 0;
				expected[i].came += round && pages[page] && !before[page] ? bytes : 0;
				expected[i].back += pages[page] && !before[page] && gone[page] ? bytes : 0;
				expected[i].went += !pages[page] && before[page] ? bytes : 0;
			}
			gone[page] |= before[page] && !pages[page];
			before[page] = pages[page];
		}
		for (int i = 0; i < PARTS; i++) {
			const struct file_part *p = part(names[i]);
			ck_assert_uint_eq(p->present, present[i]);
			ck_assert_uint_eq(p->looked, p->size);
			counts_are(&p->total, expected[i].came, expected[i].went, expected[i].back,
				p->total.reloads);
			ck_assert(p->last.back == 0 || p->total.reloads > 0);
		}
	}
}
END_TEST

Suite *part_looks_suite(void)
{
	Suite *suite = suite_create("part_looks");
	TCase *tc = tcase_create("looks");
	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_test(tc, layers);
	tcase_add_test(tc, tensors);
	tcase_add_test(tc, beyond_the_end);
	tcase_add_test(tc, comes_and_goes);
	tcase_add_test(tc, within_an_interval);
	tcase_add_test(tc, partly_looked_at);
	tcase_add_test(tc, shares);
	tcase_add_test(tc, empty_and_odd);
	tcase_add_test(tc, too_many);
	tcase_add_loop_test(tc, at_random, 0, 20);
	suite_add_tcase(suite, tc);
	return suite;
}
