/* SPDX-License-Identifier: BSD-2-Clause */
#include "images.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uthash.h>

#include "user/kernel/usdt.h"
#include "user/kernel/live.h"
#include "user/base/process_maps.h"

enum { IMAGES_MAX = 1 << 16 }; /* the eldest make room: they may be looked into again */

struct image {
	/* ctime: a number of an inode is used again, for a program that was built anew */
	struct {
		uint64_t dev, ino;
		int64_t ctime_s, ctime_ns;
	} key;
	uint64_t list; /* from where the file's first byte is mapped; 0: it keeps none */
	UT_hash_handle hh;
};

struct images {
	struct kernel *kernel;
	struct image *known;
	unsigned probed;
	int refused;
};

struct images *images_new(struct kernel *kernel)
{
	struct images *images = calloc(1, sizeof(*images));
	if (images)
		images->kernel = kernel;
	return images;
}

static void forget(struct images *images, struct image *image)
{
	HASH_DEL(images->known, image);
	free(image);
}

void images_free(struct images *images)
{
	while (images && images->known)
		forget(images, images->known);
	free(images);
}

unsigned images_probed(const struct images *images)
{
	return images->probed;
}

int images_refused(const struct images *images)
{
	return images->refused;
}

static void look_into(struct images *images, struct image *image, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return;
	image->list = live_note(fd);
	close(fd);
	struct usdt_probes probes = { 0 };
	if (usdt_probes_in(path, &probes) || !probes.here)
		return;
	uint64_t since_ns;
	int got = kernel_attach_probes(images->kernel, path, &since_ns);
	if (got > 0)
		images->probed++;
	else if (got < 0 && got != -ENOENT)
		images->refused = got;
}

/* The file behind a mapping; NULL: none to look into. */
static struct image *image_at(struct images *images, const char *path)
{
	struct stat st;
	struct image *image, probe;
	memset(&probe, 0, sizeof(probe));
	/* opening a device that is mapped could have effects */
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return NULL;
	probe.key.dev = st.st_dev;
	probe.key.ino = st.st_ino;
	probe.key.ctime_s = st.st_ctim.tv_sec;
	probe.key.ctime_ns = st.st_ctim.tv_nsec;
	HASH_FIND(hh, images->known, &probe.key, sizeof(probe.key), image);
	if (image)
		return image;
	if (HASH_COUNT(images->known) >= IMAGES_MAX)
		forget(images, images->known);
	image = malloc(sizeof(*image));
	if (!image)
		return NULL;
	*image = probe;
	HASH_ADD(hh, images->known, key, sizeof(image->key), image);
	look_into(images, image, path);
	return image;
}

struct scan {
	struct images *images;
	pid_t pid;
	uint64_t list; /* of the first image that has one */
};

static bool scan_map(void *ctx, const struct process_map *map)
{
	struct scan *scan = ctx;
	char link[PROCESS_MAP_LINK];
	if (map->offset)
		return true;
	process_map_link(link, scan->pid, map->start, map->end);
	struct image *image = image_at(scan->images, link);
	if (image && image->list && !scan->list)
		scan->list = map->start + image->list;
	return true;
}

int64_t images_scan(struct images *images, pid_t pid)
{
	struct scan scan = { .images = images, .pid = pid };
	int err = process_maps_each(pid, scan_map, &scan);
	return err ? err : scan.list <= INT64_MAX ? (int64_t)scan.list : 0;
}
