/* SPDX-License-Identifier: BSD-2-Clause */
/* The fault layer: page faults in mappings of files. */
#include <errno.h>

#include "decode_inside.h"

int decode_fault(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_fault *raw = (const void *)record;
	if (record->size < sizeof(*raw))
		return -EBADMSG;
	ev->duration_ns = raw->duration_ns;
	ev->fault = (struct fault_event){
		.start = raw->start,
		.bytes = raw->bytes,
		.address = raw->address,
		.wait_ns = raw->wait_ns,
		.flags = raw->flags,
	};
	decode_file(d, &ev->fault.file, &(struct file_at){ .id = raw->id });
	return 1;
}
