/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaches and detaches the probes of libpagedbundle in a binary. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/clock.h"
#include "user/base/proc.h"
#include "user/calls/filter.h"
#include "user/event/words.h"
#include "kernel_inside.h"
#include "multi_link.h"
#include "semaphore_guard.h"

/* FILTER_APP() of the probes that fire with gets and loads. */
#define FREQUENT_OFTEN(ID) | FILTER_APP(EVENT_APP_##ID)
#define FREQUENT_SELDOM(ID)
#define FREQUENT(ID, name, subject, rate, text, string) FREQUENT_##rate(ID)
#define APP_FREQUENT                                    (0 PROBES(FREQUENT))

struct bpf_program *kernel_app_program(const struct kernel *kernel, unsigned kind)
{
	if (kernel->live && kind == EVENT_APP_OPEN)
		return kernel->skel->progs.live_open;
	if (kernel->live && kind == EVENT_APP_CLOSE)
		return kernel->skel->progs.live_close;
	struct bpf_program *const programs[PROBES_COUNT] = {
#define PROGRAM(ID, name, subject, rate, text, string) kernel->skel->progs.app_##name,
		PROBES(PROGRAM)
	};
	return programs[PROBE_OF_KIND(kind)];
}

/* The wanted probes of a group; none while they are detached. */
static uint32_t group_probes(const struct kernel *kernel, enum group group)
{
	uint32_t frequent = kernel->steps ? APP_FREQUENT : 0;
	if (group == GROUP_REST)
		return kernel->app & ~frequent;
	return kernel->detached ? 0 : kernel->app & frequent;
}

static void group_detach(struct kernel *kernel, struct binary *binary, enum group group)
{
	uint32_t probes = group == GROUP_FREQUENT ? APP_FREQUENT : ~APP_FREQUENT;
	if (binary->link[group] >= 0)
		close(binary->link[group]);
	binary->link[group] = -1;
	for (unsigned i = 0; i < PROBES_COUNT; i++) {
		if (kernel->steps && !(probes & FILTER_APP(KIND_OF_PROBE(i))))
			continue;
		bpf_link__destroy(binary->links[i]);
		binary->links[i] = NULL;
	}
}

static void binary_detach(struct kernel *kernel, struct binary *binary)
{
	for (enum group group = 0; group < GROUPS; group++)
		group_detach(kernel, binary, group);
	phase_links_free(binary->phases);
	binary->phases = NULL;
	if (binary->file >= 0)
		close(binary->file);
	binary->file = -1;
}

void kernel_probes_detach(struct kernel *kernel)
{
	pthread_mutex_lock(&kernel->binaries_lock);
	for (struct binary *binary = kernel->binaries; binary; binary = binary->hh.next)
		binary_detach(kernel, binary);
	semaphore_guard_free(kernel->guard);
	kernel->guard = NULL;
	pthread_mutex_unlock(&kernel->binaries_lock);
}

/* Attaches all `wanted` probes with one link; `only`: in this process, 0: in all. The link or -errno. */
static int attach_together(struct kernel *kernel, const char *path, uint32_t wanted,
	const struct usdt_probes *probes, pid_t only)
{
	uint64_t offsets[PROBES_COUNT], semaphores[PROBES_COUNT], cookies[PROBES_COUNT];
	unsigned count = 0;
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++) {
		unsigned kind = KIND_OF_PROBE(probe);
		const struct usdt_site *site = &probes->sites[probe];
		if (!(wanted & FILTER_APP(kind)))
			continue;
		offsets[count] = site->probe;
		semaphores[count] = site->semaphore;
		cookies[count++] = kind | (site->framed ? PROBE_FRAMED : 0);
	}
	return multi_link_create(&(struct multi_link){
		.program = bpf_program__fd(kernel->skel->progs.app_probe),
		.path = path,
		.offsets = offsets,
		.semaphores = semaphores,
		.cookies = cookies,
		.count = count,
		.only = only,
	});
}

int kernel_attach_site(struct kernel *kernel, const char *path, uint64_t offset, uint16_t kind)
{
	struct usdt_probes probes = { 0 };
	if (!KIND_IS_PROBE(kind))
		return -EINVAL;
	probes.sites[PROBE_OF_KIND(kind)].probe = offset;
	return kernel->multi ? attach_together(kernel, path, FILTER_APP(kind), &probes, 0) : -ENOTSUP;
}

static int attach_each(struct kernel *kernel, struct binary *binary, const char *path, uint32_t wanted)
{
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++) {
		unsigned kind = KIND_OF_PROBE(probe);
		if (!(wanted & FILTER_APP(kind)))
			continue;
		struct bpf_link *link = bpf_program__attach_usdt(
			kernel_app_program(kernel, kind), -1, path, USDT_PROVIDER, event_word(kind), NULL);
		if (!link)
			return -errno;
		binary->links[probe] = link;
	}
	return 0;
}

/* Attaches the group's wanted probes of a file. How many, or -errno. */
static int attach_group(
	struct kernel *kernel, struct binary *binary, const char *path, enum group group, struct text *why)
{
	const struct usdt_probes *probes = binary->probes;
	uint32_t wanted = probes->here & group_probes(kernel, group);
	if (!wanted)
		return 0;
	if (kernel->multi && (wanted & ~probes->plain) == 0) {
		/* the kernel knows a process by the memory of its first thread, which may have ended */
		bool only = kernel->only && proc_living_thread(kernel->only) == kernel->only;
		int link = attach_together(kernel, path, wanted, probes, only ? kernel->only : 0);
		if (link < 0)
			return kernel->only && link == -ESRCH ? 0 : link; /* it has ended */
		binary->link[group] = link;
	} else if (probes->unmoved) {
		/* libbpf moves such notes */
		text_str(why,
			"the notes of its probes have no base, which needs one site for each probe and Linux 6.6");
		return -ENOTSUP;
	} else {
		int err = attach_each(kernel, binary, path, wanted);
		if (err)
			return err;
	}
	return __builtin_popcount(wanted);
}

int kernel_probes_attach(struct kernel *kernel, struct binary *binary, int file, struct text *why)
{
	char path[64];
	int sum = 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (kernel->steps || kernel->only)
		binary->file = fcntl(file, F_DUPFD_CLOEXEC, 0);
	for (enum group group = 0; group < GROUPS && sum >= 0; group++) {
		int got = attach_group(kernel, binary, path, group, why);
		sum = got < 0 ? got : sum + got;
	}
	binary->since_ns = clock_monotonic_ns();
	return sum;
}

static int attach_again(struct kernel *kernel, struct binary *binary, enum group group)
{
	struct text why = { 0 };
	char path[64];
	if (binary->file < 0 || !binary->probes)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", binary->file);
	int got = attach_group(kernel, binary, path, group, &why);
	text_free(&why);
	return got < 0 ? got : 0;
}

/* If another thread than the first executed the program, the kernel still filters the probes by the first one,
 * which is gone. */
int kernel_only_executed(struct kernel *kernel)
{
	int err = 0;
	if (!kernel->only)
		return 0;
	pthread_mutex_lock(&kernel->binaries_lock);
	for (struct binary *binary = kernel->binaries; binary; binary = binary->hh.next) {
		for (enum group group = 0; group < GROUPS && !err; group++) {
			if (binary->link[group] < 0 || multi_link_only(binary->link[group]) == kernel->only)
				continue;
			group_detach(kernel, binary, group);
			err = attach_again(kernel, binary, group);
		}
		if (binary->phases && !err)
			err = phase_links_executed(kernel, binary->phases);
	}
	pthread_mutex_unlock(&kernel->binaries_lock);
	return err;
}

int kernel_probes_detach_frequent(struct kernel *kernel, bool detach)
{
	int err = 0;
	pthread_mutex_lock(&kernel->binaries_lock);
	kernel->detached = detach;
	for (struct binary *binary = kernel->binaries; binary && !err; binary = binary->hh.next)
		if (detach)
			group_detach(kernel, binary, GROUP_FREQUENT);
		else
			err = attach_again(kernel, binary, GROUP_FREQUENT);
	if (kernel->guard && detach)
		semaphore_guard_restore(kernel->guard);
	else if (kernel->guard)
		semaphore_guard_raise(kernel->guard);
	pthread_mutex_unlock(&kernel->binaries_lock);
	return err;
}
