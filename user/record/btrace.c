/* SPDX-License-Identifier: BSD-2-Clause */
#include "btrace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "user/base/numbers.h"
#include "btrace_codec.h"

/* The head and the end are JSON texts: they are short, and members can be added. */
#define JSON_BYTES_MAX (4u << 20)
#define READ_BYTES     (256u << 10)
#define END_TAG        0 /* where a record's kind would be */

struct btrace_writer {
	struct out *out;
	struct btrace_memory memory;
};

/* 64-bit numbers are strings: many JSON readers make a double of a number. */
static void add_number(cJSON *object, const char *name, uint64_t v)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, v);
	cJSON_AddStringToObject(object, name, text);
}

static uint64_t get_number(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
	uint64_t v = 0;
	if (cJSON_IsString(item))
		number_whole(item->valuestring, &v);
	return v;
}

/* Appends a length of four bytes and the text. Deletes the object. */
static int put_json(struct out *out, cJSON *object)
{
	char *text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	if (!text)
		return -ENOMEM;
	uint32_t len = (uint32_t)strlen(text);
	text_add(&out->text, (const char *)&len, sizeof(len));
	text_add(&out->text, text, len);
	free(text);
	return out_settle(out);
}

struct btrace_writer *btrace_writer_new(struct out *out, const struct run_start *start, bool timed)
{
	struct btrace_writer *writer = calloc(1, sizeof(*writer));
	cJSON *head = cJSON_CreateObject();
	if (!writer || !head) {
		free(writer);
		cJSON_Delete(head);
		return NULL;
	}
	writer->out = out;
	cJSON_AddStringToObject(head, "version", VERSION);
	cJSON_AddStringToObject(head, "machine", "x86_64");
	add_number(head, "start_time_ns", (uint64_t)start->start_time_ns);
	add_number(head, "clock_offset_ns", (uint64_t)start->clock_offset_ns);
	cJSON_AddBoolToObject(head, "timed", timed);
	cJSON *command = start->command ? cJSON_AddArrayToObject(head, "command") : NULL;
	for (const char *const *word = start->command; command && *word; word++)
		cJSON_AddItemToArray(command, cJSON_CreateString(*word));
	text_add(&out->text, BTRACE_MAGIC, 8);
	put_json(out, head);
	return writer;
}

void btrace_writer_free(struct btrace_writer *writer)
{
	free(writer);
}

int btrace_write(struct btrace_writer *writer, const struct event_header *record, unsigned cpu)
{
	btrace_encode(&writer->memory, &writer->out->text, record, cpu);
	return out_settle(writer->out);
}

static void add_calls(cJSON *end, const struct call_count *calls)
{
	cJSON *array = calls ? cJSON_AddArrayToObject(end, "calls") : NULL;
	for (unsigned nr = 0; array && nr < SYSCALL_MAX; nr++) {
		if (calls[nr].calls == 0)
			continue;
		cJSON *row = cJSON_CreateObject();
		cJSON_AddNumberToObject(row, "nr", nr);
		add_number(row, "calls", calls[nr].calls);
		add_number(row, "errors", calls[nr].errors);
		add_number(row, "total_ns", calls[nr].total_ns);
		add_number(row, "max_ns", calls[nr].max_ns);
		cJSON_AddItemToArray(array, row);
	}
}

static void add_lost(cJSON *end, const uint64_t lost[EVENT_KINDS][LOST_CAUSES])
{
	cJSON *array = cJSON_AddArrayToObject(end, "lost");
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		for (unsigned cause = 0; cause < LOST_CAUSES; cause++) {
			if (!lost[kind][cause])
				continue;
			cJSON *row = cJSON_CreateObject();
			cJSON_AddNumberToObject(row, "kind", kind);
			cJSON_AddNumberToObject(row, "cause", cause);
			add_number(row, "events", lost[kind][cause]);
			cJSON_AddItemToArray(array, row);
		}
}

int btrace_finish(struct btrace_writer *writer, const struct run_result *result)
{
	cJSON *end = cJSON_CreateObject();
	if (!end)
		return -ENOMEM;
	cJSON_AddBoolToObject(end, "ended", result->ended);
	cJSON_AddNumberToObject(end, "status", result->status);
	add_calls(end, result->calls);
	add_lost(end, result->lost);
	cJSON *notes = cJSON_AddArrayToObject(end, "notes");
	for (const char *const *note = result->notes; note && *note; note++)
		cJSON_AddItemToArray(notes, cJSON_CreateString(*note));
	text_char(&writer->out->text, END_TAG);
	int err = put_json(writer->out, end);
	return err ? err : out_flush(writer->out);
}

/* ---- reading ---- */

struct btrace_reader {
	int fd;
	struct btrace_head head;
	cJSON *head_json, *end_json;
	const char **command, **notes;
	struct call_count *calls;
	struct btrace_memory memory;
	unsigned char *data; /* data[at .. len) is not decoded yet */
	size_t at, len, cap;
	bool at_end; /* of the file */
	_Alignas(8) char record[RECORD_BYTES_MAX];
};

/* Reads until the buffer has `need` bytes or the file ends. 0 or -errno. */
static int fill(struct btrace_reader *reader, size_t need)
{
	if (reader->at) {
		memmove(reader->data, reader->data + reader->at, reader->len - reader->at);
		reader->len -= reader->at;
		reader->at = 0;
	}
	if (need > reader->cap) {
		unsigned char *data = realloc(reader->data, need);
		if (!data)
			return -ENOMEM;
		reader->data = data;
		reader->cap = need;
	}
	while (reader->len < need && !reader->at_end) {
		ssize_t got = read(reader->fd, reader->data + reader->len, reader->cap - reader->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		reader->at_end = got == 0;
		reader->len += (size_t)got;
	}
	return 0;
}

/* Reads a length and a JSON text. NULL: there is none. */
static cJSON *get_json(struct btrace_reader *reader)
{
	uint32_t len;
	if (fill(reader, READ_BYTES) || reader->len < sizeof(len))
		return NULL;
	memcpy(&len, reader->data, sizeof(len));
	if (len > JSON_BYTES_MAX ||
		fill(reader, sizeof(len) + len > READ_BYTES ? sizeof(len) + len : READ_BYTES) ||
		reader->len < sizeof(len) + len)
		return NULL;
	reader->at = sizeof(len) + len;
	return cJSON_ParseWithLength((const char *)reader->data + sizeof(len), len);
}

/* A JSON array as a list of strings that NULL ends. The strings belong to the JSON, the list to the
 * caller. */
static const char **strings(const cJSON *array)
{
	const cJSON *item;
	size_t count = 0;
	const char **list = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof(*list));
	cJSON_ArrayForEach(item, array) if (list && cJSON_IsString(item)) list[count++] = item->valuestring;
	return list;
}

static bool read_head(struct btrace_reader *reader, const char **error)
{
	if (fill(reader, READ_BYTES) || reader->len < 8 || memcmp(reader->data, BTRACE_MAGIC, 7) != 0)
		return false;
	if (reader->data[7] != BTRACE_MAGIC[7]) {
		*error = "a trace file of another version of bundletrace (read it with the one that made it)";
		return false;
	}
	reader->at = 8;
	reader->head_json = get_json(reader);
	if (!cJSON_IsObject(reader->head_json))
		return false;
	const cJSON *command = cJSON_GetObjectItemCaseSensitive(reader->head_json, "command");
	reader->command = cJSON_IsArray(command) ? strings(command) : NULL;
	reader->head.start = (struct run_start){
		.command = reader->command,
		.start_time_ns = (int64_t)get_number(reader->head_json, "start_time_ns"),
		.clock_offset_ns = (int64_t)get_number(reader->head_json, "clock_offset_ns"),
	};
	reader->head.timed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(reader->head_json, "timed"));
	return true;
}

struct btrace_reader *btrace_reader_open(const char *path, const char **error)
{
	struct btrace_reader *reader = calloc(1, sizeof(*reader));
	*error = strerror(ENOMEM);
	if (!reader)
		return NULL;
	reader->fd = open(path, O_RDONLY | O_CLOEXEC);
	*error = reader->fd < 0 ? strerror(errno)
				: "not a trace file of bundletrace (make one with -o FILE.btrace)";
	if (reader->fd < 0 || !read_head(reader, error)) {
		btrace_reader_close(reader);
		return NULL;
	}
	return reader;
}

void btrace_reader_close(struct btrace_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	cJSON_Delete(reader->head_json);
	cJSON_Delete(reader->end_json);
	free(reader->command);
	free(reader->notes);
	free(reader->calls);
	free(reader->data);
	free(reader);
}

const struct btrace_head *btrace_head(const struct btrace_reader *reader)
{
	return &reader->head;
}

int btrace_read(struct btrace_reader *reader, const struct event_header **record, unsigned *cpu)
{
	struct event_header *next = (void *)reader->record;
	/* with less than two of the longest records left, read more: then only the end of the file cuts one
	 * off */
	if (reader->len - reader->at < 2 * RECORD_BYTES_MAX && !reader->at_end) {
		int err = fill(reader, READ_BYTES);
		if (err)
			return err;
	}
	if (reader->at == reader->len)
		return 0;
	if (reader->data[reader->at] == END_TAG) {
		reader->at++;
		reader->end_json = get_json(reader);
		return 0;
	}
	long took = btrace_decode(
		&reader->memory, reader->data + reader->at, reader->len - reader->at, next, cpu);
	if (took <= 0)
		return took < 0 ? (int)took : 0;
	reader->at += (size_t)took;
	*record = next;
	return 1;
}

static bool get_calls(struct btrace_reader *reader)
{
	const cJSON *row, *array = cJSON_GetObjectItemCaseSensitive(reader->end_json, "calls");
	if (!cJSON_IsArray(array))
		return false;
	reader->calls = calloc(SYSCALL_MAX, sizeof(*reader->calls));
	cJSON_ArrayForEach(row, array)
	{
		const cJSON *nr = cJSON_GetObjectItemCaseSensitive(row, "nr");
		if (!reader->calls || !cJSON_IsNumber(nr) || nr->valueint < 0 || nr->valueint >= SYSCALL_MAX)
			continue;
		reader->calls[nr->valueint] = (struct call_count){
			.calls = get_number(row, "calls"),
			.errors = get_number(row, "errors"),
			.total_ns = get_number(row, "total_ns"),
			.max_ns = get_number(row, "max_ns"),
		};
	}
	return reader->calls != NULL;
}

static void get_lost(const cJSON *end, uint64_t lost[EVENT_KINDS][LOST_CAUSES])
{
	const cJSON *row;
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(end, "lost"))
	{
		const cJSON *kind = cJSON_GetObjectItemCaseSensitive(row, "kind");
		const cJSON *cause = cJSON_GetObjectItemCaseSensitive(row, "cause");
		if (cJSON_IsNumber(kind) && cJSON_IsNumber(cause) && kind->valueint >= 0 &&
			kind->valueint < EVENT_KINDS && cause->valueint >= 0 && cause->valueint < LOST_CAUSES)
			lost[kind->valueint][cause->valueint] = get_number(row, "events");
	}
}

bool btrace_result(struct btrace_reader *reader, struct run_result *result)
{
	const cJSON *end = reader->end_json;
	*result = (struct run_result){ .durations = reader->head.timed };
	if (!cJSON_IsObject(end))
		return false;
	const cJSON *status = cJSON_GetObjectItemCaseSensitive(end, "status");
	result->ended = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(end, "ended"));
	result->status = cJSON_IsNumber(status) ? status->valueint : 0;
	result->calls = reader->calls || get_calls(reader) ? reader->calls : NULL;
	get_lost(end, result->lost);
	if (!reader->notes)
		reader->notes = strings(cJSON_GetObjectItemCaseSensitive(end, "notes"));
	result->notes = reader->notes && reader->notes[0] ? reader->notes : NULL;
	return true;
}
