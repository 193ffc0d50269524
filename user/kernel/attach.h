/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attaches the probes of libpagedbundle in programs and libraries. Each file is examined once, whichever way it
 * was found, and what came of it is remembered. All functions may be called from any thread.
 */
#ifndef USER_KERNEL_ATTACH_H
#define USER_KERNEL_ATTACH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/events.h"
#include "user/base/text.h"

struct kernel;

/*
 * Attaches the wanted probes of a file. Returns how many; 0 if it has none, is no program or library, or was
 * examined before; or -errno (-ENOENT: there is no such file any more; -EPERM: it cannot be opened; -EBADMSG: its notes
 * cannot be trusted; else the kernel refused to attach them). *since_ns: when its probes were attached,
 * CLOCK_MONOTONIC; 0: it has none. *why gets the reason of a refusal; NULL is allowed.
 */
int attach_file(struct kernel *kernel, const char *path, uint64_t *since_ns, struct text *why);

/* Lists of open bundles that a process may have: one for each copy of the library. */
enum { ATTACH_LISTS = LIVE_LISTS };

/* What a process has mapped. */
struct attach_found {
	bool probed;                 /* a file whose probes are attached */
	int hidden;                  /* -errno: why some file may not be looked at; 0: all may */
	unsigned lists;              /* in `list`; past ATTACH_LISTS they are counted alone */
	uint64_t list[ATTACH_LISTS]; /* addresses of lists of open bundles */
};

/*
 * The same for every file of which a process has mapped the first byte or code. Only what is mapped counts: the linker of
 * another user's program cannot be asked what it would load. 0 or -errno (-ESRCH: it has ended; -EACCES: what it has mapped
 * may not be looked at).
 */
int attach_process(struct kernel *kernel, pid_t pid, struct attach_found *found);

/* What a look at the semaphores of a process found. */
struct attach_look {
	bool probed;         /* it has mapped a file whose probes are attached */
	bool again;          /* it may still be loading, or unlike what the kernel expects: look again */
	bool loading;        /* the data of a file with probes is not there yet */
	unsigned raised;     /* semaphores that the kernel had not raised, and that are now */
	const char *missing; /* why some of its probes will not fire; NULL: none */
	char path[256];      /* of the file whose probes will not, or is loading; cut if it is long */
};

/*
 * Looks whether the attached probes of a process are armed, and arms those that are not: call it once after they were
 * attached or the process has mapped their file, and for `again` a few times while it starts. 0 or -errno.
 */
int attach_look(struct kernel *kernel, pid_t pid, struct attach_look *look);

/* Why the probes of a process that keeps loading do not fire. */
#define ATTACH_LOADING "its data is not where the file says"

/* Notes a process whose probes are not armed, after the last look. `why` is a constant. */
void attach_note_unarmed(struct kernel *kernel, const char *path, const char *why);

/* What came of it so far. */
struct attach_results {
	unsigned probed;    /* files whose probes are attached */
	unsigned refused;   /* files with probes that were not attached: their events are missing */
	int refused_error;  /* -errno, of the first of these; -EBADMSG: its notes cannot be trusted */
	char *refused_path; /* its path, and why, owned by `kernel`; NULL: none, or out of memory */
	char *refused_why;
	unsigned unarmed; /* processes in which attached probes do not fire: their events are missing */
	const char *unarmed_why; /* of the first of these */
	char *unarmed_path;      /* its file, owned by `kernel` */
};
void attach_results(struct kernel *kernel, struct attach_results *results);

/* True if events are missing for one of these reasons. */
static inline bool attach_misses(const struct attach_results *results)
{
	return results->refused || results->unarmed;
}

/* Appends "probes refused in 2 files (Invalid argument), cache events are missing: /a/b.so", with the first of
 * these files; and the same of processes; nothing if there are none. */
void attach_refused_text(struct text *t, const struct attach_results *results);

#endif
