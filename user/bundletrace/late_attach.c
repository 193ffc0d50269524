/* SPDX-License-Identifier: BSD-2-Clause */
#include "late_attach.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LATE_MAX 1024

struct late_attach {
	struct binaries *binaries;
	struct code_maps *maps;
	int end;   /* eventfd: ends the thread */
	int asked; /* eventfd: scans are requested */
	bool started;
	pthread_t thread;
	pthread_mutex_t lock; /* protects the following fields */
	pid_t late[LATE_MAX];
	unsigned late_count;
	struct request {
		pid_t pid; /* 0: all */
		uint64_t since_ns;
	} requests[LATE_MAX];
	unsigned request_count;
};

/* Processes past the bound are dropped: their live counters are then known only from their first open on. */
static void note_late(void *ctx, pid_t pid)
{
	struct late_attach *l = ctx;
	pthread_mutex_lock(&l->lock);
	if (l->late_count < LATE_MAX)
		l->late[l->late_count++] = pid;
	pthread_mutex_unlock(&l->lock);
}

pid_t late_attach_next(struct late_attach *l)
{
	pthread_mutex_lock(&l->lock);
	pid_t pid = l->late_count ? l->late[--l->late_count] : 0;
	pthread_mutex_unlock(&l->lock);
	return pid;
}

void late_attach_scan(struct late_attach *l, pid_t pid, uint64_t since_ns)
{
	uint64_t one = 1;
	pthread_mutex_lock(&l->lock);
	if (l->request_count < LATE_MAX)
		l->requests[l->request_count++] = (struct request){ pid, since_ns };
	else
		l->requests[0].pid = 0; /* full: scan all processes, from the oldest time on */
	pthread_mutex_unlock(&l->lock);
	while (write(l->asked, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static bool next_request(struct late_attach *l, struct request *request)
{
	pthread_mutex_lock(&l->lock);
	bool found = l->request_count > 0;
	if (found)
		*request = l->requests[--l->request_count];
	pthread_mutex_unlock(&l->lock);
	return found;
}

/* Handles every pending request in one pass. */
static void scan_requested(struct late_attach *l)
{
	uint64_t count;
	struct request request;
	if (read(l->asked, &count, sizeof(count)) != sizeof(count))
		return;
	while (next_request(l, &request))
		if (!request.pid)
			binaries_add_traced(l->binaries, request.since_ns);
		else if (kernel_traces(l->binaries->kernel, request.pid))
			binaries_add_running(l->binaries, request.pid, request.since_ns);
}

static void take(void *ctx, const struct code_map *mapping)
{
	struct late_attach *l = ctx;
	binaries_add_mapped(l->binaries, mapping);
}

static void *attach_until_end(void *ctx)
{
	struct late_attach *l = ctx;
	struct pollfd ready[] = {
		{ .fd = l->end, .events = POLLIN },
		{ .fd = code_maps_fd(l->maps), .events = POLLIN },
		{ .fd = l->asked, .events = POLLIN },
	};
	while (!ready[0].revents) {
		code_maps_take(l->maps, take, l);
		if (ready[2].revents)
			scan_requested(l);
		if (poll(ready, 3, -1) < 0 && errno != EINTR)
			break;
	}
	return NULL;
}

struct late_attach *late_attach_open(struct binaries *binaries)
{
	struct late_attach *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->binaries = binaries;
	binaries->on_late = note_late;
	binaries->ctx = l;
	pthread_mutex_init(&l->lock, NULL);
	l->end = eventfd(0, EFD_CLOEXEC);
	l->asked = eventfd(0, EFD_CLOEXEC);
	l->maps = l->end < 0 || l->asked < 0 ? NULL : code_maps_open(&(struct code_maps_options){ 0 });
	if (l->maps)
		return l;
	int err = errno;
	late_attach_close(l);
	errno = err;
	return NULL;
}

int late_attach_start(struct late_attach *l)
{
	int err = pthread_create(&l->thread, NULL, attach_until_end, l);
	l->started = !err;
	return -err;
}

void late_attach_stop(struct late_attach *l)
{
	uint64_t one = 1;
	if (!l || !l->started)
		return;
	while (write(l->end, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(l->thread, NULL);
	l->started = false;
}

void late_attach_close(struct late_attach *l)
{
	if (!l)
		return;
	late_attach_stop(l);
	if (l->end >= 0)
		close(l->end);
	if (l->asked >= 0)
		close(l->asked);
	code_maps_close(l->maps);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
