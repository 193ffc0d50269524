/* SPDX-License-Identifier: BSD-2-Clause */
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/clock.h"
#include "user/base/process_maps.h"
#include "user/base/report.h"
#include "kernel_inside.h"
#include "live_counters.h"

/* Past this the oldest binary without probes is forgotten, and examined again when it is seen again. */
enum { BINARIES_MAX = 1 << 16 };

/* --- the binaries that were examined --- */

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

struct binary *attach_find(const struct kernel *kernel, const struct stat *st)
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
	phase_links_free(binary->phases);
	free(binary->probes);
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
	struct binary *binary = attach_find(kernel, st);
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
	struct attach_results *attached = &kernel->attached;
	free(attached->refused_path);
	free(attached->refused_why);
	free(attached->unarmed_path);
	attached->refused_path = attached->refused_why = attached->unarmed_path = NULL;
}

/* --- examining --- */

/* The error's own words, or what is wrong with the notes. */
static void reason_text(struct text *t, int err, const struct text *why)
{
	if (why->len)
		text_add(t, why->data, why->len);
	else
		text_str(t, strerror(-err));
}

static void note_refused(struct attach_results *results, const char *name, int err, const struct text *why)
{
	struct text reason = { 0 };
	if (results->refused++)
		return;
	reason_text(&reason, err, why);
	results->refused_error = err;
	results->refused_path = strdup(name);
	results->refused_why = reason.failed ? NULL : strndup(reason.data, reason.len);
	text_free(&reason);
}

/* How many of the file's probes were attached, or -errno. The binary takes over `probes` if it needs them later. */
static int attach_probes(
	struct kernel *kernel, struct binary *binary, int file, struct usdt_probes *probes, struct text *why)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	int err = usdt_probes_in(path, probes, why);
	if (err == -EBADMSG)
		return err;
	if (!(probes->here & kernel->app))
		return 0;
	binary->probes = probes;
	return kernel_probes_attach(kernel, binary, file, why);
}

/* How many probes of the library were attached, or -errno. */
static int attach_library(
	struct kernel *kernel, struct binary *binary, int file, const char *name, struct text *why)
{
	struct usdt_probes *probes = binary->probes ? binary->probes : malloc(sizeof(*probes));
	struct text reason = { 0 };
	binary->probes = NULL;
	int got = probes ? attach_probes(kernel, binary, file, probes, &reason) : -ENOMEM;
	if (!binary->probes)
		free(probes);
	kernel->attached.probed += got > 0;
	if (got < 0) {
		note_refused(&kernel->attached, name, got, &reason);
		if (why)
			reason_text(why, got, &reason);
	}
	text_free(&reason);
	return got;
}

/* The same of the places of maps. That they cannot be attached is reported here. */
static void attach_phases(struct kernel *kernel, struct binary *binary, int file, const char *name)
{
	struct text path = { 0 };
	int got = phase_links_attach(kernel, file, name, &binary->phases);
	if (got > 0)
		binary->since_ns = clock_monotonic_ns();
	if (got >= 0)
		return;
	text_escaped(&path, name, strlen(name));
	text_char(&path, '\0');
	report("probes: cannot attach in %s: %s (its phases are missing; --debug tells more)",
		path.failed ? "?" : path.data, strerror(-got));
	text_free(&path);
}

/* How many probes were attached, or -errno. */
static int attach_binary(
	struct kernel *kernel, struct binary *binary, int file, const char *name, struct text *why)
{
	int got = kernel->app ? attach_library(kernel, binary, file, name, why) : 0;
	if (kernel->phases && !binary->phases)
		attach_phases(kernel, binary, file, name);
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

/* How a file is attached to. */
struct attaching {
	struct kernel *kernel;
	const char *name; /* as the user knows it */
	bool find_list;
	struct text *why; /* gets the reason of a refusal; or NULL */
};

/* Examines a regular file that is not known yet. *out: its entry, NULL if it is none. How many probes were
 * attached, or -errno. */
static int examine(const struct attaching *a, const char *path, struct binary **out)
{
	struct stat st;
	*out = NULL;
	/* keeps the file if its process ends meanwhile; a device or pipe is not opened by this */
	int file = open(path, O_PATH | O_CLOEXEC);
	if (file < 0)
		return errno == EPERM ? -EPERM : -ENOENT; /* or its process has ended */
	int result = fstat(file, &st) ? -errno : 0;
	if (!result && S_ISREG(st.st_mode)) {
		struct binary *known = attach_find(a->kernel, &st);
		bool done = still_examined(known, &st);
		*out = done ? known : enter_binary(a->kernel, &st);
		if (!*out)
			result = -ENOMEM;
		if (*out && !done) {
			(*out)->list = a->find_list ? list_note(file) : 0;
			result = attach_binary(a->kernel, *out, file, a->name, a->why);
		}
	}
	close(file);
	return result;
}

/* As examine(), for a file that may be known already. */
static int attach(const struct attaching *a, const char *path, struct binary **out)
{
	struct stat st;
	*out = NULL;
	/* for the many that are known, one call will do */
	if (stat(path, &st))
		return errno == EPERM ? -EPERM : -ENOENT;
	if (!S_ISREG(st.st_mode))
		return 0;
	struct binary *binary = attach_find(a->kernel, &st);
	if (!still_examined(binary, &st))
		return examine(a, path, out);
	*out = binary;
	return 0;
}

int attach_file(struct kernel *kernel, const char *path, uint64_t *since_ns, struct text *why)
{
	struct binary *binary;
	*since_ns = 0;
	if (!kernel->app && !kernel->phases)
		return 0;
	pthread_mutex_lock(&kernel->binaries_lock);
	int result = attach(&(struct attaching){ kernel, path, false, why }, path, &binary);
	if (binary)
		*since_ns = binary->since_ns;
	pthread_mutex_unlock(&kernel->binaries_lock);
	return result;
}

/* --- a process --- */

struct scan {
	struct kernel *kernel;
	pid_t pid;
	struct attach_found *found;
};

static bool scan_map(void *ctx, const struct process_map *map)
{
	struct scan *scan = ctx;
	struct attach_found *found = scan->found;
	struct binary *binary;
	struct process_map_file file;
	if (map->offset && !map->executable)
		return true;
	process_map_file_open(&file, scan->pid, map->start, map->end, map->path);
	attach(&(struct attaching){ scan->kernel, map->path, true, NULL }, file.path, &binary);
	process_map_file_close(&file);
	if (file.err)
		found->hidden = file.err;
	if (!binary)
		return true;
	found->probed |= binary->since_ns != 0;
	if (!map->offset && binary->list && found->lists++ < ATTACH_LISTS)
		found->list[found->lists - 1] = map->start + binary->list;
	return true;
}

int attach_process(struct kernel *kernel, pid_t pid, struct attach_found *found)
{
	*found = (struct attach_found){ .probed = false };
	pthread_mutex_lock(&kernel->binaries_lock);
	int err = process_maps_each(pid, scan_map, &(struct scan){ kernel, pid, found });
	pthread_mutex_unlock(&kernel->binaries_lock);
	return err;
}

void attach_note_unarmed(struct kernel *kernel, const char *path, const char *why)
{
	struct attach_results *results = &kernel->attached;
	pthread_mutex_lock(&kernel->binaries_lock);
	if (!results->unarmed++) {
		results->unarmed_why = why;
		results->unarmed_path = strdup(path);
	}
	pthread_mutex_unlock(&kernel->binaries_lock);
}

void attach_results(struct kernel *kernel, struct attach_results *results)
{
	pthread_mutex_lock(&kernel->binaries_lock);
	*results = kernel->attached;
	pthread_mutex_unlock(&kernel->binaries_lock);
}

static void count_text(struct text *t, const char *format, unsigned count, const char *plural,
	const char *why, const char *path)
{
	text_printf(t, format, count, count > 1 ? plural : "");
	text_printf(t, " (%s), cache events are missing", why);
	if (path) {
		text_str(t, ": ");
		text_escaped(t, path, strlen(path));
	}
}

void attach_refused_text(struct text *t, const struct attach_results *results)
{
	if (results->refused)
		count_text(t, "probes refused in %u file%s", results->refused, "s",
			results->refused_why ? results->refused_why : strerror(-results->refused_error),
			results->refused_path);
	if (results->refused && results->unarmed)
		text_str(t, "; ");
	if (results->unarmed)
		count_text(t, "probes not armed in %u process%s", results->unarmed, "es",
			results->unarmed_why, results->unarmed_path);
}
