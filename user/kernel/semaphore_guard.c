/* SPDX-License-Identifier: BSD-2-Clause */
#include "semaphore_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/base/proc.h"
#include "user/base/process_maps.h"

#define BREAKPOINT 0xcc
#define COPIES_MAX 256
/* After the tracer has ended, the kernel detaches its probes within a second. */
#define TRIES  500
#define TRY_US 10000

struct copies {
	unsigned count;
	struct guarded list[COPIES_MAX];
};

struct semaphore_guard {
	int socket; /* to the process; its end tells that the tracer has ended */
	struct copies copies;
};

bool semaphore_observed(int memory, uint64_t site)
{
	unsigned char byte;
	return pread(memory, &byte, 1, (off_t)site) == 1 && byte == BREAKPOINT;
}

/* --- the copies --- */

/* False: the program has ended, so that its memory is gone. */
static bool is_alive(const struct guarded *copy)
{
	unsigned char byte;
	return pread(copy->memory, &byte, 1, (off_t)copy->start) == 1;
}

static void forget(struct copies *copies, unsigned i)
{
	close(copies->list[i].memory);
	copies->list[i] = copies->list[--copies->count];
}

static void forget_ended(struct copies *copies)
{
	for (unsigned i = copies->count; i-- > 0;)
		if (!is_alive(&copies->list[i]))
			forget(copies, i);
}

/* Takes over the descriptor. 0 or -E2BIG. */
static int enter(struct copies *copies, const struct guarded *copy)
{
	for (unsigned i = copies->count; i-- > 0;)
		if (copies->list[i].pid == copy->pid && copies->list[i].start == copy->start)
			forget(copies, i);
	if (copies->count == COPIES_MAX)
		forget_ended(copies);
	if (copies->count == COPIES_MAX) {
		close(copy->memory);
		return -E2BIG;
	}
	copies->list[copies->count++] = *copy;
	return 0;
}

/* Returns how many probes are still observed. */
static unsigned restore_in(const struct guarded *copy, int memory)
{
	unsigned observed = 0;
	for (unsigned i = 0; i < copy->count; i++) {
		const struct guarded_probe *probe = &copy->probes[i];
		uint16_t value;
		if (semaphore_observed(memory, probe->site))
			observed++;
		else if (pread(memory, &value, sizeof(value), (off_t)probe->semaphore) == sizeof(value) &&
			 value) {
			value = 0;
			/* fails if it has ended meanwhile */
			(void)!pwrite(memory, &value, sizeof(value), (off_t)probe->semaphore);
		}
	}
	return observed;
}

struct sweep {
	const struct guarded *copy;
	unsigned observed;
};

/* A forked child has the same file at the same addresses, also when its parent has ended. */
static void restore_child(void *ctx, pid_t pid)
{
	struct sweep *sweep = ctx;
	const struct guarded *copy = sweep->copy;
	char path[PROCESS_MAP_LINK];
	struct stat st;
	if (pid == copy->pid)
		return;
	process_map_link(path, pid, copy->start, copy->end);
	if (stat(path, &st) || st.st_dev != copy->dev || st.st_ino != copy->ino)
		return;
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	int memory = open(path, O_RDWR | O_CLOEXEC);
	if (memory < 0)
		return;
	sweep->observed += restore_in(copy, memory);
	close(memory);
}

/* Returns how many probes are still observed. */
static unsigned restore(const struct copies *copies)
{
	unsigned observed = 0;
	for (unsigned i = 0; i < copies->count; i++) {
		struct sweep sweep = { .copy = &copies->list[i] };
		observed += restore_in(sweep.copy, sweep.copy->memory);
		proc_each(restore_child, &sweep);
		observed += sweep.observed;
	}
	return observed;
}

/* --- the process --- */

/* What is sent: a copy with its descriptor, or nothing: the tracer has put everything back. */
struct message {
	struct guarded copy;
	bool done;
};

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int send_copy(int socket, const struct message *message, int memory)
{
	union control control = { 0 };
	struct iovec part = { (void *)message, sizeof(*message) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	if (memory >= 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &memory, sizeof(memory));
	}
	return sendmsg(socket, &header, MSG_NOSIGNAL) == sizeof(*message) ? 0 : -errno;
}

/* False: the tracer has ended. */
static bool receive_copy(int socket, struct message *message)
{
	union control control = { 0 };
	struct iovec part = { message, sizeof(*message) };
	struct msghdr header = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t got;
	while ((got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		;
	message->copy.memory = -1;
	if (got == sizeof(*message) && header.msg_controllen >= CMSG_LEN(sizeof(int)))
		memcpy(&message->copy.memory, CMSG_DATA(&control.header), sizeof(int));
	return got == sizeof(*message);
}

/* No descriptor of the tracer stays open: its probes are attached, and its output goes on, as long as one is. */
static void __attribute__((noreturn)) keep_guard(int socket)
{
	struct copies *copies = calloc(1, sizeof(*copies));
	struct message message = { .done = false };
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setsid();
	if (socket > 0)
		close_range(0, (unsigned)socket - 1, 0);
	close_range((unsigned)socket + 1, ~0U, 0);
	if (!copies || chdir("/"))
		_exit(EXIT_FAILURE);
	while (receive_copy(socket, &message)) {
		if (message.done)
			_exit(EXIT_SUCCESS);
		if (message.copy.memory >= 0)
			enter(copies, &message.copy);
	}
	for (int i = 0; i < TRIES && restore(copies); i++)
		usleep(TRY_US);
	_exit(EXIT_SUCCESS);
}

/* Its parent ends at once, so that nobody has to wait for it. 0 or -errno. Another thread that reaps what a command leaves
 * behind may have reaped that parent: if there is no guard after all, what is sent to it fails. */
static int start_process(int socket)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			keep_guard(socket);
		_exit(pid < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno == ECHILD ? 0 : -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : -EAGAIN;
}

struct semaphore_guard *semaphore_guard_new(void)
{
	int ends[2] = { -1, -1 };
	struct semaphore_guard *guard = calloc(1, sizeof(*guard));
	if (!guard)
		return NULL;
	int err = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) ? -errno : 0;
	if (!err)
		err = start_process(ends[1]);
	if (ends[1] >= 0)
		close(ends[1]);
	guard->socket = ends[0];
	if (!err)
		return guard;
	if (ends[0] >= 0)
		close(ends[0]);
	free(guard);
	errno = -err;
	return NULL;
}

int semaphore_guard_add(struct semaphore_guard *guard, const struct guarded *copy)
{
	struct message message = { .copy = *copy };
	int err = send_copy(guard->socket, &message, copy->memory);
	if (err)
		return err;
	message.copy.memory = fcntl(copy->memory, F_DUPFD_CLOEXEC, 0);
	return message.copy.memory < 0 ? -errno : enter(&guard->copies, &message.copy);
}

void semaphore_guard_restore(struct semaphore_guard *guard)
{
	restore(&guard->copies);
}

void semaphore_guard_raise(struct semaphore_guard *guard)
{
	for (unsigned i = 0; i < guard->copies.count; i++) {
		const struct guarded *copy = &guard->copies.list[i];
		for (unsigned j = 0; j < copy->count; j++) {
			const struct guarded_probe *probe = &copy->probes[j];
			uint16_t value;
			if (semaphore_observed(copy->memory, probe->site) &&
				pread(copy->memory, &value, sizeof(value), (off_t)probe->semaphore) ==
					sizeof(value) &&
				value < probe->raised)
				(void)!pwrite(copy->memory, &probe->raised, sizeof(probe->raised),
					(off_t)probe->semaphore);
		}
	}
}

void semaphore_guard_free(struct semaphore_guard *guard)
{
	if (!guard)
		return;
	/* some stay observed by other tracers: the last of them puts them back */
	bool pending = restore(&guard->copies) != 0;
	for (int i = 0; pending && i < 10; i++) {
		usleep(TRY_US);
		pending = restore(&guard->copies) != 0;
	}
	send_copy(guard->socket, &(struct message){ .done = true }, -1);
	while (guard->copies.count)
		forget(&guard->copies, 0);
	close(guard->socket);
	free(guard);
}
