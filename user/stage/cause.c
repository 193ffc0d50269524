/* SPDX-License-Identifier: BSD-2-Clause */
#include "cause.h"

#include <stdlib.h>

#include "inferred_loads.h"
#include "own_loads.h"

struct cause {
	struct own_loads *own;
	bool own_wanted;                 /* loads of bundles are looked for */
	struct inferred_loads *inferred; /* NULL: not asked for */
	uint64_t ids;                    /* given so far */
	bool own_seen; /* the library's own events came: its files' loads are not inferred */
};

struct cause *cause_new(const struct cause_options *options, const struct cause_output *output)
{
	struct cause *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->own_wanted = options->own;
	c->own = own_loads_new(&c->ids, options->storage_seen);
	if (options->infer)
		c->inferred = inferred_loads_new(&c->ids, options->storage_seen, output);
	if (c->own && (c->inferred || !options->infer))
		return c;
	cause_free(c);
	return NULL;
}

void cause_free(struct cause *c)
{
	if (!c)
		return;
	own_loads_free(c->own);
	inferred_loads_free(c->inferred);
	free(c);
}

void cause_gap(struct cause *c)
{
	own_loads_end_all(c->own);
}

int cause_take(struct cause *c, struct event *ev)
{
	enum layer layer = event_layer(ev);
	c->own_seen = c->own_seen || layer == LAYER_APP;
	if (layer == LAYER_APP && ev->kind != EVENT_MODEL && c->own_wanted)
		own_loads_app(c->own, ev);
	else if (ev->kind == EVENT_EXIT || ev->kind == EVENT_EXEC)
		own_loads_end_thread(c->own, ev->tid);
	else if (layer != LAYER_APP && layer != LAYER_PROCESS && ev->kind != EVENT_PAGES)
		own_loads_other(c->own, ev); /* pages are told later: their sums belong to loads */
	if (!c->inferred)
		return 0;
	return ev->load || layer == LAYER_APP ? inferred_loads_pass(c->inferred, ev->time_ns)
					      : inferred_loads_take(c->inferred, ev, c->own_seen);
}

int cause_finish(struct cause *c)
{
	return c->inferred ? inferred_loads_finish(c->inferred) : 0;
}

uint64_t cause_not_inferred(const struct cause *c)
{
	return c->inferred ? inferred_loads_left_out(c->inferred) : 0;
}
