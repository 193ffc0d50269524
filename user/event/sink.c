/* SPDX-License-Identifier: BSD-2-Clause */
#include "sink.h"

#include <sys/wait.h>

int run_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

uint64_t run_lost(const struct run_result *result)
{
	uint64_t total = 0;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		for (unsigned cause = 0; cause < LOST_CAUSES; cause++)
			total += result->lost[kind][cause];
	return total;
}
