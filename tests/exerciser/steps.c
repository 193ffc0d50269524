/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a task: random calls, with the update of the model for each. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "exerciser.h"

#define BAD_FD    999
#define LONG_PATH 5000 /* bytes, longer than PATH_MAX */

static char *long_path;

bool steps_prepare(void)
{
	long_path = malloc(LONG_PATH + 1);
	if (!long_path)
		return false;
	memset(long_path, 'l', LONG_PATH);
	long_path[LONG_PATH] = '\0';
	return true;
}

/* Takes a file's identity from fstat, or checks that it is unchanged. */
static void identify(struct task *t, long fd)
{
	struct inode *inode = file_of(t, fd)->inode;
	struct stat *st = take(sizeof(*st));
	long result = CALL(t, fstat, fd, POINTER(st));
	if (result)
		fail("fstat", result, 0);
	if (inode->ino && (inode->ino != st->st_ino || inode->dev != st->st_dev))
		fail("inode", (long)st->st_ino, (long)inode->ino);
	if (inode->regular && st->st_size != inode->size)
		fail("size", st->st_size, inode->size);
	inode->ino = st->st_ino;
	inode->dev = st->st_dev;
}

static void check_position(struct task *t, long fd)
{
	struct open_file *file = file_of(t, fd);
	long result = CALL(t, lseek, fd, 0, SEEK_CUR);
	if (file->inode->regular && result != file->pos)
		fail("position", result, file->pos);
}

static long some_fd(struct task *t)
{
	static const int bad[] = { -1, BAD_FD, -100000 };
	if (t->count == 0 || below(t, 12) == 0)
		return bad[below(t, 3)];
	return t->fds[below(t, t->count)].fd;
}

static struct open_file *regular(struct task *t, long *fd)
{
	*fd = some_fd(t);
	struct open_file *file = file_of(t, *fd);
	return file && file->inode->regular ? file : NULL;
}

static void open_step(struct task *t)
{
	static const int flags[] = { O_RDONLY, O_RDWR, O_RDWR | O_CREAT, O_WRONLY | O_CREAT | O_TRUNC,
		O_RDWR | O_CREAT | O_APPEND, O_RDWR | O_CREAT | O_EXCL, O_RDONLY | O_CLOEXEC,
		O_RDWR | O_CREAT };
	long how = flags[below(t, 8)], which = below(t, NAMES);
	struct world *w = t->world;
	bool known = w->files[which];
	if (t->count >= FDS_SOME)
		return;
	long fd = BEGIN(t, openat, AT_FDCWD, POINTER(w->names[which]), how, how & O_CREAT ? 0640 : 0);
	if (fd >= 0) {
		if (!known)
			w->files[which] = new_name(new_inode(true), absolute(w->names[which]));
		if (how & O_TRUNC)
			w->files[which]->inode->size = 0;
		keep(t, fd, new_file(w->files[which], (int)how));
	}
	seen(t);
	if (fd >= 0 && (!known || below(t, 3) == 0))
		identify(t, fd);
}

static void moved(struct open_file *file, long result, bool writes)
{
	if (!file || result <= 0)
		return;
	if (writes && file->flags & O_APPEND)
		file->pos = file->inode->size;
	file->pos += result;
	if (writes && file->pos > file->inode->size)
		file->inode->size = file->pos;
}

/* A write of nothing readable that fails may all the same extend the file to where it would have begun (ext4). */
static void look_at_size(struct task *t, long fd, struct open_file *file)
{
	struct stat *st = take(sizeof(*st));
	if (CALL(t, fstat, fd, POINTER(st)) == 0)
		file->inode->size = st->st_size;
}

static void transfer_step(struct task *t)
{
	static char bytes[4][8192];
	static struct iovec parts[3] = { { bytes[0], 100 }, { bytes[1], 0 }, { bytes[2], 3000 } };
	long fd, n = below(t, 8192), at = below(t, 20000) - 500, kind = below(t, 7);
	struct open_file *file = regular(t, &fd);
	if (!file && file_of(t, fd))
		return; /* a pipe or socket, which would block */
	long buffer = below(t, 20) ? POINTER(bytes[t->index]) : 0;
	switch (kind) {
	case 0:
		moved(file, BEGIN(t, read, fd, buffer, n), false);
		break;
	case 1:
		moved(file, BEGIN(t, write, fd, buffer, n), true);
		break;
	case 2:
		BEGIN(t, pread64, fd, buffer, n, at);
		break;
	case 3: {
		long result = BEGIN(t, pwrite64, fd, buffer, n, at);
		if (!file || result <= 0)
			break;
		if (file->flags & O_APPEND) /* appends at any offset */
			file->inode->size += result;
		else if (at + result > file->inode->size)
			file->inode->size = at + result;
		break;
	}
	case 4:
		moved(file, BEGIN(t, readv, fd, POINTER(parts), below(t, 4)), false);
		break;
	case 5:
		moved(file, BEGIN(t, writev, fd, POINTER(parts), below(t, 5) ? below(t, 4) : 2000), true);
		break;
	default:
		BEGIN(t, preadv, fd, POINTER(parts), 3, at, 0);
	}
	seen(t);
	if (file && !buffer && (kind == 1 || kind == 3))
		look_at_size(t, fd, file);
}

static void seek_step(struct task *t)
{
	long fd, whence = below(t, 4), to = below(t, 30000) - 5000;
	struct open_file *file = regular(t, &fd);
	long result = BEGIN(t, lseek, fd, to, whence == 3 ? 77 : whence);
	if (file && result >= 0)
		file->pos = result;
	seen(t);
	if (file)
		check_position(t, fd);
}

static void copy_step(struct task *t)
{
	long fd = some_fd(t), to = 100 + t->index * 20 + below(t, 8), kind = below(t, 4), result;
	struct open_file *file = file_of(t, fd);
	if (t->count >= FDS_SOME)
		return;
	if (kind == 0)
		result = BEGIN(t, dup, fd);
	else if (kind == 1)
		result = BEGIN(t, dup2, fd, below(t, 6) ? to : fd);
	else if (kind == 2)
		result = BEGIN(t, dup3, fd, below(t, 6) ? to : fd, below(t, 2) ? O_CLOEXEC : 0);
	else
		result = BEGIN(t, fcntl, fd, below(t, 2) ? F_DUPFD : F_DUPFD_CLOEXEC, 300 + t->index * 100);
	if (result >= 0)
		keep(t, result, file);
	seen(t);
}

void close_fd(struct task *t, long fd)
{
	struct file_then was = { 0 };
	see(t, fd, &was);
	long result = BEGIN(t, close, fd);
	if (result == 0)
		forget(t, fd);
	seen(t);
	was.pos = POS_UNKNOWN;
	if (result == 0)
		t->last->file = was;
}

static void close_step(struct task *t)
{
	close_fd(t, some_fd(t));
}

/* A successful link: another name of the same inode. */
static void linked(struct world *w, long a, long b)
{
	w->files[b] = new_name(w->files[a]->inode, absolute(w->names[b]));
}

static void renamed(struct world *w, long a, long b)
{
	/* rename keeps two names of the same file */
	if (w->files[b] && w->files[b]->inode == w->files[a]->inode)
		return;
	w->files[b] = w->files[a];
	w->files[b]->path = absolute(w->names[b]);
	w->files[a] = NULL;
}

static void name_step(struct task *t)
{
	struct world *w = t->world;
	long a = below(t, NAMES), b = below(t, NAMES), kind = below(t, 5);
	long from = POINTER(w->names[a]), to = POINTER(w->names[b]);
	switch (kind) {
	case 0:
		if (CALL(t, rename, from, to) == 0)
			renamed(w, a, b);
		break;
	case 1:
		if (CALL(t, unlink, from) == 0)
			w->files[a] = NULL;
		break;
	case 2:
		if (CALL(t, link, from, to) == 0)
			linked(w, a, b);
		break;
	case 3:
		if (CALL(t, linkat, AT_FDCWD, from, AT_FDCWD, to, 0) == 0)
			linked(w, a, b);
		break;
	default: {
		long size = below(t, 9000) - 1000;
		if (CALL(t, truncate, from, size) == 0)
			w->files[a]->inode->size = size;
	}
	}
}

static void look_step(struct task *t)
{
	static const int commands[] = { F_GETFD, F_GETFL };
	long fd, size = below(t, 9000) - 500;
	struct open_file *file = regular(t, &fd);
	switch (below(t, 5)) {
	case 0:
		if (file)
			identify(t, fd);
		else
			CALL(t, fstat, fd, 8);
		break;
	case 1:
		if (CALL(t, ftruncate, fd, size) == 0)
			file->inode->size = size;
		break;
	case 2:
		CALL(t, fcntl, fd, commands[below(t, 2)], 0);
		break;
	case 3:
		CALL(t, stat, POINTER(t->world->names[below(t, NAMES)]), POINTER(take(sizeof(struct stat))));
		break;
	default:
		CALL(t, access, POINTER(t->world->names[below(t, NAMES)]), R_OK);
	}
}

/* Uses invalid paths. */
static void bad_path_step(struct task *t)
{
	static char link[64];
	const char *const paths[] = { "", "/nonexistent/x", "/proc/self/mem/x", (const char *)1, long_path };
	long path = POINTER(paths[below(t, 5)]);
	switch (below(t, 6)) {
	case 0:
		CALL(t, openat, AT_FDCWD, path, O_RDONLY, 0);
		break;
	case 1:
		CALL(t, unlink, path);
		break;
	case 2:
		CALL(t, rename, POINTER(t->world->names[0]), path);
		break;
	case 3:
		CALL(t, symlink, POINTER("target"), path);
		break;
	case 4:
		CALL(t, rmdir, path);
		break;
	default:
		CALL(t, readlink, path, POINTER(link), 64);
	}
}

/* Adds two new descriptors to the model, identified by fstat. */
static void keep_pair(struct task *t, const int fds[2], const char *kind, bool one)
{
	struct name *name = NULL;
	for (int i = 0; i < 2; i++) {
		if (i == 0 || !one)
			name = new_name(new_inode(false), NULL);
		keep(t, fds[i], new_file(name, 0));
		struct stat *st = take(sizeof(*st));
		BEGIN(t, fstat, fds[i], POINTER(st));
		name->inode->dev = st->st_dev;
		name->inode->ino = st->st_ino;
		char *path = take(40);
		snprintf(path, 40, "%s:[%lu]", kind, name->inode->ino);
		name->path = path;
		seen(t);
	}
}

static void pipe_step(struct task *t)
{
	int *fds = take(sizeof(int[2]));
	static char bytes[4][512];
	if (t->count >= FDS_SOME || CALL(t, pipe2, POINTER(fds), below(t, 2) ? O_CLOEXEC : 0))
		return;
	keep_pair(t, fds, "pipe", true);
	long n = 1 + below(t, 500);
	CALL(t, write, fds[1], POINTER(bytes[t->index]), n);
	CALL(t, read, fds[0], POINTER(bytes[t->index]), n + 5);
	CALL(t, lseek, fds[0], 0, SEEK_CUR);
	close_fd(t, fds[1]);
	CALL(t, read, fds[0], POINTER(bytes[t->index]), n);
	close_fd(t, fds[0]);
}

/* Sends a descriptor through a socket; it is received as another number for the same open file. */
static void pass_step(struct task *t)
{
	long fd;
	struct open_file *file = regular(t, &fd);
	if (!file || t->count >= FDS_SOME)
		return;
	struct passed {
		int ends[2];
		char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
		char byte;
		struct iovec part;
		struct msghdr message;
	} *p = take(sizeof(*p));
	if (CALL(t, socketpair, AF_UNIX, SOCK_STREAM, 0, POINTER(p->ends)))
		return;
	keep_pair(t, p->ends, "socket", false);
	p->part = (struct iovec){ &p->byte, 1 };
	p->message = (struct msghdr){ .msg_iov = &p->part,
		.msg_iovlen = 1,
		.msg_control = p->control,
		.msg_controllen = sizeof(p->control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&p->message);
	*head = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))
	};
	*(int *)CMSG_DATA(head) = (int)fd;
	CALL(t, sendmsg, p->ends[0], POINTER(&p->message), 0);
	p->message.msg_controllen = sizeof(p->control);
	if (CALL(t, recvmsg, p->ends[1], POINTER(&p->message), 0) == 1) {
		int passed = *(int *)CMSG_DATA(CMSG_FIRSTHDR(&p->message));
		keep(t, passed, file);
		if (below(t, 3))
			check_position(t, passed);
		if (below(t, 2))
			close_fd(t, passed);
	}
	close_fd(t, p->ends[0]);
	close_fd(t, p->ends[1]);
}

static void sendfile_step(struct task *t)
{
	long from, to, n = below(t, 3000);
	struct open_file *out = regular(t, &to), *in = regular(t, &from);
	if (!in || !out || in->inode == out->inode)
		return;
	long result = BEGIN(t, sendfile, to, from, 0, n);
	moved(in, result, false);
	moved(out, result, true);
	seen(t);
}

static void map_step(struct task *t)
{
	long fd;
	regular(t, &fd);
	long result = CALL(t, mmap, 0, 4096, PROT_READ, MAP_PRIVATE, fd, below(t, 2) ? 0 : 77);
	if (result > 0)
		CALL(t, munmap, result, 4096);
	else
		CALL(t, munmap, 1, 4096);
}

step draw_step(struct task *t)
{
	static const step often[] = { open_step, transfer_step, seek_step, copy_step, close_step, name_step,
		look_step };
	static const step seldom[] = { bad_path_step, pipe_step, pass_step, sendfile_step, map_step };
	return below(t, 5) == 0 ? seldom[below(t, 5)] : often[below(t, 7)];
}
