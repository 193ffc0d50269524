/* SPDX-License-Identifier: BSD-2-Clause */
/* The io layer: sums of operations on files. */
#include <errno.h>

#include "decode_inside.h"

int decode_io(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_file_io *raw = (const void *)record;
	if (record->size < sizeof(*raw) || raw->op >= FILE_IO_OPS)
		return -EBADMSG;
	ev->file_io = (struct file_io_event){ .sums = raw };
	decode_file(d, &ev->file_io.file, &(struct file_at){ .id = raw->id });
	return 1;
}
