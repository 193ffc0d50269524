/* SPDX-License-Identifier: BSD-2-Clause */
/* The names in a file as records: what was written comes back; what is damaged, or has a part missing, is refused. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/modelfile/regions_build.h"
#include "user/record/names_record.h"

#define RECORDS_MAX 64

static struct event_header *records[RECORDS_MAX];
static int count;
static struct names_reader *reader;
static const struct event_names head = {
	.head = { .time_ns = 5, .pid = 1, .tid = 2, .kind = EVENT_NAMES },
	.id = { .ino = 77, .dev = 8, .mode = 0100644 },
};

static void begin(void)
{
	count = 0;
	reader = names_reader_new();
}

static void end(void)
{
	names_reader_free(reader);
	while (count)
		free(records[--count]);
}

static void keep(void *ctx, const struct event_header *record)
{
	(void)ctx;
	ck_assert_int_lt(count, RECORDS_MAX);
	ck_assert_uint_eq(record->kind, EVENT_NAMES);
	records[count] = malloc(record->size);
	memcpy(records[count++], record, record->size);
}

/* Some ranges, with holes between them and names of every length up to `longest`. */
static struct regions *make(unsigned ranges, size_t longest)
{
	struct regions *regions = regions_create("test");
	size_t room = longest + 16;
	char *name = malloc(room);
	memset(name, 'n', room);
	for (unsigned i = 0; i < ranges; i++) {
		int len = snprintf(name, room, "%u.", i);
		name[len] = 'n';
		size_t wanted = longest ? (i * 7919u) % longest + 1 : 0;
		struct region_name kept = regions_keep_name(regions, name, wanted);
		ck_assert(regions_add(regions, (uint64_t)i * 1000 + i % 3, 100 + i % 800, kept));
	}
	free(name);
	ck_assert(regions_finish(regions, UINT64_MAX));
	return regions;
}

static void same(const struct regions *a, const struct regions *b)
{
	struct region_range x, y;
	uint32_t i = 0;
	for (; regions_at(a, i, &x); i++) {
		ck_assert(regions_at(b, i, &y));
		ck_assert_uint_eq(x.start, y.start);
		ck_assert_uint_eq(x.end, y.end);
		ck_assert_uint_eq(x.name.len, y.name.len);
		ck_assert_mem_eq(x.name.data, y.name.data, x.name.len);
	}
	ck_assert(!regions_at(b, i, &y));
}

START_TEST(names_come_back)
{
	static const struct {
		unsigned ranges;
		size_t longest;
	} cases[] = { { 1, 1 }, { 3, 10 }, { 5000, 40 }, { 20, 60000 }, { 1, 65000 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct regions *regions = make(cases[i].ranges, cases[i].longest), *back = NULL;
		struct file_id id;
		count = 0;
		names_write(&head, regions, keep, NULL);
		for (int r = 0; r < count; r++)
			ck_assert_int_eq(names_reader_take(reader, records[r], &id, &back), r == count - 1);
		ck_assert_uint_eq(id.ino, 77);
		ck_assert_uint_eq(id.dev, 8);
		same(regions, back);
		regions_free(regions);
		regions_free(back);
		while (count)
			free(records[--count]);
	}
}
END_TEST

static void set_shard(struct regions *regions, const char *model, size_t len, const char *fault)
{
	const struct shard shard = { .model = { model, (uint32_t)len, false },
		.number = 2,
		.count = 300,
		.missing = 1,
		.tensors = 70000,
		.fault = { fault, (uint32_t)strlen(fault), false } };
	ck_assert(regions_set_shard(regions, &shard));
}

/* Of which model the file is a part, in the first of several records. */
START_TEST(a_part_of_a_model_comes_back)
{
	static const char *const faults[] = { "", "a fault" };
	for (size_t i = 0; i < 2; i++) {
		struct regions *regions = make(i ? 5000 : 1, 40), *back = NULL;
		struct file_id id;
		set_shard(regions, "/m/llama", 8, faults[i]);
		count = 0;
		names_write(&head, regions, keep, NULL);
		for (int r = 0; r < count; r++)
			ck_assert_int_eq(names_reader_take(reader, records[r], &id, &back), r == count - 1);
		same(regions, back);
		const struct shard *s = regions_shard(back);
		ck_assert(s && s->number == 2 && s->count == 300 && s->missing == 1 && s->tensors == 70000);
		ck_assert_uint_eq(s->model.len, 8);
		ck_assert_mem_eq(s->model.data, "/m/llama", 8);
		ck_assert_uint_eq(s->fault.len, strlen(faults[i]));
		ck_assert_mem_eq(s->fault.data, faults[i], strlen(faults[i]));
		regions_free(regions);
		regions_free(back);
		while (count)
			free(records[--count]);
	}
}
END_TEST

/* What no record can hold is left out, and the names come all the same. */
START_TEST(a_path_that_is_too_long)
{
	struct regions *regions = make(3, 10), *back = NULL;
	struct file_id id;
	char *path = calloc(1, 60000);
	set_shard(regions, path, 60000, "");
	names_write(&head, regions, keep, NULL);
	ck_assert_int_eq(names_reader_take(reader, records[0], &id, &back), 1);
	ck_assert_ptr_null(regions_shard(back));
	same(regions, back);
	regions_free(regions);
	regions_free(back);
	free(path);
}
END_TEST

START_TEST(none_are_known)
{
	struct regions *back = NULL, *regions = regions_create("test");
	struct file_id id;
	char *name = calloc(1, 70000);
	ck_assert(regions_add(regions, 0, 100, regions_keep_name(regions, name, 70000)));
	ck_assert(regions_finish(regions, 100));
	free(name);
	names_write(&head, NULL, keep, NULL);
	names_write(&head, regions, keep, NULL); /* no record can hold the name */
	ck_assert_int_eq(count, 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(names_reader_take(reader, records[i], &id, &back), 1);
		ck_assert_ptr_null(back);
		ck_assert_uint_eq(id.ino, 77);
	}
	regions_free(regions);
}
END_TEST

START_TEST(a_missing_part_is_refused)
{
	struct regions *regions = make(5000, 80), *back = NULL;
	struct file_id id;
	names_write(&head, regions, keep, NULL);
	ck_assert_int_gt(count, 3);
	ck_assert_int_eq(names_reader_take(reader, records[1], &id, &back), -EBADMSG);
	ck_assert_int_eq(names_reader_take(reader, records[0], &id, &back), 0);
	ck_assert_int_eq(names_reader_take(reader, records[2], &id, &back), -EBADMSG);
	ck_assert_int_eq(names_reader_take(reader, records[1], &id, &back), -EBADMSG);
	ck_assert_int_eq(names_reader_take(reader, records[0], &id, &back), 0);
	((struct event_names *)records[1])->id.ino++; /* of another file */
	ck_assert_int_eq(names_reader_take(reader, records[1], &id, &back), -EBADMSG);
	regions_free(regions);
}
END_TEST

/* Whatever the bytes are, they are refused or taken, and nothing outside of the record is read. */
START_TEST(noise_does_no_harm)
{
	struct regions *regions = make(30, 20);
	unsigned seed = 5;
	int refused = 0;
	if (_i)
		set_shard(regions, "/m/llama", 8, "fault");
	names_write(&head, regions, keep, NULL);
	for (int i = 0; i < 50000; i++) {
		struct regions *back = NULL;
		struct file_id id;
		size_t size = records[0]->size,
		       cut = (unsigned)rand_r(&seed) % 4 ? size : (unsigned)rand_r(&seed) % size;
		struct event_header *record = malloc(cut > sizeof(head.head) ? cut : sizeof(head.head));
		memcpy(record, records[0], cut > sizeof(head.head) ? cut : sizeof(head.head));
		record->size = (uint16_t)(cut > sizeof(head.head) ? cut : sizeof(head.head));
		for (int flips = 0; flips < 3 && cut > sizeof(head.head); flips++) {
			size_t at = sizeof(head.head) + (unsigned)rand_r(&seed) % (cut - sizeof(head.head));
			((unsigned char *)record)[at] ^= (unsigned char)(1u << (unsigned)rand_r(&seed) % 8);
		}
		int result = names_reader_take(reader, record, &id, &back);
		refused += result < 0;
		if (result == 1)
			regions_free(back);
		free(record);
	}
	ck_assert_int_gt(refused, 10000);
	regions_free(regions);
}
END_TEST

Suite *names_record_suite(void)
{
	Suite *suite = suite_create("names_record");
	TCase *tc = tcase_create("names_record");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, names_come_back);
	tcase_add_test(tc, a_part_of_a_model_comes_back);
	tcase_add_test(tc, a_path_that_is_too_long);
	tcase_add_test(tc, none_are_known);
	tcase_add_test(tc, a_missing_part_is_refused);
	tcase_add_loop_test(tc, noise_does_no_harm, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
