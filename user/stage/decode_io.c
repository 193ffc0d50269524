/* SPDX-License-Identifier: BSD-2-Clause */
/* The io layer: sums of operations on files, and requests of io_uring. */
#include <errno.h>

#include "decode_inside.h"

static int decode_file_io(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_file_io *raw = (const void *)record;
	if (record->size < sizeof(*raw) || raw->op >= FILE_IO_OPS)
		return -EBADMSG;
	ev->file_io = (struct file_io_event){ .sums = raw };
	decode_file(d, &ev->file_io.file, &(struct file_at){ .id = raw->id });
	return 1;
}

static int decode_uring(struct decoder *d, const struct event_header *record, struct event *ev)
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

int decode_io(struct decoder *d, const struct event_header *record, struct event *ev)
{
	return ev->kind == EVENT_URING ? decode_uring(d, record, ev) : decode_file_io(d, record, ev);
}
