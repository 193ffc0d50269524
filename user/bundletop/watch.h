/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds the state: events of the rare probes from the kernel side, and the counters of the watched processes. */
#ifndef USER_BUNDLETOP_WATCH_H
#define USER_BUNDLETOP_WATCH_H

#include "user/kernel/attach.h"
#include "model_files.h"
#include "options.h"
#include "part_watch.h"
#include "processes.h"
#include "state.h"
#include "top_governor.h"

/* Processes whose mappings or counters may not be read: their bundles are missing. */
struct hidden {
	unsigned count;
	pid_t pid; /* one of them, and ... */
	int err;   /* ... why: -errno */
};

struct watch {
	const struct top_options *options;
	struct kernel *kernel;
	struct decoder *decoder;
	struct processes processes;
	struct state *state;
	struct model_files files;       /* --files */
	struct part_watch parts;        /* of these files */
	enum reads_of least;            /* the least that was counted of reads since the last reading */
	struct top_governor governor;   /* --max-overhead */
	char *cgroup;                   /* the folder of --cgroup; NULL: none */
	bool group_gone;                /* it has been removed */
	uint64_t lost;                  /* events, since the start */
	uint64_t skipped;               /* of these: in hooks that the kernel skipped */
	uint64_t events;                /* of the cache, since the start */
	struct attach_results attached; /* probes, as of the last reading */
	double cpu;                     /* of bundletop itself in the last interval: 1 is a whole CPU */
	uint64_t rss;                   /* of bundletop itself, bytes */
	uint64_t reported;              /* steps of the governor that a report has shown */
	struct hidden hidden;           /* processes that may not be looked into, as of the last reading */
	uint64_t cpu_ns, own_ns; /* of bundletop itself, at the last reading, and when that was; 0: never */
};

/* Attaches to the running processes. 0, or reported and -errno; call watch_end() in either case. */
int watch_start(struct watch *watch, const struct top_options *options);
void watch_end(struct watch *watch);

/* Takes in events: call when the descriptor is readable, and many times a second. 0 or -errno. */
int watch_poll(struct watch *watch);
int watch_fd(const struct watch *watch);

/* Reads all counters: the end of an interval. 0 or -errno. */
int watch_read(struct watch *watch);

/* Forgets bundles and files that ended more than `older_ns` ago; call between an output and the next reading. */
void watch_forget(struct watch *watch, uint64_t older_ns);

/* Appends "cannot look into 2 processes, such as 123 (Operation not permitted): their bundles, if any, are missing"; nothing if
 * there is none. */
void watch_hidden_text(struct text *t, const struct watch *watch);

/* True if the processes of -p have ended, or the group is gone. */
bool watch_over(const struct watch *watch);

#endif
