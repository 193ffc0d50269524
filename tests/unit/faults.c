/* SPDX-License-Identifier: BSD-2-Clause */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/sanitized.h"

static struct {
	enum fault_call call;
	unsigned int nth; /* 0: not armed */
	unsigned int made;
	int how;
	bool always, failed;
} fault;

void fault_arm(enum fault_call call, unsigned int nth, int how, bool always)
{
	fault.call = call;
	fault.nth = nth;
	fault.made = 0;
	fault.how = how;
	fault.always = always;
	fault.failed = false;
}

bool fault_disarm(void)
{
	fault.nth = 0;
	return fault.failed;
}

static bool now(enum fault_call call)
{
	if (!fault.nth || fault.call != call)
		return false;
	fault.made++;
	bool fails = fault.made == fault.nth || (fault.always && fault.made > fault.nth);
	fault.failed |= fails;
	return fails;
}

static _Atomic bool hold;
static _Atomic unsigned int held;

void fault_hold_reads(bool on)
{
	hold = on;
}

unsigned int fault_held_reads(void)
{
	return held;
}

bool fault_memory(void)
{
	return now(FAULT_MEMORY);
}

#if !SANITIZED

static bool fails(enum fault_call call)
{
	if (!now(call) || fault.how == FAULT_SHORT)
		return false;
	errno = fault.how;
	return true;
}

static void wait_while_held(void)
{
	held++;
	while (hold)
		usleep(100);
	held--;
}

/* Number of bytes that a read may return; 0: it fails. */
static size_t let_through(size_t size)
{
	if (hold)
		wait_while_held();
	if (!now(FAULT_READ))
		return size;
	if (fault.how == FAULT_SHORT)
		return size > 1 ? size / 2 : size;
	errno = fault.how;
	return 0;
}

int open(const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return fails(FAULT_OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int fstat(int fd, struct stat *st)
{
	return fails(FAULT_FSTAT) ? -1 : fstatat(fd, "", st, AT_EMPTY_PATH);
}

off_t lseek(int fd, off_t offset, int whence)
{
	return fails(FAULT_LSEEK) ? -1 : syscall(SYS_lseek, fd, offset, whence);
}

ssize_t read(int fd, void *data, size_t size)
{
	size_t some = let_through(size);
	return some || !size ? syscall(SYS_read, fd, data, some) : -1;
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
	size_t some = let_through(size);
	return some || !size ? syscall(SYS_pread64, fd, data, some, offset) : -1;
}

/* Short read: the first half of the first part. */
static ssize_t parts(int fd, const struct iovec *iov, int count, bool at, off_t offset)
{
	size_t some = let_through(iov->iov_len);
	if (!some)
		return -1;
	if (some < iov->iov_len)
		return at ? syscall(SYS_pread64, fd, iov->iov_base, some, offset)
			  : syscall(SYS_read, fd, iov->iov_base, some);
	return at ? syscall(SYS_preadv, fd, iov, count, offset, 0) : syscall(SYS_readv, fd, iov, count);
}

ssize_t preadv(int fd, const struct iovec *iov, int count, off_t offset)
{
	return parts(fd, iov, count, true, offset);
}

ssize_t readv(int fd, const struct iovec *iov, int count)
{
	return parts(fd, iov, count, false, 0);
}

#endif
