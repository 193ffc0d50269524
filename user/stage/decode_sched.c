/* SPDX-License-Identifier: BSD-2-Clause */
/* The sched layer: times off the CPU. */
#include <errno.h>

#include "decode_inside.h"

int decode_sched(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_sched *raw = (const void *)record;
	(void)d;
	if (record->size < sizeof(*raw) || raw->reason >= OFF_REASONS || raw->within >= OFF_WITHIN ||
		raw->nr > SYSCALL_MAX || raw->blocked_ns == NO_DURATION ||
		raw->runnable_ns >= NO_DURATION - raw->blocked_ns)
		return -EBADMSG;
	ev->duration_ns = raw->blocked_ns + raw->runnable_ns;
	ev->sched = (struct sched_event){
		.blocked_ns = raw->blocked_ns,
		.runnable_ns = raw->runnable_ns,
		.nr = raw->nr,
		.reason = raw->reason,
		.within = raw->within,
	};
	return 1;
}
