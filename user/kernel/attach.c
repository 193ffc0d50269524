/* SPDX-License-Identifier: BSD-2-Clause */
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/process_maps.h"
#include "kernel_inside.h"
#include "live_counters.h"

/* Past this the oldest binary without probes is forgotten, and examined again when it is seen again. */
enum { BINARIES_MAX = 1 << 16 };

/* --- the binaries that were examined --- */

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static struct binary *find_binary(const struct kernel *kernel, const struct stat *st)
{
	struct binary probe, *binary;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.dev = st->st_dev;
	probe.key.ino = st->st_ino;
	HASH_FIND(hh, kernel->binaries, &probe.key, sizeof(probe.key), binary);
	return binary;
}

/* An attached probe holds its inode. Without one, the inode's number may by now be another file's. */
static bool still_examined(const struct binary *binary, const struct stat *st)
{
	return binary && (binary->since_ns || same_time(&binary->changed, &st->st_ctim));
}

static void forget(struct kernel *kernel, struct binary *binary)
{
	HASH_DEL(kernel->binaries, binary);
	free(binary);
}

static void make_room(struct kernel *kernel)
{
	struct binary *binary = kernel->binaries;
	if (HASH_COUNT(kernel->binaries) < BINARIES_MAX)
		return;
	while (binary && binary->since_ns)
		binary = binary->hh.next;
	if (binary)
		forget(kernel, binary);
}

/* The entry of a file that is about to be examined; NULL: out of memory. */
static struct binary *enter_binary(struct kernel *kernel, const struct stat *st)
{
	struct binary *binary = find_binary(kernel, st);
	if (!binary) {
		make_room(kernel);
		binary = calloc(1, sizeof(*binary));
		if (!binary)
			return NULL;
		binary->key.dev = st->st_dev;
		binary->key.ino = st->st_ino;
		binary->file = binary->link[GROUP_REST] = binary->link[GROUP_FREQUENT] = -1;
		HASH_ADD(hh, kernel->binaries, key, sizeof(binary->key), binary);
	}
	binary->changed = st->st_ctim;
	return binary;
}

void attach_forget(struct kernel *kernel)
{
	while (kernel->binaries)
		forget(kernel, kernel->binaries);
	free(kernel->attached.refused_path);
	kernel->attached.refused_path = NULL;
}

/* --- examining --- */

static void note_refused(struct attach_results *results, const char *name, int err)
{
	if (results->refused++)
		return;
	results->refused_error = err;
	results->refused_path = strdup(name);
}

/* How many probes were attached, or -errno. */
static int attach_binary(struct kernel *kernel, struct binary *binary, int file, const char *name)
{
	struct usdt_probes probes = { 0 };
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	usdt_probes_in(path, &probes);
	if (!(probes.here & kernel->app))
		return 0;
	int got = kernel_probes_attach(kernel, binary, file, &probes);
	kernel->attached.probed += got > 0;
	if (got < 0)
		note_refused(&kernel->attached, name, got);
	return got;
}

/* `file` was opened with O_PATH. */
static uint64_t list_note(int file)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	uint64_t list = fd < 0 ? 0 : counters_list_note(fd);
	if (fd >= 0)
		close(fd);
	return list;
}

/* Examines a regular file that is not known yet. *out: its entry, NULL if it is none. How many probes were
 * attached, or -errno. */
static int examine(
	struct kernel *kernel, const char *path, const char *name, bool find_list, struct binary **out)
{
	struct stat st;
	*out = NULL;
	/* keeps the file if its process ends meanwhile; a device or pipe is not opened by this */
	int file = open(path, O_PATH | O_CLOEXEC);
	if (file < 0)
		return errno == EPERM ? -EPERM : -ENOENT; /* or its process has ended */
	int result = fstat(file, &st) ? -errno : 0;
	if (!result && S_ISREG(st.st_mode)) {
		struct binary *known = find_binary(kernel, &st);
		bool done = still_examined(known, &st);
		*out = done ? known : enter_binary(kernel, &st);
		if (!*out)
			result = -ENOMEM;
		if (*out && !done) {
			(*out)->list = find_list ? list_note(file) : 0;
			result = attach_binary(kernel, *out, file, name);
		}
	}
	close(file);
	return result;
}

/* `name`: how the user knows the file. As examine(), for a file that may be known already. */
static int attach(
	struct kernel *kernel, const char *path, const char *name, bool find_list, struct binary **out)
{
	struct stat st;
	*out = NULL;
	/* for the many that are known, one call will do */
	if (stat(path, &st))
		return errno == EPERM ? -EPERM : -ENOENT;
	if (!S_ISREG(st.st_mode))
		return 0;
	struct binary *binary = find_binary(kernel, &st);
	if (!still_examined(binary, &st))
		return examine(kernel, path, name, find_list, out);
	*out = binary;
	return 0;
}

int attach_file(struct kernel *kernel, const char *path, uint64_t *since_ns)
{
	struct binary *binary;
	*since_ns = 0;
	if (!kernel->app)
		return 0;
	pthread_mutex_lock(&kernel->binaries_lock);
	int result = attach(kernel, path, path, false, &binary);
	if (binary)
		*since_ns = binary->since_ns;
	pthread_mutex_unlock(&kernel->binaries_lock);
	return result;
}

/* --- a process --- */

struct scan {
	struct kernel *kernel;
	pid_t pid;
	uint64_t list; /* of the first file that keeps one */
	int hidden;    /* -errno: why some file that it has mapped could not be opened */
};

static bool scan_map(void *ctx, const struct process_map *map)
{
	struct scan *scan = ctx;
	struct binary *binary;
	struct process_map_file file;
	if (map->offset)
		return true;
	process_map_file_open(&file, scan->pid, map->start, map->end, map->path);
	attach(scan->kernel, file.path, map->path, true, &binary);
	process_map_file_close(&file);
	if (file.err)
		scan->hidden = file.err;
	if (binary && binary->list && !scan->list)
		scan->list = map->start + binary->list;
	return true;
}

int64_t attach_process(struct kernel *kernel, pid_t pid)
{
	struct scan scan = { .kernel = kernel, .pid = pid };
	pthread_mutex_lock(&kernel->binaries_lock);
	int err = process_maps_each(pid, scan_map, &scan);
	pthread_mutex_unlock(&kernel->binaries_lock);
	if (!err && !scan.list)
		err = scan.hidden;
	return err ? err : scan.list <= INT64_MAX ? (int64_t)scan.list : 0;
}

void attach_results(struct kernel *kernel, struct attach_results *results)
{
	pthread_mutex_lock(&kernel->binaries_lock);
	*results = kernel->attached;
	pthread_mutex_unlock(&kernel->binaries_lock);
}

void attach_refused_text(struct text *t, const struct attach_results *results)
{
	if (!results->refused)
		return;
	text_printf(t, "probes refused in %u file%s (%s), cache events are missing", results->refused,
		results->refused > 1 ? "s" : "", strerror(-results->refused_error));
	if (results->refused_path) {
		text_str(t, ": ");
		text_escaped(t, results->refused_path, strlen(results->refused_path));
	}
}
