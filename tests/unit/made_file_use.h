/* SPDX-License-Identifier: BSD-2-Clause */
/* Made events on files, for the tests of the tables of files: calls, requests of io_uring, sums of operations. */
#ifndef TESTS_MADE_FILE_USE_H
#define TESTS_MADE_FILE_USE_H

#include <sys/stat.h>

#include "user/modelfile/regions_build.h"
#include "user/tables/file_table.h"
#include "made_event.h"

static inline struct file_ref made_file(uint64_t ino, const char *path)
{
	return (struct file_ref){
		.id = { .ino = ino, .dev = 8 << 20 | 1, .mode = S_IFREG | 0644, .name = (uint16_t)ino },
		.path = { path, (uint32_t)strlen(path), false },
	};
}

/* name(3, ..., length at offset) = result in ns; for calls at the file's position, which is behind them. */
static inline struct event made_io(
	const char *name, struct file_ref file, uint64_t offset, int64_t result, uint64_t ns)
{
	struct event ev = made(EVENT_SYSCALL, 2000000000);
	ev.duration_ns = ns;
	file.pos = (int64_t)offset + (result > 0 ? result : 0);
	ev.call = (struct call_event){
		.nr = (uint32_t)syscall_number(name),
		.args = { 3, 0, 4096, offset },
		.result = result,
		.returned = true,
		.file = file,
	};
	return ev;
}

static inline struct event made_open(struct file_ref file, uint64_t flags)
{
	struct event ev = made(EVENT_SYSCALL, 2000000000);
	ev.duration_ns = 5000;
	ev.call = (struct call_event){
		.nr = (uint32_t)syscall_number("openat"),
		.args = { 0, 0, flags },
		.result = 3,
		.returned = true,
		.other = file,
	};
	return ev;
}

static inline struct event made_map(struct file_ref file, uint64_t offset, uint64_t bytes)
{
	struct event ev = made(EVENT_SYSCALL, 2000000000);
	ev.duration_ns = 3000;
	ev.call = (struct call_event){
		.nr = (uint32_t)syscall_number("mmap"),
		.args = { 0, bytes, 1, 2, 3, offset },
		.result = 0x7f0000000000,
		.returned = true,
		.file = file,
	};
	return ev;
}

static inline struct event made_request(
	struct file_ref file, uint8_t opcode, uint64_t offset, int64_t result, uint64_t ns, uint8_t flags)
{
	struct event ev = made(EVENT_URING, 2000000000);
	ev.duration_ns = ns;
	ev.uring = (struct uring_event){ .file = file,
		.start = offset,
		.length = 4096,
		.result = result,
		.opcode = opcode,
		.flags = flags };
	return ev;
}

/* The event refers to the sums. */
static inline struct event made_sums(struct file_ref file, const struct event_file_io *sums)
{
	struct event ev = made(EVENT_FILE_IO, 2000000000);
	ev.file_io = (struct file_io_event){ .file = file, .sums = sums };
	return ev;
}

/* Pages that came into the page cache. The sums last until the next call. */
static inline struct event made_fill(struct file_ref file, uint64_t start, uint64_t bytes)
{
	static struct event_file_io sums;
	sums = (struct event_file_io){ .op = FILE_IO_FILL, .count = 1, .start = start, .bytes = bytes };
	return made_sums(file, &sums);
}

static inline struct event made_pages(struct file_ref file, enum pages_op op, uint64_t start, uint64_t bytes,
	uint64_t back, uint64_t gone_ns)
{
	struct event ev = made(EVENT_PAGES, 2000000000);
	ev.duration_ns = 5000;
	ev.pages = (struct pages_event){
		.file = file,
		.start = start,
		.bytes = bytes,
		.first_ns = 1900000000,
		.last_ns = 1900005000,
		.back_bytes = back,
		.gone_ns = gone_ns,
		.folios = 3,
		.op = (uint16_t)op,
	};
	if (op >= PAGES_EVICTED)
		ev.pages.by = SPAN("kswapd0");
	return ev;
}

/* A file as GGUF has them: a header of 1000 bytes, then layers of two tensors: attn of 3000 bytes, ffn of 5000 bytes, and
 * 24 bytes that have no name. */
enum { LAYER_BYTES = 8024, HEADER_BYTES = 1000 };

static inline struct regions *made_regions(unsigned layers)
{
	struct regions *r = regions_create("gguf");
	char name[64];
	regions_add_header(r, "header", HEADER_BYTES);
	for (unsigned i = 0; i < layers; i++) {
		uint64_t start = HEADER_BYTES + (uint64_t)i * LAYER_BYTES;
		snprintf(name, sizeof(name), "blk.%u.attn_q.weight", i);
		regions_add(r, start, 3000, regions_keep_name(r, name, strlen(name)));
		snprintf(name, sizeof(name), "blk.%u.ffn_up.weight", i);
		regions_add(r, start + 3000, 5000, regions_keep_name(r, name, strlen(name)));
	}
	ck_assert(regions_finish(r, UINT64_MAX));
	return r;
}

static inline const struct file_stats *file_with(const struct file_table *table, const char *path)
{
	const struct file_stats *f = table->files;
	while (f && (f->path_len != strlen(path) || memcmp(f->path, path, f->path_len) != 0))
		f = f->hh.next;
	ck_assert_msg(f != NULL, "no file %s", path);
	return f;
}

#endif
