/* SPDX-License-Identifier: BSD-2-Clause */
/* A GGUF file with layers, where its parts are, and which of its pages are in the page cache. */
#ifndef TESTS_LAYERED_MODEL_H
#define TESTS_LAYERED_MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum { PAGE = 4096, LAYERS = 6, TENSORS = 3, PARTS = 1 + LAYERS + 1, PAGES_MAX = 1 << 14 };

struct part {
	char name[16];
	uint64_t start, end;
};

/* Of the file that was made last: header, blk.0 to blk.5, output.weight. */
extern struct part parts[PARTS];
extern uint64_t file_size;

/* A file on the disk, none of it in the page cache; each tensor of the layers has 8 * `floats` values. Its path in scratch(). */
const char *model(const char *name, uint64_t floats);

/* False: its file system is in memory. */
bool pages_can_go(const char *path);

/* Reads a range of the file into the page cache, without read-ahead, or drops it. */
void move_range(const char *path, uint64_t from, uint64_t to, bool in);

/* What mincore() tells of each page. */
struct seen {
	unsigned char page[PAGES_MAX];
};
struct seen mincore_of(const char *path);

/* The bytes of a part on the pages for which `is` is true; is_there() takes a struct seen. */
int64_t bytes_of(const struct part *part, bool (*is)(uint64_t page, void *ctx), void *ctx);
bool is_there(uint64_t page, void *ctx);

#endif
