/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_facts.h"

static const struct {
	const char *key, *word;
} names[FILE_FACTS] = {
	[FACT_OPENS] = { "opens", "opens" },
	[FACT_READS] = { "reads", "reads" },
	[FACT_WRITES] = { "writes", "writes" },
	[FACT_MAPS] = { "mappings", "mappings" },
	[FACT_TIMES] = { "call_times", "times of calls" },
	[FACT_URING] = { "io_uring", "io_uring" },
	[FACT_FAULTS] = { "page_faults", "page faults" },
	[FACT_FILLS] = { "fills", "bytes from storage" },
	[FACT_WAITS] = { "disk_waits", "waits for the disk" },
	[FACT_EVICTIONS] = { "evictions", "evictions from the page cache" },
	[FACT_DISK] = { "disk_requests", "requests to disks" },
	[FACT_LOADS] = { "loads", "loads of bundles" },
	[FACT_SCHED] = { "off_cpu", "times off the CPU" },
};

bool file_fact_optional(enum file_fact fact)
{
	return fact == FACT_EVICTIONS || fact == FACT_DISK || fact == FACT_LOADS || fact == FACT_SCHED;
}

const char *file_fact_key(enum file_fact fact)
{
	return names[fact].key;
}

const char *file_fact_word(enum file_fact fact)
{
	return names[fact].word;
}
