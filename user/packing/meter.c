/* SPDX-License-Identifier: BSD-2-Clause */
#include "meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/clock.h"

#define EVERY_NS     200000000u
#define CLEAR_TO_END "\r\033[K"

void meter_start(struct meter *m, const char *what, uint64_t total)
{
	const char *term = getenv("TERM");
	bool wanted = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
	/* commands shorter than the first interval show nothing */
	*m = (struct meter){ what, total, 0, wanted ? clock_monotonic_ns() + EVERY_NS : 0, false };
}

void meter_add(struct meter *m, uint64_t bytes)
{
	m->done += bytes;
	if (!m->next_ns)
		return;
	uint64_t now = clock_monotonic_ns();
	if (now < m->next_ns)
		return;
	m->next_ns = now + EVERY_NS;
	/* a background process that writes to the terminal may be stopped (SIGTTOU) */
	if (tcgetpgrp(STDERR_FILENO) != getpgrp())
		return;
	char line[96];
	double part = m->total ? 100.0 * (double)m->done / (double)m->total : 100.0;
	int n = snprintf(line, sizeof(line), CLEAR_TO_END "%s: %.0f%% of %.1f MB\r", m->what, part,
		(double)m->total / 1e6);
	m->shown = write(STDERR_FILENO, line, (size_t)n) > 0;
}

void meter_hide(struct meter *m)
{
	if (m->shown)
		m->shown = write(STDERR_FILENO, CLEAR_TO_END, sizeof(CLEAR_TO_END) - 1) < 0;
}

void meter_clear(struct meter *m)
{
	meter_hide(m);
	m->next_ns = 0;
}
