/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "user/base/clock.h"
#include "user/kernel/kernel_detail.h"
#include "user/kernel/requirements.h"
#include "user/modelfile/formats.h"
#include "user/modelfile/identity.h"

#include "bundletrace.skel.h"

enum {
	AT_ONCE = 1024,      /* counts read with one call */
	EXAMINED_MAX = 1024, /* files examined in one interval; the others follow in the next */
	PATHS_MAX = 4096,    /* paths */
	PAGE_BYTES = 4096,   /* of x86-64 */
	CACHED_DUTY = 100,   /* asking for page-cache residency takes at most 1% of the time */
};

#define FORGET_NS     60000000000u /* ignored files are examined again: they may have become models */
#define SYS_CACHESTAT 451          /* from Linux 6.5 on */

/* The path of a file that the kernel side has reported. */
struct known_path {
	struct {
		uint64_t ino, dev;
	} key;
	char *path;
	UT_hash_handle hh;
};

/* --- start and end --- */

int model_files_start(struct model_files *files, struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel_skeleton(kernel);
	struct bpf_program *const programs[] = { skel->progs.use_fault, skel->progs.use_around,
		skel->progs.use_fill };
	struct bpf_link **const links[] = { &skel->links.use_fault, &skel->links.use_around,
		&skel->links.use_fill };
	*files = (struct model_files){ .kernel = kernel, .counted = true };
	int failed = kernel_count_reads(kernel, true);
	if (failed) {
		requirements_explain("cannot count reads of files", failed);
		return failed;
	}
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		if (!bpf_program__autoload(programs[i]))
			continue;
		*links[i] = bpf_program__attach(programs[i]);
		if (!*links[i]) {
			int err = -errno;
			requirements_explain(bpf_program__name(programs[i]), err);
			return err;
		}
	}
	return 0;
}

static void drop_path(struct model_files *files, struct known_path *known)
{
	HASH_DEL(files->paths, known);
	free(known->path);
	free(known);
}

static void drop_file(struct model_files *files, struct model_file *file)
{
	bpf_map_delete_elem(bpf_map__fd(kernel_skeleton(files->kernel)->maps.file_uses), &file->key);
	HASH_DEL(files->list, file);
	free(file->path);
	free(file);
}

void model_files_end(struct model_files *files)
{
	while (files->list)
		drop_file(files, files->list);
	while (files->paths)
		drop_path(files, files->paths);
}

/* --- paths --- */

static struct known_path *find_path(const struct model_files *files, uint64_t ino, uint32_t dev)
{
	struct known_path *known, probe = { .key = { .ino = ino, .dev = dev } };
	HASH_FIND(hh, files->paths, &probe.key, sizeof(probe.key), known);
	return known;
}

void model_files_path(struct model_files *files, const struct event_file *record)
{
	size_t len = record->path_bytes & STRING_LENGTH;
	if (len == 0 || record->path_bytes & STRING_CUT || !S_ISREG(record->id.mode))
		return;
	struct known_path *before = find_path(files, record->id.ino, record->id.dev);
	if (before)
		drop_path(files, before);
	if (HASH_COUNT(files->paths) >= PATHS_MAX)
		drop_path(files, files->paths); /* the eldest */
	struct known_path *known = calloc(1, sizeof(*known));
	if (!known)
		return;
	known->key.ino = record->id.ino;
	known->key.dev = record->id.dev;
	known->path = strndup(record->strings, len);
	HASH_ADD(hh, files->paths, key, sizeof(known->key), known);
}

/* --- which files are models --- */

static void ignore(struct model_files *files, const struct use_key *key)
{
	struct use_key file = *key;
	uint8_t one = 1;
	file.pid = 0;
	bpf_map_update_elem(
		bpf_map__fd(kernel_skeleton(files->kernel)->maps.files_ignored), &file, &one, BPF_ANY);
}

/* Ignored files may have been written to since. */
static void recheck_ignored(struct model_files *files, uint64_t now_ns)
{
	int map = bpf_map__fd(kernel_skeleton(files->kernel)->maps.files_ignored);
	struct use_key key;
	if (now_ns - files->forgot_ns < FORGET_NS)
		return;
	if (files->forgot_ns)
		while (bpf_map_get_next_key(map, NULL, &key) == 0 && bpf_map_delete_elem(map, &key) == 0)
			;
	files->forgot_ns = now_ns;
}

static struct model_file *add_file(
	struct model_files *files, const struct use_key *key, char *path, const char *format)
{
	struct model_file *file = HASH_COUNT(files->list) < FILES_MAX ? calloc(1, sizeof(*file)) : NULL;
	if (!file) {
		files->left_out++;
		free(path);
		return NULL;
	}
	file->key = *key;
	file->path = path;
	file->format = format;
	file->cached = FILES_NOT_KNOWN;
	HASH_ADD(hh, files->list, key, sizeof(file->key), file);
	return file;
}

static int open_used(const struct use_key *key, const char *path, struct stat *st, char **name)
{
	const struct file_id id = { .ino = key->ino, .dev = key->dev };
	return identity_open_used(&id, (pid_t)key->pid, path, st, name);
}

/* Examines a file that a process uses; NULL: it is no model, or cannot be found any more. */
static struct model_file *examine(struct model_files *files, const struct use_key *key)
{
	struct known_path *known = find_path(files, key->ino, key->dev);
	struct model_file *file = NULL;
	struct stat st;
	char *path;
	int fd = key->pid == (uint32_t)getpid() ? -ENOENT
						: open_used(key, known ? known->path : NULL, &st, &path);
	if (fd >= 0) {
		const char *format = regions_format_of(fd, (uint64_t)st.st_size);
		close(fd);
		if (format)
			file = add_file(files, key, path, format);
		else
			free(path);
		if (!format)
			ignore(files, key);
	}
	if (known && (!file || fd < 0))
		drop_path(files, known);
	if (!file)
		bpf_map_delete_elem(bpf_map__fd(kernel_skeleton(files->kernel)->maps.file_uses), key);
	return file;
}

/* --- an interval --- */

static void take_use(
	struct model_files *files, const struct use_key *key, const struct file_use *use, unsigned *examined)
{
	struct model_file *file;
	HASH_FIND(hh, files->list, key, sizeof(*key), file);
	if (!file && *examined < EXAMINED_MAX) {
		(*examined)++;
		file = examine(files, key);
	}
	if (!file)
		return;
	memcpy(file->comm, use->comm, sizeof(file->comm));
	file->comm[sizeof(file->comm) - 1] = '\0';
	file->total = (struct file_counts){
		.partial = file->total.partial,
		.reads = use->reads,
		.read_bytes = use->read_bytes,
		.faults = use->faults,
		.mapped_bytes = use->mapped_pages * PAGE_BYTES,
		.filled_bytes = use->filled_pages * PAGE_BYTES,
	};
}

static void take_uses(struct model_files *files)
{
	static struct use_key keys[AT_ONCE];
	static struct file_use uses[AT_ONCE];
	int map = bpf_map__fd(kernel_skeleton(files->kernel)->maps.file_uses), err = 0;
	uint32_t from = 0, *before = NULL;
	unsigned examined = 0;
	while (!err) {
		uint32_t count = AT_ONCE;
		err = bpf_map_lookup_batch(map, before, &from, keys, uses, &count, NULL);
		for (uint32_t i = 0; (!err || err == -ENOENT) && i < count; i++)
			take_use(files, &keys[i], &uses[i], &examined);
		before = &from;
	}
}

/* Updates how much of the file is in the page cache, and its size. */
static void update_cached(struct model_file *file, uint64_t now_ns)
{
	const uint64_t all[2] = { 0, 0 };
	uint64_t pages[5], start = clock_monotonic_ns();
	struct stat st;
	char *path;
	if (now_ns < file->cached_due_ns)
		return;
	int fd = open_used(&file->key, file->path, &st, &path);
	if (fd < 0)
		return;
	file->size = (uint64_t)st.st_size;
	file->cached = syscall(SYS_CACHESTAT, fd, all, pages, 0) == 0 ? (int64_t)(pages[0] * PAGE_BYTES)
								      : FILES_NOT_KNOWN;
	close(fd);
	free(path);
	file->cached_due_ns = now_ns + (clock_monotonic_ns() - start) * CACHED_DUTY;
}

static struct file_counts since(const struct file_counts *now, const struct file_counts *before)
{
	return (struct file_counts){
		.reads = now->reads - before->reads,
		.read_bytes = now->read_bytes - before->read_bytes,
		.faults = now->faults - before->faults,
		.mapped_bytes = now->mapped_bytes - before->mapped_bytes,
		.filled_bytes = now->filled_bytes - before->filled_bytes,
	};
}

static void add(struct file_counts *into, const struct file_counts *more)
{
	into->reads += more->reads;
	into->read_bytes += more->read_bytes;
	into->faults += more->faults;
	into->mapped_bytes += more->mapped_bytes;
	into->filled_bytes += more->filled_bytes;
}

void model_files_read(
	struct model_files *files, const struct processes *processes, bool counted, uint64_t now_ns)
{
	bool partial = !counted || !files->counted;
	files->counted = counted;
	recheck_ignored(files, now_ns);
	take_uses(files);
	files->last = (struct file_counts){ .partial = partial };
	for (struct model_file *file = files->list; file; file = file->hh.next) {
		const struct process *process = processes_find(processes, (pid_t)file->key.pid);
		bool first = file->cached == FILES_NOT_KNOWN;
		if (process && process->comm[0])
			memcpy(file->comm, process->comm, sizeof(file->comm));
		if (!process && !file->ended_ns)
			file->ended_ns = now_ns;
		file->last = since(&file->total, &file->before);
		file->last.partial = partial;
		file->total.partial |= partial;
		file->before = file->total;
		add(&files->last, &file->last);
		if (first || file->last.reads || file->last.faults || file->last.filled_bytes)
			update_cached(file, now_ns);
	}
}

void model_files_forget(struct model_files *files, uint64_t now_ns, uint64_t older_ns)
{
	struct model_file *file, *next;
	HASH_ITER (hh, files->list, file, next) {
		if (file->ended_ns && now_ns - file->ended_ns >= older_ns)
			drop_file(files, file);
	}
}

double model_files_hit_rate(const struct file_counts *c)
{
	double asked = (double)c->read_bytes + (double)c->mapped_bytes;
	if (c->partial)
		return -1;
	if (asked <= 0)
		return c->filled_bytes ? 0 : -1;
	return (double)c->filled_bytes < asked ? 1 - (double)c->filled_bytes / asked : 0;
}
