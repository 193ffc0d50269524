/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the terminal, and holds back standard error while the screen is shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ncurses.h>
#include <term.h>

#include "user/base/report.h"
#include "screen.h"

bool screen_possible(void)
{
	int err;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		report("the screen needs a terminal (-b prints text, --json lines of JSON)");
		return false;
	}
	const char *term = getenv("TERM"), *move = NULL;
	if (term && setupterm(NULL, STDOUT_FILENO, &err) == OK)
		move = tigetstr("cup");
	if (!move || move == (char *)-1) {
		report("TERM=%s: the screen needs a terminal whose cursor can be moved (-b prints text)",
			term ? printable(term) : "");
		return false;
	}
	return true;
}

int messages_hold(int *kept)
{
	int held = memfd_create("messages", MFD_CLOEXEC);
	*kept = dup(STDERR_FILENO);
	fflush(stderr);
	if (held >= 0 && *kept >= 0)
		dup2(held, STDERR_FILENO);
	return held;
}

void messages_release(int held, int kept)
{
	char bytes[4096];
	ssize_t got;
	fflush(stderr);
	if (held >= 0 && kept >= 0) {
		dup2(kept, STDERR_FILENO);
		lseek(held, 0, SEEK_SET);
		while ((got = read(held, bytes, sizeof(bytes))) > 0)
			if (write(STDERR_FILENO, bytes, (size_t)got) != got)
				break;
	}
	if (held >= 0)
		close(held);
	if (kept >= 0)
		close(kept);
}
