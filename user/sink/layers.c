/* SPDX-License-Identifier: BSD-2-Clause */
#include "layers.h"

const struct layer_view *layer_view(const struct event *ev)
{
#define VIEW(ID, word) [LAYER_##ID] = &layer_##word,
	static const struct layer_view *const views[] = { LAYERS(VIEW) };
	return views[event_layer(ev)];
}
