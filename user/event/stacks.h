/* SPDX-License-Identifier: BSD-2-Clause */
/* Call stacks and their frames, by the numbers that records give them. */
#ifndef USER_EVENT_STACKS_H
#define USER_EVENT_STACKS_H

#include "event.h"
#include "user/base/text.h"

/* A position in a program. Spans without data: not known. */
struct frame {
	uint64_t address; /* in the module, as it is linked; without a module: in memory */
	struct span module, build_id, function, file;
	uint32_t line; /* of the file; without a file it has no meaning */
};

/* The functions under way in the program at an event. */
struct stack {
	uint32_t id;
	uint32_t count;
	const struct frame *own;      /* the innermost frame of the program's own code; NULL: there is none */
	bool cut;                     /* frames further out are missing */
	bool whole;                   /* all frames were asked for */
	const struct frame *frames[]; /* the innermost first */
};

struct stacks;

struct stacks *stacks_new(void); /* NULL: out of memory */
void stacks_free(struct stacks *stacks);

/* Copies a record of EVENT_FRAME or EVENT_STACK. A number that is known keeps what it has. 0, -ENOMEM, or
 * -EBADMSG: the record is damaged. */
int stacks_learn(struct stacks *stacks, const struct event_header *record);

/* Appends where a frame is: bundle/format.c:87; without a source line libx.so+0x1234 (the module without
 * its folder); without a module 0x1234. */
void frame_location_text(struct text *text, const struct frame *frame);

/* The one frame to show for a stack: the innermost of the program's own code, or else the innermost. NULL:
 * the stack is empty. */
const struct frame *stack_line(const struct stack *stack);

/* The stack of a number; NULL: not known. Valid as long as `stacks`. */
const struct stack *stacks_find(const struct stacks *stacks, uint32_t id);

#endif
