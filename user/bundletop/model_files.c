/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_files.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "user/base/clock.h"
#include "user/kernel/kernel_counts.h"
#include "user/kernel/kernel_detail.h"
#include "user/kernel/requirements.h"
#include "user/modelfile/formats.h"
#include "cached_pages.h"
#include "file_hits.h"
#include "file_scan.h"
#include "model_sums.h"
#include "present_pages.h"
#include "used_file.h"

#include "bundletrace.skel.h"

enum {
	AT_ONCE = 1024,    /* counts read with one call */
	PATHS_MAX = 32768, /* paths */
	DUTY = 100,        /* looking at page cache and mappings takes at most 1% of the time */
};

#define MS         1000000u
#define TICK_NS    (100 * MS)
#define EXAMINE_NS (20 * MS) /* the most that examining takes of a tick: the other files follow in the next */
#define LOOK_NS    (5 * MS)  /* the same of looks at all files of processes */
#define ROUND_NS   1000000000u  /* at the least, from one such look to the next */
#define FORGET_NS  60000000000u /* ignored files are examined again: they may have become models */
#define OVERLAYFS  0x794c7630   /* OVERLAYFS_SUPER_MAGIC */

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
	*files = (struct model_files){ .kernel = kernel, .round = 1 };
	files->faults = bpf_program__autoload(skel->progs.use_fault);
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
	model_table_drop(&files->table, file);
}

void model_files_end(struct model_files *files)
{
	model_sums_free(&files->table);
	model_table_free(&files->table);
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
	size_t len = record->path_bytes & STRING_LENGTH & ~PATH_DELETED;
	size_t most = record->head.size - offsetof(struct event_file, strings);
	if (len == 0 || record->path_bytes & STRING_CUT || !S_ISREG(record->id.mode) ||
		record->head.size < offsetof(struct event_file, strings) || len > most)
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

static int map_of(const struct bpf_map *map)
{
	return bpf_map__fd(map);
}

static void ignore(struct model_files *files, const struct use_key *key)
{
	struct use_key file = *key;
	uint8_t one = 1;
	file.pid = 0;
	bpf_map_update_elem(map_of(kernel_skeleton(files->kernel)->maps.files_ignored), &file, &one, BPF_ANY);
}

/* Ignored files may have been written to since. */
static void recheck_ignored(struct model_files *files, uint64_t now_ns)
{
	int map = map_of(kernel_skeleton(files->kernel)->maps.files_ignored);
	struct use_key key;
	if (now_ns - files->forgot_ns < FORGET_NS)
		return;
	if (files->forgot_ns)
		while (bpf_map_get_next_key(map, NULL, &key) == 0 && bpf_map_delete_elem(map, &key) == 0)
			;
	files->forgot_ns = now_ns;
}

/* From now on the file's process is one whose reads are always counted. */
static void note_user(struct model_files *files, uint32_t pid)
{
	uint8_t one = 1;
	bpf_map_update_elem(map_of(kernel_skeleton(files->kernel)->maps.model_users), &pid, &one, BPF_ANY);
}

/* The entry of an open model file, which may have been found idle before. NULL: no room. Takes `path`. */
static struct model_file *enter(struct model_files *files, const struct use_key *key, const struct stat *st,
	char *path, const char *format)
{
	struct model_file *file =
		model_table_find_inode(&files->table, st->st_dev, st->st_ino, (pid_t)key->pid);
	if (file) {
		model_table_rekey(&files->table, file, key);
		free(path);
		return file;
	}
	file = model_table_add(&files->table, key, st, path, format);
	if (file) /* what it read before was not counted then */
		file->total.partial = files->started && files->counted != READS_OF_ALL;
	return file;
}

/* The entry of an open file that was found idle so far, by what the kernel side says of it: it is not opened again, which may
 * have to wait, or be too late. NULL: there is none. */
static struct model_file *find_idle(struct model_files *files, const struct use_key *key)
{
	dev_t dev = makedev(key->dev >> 20, key->dev & 0xfffff);
	struct model_file *file = model_table_find_inode(&files->table, dev, key->ino, (pid_t)key->pid);
	if (!file || !file->is_open || file->key.generation)
		return NULL;
	model_table_rekey(&files->table, file, key);
	return file;
}

/* Examines a file that a process uses; NULL: it is no model, or cannot be found any more. */
static struct model_file *examine(struct model_files *files, const struct use_key *key)
{
	struct known_path *known = find_path(files, key->ino, key->dev);
	struct model_file *file = NULL;
	struct stat st;
	struct statfs fs;
	char *path;
	bool own = key->pid == (uint32_t)getpid();
	int fd = own ? -ENOENT : used_file_open(key, known ? known->path : NULL, &st, &path);
	files->unopened += fd < 0 && !own;
	if (fd >= 0) {
		posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM); /* no read-ahead: the page cache is measured */
		const char *format = regions_format_of(fd, (uint64_t)st.st_size);
		if (format)
			file = enter(files, key, &st, path, format);
		else
			free(path);
		if (file) {
			file->layered = fstatfs(fd, &fs) == 0 && fs.f_type == OVERLAYFS;
			model_sums_note(&files->table, file, fd);
		}
		if (!format)
			ignore(files, key);
		close(fd);
	}
	if (known && (!file || fd < 0))
		drop_path(files, known);
	if (!file)
		bpf_map_delete_elem(map_of(kernel_skeleton(files->kernel)->maps.file_uses), key);
	return file;
}

/* --- counts --- */

/* The processor's time that this process has taken. */
static uint64_t own_time_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

struct taking {
	struct model_files *files;
	struct processes *processes;
	uint64_t until_ns; /* files are examined up to this time; 0: none */
};

static void take_counts(struct model_file *file, const struct file_use *use)
{
	struct file_counts *total = &file->total;
	file->used = true;
	memcpy(file->comm, use->comm, sizeof(file->comm));
	file->comm[sizeof(file->comm) - 1] = '\0';
	total->reads = use->reads;
	total->read_bytes = use->read_bytes;
	total->faults = use->faults;
	total->filled_bytes = use->filled_pages * PAGE_BYTES;
	file->other_bytes = use->other_pages * PAGE_BYTES;
	file->maps = use->maps;
}

static void take_use(const struct taking *taking, const struct use_key *key, const struct file_use *use)
{
	struct model_file *file = model_table_find(&taking->files->table, key);
	if (!file)
		file = find_idle(taking->files, key);
	if (!file && taking->until_ns) {
		if (clock_monotonic_ns() < taking->until_ns)
			file = examine(taking->files, key);
		else
			taking->files->unexamined++;
	}
	if (!file)
		return;
	take_counts(file, use);
	struct process *process = processes_find(taking->processes, (pid_t)key->pid);
	if (process && (use->faults != file->mappings.faults || use->maps != file->mappings.maps))
		process->files_used = true;
}

static void take_uses(struct model_files *files, struct processes *processes, uint64_t until_ns)
{
	static struct use_key keys[AT_ONCE];
	static struct file_use uses[AT_ONCE];
	const struct taking taking = { files, processes, until_ns };
	int map = map_of(kernel_skeleton(files->kernel)->maps.file_uses), err = 0;
	uint32_t from = 0, *before = NULL;
	if (until_ns)
		files->unexamined = 0;
	while (!err) {
		uint32_t count = AT_ONCE;
		err = bpf_map_lookup_batch(map, before, &from, keys, uses, &count, NULL);
		for (uint32_t i = 0; (!err || err == -ENOENT) && i < count; i++)
			take_use(&taking, &keys[i], &uses[i]);
		before = &from;
	}
}

/* --- looks at what processes have open and mapped --- */

/* Looks at the mappings of processes that have used theirs since the last look. `all`: and whose look is not due. */
static void look_at_used(struct model_files *files, struct processes *processes, bool all)
{
	for (struct process *process = processes->list; process; process = process->hh.next) {
		if (!process->files_used || (!all && clock_monotonic_ns() < process->files_due_ns))
			continue;
		uint64_t start = own_time_ns();
		file_scan_mappings(&files->table, process->pid);
		process->files_used = false;
		process->files_due_ns = clock_monotonic_ns() + (own_time_ns() - start) * DUTY;
	}
}

/* Goes on with the round of looks at all files of all processes until `until_ns`. True: the round is complete. */
static bool look_around(struct model_files *files, struct processes *processes, uint64_t until_ns)
{
	uint64_t start = own_time_ns();
	bool whole = true;
	for (struct process *process = processes->list; process && whole; process = process->hh.next) {
		if (process->files_round == files->round || process->pid == getpid())
			continue;
		file_scan_process(&files->table, process->pid, !files->started);
		process->files_round = files->round;
		whole = clock_monotonic_ns() < until_ns;
	}
	files->round_cost_ns += own_time_ns() - start;
	return whole;
}

static void end_round(struct model_files *files, uint64_t now_ns)
{
	uint64_t rest = files->round_cost_ns * DUTY;
	files->round++;
	files->round_cost_ns = 0;
	files->round_due_ns = now_ns + (rest > ROUND_NS ? rest : ROUND_NS);
}

void model_files_tick(struct model_files *files, struct processes *processes, uint64_t now_ns)
{
	if (now_ns < files->tick_ns || !files->started)
		return;
	files->tick_ns = now_ns + TICK_NS;
	take_uses(files, processes, now_ns + EXAMINE_NS);
	look_at_used(files, processes, false);
	if (now_ns >= files->round_due_ns && look_around(files, processes, clock_monotonic_ns() + LOOK_NS))
		end_round(files, now_ns);
}

/* --- an interval --- */

/* Updates how much of the file is in the page cache, and its size. */
static void update_cached(struct model_file *file, uint64_t now_ns)
{
	uint64_t start = own_time_ns();
	struct stat st;
	char *path;
	if (now_ns < file->cached_due_ns)
		return;
	int fd = used_file_open(&file->key, file->path, &st, &path);
	if (fd < 0)
		return;
	file->size = (uint64_t)st.st_size;
	int64_t pages = cached_pages_count(fd, 0, 0);
	file->cached = pages < 0 ? FILES_NOT_KNOWN : pages * PAGE_BYTES;
	close(fd);
	free(path);
	file->cached_due_ns = now_ns + (own_time_ns() - start) * DUTY;
}

/* The reading that ends an interval: the counts of fills after the look at what was mapped. */
static void take_all(struct model_files *files, struct processes *processes, bool all, uint64_t now_ns)
{
	take_uses(files, processes, all ? UINT64_MAX : now_ns + EXAMINE_NS);
	if (all)
		look_around(files, processes, UINT64_MAX);
	look_at_used(files, processes, all);
	take_uses(files, processes, all ? UINT64_MAX : 0);
}

static void name_process(struct model_file *file, const struct processes *processes, uint64_t now_ns)
{
	const struct process *process = processes_find(processes, (pid_t)file->key.pid);
	if (process && process->comm[0])
		memcpy(file->comm, process->comm, sizeof(file->comm));
	if (!process && !file->ended_ns)
		file->ended_ns = now_ns;
}

/* True if the kernel side had no room for the uses of some file. */
static bool uses_were_lost(const struct model_files *files)
{
	uint64_t lost[EVENT_KINDS][LOST_CAUSES];
	return kernel_lost(files->kernel, lost) == 0 && lost[EVENT_FILE][LOST_STATE];
}

void model_files_read(struct model_files *files, struct processes *processes, enum reads_of least, bool all,
	uint64_t now_ns)
{
	bool partial = least == READS_OF_NONE, lost = uses_were_lost(files);
	recheck_ignored(files, now_ns);
	take_all(files, processes, all || !files->started, now_ns);
	files->last = (struct file_counts){ .partial = partial };
	for (struct model_file *file = files->table.list; file; file = file->hh.next) {
		bool first = file->cached == FILES_NOT_KNOWN;
		name_process(file, processes, now_ns);
		note_user(files, file->key.pid);
		file->faults_unseen = !files->faults;
		/* without faults it cannot be told whether mappings came and went */
		file->hidden |= !files->faults && (file->maps || file->mappings.count);
		file_hits_end(file, partial || (lost && !file->used));
		if (!files->started) /* what it read before it was looked at says nothing of what it mapped since */
			file->ahead_bytes = 0;
		file_hits_add(&files->last, &file->last);
		if (first || file->last.reads || file->last.faults || file->last.filled_bytes)
			update_cached(file, now_ns);
	}
	model_sums_update(&files->table);
	files->started = true;
}

static void forget_user(struct model_files *files, uint32_t pid)
{
	bpf_map_delete_elem(map_of(kernel_skeleton(files->kernel)->maps.model_users), &pid);
}

void model_files_forget(struct model_files *files, uint64_t now_ns, uint64_t older_ns)
{
	struct model_file *file, *next;
	HASH_ITER (hh, files->table.list, file, next) {
		if (!file->ended_ns || now_ns - file->ended_ns < older_ns)
			continue;
		forget_user(files, file->key.pid);
		drop_file(files, file);
	}
	model_sums_update(&files->table);
}
