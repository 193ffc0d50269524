/* SPDX-License-Identifier: BSD-2-Clause */
/* Which facts about the use of files a run observed: what was not looked for is shown as unknown, never as 0. */
#ifndef USER_EVENT_FILE_FACTS_H
#define USER_EVENT_FILE_FACTS_H

#include <stdbool.h>

enum file_fact {
	FACT_OPENS,
	FACT_READS,
	FACT_WRITES,
	FACT_MAPS,
	FACT_TIMES, /* how long calls took */
	FACT_URING,
	FACT_FAULTS,
	FACT_FILLS,     /* pages that came into the page cache */
	FACT_WAITS,     /* time that a call or fault waited for the disk */
	FACT_EVICTIONS, /* pages that the kernel evicted, and those that came back */
	FACT_DISK,      /* requests to disks, where they are asked for */
	FACT_LOADS,     /* where loads of bundles end, and so what belongs to them */
	FACT_SCHED,     /* times off the CPU: of loads */
	FILE_FACTS
};

/* Why each was not observed: one line for people; NULL: it was. The owner keeps the strings. */
struct file_facts {
	const char *unseen[FILE_FACTS];
};

/* True if it is observed only where it is asked for: people are not told that it was not. */
bool file_fact_optional(enum file_fact fact);

/* Its key in JSON and in recordings: "page_faults". */
const char *file_fact_key(enum file_fact fact);

/* Its name for people: "page faults". */
const char *file_fact_word(enum file_fact fact);

#endif
