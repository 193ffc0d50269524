/* SPDX-License-Identifier: BSD-2-Clause */
/* The pagecache layer: pages added to the page cache, and deleted from it. */
#include <errno.h>
#include <string.h>

#include "decode_inside.h"

int decode_pagecache(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_pages *raw = (const void *)record;
	if (record->size < sizeof(*raw) || raw->op >= PAGES_OPS_COUNT || raw->first_ns > raw->last_ns ||
		raw->last_ns > record->time_ns)
		return -EBADMSG;
	ev->duration_ns = raw->last_ns - raw->first_ns;
	ev->pages = (struct pages_event){
		.start = raw->start,
		.bytes = raw->bytes,
		.first_ns = raw->first_ns,
		.last_ns = raw->last_ns,
		.back_bytes = raw->back_bytes < raw->bytes ? raw->back_bytes : raw->bytes,
		.gone_ns = raw->gone_ns,
		.folios = raw->folios,
		.op = raw->op,
	};
	if (raw->comm[0])
		ev->pages.by =
			(struct span){ raw->comm, (uint32_t)strnlen(raw->comm, sizeof(raw->comm)), false };
	decode_file(d, &ev->pages.file, &(struct file_at){ .id = raw->id });
	return 1;
}
