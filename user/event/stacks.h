/* SPDX-License-Identifier: BSD-2-Clause */
/* The stacks that records told of, and the frames that they are made of: by number. */
#ifndef USER_EVENT_STACKS_H
#define USER_EVENT_STACKS_H

#include "event.h"
#include "user/base/text.h"

/* A place in a program. Spans without data: not known. */
struct frame {
	uint64_t address; /* in the module, as it is linked; without one: in memory */
	struct span module, build_id, function, file;
	uint32_t line;
};

/* How the program came to an event. */
struct stack {
	uint32_t id;
	uint32_t count;
	const struct frame *own;      /* the innermost frame of the program's own; NULL: none is */
	bool cut;                     /* frames further out are missing */
	bool whole;                   /* all frames were asked for */
	const struct frame *frames[]; /* the innermost first */
};

struct stacks;

struct stacks *stacks_new(void); /* NULL: out of memory */
void stacks_free(struct stacks *stacks);

/* From a record of EVENT_FRAME or EVENT_STACK. 0, -ENOMEM, or -EBADMSG: it is damaged. */
int stacks_learn(struct stacks *stacks, const struct event_header *record);

/* bundle/format.c:87; without a line libx.so+0x1234: the module's name without its folder; without a module
 * 0x1234. */
void frame_place_text(struct text *text, const struct frame *frame);

/* The one frame to show of a stack: the program's own, or else the innermost. NULL: it has none. */
const struct frame *stack_line(const struct stack *stack);

/* NULL: nothing was told of it. Lives as long as `stacks`. */
const struct stack *stacks_find(const struct stacks *stacks, uint32_t id);

#endif
