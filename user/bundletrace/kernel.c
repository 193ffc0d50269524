/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../common/report.h"
#include "../common/syscalls.h"
#include "kernel_inside.h"
#include "preflight.h"

/* One link for many uprobes, from Linux 6.6 on: older headers and libraries do not know it. */
#define ATTACH_UPROBE_MULTI 48 /* BPF_TRACE_UPROBE_MULTI */

/* With live counters, what has to be told one by one. */
#define APP_RARE                                                                                             \
	(FILTER_APP(EVENT_APP_OPEN) | FILTER_APP(EVENT_APP_LOAD) | FILTER_APP(EVENT_APP_ERROR) |             \
		FILTER_APP(EVENT_APP_CLOSE) | FILTER_APP(EVENT_APP_POLICY))

#define APP_FREQUENT                                                                                         \
	(FILTER_APP(EVENT_APP_HIT) | FILTER_APP(EVENT_APP_MISS) | FILTER_APP(EVENT_APP_LOAD) |               \
		FILTER_APP(EVENT_APP_EVICT) | FILTER_APP(EVENT_APP_PREFETCH))

/* The probes that are to be attached as one group now. */
static uint32_t group_probes(const struct kernel *kernel, enum group group)
{
	uint32_t frequent = kernel->steps ? APP_FREQUENT : 0;
	if (group == GROUP_REST)
		return kernel->app & ~frequent;
	return kernel->fewer ? 0 : kernel->app & frequent;
}

static struct bpf_program *app_program(const struct kernel *kernel, unsigned kind)
{
	if (kernel->live && kind == EVENT_APP_OPEN)
		return kernel->skel->progs.live_open;
	if (kernel->live && kind == EVENT_APP_CLOSE)
		return kernel->skel->progs.live_close;
	struct bpf_program *const programs[USDT_PROBES] = {
		kernel->skel->progs.app_open,
		kernel->skel->progs.app_hit,
		kernel->skel->progs.app_miss,
		kernel->skel->progs.app_load,
		kernel->skel->progs.app_evict,
		kernel->skel->progs.app_prefetch,
		kernel->skel->progs.app_error,
		kernel->skel->progs.app_close,
		kernel->skel->progs.app_policy,
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

/* What counts what is done with files: of the tracepoints of faults, those that the kernel has. */
static void configure_files(struct bundletrace_bpf *skel, bool files)
{
	bool faults = files && libbpf_find_vmlinux_btf_id("mm_filemap_fault", BPF_TRACE_RAW_TP) > 0 &&
		      libbpf_find_vmlinux_btf_id("mm_filemap_map_pages", BPF_TRACE_RAW_TP) > 0;
	bpf_map__set_autocreate(skel->maps.file_uses, files);
	bpf_map__set_autocreate(skel->maps.files_ignored, files);
	bpf_program__set_autoload(skel->progs.use_call, files);
	bpf_program__set_autoload(skel->progs.use_fill, files);
	bpf_program__set_autoload(skel->progs.use_fault, faults);
	bpf_program__set_autoload(skel->progs.use_around, faults);
}

/* Writes the constants that the programs are verified with, and leaves out the programs that are not needed.
 */
static void configure(struct kernel *kernel, const struct kernel_options *options)
{
	struct bundletrace_bpf *skel = kernel->skel;
	bool calls = filter_any_call(options->filter);
	skel->rodata->emit_calls = options->emit_calls;
	skel->rodata->count_calls = options->count_calls;
	skel->rodata->time_calls = options->durations;
	skel->rodata->bounded = options->steps;
	skel->rodata->follow = options->follow;
	skel->rodata->everyone = options->everyone;
	memcpy((void *)&skel->rodata->whom, &options->whom, sizeof(options->whom));
	skel->rodata->stack_bytes = options->stack_bytes;
	skel->rodata->stack_frames = options->stack_frames;
	skel->rodata->wake_bytes = (__u32)(options->ring_bytes / 4);
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		struct call_spec *spec = &skel->rodata->call_specs[nr];
		*spec = syscall_spec(nr);
		skel->rodata->call_copies[nr] = syscall_copies(nr);
		if (options->filter->wanted[nr])
			spec->flags |= CALL_WANTED;
		else if (!options->emit_calls)
			spec->flags = 0;
	}
	bpf_program__set_autoload(
		skel->progs.mark_tasks, options->running || options->everyone || options->whom.by);
	bpf_program__set_autoload(skel->progs.tell_unfinished, calls && options->emit_calls);
	bpf_program__set_autoload(skel->progs.on_sys_enter, calls && options->durations);
	bool cast = kernel_is(6, 2); /* bpf_rdonly_cast() */
	bpf_program__set_autoload(skel->progs.on_sys_exit, calls && cast);
	bpf_program__set_autoload(skel->progs.on_sys_exit_no_cast, calls && !cast);
	bpf_program__set_autoload(skel->progs.on_exit_call, calls);
	struct bpf_program *const live[] = { skel->progs.live_open, skel->progs.live_close,
		skel->progs.live_fork, skel->progs.live_exec, skel->progs.live_exit };
	for (size_t i = 0; i < sizeof(live) / sizeof(*live); i++)
		bpf_program__set_autoload(live[i], kernel->live);
	skel->rodata->take_counters = kernel->live;
	bpf_program__set_autoload(skel->progs.app_probe, kernel->multi);
	configure_files(skel, options->files);
	bpf_program__set_expected_attach_type(
		skel->progs.app_probe, (enum bpf_attach_type)ATTACH_UPROBE_MULTI);
	bpf_program__set_autoload(skel->progs.app_open, false);
	bpf_program__set_autoload(skel->progs.app_close, false);
	for (unsigned kind = EVENT_APP_OPEN; kind <= EVENT_APP_LAST; kind++)
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

/* In whose pid namespace numbers are shown: the program runs in this process. 0 or -errno. */
static int find_pid_namespace(const struct kernel *kernel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	return bpf_prog_test_run_opts(bpf_program__fd(kernel->skel->progs.find_pid_namespace), &opts);
}

struct kernel *kernel_load(const struct kernel_options *options)
{
	if (!preflight())
		return NULL;
	struct kernel *kernel = calloc(1, sizeof(*kernel));
	if (!kernel)
		return NULL;
	kernel->app = options->filter->app;
	kernel->steps = options->steps;
	if (kernel->app && !preflight_uprobes())
		kernel->app = 0;
	kernel->live = options->live && kernel->app && kernel_is(6, 16);
	kernel->multi = kernel->app && kernel_is(6, 6);
	if (kernel->live)
		kernel->app &= options->each ? ~FILTER_APP(EVENT_APP_HIT) : APP_RARE;
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
	if (!err) {
		err = find_pid_namespace(kernel);
		if (err)
			preflight_explain("cannot find the tracer's pid namespace", err);
	}
	if (err) {
		kernel_free(kernel);
		return NULL;
	}
	return kernel;
}

void kernel_begin(struct kernel *kernel)
{
	__atomic_store_n(&kernel->skel->bss->phase, TRACE_ON, __ATOMIC_RELEASE);
}

void kernel_hold(struct kernel *kernel)
{
	__atomic_store_n(&kernel->skel->bss->phase, TRACE_HELD, __ATOMIC_RELEASE);
}

void kernel_stop(struct kernel *kernel)
{
	__atomic_store_n(&kernel->skel->bss->phase, TRACE_OVER, __ATOMIC_RELEASE);
}

int kernel_tell_unfinished(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	if (!bpf_program__autoload(skel->progs.tell_unfinished) || kernel_live(kernel) == 0)
		return 0;
	skel->links.tell_unfinished = bpf_program__attach(skel->progs.tell_unfinished);
	return skel->links.tell_unfinished ? kernel_walk(skel->links.tell_unfinished) : -errno;
}

static void group_detach(struct kernel *kernel, struct binary *binary, enum group group)
{
	uint32_t probes = group == GROUP_FREQUENT ? APP_FREQUENT : ~APP_FREQUENT;
	if (binary->link[group] >= 0)
		close(binary->link[group]);
	binary->link[group] = -1;
	for (unsigned i = 0; i < USDT_PROBES; i++) {
		if (kernel->steps && !(probes & FILTER_APP(EVENT_APP_OPEN + i)))
			continue;
		bpf_link__destroy(binary->links[i]);
		binary->links[i] = NULL;
	}
}

static void binary_detach(struct kernel *kernel, struct binary *binary)
{
	for (enum group group = 0; group < GROUPS; group++)
		group_detach(kernel, binary, group);
	if (binary->file >= 0)
		close(binary->file);
	binary->file = -1;
}

void kernel_detach(struct kernel *kernel)
{
	for (struct binary *binary = kernel->binaries; binary; binary = binary->hh.next)
		binary_detach(kernel, binary);
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

int kernel_attach(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	struct {
		struct bpf_program *program;
		struct bpf_link **link;
	} const hooks[] = {
		{ skel->progs.on_fork, &skel->links.on_fork },
		{ skel->progs.live_fork, &skel->links.live_fork },
		{ skel->progs.on_exec, &skel->links.on_exec },
		{ skel->progs.live_exec, &skel->links.live_exec },
		/* the call before the end of its process */
		{ skel->progs.on_exit_call, &skel->links.on_exit_call },
		{ skel->progs.live_exit, &skel->links.live_exit },
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

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* The entry of a file. 0: it is to be looked at; -EEXIST: it has been; or -errno. */
static int enter_binary(struct kernel *kernel, const struct stat *st, struct binary **out)
{
	struct binary probe, *known = NULL;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.dev = st->st_dev;
	probe.key.ino = st->st_ino;
	HASH_FIND(hh, kernel->binaries, &probe.key, sizeof(probe.key), known);
	*out = known;
	/* a probe holds its inode: only the number of a file without can be another file's by now */
	if (known && (known->since_ns || same_time(&known->changed, &st->st_ctim)))
		return -EEXIST;
	if (!known) {
		known = calloc(1, sizeof(*known));
		if (!known)
			return -ENOMEM;
		known->key = probe.key;
		known->file = known->link[GROUP_REST] = known->link[GROUP_FREQUENT] = -1;
		HASH_ADD(hh, kernel->binaries, key, sizeof(known->key), known);
	}
	known->changed = st->st_ctim;
	*out = known;
	return 0;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* One link to all of them: the link or -errno. */
static int attach_together(
	struct kernel *kernel, const char *path, uint32_t wanted, const struct usdt_probes *probes)
{
	uint64_t offsets[USDT_PROBES], semaphores[USDT_PROBES], cookies[USDT_PROBES];
	/* the head of union bpf_attr for BPF_LINK_CREATE */
	struct {
		__u32 program, target, type, flags;
		__aligned_u64 path, offsets, semaphores, cookies;
		__u32 count, probe_flags, pid, pad;
	} attr = {
		.program = (__u32)bpf_program__fd(kernel->skel->progs.app_probe),
		.type = ATTACH_UPROBE_MULTI,
		.path = (uintptr_t)path,
		.offsets = (uintptr_t)offsets,
		.semaphores = (uintptr_t)semaphores,
		.cookies = (uintptr_t)cookies,
	};
	for (unsigned kind = EVENT_APP_OPEN; kind <= EVENT_APP_LAST; kind++) {
		const struct usdt_site *site = &probes->sites[kind - EVENT_APP_OPEN];
		if (!(wanted & FILTER_APP(kind)))
			continue;
		offsets[attr.count] = site->probe;
		semaphores[attr.count] = site->semaphore;
		cookies[attr.count++] = kind | (site->framed ? PROBE_FRAMED : 0);
	}
	int link = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return link < 0 ? -errno : link;
}

int kernel_attach_site(struct kernel *kernel, const char *path, uint64_t offset, uint16_t kind)
{
	struct usdt_probes probes = { 0 };
	probes.sites[kind - EVENT_APP_OPEN].probe = offset;
	return kernel->multi ? attach_together(kernel, path, FILTER_APP(kind), &probes) : -ENOTSUP;
}

static int attach_each(struct kernel *kernel, struct binary *binary, const char *path, uint32_t wanted)
{
	for (unsigned kind = EVENT_APP_OPEN; kind <= EVENT_APP_LAST; kind++) {
		if (!(wanted & FILTER_APP(kind)))
			continue;
		struct bpf_link *link = bpf_program__attach_usdt(
			app_program(kernel, kind), -1, path, USDT_PROVIDER, usdt_probe_name(kind), NULL);
		if (!link)
			return -errno;
		binary->links[kind - EVENT_APP_OPEN] = link;
	}
	return 0;
}

/* The group's wanted probes of a file. How many were attached, or -errno. */
static int attach_group(struct kernel *kernel, struct binary *binary, const char *path, enum group group,
	const struct usdt_probes *probes)
{
	uint32_t wanted = probes->here & group_probes(kernel, group);
	if (!wanted)
		return 0;
	if (kernel->multi && (wanted & ~probes->plain) == 0) {
		int link = attach_together(kernel, path, wanted, probes);
		if (link < 0)
			return link;
		binary->link[group] = link;
	} else {
		int err = attach_each(kernel, binary, path, wanted);
		if (err)
			return err;
	}
	return __builtin_popcount(wanted);
}

/* The wanted probes of a file that has not been looked at. How many were attached, or -errno. */
static int attach_binary(struct kernel *kernel, struct binary *binary, int file)
{
	struct usdt_probes probes = { 0 };
	char path[64];
	int sum = 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	usdt_probes_in(path, &probes);
	if (!(probes.here & kernel->app))
		return 0;
	if (kernel->steps)
		binary->file = fcntl(file, F_DUPFD_CLOEXEC, 0);
	for (enum group group = 0; group < GROUPS && sum >= 0; group++) {
		int got = attach_group(kernel, binary, path, group, &probes);
		sum = got < 0 ? got : sum + got;
	}
	binary->since_ns = monotonic_ns();
	return sum;
}

int kernel_attach_probes(struct kernel *kernel, const char *path, uint64_t *since_ns)
{
	struct stat st;
	struct binary *binary = NULL;
	*since_ns = 0;
	if (!kernel->app)
		return 0;
	/* held until all are attached, if its process ends meanwhile; a device or pipe is not opened so */
	int file = open(path, O_PATH | O_CLOEXEC);
	if (file < 0)
		return errno == EPERM ? -EPERM : -ENOENT; /* or its process has ended */
	int result = fstat(file, &st) ? -errno : S_ISREG(st.st_mode) ? 0 : -ENOEXEC;
	if (!result)
		result = enter_binary(kernel, &st, &binary);
	if (!result)
		result = attach_binary(kernel, binary, file);
	close(file);
	if (binary)
		*since_ns = binary->since_ns;
	return result == -EEXIST || result == -ENOEXEC ? 0 : result;
}

static int frequent_back(struct kernel *kernel, struct binary *binary)
{
	struct usdt_probes probes = { 0 };
	char path[64];
	if (binary->file < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", binary->file);
	usdt_probes_in(path, &probes);
	int got = attach_group(kernel, binary, path, GROUP_FREQUENT, &probes);
	return got < 0 ? got : 0;
}

int kernel_probes_fewer(struct kernel *kernel, bool fewer)
{
	int err = 0;
	kernel->fewer = fewer;
	for (struct binary *binary = kernel->binaries; binary && !err; binary = binary->hh.next)
		if (fewer)
			group_detach(kernel, binary, GROUP_FREQUENT);
		else
			err = frequent_back(kernel, binary);
	return err;
}

struct bundletrace_bpf *kernel_skeleton(const struct kernel *kernel)
{
	return kernel->skel;
}

bool kernel_takes_live(const struct kernel *kernel)
{
	return kernel->live;
}

int kernel_add_list(struct kernel *kernel, pid_t pid, uint64_t list)
{
	return bpf_map_update_elem(bpf_map__fd(kernel->skel->maps.live_lists), &pid, &list, BPF_ANY) ? -errno
												     : 0;
}

bool kernel_has_list(const struct kernel *kernel, pid_t pid)
{
	uint64_t list;
	return bpf_map_lookup_elem(bpf_map__fd(kernel->skel->maps.live_lists), &pid, &list) == 0;
}

int kernel_lists(struct kernel *kernel, int (*each)(void *ctx, pid_t pid, uint64_t list), void *ctx)
{
	int map = bpf_map__fd(kernel->skel->maps.live_lists), err = 0;
	pid_t pid, *before = NULL;
	uint64_t list;
	while (!err && bpf_map_get_next_key(map, before, &pid) == 0) {
		if (bpf_map_lookup_elem(map, &pid, &list) == 0)
			err = each(ctx, pid, list);
		before = &pid;
	}
	return err;
}

struct rings *kernel_rings(const struct kernel *kernel)
{
	return kernel->rings;
}

unsigned long kernel_live(const struct kernel *kernel)
{
	return __atomic_load_n(&kernel->skel->bss->live_tasks, __ATOMIC_ACQUIRE);
}

unsigned long kernel_children_left(const struct kernel *kernel)
{
	return __atomic_load_n(&kernel->skel->bss->children_left, __ATOMIC_ACQUIRE);
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

int kernel_lost(const struct kernel *kernel, uint64_t lost[EVENT_KINDS][LOST_CAUSES])
{
	int cpus = libbpf_num_possible_cpus();
	memset(lost, 0, EVENT_KINDS * sizeof(lost[0]));
	if (cpus < 0)
		return cpus;
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
	if (cpus < 0)
		return cpus;
	int err = count_calls(kernel, cpus, calls);
	return err ? err : kernel_lost(kernel, lost);
}
