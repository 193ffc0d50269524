/* SPDX-License-Identifier: BSD-2-Clause */
#include "perf_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/clock.h"

#define FILE_MAX    ((size_t)64 << 20) /* what follows is not read */
#define SYMBOLS_MAX (1u << 20)
#define AGAIN_AFTER 10 /* times as long as it took, the file is looked at again */

struct perf_map {
	pid_t pid;
	time_t since;      /* the trace began */
	uint64_t again_ns; /* when the file may be looked at again */

	off_t size; /* of the file when it was read */
	char *text; /* its contents */
	struct perf_symbol *symbols;
	unsigned count;
};

struct perf_map *perf_map_new(pid_t pid, time_t since)
{
	struct perf_map *map = calloc(1, sizeof(*map));
	if (map)
		*map = (struct perf_map){ .pid = pid, .since = since };
	return map;
}

void perf_map_free(struct perf_map *map)
{
	if (!map)
		return;
	free(map->text);
	free(map->symbols);
	free(map);
}

/* ---- contents ---- */

/* By start; of equal ones the later line, which is the newer function, comes last. */
static int by_start(const void *a, const void *b)
{
	const struct perf_symbol *one = a, *two = b;
	if (one->start != two->start)
		return one->start < two->start ? -1 : 1;
	return one->name < two->name ? -1 : one->name > two->name;
}

/* "7f001000 3a py::read:/srv/load.py" */
static bool parse_line(const char *line, const char *end, struct perf_symbol *symbol)
{
	char *rest;
	symbol->start = strtoull(line, &rest, 16);
	if (rest == line || *rest != ' ')
		return false;
	const char *size_at = rest + 1;
	uint64_t size = strtoull(size_at, &rest, 16);
	if (rest == size_at || *rest != ' ' || rest + 1 >= end || size > UINT64_MAX - symbol->start)
		return false;
	symbol->end = symbol->start + size;
	symbol->name = rest + 1;
	symbol->len = (uint32_t)(end - symbol->name);
	return true;
}

bool perf_map_take(struct perf_map *map, char *text, size_t len)
{
	unsigned lines = 0;
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	struct perf_symbol *symbols =
		malloc((lines < SYMBOLS_MAX ? lines : SYMBOLS_MAX) * sizeof(*symbols) + 1);
	if (!symbols) {
		free(text);
		return false;
	}
	free(map->text);
	free(map->symbols);
	map->text = text;
	map->symbols = symbols;
	map->count = 0;
	/* a line that is not complete yet is read the next time */
	for (char *end; len && map->count < SYMBOLS_MAX && (end = memchr(text, '\n', len));) {
		*end = '\0';
		map->count += parse_line(text, end, &symbols[map->count]);
		len -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	qsort(symbols, map->count, sizeof(*symbols), by_start);
	return true;
}

/* ---- the file ---- */

struct owner {
	int own_pid; /* in its own pid namespace */
	uid_t user;
};

/* Also of a process that has ended, until its parent takes note. */
static bool read_status(pid_t pid, struct owner *owner)
{
	char path[32], line[256];
	bool has_user = false;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	*owner = (struct owner){ 0 };
	while (file && fgets(line, sizeof(line), file)) {
		const char *last = strrchr(line, '\t');
		if (strncmp(line, "NSpid:", 6) == 0 && last)
			owner->own_pid = atoi(last + 1);
		else if (sscanf(line, "Uid: %*u %u", &owner->user) == 1)
			has_user = true;
	}
	if (file)
		fclose(file);
	return has_user && owner->own_pid > 0;
}

/* Opens it if it is a plain file of that user or of root, changed no earlier than `since`. */
static int open_as(const char *path, uid_t user, time_t since, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
	if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_mtime >= since &&
		(st->st_uid == user || st->st_uid == 0))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A process that has ended has no root any more. If it was in the tracer's own pid namespace, its file is likely in the
 * tracer's /tmp; an older process with its number may have left one there too, but not since the trace began. */
static int open_file(const struct perf_map *map, struct stat *st)
{
	char path[64];
	struct owner owner;
	bool known = read_status(map->pid, &owner);
	if (known) {
		snprintf(path, sizeof(path), "/proc/%d/root/tmp/perf-%d.map", (int)map->pid, owner.own_pid);
		int fd = open_as(path, owner.user, 0, st);
		if (fd >= 0)
			return fd;
	}
	if (known && owner.own_pid != map->pid)
		return -1;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)map->pid);
	return open_as(path, known ? owner.user : geteuid(), map->since, st);
}

static void read_file(struct perf_map *map, int fd, size_t len)
{
	size_t got = 0;
	char *text = malloc(len + 1);
	while (text && got < len) {
		ssize_t more = pread(fd, text + got, len - got, (off_t)got);
		if (more < 0 && errno == EINTR)
			continue;
		if (more <= 0)
			break;
		got += (size_t)more;
	}
	if (!text)
		return;
	text[got] = '\0';
	perf_map_take(map, text, got);
}

static void refresh(struct perf_map *map)
{
	struct stat st;
	uint64_t from = clock_monotonic_ns();
	if (from < map->again_ns)
		return;
	int fd = open_file(map, &st);
	if (fd >= 0 && st.st_size != map->size) {
		map->size = st.st_size;
		read_file(map, fd, (size_t)st.st_size < FILE_MAX ? (size_t)st.st_size : FILE_MAX);
	}
	if (fd >= 0)
		close(fd);
	uint64_t now = clock_monotonic_ns();
	map->again_ns = now + AGAIN_AFTER * (now - from);
}

static const struct perf_symbol *look_up(const struct perf_map *map, uint64_t address)
{
	unsigned low = 0, high = map->count;
	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		if (map->symbols[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	const struct perf_symbol *found = low ? &map->symbols[low - 1] : NULL;
	return found && address < found->end ? found : NULL;
}

const struct perf_symbol *perf_map_find(struct perf_map *map, uint64_t address)
{
	const struct perf_symbol *found = look_up(map, address);
	if (found)
		return found;
	refresh(map);
	return look_up(map, address);
}
