/* SPDX-License-Identifier: BSD-2-Clause */
#include "observed.h"

#include <sys/syscall.h>

#include "user/kernel/io_hooks.h"

void observed_by_kernel(const struct kernel *kernel, struct file_facts *facts)
{
	const struct io_sees sees = io_hooks_see(kernel);
	if (!kernel_tells_requests(kernel))
		facts->unseen[FACT_URING] = "this kernel does not tell its requests apart";
	if (!sees.faults)
		facts->unseen[FACT_FAULTS] = "this kernel does not tell of them";
	else if (!sees.majors)
		facts->unseen[FACT_FAULTS] = "which of them had to read cannot be told here";
	if (!sees.fills)
		facts->unseen[FACT_FILLS] = "this kernel does not tell of them";
	if (!sees.deletes || !sees.fills)
		facts->unseen[FACT_EVICTIONS] = "this kernel does not tell of them";
	if (!sees.waits)
		facts->unseen[FACT_WAITS] = "this kernel does not tell of them";
	if (!sees.off_cpu)
		facts->unseen[FACT_SCHED] = "this kernel does not tell of them";
	if (!sees.blocks)
		facts->unseen[FACT_DISK] = "they are not traced (-e layer=block)";
}

static bool wants(const struct options *options, const unsigned *calls, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!options->filter.wanted[calls[i]])
			return false;
	return true;
}

#define WANTS(options, ...)                                                                                  \
	wants(options, (const unsigned[]){ __VA_ARGS__ },                                                    \
		sizeof((const unsigned[]){ __VA_ARGS__ }) / sizeof(unsigned))

/* A fact for which not all of its calls are traced. */
static void note_calls(const struct options *options, struct file_facts *facts)
{
	const bool wanted[] = {
		[FACT_OPENS] = WANTS(options, SYS_open, SYS_openat),
		[FACT_READS] = WANTS(options, SYS_read, SYS_pread64, SYS_readv, SYS_preadv),
		[FACT_WRITES] = WANTS(options, SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev),
		[FACT_MAPS] = WANTS(options, SYS_mmap),
	};
	for (unsigned i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!wanted[i])
			facts->unseen[i] = "-e trace= leaves out some of their calls";
	if (!filter_wants_app(&options->filter, EVENT_APP_LOAD) ||
		!filter_wants_app(&options->filter, EVENT_APP_ERROR))
		facts->unseen[FACT_LOADS] = "-e app= leaves out their ends";
	if (!filter_wants_layer(&options->filter, FILTER_URING))
		facts->unseen[FACT_URING] = "-e leaves out its requests";
	if (!options->read && !filter_wants_layer(&options->filter, FILTER_PAGECACHE))
		facts->unseen[FACT_EVICTIONS] = "not asked for: -e layer=pagecache or --deep";
	if (!options->read && !filter_wants_layer(&options->filter, FILTER_SCHED))
		facts->unseen[FACT_SCHED] = "not asked for: -e layer=sched or --deep";
}

void observed_facts(const struct options *options, const struct file_facts *given, struct file_facts *facts)
{
	for (unsigned i = 0; i < FILE_FACTS; i++)
		facts->unseen[i] =
			given ? given->unseen[i] : "the recording does not say whether it was observed";
	note_calls(options, facts);
	if (!options->read && !options_timed(options))
		facts->unseen[FACT_TIMES] = "calls are not timed";
}
