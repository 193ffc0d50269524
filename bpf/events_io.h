/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The records of the layers below the system calls: sums of operations by file, requests of io_uring, page faults,
 * requests to disks, times off the CPU. A part of events.h, which includes it.
 */
#ifndef BPF_EVENTS_IO_H
#define BPF_EVENTS_IO_H

enum file_io_op {
	FILE_IO_READ,  /* calls that read; `count` of them */
	FILE_IO_WRITE, /* calls that write */
	FILE_IO_MAP,   /* mmap of the range */
	FILE_IO_FAULT, /* page faults in a mapping of the range */
	FILE_IO_FILL,  /* pages of the range added to the page cache, other than by writing */
	FILE_IO_OPS
};

enum file_io_flag {
	FILE_IO_SCATTERED =
		1, /* the operations are not next to each other: `bytes` is their sum, `start` means nothing */
	FILE_IO_DIRECT = 2, /* with O_DIRECT */
};

#define IO_SPREAD 32 /* buckets of durations: half powers of two ... */
#define IO_SPREAD_FIRST                                                                                      \
	7 /* ... from 2^7 ns on; the first and the last one have all that is below and above */

/* A sum of operations of a task on a file: of one kind, each beginning where the one before ended. It is emitted when
 * that ends: by another file or place, a long operation, or the end of the task or of the trace. */
struct event_file_io {
	struct event_header head; /* the time is that of the record, soon after its last operation's end */
	struct file_id id;
	__u16 op;    /* enum file_io_op */
	__u16 flags; /* enum file_io_flag */
	__u32 count; /* operations that had a result: calls that moved bytes or reached the end, faults, mappings */
	__u64 start; /* in the file */
	__u64 bytes;
	__u64 begun_ns; /* when the first of them began; 0: not known */
	__u64 ended_ns; /* when the last of them ended; 0: not known, before the record */
	__u64 total_ns,
		max_ns; /* of those operations, as far as they are timed; of faults: of the major ones, and waits of others */
	__u64 wait_ns; /* of this: the task waited for the disk */
	__u32 major;   /* faults that had to read */
	__u32 opens;   /* times the file was opened by the task before or meanwhile */
	__u32 others,
		errors; /* other calls on the file (lseek, fstat, close, ...); calls on it that failed */
	__u64 others_ns;
	__u8 spread
		[IO_SPREAD]; /* the durations of `count` operations, where there is more than one; none reaches 255 */
};

enum uring_flag {
	URING_DIRECT = 1,     /* the file is open with O_DIRECT */
	URING_NO_OFFSET = 2,  /* it is not about bytes at a place of a file, or the place is not known */
	URING_UNSUBMITTED = 4 /* its submission was not observed: no duration */
};

/* A request of io_uring, when it completed. pid and tid are those of the task that submitted it. */
struct event_uring {
	struct event_header head;
	struct file_id id;
	__u64 start; /* in the file */
	__s64 result;
	__u64 duration_ns; /* from its submission on; NO_DURATION */
	__u64 user_data;
	__u32 length; /* bytes asked for */
	__u8 opcode;  /* enum io_uring_op */
	__u8 flags;   /* enum uring_flag */
	__u16 pad;
};

enum fault_flag {
	FAULT_MAJOR = 1,  /* its page had to be read */
	FAULT_AROUND = 2, /* its page was cached: which one of the range it is cannot be told */
};

/* A page fault in a mapping of a file, at its end. */
struct event_fault {
	struct event_header head;
	struct file_id id;
	__u64 start, bytes; /* in the file: its page; FAULT_AROUND: the pages that it may map at once */
	__u64 address;      /* in the process's memory; 0: not known */
	__u64 duration_ns;
	__u64 wait_ns; /* of it: the task waited for the disk */
	__u32 flags;   /* enum fault_flag */
	__u32 pad;
};

/* What became of pages: P(ID, word) */
#define PAGES_OPS(P)                                                                                         \
	P(ADDED, added)           /* for what was asked for, or where that cannot be told apart */           \
	P(READ_AHEAD, read_ahead) /* beyond what the call or fault asked for */                              \
	P(WRITTEN, written)       /* added by a call that writes to them */                                  \
	P(EVICTED, evicted)       /* deleted by the kernel, to make room */                                  \
	P(DROPPED, dropped)       /* by fadvise, or by drop_caches */                                        \
	P(REMOVED, removed)       /* with their part of the file, or with the file */                        \
	P(DELETED, deleted)       /* for a reason that cannot be told */

enum pages_op {
#define PAGES_ID(ID, word) PAGES_##ID,
	PAGES_OPS(PAGES_ID)
#undef PAGES_ID
		PAGES_OPS_COUNT
};

/* Evicted pages are remembered with a time in these units. */
#define GONE_SHIFT 20 /* of nanoseconds, as a power of two: about a millisecond */

/* Pages of a file that follow each other, and that a task added to the page cache, or that were deleted from it. pid and
 * tid are those of that task. */
struct event_pages {
	struct event_header head; /* the time is that of the record, which is made when the run ends */
	struct file_id id;
	__u64 start, bytes;      /* in the file */
	__u64 first_ns, last_ns; /* of the first and the last of them */
	__u64 back_bytes;        /* added: pages of it that the kernel had evicted before, ... */
	__u64 gone_ns;           /* ... so long ago; of all of them within the same power of two */
	__u32 folios;
	__u16 op; /* enum pages_op */
	__u16 pad;
	char comm[16]; /* deleted: the task's name */
};

enum block_op { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD, BLOCK_ZEROES, BLOCK_OTHER, BLOCK_OPS };

enum block_flag {
	BLOCK_RAHEAD = 1,       /* it reads ahead of what was asked for */
	BLOCK_DIRECT = 2,       /* with O_DIRECT */
	BLOCK_FAILED = 4,       /* the device reports an error */
	BLOCK_NOT_FIRST = 8,    /* of the same request as the record before of its CPU and device ... */
	BLOCK_SAME_FILE = 16,   /* ... and of the same file, or of none either */
	BLOCK_OTHERS = 32,      /* its submitter is not traced, but a traced task has used the file */
	BLOCK_UNSUBMITTED = 64, /* its submission was not observed: no pid, no tid, no queue time */
	BLOCK_FUA = 128,        /* written through the device's cache */
};

/* Why bytes of a request have no file. */
enum block_untied {
	BLOCK_TIED,
	BLOCK_DEVICE, /* pages of the device itself: metadata of a file system, or the device read as a file */
	BLOCK_ANONYMOUS, /* memory of a program: O_DIRECT whose file is not known, or swap */
	BLOCK_UNNAMED,   /* memory of the kernel: compressed or encrypted data, journals, other metadata */
	BLOCK_NO_DATA,   /* it moves none: flush, discard */
	BLOCK_UNTIED_REASONS
};

/* The bytes of a request to a disk that are next to each other in a file, when it completed. A request has one such
 * record for each range; their bytes add up to its own. pid and tid are those of the task that submitted it. */
struct event_block {
	struct event_header head;
	struct file_id id; /* ino 0: not tied */
	__u64 start;       /* in the file */
	__u64 bytes;
	__u64 sector;        /* where they are on the device, in 512 bytes */
	__u64 request_bytes; /* of the whole request */
	__u64 queue_ns;      /* from its submission to its issue to the device; NO_DURATION */
	__u64 service_ns;    /* from there to its completion; NO_DURATION */
	__u32 dev;           /* the disk: major << 20 | minor */
	__u16 flags;         /* enum block_flag */
	__u8 op;             /* enum block_op */
	__u8 untied;         /* enum block_untied */
};

enum off_reason {
	OFF_DISK,     /* it waited for the disk, or for another's read of it */
	OFF_RUNNABLE, /* another task got its CPU, without it having to wait for anything */
	OFF_OTHER,    /* it waited for something else: a lock, a futex, a pipe, a timer */
	OFF_REASONS
};

enum off_within {
	OFF_IN_USER, /* its own code, in a load */
	OFF_IN_CALL,
	OFF_IN_FAULT,
	OFF_WITHIN
};

/* A time that a thread was off the CPU, when it got one again: blocked, then runnable, until it ran. */
struct event_sched {
	struct event_header head;
	__u64 blocked_ns;  /* until it was woken */
	__u64 runnable_ns; /* from there on, or from when it was preempted on */
	__u32 nr;          /* OFF_IN_CALL: of the call, below SYSCALL_MAX; else, or not known: SYSCALL_MAX */
	__u16 reason;      /* enum off_reason */
	__u16 within;      /* enum off_within */
};

/* What is known of a request since its issue. */
struct block_issue {
	__u64 ns;
	__u64 bio, sector; /* its first bio: an address */
	__u64 traced;      /* 1: a traced task submitted that */
};

#endif
