/* SPDX-License-Identifier: BSD-2-Clause */
#include "late_attach.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <string.h>
#include <unistd.h>

#include "user/base/clock.h"
#include "user/kernel/attach.h"
#include "user/kernel/live_counters.h"

#define LATE_MAX 1024

/* Pauses between looks at a process that has mapped a file with probes: while its linker loads its data, and until it
 * has made read-only what it has linked. */
static const uint64_t pauses_ns[] = { 100000, 200000, 300000, 1000000, 3000000, 10000000, 50000000,
	200000000 };

enum { LOOKS = sizeof(pauses_ns) / sizeof(*pauses_ns) + 1 };

struct late_attach {
	struct binaries *binaries;
	struct code_maps *maps; /* NULL: mappings cannot be seen */
	int end;                /* eventfd: ends the thread */
	int asked;              /* eventfd: scans are requested */
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
	struct starting {
		pid_t pid;
		bool fresh; /* it has mapped the file since the trace began */
		unsigned looks;
		uint64_t since_ns, next_ns; /* since its file was mapped; of the next look */
	} starting[LATE_MAX];
	unsigned starting_count;
	struct late_armed armed;
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

/* Past the bound the oldest one is looked at for the last time. */
static void note_probed(void *ctx, pid_t pid, bool fresh)
{
	struct late_attach *l = ctx;
	uint64_t now_ns = clock_monotonic_ns();
	unsigned i = 0;
	pthread_mutex_lock(&l->lock);
	while (i < l->starting_count && l->starting[i].pid != pid)
		i++;
	if (i == LATE_MAX)
		i = 0;
	l->starting[i] =
		(struct starting){ .pid = pid, .fresh = fresh, .since_ns = now_ns, .next_ns = now_ns };
	if (i == l->starting_count)
		l->starting_count++;
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

/* --- probes that are not armed --- */

/* The next process that is due, which is then not in the list. False, and *wait_ns: until one is; -1: there is none. */
static bool next_starting(struct late_attach *l, uint64_t now_ns, struct starting *next, int *wait_ns)
{
	uint64_t due_ns = UINT64_MAX;
	bool found = false;
	pthread_mutex_lock(&l->lock);
	for (unsigned i = 0; i < l->starting_count && !found; i++) {
		found = l->starting[i].next_ns <= now_ns;
		if (found) {
			*next = l->starting[i];
			l->starting[i] = l->starting[--l->starting_count];
		} else if (l->starting[i].next_ns < due_ns) {
			due_ns = l->starting[i].next_ns;
		}
	}
	pthread_mutex_unlock(&l->lock);
	*wait_ns = due_ns == UINT64_MAX ? -1 : (int)(due_ns - now_ns);
	return found;
}

static void look_later(struct late_attach *l, struct starting *starting, uint64_t now_ns)
{
	pthread_mutex_lock(&l->lock);
	starting->next_ns = now_ns + pauses_ns[starting->looks++];
	if (l->starting_count < LATE_MAX)
		l->starting[l->starting_count++] = *starting;
	pthread_mutex_unlock(&l->lock);
}

/* They were not armed since their file was mapped, or since the trace began. */
static void note_armed(
	struct late_attach *l, const struct starting *starting, const char *path, uint64_t now_ns)
{
	uint64_t ns = now_ns - starting->since_ns;
	pthread_mutex_lock(&l->lock);
	l->armed.count++;
	if (!l->armed.path[0] || ns > l->armed.ns) {
		l->armed.ns = ns;
		memcpy(l->armed.path, path, sizeof(l->armed.path));
	}
	pthread_mutex_unlock(&l->lock);
}

/* So that they are read when the process ends, whatever its probes have told. */
static void add_lists(struct late_attach *l, pid_t pid)
{
	uint64_t lists[LIVE_LISTS];
	int count = counters_find_lists(pid, lists, LIVE_LISTS);
	for (int i = 0; i < count; i++)
		kernel_add_list(l->binaries->kernel, pid, lists[i]);
}

static void look(struct late_attach *l, struct starting *starting)
{
	struct attach_look look;
	if (starting->fresh && l->binaries->began_ns && kernel_reads_counters(l->binaries->kernel))
		add_lists(l, starting->pid);
	if (attach_look(l->binaries->kernel, starting->pid, &look))
		return;
	uint64_t now_ns = clock_monotonic_ns();
	if (look.raised && l->binaries->began_ns) {
		note_armed(l, starting, look.path, now_ns);
		note_late(l, starting->pid); /* a bundle may have been opened meanwhile */
	}
	if (!look.missing && look.again && starting->looks < LOOKS - 1) {
		look_later(l, starting, now_ns);
		return;
	}
	if (!look.missing && look.loading)
		look.missing = ATTACH_LOADING;
	if (look.missing)
		attach_note_unarmed(l->binaries->kernel, look.path, look.missing);
}

/* Looks at the processes that are due. Returns for how long to wait for the next; -1: there is none. */
static int look_at_starting(struct late_attach *l)
{
	struct starting starting;
	int wait_ns;
	while (next_starting(l, clock_monotonic_ns(), &starting, &wait_ns))
		look(l, &starting);
	return wait_ns;
}

struct late_armed late_attach_armed(struct late_attach *l)
{
	struct late_armed armed = { 0 };
	if (!l)
		return armed;
	pthread_mutex_lock(&l->lock);
	armed = l->armed;
	pthread_mutex_unlock(&l->lock);
	return armed;
}

/* --- the thread --- */

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
		{ .fd = l->maps ? code_maps_fd(l->maps) : -1, .events = POLLIN },
		{ .fd = l->asked, .events = POLLIN },
	};
	while (!ready[0].revents) {
		if (l->maps)
			code_maps_take(l->maps, take, l);
		if (ready[2].revents)
			scan_requested(l);
		int wait_ns = look_at_starting(l);
		struct timespec wait = { .tv_nsec = wait_ns };
		if (ppoll(ready, 3, wait_ns < 0 ? NULL : &wait, NULL) < 0 && errno != EINTR)
			break;
	}
	return NULL;
}

struct late_attach *late_attach_open(struct binaries *binaries, int *unseen)
{
	struct late_attach *l = calloc(1, sizeof(*l));
	*unseen = l ? 0 : -ENOMEM;
	if (!l)
		return NULL;
	l->binaries = binaries;
	pthread_mutex_init(&l->lock, NULL);
	l->end = eventfd(0, EFD_CLOEXEC);
	l->asked = eventfd(0, EFD_CLOEXEC);
	if (l->end < 0 || l->asked < 0) {
		*unseen = -errno;
		late_attach_close(l);
		return NULL;
	}
	l->maps = code_maps_open(&(struct code_maps_options){ 0 });
	if (!l->maps)
		*unseen = -errno;
	binaries->on_late = note_late;
	binaries->on_probed = note_probed;
	binaries->ctx = l;
	return l;
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
