/* SPDX-License-Identifier: BSD-2-Clause */
/* False extensions with a right checksum: a clear error or the right data, in memory bounded by the
 * file's size. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/suites.h"
#include "extended_files.h"

enum { SIZE = 3 * 4096 + 123, PAIR = 1, COMPONENT, CHECKSUMS, ALIGNMENTS, PAGES };

static char *file;
static size_t file_size;
static const char *path;

/* The file of a kind as written: built once, then restored from memory. */
static struct {
	char *bytes;
	size_t size;
} whole[EXTENDED_COMPRESSED + 1];

static void make(enum extended_kind kind)
{
	if (!whole[kind].bytes) {
		path = make_extended("x", kind, SIZE);
		whole[kind].bytes = slurp(path, &whole[kind].size);
	}
	free(file);
	file_size = whole[kind].size;
	file = malloc(file_size);
	ck_assert_ptr_nonnull(file);
	memcpy(file, whole[kind].bytes, file_size);
	spill(path, file, file_size);
}

static void clean(void)
{
	free(file);
	file = NULL;
	for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++) {
		free(whole[i].bytes);
		whole[i].bytes = NULL;
	}
	scratch_remove();
}

static size_t block(void)
{
	char *at = memmem(file, file_size, "APBXTEND", 8);
	ck_assert_ptr_nonnull(at);
	return (size_t)(at - file);
}

static uint64_t number(size_t at, size_t bytes)
{
	uint64_t v = 0;
	memcpy(&v, file + at, bytes);
	return v;
}

static void put(size_t at, size_t bytes, uint64_t v)
{
	memcpy(file + at, &v, bytes);
}

/* Where the record of a kind begins; its body starts 12 bytes later. */
static size_t record(uint32_t kind)
{
	size_t at = block() + 24;
	while (number(at, 4) != kind) {
		at += 12 + number(at + 4, 8);
		ck_assert_uint_lt(at, data_offset_of(file));
	}
	return at;
}

static int opened(void)
{
	struct pb_paged *p;
	seal(file);
	spill(path, file, file_size);
	int err = pb_open(path, NULL, &p);
	if (err)
		ck_assert_uint_gt(strlen(pb_error_detail()), 0);
	else
		pb_close(p);
	return err;
}

/* One field changed at a time, with the file restored before each. */
#define REFUSED(kind, at, bytes, value)                                                                      \
	do {                                                                                                 \
		make(kind);                                                                                  \
		put(at, bytes, value);                                                                       \
		int err_ = opened();                                                                         \
		ck_assert_msg(err_ == PB_ERR_FORMAT, "%s = %s: %s", #at, #value, pb_strerror(err_));         \
	} while (0)

START_TEST(records_that_lie)
{
	make(_i);
	ck_assert_int_eq(opened(), PB_OK);
	REFUSED(_i, block(), 1, 'B');
	REFUSED(_i, 20, 4, 1);                                     /* the manifest's version */
	REFUSED(_i, block() + 12, 4, number(block() + 12, 4) + 1); /* records */
	REFUSED(_i, block() + 12, 4, 0);
	REFUSED(_i, block() + 16, 8, number(block() + 16, 8) - 1); /* length */
	REFUSED(_i, block() + 16, 8, UINT64_MAX);
	REFUSED(_i, record(PAIR) + 4, 8, UINT64_MAX);
	REFUSED(_i, record(PAIR) + 4, 8, number(record(PAIR) + 4, 8) + 1);
	REFUSED(_i, record(PAIR) + 12, 4, UINT32_MAX);
	REFUSED(_i, record(PAIR) + 16, 1, 0xff);                    /* not UTF-8 */
	REFUSED(_i, record(COMPONENT) + 12 + 4 + 3, 4, UINT32_MAX); /* number of models of "all" */
	REFUSED(_i, record(COMPONENT) + 12 + 4 + 3, 4, 5);
	REFUSED(_i, record(COMPONENT) + 12 + 4 + 3 + 4, 4, 3);      /* its first model */
	REFUSED(_i, record(COMPONENT) + 12 + 4 + 3 + 4 + 12, 4, 4); /* and its last: it does not exist */
	REFUSED(_i, record(CHECKSUMS) + 4, 8, 4);
	REFUSED(_i, record(ALIGNMENTS) + 4, 8, 3);
	REFUSED(_i, record(ALIGNMENTS) + 12, 1, 31);
	REFUSED(_i, record(ALIGNMENTS) + 12, 1, 30); /* it is not aligned */
	REFUSED(_i, record(ALIGNMENTS), 4, CHECKSUMS);
}
END_TEST

START_TEST(pages_that_lie)
{
	enum extended_kind z = EXTENDED_COMPRESSED;
	REFUSED(z, record(PAGES) + 12, 4, 2); /* method */
	REFUSED(z, record(PAGES) + 16, 4, 0); /* bytes of a page */
	REFUSED(z, record(PAGES) + 16, 4, 4097);
	REFUSED(z, record(PAGES) + 16, 4, 8192);
	REFUSED(z, record(PAGES) + 16, 4, 2048);
	REFUSED(z, record(PAGES) + 16, 4, 1u << 21);
	REFUSED(z, record(PAGES) + 20, 4, 0); /* stored bytes of the first */
	REFUSED(z, record(PAGES) + 20, 4, 4097);
	REFUSED(z, record(PAGES) + 20, 4, UINT32_MAX);
	REFUSED(z, record(PAGES), 4, 99);
	REFUSED(z, record(PAGES) + 4, 8, number(record(PAGES) + 4, 8) - 12);
	REFUSED(z, 7, 1, 'E'); /* the other kind */
	REFUSED(EXTENDED_PLAIN, 7, 1, 'Z');
	/* models whose sizes are no longer those of the pages */
	REFUSED(z, 20 + 4 + 8 + 4 + 8 + 4 + 4 + 3, 8, SIZE + 4096);
	REFUSED(z, 20 + 4 + 8 + 4 + 8 + 4 + 4 + 3, 8, UINT64_MAX);
	REFUSED(z, 20 + 4 + 8 + 4 + 8 + 4 + 4 + 3, 8, 0);
}
END_TEST

START_TEST(twice_is_refused)
{
	make(_i);
	size_t at = record(PAIR);
	memcpy(file + at + 16, "architecture", 7); /* version becomes archite: accepted */
	ck_assert_int_eq(opened(), PB_OK);
	make(_i);
	at = record(COMPONENT);
	size_t next = at + 12 + number(at + 4, 8);
	memcpy(file + next + 16, "none", 4); /* some becomes none, which exists */
	ck_assert_int_eq(opened(), PB_ERR_FORMAT);
}
END_TEST

/* Additions by a later version are skipped. */
START_TEST(what_is_not_known)
{
	struct pb_paged *p;
	make(_i);
	put(record(COMPONENT), 4, 1000);
	put(record(PAIR), 4, UINT32_MAX);
	ck_assert_int_eq(opened(), PB_OK);
	ck_assert_int_eq(pb_open(path, NULL, &p), PB_OK);
	ck_assert_uint_eq(pb_component_count(p), 2);
	ck_assert_uint_eq(pb_metadata_count(p), 2);
	pb_close(p);
	make(_i);
	put(record(CHECKSUMS) + 12, 4, 2); /* another method: unknown */
	ck_assert_int_eq(opened(), PB_OK);
	/* an extension of unknown version is ignored as a whole; without it a compressed bundle cannot
	 * be read */
	make(_i);
	put(block() + 8, 4, 2);
	ck_assert_int_eq(opened(), _i == EXTENDED_PLAIN ? PB_OK : PB_ERR_FORMAT);
	if (_i == EXTENDED_COMPRESSED)
		return;
	struct pb_info info;
	ck_assert_int_eq(pb_open(path, NULL, &p), PB_OK);
	pb_info_init(&info);
	pb_info_get(p, &info);
	ck_assert_uint_eq(info.extension, 2);
	ck_assert_uint_eq(pb_metadata_count(p), 0);
	get_and_release(p, "one");
	pb_close(p);
}
END_TEST

/* Surplus bytes that are no extension are still ignored. */
START_TEST(other_surplus)
{
	static const char *const surplus[] = { "A", "APBX",
		"anything that is long enough to be a block, but is none" };
	for (size_t i = 0; i < sizeof(surplus) / sizeof(*surplus); i++) {
		size_t size, n = strlen(surplus[i]);
		char *plain = slurp(make_bundle("plain", 2, 10), &size);
		size_t data = data_offset_of(plain);
		char *more = malloc(size + n);
		uint64_t manifest = data - 20 + n;
		memcpy(more, plain, data);
		memcpy(more + data, surplus[i], n);
		memcpy(more + data + n, plain + data, size - data);
		memcpy(more + 12, &manifest, sizeof(manifest));
		spill(scratch_file("surplus"), more, size + n);
		struct pb_paged *p = open_paged(scratch_file("surplus"), 1 << 20, false, PB_POLICY_LRU);
		get_and_release(p, "m1");
		pb_close(p);
		free(plain);
		free(more);
	}
}
END_TEST

static void use_all(void)
{
	struct pb_paged *p;
	struct pb_bundle *bundle;
	struct pb_component c;
	if (pb_bundle_load(path, &bundle) == PB_OK)
		pb_bundle_free(bundle);
	if (pb_open(path, NULL, &p) != PB_OK)
		return;
	for (size_t i = 0; i < pb_count(p); i++) {
		struct pb_view view;
		struct pb_storage storage;
		char byte;
		pb_storage_init(&storage);
		ck_assert_int_eq(pb_storage_at(p, i, &storage), PB_OK);
		if (pb_get_at(p, i, &view) == PB_OK)
			pb_release(&view);
		pb_fetch_at(p, i, 5000, 1, &byte);
	}
	for (size_t i = 0; pb_component_at(p, i, &c) == PB_OK; i++)
		for (size_t j = 0; j < c.count; j++)
			ck_assert_uint_lt(c.models[j], pb_count(p));
	ck_assert_int_eq(pb_close(p), PB_OK);
}

/* Two random changes at once before the models, with a recomputed checksum; and in pages, with matching
 * checksums. */
START_TEST(random_changes)
{
	make(_i);
	size_t data = data_offset_of(file);
	char *keep = malloc(file_size);
	memcpy(keep, file, file_size);
	if (!SANITIZED) {
		char *statm = slurp("/proc/self/statm", NULL);
		rlim_t limit = strtoull(statm, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) + (32u << 20);
		free(statm);
		ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){ limit, limit }), 0);
	}
	srand(7);
	for (int round = 0; round < 4000; round++) {
		for (int i = 0; i < 2; i++)
			file[20 + (size_t)rand() % (data - 20 - 16)] =
				(char)(rand() % 3 ? rand() : (rand() & 1) * 0xff);
		seal(file);
		spill(path, file, file_size);
		use_all();
		memcpy(file, keep, file_size);
	}
	free(keep);
}
END_TEST

/* A page that is no valid zstd frame, under a right checksum: an attacker can write the table too. */
START_TEST(pages_that_zstd_refuses)
{
	struct pb_paged *p;
	struct pb_view view;
	make(EXTENDED_COMPRESSED);
	size_t page = record(PAGES) + 20, data = (data_offset_of(file) + 63) / 64 * 64;
	size_t stored = number(page, 4);
	ck_assert_uint_lt(stored, 4096);
	srand(11);
	int refused = 0;
	for (int round = 0; round < 500; round++) {
		file[data + (size_t)rand() % stored] = (char)rand();
		put(page + 4, 8, xxh3_of(file + data, stored));
		seal(file);
		spill(path, file, file_size);
		ck_assert_int_eq(pb_open(path, NULL, &p), PB_OK);
		int err = pb_get(p, "one", &view);
		if (!err)
			pb_release(&view);
		else
			ck_assert_int_eq(err, PB_ERR_DAMAGED);
		refused += err != PB_OK;
		pb_close(p);
	}
	ck_assert_int_gt(refused, 400);
}
END_TEST

Suite *hostile_extension_suite(void)
{
	Suite *suite = suite_create("hostile_extension");
	TCase *tc = tcase_create("hostile_extension");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, clean);
	tcase_add_loop_test(tc, records_that_lie, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	tcase_add_test(tc, pages_that_lie);
	tcase_add_loop_test(tc, twice_is_refused, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	tcase_add_loop_test(tc, what_is_not_known, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	tcase_add_test(tc, other_surplus);
	tcase_add_loop_test(tc, random_changes, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	tcase_add_test(tc, pages_that_zstd_refuses);
	suite_add_tcase(suite, tc);
	return suite;
}
