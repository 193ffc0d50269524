/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_ahead.h"

#include "load.h"
#include "room.h"

/* Predictions from a thread's short history are too weak to evict anything for them. */
int load_ahead(struct pb_paged *p, struct entry *e, enum load_cause source)
{
	if (source == CAUSE_HISTORY && !handle_fits(p, e->size))
		return PB_OK;
	int err = load_check_bounds(p, e);
	if (err)
		return handle_error(p, e->name.bytes, err);
	if (PROBE_ARMED(prefetch))
		probe_prefetch(p->counters.bundle, e->name.bytes, e->offset, e->size, source);
	if (source != CAUSE_HISTORY)
		err = room_make(p, e->size, e);
	if (!err)
		err = load_model(p, e, source);
	return err && err != LOAD_GIVEN_UP ? handle_error(p, e->name.bytes, err) : PB_OK;
}
