/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the exerciser: model.c predicts the state of descriptors, steps.c makes the calls, main.c creates
 * the tasks, log.c writes the log. */
#ifndef TESTS_EXERCISER_H
#define TESTS_EXERCISER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TASKS_MAX   64
#define FDS_MAX     20
#define FDS_SOME    (FDS_MAX - 4) /* with this many open, no step opens another */
#define NAMES       7
#define POS_UNKNOWN (-1)

struct inode {
	uint64_t dev, ino;
	int64_t size;
	bool regular;
};

/* A name of an inode. Open files keep the one they were opened by: it follows a rename, and stays when it is removed. */
struct name {
	struct inode *inode;
	const char *path; /* absolute */
};

struct open_file {
	struct inode *inode;
	struct name *name;
	int64_t pos;
	int flags;
};

/* A set of file names that only the tasks of one world use; only one task of a world runs at a time. */
struct world {
	const char *names[NAMES]; /* as passed, relative or absolute */
	struct name *files[NAMES];
};

struct file_then {
	const struct inode *inode; /* NULL: none */
	const char *path;
	int64_t pos;
};

struct record {
	struct record *next;
	const struct call *call;
	long args[6], result;
	struct file_then file, other;
};

struct task {
	struct record *first, *last;
	struct world *world;
	uint64_t random;
	int tid, depth, index; /* index: among the threads that share a table of descriptors */
	int alive;             /* of a thread; the kernel clears it at its end */
	int count;
	struct {
		int fd;
		struct open_file *file;
	} fds[FDS_MAX];
};

/* Memory shared by all tasks; nothing is freed before the end of the seed. */
struct arena {
	size_t used;
	int count;
	struct task *tasks[TASKS_MAX];
	char failed[200];
};

extern struct arena *arena;
extern uint64_t seed;
extern char here[PATH_MAX]; /* the current directory */

bool arena_new(void);
void arena_clear(void);
void *take(size_t bytes);

/* Ends the task: the model and the kernel disagree. */
void fail(const char *what, long is, long expected);

long below(struct task *t, long bound); /* a random number */

struct open_file *file_of(const struct task *t, long fd); /* NULL: not open */
void forget(struct task *t, long fd);
void keep(struct task *t, long fd, struct open_file *file);
struct open_file *new_file(struct name *name, int flags);
struct inode *new_inode(bool regular);
struct name *new_name(struct inode *inode, const char *path);
const char *absolute(const char *path);
void see(const struct task *t, long fd, struct file_then *then);

/* ---- calls ---- */

/*
 * `args` has a letter for each argument: d descriptor, D directory's descriptor, n number, p path, b buffer,
 * x address, - not logged; other letters name a table of words (log.c). A first `R`: the call returns a descriptor.
 */
struct call {
	long nr;
	const char *name, *args;
};

/* Indices in calls[]. */
enum {
	C_openat,
	C_close,
	C_read,
	C_write,
	C_pread64,
	C_pwrite64,
	C_readv,
	C_writev,
	C_preadv,
	C_lseek,
	C_dup,
	C_dup2,
	C_dup3,
	C_fcntl,
	C_fstat,
	C_ftruncate,
	C_truncate,
	C_rename,
	C_unlink,
	C_link,
	C_linkat,
	C_symlink,
	C_rmdir,
	C_readlink,
	C_stat,
	C_access,
	C_pipe2,
	C_socketpair,
	C_sendmsg,
	C_recvmsg,
	C_sendfile,
	C_mmap,
	C_munmap,
	C_clone,
	C_wait4,
	C_gettid,
	C_futex,
	C_exit,
	C_exit_group,
};

extern const struct call calls[];

long raw(long nr, const long a[6]);
struct record *record_new(struct task *t, int id, const long args[6]);

/* begin() makes a call and records it; seen() records the files involved, once the model has been updated. */
long begin(struct task *t, int id, const long args[6]);
long seen(struct task *t);

#define BEGIN(t, name, ...) begin(t, C_##name, (const long[6]){ __VA_ARGS__ })
#define CALL(t, name, ...)  (BEGIN(t, name, __VA_ARGS__), seen(t))
#define POINTER(p)          ((long)(p))

/* ---- steps: each makes one to about ten calls ---- */

typedef void (*step)(struct task *t);

bool steps_prepare(void);
step draw_step(struct task *t); /* a step that creates no task */
void close_fd(struct task *t, long fd);

void put_log(FILE *log);

#endif
