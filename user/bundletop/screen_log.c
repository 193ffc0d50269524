/* SPDX-License-Identifier: BSD-2-Clause */
/* The panel at the bottom: the log of evictions, or the histogram of load times. */
#include <string.h>

#include "user/event/words.h"
#include "screen_parts.h"
#include "user/base/units.h"

static void line_text(struct text *t, const struct watch *watch, const struct log_line *line)
{
	unit_time_of_day(t, line->time_ns);
	if (line->kind == LOG_STEP) {
		text_char(t, ' ');
		governor_text(t, &top_governor_step(&watch->governor, line->value)->governor);
		return;
	}
	text_printf(t, " %u ", line->pid);
	if (line->kind == EVENT_APP_EVICT) {
		text_str(t, "evict ");
		text_escaped(t, line->name, strlen(line->name));
		text_char(t, ' ');
		unit_bytes(t, line->size);
		text_char(t, ' ');
		text_str(t, reason_word(line->value));
		text_str(t, ", ");
		unit_bytes(t, line->resident);
		text_str(t, line->thrash ? " left, THRASH  " : " left  ");
	} else {
		text_str(t, "error ");
		text_escaped(t, line->name, strlen(line->name));
		text_str(t, ": ");
		text_str(t, strerror(line->value < 4096 ? (int)line->value : 0));
		text_str(t, "  ");
	}
	text_escaped(t, line->path, strlen(line->path));
}

void log_draw(const struct view *view, int y, int height, int width)
{
	const struct state *state = view->watch->state;
	struct text t = { 0 };
	uint64_t kept = state->logged < LOG_LINES ? state->logged : LOG_LINES;
	text_put_str(y, 0, width, LOOK_DIM, "evictions, the newest first");
	for (int i = 0; i < height - 1 && (uint64_t)i < kept; i++) {
		const struct log_line *line = &state->log[(state->logged - 1 - (uint64_t)i) % LOG_LINES];
		text_clear(&t);
		line_text(&t, view->watch, line);
		text_put(y + 1 + i, 0, width, true, line->thrash ? LOOK_BAD : LOOK_PLAIN, t.data, t.len);
	}
	text_free(&t);
}

/* One line for each power of two; with too few lines, for each power of four, and so on. */
void histogram_draw(const struct view *view, const struct bundle *bundle, int y, int height, int width)
{
	uint64_t counts[64] = { 0 }, most = 1;
	struct text t = { 0 };
	int first = 64, last = -1, step = 1;
	text_put_str(
		y, 0, width, LOOK_DIM, "loads of the chosen bundle, by how long they took (from ... on)");
	if (bundle)
		latency_powers(&bundle->load_ns, counts);
	for (int i = 0; i < 64; i++)
		if (counts[i]) {
			first = i < first ? i : first;
			last = i;
		}
	while (last / step - first / step >= height - 1)
		step *= 2;
	for (int i = 0; i < 64; i++) {
		if (i % step)
			counts[i - i % step] += counts[i];
		most = counts[i - i % step] > most ? counts[i - i % step] : most;
	}
	for (int i = first - first % step, line = y + 1; i <= last; i += step, line++) {
		text_clear(&t);
		unit_ns(&t, 1ull << i);
		text_put(line, 0, 6, false, LOOK_PLAIN, t.data, t.len);
		text_clear(&t);
		unit_count(&t, (double)counts[i]);
		text_char(&t, '\0');
		text_bar(view, line, 7, width - 8, (double)counts[i] / (double)most, LOOK_GOOD, t.data);
	}
	text_free(&t);
}
