/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each call that the library makes of the C library fails once, at each place where it is made: the caller
 * gets the error, nothing is lost or left behind, and the handle works on as if nothing had happened.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "bundle_help.h"
#include "faults.h"

#if !SANITIZED

enum { MODELS = 6, SIZE = 9000, PLACES = 120 };

/* No assertions while a failure is pending: the test's own allocation would be the one that fails. */
struct outcome {
	bool wrong; /* other bytes than those of the file */
	unsigned int failed;
	int err, error_number; /* of the first */
};

static void note(struct outcome *o, int err)
{
	if (!err)
		return;
	if (!o->failed++) {
		o->err = err;
		o->error_number = errno;
	}
}

static bool right(const struct pb_view *view, unsigned int model)
{
	const unsigned char *data = view->data;
	for (size_t i = 0; i < view->size; i++)
		if (data[i] != model)
			return false;
	return true;
}

static void take(struct outcome *o, int err, struct pb_view *view, unsigned int model, size_t size)
{
	note(o, err);
	if (err)
		return;
	o->wrong |= view->size != size || !right(view, model);
	pb_release(view);
}

/* Every operation, in a cache of two models. */
static void use(struct pb_paged *p, struct outcome *o)
{
	struct pb_view view, views[2];
	static const size_t two[] = { 4, 5 };
	unsigned char part[3000];
	for (unsigned int i = 0; i < MODELS; i++)
		take(o, pb_get_at(p, i, &view), &view, i, SIZE);
	note(o, pb_hint(p, "m0"));
	for (unsigned int i = 0; i < 3; i++) {
		int err = pb_read(p, "m1", i * 3000, 3000, part);
		note(o, err);
		for (size_t k = 0; !err && k < sizeof(part); k++)
			o->wrong |= part[k] != 1;
	}
	take(o, pb_get_range(p, "m2", 100, 500, &view), &view, 2, 500);
	take(o, pb_get_range(p, "m2", 900, 5000, &view), &view, 2, 5000);
	int err = pb_get_many(p, two, 2, views);
	note(o, err);
	for (unsigned int i = 0; !err && i < 2; i++)
		take(o, 0, &views[i], 4 + i, SIZE);
	note(o, pb_plan(p, two, 2));
}

static int open_it(const char *path, int way, struct pb_paged **p)
{
	struct pb_config config;
	pb_config_init(&config);
	config.max_memory = 2 * SIZE + 500;
	config.pages = true;
	config.page_size = 1024;
	config.read = way & 1 ? PB_READ_SEEK : PB_READ_PREAD;
	config.predict = way & 2 ? PB_PREDICT_MARKOV : PB_PREDICT_HISTORY;
	return pb_open(path, &config, p);
}

static unsigned int descriptors(void)
{
	unsigned int count = 0;
	DIR *dir = opendir("/proc/self/fd");
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void check_order(struct pb_paged *p)
{
	struct pb_stats s = stats_of(p);
	uint64_t models = 0;
	for (size_t i = 0; i < MODELS; i++)
		models += pb_is_cached_at(p, i);
	ck_assert_uint_eq(s.cached_count, models);
	ck_assert_uint_ge(s.memory_used, models * SIZE);
	struct outcome again = { 0 };
	use(p, &again);
	ck_assert_uint_eq(again.failed, 0);
	ck_assert_int_eq(pb_clear(p), PB_OK);
	s = stats_of(p);
	ck_assert_uint_eq(s.memory_used + s.cached_count + s.cached_pages, 0);
	ck_assert_int_eq(pb_close(p), PB_OK);
}

/* Returns whether the failure occurred. */
static bool fail_at(const char *path, int way, enum fault_call call, unsigned int nth, int how, bool always,
	struct outcome *o)
{
	struct pb_paged *p = NULL;
	*o = (struct outcome){ 0 };
	fault_arm(call, nth, how, always);
	int err = open_it(path, way, &p);
	note(o, err);
	if (!err)
		use(p, o);
	bool failed = fault_disarm();
	ck_assert(!o->wrong);
	if (!err)
		check_order(p);
	return failed;
}

static const struct {
	enum fault_call call;
	int how, err; /* the error that the caller gets; OK: none */
} kinds[] = {
	{ FAULT_OPEN, EMFILE, PB_ERR_IO },
	{ FAULT_FSTAT, EIO, PB_ERR_IO },
	{ FAULT_LSEEK, EINVAL, PB_ERR_IO },
	{ FAULT_READ, EIO, PB_ERR_IO },
	{ FAULT_READ, ENOMEM, PB_ERR_IO },
	{ FAULT_READ, EINTR, PB_OK },
	{ FAULT_READ, FAULT_SHORT, PB_OK },
	{ FAULT_MEMORY, ENOMEM, PB_ERR_MEMORY },
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds), WAYS = 4 };

static void check_outcome(int kind, const struct outcome *o, unsigned int nth)
{
	if (kinds[kind].err == PB_OK) {
		ck_assert_msg(
			o->failed == 0, "place %u: %s (%s)", nth, pb_strerror(o->err), pb_error_detail());
		return;
	}
	/* memory that only makes it faster may be missing without an error, and the failure of a
	 * prefetch is none */
	if (o->failed == 0)
		return;
	ck_assert_msg(o->failed == 1 && o->err == kinds[kind].err, "place %u: %u failures, %s", nth,
		o->failed, pb_strerror(o->err));
	if (o->err == PB_ERR_IO)
		ck_assert_int_eq(o->error_number, kinds[kind].how);
}

/* The number of failures; `*places`: the number of places where they can occur. */
static unsigned int fail_everywhere(const char *path, int kind, int way, unsigned int *places)
{
	struct outcome o;
	unsigned int nth = 1, told = 0;
	while (nth < PLACES && fail_at(path, way, kinds[kind].call, nth, kinds[kind].how, false, &o)) {
		check_outcome(kind, &o, nth++);
		told += o.failed;
	}
	*places = nth - 1;
	return told;
}

START_TEST(once_at_each_place)
{
	int kind = _i / WAYS, way = _i % WAYS;
	const char *path = make_bundle("b", MODELS, SIZE);
	unsigned int files = descriptors(), places;
	unsigned int told = fail_everywhere(path, kind, way, &places);
	ck_assert_uint_lt(places, PLACES - 1);
	if (kinds[kind].call != FAULT_LSEEK || way & 1) {
		ck_assert_uint_gt(places, 0);
		ck_assert(kinds[kind].err == PB_OK || told > 0);
	}
	long memory = fault_live_memory();
	fail_everywhere(path, kind, way, &places);
	ck_assert_int_eq(fault_live_memory(), memory);
	ck_assert_uint_eq(descriptors(), files);
}
END_TEST

/* From some place on every call fails, until all work again. */
START_TEST(always_from_a_place_on)
{
	int kind = _i / WAYS, way = _i % WAYS;
	const char *path = make_bundle("b", MODELS, SIZE);
	struct outcome o;
	unsigned int nth = 1;
	if (kinds[kind].how == EINTR || kinds[kind].how == FAULT_SHORT)
		return; /* would never end, or is no failure */
	while (nth < PLACES && fail_at(path, way, kinds[kind].call, nth, kinds[kind].how, true, &o)) {
		ck_assert(o.failed == 0 || o.err == kinds[kind].err);
		nth++;
	}
	ck_assert_uint_lt(nth, PLACES);
}
END_TEST

#endif

Suite *faults_suite(void)
{
	Suite *suite = suite_create("faults");
	TCase *tc = tcase_create("faults");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
#if !SANITIZED
	tcase_add_loop_test(tc, once_at_each_place, 0, KINDS * WAYS);
	tcase_add_loop_test(tc, always_from_a_place_on, 0, KINDS * WAYS);
#endif
	suite_add_tcase(suite, tc);
	return suite;
}
