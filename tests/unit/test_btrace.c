/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace files: whatever was written is read back, and a damaged file is refused and does no harm. */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/record/btrace.h"
#include "user/record/btrace_codec.h"

#define RECORDS 2000

static unsigned seed;

static uint64_t random_number(void)
{
	/* of every size, zero and all ones too */
	uint64_t v = (uint64_t)rand_r(&seed) << 40 ^ (uint64_t)rand_r(&seed) << 20 ^ (uint64_t)rand_r(&seed);
	unsigned shape = (unsigned)rand_r(&seed) % 70;
	return shape < 64 ? v >> shape : shape == 64 ? UINT64_MAX : 0;
}

union record {
	struct event_header head;
	struct event_syscall call;
	struct event_syscall_more more;
	char bytes[8192];
};

static void random_bytes(char *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (char)rand_r(&seed);
}

/* Any record that a file may contain, at a time not before `time_ns`. */
static void make_record(union record *r, uint64_t time_ns)
{
	memset(r, 0, sizeof(*r));
	r->head.kind = (uint16_t)(1 + (unsigned)rand_r(&seed) % (EVENT_USER_STACK - 1));
	r->head.time_ns = time_ns;
	r->head.pid = 100 + (unsigned)rand_r(&seed) % 3;
	r->head.tid = r->head.pid;
	r->head.lost_before = rand_r(&seed) % 8 ? 0 : (uint32_t)random_number();
	if (r->head.kind != EVENT_SYSCALL) {
		size_t rest = (unsigned)rand_r(&seed) % 300;
		random_bytes(r->bytes + sizeof(r->head), rest);
		r->head.size = (uint16_t)(sizeof(r->head) + rest);
		return;
	}
	r->head.size = sizeof(r->call);
	r->call.nr = (uint16_t)(rand_r(&seed) % (rand_r(&seed) % 2 ? 3 : SYSCALL_MAX));
	for (int i = 0; i < 6; i++)
		r->call.args[i] = random_number();
	r->call.result = (int64_t)random_number();
	r->call.stack = rand_r(&seed) % 3 ? 0 : (uint32_t)random_number();
	r->call.duration_ns = rand_r(&seed) % 3 ? random_number() : NO_DURATION;
	r->call.file.id = (struct file_id){ 1 + (unsigned)rand_r(&seed) % 2, 8, 0100644 };
	r->call.file.pos = (int64_t)random_number();
	if (rand_r(&seed) % 4 == 0) {
		r->call.more = 1;
		r->head.size = (uint16_t)(offsetof(struct event_syscall_more, strings) + 20);
		random_bytes(r->bytes + sizeof(r->call), r->head.size - sizeof(r->call));
	}
}

/* Some records alternate between lines, some share one, and some are large. */
static unsigned cpu_of(int record)
{
	static const unsigned cpus[] = { 0, 1, 0, 9, 9, 7, 8, UINT32_MAX };
	return cpus[record * 5 / 3 % 8];
}

START_TEST(every_record_comes_back)
{
	struct btrace_memory *in = calloc(1, sizeof(*in)), *out = calloc(1, sizeof(*out));
	struct text bytes = { 0 };
	union record *records = calloc(RECORDS, sizeof(*records));
	uint64_t time_ns = 1000;
	seed = (unsigned)_i + 1;
	for (int i = 0; i < RECORDS; i++) {
		make_record(&records[i], time_ns += random_number() >> 30);
		btrace_encode(in, &bytes, &records[i].head, cpu_of(i));
	}
	char *copy = aligned_alloc(8, RECORD_BYTES_MAX);
	size_t at = 0;
	for (int i = 0; i < RECORDS; i++) {
		unsigned cpu;
		long took = btrace_decode(out, (unsigned char *)bytes.data + at, bytes.len - at,
			(struct event_header *)copy, &cpu);
		ck_assert_int_gt(took, 0);
		ck_assert_uint_eq(cpu, cpu_of(i));
		ck_assert_mem_eq(copy, &records[i], records[i].head.size);
		at += (size_t)took;
	}
	ck_assert_uint_eq(at, bytes.len);
	free(copy);
	free(records);
	free(in);
	free(out);
	text_free(&bytes);
}
END_TEST

/* As in docs/btrace.md: a byte that names the line precedes a record on another line than the one
 * before, and no other record. */
START_TEST(the_line_is_named_where_it_changes)
{
	static const struct {
		unsigned cpu;
		int line_byte; /* -1: none */
	} steps[] = { { 0, -1 }, { 0, -1 }, { 1, 0x3f }, { 1, -1 }, { 0, 0x2f }, { 6, 0xef }, { 15, 0xff },
		{ 7, -1 }, { UINT32_MAX, -1 } };
	struct btrace_memory *memory = calloc(1, sizeof(*memory));
	struct event_syscall call = { .head = { .size = sizeof(call), .kind = EVENT_SYSCALL } };
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		struct text bytes = { 0 };
		btrace_encode(memory, &bytes, &call.head, steps[i].cpu);
		int first = (unsigned char)bytes.data[0];
		ck_assert_int_eq((first & 0x2f) == 0x2f ? first : -1, steps[i].line_byte);
		text_free(&bytes);
	}
	free(memory);
}
END_TEST

/* Every prefix of a record is reported as incomplete, and never as anything else. */
START_TEST(a_part_is_incomplete)
{
	union record record;
	struct btrace_memory *memory = calloc(1, sizeof(*memory));
	char *copy = aligned_alloc(8, RECORD_BYTES_MAX);
	seed = 7;
	for (int i = 0; i < 300; i++) {
		struct text bytes = { 0 };
		unsigned cpu;
		make_record(&record, 5);
		btrace_forget(memory);
		btrace_encode(memory, &bytes, &record.head, cpu_of(i));
		for (size_t len = 0; len < bytes.len; len++) {
			unsigned char *part = malloc(len + 1); /* separate, for the sanitizer */
			memcpy(part, bytes.data, len);
			btrace_forget(memory);
			part = realloc(part, len ? len : 1);
			ck_assert_int_eq(
				btrace_decode(memory, part, len, (struct event_header *)copy, &cpu), 0);
			free(part);
		}
		text_free(&bytes);
	}
	free(copy);
	free(memory);
}
END_TEST

START_TEST(noise_does_no_harm)
{
	struct btrace_memory *memory = calloc(1, sizeof(*memory));
	char *copy = aligned_alloc(8, RECORD_BYTES_MAX);
	int refused = 0;
	seed = 11;
	for (int i = 0; i < 20000; i++) {
		size_t len = (unsigned)rand_r(&seed) % 200;
		unsigned char *noise = malloc(len ? len : 1);
		unsigned cpu;
		random_bytes((char *)noise, len);
		long took = btrace_decode(memory, noise, len, (struct event_header *)copy, &cpu);
		ck_assert_int_le(took, (long)len);
		refused += took < 0;
		free(noise);
	}
	ck_assert_int_gt(refused, 0);
	free(copy);
	free(memory);
}
END_TEST

static const char *const command[] = { "./loader", "a b", NULL };

/* A file with some records; returns its path, to be unlinked. */
static const char *make_file(int records, bool whole)
{
	static char path[] = "/tmp/check-btrace-XXXXXX";
	static struct call_count calls[SYSCALL_MAX];
	struct run_start start = { command, 1700000000123456789, -42 };
	struct run_result result = { .ended = true, .status = 3 << 8, .calls = calls };
	struct out out;
	union record record;
	strcpy(path + sizeof(path) - 7, "XXXXXX");
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	calls[8] = (struct call_count){ 9007199254740993u, 2, 3, 4 };
	result.lost[EVENT_SYSCALL][LOST_RING_FULL] = 17;
	out_init(&out, fd);
	struct btrace_writer *writer = btrace_writer_new(&out, &start, true);
	seed = 3;
	for (int i = 0; i < records; i++) {
		make_record(&record, 1000u + (unsigned)i);
		ck_assert_int_eq(btrace_write(writer, &record.head, 0), 0);
	}
	ck_assert_int_eq(whole ? btrace_finish(writer, &result) : out_flush(&out), 0);
	btrace_writer_free(writer);
	out_free(&out);
	close(fd);
	return path;
}

static int read_all(struct btrace_reader *reader, int *last)
{
	const struct event_header *record;
	unsigned cpu;
	int count = 0;
	while ((*last = btrace_read(reader, &record, &cpu)) > 0)
		count++;
	return count;
}

START_TEST(a_file_tells_of_its_run)
{
	const char *path = make_file(5000, true), *error;
	struct btrace_reader *reader = btrace_reader_open(path, &error);
	struct run_result result;
	int last;
	ck_assert_ptr_nonnull(reader);
	ck_assert_str_eq(btrace_head(reader)->start.command[1], "a b");
	ck_assert_int_eq(btrace_head(reader)->start.start_time_ns, 1700000000123456789);
	ck_assert_int_eq(btrace_head(reader)->start.clock_offset_ns, -42);
	ck_assert_int_eq(read_all(reader, &last), 5000);
	ck_assert_int_eq(last, 0);
	ck_assert(btrace_result(reader, &result));
	ck_assert_int_eq(result.status, 3 << 8);
	ck_assert_uint_eq(result.calls[8].calls, 9007199254740993u);
	ck_assert_uint_eq(result.lost[EVENT_SYSCALL][LOST_RING_FULL], 17);
	btrace_reader_close(reader);
	unlink(path);
}
END_TEST

/* A recorder that was killed: the existing records are read, and the missing end is reported. */
START_TEST(a_file_may_be_cut_anywhere)
{
	const char *path = make_file(50, true), *error;
	FILE *file = fopen(path, "r");
	fseek(file, 0, SEEK_END);
	long size = ftell(file);
	fclose(file);
	int opened = 0;
	for (long cut = size - 1; cut >= 0; cut--) {
		int last;
		ck_assert_int_eq(truncate(path, cut), 0);
		struct btrace_reader *reader = btrace_reader_open(path, &error);
		if (!reader) {
			ck_assert_ptr_nonnull(error);
			continue;
		}
		struct run_result result;
		ck_assert_int_le(read_all(reader, &last), 50);
		ck_assert_int_eq(last, 0);
		ck_assert(!btrace_result(reader, &result));
		btrace_reader_close(reader);
		opened++;
	}
	ck_assert_int_gt(opened, 50);
	unlink(path);
}
END_TEST

START_TEST(another_file_is_refused)
{
	const char *error = NULL;
	ck_assert_ptr_null(btrace_reader_open("/dev/null", &error));
	ck_assert_ptr_nonnull(strstr(error, "not a trace file"));
	ck_assert_ptr_null(btrace_reader_open("/nonexistent", &error));
	ck_assert_ptr_nonnull(strstr(error, "No such file"));
}
END_TEST

START_TEST(another_version_is_refused)
{
	const char *path = make_file(1, true), *error = NULL;
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "\1", 1, 7), 1);
	close(fd);
	ck_assert_ptr_null(btrace_reader_open(path, &error));
	ck_assert_ptr_nonnull(strstr(error, "another version of bundletrace"));
	unlink(path);
}
END_TEST

Suite *btrace_suite(void)
{
	Suite *suite = suite_create("btrace");
	TCase *tc = tcase_create("btrace");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_record_comes_back, 0, 5);
	tcase_add_test(tc, the_line_is_named_where_it_changes);
	tcase_add_test(tc, a_part_is_incomplete);
	tcase_add_test(tc, noise_does_no_harm);
	tcase_add_test(tc, a_file_tells_of_its_run);
	tcase_add_test(tc, a_file_may_be_cut_anywhere);
	tcase_add_test(tc, another_file_is_refused);
	tcase_add_test(tc, another_version_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
