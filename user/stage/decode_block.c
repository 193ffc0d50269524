/* SPDX-License-Identifier: BSD-2-Clause */
/* The block layer: requests to disks. */
#include <errno.h>

#include "decode_inside.h"

int decode_block(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_block *raw = (const void *)record;
	if (record->size < sizeof(*raw) || raw->op >= BLOCK_OPS || raw->untied >= BLOCK_UNTIED_REASONS)
		return -EBADMSG;
	ev->duration_ns = raw->service_ns;
	ev->block = (struct block_event){
		.start = raw->start,
		.bytes = raw->bytes,
		.sector = raw->sector,
		.request_bytes = raw->request_bytes,
		.queue_ns = raw->queue_ns,
		.dev = raw->dev,
		.flags = raw->flags,
		.op = raw->op,
		.untied = raw->untied,
	};
	decode_file(d, &ev->block.file, &(struct file_at){ .id = raw->id });
	return 1;
}
