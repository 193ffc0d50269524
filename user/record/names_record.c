/* SPDX-License-Identifier: BSD-2-Clause */
#include "names_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/modelfile/regions_build.h"
#include "leb128.h"

#define RECORD_MAX UINT16_MAX
#define RANGE_MAX  (3 * NUMBER_BYTES_MAX) /* bytes of a range without its name */

/* Formats have these numbers, from 1, in the place of the name's number in a file's identity. Recordings contain them:
 * never change one. 0: not recorded. */
static const char *const formats[] = { "apbundle", "gguf", "pytorch", "npz", "safetensors", "onnx" };

enum { FORMATS = sizeof(formats) / sizeof(*formats) };

static uint16_t format_number(const char *format)
{
	for (uint16_t i = 0; format && i < FORMATS; i++)
		if (strcmp(format, formats[i]) == 0)
			return i + 1;
	return 0;
}

/* ---- writing ---- */

struct names_writer {
	names_take take;
	void *ctx;
	char *at; /* in the record */
	_Alignas(8) char record[RECORD_MAX];
};

static void begin_record(
	struct names_writer *w, const struct event_names *head, uint32_t count, uint32_t from)
{
	struct event_names *record = (void *)w->record;
	*record = *head;
	record->count = count;
	record->from = from;
	record->here = 0;
	w->at = record->ranges;
}

static void end_record(struct names_writer *w)
{
	struct event_names *record = (void *)w->record;
	record->head.size = (uint16_t)(w->at - w->record);
	w->take(w->ctx, &record->head);
}

/* The number of ranges; 0 if one has a name that no record can hold. */
static uint32_t count_ranges(const struct regions *regions)
{
	struct region_range range;
	uint32_t count = 0;
	for (; regions && regions_at(regions, count, &range); count++)
		if (range.name.len > RECORD_MAX - sizeof(struct event_names) - RANGE_MAX)
			return 0;
	return count;
}

static void put_range(struct names_writer *w, const struct region_range *range, uint64_t before)
{
	w->at = put_number(w->at, range->start - before);
	w->at = put_number(w->at, range->end - range->start);
	w->at = put_number(w->at, range->name.len);
	memcpy(w->at, range->name.data, range->name.len);
	w->at += range->name.len;
}

void names_write(const struct event_names *head, const struct regions *regions, names_take take, void *ctx)
{
	struct names_writer *w = malloc(sizeof(*w));
	struct region_range range;
	uint64_t before = 0; /* end of the range before */
	if (!w)
		return;
	struct event_names named = *head;
	named.id.name = regions ? format_number(regions_format(regions)) : 0;
	w->take = take;
	w->ctx = ctx;
	uint32_t count = count_ranges(regions);
	begin_record(w, &named, count, 0);
	for (uint32_t i = 0; i < count && regions_at(regions, i, &range); i++) {
		if ((size_t)(w->record + RECORD_MAX - w->at) < RANGE_MAX + range.name.len) {
			end_record(w);
			begin_record(w, &named, count, i);
		}
		put_range(w, &range, before);
		((struct event_names *)(void *)w->record)->here++;
		before = range.end;
	}
	end_record(w);
	free(w);
}

/* ---- reading: a recording may be made to do harm ---- */

struct names_reader {
	struct regions *regions; /* of a file of which more is to come; NULL: none */
	struct file_id id;
	uint32_t next;   /* number of the next range */
	uint64_t before; /* end of the last one */
};

struct names_reader *names_reader_new(void)
{
	return calloc(1, sizeof(struct names_reader));
}

static void drop(struct names_reader *reader)
{
	regions_free(reader->regions);
	reader->regions = NULL;
}

void names_reader_free(struct names_reader *reader)
{
	if (!reader)
		return;
	drop(reader);
	free(reader);
}

static bool take_range(struct names_reader *reader, struct source *in)
{
	uint64_t start = get_number(in), size = get_number(in), len = get_number(in);
	if (in->bad || in->more || len > (size_t)(in->end - in->at) ||
		__builtin_add_overflow(start, reader->before, &start) ||
		__builtin_add_overflow(start, size, &reader->before))
		return false;
	struct region_name name = regions_keep_name(reader->regions, (const char *)in->at, len);
	in->at += len;
	return regions_add(reader->regions, start, size, name);
}

static bool take_ranges(struct names_reader *reader, const struct event_names *record)
{
	struct source in = { .at = (const unsigned char *)record->ranges,
		.end = (const unsigned char *)record + record->head.size };
	for (uint32_t i = 0; i < record->here; i++)
		if (!take_range(reader, &in))
			return false;
	reader->next += record->here;
	return in.at == in.end && reader->next <= record->count;
}

/* False: the record does not go on where the last one ended. */
static bool begin(struct names_reader *reader, const struct event_names *record)
{
	if (record->from == 0) {
		drop(reader);
		unsigned format = record->id.name;
		*reader = (struct names_reader){
			.regions = regions_create(format && format <= FORMATS ? formats[format - 1] : NULL),
			.id = record->id,
		};
	}
	return reader->regions && reader->next == record->from && reader->id.ino == record->id.ino &&
	       reader->id.dev == record->id.dev;
}

int names_reader_take(struct names_reader *reader, const struct event_header *names, struct file_id *id,
	struct regions **regions)
{
	const struct event_names *record = (const void *)names;
	if (names->size < offsetof(struct event_names, ranges) || !begin(reader, record) ||
		!take_ranges(reader, record)) {
		drop(reader);
		return -EBADMSG;
	}
	if (reader->next < record->count)
		return 0;
	*id = record->id;
	*regions = record->count && regions_finish(reader->regions, UINT64_MAX) ? reader->regions : NULL;
	if (!*regions)
		regions_free(reader->regions);
	reader->regions = NULL;
	return 1;
}
