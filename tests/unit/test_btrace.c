/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace files: whatever was written is read back, and a damaged file is refused and does no harm. */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/record/btrace.h"
#include "user/event/kinds.h"
#include "user/record/btrace_chunk.h"
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
	r->call.file.id = (struct file_id){ 1 + (unsigned)rand_r(&seed) % 2, 8, 0100644,
		(uint16_t)(rand_r(&seed) % 3) };
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
	struct run_start start = { command, 1700000000123456789, -42, NULL };
	struct run_result result = { .ended = true, .status = 3 << 8, .calls = calls };
	struct out out;
	union record record;
	strcpy(path + sizeof(path) - 7, "XXXXXX");
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	calls[8] = (struct call_count){ 9007199254740993u, 2, 3, 4 };
	result.lost[EVENT_SYSCALL][LOST_RING_FULL] = 17;
	result.lost[EVENT_FORK][LOST_SKIPPED] = 18;
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

/* What a file gave. */
struct reading {
	bool opened, whole;
	int records;
	int damages; /* reports */
	struct btrace_damage damage[8];
	char note[8][400];        /* what is said of each */
	uint64_t missing;         /* records, by all reports */
	uint64_t lost;            /* by lost_before */
	struct run_result result; /* without its arrays */
	int last;                 /* result of the last btrace_read() */
};

static void add_damage(struct reading *got, const struct btrace_damage *damage, const struct run_start *start)
{
	struct text text = { 0 };
	ck_assert_int_lt(got->damages, 8);
	btrace_damage_text(&text, damage, start);
	snprintf(got->note[got->damages], sizeof(got->note[0]), "%.*s", (int)text.len, text.data);
	text_free(&text);
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		got->missing += damage->missing[kind];
	got->damage[got->damages++] = *damage;
}

/* Reads a file; each record has to be one that was written, in order. `records`: how many were. */
static struct reading read_file(const char *path, int records)
{
	const char *error;
	struct reading got = { 0 };
	struct btrace_reader *reader = btrace_reader_open(path, &error);
	struct btrace_item item;
	union record record;
	int next = 0;
	seed = 3;
	if (!reader) {
		ck_assert_ptr_nonnull(error);
		return got;
	}
	got.opened = true;
	while ((got.last = btrace_read(reader, &item)) > 0) {
		if (got.last == BTRACE_DAMAGE) {
			add_damage(&got, item.damage, &btrace_head(reader)->start);
			continue;
		}
		uint64_t lost = 0;
		do {
			ck_assert_int_lt(next, records);
			make_record(&record, 1000u + (unsigned)next++);
		} while (record.head.time_ns != item.record->time_ns);
		if (item.record->lost_before != record.head.lost_before)
			lost = item.record->lost_before - record.head.lost_before;
		got.lost += lost;
		record.head.lost_before = item.record->lost_before;
		ck_assert_uint_eq(item.record->size, record.head.size);
		ck_assert_mem_eq(item.record, &record, record.head.size);
		got.records++;
	}
	got.whole = btrace_result(reader, &got.result);
	btrace_reader_close(reader);
	return got;
}

START_TEST(a_file_tells_of_its_run)
{
	const char *path = make_file(5000, true), *error;
	struct reading got = read_file(path, 5000);
	struct btrace_reader *reader = btrace_reader_open(path, &error);
	struct btrace_item item;
	struct run_result result;
	ck_assert_int_eq(got.records, 5000);
	ck_assert_int_eq(got.damages, 0);
	ck_assert_int_eq(got.last, BTRACE_ENDED);
	ck_assert_ptr_nonnull(reader);
	ck_assert_str_eq(btrace_head(reader)->start.command[1], "a b");
	ck_assert_int_eq(btrace_head(reader)->start.start_time_ns, 1700000000123456789);
	ck_assert_int_eq(btrace_head(reader)->start.clock_offset_ns, -42);
	ck_assert(btrace_head(reader)->timed);
	while (btrace_read(reader, &item) == BTRACE_RECORD)
		;
	ck_assert(btrace_result(reader, &result));
	ck_assert_int_eq(result.status, 3 << 8);
	ck_assert_uint_eq(result.calls[8].calls, 9007199254740993u);
	ck_assert_uint_eq(result.lost[EVENT_SYSCALL][LOST_RING_FULL], 17);
	ck_assert_uint_eq(result.lost[EVENT_FORK][LOST_SKIPPED], 18);
	btrace_reader_close(reader);
	unlink(path);
}
END_TEST

/* ---- damage ---- */

#define CHUNK_RECORDS 5
#define CHUNKS        4 /* of records; with the head and the end there are two more */

/* A file, and where its chunks begin; the last entry is its size. */
struct bytes {
	char path[40]; /* of a file in memory: it is written thousands of times */
	int fd;
	unsigned char *data;
	size_t len, at[CHUNKS + 3];
};

static void put_file(const struct bytes *file, const void *data, size_t len)
{
	ck_assert_int_eq(ftruncate(file->fd, 0), 0);
	ck_assert_int_eq(pwrite(file->fd, data, len, 0), (ssize_t)len);
}

/* Some chunks, each ended because its records had waited. */
static struct bytes make_chunks(void)
{
	struct bytes file = { .fd = memfd_create("btrace", MFD_CLOEXEC) };
	struct run_start start = { command, 1700000000123456789, -42, NULL };
	struct run_result result = { .ended = true };
	struct out out;
	union record record;
	int fd = file.fd, n = 0;
	snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", fd);
	out_init(&out, fd);
	struct btrace_writer *writer = btrace_writer_new(&out, &start, true);
	seed = 3;
	for (int chunk = 0; chunk < CHUNKS; chunk++) {
		for (int i = 0; i < CHUNK_RECORDS; i++) {
			make_record(&record, 1000u + (unsigned)n++);
			ck_assert_int_eq(btrace_write(writer, &record.head, 0), 0);
		}
		ck_assert_int_eq(btrace_flush(writer), 0);
		ck_assert_uint_gt(btrace_waiting(writer), 0);
		usleep(101000);
		ck_assert_int_eq(btrace_flush(writer), 0);
		ck_assert_uint_eq(btrace_waiting(writer), 0);
	}
	ck_assert_int_eq(btrace_finish(writer, &result), 0);
	btrace_writer_free(writer);
	out_free(&out);
	file.len = (size_t)lseek(fd, 0, SEEK_END);
	file.data = malloc(file.len);
	ck_assert_int_eq(pread(fd, file.data, file.len, 0), (ssize_t)file.len);
	n = 0;
	for (size_t at = 0; (at = btrace_chunk_find(file.data, at, file.len)) < file.len; at++)
		file.at[n++] = at;
	ck_assert_int_eq(n, CHUNKS + 2);
	file.at[n] = file.len;
	return file;
}

static void free_chunks(struct bytes *file)
{
	close(file->fd);
	free(file->data);
}

/* The chunk that a byte lies in, from 0 (the head); -1: the magic. */
static int chunk_of(const struct bytes *file, size_t at)
{
	int chunk = -1;
	while (chunk < CHUNKS + 1 && at >= file->at[chunk + 1])
		chunk++;
	return chunk;
}

/* One bit of every byte, whichever it is, is told with its place, and costs its chunk alone. */
START_TEST(every_changed_bit_is_told)
{
	struct bytes file = make_chunks();
	const int all = CHUNKS * CHUNK_RECORDS;
	for (size_t at = 0; at < file.len; at++) {
		int chunk = chunk_of(&file, at);
		unsigned char bit = (unsigned char)(1 << (at * 5 % 8));
		file.data[at] ^= bit;
		put_file(&file, file.data, file.len);
		file.data[at] ^= bit;
		struct reading got = read_file(file.path, all);
		bool records = chunk >= 1 && chunk <= CHUNKS;
		ck_assert_msg(got.opened, "byte %zu", at);
		ck_assert_int_eq(got.damages, 1);
		ck_assert_int_eq(got.records, all - (records ? CHUNK_RECORDS : 0));
		ck_assert_int_eq((int)got.missing, records ? CHUNK_RECORDS : 0);
		ck_assert_int_eq(got.whole, chunk <= CHUNKS);
		ck_assert_int_eq(got.damage[0].head, chunk == 0);
		ck_assert_int_eq(got.damage[0].counted, chunk <= CHUNKS);
		ck_assert_int_eq(got.damage[0].kind, chunk <= CHUNKS ? BTRACE_DAMAGED : BTRACE_NOT_ENDED);
		ck_assert_uint_eq(got.damage[0].offset, chunk < 0 ? 0 : file.at[chunk]);
		ck_assert_uint_eq(got.damage[0].bytes, chunk < 0 ? 8 : file.at[chunk + 1] - file.at[chunk]);
	}
	free_chunks(&file);
}
END_TEST

/* Shown events of a chunk that is missing are counted before the next one, and in the sentence. */
START_TEST(damage_says_where_when_and_how_much)
{
	struct bytes file = make_chunks();
	file.data[file.at[2] + 200] ^= 1;
	put_file(&file, file.data, file.len);
	struct reading got = read_file(file.path, CHUNKS * CHUNK_RECORDS);
	char expected[200];
	unsigned shown = 0;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		shown += kind_of(kind)->role == ROLE_SHOWN ? (unsigned)got.damage[0].missing[kind] : 0;
	ck_assert_uint_gt(shown, 0);
	ck_assert_uint_eq(got.lost, shown);
	ck_assert_uint_eq(got.damage[0].after_ns, 1000 + CHUNK_RECORDS - 1);
	ck_assert_uint_eq(got.damage[0].before_ns, 1000 + 2 * CHUNK_RECORDS);
	snprintf(expected, sizeof(expected), "damaged at byte %zu (chunk 2; %zu bytes) between ", file.at[2],
		file.at[3] - file.at[2]);
	ck_assert_str_eq(strndup(got.note[0], strlen(expected)), expected);
	snprintf(expected, sizeof(expected), "; %u events are missing", shown);
	ck_assert_ptr_nonnull(strstr(got.note[0], expected));
	free_chunks(&file);
}
END_TEST

/* A recorder that was killed, or a file that was cut: what is whole is read, and the missing end is told. */
START_TEST(a_file_may_be_cut_anywhere)
{
	struct bytes file = make_chunks();
	for (size_t len = file.len; len-- > 0;) {
		put_file(&file, file.data, len);
		struct reading got = read_file(file.path, CHUNKS * CHUNK_RECORDS);
		if (!got.opened) {
			ck_assert_uint_lt(len, file.at[1]);
			continue;
		}
		int whole = len >= file.at[CHUNKS + 1] ? CHUNKS + 1 : chunk_of(&file, len);
		ck_assert_int_eq(got.records, (whole - 1) * CHUNK_RECORDS);
		ck_assert(!got.whole);
		ck_assert_int_eq(got.damages, 1);
		ck_assert_int_eq(got.damage[0].kind, BTRACE_NOT_ENDED);
		ck_assert_uint_eq(got.damage[0].offset, file.at[whole]);
		ck_assert_uint_eq(got.damage[0].bytes, len - file.at[whole]);
	}
	free_chunks(&file);
}
END_TEST

/* Puts a file together of chunks of another, by number. */
static struct reading read_order(const struct bytes *file, const int *order, int count)
{
	unsigned char *data = malloc(file->len * 3);
	size_t len = file->at[0];
	memcpy(data, file->data, len);
	for (int i = 0; i < count; i++) {
		size_t bytes = file->at[order[i] + 1] - file->at[order[i]];
		memcpy(data + len, file->data + file->at[order[i]], bytes);
		len += bytes;
	}
	put_file(file, data, len);
	free(data);
	return read_file(file->path, CHUNKS * CHUNK_RECORDS);
}

START_TEST(chunks_that_moved_are_told)
{
	static const struct {
		int order[8], count, records, missing, damages;
		enum btrace_damage_kind kind;
	} cases[] = {
		{ { 0, 1, 2, 3, 4, 5 }, 6, 4, 0, 0, 0 },
		{ { 0, 1, 3, 4, 5 }, 5, 3, 1, 1, BTRACE_DAMAGED },         /* removed */
		{ { 0, 1, 2, 3, 5 }, 5, 3, 1, 1, BTRACE_DAMAGED },         /* before the end */
		{ { 1, 2, 3, 4, 5 }, 5, 4, 0, 1, BTRACE_DAMAGED },         /* the head */
		{ { 0, 1, 2, 3, 4 }, 5, 4, 0, 1, BTRACE_NOT_ENDED },       /* the end */
		{ { 0, 1, 2, 2, 3, 4, 5 }, 7, 4, 0, 1, BTRACE_MISPLACED }, /* repeated */
		{ { 0, 1, 3, 2, 4, 5 }, 6, 3, 1, 2, BTRACE_DAMAGED },      /* swapped */
		{ { 0, 1, 2, 3, 4, 5, 4 }, 7, 4, 0, 1, BTRACE_BEHIND },    /* behind the end */
		{ { 0, 0, 1, 2, 3, 4, 5 }, 7, 4, 0, 1, BTRACE_MISPLACED }, /* the head twice */
		{ { 0, 5 }, 2, 0, 4, 1, BTRACE_DAMAGED },                  /* nothing but its ends */
	};
	struct bytes file = make_chunks();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reading got = read_order(&file, cases[i].order, cases[i].count);
		ck_assert(got.opened);
		ck_assert_int_eq(got.records, cases[i].records * CHUNK_RECORDS);
		ck_assert_int_eq((int)got.missing, cases[i].missing * CHUNK_RECORDS);
		ck_assert_int_eq(got.damages, cases[i].damages);
		if (got.damages)
			ck_assert_int_eq(got.damage[0].kind, cases[i].kind);
		ck_assert_int_eq(got.whole, cases[i].kind != BTRACE_NOT_ENDED);
	}
	free_chunks(&file);
}
END_TEST

/* A chunk of another recording, whose checksums are right, is none of this one. */
START_TEST(another_recording_does_not_pass)
{
	struct bytes file = make_chunks(), other = make_chunks();
	size_t len = file.at[3] - file.at[2];
	ck_assert_uint_eq(len, other.at[3] - other.at[2]);
	memcpy(file.data + file.at[2], other.data + other.at[2], len);
	put_file(&file, file.data, file.len);
	struct reading got = read_file(file.path, CHUNKS * CHUNK_RECORDS);
	ck_assert_int_eq(got.records, (CHUNKS - 1) * CHUNK_RECORDS);
	ck_assert_int_eq(got.damages, 1);
	ck_assert_int_eq(got.damage[0].kind, BTRACE_FOREIGN);
	free_chunks(&file);
	free_chunks(&other);
}
END_TEST

/* Bytes that were put in or taken out move all chunks behind them. */
START_TEST(chunks_are_found_again)
{
	struct bytes file = make_chunks();
	unsigned char *data = malloc(file.len + 16);
	for (size_t at = 0; at < file.len; at += 23)
		for (int by = -5; by <= 5; by += 10) {
			size_t from = at, end = file.len;
			if (by < 0 && at + 5 > file.len)
				continue;
			memcpy(data, file.data, at);
			memset(data + at, 0x89, 5);
			from += by < 0 ? 5 : 0;
			memcpy(data + at + (by > 0 ? 5 : 0), file.data + from, end - from);
			put_file(&file, data, (size_t)((long)file.len + by));
			struct reading got = read_file(file.path, CHUNKS * CHUNK_RECORDS);
			if (!got.opened)
				ck_assert_uint_lt(at, BTRACE_MAGIC_BYTES);
			else
				ck_assert_int_ge(got.damages, 1);
			if (got.opened) /* at most two chunks share the bytes */
				ck_assert_int_ge(got.records, (CHUNKS - 2) * CHUNK_RECORDS);
		}
	free(data);
	free_chunks(&file);
}
END_TEST

/* Each chunk has the paths of the files that its calls refer to. */
START_TEST(paths_are_repeated_in_each_chunk)
{
	char path[] = "/tmp/check-btrace-XXXXXX", buffer[sizeof(struct event_file) + 8] = { 0 };
	struct event_file *file = (void *)buffer;
	struct event_syscall call = { .head = { .size = sizeof(call), .kind = EVENT_SYSCALL } };
	struct out out;
	struct btrace_item item;
	const char *error;
	int fd = mkstemp(path), files = 0, calls = 0, more;
	file->head =
		(struct event_header){ .size = offsetof(struct event_file, strings) + 4, .kind = EVENT_FILE };
	file->id = call.file.id = (struct file_id){ .ino = 77, .dev = 8, .mode = 0100644 };
	file->path_bytes = 4;
	memcpy(file->strings, "/a/b", 4);
	out_init(&out, fd);
	struct btrace_writer *writer = btrace_writer_new(&out, &(struct run_start){ 0 }, false);
	ck_assert_int_eq(btrace_write(writer, &file->head, 0), 0);
	for (int i = 0; i < 20000; i++) {
		call.args[0] = (uint64_t)i << 40;
		ck_assert_int_eq(btrace_write(writer, &call.head, 0), 0);
	}
	ck_assert_int_eq(btrace_finish(writer, &(struct run_result){ 0 }), 0);
	btrace_writer_free(writer);
	out_free(&out);
	ck_assert_int_eq(pwrite(fd, "x", 1, 1000), 1);
	close(fd);
	struct btrace_reader *reader = btrace_reader_open(path, &error);
	while ((more = btrace_read(reader, &item)) > 0) {
		files += more == BTRACE_RECORD && item.record->kind == EVENT_FILE;
		calls += more == BTRACE_RECORD && item.record->kind == EVENT_SYSCALL;
		if (files == 0)
			ck_assert_int_eq(calls, 0);
	}
	ck_assert_int_gt(calls, 5000);
	ck_assert_int_lt(calls, 20000);
	ck_assert_int_gt(files, 1);
	ck_assert_int_lt(files, 10);
	btrace_reader_close(reader);
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
	char path[] = "/tmp/check-btrace-XXXXXX";
	const char *error = NULL;
	int fd = mkstemp(path);
	ck_assert_int_eq(pwrite(fd, "BTRACE\n\1 and more", 16, 0), 16);
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
	tcase_add_test(tc, every_changed_bit_is_told);
	tcase_add_test(tc, damage_says_where_when_and_how_much);
	tcase_add_test(tc, a_file_may_be_cut_anywhere);
	tcase_add_test(tc, chunks_that_moved_are_told);
	tcase_add_test(tc, another_recording_does_not_pass);
	tcase_add_test(tc, chunks_are_found_again);
	tcase_add_test(tc, paths_are_repeated_in_each_chunk);
	tcase_add_test(tc, another_file_is_refused);
	tcase_add_test(tc, another_version_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
