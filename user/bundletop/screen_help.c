/* SPDX-License-Identifier: BSD-2-Clause */
#include "screen_parts.h"

static const char *const lines[] = {
	"bundletop " VERSION ": the caches of running model loaders",
	"",
	"up down PgUp PgDn Home End   move            Tab    upper / lower list",
	"Enter   show or hide models, or parts        l      evictions / load times",
	"< >     sort by the column beside            r      the other way round",
	"/       filter by typing; Esc: all again     space  pause",
	"+ -     longer or shorter interval           q      quit",
	"f       files or bundles (--files)",
	"mouse   click a row, click a title to sort, wheel",
	"",
	"THRASH: a model was evicted for room and asked for again within the window (--window).",
	"The limit named is the sum of the sizes of all models asked for or loaded within it:",
	"with as much, nothing asked for within the window has to leave before it is asked for again.",
	"",
	"STATE of a model: resident (green), loading (yellow), absent. HITS to WASTED: since it was opened.",
	"PFUSED, WASTED: prefetched models that were asked for, and that left memory before.",
	"P50, P99: of the loads seen. AGE: since it was loaded.",
	"FILL/s: what came into the page cache; HIT%: of the bytes read or mapped in, those that were there before.",
	"Parts of a file: CAME, WENT, and BACK (of what came, what had gone before): bytes of the last interval.",
	"probes: how much is told (all, some, count, fewer), and what it takes of the busiest process (--max-overhead).",
	"",
	"any key: back",
};

void help_draw(const struct view *view, int height, int width)
{
	(void)view;
	for (int i = 0; i < height && i < (int)(sizeof(lines) / sizeof(*lines)); i++)
		text_put_str(i, 0, width, i ? LOOK_PLAIN : LOOK_TITLE, lines[i]);
}
