/* SPDX-License-Identifier: BSD-2-Clause */
/* The phase layer: what a map of probes marks in a program. */
#include <errno.h>
#include <stddef.h>

#include "decode_inside.h"

int decode_phase(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_phase *raw = (const void *)record;
	if (record->size < offsetof(struct event_phase, strings))
		return -EBADMSG;
	ev->duration_ns = raw->duration_ns;
	ev->phase = (struct phase_event){
		.info = phases_find(d->phases, raw->phase),
		.number = raw->phase,
		.flags = raw->flags,
		.result = raw->result,
		.reads = raw->reads,
		.read_bytes = raw->read_bytes,
		.storage_bytes = raw->storage_bytes,
		.major = raw->major,
		.minor = raw->minor,
	};
	memcpy(ev->phase.args, raw->args, sizeof(raw->args));
	const char *at = raw->strings;
	return take_string(&at, record_end(record), raw->string_bytes, &ev->phase.string) ? 1 : -EBADMSG;
}
