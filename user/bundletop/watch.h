/* SPDX-License-Identifier: BSD-2-Clause */
/* What feeds the state: the kernel's side with the rare probes, the processes, their counters. */
#ifndef USER_BUNDLETOP_WATCH_H
#define USER_BUNDLETOP_WATCH_H

#include "user/kernel/attach.h"
#include "model_files.h"
#include "options.h"
#include "processes.h"
#include "state.h"
#include "top_governor.h"

struct watch {
	const struct top_options *options;
	struct kernel *kernel;
	struct decoder *decoder;
	struct processes processes;
	struct state *state;
	struct model_files files; /* --files */
	struct top_governor governor; /* --max-overhead */
	char *cgroup;      /* folder; NULL: none is asked for */
	bool group_gone;   /* it has been removed */
	uint64_t lost;     /* events, since the start */
	struct attach_results attached;
	uint64_t events;   /* of the cache, since the start */
	double cpu;        /* of bundletop itself in the last interval: 1 is a whole processor */
	uint64_t rss;      /* bytes */
	uint64_t reported; /* steps that a report has told of */
	int unreadable;    /* -EPERM...: why some process's counters cannot be read; 0: they can */
	uint64_t cpu_ns;
};

/* Attaches to what runs. 0, or reported and -errno. */
int watch_start(struct watch *watch, const struct top_options *options);
void watch_end(struct watch *watch);

/* Takes in what happened: call when the descriptor is readable, and many times a second. 0 or -errno. */
int watch_poll(struct watch *watch);
int watch_fd(const struct watch *watch);

/* Reads all counters: the end of an interval. 0 or -errno. */
int watch_read(struct watch *watch);

/* Forgets what ended longer ago than this; call between the output and the next reading. */
void watch_forget(struct watch *watch, uint64_t older_ns);

/* True if the processes asked for have ended. */
bool watch_over(const struct watch *watch);

uint64_t watch_now_ns(void);

#endif
