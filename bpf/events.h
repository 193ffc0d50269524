/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The records that the kernel side hands to user space, and what it counts: plain structs of fixed-width
 * types, which both sides share. Every record starts with struct event_header and carries its own size.
 */
#ifndef BPF_EVENTS_H
#define BPF_EVENTS_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#include "kinds.def"

#define SYSCALL_MAX   512     /* system-call numbers below this are known */
#define NO_DURATION   (~0ULL) /* the start of the call was not seen */
#define ENTER_UNKNOWN 1       /* task_state.enter_ns: under way when the task was marked */
#define STRING_CUT    0x8000  /* in a length: the string was longer than what is here */
#define STRING_HERE   0x4000  /* in a length: there is a string, if only an empty one */
#define STRING_LENGTH 0x3fff  /* in a length: the bytes that follow */
#define PATH_BYTES    4096
#define CALL_BLOCKS   4 /* of memory that a call's arguments point to */

/* In a probe's cookie, with its event_kind: the seventh argument is found by the frame pointer, which the
 * function keeps. */
#define PROBE_FRAMED 0x100u

/* A result that no call has: it had not returned when the trace ended. */
#define RESULT_UNFINISHED ((__s64)(1ULL << 63))

enum layer {
#define LAYER(ID, word) LAYER_##ID,
	LAYERS(LAYER)
#undef LAYER
};

/* The probes of libpagedbundle, numbered from 0 in the order of bundle/observe/probes.def. */
enum probe {
#define PROBE(ID, name, subject, rate, text, string) PROBE_##ID,
	PROBES(PROBE)
#undef PROBE
		PROBES_COUNT
};

#define KIND_OF_PROBE(probe)                                                                                 \
	((probe) <= PROBE_POLICY ? PROBE_KINDS_FIRST + (probe) : PROBE_KINDS_LATER + (probe)-PROBE_POLICY - 1)
#define PROBE_OF_KIND(kind)                                                                                  \
	((kind) < PROBE_KINDS_LATER ? (kind)-PROBE_KINDS_FIRST : (kind)-PROBE_KINDS_LATER + PROBE_POLICY + 1)
#define KIND_IS_PROBE(kind)                                                                                  \
	(((kind) >= PROBE_KINDS_FIRST && (kind) <= PROBE_KINDS_FIRST + PROBE_POLICY) ||                      \
		((kind) >= PROBE_KINDS_LATER && (kind) < EVENT_KINDS))

enum event_kind {
#define KIND(number, ID, word, layer, role, meaning) EVENT_##ID = number,
	FIXED_KINDS(KIND)
#undef KIND
#define KIND(ID, name, subject, rate, text, string) EVENT_APP_##ID = KIND_OF_PROBE(PROBE_##ID),
		PROBES(KIND)
#undef KIND
			EVENT_KINDS = PROBE_KINDS_LATER + PROBES_COUNT - PROBE_POLICY - 1
};

/* Kinds of a set, a bit each. */
#define KIND_BIT(kind) (1ULL << (kind))

/* Why an event that happened is not in the stream. */
enum lost_cause {
	LOST_RING_FULL, /* user space was slower than the events */
	LOST_STATE,     /* no memory for the state of a task: its events are not seen */
	LOST_ABI32,     /* a 32-bit system call: another table of numbers */
	LOST_CAUSES
};

struct event_header {
	__u64 time_ns; /* CLOCK_MONOTONIC, when the event was complete */
	__u32 pid;     /* thread group; both in the tracer's pid namespace */
	__u32 tid;
	__u16 size;        /* bytes of this record */
	__u16 kind;        /* enum event_kind */
	__u32 lost_before; /* events that this ring could not take since the last one that it took */
};

/* A file as the kernel knows it. ino 0: no file (a bad descriptor, or none). */
struct file_id {
	__u64 ino;  /* for inodes that many files share (eventfd and the like): a number of this file alone */
	__u32 dev;  /* the kernel's encoding: major << 20 | minor */
	__u32 mode; /* S_IFMT and permissions */
};

struct file_at {
	struct file_id id;
	__s64 pos; /* the file's position after the call */
};

struct event_file {
	struct event_header head;
	struct file_id id;
	__u16 path_bytes;
	char strings[]; /* the path: absolute within the task's root, if it is not cut; empty for pipes and
			   sockets */
};

/* With the ring's own header, two cache lines: this is the record that storms are made of. */
struct event_syscall {
	struct event_header head;
	__u64 args[6];
	__s64 result;
	__u64 duration_ns;
	struct file_at file; /* the call's (first) file descriptor */
	__u16 nr;
	__u16 more;  /* 1: this is the head of a struct event_syscall_more */
	__u32 stack; /* 0: none; else what stack_tell() said; user space makes it the id of its stack */
};

/* Where a plain call stands in a CPU's ring of calls: two cache lines. */
struct call_slot {
	struct event_syscall call;
	__u64 pad;
};

/* Such a ring: the kernel side writes, user space reads. The positions only grow; a position's slot is the
 * first one and the position modulo their number. */
struct call_ring {
	__u64 reserved;    /* up to here slots are filled or being filled */
	__u64 written;     /* up to here they can be read */
	__u64 read_before; /* how far the reader was when the writer looked last */
	__u32 first;       /* slot; this and the next are set by user space, once */
	__u32 slots;       /* a power of two; 0: this CPU has none */
	__u64 lost;        /* calls that found no room */
	__u64 lost_before; /* of these, those since the last one that did */
	__u64 pad[2];
	__u64 read; /* by user space: in a cache line of its own */
	__u64 pad2[7];
};

/* A call that takes paths or two descriptors, or returns one or a pair, or whose arguments point to more. */
struct event_syscall_more {
	struct event_syscall call;
	struct file_at other;  /* the (second) returned descriptor, or else the second one passed */
	__u16 string_bytes[2]; /* the call's first and second path, one after the other; 0: none, or not
				  readable */
	__u16 block_bytes[CALL_BLOCKS]; /* then its blocks, in the same way (struct call_copy) */
	char strings[];
};

/* Where a probe's arguments are in struct event_app: APP_LOAD_NS, ... */
enum app_arg {
#define ARG(ID, ARG, parameter, type, csv, key, title, meaning) APP_##ID##_##ARG,
#define ARGS(ID, name, subject, rate, text, string)                                                          \
	APP_##ID##_FIRST = -1, /* the next one is 0 */                                                       \
		PROBE_ARGS_##ID(ARG) APP_##ID##_ARGS,
	PROBES(ARGS)
#undef ARGS
#undef ARG
		APP_OFFSET = APP_HIT_OFFSET, /* the same in hit, miss, load, evict and prefetch */
	APP_SIZE = APP_HIT_SIZE,
};

#define APP_ARGS 5 /* of a record: a probe's first ones */

struct event_app {
	struct event_header head;
	__u64 bundle; /* unique within its process */
	__u64 args[APP_ARGS];
	__u32 stack; /* as of a call */
	__u16 name_bytes;
	char strings[]; /* the name */
};

/* What the counters of a model say, libpagedbundle's struct pb_model_counters. */
enum model_count {
	MODEL_HITS,
	MODEL_MISSES,
	MODEL_RELOADS,
	MODEL_EVICTIONS,
	MODEL_LOADS,
	MODEL_PREFETCHES,
	MODEL_USED,
	MODEL_WASTED,
	MODEL_SIZE, /* bytes of the model: no counter */
	MODEL_COUNTS
};

enum model_flag {
	MODEL_BASELINE =
		1,        /* as of when the tracing of its process began: to be taken away from later ones */
	MODEL_UNUSED = 2, /* in memory by a prefetch, and not asked for yet */
};

struct event_model {
	struct event_header head;
	__u64 bundle;
	__u64 counts[MODEL_COUNTS];
	__u32 flags;
	__u16 name_bytes;
	char strings[]; /* the name */
};

/* fork: the child; exec: filename, then the argument vector; exit: the status as wait() gives it. */
struct event_process {
	struct event_header head;
	__u32 child_pid;
	__u32 child_tid;
	__s32 status;
	__u32 argc;
	__u32 envc;
	char comm[16];
	__u16 string_bytes[2]; /* exec: the file; the arguments, each closed by a zero byte */
	char strings[];
};

/* head: the task that this is about. */
struct event_task {
	struct event_header head;
	__u32 own_pid, own_tid; /* in its own pid namespace */
	__u32 forked_by;        /* tid of the task whose fork event follows; 0: traced already */
	__u32 pad;
};

#define STACK_BYTES_MAX  16384
#define STACK_FRAMES_MAX 64

/* Registers and memory of a task that is in an event, for unwinding. */
struct event_user_stack {
	struct event_header head;
	__u64 ip, sp, bp, bx, r12, r13, r14, r15;
	__u16 bytes;  /* of the stack, from sp on */
	__u16 room;   /* bytes until return addresses follow ... */
	__u16 frames; /* ... so many, of 8 bytes, by frame pointers */
	__u16 probe;  /* 0: ip is behind the instruction that made a system call */
	char stack[];
};

struct event_frame {
	struct event_header head;
	__u64 address; /* in the file, as it is linked; in no file: in memory */
	__u32 id;      /* from 1 */
	__u32 line;    /* 0: not known */
	__u16 string_bytes
		[4]; /* the file with the code, its build id (20 bytes or so), function, source file */
	char strings[];
};

enum stack_flag {
	STACK_CUT = 1,   /* frames further out are missing */
	STACK_WHOLE = 2, /* all frames were asked for, not only those up to the program's own */
};

struct event_stack {
	struct event_header head;
	__u32 id;       /* from 1 */
	__u16 own;      /* the place of the innermost frame that is the program's own; STACK_NONE_OWN */
	__u16 flags;    /* enum stack_flag */
	__u32 count;    /* of frames */
	__u32 frames[]; /* ids, the innermost first */
};

#define STACK_NONE_OWN 0xffff

/* What the kernel side is told of a system call, by number. */
enum call_flag {
	CALL_WANTED = 1,      /* hand out its events */
	CALL_RETURNS_FD = 2,  /* the result is a descriptor */
	CALL_OPENS = 4,       /* that descriptor is of a new file: tell its path even if it was told before */
	CALL_FORKS = 8,       /* returns in the child too */
	CALL_FILLS_PAIR = 16, /* puts two new descriptors into its first block */
	CALL_COPIES = 32,     /* has an entry in the table of copies */
};

enum copy_flag {
	COPY_IF_DONE = 1,   /* the call fills it: only if it did not fail */
	COPY_IF_FAILED = 2, /* the call fills it when it is interrupted */
	COPY_INSIDE = 4,    /* the argument's memory holds the pointer, and the count: msghdr */
	COPY_RECORDS = 8,   /* directory entries: not they, but their number, 4 bytes */
	COPY_STRING = 16,   /* closed by a zero byte, within the limit */
};

enum copy_count {
	COUNT_LIMIT, /* all that the limit says */
	COUNT_ARG,   /* the argument `counter`; with COPY_INSIDE the 8 bytes at that offset */
	COUNT_WORD, /* the int that the argument `counter` points to; with COPY_INSIDE the one at that offset */
	COUNT_RESULT, /* what the call returns */
};

/* Memory that goes with a call's event: so many units from where an argument points to. */
struct call_copy {
	__u64 when;  /* bit n: if the argument `whether` is n modulo 64; 0: always */
	__u16 limit; /* units at most; 0: none */
	__u8 unit;   /* bytes */
	__u8 skip;   /* bytes before them */
	__u8 arg;
	__u8 whether;
	__u8 count;   /* enum copy_count */
	__u8 counter; /* an argument; with COPY_INSIDE an offset */
	__u8 flags;   /* enum copy_flag */
	__u8 inside;  /* COPY_INSIDE: the pointer's offset */
};

struct call_copies {
	struct call_copy block[CALL_BLOCKS];
};

struct call_spec {
	__u8 flags;
	__s8 fd_arg; /* index of the argument, -1 none */
	__s8 fd_arg2;
	__s8 path_arg;
	__s8 path_arg2;
};

enum task_flag {
	TASK_TRACED = 1,
	TASK_WAITS_FOR_EXEC = 2, /* traced from its next successful execve on */
	TASK_NEWBORN = 4,        /* has not returned from the call that made it */
	TASK_MEMBER = 8,  /* of those that may be traced: is or was traced, or waits until it matches */
	TASK_READER = 16, /* takes what the trace prints: never traced */
	TASK_READER_CHILDREN = 32, /* and neither are its children */
};

/* What the traced processes have in common: all of what `by` says. */
enum whom_by { WHOM_COMM = 1, WHOM_UID = 2, WHOM_CGROUP = 4 };

#define COMM_BYTES 16

struct whom {
	__u32 by;              /* enum whom_by; 0: they are not chosen so */
	__u32 uid;             /* effective */
	__u64 cgroup;          /* or one below it: its number in its hierarchy */
	__u32 hierarchy;       /* 0: version 2 */
	char comm[COMM_BYTES]; /* of the process's first thread */
};

enum trace_phase {
	TRACE_HELD, /* tasks are marked, but nothing is handed out or counted */
	TRACE_ON,
	TRACE_OVER,
};

/* The state of a task; a task without one is not traced. */
struct task_state {
	__u64 enter_ns;  /* of the call under way; 0: not seen; ENTER_UNKNOWN */
	__u64 seen_file; /* the file whose path was told last */
	__u32 flags;     /* enum task_flag */
	__u32 ended;     /* of a group's leader: the end of the group has been told */
};

/* Counted in the kernel per CPU and system call, whatever happens to the events. */
struct call_count {
	__u64 calls;
	__u64 errors;
	__u64 total_ns;
	__u64 max_ns;
};

/* An event that took long. */
struct slow {
	__u64 time_ns, duration_ns;
	__u32 pid, tid;
};

#define SLOW_KEPT 16 /* of each call */

/* A sum of squares, of 128 bits. */
struct square_sum {
	__u64 low, high;
};

/* How the times of the calls of one number are spread, on one CPU. */
struct call_spread {
	__u64 count, min_ns;
	struct square_sum squares; /* of nanoseconds */
	__u64 slow_least_ns;       /* of those that are kept the shortest, ... */
	__u32 slow_least;          /* ... and where it is */
	__u32 slow_used;
	struct slow slow[SLOW_KEPT]; /* the slowest, in no order */
};

/* Of what is counted by number and time: the buckets of spread.h. */
struct call_bucket {
	__u16 nr;
	__u16 bucket;
};

#define CALL_BUCKETS 65536 /* different ones at most: what does not fit is counted as lost */

/* How much is told of what happens often: user space asks for less where its budget would be passed. Opens,
 * errors, closes and the process layer are always told. */
enum detail {
	DETAIL_ALL,
	DETAIL_SOME,  /* of cache events one in DETAIL_ONE_IN; of calls not what their arguments point to */
	DETAIL_COUNT, /* nothing: calls are counted, and how long loads took */
	DETAILS
};
#define DETAIL_ONE_IN 17 /* a prime: events come in patterns */

/* By bundle: loads by the power of two of their nanoseconds, while nothing is told. */
struct load_key {
	__u64 bundle;
	__u64 pid;
};

#define LOAD_POWERS 64
struct load_times {
	__u64 counts[LOAD_POWERS];
};

/* bundletop --files: what a process does with a file, counted in the kernel. */
struct use_key {
	__u64 ino;
	__u32 dev;
	__u32 pid;
	__u32 generation; /* a number of an inode is used again */
	__u32 pad;
};

struct file_use {
	__u64 reads, read_bytes;
	__u64 faults; /* of mappings, on pages that were not mapped, whether they were in memory or not */
	__u64 mapped_pages; /* that faults asked for, and those around that were offered with them */
	__u64 filled_pages; /* that came into the page cache, not by writing */
	char comm[16];      /* at first */
};

/* What each CPU keeps for itself. */
struct cpu_state {
	__u64 lost[EVENT_KINDS][LOST_CAUSES];
	__u64 calls, events; /* told or not: system calls, lost or not; all others, but lost ones */
	__u64 woken_ns;
	__u32 lost_before;
	__u32 until_check; /* events until the ring's fill is looked at again */
	__u32 until_told;  /* cache events until one is told, of those that are told in part */
	__u32 pad;
};

#endif
