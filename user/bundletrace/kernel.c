/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <uthash.h>

#include "../common/report.h"
#include "../common/syscalls.h"
#include "preflight.h"
#include "usdt.h"

#include "bundletrace.skel.h"

#define APP_KINDS (EVENT_APP_CLOSE - EVENT_APP_OPEN + 1)

/* A binary that was looked at: its probes, if it has any. */
struct binary {
	struct {
		uint64_t dev, ino;
	} key;
	struct bpf_link *links[APP_KINDS];
	UT_hash_handle hh;
};

struct kernel {
	struct bundletrace_bpf *skel;
	struct rings *rings;
	struct binary *binaries;
	uint32_t app; /* FILTER_APP() of the wanted probes */
};

static struct bpf_program *app_program(const struct kernel *kernel, unsigned kind)
{
	struct bpf_program *const programs[APP_KINDS] = {
		kernel->skel->progs.app_open,
		kernel->skel->progs.app_hit,
		kernel->skel->progs.app_miss,
		kernel->skel->progs.app_load,
		kernel->skel->progs.app_evict,
		kernel->skel->progs.app_prefetch,
		kernel->skel->progs.app_error,
		kernel->skel->progs.app_close,
	};
	return programs[kind - EVENT_APP_OPEN];
}

static bool kernel_is(int least_major, int least_minor)
{
	struct utsname name;
	int major, minor;
	if (uname(&name) || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		return false;
	return major > least_major || (major == least_major && minor >= least_minor);
}

/* Writes the constants that the programs are verified with, and leaves out the programs that are not needed.
 */
static void configure(struct kernel *kernel, const struct kernel_options *options)
{
	struct bundletrace_bpf *skel = kernel->skel;
	bool calls = filter_any_call(options->filter);
	skel->rodata->emit_calls = options->emit_calls;
	skel->rodata->count_calls = options->count_calls;
	skel->rodata->follow = options->follow;
	skel->rodata->wake_bytes = (__u32)(options->ring_bytes / 4);
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		struct call_spec *spec = &skel->rodata->call_specs[nr];
		*spec = syscall_spec(nr);
		if (options->filter->wanted[nr])
			spec->flags |= CALL_WANTED;
		else if (!options->emit_calls)
			spec->flags = 0;
	}
	bpf_program__set_autoload(skel->progs.mark_tasks, options->running);
	bpf_program__set_autoload(skel->progs.on_sys_enter, calls && options->durations);
	bool cast = kernel_is(6, 2); /* bpf_rdonly_cast() */
	bpf_program__set_autoload(skel->progs.on_sys_exit, calls && cast);
	bpf_program__set_autoload(skel->progs.on_sys_exit_no_cast, calls && !cast);
	bpf_program__set_autoload(skel->progs.on_exit_call, calls);
	for (unsigned kind = EVENT_APP_OPEN; kind <= EVENT_APP_CLOSE; kind++)
		bpf_program__set_autoload(app_program(kernel, kind), kernel->app & FILTER_APP(kind));
	bpf_map__set_max_entries(skel->maps.rings, (__u32)libbpf_num_possible_cpus());
}

static int connect_rings(struct kernel *kernel, size_t ring_bytes)
{
	int cpus = libbpf_num_possible_cpus();
	if (cpus < 0)
		return cpus;
	kernel->rings = rings_new((unsigned)cpus, ring_bytes);
	if (!kernel->rings)
		return -errno;
	for (int cpu = 0; cpu < cpus; cpu++) {
		int ring = rings_map(kernel->rings, (unsigned)cpu);
		if (bpf_map_update_elem(bpf_map__fd(kernel->skel->maps.rings), &cpu, &ring, BPF_ANY))
			return -errno;
	}
	return 0;
}

struct kernel *kernel_load(const struct kernel_options *options)
{
	if (!preflight())
		return NULL;
	struct kernel *kernel = calloc(1, sizeof(*kernel));
	if (!kernel)
		return NULL;
	kernel->app = options->filter->app;
	if (kernel->app && !preflight_uprobes())
		kernel->app = 0;
	kernel->skel = bundletrace_bpf__open();
	if (!kernel->skel) {
		preflight_explain("cannot read the BPF programs", -errno);
		kernel_free(kernel);
		return NULL;
	}
	configure(kernel, options);
	int err = bundletrace_bpf__load(kernel->skel);
	if (err) {
		preflight_explain("cannot load the BPF programs", err);
	} else {
		err = connect_rings(kernel, options->ring_bytes);
		if (err)
			preflight_explain("cannot make the ring buffers", err);
	}
	if (err) {
		kernel_free(kernel);
		return NULL;
	}
	return kernel;
}

void kernel_stop(struct kernel *kernel)
{
	__atomic_store_n(&kernel->skel->bss->over, true, __ATOMIC_RELEASE);
}

void kernel_detach(struct kernel *kernel)
{
	for (struct binary *binary = kernel->binaries; binary; binary = binary->hh.next)
		for (unsigned i = 0; i < APP_KINDS; i++) {
			bpf_link__destroy(binary->links[i]);
			binary->links[i] = NULL;
		}
	bundletrace_bpf__detach(kernel->skel);
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	if (kernel->skel)
		kernel_detach(kernel);
	while (kernel->binaries) {
		struct binary *binary = kernel->binaries;
		HASH_DEL(kernel->binaries, binary);
		free(binary);
	}
	rings_free(kernel->rings);
	bundletrace_bpf__destroy(kernel->skel);
	free(kernel);
}

int kernel_trace_command(struct kernel *kernel, pid_t pid)
{
	struct task_state state = { .flags = TASK_WAITS_FOR_EXEC };
	int pidfd = pidfd_open(pid, 0);
	int err = pidfd < 0 ? -errno : 0;
	if (!err && bpf_map_update_elem(bpf_map__fd(kernel->skel->maps.tasks), &pidfd, &state, BPF_NOEXIST))
		err = -errno;
	if (pidfd >= 0)
		close(pidfd);
	if (err)
		preflight_explain("cannot mark the command as traced", err);
	else
		__atomic_fetch_add(&kernel->skel->bss->live_tasks, 1, __ATOMIC_RELAXED);
	return err;
}

/* One walk over all tasks. The number of those newly marked, or -errno. */
static long mark_tasks(struct kernel *kernel)
{
	unsigned long before = kernel->skel->bss->tasks_marked;
	int iterator = bpf_iter_create(bpf_link__fd(kernel->skel->links.mark_tasks));
	char unused[64];
	if (iterator < 0)
		return -errno;
	while (read(iterator, unused, sizeof(unused)) > 0)
		;
	close(iterator);
	return (long)(kernel->skel->bss->tasks_marked - before);
}

int kernel_trace_running(struct kernel *kernel, const pid_t *pids, unsigned count)
{
	struct bundletrace_bpf *skel = kernel->skel;
	__u8 one = 1;
	long marked = 0;
	for (unsigned i = 0; i < count; i++)
		if (bpf_map_update_elem(bpf_map__fd(skel->maps.wanted_processes), &pids[i], &one, BPF_ANY))
			marked = -errno;
	skel->links.mark_tasks = bpf_program__attach(skel->progs.mark_tasks);
	if (!skel->links.mark_tasks)
		marked = -errno;
	/* a thread that an unmarked one makes during a walk is found by the next */
	if (marked == 0)
		while ((marked = mark_tasks(kernel)) > 0)
			;
	if (marked < 0)
		preflight_explain("cannot mark the processes as traced", (int)marked);
	return (int)marked;
}

int kernel_attach(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	struct {
		struct bpf_program *program;
		struct bpf_link **link;
	} const hooks[] = {
		{ skel->progs.on_fork, &skel->links.on_fork },
		{ skel->progs.on_exec, &skel->links.on_exec },
		/* the call before the end of its process */
		{ skel->progs.on_exit_call, &skel->links.on_exit_call },
		{ skel->progs.on_exit, &skel->links.on_exit },
		{ skel->progs.on_sys_enter, &skel->links.on_sys_enter },
		{ skel->progs.on_sys_exit, &skel->links.on_sys_exit },
		{ skel->progs.on_sys_exit_no_cast, &skel->links.on_sys_exit_no_cast },
	};
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		if (!bpf_program__autoload(hooks[i].program))
			continue;
		*hooks[i].link = bpf_program__attach(hooks[i].program);
		if (!*hooks[i].link) {
			int err = -errno;
			preflight_explain(bpf_program__name(hooks[i].program), err);
			return err;
		}
	}
	return 0;
}

/* The entry of a file looked at before, NULL if it was not; probe->key says which file it is. */
static struct binary *find_binary(struct kernel *kernel, const char *path, struct binary *probe)
{
	struct stat st;
	struct binary *known = NULL;
	memset(&probe->key, 0, sizeof(probe->key));
	if (stat(path, &st))
		return NULL;
	probe->key.dev = st.st_dev;
	probe->key.ino = st.st_ino;
	HASH_FIND(hh, kernel->binaries, &probe->key, sizeof(probe->key), known);
	return known;
}

bool kernel_knows_binary(struct kernel *kernel, const char *path)
{
	struct binary probe;
	return find_binary(kernel, path, &probe);
}

/* The entry of a file not looked at before. 0, -EEXIST or -errno. */
static int new_binary(struct kernel *kernel, const char *path, struct binary **out)
{
	struct binary probe;
	if (find_binary(kernel, path, &probe))
		return -EEXIST;
	if (!probe.key.ino)
		return -ENOENT;
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->key = probe.key;
	HASH_ADD(hh, kernel->binaries, key, sizeof((*out)->key), *out);
	return 0;
}

int kernel_attach_probes(struct kernel *kernel, const char *path)
{
	struct binary *binary = NULL;
	int attached = 0, err = new_binary(kernel, path, &binary);
	int64_t probes = binary && kernel->app ? usdt_probes_in(path) : 0;
	for (unsigned kind = EVENT_APP_OPEN; !err && probes > 0 && kind <= EVENT_APP_CLOSE; kind++) {
		if (!(probes & kernel->app & FILTER_APP(kind)))
			continue;
		struct bpf_link *link = bpf_program__attach_usdt(
			app_program(kernel, kind), -1, path, USDT_PROVIDER, usdt_probe_name(kind), NULL);
		err = link ? 0 : -errno;
		binary->links[kind - EVENT_APP_OPEN] = link;
		attached++;
	}
	return err ? err : attached;
}

struct rings *kernel_rings(const struct kernel *kernel)
{
	return kernel->rings;
}

unsigned long kernel_live(const struct kernel *kernel)
{
	return __atomic_load_n(&kernel->skel->bss->live_tasks, __ATOMIC_ACQUIRE);
}

/* Reads one element of a per-CPU map: `size` bytes a CPU. */
static int read_per_cpu(const struct bpf_map *map, __u32 key, void *values)
{
	return bpf_map_lookup_elem(bpf_map__fd(map), &key, values) ? -errno : 0;
}

static int count_calls(const struct kernel *kernel, int cpus, struct call_count *calls)
{
	struct call_count *values = calloc((size_t)cpus, sizeof(*values));
	int err = values ? 0 : -ENOMEM;
	for (__u32 nr = 0; !err && nr < SYSCALL_MAX; nr++) {
		err = read_per_cpu(kernel->skel->maps.call_counts, nr, values);
		for (int cpu = 0; !err && cpu < cpus; cpu++) {
			calls[nr].calls += values[cpu].calls;
			calls[nr].errors += values[cpu].errors;
			calls[nr].total_ns += values[cpu].total_ns;
			if (values[cpu].max_ns > calls[nr].max_ns)
				calls[nr].max_ns = values[cpu].max_ns;
		}
	}
	free(values);
	return err;
}

static int count_lost(const struct kernel *kernel, int cpus, uint64_t lost[EVENT_KINDS][LOST_CAUSES])
{
	struct cpu_state *values = calloc((size_t)cpus, sizeof(*values));
	int err = values ? read_per_cpu(kernel->skel->maps.cpu_states, 0, values) : -ENOMEM;
	for (int cpu = 0; !err && cpu < cpus; cpu++)
		for (int kind = 0; kind < EVENT_KINDS; kind++)
			for (int cause = 0; cause < LOST_CAUSES; cause++)
				lost[kind][cause] += values[cpu].lost[kind][cause];
	free(values);
	return err;
}

int kernel_counts(
	const struct kernel *kernel, struct call_count *calls, uint64_t lost[EVENT_KINDS][LOST_CAUSES])
{
	int cpus = libbpf_num_possible_cpus();
	memset(calls, 0, SYSCALL_MAX * sizeof(*calls));
	memset(lost, 0, EVENT_KINDS * sizeof(lost[0]));
	if (cpus < 0)
		return cpus;
	int err = count_calls(kernel, cpus, calls);
	return err ? err : count_lost(kernel, cpus, lost);
}
