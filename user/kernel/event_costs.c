/* SPDX-License-Identifier: BSD-2-Clause */
#include "event_costs.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "user/base/clock.h"
#include "call_times.h"
#include "kernel_counts.h"
#include "kernel_detail.h"

#include "bundletrace.skel.h"

enum { BATCHES = 9, BATCH = 200 };

/* Assumed where the kernel has no multi-uprobe links, so that nothing can be measured; as seen on such machines. */
#define APP_NS_UNKNOWN 1500.0

static const char model_name[] = "calibration";

/* Calls without an effect on our own file; the first that the filter wants stands for all system calls. */
static const long harmless[] = { SYS_lseek, SYS_read, SYS_pread64, SYS_fstat, SYS_write, SYS_openat };
static int own_file;

/* --- the measured operations --- */

/* A probe site with arguments in the registers of the library's probes: bundle, name, offset, size, nanoseconds,
 * cause. */
static __attribute__((noinline)) void fire(long nr)
{
	register uint64_t ns __asm__("r8") = 1000, cause __asm__("r9") = 0;
	__asm__ volatile(".globl event_costs_site\nevent_costs_site: nop"
			 :
			 : "D"(~0ull), "S"(model_name), "d"(nr), "c"(4096ull), "r"(ns), "r"(cause)
			 : "memory");
}
extern const char event_costs_site[];

static void call(long nr)
{
	static char buffer[256];
	syscall(nr, (long)own_file, buffer, 1L, 0L, 0L, 0L);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int nothing(void *ctx, const struct event_header *record, unsigned cpu)
{
	(void)ctx, (void)record, (void)cpu;
	return 0;
}

/* Nanoseconds of one operation: the median of the batches. */
static double measure(struct kernel *kernel, void (*one)(long), long nr)
{
	double took[BATCHES];
	for (int batch = 0; batch < BATCHES; batch++) {
		uint64_t start = clock_monotonic_ns();
		for (int i = 0; i < BATCH; i++)
			one(nr);
		took[batch] = (double)(clock_monotonic_ns() - start) / BATCH;
		rings_drain(kernel_rings(kernel), true, nothing, NULL);
	}
	qsort(took, BATCHES, sizeof(*took), compare);
	return took[BATCHES / 2];
}

/* --- with the hooks attached --- */

static int find_site(struct dl_phdr_info *info, size_t size, void *ctx)
{
	uint64_t *offset = ctx, site = (uintptr_t)event_costs_site;
	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + part->p_vaddr;
		if (part->p_type == PT_LOAD && site >= start && site < start + part->p_filesz)
			*offset = site - start + part->p_offset;
	}
	return *offset != 0;
}

static double above(double ns, double bare)
{
	return ns > bare ? ns - bare : 0;
}

static int measure_app(struct kernel *kernel, struct event_costs *costs)
{
	uint64_t offset = 0;
	if (!dl_iterate_phdr(find_site, &offset))
		return -ENOENT;
	int link = kernel_attach_site(kernel, "/proc/self/exe", offset, EVENT_APP_LOAD);
	if (link < 0)
		return link;
	for (enum detail detail = 0; detail < DETAILS; detail++) {
		kernel_set_detail(kernel, detail);
		costs->app_ns[detail] = measure(kernel, fire, 0);
	}
	close(link);
	return 0;
}

static int measure_calls(struct kernel *kernel, long nr, struct event_costs *costs)
{
	double bare = measure(kernel, call, nr);
	int err = kernel_detach_calls(kernel, false);
	for (enum detail detail = 0; detail < DETAILS && !err; detail++) {
		kernel_set_detail(kernel, detail);
		costs->call_ns[detail] = above(measure(kernel, call, nr), bare);
	}
	kernel_detach_calls(kernel, true);
	return err;
}

static int measure_uses(struct kernel *kernel, struct event_costs *costs)
{
	double bare = measure(kernel, call, SYS_pread64);
	int err = kernel_count_reads(kernel, true);
	if (!err)
		costs->use_ns = above(measure(kernel, call, SYS_pread64), bare);
	kernel_narrow_reads(kernel, true);
	if (!err)
		costs->skip_ns = above(measure(kernel, call, SYS_pread64), bare);
	kernel_narrow_reads(kernel, false);
	kernel_count_reads(kernel, false);
	return err;
}

static long wanted_call(const struct filter *filter)
{
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (filter->wanted[harmless[i]])
			return harmless[i];
	return -1;
}

/* --- tracing this process, and discarding what it did --- */

static int mark(struct kernel *kernel, int pidfd, bool traced)
{
	struct task_state state = { .flags = TASK_TRACED };
	int tasks = bpf_map__fd(kernel_skeleton(kernel)->maps.tasks);
	int err = traced ? bpf_map_update_elem(tasks, &pidfd, &state, BPF_NOEXIST)
			 : bpf_map_delete_elem(tasks, &pidfd);
	return err ? -errno : 0;
}

static void zero(const struct bpf_map *map, uint32_t key, size_t size)
{
	int cpus = libbpf_num_possible_cpus();
	void *zeros = cpus > 0 ? calloc((size_t)cpus, size) : NULL;
	if (zeros)
		bpf_map_update_elem(bpf_map__fd(map), &key, zeros, BPF_ANY);
	free(zeros);
}

static int drop_times(void *ctx, const struct load_key *key, const struct load_times *times)
{
	(void)ctx, (void)key, (void)times;
	return 0;
}

static void forget(struct kernel *kernel)
{
	const struct bundletrace_bpf *skel = kernel_skeleton(kernel);
	rings_drain(kernel_rings(kernel), true, nothing, NULL);
	kernel_load_times(kernel, drop_times, NULL);
	zero(skel->maps.cpu_states, 0, sizeof(struct cpu_state));
	/* attaching and detaching make system calls as well */
	for (uint32_t nr = 0; nr < SYSCALL_MAX; nr++)
		zero(skel->maps.call_counts, nr, sizeof(struct call_count));
	call_times_forget(kernel);
	if (rings_calls(kernel_rings(kernel)))
		call_rings_forget_lost(rings_calls(kernel_rings(kernel)));
}

/* Measures what the filter wants. 0 or -errno. */
static int measure_all(struct kernel *kernel, const struct filter *filter, long nr, struct event_costs *costs)
{
	int err = nr >= 0 ? measure_calls(kernel, nr, costs) : 0;
	if (!err && filter->app) {
		err = measure_app(kernel, costs);
		if (err == -ENOTSUP)
			err = 0;
	}
	if (!err && kernel_counts_reads(kernel))
		err = measure_uses(kernel, costs);
	kernel_set_detail(kernel, DETAIL_ALL);
	return err;
}

int event_costs_measure(struct kernel *kernel, const struct filter *filter, struct event_costs *costs)
{
	long nr = wanted_call(filter);
	int pidfd = pidfd_open(getpid(), 0);
	int err = pidfd < 0 ? -errno : mark(kernel, pidfd, true);
	*costs = (struct event_costs){ 0 };
	for (enum detail detail = 0; detail < DETAILS; detail++)
		costs->app_ns[detail] = APP_NS_UNKNOWN;
	own_file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	kernel_begin(kernel);
	if (!err)
		err = own_file < 0 ? -errno : measure_all(kernel, filter, nr, costs);
	kernel_hold(kernel);
	if (own_file >= 0)
		close(own_file);
	if (pidfd >= 0) {
		mark(kernel, pidfd, false);
		close(pidfd);
	}
	forget(kernel);
	return err;
}
