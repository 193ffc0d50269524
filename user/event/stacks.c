/* SPDX-License-Identifier: BSD-2-Clause */
#include "stacks.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The recorder counts from 1: a file with much larger numbers is damaged, or made to do harm. */
#define FRAMES_MAX (1u << 20)
#define STACKS_MAX (1u << 20)

struct numbered {
	void **all; /* [number - 1] */
	uint32_t count, room;
};

struct stacks {
	struct numbered frames, stacks;
};

struct stacks *stacks_new(void)
{
	return calloc(1, sizeof(struct stacks));
}

static void numbered_free(struct numbered *n)
{
	for (uint32_t i = 0; i < n->count; i++)
		free(n->all[i]);
	free(n->all);
}

void stacks_free(struct stacks *stacks)
{
	if (!stacks)
		return;
	numbered_free(&stacks->frames);
	numbered_free(&stacks->stacks);
	free(stacks);
}

/* Takes over `object`, and frees what had its number before. */
static int set(struct numbered *n, uint32_t id, void *object)
{
	if (id > n->room) {
		uint32_t room = id < 256 ? 256 : 2 * id;
		void **more = reallocarray(n->all, room, sizeof(*more));
		if (!more) {
			free(object);
			return -ENOMEM;
		}
		n->all = more;
		n->room = room;
	}
	while (n->count < id)
		n->all[n->count++] = NULL;
	free(n->all[id - 1]);
	n->all[id - 1] = object;
	return 0;
}

static struct span copied(char **to, const char **from, uint16_t bytes)
{
	uint32_t len = bytes & STRING_LENGTH;
	struct span span = { *to, len, bytes & STRING_CUT };
	if (!(bytes & STRING_HERE))
		return (struct span){ 0 };
	memcpy(*to, *from, len);
	*to += len;
	*from += len;
	return span;
}

static int learn_frame(struct stacks *stacks, const struct event_frame *record)
{
	size_t head = offsetof(struct event_frame, strings), bytes = 0;
	for (int i = 0; record->head.size >= head && i < 4; i++)
		bytes += record->string_bytes[i] & STRING_HERE ? record->string_bytes[i] & STRING_LENGTH : 0;
	if (record->head.size < head || bytes > record->head.size - head || record->id == 0 ||
		record->id > FRAMES_MAX)
		return -EBADMSG;
	/* stacks point to frames: a known one must stay where it is */
	if (record->id <= stacks->frames.count && stacks->frames.all[record->id - 1])
		return 0;
	struct frame *frame = malloc(sizeof(*frame) + bytes);
	if (!frame)
		return -ENOMEM;
	char *to = (char *)(frame + 1);
	const char *from = record->strings;
	frame->address = record->address;
	frame->line = record->line;
	frame->module = copied(&to, &from, record->string_bytes[0]);
	frame->build_id = copied(&to, &from, record->string_bytes[1]);
	frame->function = copied(&to, &from, record->string_bytes[2]);
	frame->file = copied(&to, &from, record->string_bytes[3]);
	return set(&stacks->frames, record->id, frame);
}

static int learn_stack(struct stacks *stacks, const struct event_stack *record)
{
	size_t head = offsetof(struct event_stack, frames);
	if (record->head.size < head || record->count > (record->head.size - head) / sizeof(uint32_t) ||
		record->id == 0 || record->id > STACKS_MAX)
		return -EBADMSG;
	if (stacks_find(stacks, record->id)) /* events point to it */
		return 0;
	struct stack *stack = malloc(sizeof(*stack) + record->count * sizeof(stack->frames[0]));
	if (!stack)
		return -ENOMEM;
	*stack = (struct stack){ .id = record->id,
		.count = record->count,
		.cut = record->flags & STACK_CUT,
		.whole = record->flags & STACK_WHOLE };
	for (uint32_t i = 0; i < record->count; i++) {
		uint32_t id = record->frames[i];
		stack->frames[i] = id && id <= stacks->frames.count ? stacks->frames.all[id - 1] : NULL;
		if (!stack->frames[i]) {
			free(stack);
			return -EBADMSG;
		}
	}
	stack->own = record->own < record->count ? stack->frames[record->own] : NULL;
	return set(&stacks->stacks, record->id, stack);
}

int stacks_learn(struct stacks *stacks, const struct event_header *record)
{
	if (record->kind == EVENT_FRAME)
		return learn_frame(stacks, (const void *)record);
	return learn_stack(stacks, (const void *)record);
}

const struct stack *stacks_find(const struct stacks *stacks, uint32_t id)
{
	return id && id <= stacks->stacks.count ? stacks->stacks.all[id - 1] : NULL;
}

void frame_location_text(struct text *text, const struct frame *frame)
{
	if (frame->file.data) {
		text_escaped(text, frame->file.data, frame->file.len);
		if (!frame->line) /* of a function that was generated at run time the file alone is known */
			return;
		text_char(text, ':');
		text_u64(text, frame->line);
		return;
	}
	char address[24];
	const char *name = frame->module.data, *slash = name ? memrchr(name, '/', frame->module.len) : NULL;
	size_t before = slash ? (size_t)(slash + 1 - name) : 0;
	int len = snprintf(
		address, sizeof(address), "%s0x%llx", name ? "+" : "", (unsigned long long)frame->address);
	if (name)
		text_escaped(text, name + before, frame->module.len - before);
	text_add(text, address, (size_t)len);
}

const struct frame *stack_line(const struct stack *stack)
{
	return stack->own || stack->count == 0 ? stack->own : stack->frames[0];
}
