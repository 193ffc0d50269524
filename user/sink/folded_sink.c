/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "folded_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "user/event/stacks.h"
#include "user/calls/syscalls.h"

/* The time that one system call took below one stack. */
struct fold {
	struct {
		const struct stack *stack; /* the decoder's; it outlives the sink */
		uint32_t nr;
		uint32_t left_out; /* there is none, since it was left out */
	} key;
	uint64_t total_ns;
	UT_hash_handle hh;
};

struct folded_sink {
	struct sink sink;
	struct out *out;
	struct fold *folds;
};

static int folded_event(struct sink *sink, const struct event *ev)
{
	struct folded_sink *fs = (struct folded_sink *)sink;
	struct fold probe, *fold;
	if (ev->kind != EVENT_SYSCALL || ev->duration_ns == NO_DURATION)
		return 0;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.stack = ev->stack;
	probe.key.nr = ev->call.nr;
	probe.key.left_out = ev->stack_left_out;
	HASH_FIND(hh, fs->folds, &probe.key, sizeof(probe.key), fold);
	if (!fold) {
		fold = calloc(1, sizeof(*fold));
		if (!fold)
			return -ENOMEM;
		fold->key = probe.key;
		HASH_ADD(hh, fs->folds, key, sizeof(fold->key), fold);
		if (!fold->hh.tbl) {
			free(fold);
			return -ENOMEM;
		}
	}
	fold->total_ns += ev->duration_ns;
	return 0;
}

/* A semicolon ends a frame in this format: those within names become colons. */
static void add_frame(struct text *t, const struct frame *frame)
{
	size_t from = t->len;
	if (frame->function.data)
		text_escaped(t, frame->function.data, frame->function.len);
	else
		frame_location_text(t, frame);
	for (size_t i = from; i < t->len; i++)
		if (t->data[i] == ';')
			t->data[i] = ':';
	text_char(t, ';');
}

static void add_line(struct text *t, const struct fold *fold)
{
	const struct stack *stack = fold->key.stack;
	if (!stack || stack->cut)
		text_str(t, stack ? "[...];" : fold->key.left_out ? "[left out];" : "[unknown];");
	for (uint32_t i = stack ? stack->count : 0; i-- > 0;)
		add_frame(t, stack->frames[i]);
	syscall_name_text(t, fold->key.nr);
	text_char(t, ' ');
	text_u64(t, fold->total_ns);
	text_char(t, '\n');
}

static int by_time(struct fold *a, struct fold *b)
{
	return a->total_ns < b->total_ns ? 1 : a->total_ns > b->total_ns ? -1 : 0;
}

/* Different stacks with the same names stay separate lines: readers of the format add them up. */
static int folded_finish(struct sink *sink, const struct run_result *result)
{
	struct folded_sink *fs = (struct folded_sink *)sink;
	(void)result;
	HASH_SORT(fs->folds, by_time);
	for (const struct fold *fold = fs->folds; fold; fold = fold->hh.next) {
		add_line(&fs->out->text, fold);
		int err = out_settle(fs->out);
		if (err)
			return err;
	}
	return out_flush(fs->out);
}

static void folded_free(struct sink *sink)
{
	struct folded_sink *fs = (struct folded_sink *)sink;
	while (fs->folds) {
		struct fold *fold = fs->folds;
		HASH_DEL(fs->folds, fold);
		free(fold);
	}
	free(fs);
}

struct sink *folded_sink_new(struct out *out)
{
	struct folded_sink *fs = calloc(1, sizeof(*fs));
	if (!fs)
		return NULL;
	fs->sink = (struct sink){ folded_event, folded_finish, folded_free };
	fs->out = out;
	return &fs->sink;
}
