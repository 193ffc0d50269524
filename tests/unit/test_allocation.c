/* SPDX-License-Identifier: BSD-2-Clause */
/* A hit allocates nothing, and a failed allocation is an error that leaves nothing behind: this
 * program's replacements of malloc and related functions count their calls, and fail on request, here
 * and in faults.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "extended_files.h"
#include "faults.h"

#if !SANITIZED

static unsigned long calls;
static long live;             /* allocated and not freed */
static unsigned long failing; /* the number of the call that fails; 0: none */
static long memory_for = -1;  /* how many more callocs succeed; below 0: all */

long fault_live_memory(void)
{
	return live;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *data);

static bool refused(void)
{
	bool no = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) == failing || fault_memory();
	if (no)
		errno = ENOMEM;
	return no;
}

static void *taken(void *data)
{
	__atomic_fetch_add(&live, data != NULL, __ATOMIC_RELAXED);
	return data;
}

void free(void *data)
{
	__atomic_fetch_sub(&live, data != NULL, __ATOMIC_RELAXED);
	__libc_free(data);
}

void *malloc(size_t size)
{
	if (refused())
		return NULL;
	return taken(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	if (memory_for == 0 || refused())
		return NULL;
	memory_for -= memory_for > 0;
	return taken(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
	if (refused())
		return NULL;
	return old ? __libc_realloc(old, size) : taken(__libc_malloc(size));
}

void *aligned_alloc(size_t align, size_t size)
{
	if (refused())
		return NULL;
	return taken(__libc_memalign(align, size));
}

START_TEST(hits_and_reused_buffers)
{
	for (int policy = PB_POLICY_LRU; policy <= PB_POLICY_AUTO; policy++) {
		struct pb_paged *p =
			open_paged(make_bundle("b", 8, 8192), 65536, true, (enum pb_policy)policy);
		static const char *const names[] = { "m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7" };
		struct pb_view view;
		unsigned long before = calls;
		for (int i = 0; i < 8; i++)
			get_and_release(p, names[i]);
		ck_assert_uint_gt(calls, before); /* loads do, so the count works */
		before = calls;
		for (int i = 0; i < 5000; i++) {
			if (pb_get(p, names[i * i % 8], &view) != PB_OK)
				abort();
			pb_release(&view);
		}
		ck_assert_uint_eq(calls, before);
		ck_assert_uint_eq(stats_of(p).hits, 5000);
		/* a model that replaces another of its size reuses its memory */
		before = calls;
		if (pb_evict(p, "m0", NULL) != PB_OK || pb_get(p, "m0", &view) != PB_OK)
			abort();
		pb_release(&view);
		ck_assert_uint_eq(calls, before);
		pb_close(p);
	}
}
END_TEST

/* Without memory for another policy the old one stays in use; an open without memory for the shadows
 * fails entirely. */
START_TEST(auto_without_memory)
{
	const char *path = make_bundle("b", 64, 1024);
	struct pb_config config;
	struct pb_paged *p = NULL;
	struct pb_view view;
	pb_config_init(&config);
	config.policy = PB_POLICY_AUTO;
	config.max_memory = 48 << 10;
	config.prefetch = false;
	int failed = 0, err = PB_ERR_MEMORY;
	for (; err == PB_ERR_MEMORY; failed++) {
		memory_for = failed;
		err = pb_open(path, &config, &p);
		memory_for = -1;
	}
	ck_assert_int_eq(err, PB_OK);
	ck_assert_int_gt(failed, 14); /* a policy and its nodes, seven times */
	for (int i = 0; i < 10000; i++) {
		memory_for = i < 5000 ? 0 : -1;
		err = pb_get_at(p, (size_t)i % 64, &view);
		memory_for = -1;
		ck_assert_int_eq(err, PB_OK);
		pb_release(&view);
		ck_assert(i >= 5000 || stats_of(p).policy_changes == 0);
	}
	ck_assert_uint_eq(stats_of(p).policy_changes, 1);
	pb_close(p);
}
END_TEST

static const char *extended, *copy;

static int opens_and_gets(void)
{
	struct pb_paged *p;
	struct pb_view view;
	int err = pb_open(extended, NULL, &p);
	if (err)
		return err;
	err = pb_get(p, "one", &view);
	if (!err)
		pb_release(&view);
	pb_close(p);
	return err;
}

static int loads_and_saves(void)
{
	struct pb_bundle *bundle;
	int err = pb_bundle_load(extended, &bundle);
	if (err)
		return err;
	err = pb_bundle_save(bundle, copy);
	pb_bundle_free(bundle);
	return err;
}

/* With each allocation failing in turn, until there is none that could. */
static void survives(int (*work)(void))
{
	unsigned long turn = 0;
	bool failed = true;
	ck_assert_int_eq(work(), PB_OK); /* allocated once, and kept */
	while (failed) {
		long before = live;
		failing = calls + ++turn;
		int err = work();
		failed = calls >= failing;
		failing = 0;
		long left = live - before;
		ck_assert_msg(
			err == (failed ? PB_ERR_MEMORY : PB_OK), "turn %lu: %s", turn, pb_strerror(err));
		ck_assert_msg(left == 0, "turn %lu: %ld blocks left", turn, left);
	}
	ck_assert_uint_gt(turn, 10);
}

START_TEST(each_allocation_fails_once)
{
	extended = make_extended("x", (enum extended_kind)_i, 20000);
	copy = scratch_file("copy");
	survives(opens_and_gets);
	survives(loads_and_saves);
	ck_assert(same_file(extended, copy));
}
END_TEST

#endif

Suite *allocation_suite(void)
{
	Suite *suite = suite_create("allocation");
	TCase *tc = tcase_create("allocation");
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
#if !SANITIZED
	tcase_add_test(tc, hits_and_reused_buffers);
	tcase_add_test(tc, auto_without_memory);
	tcase_add_loop_test(tc, each_allocation_fails_once, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
#endif
	suite_add_tcase(suite, tc);
	return suite;
}
