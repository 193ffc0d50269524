/* SPDX-License-Identifier: BSD-2-Clause */
#include "pid_list.h"

#include <limits.h>
#include <stdlib.h>

#include "numbers.h"

bool pid_list_add(pid_t **pids, unsigned *count, const char *text)
{
	do {
		uint64_t pid;
		const char *end = number_start(text, &pid);
		if (!end || pid < 1 || pid > INT_MAX || (*end && (*end != ',' || !end[1])))
			return false;
		pid_t *more = reallocarray(*pids, *count + 1u, sizeof(*more));
		if (!more)
			return false;
		*pids = more;
		more[(*count)++] = (pid_t)pid;
		text = *end ? end + 1 : end;
	} while (*text);
	return true;
}
