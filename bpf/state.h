/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the kernel side keeps: of tasks, CPUs and system calls, in maps some of which user space reads. A part of events.h,
 * which includes it. */
#ifndef BPF_STATE_H
#define BPF_STATE_H

enum task_flag {
	TASK_TRACED = 1,
	TASK_WAITS_FOR_EXEC = 2,   /* traced from its next successful execve on */
	TASK_NEWBORN = 4,          /* has not returned from the call that created it */
	TASK_MEMBER = 8,           /* may be traced: is or was traced, or is traced once it matches */
	TASK_READER = 16,          /* reads the trace's output: never traced */
	TASK_READER_CHILDREN = 32, /* its children are not traced either */
	TASK_EXECVEAT = 64,        /* executes a program by execveat */
};

/* Filters for the traced processes: all those in `by` have to match. */
enum whom_by { WHOM_COMM = 1, WHOM_UID = 2, WHOM_CGROUP = 4 };

struct whom {
	__u32 by;              /* enum whom_by; 0: no such filter */
	__u32 uid;             /* effective */
	__u64 cgroup;          /* id in its hierarchy; cgroups below it match too */
	__u32 hierarchy;       /* 0: version 2 */
	char comm[COMM_BYTES]; /* name of the process's first thread */
};

/* Of a task, while programs run at BTF tracepoints. */
enum hooks_preemption {
	PREEMPTION_UNKNOWN,
	PREEMPTION_DISABLED,
	PREEMPTION_OUTSIDE_CALLS, /* disabled at the entry and the exit of system calls, possible elsewhere */
	PREEMPTION_POSSIBLE,
};

enum trace_phase {
	TRACE_HELD, /* tasks are marked as traced, but nothing is emitted or counted */
	TRACE_ON,
	TRACE_OVER,
};

/* Which name of a file an open file has, inside the kernel: addresses, which are never emitted. */
struct name_key {
	__u64 dentry, mount; /* of the file */
	__u64 root, root_mount;
};

/* As long as nothing of this changes, the path of a name does not. */
struct name_facts {
	__u64 parent, hash_len; /* of the dentry */
	__u64 ino;
	__u32 dev;
	__u32 deleted; /* 1: it has been removed from its folder */
	__u64 moves;   /* a number that renames of its folders, and mounts, change */
};

struct file_place {
	struct name_key key;
	struct name_facts facts;
	__u64 mode;
};

/* Handlers within handlers of which is known where they return to; more may lie below. */
#define SIGNALS_KEPT 4

/* Operations of a task on a file that are summed up: those since its last record of their kind. */
struct io_run {
	__u64 inode;               /* address of the file's inode; 0: no file yet */
	__u64 next;                /* the offset at which the last operation ended */
	struct event_file_io sums; /* the header is not used */
};

/* A folio on its way into a run of pages. */
struct pages_step {
	__u64 start, bytes;        /* in the file */
	__u64 now;                 /* the time */
	__u64 back_bytes, gone_ns; /* as in struct event_pages */
	__u32 op, pad;
};

/* Pages that follow each other, and were added or deleted by one task. */
struct pages_run {
	__u64 inode;            /* address of their inode; 0: there are none */
	struct pages_step step; /* the folio at hand: the stack of the programs has no room for it */
	struct event_pages pages;
};

/* Which pages of a piece of a file the kernel has evicted, and when: one time for each 16 of them. */
#define GONE_PAGES 256 /* of a piece */
struct gone_key {
	__u64 ino;
	__u32 dev, piece;
};
struct gone {
	__u64 pages[GONE_PAGES / 64]; /* a bit for each */
	__u32 when[GONE_PAGES / 16];  /* in units of GONE_SHIFT */
};
#define GONE_PIECES 65536 /* 64 GiB in pieces of 1 MiB */

/* What a call did to a file. */
struct io_op {
	__u64 start, bytes;
	__u64 now, ns;    /* the call's end, and its duration; 0 and NO_DURATION: not known */
	__u64 wait;       /* the call waited for the disk for so long, apart from faults in it */
	__u64 before;     /* a mark of the file that the descriptor had when the call began; 0: not known */
	__u64 inode, ino; /* of its file: the inode's address and number ... */
	__u64 position;   /* ... and the position now */
	__u32 access, mode;
	__u16 direct; /* FILE_IO_DIRECT, or 0 */
	__u8 io;      /* enum call_io */
	__u8 failed;  /* it moved nothing */
};

enum io_run_of { IO_RUN_READ, IO_RUN_WRITE, IO_RUN_FAULT, IO_RUN_FILL, IO_RUNS };

/* The state of a task; a task without one is not traced. */
struct task_state {
	__u64 enter_ns; /* start of the current call; 0: not observed; ENTER_UNKNOWN */
	__u32 flags;    /* enum task_flag */
	__u32 ended;    /* in a group leader's state: the end of the group has been emitted */
	__u32 forked; /* pid of the traced child just forked, with memory of its own, for live_fork_classic; or 0 */
	__u32 seen_name; /* number of the name of the last call's file; 0: none */
	__u64 faulted; /* 1 + the faults that the task had finished when one was counted for a file; 0: none was */
	struct file_at closes; /* the file of the descriptor that the current call closes; ino 0: none */
	__s32 closing_fd;      /* that descriptor; -1: more than one */
	__u32 closing_slot;    /* where its removal from a shared table is noted, plus 1; 0: nowhere */
	__u64 closing_ns;      /* when that call began */
	__u64 closing_held;    /* 1: its file may have other users */
	__u64 length; /* what CALL_LENGTH says was there when the current call began, plus 1; 0: not known */
	__u64 timeout
		[2]; /* CALL_TIMEOUT: what was there when the current call began, where `length` is not 0 */
	struct file_place seen;  /* the last call's file */
	struct file_place place; /* of the file at hand: the stack of the programs has no room for it */
	struct file_at other;    /* the other file of the call at hand, likewise */
	__u64 last_ns;           /* end of the last call, kept while descriptors can change under a call */
	__u64 entered_with; /* a mark of the file of the current call's descriptor when it began; 0: none */
	__u64 interrupted
		[SIGNALS_KEPT]; /* stack pointers where signals interrupted it, until the handlers return */
	__u32 signals;          /* delivered to handlers so far */
	__u64 closing_inode;    /* address of the inode of `closes`; 0: none */
	__u64 io_paid_ns;       /* records of runs that end at another place are paid for up to this time */
	__u64 fault_begun;      /* the value of `faulted` for the fault that began last ... */
	__u64 fault_ns;         /* ... and when it began; 0: it has ended */
	__u64 fault_start, fault_bytes; /* what it asked for, in the file */
	__u64 fault_waited;             /* it waited for the disk for so long */
	__u32 fault_flags;              /* enum fault_flag */
	__u32 fault_pad;
	__u64 wait_from;              /* the task waits for the disk since then; 0: it does not */
	__u64 off_from;               /* it is off the CPU since then, and that is told; 0: it is not */
	__u64 off_woken;              /* since then it has only waited for a CPU; 0: it has not been woken */
	__u32 off_nr;                 /* as in struct event_sched ... */
	__u16 off_reason, off_within; /* ... likewise */
	__u32 loading, load_pad;      /* 1: it loads a model of a bundle */
	__u64 waited_ns;              /* for the disk, in the current call, apart from faults */
	struct io_op op;              /* the call at hand */
	struct io_run runs[IO_RUNS];  /* by enum io_run_of; changed by the task itself alone */
	struct pages_run added;
};

/* Asked of find_task. */
struct task_question {
	__s32 pid;
	__u32 flags; /* the answer: those of the task's state; 0: it has none */
};

/* Counted in the kernel for each CPU and system call, whether or not events are emitted or lost. */
struct call_count {
	__u64 calls;
	__u64 errors;
	__u64 total_ns;
	__u64 max_ns;
};

/* One of the slowest calls. */
struct slow {
	__u64 time_ns, duration_ns;
	__u32 pid, tid;
};

#define SLOW_KEPT 16 /* for each system call */

/* A sum of squares, in 128 bits. */
struct square_sum {
	__u64 low, high;
};

/* The distribution of the durations of one system call on one CPU. */
struct call_spread {
	__u64 count, min_ns;
	struct square_sum squares; /* of nanoseconds */
	__u64 slow_shortest_ns;    /* shortest duration in `slow` ... */
	__u32 slow_shortest;       /* ... and its index */
	__u32 slow_used;
	struct slow slow[SLOW_KEPT]; /* the slowest calls, unordered */
};

/* Key of the histogram of durations: a system call and a bucket of spread.h. */
struct call_bucket {
	__u16 nr;
	__u16 bucket;
};

#define CALL_BUCKETS 65536 /* maximum number of keys: calls beyond them are counted as lost */

/* How much of the frequent events is emitted; user space lowers it to keep within its budget. Opens, errors,
 * closes and the process layer are always emitted. */
enum detail {
	DETAIL_ALL,
	DETAIL_SOME,  /* cache events: one in DETAIL_ONE_IN; calls: without the memory at their arguments */
	DETAIL_COUNT, /* none: calls and the durations of loads are counted */
	DETAILS
};
#define DETAIL_ONE_IN 17 /* a prime, since events come in periodic patterns */

/* A process's lists of open bundles: one for each copy of the library that it has mapped. Unused ones are 0. */
#define LIVE_LISTS 8
struct live_lists {
	__u64 list[LIVE_LISTS];
};

/* Loads of a bundle by the power of two of their nanoseconds, counted while loads are not emitted. */
struct load_key {
	__u64 bundle;
	__u64 pid;
};

#define LOAD_POWERS 64
struct load_times {
	__u64 counts[LOAD_POWERS];
};

/* bundletop --files: the use of a file by a process, counted in the kernel. */
struct use_key {
	__u64 ino;
	__u32 dev;
	__u32 pid;
	__u32 generation; /* tells inodes apart that had the same number */
	__u32 pad;
};

struct file_use {
	__u64 reads, read_bytes;
	__u64 faults;       /* in mappings, that looked into the page cache */
	__u64 maps;         /* calls of mmap */
	__u64 filled_pages; /* added to the page cache other than by writing */
	__u64 other_pages; /* those of them that were added for what is not counted: io_uring and io_submit */
	char comm[16];     /* when the file was first used */
};

/* State of each CPU. */
struct cpu_state {
	__u64 lost[EVENT_KINDS][LOST_CAUSES];
	__u64 calls;  /* system calls, emitted or not, including lost ones */
	__u64 events; /* events of all other kinds, emitted or not, without lost ones */
	__u64 reads;  /* reads by processes that use model files, with --files */
	__u64 woken_ns;
	__u32 lost_before;
	__u32 until_check;   /* events until the fill level of the ring is checked again */
	__u32 until_emitted; /* at DETAIL_SOME: cache events until one is emitted */
	__u32 pad;
};

#endif
