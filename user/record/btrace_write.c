/* SPDX-License-Identifier: BSD-2-Clause */
#include "btrace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/clock.h"
#include "btrace_chunk.h"
#include "btrace_codec.h"
#include "btrace_json.h"
#include "file_records.h"
#include "leb128.h"

/* How long records wait for the chunk to be full, when there are few: what is not in a chunk is lost if this process
 * is killed. */
#define WAIT_NS 100000000u
/* Of path records, kept to be repeated. */
#define FILE_BYTES_MAX (8u << 20)

struct btrace_writer {
	struct out *out;
	struct btrace_chunk chunk;   /* the one that is being filled */
	struct btrace_memory memory; /* of its records */
	struct text records;         /* counts, then records; empty: it has not begun */
	uint64_t begun_ns;
	uint64_t counts[EVENT_KINDS]; /* of all records so far */
	struct file_records *files;
};

/* Appends a chunk to the output, and starts the next one. */
static int put_chunk(struct btrace_writer *writer, enum btrace_chunk_kind kind, const char *data, size_t len)
{
	unsigned char head[BTRACE_HEAD_BYTES];
	struct text *to = &writer->out->text;
	writer->chunk.kind = kind;
	writer->chunk.bytes = (uint32_t)len;
	btrace_chunk_put(head, &writer->chunk, data);
	text_add(to, (const char *)head, sizeof(head));
	text_add(to, data, len);
	writer->chunk.number++;
	writer->chunk.time_ns = 0;
	return out_settle(writer->out);
}

/* Frees the text; NULL: out of memory. */
static int put_json(struct btrace_writer *writer, enum btrace_chunk_kind kind, char *text)
{
	struct text *data = &writer->records;
	size_t len = text ? strlen(text) : 0;
	text_clear(data);
	if (kind == BTRACE_CHUNK_END)
		btrace_counts_put(data, writer->counts);
	text_add(data, text, len);
	free(text);
	if (!text || data->failed)
		return -ENOMEM;
	return data->len > BTRACE_BYTES_MAX ? -E2BIG : put_chunk(writer, kind, data->data, data->len);
}

struct btrace_writer *btrace_writer_new(struct out *out, const struct run_start *start, bool timed)
{
	struct btrace_writer *writer = calloc(1, sizeof(*writer));
	if (!writer)
		return NULL;
	writer->out = out;
	writer->files = file_records_new(FILE_BYTES_MAX);
	writer->chunk = (struct btrace_chunk){
		.run = clock_monotonic_ns() ^ (uint64_t)start->start_time_ns << 20,
		.start_time_ns = start->start_time_ns,
		.clock_offset_ns = start->clock_offset_ns,
		.timed = timed,
	};
	text_add(&out->text, BTRACE_MAGIC, BTRACE_MAGIC_BYTES);
	if (!writer->files ||
		put_json(writer, BTRACE_CHUNK_HEAD, btrace_head_text(start, timed)) == -ENOMEM) {
		btrace_writer_free(writer);
		return NULL;
	}
	text_clear(&writer->records);
	return writer;
}

void btrace_writer_free(struct btrace_writer *writer)
{
	if (!writer)
		return;
	file_records_free(writer->files);
	text_free(&writer->records);
	free(writer);
}

static void begin_chunk(struct btrace_writer *writer, uint64_t time_ns)
{
	writer->chunk.time_ns = time_ns;
	writer->begun_ns = 0;
	btrace_forget(&writer->memory);
	btrace_counts_put(&writer->records, writer->counts);
}

static int end_chunk(struct btrace_writer *writer)
{
	struct text *records = &writer->records;
	if (records->failed)
		return -ENOMEM;
	int err = records->len ? put_chunk(writer, BTRACE_CHUNK_RECORDS, records->data, records->len) : 0;
	text_clear(records);
	return err;
}

static void encode(struct btrace_writer *writer, const struct event_header *record, unsigned cpu)
{
	btrace_count(writer->counts, record);
	btrace_encode(&writer->memory, &writer->records, record, cpu);
}

static void repeat_file(
	struct btrace_writer *writer, const struct file_id *id, const struct event_header *call, unsigned cpu)
{
	const struct event_header *record =
		file_records_repeat(writer->files, id, writer->chunk.number, call->time_ns);
	if (record)
		encode(writer, record, cpu);
}

int btrace_write(struct btrace_writer *writer, const struct event_header *record, unsigned cpu)
{
	if (record->kind >= EVENT_KINDS)
		return -EBADMSG;
	if (!writer->records.len)
		begin_chunk(writer, record->time_ns);
	const struct file_id *files[RECORD_FILES];
	unsigned count = file_records_of(record, files);
	for (unsigned i = 0; i < count; i++)
		repeat_file(writer, files[i], record, cpu);
	if (record->kind == EVENT_FILE) {
		int err = file_records_learn(writer->files, (const void *)record, writer->chunk.number);
		if (err)
			return err;
	}
	encode(writer, record, cpu);
	return writer->records.len >= BTRACE_CHUNK_BYTES || writer->records.failed ? end_chunk(writer)
										   : writer->out->error;
}

int btrace_flush(struct btrace_writer *writer)
{
	uint64_t now_ns = clock_monotonic_ns();
	int err = 0;
	if (!writer->begun_ns)
		writer->begun_ns = now_ns;
	else if (now_ns - writer->begun_ns >= WAIT_NS)
		err = end_chunk(writer);
	return err ? err : out_flush(writer->out);
}

size_t btrace_waiting(const struct btrace_writer *writer)
{
	return writer->records.len;
}

int btrace_finish(struct btrace_writer *writer, const struct run_result *result)
{
	int err = end_chunk(writer);
	if (!err)
		err = put_json(writer, BTRACE_CHUNK_END, btrace_end_text(result));
	return err ? err : out_flush(writer->out);
}
