/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "btrace_codec.h"
#include "file_records.h"
#include "kept_names.h"

#define CHUNKS      16
#define BUNDLES_MAX 4096

struct chunk {
	char *data;
	size_t len;
};

/* The open event of a bundle, kept while the bundle is open or a chunk has events of it. */
struct open_record {
	struct {
		uint64_t pid, id;
	} key;
	uint64_t opened, used; /* the chunks of its open and of its last event */
	bool closed;
	unsigned cpu;
	UT_hash_handle hh;
	struct event_app record; /* with its path behind it */
};

/* A frame, a stack, or what a phase is called, which events of the window refer to. */
struct stack_record {
	struct stack_record *next;
	unsigned cpu;
	struct event_header record; /* with its variable part behind it */
};

struct window {
	size_t chunk_bytes;
	struct chunk chunks[CHUNKS]; /* number n at n % CHUNKS */
	uint64_t first, last;        /* numbers, from 1 */
	struct btrace_memory memory; /* of the last chunk */
	struct text encoded;
	struct file_records *files;
	struct kept_names *names;
	struct open_record *bundles;
	struct stack_record *stacks, **last_stack; /* in order of arrival */
	size_t definition_bytes;
};

/* ---- chunks ---- */

static struct chunk *chunk_at(struct window *w, uint64_t number)
{
	return &w->chunks[number % CHUNKS];
}

static bool start_chunk(struct window *w, uint64_t number)
{
	struct chunk *chunk = chunk_at(w, number);
	if (!chunk->data)
		chunk->data = malloc(w->chunk_bytes);
	chunk->len = 0;
	w->last = number;
	btrace_forget(&w->memory);
	return chunk->data != NULL;
}

struct window *window_new(size_t bytes)
{
	struct window *w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->chunk_bytes = bytes / CHUNKS;
	w->first = 1;
	w->last_stack = &w->stacks;
	w->files = file_records_new(WINDOW_DEFINITIONS_MAX / 2);
	w->names = kept_names_new();
	if (!w->files || !w->names || !start_chunk(w, 1)) {
		window_free(w);
		return NULL;
	}
	return w;
}

static void forget_bundle(struct window *w, struct open_record *bundle)
{
	w->definition_bytes -= bundle->record.head.size;
	HASH_DEL(w->bundles, bundle);
	free(bundle);
}

void window_free(struct window *w)
{
	if (!w)
		return;
	file_records_free(w->files);
	kept_names_free(w->names);
	while (w->bundles)
		forget_bundle(w, w->bundles);
	while (w->stacks) {
		struct stack_record *stack = w->stacks;
		w->stacks = stack->next;
		free(stack);
	}
	for (int i = 0; i < CHUNKS; i++)
		free(w->chunks[i].data);
	text_free(&w->encoded);
	free(w);
}

/* Drops the oldest chunk, and the open events that no later chunk needs. */
static void drop_chunk(struct window *w)
{
	struct open_record *bundle, *next;
	HASH_ITER (hh, w->bundles, bundle, next) {
		if (bundle->closed && bundle->used == w->first)
			forget_bundle(w, bundle);
	}
	w->first++;
	kept_names_trim(w->names, w->first);
}

static bool next_chunk(struct window *w)
{
	if (w->last - w->first + 1 == CHUNKS)
		drop_chunk(w);
	return start_chunk(w, w->last + 1);
}

size_t window_bytes(const struct window *w)
{
	size_t bytes = 0;
	for (uint64_t n = w->first; n <= w->last; n++)
		bytes += w->chunks[n % CHUNKS].len;
	return bytes;
}

/* ---- files ---- */

static bool fits(const struct window *w, size_t more)
{
	return w->definition_bytes + more <= WINDOW_DEFINITIONS_MAX / 2;
}

/* Writes the path record of a file that the next call refers to, once in each chunk. */
static void repeat_file(struct window *w, const struct file_id *id, uint64_t time_ns, unsigned cpu)
{
	const struct event_header *record = file_records_repeat(w->files, id, w->last, time_ns);
	if (record)
		btrace_encode(&w->memory, &w->encoded, record, cpu);
}

/* ---- bundles ---- */

static struct open_record *find_bundle(const struct window *w, const struct event_app *record)
{
	struct open_record probe, *bundle;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.pid = record->head.pid;
	probe.key.id = record->bundle;
	HASH_FIND(hh, w->bundles, &probe.key, sizeof(probe.key), bundle);
	return bundle;
}

static int learn_bundle(struct window *w, const struct event_app *record, unsigned cpu)
{
	size_t size = record->head.size;
	struct open_record *bundle = find_bundle(w, record);
	if (bundle)
		forget_bundle(w, bundle);
	while (w->bundles && HASH_COUNT(w->bundles) >= BUNDLES_MAX)
		forget_bundle(w, w->bundles);
	bundle = fits(w, size) ? calloc(1, sizeof(*bundle) + size) : NULL;
	if (!bundle)
		return -ENOMEM;
	memcpy(&bundle->record, record, size);
	bundle->key.pid = record->head.pid;
	bundle->key.id = record->bundle;
	bundle->opened = bundle->used = w->last;
	bundle->cpu = cpu;
	HASH_ADD(hh, w->bundles, key, sizeof(bundle->key), bundle);
	if (!bundle->hh.tbl) {
		free(bundle);
		return -ENOMEM;
	}
	w->definition_bytes += size;
	return 0;
}

static void use_bundle(struct window *w, const struct event_app *record)
{
	struct open_record *bundle = find_bundle(w, record);
	if (!bundle)
		return;
	bundle->used = w->last;
	bundle->closed = record->head.kind == EVENT_APP_CLOSE;
}

/* ---- frames and stacks ---- */

/* Kept to the end. Above the limit stacks are dropped, and their events are shown without source lines. */
static int learn_stack(struct window *w, const struct event_header *record, unsigned cpu)
{
	struct stack_record *stack = fits(w, record->size) ? malloc(sizeof(*stack) + record->size) : NULL;
	if (!stack)
		return 0;
	stack->next = NULL;
	stack->cpu = cpu;
	memcpy(&stack->record, record, record->size);
	*w->last_stack = stack;
	w->last_stack = &stack->next;
	w->definition_bytes += record->size;
	return 0;
}

static int each_stack(const struct window *w, timeline_take take, void *ctx)
{
	int err = 0;
	for (const struct stack_record *stack = w->stacks; stack && !err; stack = stack->next)
		err = take(ctx, &stack->record, stack->cpu);
	return err;
}

/* ---- records ---- */

static void encode(struct window *w, const struct event_header *record, unsigned cpu)
{
	const struct file_id *files[RECORD_FILES];
	unsigned count = file_records_of(record, files);
	text_clear(&w->encoded);
	for (unsigned i = 0; i < count; i++)
		repeat_file(w, files[i], record->time_ns, cpu);
	btrace_encode(&w->memory, &w->encoded, record, cpu);
}

/* Appends to the last chunk, or to a new one, whose encoder starts without memory: then encodes again. */
static int put(struct window *w, const struct event_header *record, unsigned cpu)
{
	encode(w, record, cpu);
	if (w->encoded.len > w->chunk_bytes - chunk_at(w, w->last)->len) {
		if (!next_chunk(w))
			return -ENOMEM;
		encode(w, record, cpu);
	}
	if (w->encoded.failed)
		return -ENOMEM;
	struct chunk *chunk = chunk_at(w, w->last);
	if (w->encoded.len > w->chunk_bytes)
		return -EMSGSIZE;
	memcpy(chunk->data + chunk->len, w->encoded.data, w->encoded.len);
	chunk->len += w->encoded.len;
	return 0;
}

/* What stands in a chunk for names that are kept beside it. */
struct names_mark {
	struct event_header head;
	uint64_t number;
};

static int learn_names(struct window *w, const struct event_header *record, unsigned cpu)
{
	struct names_mark mark = { .head = *record, .number = kept_names_next(w->names) };
	int err = 0;
	mark.head.size = sizeof(mark);
	if (((const struct event_names *)(const void *)record)->from == 0)
		err = put(w, &mark.head, cpu);
	return err ? err : kept_names_add(w->names, record, w->last);
}

int window_add(struct window *w, const struct event_header *record, unsigned cpu)
{
	const struct event_app *app = (const void *)record;
	if (record->kind == EVENT_FILE)
		return file_records_learn(w->files, (const void *)record, 0);
	if (record->kind == EVENT_FRAME || record->kind == EVENT_STACK || record->kind == EVENT_PHASE_MAP)
		return learn_stack(w, record, cpu);
	if (record->kind == EVENT_NAMES)
		return learn_names(w, record, cpu);
	int err = put(w, record, cpu);
	if (err)
		return err;
	if (record->kind == EVENT_APP_OPEN)
		return learn_bundle(w, app, cpu);
	if (record->kind != EVENT_APP_OPEN && KIND_IS_PROBE(record->kind))
		use_bundle(w, app);
	return 0;
}

/* ---- reading ---- */

static int each_old_open(const struct window *w, timeline_take take, void *ctx)
{
	int err = 0;
	for (const struct open_record *bundle = w->bundles; bundle && !err; bundle = bundle->hh.next)
		if (bundle->opened < w->first && bundle->used >= w->first)
			err = take(ctx, &bundle->record.head, bundle->cpu);
	return err;
}

struct chunk_reader {
	struct btrace_memory memory;
	_Alignas(8) char record[RECORD_BYTES_MAX];
};

static int take_one(const struct window *w, const struct event_header *record, unsigned cpu,
	timeline_take take, void *ctx)
{
	if (record->kind != EVENT_NAMES)
		return take(ctx, record, cpu);
	const struct names_mark *mark = (const void *)record;
	return kept_names_at(w->names, mark->number, take, ctx);
}

static int each_of(const struct window *w, struct chunk_reader *reader, const struct chunk *chunk,
	timeline_take take, void *ctx)
{
	int err = 0;
	btrace_forget(&reader->memory);
	for (size_t at = 0; at < chunk->len && !err;) {
		unsigned cpu;
		struct event_header *record = (void *)reader->record;
		long took = btrace_decode(&reader->memory, (const unsigned char *)chunk->data + at,
			chunk->len - at, record, &cpu);
		if (took <= 0)
			return -EBADMSG;
		at += (size_t)took;
		err = take_one(w, record, cpu, take, ctx);
	}
	return err;
}

int window_each(const struct window *w, timeline_take take, void *ctx)
{
	struct chunk_reader *reader = calloc(1, sizeof(*reader));
	int err = reader ? each_stack(w, take, ctx) : -ENOMEM;
	if (!err)
		err = kept_names_before(w->names, w->first, take, ctx);
	if (!err)
		err = each_old_open(w, take, ctx);
	for (uint64_t n = w->first; n <= w->last && !err; n++)
		err = each_of(w, reader, &w->chunks[n % CHUNKS], take, ctx);
	free(reader);
	return err;
}
