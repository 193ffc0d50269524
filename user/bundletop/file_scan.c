/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "user/base/process_maps.h"
#include "user/modelfile/formats.h"
#include "model_sums.h"
#include "present_pages.h"

#define OVERLAYFS 0x794c7630 /* OVERLAYFS_SUPER_MAGIC */

struct scan {
	struct model_table *table;
	pid_t pid;
};

/* --- is it a model? --- */

/* The kernel side encodes a device in other bits than stat(2). */
static struct use_key key_of(const struct stat *st, pid_t pid)
{
	return (struct use_key){
		.ino = st->st_ino, .dev = major(st->st_dev) << 20 | minor(st->st_dev), .pid = (uint32_t)pid
	};
}

/* Opens a regular file through a link in /proc without changing its time of access where that is allowed; or -1. */
static int open_regular(const char *link)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = open(link, flags | O_NOATIME);
	return fd < 0 ? open(link, flags) : fd;
}

/* An open model file that has no entry yet. */
struct found {
	int fd;
	const struct stat *st;
	const char *name, *format;
	bool layered;
};

static void enter(const struct scan *scan, struct found found)
{
	struct use_key key = key_of(found.st, scan->pid);
	char *path = strdup(found.name);
	struct model_file *file =
		path ? model_table_add(scan->table, &key, found.st, path, found.format) : NULL;
	if (!file)
		return;
	file->layered = found.layered;
	model_sums_note(scan->table, file, found.fd);
}

/* `link`: leads to the file; `name`: what the process calls it. */
static void examine(const struct scan *scan, const char *link, const char *name)
{
	struct stat st;
	struct statfs fs;
	int fd = open_regular(link);
	if (fd < 0)
		return;
	bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM); /* no read-ahead into the page cache that is measured */
	const char *format = regular ? regions_format_of(fd, (uint64_t)st.st_size) : NULL;
	bool layered = fstatfs(fd, &fs) == 0 && fs.f_type == OVERLAYFS;
	if (regular && !format)
		model_table_add_other(scan->table, &st);
	if (format && !model_table_find_inode(scan->table, st.st_dev, st.st_ino, scan->pid))
		enter(scan, (struct found){ fd, &st, name, format, layered });
	close(fd);
}

/* The file behind the link is in use: marks its entry, which is made if it is a model. NULL: it is none. */
static struct model_file *take_file(const struct scan *scan, const char *link, const char *name)
{
	struct stat st;
	if (stat(link, &st) || !S_ISREG(st.st_mode))
		return NULL;
	struct model_file *file = model_table_find_inode(scan->table, st.st_dev, st.st_ino, scan->pid);
	if (!file && !model_table_is_other(scan->table, &st)) {
		examine(scan, link, name);
		file = model_table_find_inode(scan->table, st.st_dev, st.st_ino, scan->pid);
	}
	if (file)
		file->is_open = true;
	return file;
}

/* --- descriptors --- */

static void scan_descriptors(const struct scan *scan)
{
	char folder[32], link[64], name[PATH_MAX];
	snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)scan->pid);
	DIR *links = opendir(folder);
	for (const struct dirent *entry; links && (entry = readdir(links));) {
		ssize_t len = readlinkat(dirfd(links), entry->d_name, name, sizeof(name) - 1);
		if (len <= 0 || name[0] != '/' || strncmp(name, "/dev/", 5) == 0)
			continue; /* no file on a file system */
		name[len] = '\0';
		snprintf(link, sizeof(link), "%s/%.20s", folder, entry->d_name);
		take_file(scan, link, name);
	}
	if (links)
		closedir(links);
}

/* --- mappings --- */

static void note_mapping(struct model_file *file, const struct process_map *map)
{
	struct file_mapping *list = file->found;
	if (file->found_count == MAPPINGS_MAX)
		return;
	if ((file->found_count & (file->found_count - 1)) == 0) {
		size_t room = file->found_count ? 2 * file->found_count : 1;
		list = realloc(file->found, room * sizeof(*list));
	}
	if (!list)
		return;
	file->found = list;
	list[file->found_count++] = (struct file_mapping){ .start = map->start, .end = map->end };
}

static bool take_mapping(void *ctx, const struct process_map *map)
{
	const struct scan *scan = ctx;
	struct model_file *file = model_table_find_inode(scan->table, map->dev, map->ino, scan->pid);
	if (!file) { /* on some file systems stat() has another device */
		struct process_map_file link;
		process_map_file_open(&link, scan->pid, map->start, map->end, map->path);
		file = link.err ? NULL : take_file(scan, link.path, map->path);
		process_map_file_close(&link);
	}
	if (file) {
		file->is_open = true;
		note_mapping(file, map);
	}
	return true;
}

/* Counts the pages of the mappings that were found. `tables`: of present_pages_open(). */
static void look(struct model_file *file, int tables, bool baseline)
{
	bool whole = tables >= 0 && file->found_count < MAPPINGS_MAX;
	for (unsigned i = 0; i < file->found_count && whole; i++) {
		struct file_mapping *found = &file->found[i];
		int64_t pages = present_pages(tables, found->start, found->end);
		found->pages = pages < 0 ? 0 : (uint64_t)pages;
		whole = pages >= 0;
	}
	if (!whole && file->found_count)
		file->hidden = true;
	if (!whole)
		file->found_count = 0;
	file_mappings_look(
		&file->mappings, file->found, file->found_count, file->total.faults, file->maps, baseline);
	file->found = NULL;
	file->found_count = 0;
}

static void scan_maps(const struct scan *scan, bool baseline)
{
	int tables = -1;
	if (process_maps_each(scan->pid, take_mapping, (void *)scan))
		return;
	for (struct model_file *file = scan->table->list; file; file = file->hh.next) {
		const struct file_mappings *before = &file->mappings;
		bool changed = file->total.faults != before->faults || file->maps != before->maps;
		if (file->key.pid != (uint32_t)scan->pid ||
			(!file->found_count && !before->count && !changed))
			continue;
		if (tables < 0)
			tables = present_pages_open(scan->pid);
		look(file, tables, baseline);
	}
	if (tables >= 0)
		close(tables);
}

void file_scan_process(struct model_table *table, pid_t pid, bool baseline)
{
	const struct scan scan = { .table = table, .pid = pid };
	for (struct model_file *file = table->list; file; file = file->hh.next)
		if (file->key.pid == (uint32_t)pid)
			file->is_open = false;
	scan_descriptors(&scan);
	scan_maps(&scan, baseline);
}

void file_scan_mappings(struct model_table *table, pid_t pid)
{
	const struct scan scan = { .table = table, .pid = pid };
	scan_maps(&scan, false);
}
