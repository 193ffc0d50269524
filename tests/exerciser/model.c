/* SPDX-License-Identifier: BSD-2-Clause */
/* The model of each task's descriptors, and the making and recording of a call. */
#include "exerciser.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARENA_BYTES (64ul << 20)

struct arena *arena;
uint64_t seed;
char here[PATH_MAX];

bool arena_new(void)
{
	arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return arena != MAP_FAILED;
}

void arena_clear(void)
{
	*arena = (struct arena){ .used = sizeof(*arena) };
}

void *take(size_t bytes)
{
	size_t at = __atomic_fetch_add(&arena->used, (bytes + 15) & ~15ul, __ATOMIC_RELAXED);
	if (at + bytes > ARENA_BYTES)
		__builtin_trap();
	return (char *)arena + at;
}

void fail(const char *what, long is, long expected)
{
	snprintf(arena->failed, sizeof(arena->failed), "seed %lu: %s: %ld, expected %ld", seed, what, is,
		expected);
	dprintf(2, "exerciser: %s\n",
		arena->failed); /* if this ends the first task, nobody else reports it */
	_exit(3);
}

/* The next random number (SplitMix64). */
static uint64_t draw(struct task *t)
{
	uint64_t z = t->random += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

long below(struct task *t, long bound)
{
	return (long)(draw(t) % (uint64_t)bound);
}

struct open_file *file_of(const struct task *t, long fd)
{
	for (int i = 0; i < t->count; i++)
		if (t->fds[i].fd == fd)
			return t->fds[i].file;
	return NULL;
}

void forget(struct task *t, long fd)
{
	for (int i = 0; i < t->count; i++)
		if (t->fds[i].fd == fd)
			t->fds[i] = t->fds[--t->count];
}

void keep(struct task *t, long fd, struct open_file *file)
{
	forget(t, fd);
	if (t->count == FDS_MAX)
		fail("descriptors", t->count, FDS_MAX - 1);
	t->fds[t->count].fd = (int)fd;
	t->fds[t->count++].file = file;
}

struct open_file *new_file(struct name *name, int flags)
{
	struct open_file *file = take(sizeof(*file));
	*file = (struct open_file){ .inode = name->inode, .name = name, .flags = flags };
	return file;
}

struct name *new_name(struct inode *inode, const char *path)
{
	struct name *name = take(sizeof(*name));
	*name = (struct name){ inode, path };
	return name;
}

struct inode *new_inode(bool regular)
{
	struct inode *inode = take(sizeof(*inode));
	*inode = (struct inode){ .regular = regular };
	return inode;
}

const char *absolute(const char *path)
{
	if (*path == '/')
		return path;
	size_t bytes = strlen(here) + strlen(path) + 2;
	char *whole = take(bytes);
	stpcpy(stpcpy(stpcpy(whole, here), "/"), path);
	return whole;
}

/* ---- calls ---- */

const struct call calls[] = {
	[C_openat] = { SYS_openat, "openat", "RDpFm" },
	[C_close] = { SYS_close, "close", "d" },
	[C_read] = { SYS_read, "read", "dbn" },
	[C_write] = { SYS_write, "write", "dbn" },
	[C_pread64] = { SYS_pread64, "pread64", "dbnn" },
	[C_pwrite64] = { SYS_pwrite64, "pwrite64", "dbnn" },
	[C_readv] = { SYS_readv, "readv", "dxn" },
	[C_writev] = { SYS_writev, "writev", "dxn" },
	[C_preadv] = { SYS_preadv, "preadv", "dxnn-" },
	[C_lseek] = { SYS_lseek, "lseek", "dnW" },
	[C_dup] = { SYS_dup, "dup", "Rd" },
	[C_dup2] = { SYS_dup2, "dup2", "Rdd" },
	[C_dup3] = { SYS_dup3, "dup3", "RddC" },
	[C_fcntl] = { SYS_fcntl, "fcntl", "dKA" },
	[C_fstat] = { SYS_fstat, "fstat", "dx" },
	[C_ftruncate] = { SYS_ftruncate, "ftruncate", "dn" },
	[C_truncate] = { SYS_truncate, "truncate", "pn" },
	[C_rename] = { SYS_rename, "rename", "pp" },
	[C_unlink] = { SYS_unlink, "unlink", "p" },
	[C_link] = { SYS_link, "link", "pp" },
	[C_linkat] = { SYS_linkat, "linkat", "DpDp-" },
	[C_symlink] = { SYS_symlink, "symlink", "pp" },
	[C_rmdir] = { SYS_rmdir, "rmdir", "p" },
	[C_readlink] = { SYS_readlink, "readlink", "pxn" },
	[C_stat] = { SYS_stat, "stat", "px" },
	[C_access] = { SYS_access, "access", "p-" },
	[C_pipe2] = { SYS_pipe2, "pipe2", "xC" },
	[C_socketpair] = { SYS_socketpair, "socketpair", "---x" },
	[C_sendmsg] = { SYS_sendmsg, "sendmsg", "dx-" },
	[C_recvmsg] = { SYS_recvmsg, "recvmsg", "dx-" },
	[C_sendfile] = { SYS_sendfile, "sendfile", "ddxn" },
	[C_mmap] = { SYS_mmap, "mmap", "xn--dn" },
	[C_munmap] = { SYS_munmap, "munmap", "xn" },
	[C_clone] = { SYS_clone, "clone", "-----" },
	[C_wait4] = { SYS_wait4, "wait4", "nx-x" },
	[C_gettid] = { SYS_gettid, "gettid", "" },
	[C_futex] = { SYS_futex, "futex", "x-nx" },
	[C_exit] = { SYS_exit, "exit", "n" },
	[C_exit_group] = { SYS_exit_group, "exit_group", "n" },
};

long raw(long nr, const long a[6])
{
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

struct record *record_new(struct task *t, int id, const long args[6])
{
	struct record *r = take(sizeof(*r));
	*r = (struct record){ .call = &calls[id] };
	memcpy(r->args, args, sizeof(r->args));
	if (t->last)
		t->last->next = r;
	else
		t->first = r;
	return t->last = r;
}

void see(const struct task *t, long fd, struct file_then *then)
{
	const struct open_file *file = file_of(t, fd);
	if (file)
		*then = (struct file_then){ file->inode, file->name->path, file->pos };
}

/* Records the files of the last call, once the model has been updated. */
long seen(struct task *t)
{
	struct record *r = t->last;
	const char *args = r->call->args;
	bool returns_fd = *args == 'R';
	int nth = 0;
	args += returns_fd;
	for (int i = 0; args[i]; i++)
		if (args[i] == 'd' && nth++ < 2)
			see(t, (int)r->args[i], nth == 1 ? &r->file : &r->other);
	if (returns_fd) {
		r->other = (struct file_then){ 0 };
		if (r->result >= 0)
			see(t, r->result, &r->other);
	}
	return r->result;
}

/* Makes and records a call, without its files: seen() must follow. */
long begin(struct task *t, int id, const long args[6])
{
	struct record *r = record_new(t, id, args);
	r->result = raw(r->call->nr, args);
	return r->result;
}
