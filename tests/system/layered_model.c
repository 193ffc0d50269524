/* SPDX-License-Identifier: BSD-2-Clause */
#include "layered_model.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "tests/suites.h"
#include "tests/unit/model_files.h"
#include "harness.h"

#define TMPFS 0x01021994 /* TMPFS_MAGIC: its pages do not go */

struct part parts[PARTS];
uint64_t file_size;

static void put_part(int index, const char *name, uint64_t start, uint64_t end)
{
	snprintf(parts[index].name, sizeof(parts[index].name), "%s", name);
	parts[index].start = start;
	parts[index].end = end;
}

static uint64_t put_layers(struct text *t, uint64_t floats)
{
	uint64_t offset = 0;
	char name[32];
	for (int i = 0; i < LAYERS * TENSORS; i++) {
		snprintf(name, sizeof(name), "blk.%d.ffn_%d.weight", i / TENSORS, i % TENSORS);
		put_gguf_tensor(t, name, floats, 8, 0, offset);
		offset += floats * 8 * 4;
	}
	put_gguf_tensor(t, "output.weight", 8, 100, 0, offset);
	return offset + 8 * 100 * 4;
}

const char *model(const char *name, uint64_t floats)
{
	struct text t = { 0 };
	const char *path = scratch(name);
	put_gguf_head(&t, 3, LAYERS * TENSORS + 1, 0);
	uint64_t bytes = put_layers(&t, floats), data = (t.len + 31) / 32 * 32;
	put_zeros(&t, data + bytes);
	put_part(0, "header", 0, data);
	for (int i = 0; i < LAYERS; i++) {
		char layer[16];
		snprintf(layer, sizeof(layer), "blk.%d", i);
		put_part(1 + i, layer, data + (uint64_t)i * TENSORS * floats * 32,
			data + (uint64_t)(i + 1) * TENSORS * floats * 32);
	}
	put_part(PARTS - 1, "output.weight", data + bytes - 3200, data + bytes);
	file_size = t.len;
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, t.data, t.len), (ssize_t)t.len);
	ck_assert_int_eq(fsync(fd), 0);
	ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	close(fd);
	text_free(&t);
	return path;
}

bool pages_can_go(const char *path)
{
	struct statfs fs;
	ck_assert_int_eq(statfs(path, &fs), 0);
	return fs.f_type != TMPFS;
}

struct seen mincore_of(const char *path)
{
	struct seen seen = { 0 };
	int fd = open(path, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	void *map = mmap(NULL, file_size, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert(map != MAP_FAILED && file_size <= (uint64_t)PAGES_MAX * PAGE);
	ck_assert_int_eq(mincore(map, file_size, seen.page), 0);
	munmap(map, file_size);
	close(fd);
	return seen;
}

int64_t bytes_of(const struct part *part, bool (*is)(uint64_t page, void *ctx), void *ctx)
{
	uint64_t sum = 0;
	for (uint64_t page = part->start / PAGE; page * PAGE < part->end; page++) {
		uint64_t from = page * PAGE > part->start ? page * PAGE : part->start;
		uint64_t to = (page + 1) * PAGE < part->end ? (page + 1) * PAGE : part->end;
		sum += is(page, ctx) ? to - from : 0;
	}
	return (int64_t)sum;
}

bool is_there(uint64_t page, void *ctx)
{
	const struct seen *seen = ctx;
	return seen->page[page] & 1;
}

void move_range(const char *path, uint64_t from, uint64_t to, bool in)
{
	char page[PAGE];
	int fd = open(path, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (uint64_t at = from; in && at < to; at += PAGE)
		ck_assert_int_gt(pread(fd, page, PAGE, (off_t)at), 0);
	if (!in)
		posix_fadvise(fd, (off_t)from, (off_t)(to - from), POSIX_FADV_DONTNEED);
	close(fd);
}
