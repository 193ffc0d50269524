/* SPDX-License-Identifier: BSD-2-Clause */
/* The load layer: its events are made in user space (inferred_loads.h), so that no record is one. */
#include <errno.h>

#include "decode_inside.h"

int decode_load(struct decoder *d, const struct event_header *record, struct event *ev)
{
	(void)d;
	(void)record;
	(void)ev;
	return -EBADMSG;
}
