/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers.h"

/* Sums by file feed the tables only. */
const struct layer_view layer_io;

const struct layer_view *layer_view(const struct event *ev)
{
#define VIEW(ID, word) [LAYER_##ID] = &layer_##word,
	static const struct layer_view *const views[] = { LAYERS(VIEW) };
	return views[event_layer(ev)];
}

void layer_json_part(
	struct json *j, void (*write)(struct text *t, const struct event *ev), const struct event *ev)
{
	struct text t = { 0 };
	write(&t, ev);
	json_part(j, t.data ? t.data : "", t.len);
	j->text->failed |= t.failed;
	text_free(&t);
}
