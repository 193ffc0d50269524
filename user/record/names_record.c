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

static const char shard_mark[] = { 0, 's', 'h', 'a', 'r', 'd' };

enum { SHARD_TEXTS_MAX = 8192, SHARD_BYTES = sizeof(shard_mark) + 5 * NUMBER_BYTES_MAX };

/* The range that says of which model the file is a part. */
static void put_shard(struct names_writer *w, const struct shard *shard)
{
	char what[SHARD_BYTES], *at = what;
	memcpy(at, shard_mark, sizeof(shard_mark));
	at = put_number(at + sizeof(shard_mark), shard->number);
	at = put_number(at, shard->count);
	at = put_number(at, shard->missing);
	at = put_number(at, shard->tensors);
	at = put_number(at, shard->model.len);
	size_t len = (size_t)(at - what);
	w->at = put_number(w->at, 0);
	w->at = put_number(w->at, 0);
	w->at = put_number(w->at, len + shard->model.len + shard->fault.len);
	memcpy(w->at, what, len);
	w->at += len;
	if (shard->model.len)
		memcpy(w->at, shard->model.data, shard->model.len);
	w->at += shard->model.len;
	if (shard->fault.len)
		memcpy(w->at, shard->fault.data, shard->fault.len);
	w->at += shard->fault.len;
}

/* What is to be recorded of a file's model; NULL: nothing. */
static const struct shard *shard_of(const struct regions *regions)
{
	const struct shard *shard = regions ? regions_shard(regions) : NULL;
	return shard && shard->model.data && shard->model.len + shard->fault.len <= SHARD_TEXTS_MAX ? shard
												    : NULL;
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
	const struct shard *shard = count ? shard_of(regions) : NULL;
	uint32_t before_ranges = shard != NULL, all = count + before_ranges;
	begin_record(w, &named, all, 0);
	if (shard)
		put_shard(w, shard);
	((struct event_names *)(void *)w->record)->here = before_ranges;
	for (uint32_t i = 0; i < count && regions_at(regions, i, &range); i++) {
		if ((size_t)(w->record + RECORD_MAX - w->at) < RANGE_MAX + range.name.len) {
			end_record(w);
			begin_record(w, &named, all, i + before_ranges);
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

static bool is_shard(const struct source *in, uint64_t size, uint64_t len)
{
	return size == 0 && len >= sizeof(shard_mark) && memcmp(in->at, shard_mark, sizeof(shard_mark)) == 0;
}

static uint32_t get_small(struct source *in)
{
	uint64_t number = get_number(in);
	in->bad |= number > UINT32_MAX;
	return (uint32_t)number;
}

/* Takes what put_shard() wrote, of this length. */
static bool take_shard(struct names_reader *reader, struct source *in, uint64_t len)
{
	struct source what = { .at = in->at + sizeof(shard_mark), .end = in->at + len };
	struct shard shard = { .number = get_small(&what) };
	shard.count = get_small(&what);
	shard.missing = get_small(&what);
	shard.tensors = get_small(&what);
	shard.model.len = get_small(&what);
	if (what.bad || what.more || shard.model.len > (size_t)(what.end - what.at) ||
		(size_t)(what.end - what.at) > SHARD_TEXTS_MAX ||
		(shard.count && shard.number >= shard.count))
		return false;
	shard.model.data = (const char *)what.at;
	shard.fault.data = shard.model.data + shard.model.len;
	shard.fault.len = (uint32_t)(what.end - what.at) - shard.model.len;
	in->at += len;
	return regions_set_shard(reader->regions, &shard);
}

static bool take_range(struct names_reader *reader, struct source *in)
{
	uint64_t start = get_number(in), size = get_number(in), len = get_number(in);
	if (in->bad || in->more || len > (size_t)(in->end - in->at) ||
		__builtin_add_overflow(start, reader->before, &start) ||
		__builtin_add_overflow(start, size, &reader->before))
		return false;
	if (is_shard(in, size, len))
		return take_shard(reader, in, len);
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
