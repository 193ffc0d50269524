/* SPDX-License-Identifier: BSD-2-Clause */
/* The uring layer: requests of io_uring. */
#include <errno.h>

#include "decode_inside.h"

int decode_uring(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_uring *raw = (const void *)record;
	if (record->size < sizeof(*raw))
		return -EBADMSG;
	ev->duration_ns = raw->duration_ns;
	ev->uring = (struct uring_event){
		.start = raw->start,
		.length = raw->length,
		.result = raw->result,
		.user_data = raw->user_data,
		.opcode = raw->opcode,
		.flags = raw->flags,
	};
	decode_file(d, &ev->uring.file, &(struct file_at){ .id = raw->id });
	return 1;
}
