/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The interface between the kernel side and user space: the records emitted to the rings, the values of the maps,
 * and the settings. Plain structs of fixed-width types. Every record starts with struct event_header, which
 * contains the record's size.
 */
#ifndef BPF_EVENTS_H
#define BPF_EVENTS_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#include "kinds.def"

#define SYSCALL_MAX   512     /* places in tables of system calls, by number; the last one: */
#define SYSCALL_OTHER 511     /* for all numbers from this on. The call's record has the number in file.pos */
#define NO_DURATION   (~0ULL) /* the start of the call was not observed */
#define ENTER_UNKNOWN 1       /* task_state.enter_ns: the call had started before its task was traced */
#define STRING_CUT    0x8000  /* in a length: the string was longer, the rest is missing */
#define STRING_HERE   0x4000  /* in a length: a string is present, though it may be empty */
#define STRING_LENGTH 0x3fff  /* in a length: mask of the number of bytes that follow */
#define PATH_BYTES    4096
#define PATH_DELETED  0x2000 /* in the length of a path: the file has been removed from its folder */
#define CALL_BLOCKS   4      /* copies, at most, of memory that a call's arguments point to */

/* Flag in a probe's cookie, beside its event_kind: the function keeps a frame pointer, from which the seventh
 * argument is found. */
#define PROBE_FRAMED 0x100u

/* A result that no call returns: the call had not returned when the trace ended. */
#define RESULT_UNFINISHED ((__s64)(1ULL << 63))

/* Likewise: an execve or execveat that succeeds. Its record, with what the caller passed, precedes the exec event;
 * that of its return follows. Its first block is the number of variables in the environment. */
#define RESULT_EXECUTING ((__s64)((1ULL << 63) + 1))

/* In the file.pos of a SYSCALL_OTHER record: the number is one of the 32-bit table. */
#define NUMBER_ABI32 (1LL << 32)

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

/* A set of kinds has one bit for each. */
#define KIND_BIT(kind) (1ULL << (kind))

/* Why an event that happened is missing from the stream. */
enum lost_cause {
	LOST_RING_FULL, /* user space did not keep up */
	LOST_STATE,     /* no memory for a task's state: its events are not observed */
	LOST_ABI32,     /* a 32-bit system call: its numbers have another table */
	LOST_SKIPPED,   /* the kernel skipped the hook: on that CPU it, or another, had been preempted */
	LOST_DAMAGED,   /* recorded, but in a part of the recording that is damaged or missing */
	LOST_CAUSES
};

struct event_header {
	__u64 time_ns; /* CLOCK_MONOTONIC, at the end of the event */
	__u32 pid;     /* thread group; pid and tid are those of the tracer's pid namespace */
	__u32 tid;
	__u16 size;        /* bytes of this record */
	__u16 kind;        /* enum event_kind */
	__u32 lost_before; /* events that this ring lost since the one before this in it */
};

/* The identity of an open file in the kernel. ino 0: no file (a bad descriptor, or none). */
struct file_id {
	__u64 ino;
	__u32 dev;  /* the kernel's encoding: major << 20 | minor */
	__u16 mode; /* S_IFMT and permissions */
	__u16 name; /* tells the names of an inode apart: a number that struct event_file gives a path; 0: none */
};

struct file_at {
	struct file_id id;
	__s64 pos; /* the file's position after the call */
};

struct event_file {
	struct event_header head;
	struct file_id id;
	__u16 path_bytes; /* with STRING_CUT and PATH_DELETED */
	char strings[];   /* the path, absolute within the task's root unless cut; empty for pipes, sockets */
};

/* Two cache lines together with the ring buffer's header: bursts of calls consist of this record. */
struct event_syscall {
	struct event_header head;
	__u64 args[6];
	__s64 result;
	__u64 duration_ns;
	struct file_at file; /* the call's (first) file descriptor */
	__u16 nr;
	__u16 more; /* 1: the record is a struct event_syscall_more */
	__u32 stack; /* 0: none; STACK_LEFT_OUT; else the mark from stack_emit(), which user space replaces by the
			stack's id */
};

/* A slot in a CPU's ring of plain calls: two cache lines. */
struct call_slot {
	struct event_syscall call;
	__u64 pad;
};

/* A ring of such slots: the kernel side writes, user space reads. Positions only grow; the slot of a position is
 * first + position % slots. */
struct call_ring {
	__u64 reserved;    /* slots before this position are filled or being filled */
	__u64 written;     /* slots before this position can be read */
	__u64 read_before; /* the writer's copy of `read`, refreshed when the ring seems full */
	__u32 first;       /* index in call_slots; user space sets `first` and `slots` once */
	__u32 slots;       /* a power of two; 0: this CPU has no ring */
	__u64 lost;        /* calls dropped because the ring was full */
	__u64 lost_before; /* calls dropped since the last one that was stored */
	__u64 pad[2];
	__u64 read; /* position of user space, in a cache line of its own */
	__u64 pad2[7];
};

/* A call that takes paths or two descriptors, returns one or two, or whose arguments point to other memory. */
struct event_syscall_more {
	struct event_syscall call;
	struct file_at
		other; /* of the (second) returned descriptor, or else of the second one passed; of dup2 and
			         dup3: of the descriptor that was replaced, if it was open */
	__u16 string_bytes[2];          /* lengths of the first and second path; 0: none, or not readable */
	__u16 block_bytes[CALL_BLOCKS]; /* lengths of the blocks (struct call_copy), likewise */
	char strings[];                 /* the paths, then the blocks */
};

/* Index of each probe's arguments in event_app.args: APP_LOAD_NS, ... */
enum app_arg {
#define ARG(ID, ARG, parameter, type, csv, key, title, meaning) APP_##ID##_##ARG,
#define ARGS(ID, name, subject, rate, text, string)                                                          \
	APP_##ID##_FIRST = -1, /* the next one is 0 */                                                       \
		PROBE_ARGS_##ID(ARG) APP_##ID##_ARGS,
	PROBES(ARGS)
#undef ARGS
#undef ARG
		APP_OFFSET = APP_HIT_OFFSET, /* the same index in hit, miss, load, evict and prefetch */
	APP_SIZE = APP_HIT_SIZE,
};

#define APP_ARGS 5 /* a record contains at most this many of a probe's arguments, the first ones */

struct event_app {
	struct event_header head;
	__u64 bundle; /* unique within its process */
	__u64 args[APP_ARGS];
	__u32 stack; /* as in struct event_syscall */
	__u16 name_bytes;
	char strings[]; /* the name */
};

/* Index of the counters of a model (libpagedbundle's struct pb_model_counters) in event_model.counts. */
enum model_count {
	MODEL_HITS,
	MODEL_MISSES,
	MODEL_RELOADS,
	MODEL_EVICTIONS,
	MODEL_LOADS,
	MODEL_PREFETCHES,
	MODEL_USED,
	MODEL_WASTED,
	MODEL_SIZE, /* bytes of the model; not a counter */
	MODEL_COUNTS
};

enum model_flag {
	MODEL_BASELINE = 1, /* counts when the tracing of the process began: subtracted from later counts */
	MODEL_UNUSED = 2,   /* prefetched into memory and not requested since */
};

struct event_model {
	struct event_header head;
	__u64 bundle;
	__u64 counts[MODEL_COUNTS];
	__u32 flags;
	__u16 name_bytes;
	char strings[]; /* the name */
};

/* fork: the child; exec: the file, then the argument vector; exit: the status as wait() reports it. */
struct event_process {
	struct event_header head;
	__u32 child_pid;
	__u32 child_tid;
	__s32 status;
	__u32 argc;
	__u32 envc;
	char comm[16];
	__u16 string_bytes
		[2]; /* exec: lengths of the file and of the arguments, each closed by a zero byte */
	char strings[];
};

#define COMM_BYTES 16

/* What a task is called; the task itself is that of the header. */
struct event_task {
	struct event_header head;
	__u32 own_pid, own_tid; /* in its own pid namespace; 0: that is the tracer's */
	__u32 forked_by;        /* tid of the task whose fork event follows; 0: no fork event follows */
	__u32 pad;
	char comm
		[COMM_BYTES]; /* of a process; absent in older recordings; empty: of a thread, or in its fork event */
};

#define STACK_BYTES_MAX  16384
#define STACK_FRAMES_MAX 64

/* Registers and stack memory of a task at an event, for unwinding. */
struct event_user_stack {
	struct event_header head;
	__u64 ip, sp, bp, bx, r12, r13, r14, r15;
	__u16 bytes;  /* of the stack, from sp on */
	__u16 room;   /* offset of the return addresses in `stack` */
	__u16 frames; /* number of return addresses, of 8 bytes each, found by frame pointers */
	__u16 probe;  /* 0: ip is the instruction after the one that made a system call */
	char stack[];
};

struct event_frame {
	struct event_header head;
	__u64 address; /* as linked, in the file; an address in memory if the code is in no file */
	__u32 id;      /* from 1 */
	__u32 line;    /* 0: not known */
	__u16 string_bytes[4];
	char strings
		[]; /* the file with the code, its build id (about 20 bytes), the function, the source file */
};

enum stack_flag {
	STACK_CUT = 1,   /* the outermost frames are missing */
	STACK_WHOLE = 2, /* all frames were requested, not only those up to the program's own */
};

struct event_stack {
	struct event_header head;
	__u32 id;       /* from 1 */
	__u16 own;      /* index of the innermost frame in the program's own code; STACK_NONE_OWN */
	__u16 flags;    /* enum stack_flag */
	__u32 count;    /* number of frames */
	__u32 frames[]; /* ids, the innermost first */
};

#define STACK_NONE_OWN 0xffff

/* In place of a mark or an id: the event's stack was left out, since there were too many to keep up with. Marks are
 * odd, and ids below this. */
#define STACK_LEFT_OUT 0xfffffffe

/* The models or tensors of a file, as its header had them when calls on it were seen: in as many records, one behind
 * the other, as they need. They replace those that were given before. */
struct event_names {
	struct event_header head;
	struct file_id id;
	__u32 count;   /* in all the records; 0: none are known any more */
	__u32 from;    /* the number of the first one here */
	__u32 here;    /* how many are here */
	char ranges[]; /* user/record/names_record.h */
};

/* A file by inode and device, or a bundle by id and process, whose events are not shown, or are. */
struct stack_skip_key {
	__u64 id, owner;
};

#define STACK_SKIP_FILE(dev)   ((__u64)(dev))
#define STACK_SKIP_BUNDLE(pid) (1ULL << 63 | (pid))

enum { STACK_SKIP = 1, STACK_KEEP };

/* Properties of a system call, by number (struct call_spec). */
enum call_flag {
	CALL_WANTED = 1,      /* emit or count it */
	CALL_RETURNS_FD = 2,  /* the result is a descriptor */
	CALL_OPENS = 4,       /* that descriptor is of a new file: report its path even if reported before */
	CALL_FORKS = 8,       /* also returns in the child */
	CALL_FILLS_PAIR = 16, /* stores two new descriptors in its first block */
	CALL_COPIES = 32,     /* has an entry in call_copies */
	CALL_UNSELECTED = 64, /* no selection of files shows it: it has neither a descriptor nor a path */
	CALL_MAYBE = 128,     /* may be wanted as a 32-bit call, or as execveat that looks like execve */
	CALL_CLOSES = 256,    /* closes descriptors: close, dup2, dup3, close_range */
	CALL_TIMEOUT =
		1024, /* with CALL_LENGTH: what is kept of the entry is a timeout, which the call lowers */
	CALL_LENGTH = 512, /* replaces the size of a buffer, an int, by the size of what it has for it */
};

enum copy_flag {
	COPY_IF_DONE = 1,   /* output of the call: copied only if it succeeds */
	COPY_IF_FAILED = 2, /* output of an interrupted call: copied only if it fails */
	COPY_INSIDE = 4,    /* the argument points to a struct with the pointer and the count: msghdr */
	COPY_RECORDS = 8,   /* directory entries: only their number is stored, in 4 bytes */
	COPY_STRING = 16,   /* closed by a zero byte, within the limit */
	COPY_POINTED = 32,  /* pointers, each to one unit: the units are copied */
	COPY_TIMEOUT = 128, /* CALL_TIMEOUT: the time as it was at the entry, and as it is after the call */
	COPY_LENGTH = 64,   /* CALL_LENGTH: task_state's length is put into the block, at byte `inside` */
};

enum copy_count {
	COUNT_LIMIT, /* always `limit` */
	COUNT_ARG,   /* the argument `counter`; with COPY_INSIDE the 8 bytes at offset `counter` */
	COUNT_WORD, /* the int that the argument `counter` points to; with COPY_INSIDE the one at that offset */
	COUNT_RESULT, /* the result of the call */
	COUNT_INT,    /* the argument `counter`, an int; none if it is negative */
	COUNT_UINT,   /* the argument `counter`, an unsigned int */
	COUNT_PAGES,  /* one for each page of as many bytes as the argument `counter` says */
	COUNT_MASK,   /* the task's own mask of signals, after the call: no memory of the caller */
	COUNT_BITS,   /* words of 64 bits, for one bit less than the argument `counter`: node masks */
};

/* Memory to copy into a call's event: a number of units at the address in an argument. */
struct call_copy {
	__u64 when;  /* bit n: copied if the argument `whether` is n modulo 64; 0: always copied */
	__u16 limit; /* maximum number of units; 0: no copy */
	__u8 unit;   /* bytes of a unit */
	__u8 skip;   /* bytes before the first unit */
	__u8 arg;
	__u8 whether;
	__u8 count;   /* enum copy_count */
	__u8 counter; /* index of an argument; with COPY_INSIDE an offset */
	__u8 flags;   /* enum copy_flag */
	__u8 inside;  /* COPY_INSIDE: offset of the pointer; COPY_LENGTH: of that size */
};

struct call_copies {
	struct call_copy block[CALL_BLOCKS];
};

/* What a call does to the file of its descriptor, for the sums of operations. */
enum call_io {
	CALL_IO_NONE,
	CALL_IO_OTHER,    /* moves no bytes */
	CALL_IO_READ,     /* at the file's position */
	CALL_IO_READ_AT,  /* at the offset in its fourth argument; -1: at the file's position */
	CALL_IO_WRITE,    /* likewise */
	CALL_IO_WRITE_AT, /* likewise */
	CALL_IO_OPEN,     /* its result is the descriptor */
	CALL_IO_MAP,
	CALL_IO_COPY, /* from a file to another: sendfile, splice, copy_file_range */
};

struct call_spec {
	__u16 flags;
	__s8 fd_arg; /* index of the argument; -1: none */
	__s8 fd_arg2;
	__s8 path_arg;
	__s8 path_arg2;
	__s8 command_arg; /* the argument that decides what the others are (command_copies); -1: none */
	__u8 io;          /* enum call_io */
	__u8 length_arg;  /* CALL_LENGTH: the argument that points to that size, and ... */
	__u8 length_at;   /* ... how many bytes before it */
};

/* A call with a command, such as ioctl and its request, as the key of command_copies. */
#define COMMAND_KEY(nr, command) ((__u64)(nr) << 32 | (__u32)(command))
#define COMMANDS_MAX             1024

#include "events_io.h"

/* ---- phases: what a map of probes (docs/probes.md) marks in programs that have no probes of libpagedbundle ---- */

#define PHASES_MAX      256  /* in all maps of a run */
#define PHASE_ARGS      6    /* numeric arguments of a phase */
#define PHASE_STRING    256  /* bytes of its string; a power of two */
#define PHASE_DEPTH     4    /* phases of a task, one inside the other, whose start is remembered */
#define PHASE_SITES_MAX 4096 /* places in code that are probed */

/* What a number is, and so how it is read and written. */
enum phase_type {
	PHASE_NONE,
	PHASE_U8,
	PHASE_U16,
	PHASE_U32,
	PHASE_U64,
	PHASE_S8,
	PHASE_S16,
	PHASE_S32,
	PHASE_S64,
	PHASE_BOOL,
	PHASE_POINTER,
	PHASE_TYPES
};

enum phase_flag {
	PHASE_UNSTARTED =
		1, /* its start was not observed: no duration, no arguments from there, nothing summed up */
	PHASE_IS_POINT = 2,   /* it has no end: no duration */
	PHASE_UNFINISHED = 4, /* it had not ended when the trace did */
	PHASE_READS = 8,      /* `reads` and `read_bytes` are known ... */
	PHASE_STORAGE = 16,   /* ... and `storage_bytes` */
};

/* A phase, when it ended. What its task did meanwhile includes phases inside it. */
struct event_phase {
	struct event_header head;
	__u64 duration_ns; /* NO_DURATION: a point, or PHASE_UNSTARTED */
	__u64 args[PHASE_ARGS];
	__s64 result;        /* of the function */
	__u64 reads;         /* calls that read, of the task */
	__u64 read_bytes;    /* what they returned */
	__u64 storage_bytes; /* that the task had read from storage */
	__u32 major, minor;  /* page faults of the task */
	__u16 phase;         /* its number, of struct event_phase_map */
	__u16 flags;         /* enum phase_flag */
	__u16 string_bytes;
	char strings[]; /* the string */
};

/* Strings of struct event_phase_map. */
enum phase_name {
	PHASE_NAME_MAP,
	PHASE_NAME,
	PHASE_NAME_STRING,
	PHASE_NAME_ARGS,
	PHASE_NAMES = PHASE_NAME_ARGS + PHASE_ARGS
};

/* What a phase is called, and its arguments. */
struct event_phase_map {
	struct event_header head;
	__u16 phase;
	__u8 result; /* enum phase_type */
	__u8 found;  /* 1 + the argument that is true for a hit of a cache, false for a miss; 0: none */
	__u8 types[PHASE_ARGS];
	__u16 at_done; /* bit i: argument i is known at the end alone; bit PHASE_ARGS: the string is */
	__u16 string_bytes[PHASE_NAMES];
	char strings[];
};

enum phase_role {
	PHASE_POINT,
	PHASE_START,
	PHASE_DONE,
	PHASE_DONE_IF_STARTED, /* it comes without a start too, and is no end then */
};
enum phase_from { PHASE_FROM_NOWHERE, PHASE_FROM_CONSTANT, PHASE_FROM_REGISTER, PHASE_FROM_MEMORY };

/* Where a value is found at a probe. */
struct phase_value {
	__u64 number;      /* the constant, or what is added to the address */
	__u16 base, index; /* registers: offsets in struct pt_regs */
	__u8 from;         /* enum phase_from */
	__u8 indexed; /* 0: the address has no index; else 1 + the power of two that the index is multiplied with */
	__u8 bytes; /* of the value: 1, 2, 4 or 8 */
	__u8 is_signed;
};

/* A place in code that is probed; its cookie is its number. */
struct phase_site {
	__u16 phase;
	__u8 role; /* enum phase_role */
	__u8 pad[5];
	struct phase_value args[PHASE_ARGS], string, result;
};

/* A phase that has begun. */
struct phase_frame {
	__u64 time_ns; /* 0: this one is free */
	__u64 sp;      /* the stack pointer when it began */
	__u64 args[PHASE_ARGS];
	__u64 string_at; /* address of the string that could not be read yet; 0: none */
	__u64 reads, read_bytes, storage_bytes; /* of the task, up to then */
	__u64 major, minor;
	__u16 phase;
	__u16 string_bytes;
	__u32 pad;
	char string[PHASE_STRING];
};

/* Those of a task, in no order. */
struct phase_frames {
	struct phase_frame frames[PHASE_DEPTH];
};
#include "state.h"

#endif
