/* SPDX-License-Identifier: BSD-2-Clause */
#include "errnames.h"

#include <stddef.h>
#include <string.h>

/* From the kernel's include/linux/errno.h. A program never sees these numbers, a tracer does. */
static const struct {
	int number;
	bool restarts;
	const char *name, *meaning;
} kernel_only[] = {
	{ 512, true, "ERESTARTSYS", "To be restarted if SA_RESTART is set" },
	{ 513, true, "ERESTARTNOINTR", "To be restarted" },
	{ 514, true, "ERESTARTNOHAND", "To be restarted if no handler" },
	{ 515, false, "ENOIOCTLCMD", "No ioctl command" },
	{ 516, true, "ERESTART_RESTARTBLOCK", "Interrupted by signal" },
	{ 517, false, "EPROBE_DEFER", "Driver requests probe retry" },
	{ 524, false, "ENOTSUPP", "Operation is not supported" },
};

static int find_kernel_only(int number)
{
	for (size_t i = 0; i < sizeof(kernel_only) / sizeof(kernel_only[0]); i++)
		if (kernel_only[i].number == number)
			return (int)i;
	return -1;
}

const char *errno_name(int number)
{
	int i = find_kernel_only(number);
	return i >= 0 ? kernel_only[i].name : number > 0 ? strerrorname_np(number) : NULL;
}

const char *errno_meaning(int number)
{
	int i = find_kernel_only(number);
	return i >= 0 ? kernel_only[i].meaning : number > 0 ? strerrordesc_np(number) : NULL;
}

bool errno_restarts(int number)
{
	int i = find_kernel_only(number);
	return i >= 0 && kernel_only[i].restarts;
}
