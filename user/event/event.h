/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One event as user space sees it, whatever layer it comes from. Decoded from a record of bpf/events.h and
 * enriched with the paths of its files; valid until the sink it was handed to returns.
 */
#ifndef USER_EVENT_EVENT_H
#define USER_EVENT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "user/base/span.h"
#include "kinds.h"

/* A file that a call's descriptor stands for. */
struct file_ref {
	struct file_id id; /* ino 0: unknown */
	int64_t pos;       /* position after the call */
	uint32_t opened;   /* grows with every open of the file by this name, by whomever of the traced */
	bool deleted;      /* the file has been removed from its folder */
	struct span path;  /* data NULL: unknown; for pipes and sockets "pipe:[ino]", "socket:[ino]" */
};

struct load_costs;
struct regions;
struct stack;

/* The named parts of its file that a call touched: models of a bundle, tensors. */
struct place {
	struct span first, last;       /* last.data NULL: only the first */
	uint64_t offset;               /* in the first, where the call began */
	bool header;                   /* the first is the file's own header or manifest */
	const struct regions *regions; /* those of the file, for regions_any(); NULL: the first is all */
	uint32_t from, to;
};

struct call_event {
	uint32_t nr;     /* below SYSCALL_MAX */
	uint64_t number; /* of SYSCALL_OTHER: the number it stands for, and NUMBER_ABI32 */
	uint64_t args[6];
	int64_t result;  /* as the kernel returns it: -errno on failure */
	bool returned;   /* false: a call that does not return (exit, exit_group), or: */
	bool unfinished; /* it had not returned when the trace ended */
	struct file_ref file, other;
	struct file_ref replaced; /* dup2, dup3: what the second descriptor was */
	struct file_ref
		mapped; /* the file that a call on addresses applies to (madvise and others; places.h) */
	struct file_ref folder; /* the working directory, of a call with AT_FDCWD and a relative path */
	/* Of an execve, path[1] holds the argument vector, each string closed by a zero byte, and block[0] the
	 * number of variables in the environment. Where the caller's memory was gone before it could be read, that
	 * number stands in the environment's place in args. */
	struct span path[2];            /* the call's path arguments, in order */
	struct span block[CALL_BLOCKS]; /* and what others point to: syscall_copies() */
	const struct place *place;      /* NULL: not known (places.h) */
};

struct app_event {
	uint64_t bundle;         /* id, unique within the process */
	struct span name;        /* of the model; of open: the bundle's path */
	uint64_t args[APP_ARGS]; /* enum app_arg */
	struct span bundle_path; /* known from its open event; data NULL: opened before the trace */
};

/* What libpagedbundle counted of a model up to now. */
struct model_event {
	uint64_t bundle; /* id, unique within the process */
	struct span name;
	struct span bundle_path; /* data NULL: unknown */
	uint64_t counts[MODEL_COUNTS];
	uint32_t flags; /* enum model_flag */
};

/* A sum of operations on one range of a file. */
struct file_io_event {
	struct file_ref file; /* its pos means nothing */
	const struct event_file_io *sums;
	const struct place *place; /* the parts that the range lies in; NULL: not known */
};

/* A request of io_uring that completed. */
struct uring_event {
	struct file_ref file; /* its pos means nothing */
	uint64_t start;       /* in the file, unless URING_NO_OFFSET */
	uint64_t length;      /* bytes asked for */
	int64_t result;       /* -errno on failure */
	uint64_t user_data;
	uint8_t opcode, flags;     /* enum io_uring_op, enum uring_flag */
	const struct place *place; /* NULL: not known (places.h) */
};

/* A page fault in a mapping of a file. */
struct fault_event {
	struct file_ref file;  /* its pos means nothing */
	uint64_t start, bytes; /* in the file: its page; FAULT_AROUND: the pages that it may map at once */
	uint64_t address;      /* in the process's memory; 0: not known */
	uint64_t wait_ns;      /* of its duration: it waited for the disk */
	uint32_t flags;        /* enum fault_flag */
	const struct place *place; /* NULL: not known (places.h) */
};

/* A load that was inferred: the use of a part of a file, from its first bytes until it was whole, or its thread turned to
 * others. Its time is when that was known, and its duration ends with its last use. */
struct load_event {
	struct file_ref file;
	struct span part;
	uint64_t start, bytes; /* of the part in the file */
	uint64_t touched;      /* bytes of it that were asked for */
	uint64_t idle_ns;      /* from its last use to the event */
	bool reload;           /* some of its bytes had been in the page cache before in this run */
	uint64_t gone_ns;      /* of a reload: since the part's last use */
	struct span instead; /* of a reload: the part that was loaded last before it; data NULL: not known */
};

/* Pages of a file that a task added to the page cache, or that were deleted from it. */
struct pages_event {
	struct file_ref file;       /* its pos means nothing */
	uint64_t start, bytes;      /* in the file */
	uint64_t first_ns, last_ns; /* of the first and the last of them, CLOCK_MONOTONIC */
	uint64_t back_bytes;        /* of pages that the kernel had evicted before ... */
	uint64_t gone_ns;           /* ... so long ago, within a power of two */
	uint32_t folios;
	uint16_t op;               /* enum pages_op */
	struct span by;            /* the name of the task that deleted them */
	const struct place *place; /* NULL: not known (places.h) */
};

/* A request to a disk, or the range of a file that it has beside others, when it completed. The event's duration is the
 * time that the device took. */
struct block_event {
	struct file_ref file;  /* its pos means nothing; id.ino 0: not tied */
	uint64_t start, bytes; /* in the file */
	uint64_t sector;       /* on the device, in 512 bytes */
	uint64_t request_bytes;
	uint64_t queue_ns;         /* before the device got it; NO_DURATION */
	uint32_t dev;              /* major << 20 | minor */
	uint16_t flags;            /* enum block_flag */
	uint8_t op, untied;        /* enum block_op, enum block_untied */
	const struct place *place; /* NULL: not known (places.h) */
};

struct phase_info;

/* A phase that ended, or a point. */
struct phase_event {
	const struct phase_info *info; /* what it is called; NULL: not known */
	uint16_t number, flags;        /* of the phase; enum phase_flag */
	uint64_t args[PHASE_ARGS];
	int64_t result;
	struct span string; /* data NULL: it has none, or it could not be read */
	/* What its task did meanwhile: see struct event_phase. */
	uint64_t reads, read_bytes, storage_bytes;
	uint32_t major, minor;
};

/* A time that a thread was off the CPU, when it got one again: the event's duration. */
struct sched_event {
	uint64_t blocked_ns, runnable_ns; /* first the one, then the other */
	uint32_t nr;                      /* of the call that it was in; SYSCALL_MAX: none, or not known */
	uint16_t reason, within;          /* enum off_reason, enum off_within */
};

struct process_event {
	uint32_t child_pid, child_tid; /* fork */
	uint32_t child_ns_pid, child_ns_tid;
	int32_t status;         /* exit: as wait() gives it */
	uint32_t argc, envc;    /* exec */
	struct span file, argv; /* exec: argv's strings, each closed by a zero byte */
	struct span comm;
};

struct event {
	uint64_t time_ns;     /* CLOCK_MONOTONIC, when it was complete; never less than the event's before */
	uint64_t duration_ns; /* NO_DURATION where it is not known or has no meaning */
	uint32_t pid, tid;
	struct span
		comm; /* the process's name, at its first event since it has it; data NULL: told, or unknown */
	uint32_t ns_pid, ns_tid; /* in the task's own pid namespace; 0: it is the tracer's too */
	bool ns_first;           /* the first event of a task that has those */
	uint16_t kind;           /* enum event_kind */
	uint16_t cpu;
	uint32_t lost_before;      /* events lost right before this one on its CPU ... */
	uint64_t lost_since_ns;    /* ... after this time, that of the one before them; 0: there is none */
	const struct stack *stack; /* how the program came here (stacks.h); NULL: not known */
	bool stack_left_out;       /* it was asked for, but there were too many to keep up with */
	uint64_t load;             /* id of the load that it belongs to; 0: none (stage/cause.h) */
	bool within_load; /* it lies within a load that a bundle tells of, between its first and last event */
	const struct load_costs *costs; /* of the end of a load: what served it; NULL: not known */
	union {
		struct call_event call;       /* EVENT_SYSCALL */
		struct app_event app;         /* EVENT_APP_* */
		struct model_event model;     /* EVENT_MODEL: for the tables alone */
		struct process_event process; /* EVENT_FORK, EVENT_EXEC, EVENT_EXIT */
		struct file_io_event file_io; /* EVENT_FILE_IO: for the tables alone */
		struct uring_event uring;     /* EVENT_URING */
		struct fault_event fault;     /* EVENT_FAULT */
		struct load_event inferred;   /* EVENT_INFERRED */
		struct pages_event pages;     /* EVENT_PAGES */
		struct block_event block;     /* EVENT_BLOCK */
		struct phase_event phase;     /* EVENT_PHASE */
		struct sched_event sched;     /* EVENT_SCHED */
	};
};

/* When it had happened: pages that follow each other, and the end of an inferred load, are known later. */
static inline uint64_t event_end_ns(const struct event *ev)
{
	if (ev->kind == EVENT_INFERRED)
		return ev->time_ns - ev->inferred.idle_ns;
	return ev->kind == EVENT_PAGES ? ev->pages.last_ns : ev->time_ns;
}

static inline enum layer event_layer(const struct event *ev)
{
	return (enum layer)kind_of(ev->kind)->layer;
}

#endif
