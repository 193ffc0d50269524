/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVERY_NS     500000000
#define CLEAR_TO_END "\r\033[K"

void progress_start(struct progress *progress, const struct options *options, uint64_t now_ns)
{
	const char *term = getenv("TERM");
	bool tables_only = options->format == FORMAT_TEXT && !options->timeline && !options->flight_bytes;
	*progress = (struct progress){
		.wanted = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0 &&
			  (options->output || tables_only) && !(options->command && isatty(STDOUT_FILENO)),
		.start_ns = now_ns,
		.last_ns = now_ns,
	};
}

bool progress_due(const struct progress *progress, uint64_t now_ns)
{
	return progress->wanted && now_ns - progress->last_ns >= EVERY_NS;
}

/* 1.5 MB; bytes below a thousand. */
static void put_size(char *text, size_t room, uint64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double value = (double)bytes;
	unsigned unit = 0;
	for (; value >= 1000 && unit < 4; unit++)
		value /= 1000;
	snprintf(text, room, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

/* Leaves the cursor at the start of the line, where another program's output then begins. In the background,
 * writing to the terminal could stop this process. */
static void put_line(struct progress *progress, const char *line)
{
	struct winsize size = { 0 };
	char out[160];
	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	int room = size.ws_col > 1 ? size.ws_col - 1 : 79;
	if (tcgetpgrp(STDERR_FILENO) != getpgrp())
		return;
	int len = snprintf(out, sizeof(out), CLEAR_TO_END "%.*s\r", room, line);
	progress->shown = write(STDERR_FILENO, out, (size_t)len) > 0;
}

void progress_show(struct progress *progress, uint64_t now_ns, uint64_t events, uint64_t lost, uint64_t bytes)
{
	char line[128], size[32];
	uint64_t seconds = (now_ns - progress->start_ns) / 1000000000;
	double rate = (double)(events - progress->last_events) * 1e9 / (double)(now_ns - progress->last_ns);
	put_size(size, sizeof(size), bytes);
	snprintf(line, sizeof(line), "%" PRIu64 ":%02u  %" PRIu64 " events, %.0f/s, %" PRIu64 " lost, %s",
		seconds / 60, (unsigned)(seconds % 60), events, rate, lost, size);
	put_line(progress, line);
	progress->last_ns = now_ns;
	progress->last_events = events;
}

void progress_clear(struct progress *progress)
{
	if (progress->shown)
		progress->shown = write(STDERR_FILENO, CLEAR_TO_END, sizeof(CLEAR_TO_END) - 1) < 0;
}
