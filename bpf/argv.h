/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Vectors of strings, such as those that execve takes. The memory is the caller's: every loop has a limit. */
#ifndef BPF_ARGV_H
#define BPF_ARGV_H

#include "core.h"

#define ARGV_BYTES 2048  /* kept of a vector of arguments */
#define VECTOR_MAX 65536 /* pointers that are looked at */

struct vector_walk {
	u64 address;
	u32 at, end; /* in the scratch buffer */
	u32 count;
	bool cut;
};

/* Appends one string with its zero byte. 1 ends the loop. */
static int argv_step(u32 index, void *ctx)
{
	struct vector_walk *walk = ctx;
	struct scratch *scratch = scratch_get();
	u64 string = 0;
	u32 at = walk->at;
	if (!scratch || bpf_probe_read_user(&string, sizeof(string), (void *)(walk->address + index * 8))) {
		walk->cut = true;
		return 1;
	}
	if (!string)
		return 1;
	walk->cut = true;
	if (at >= walk->end || at >= SCRATCH_BYTES)
		return 1;
	long got = bpf_probe_read_user_str(&scratch->bytes[at], ARGV_BYTES, (void *)string);
	if (got <= 0)
		return 1;
	walk->at = at + got;
	if (walk->at > walk->end || got == ARGV_BYTES)
		return 1;
	walk->cut = false;
	return 0;
}

/* Copies the strings of a vector to bytes[at] of the scratch buffer, each closed by a zero byte, as many as
 * ARGV_BYTES hold. Returns the entry for string_bytes. Not static, so that it is verified once. */
__weak int argv_copy(u64 vector, u32 at)
{
	if (at > PATH_BYTES || !vector)
		return 0;
	struct vector_walk walk = { .address = vector, .at = at, .end = at + ARGV_BYTES - 1 };
	u64 first;
	if (bpf_probe_read_user(&first, sizeof(first), (void *)vector))
		return 0;
	bpf_loop(ARGV_BYTES, argv_step, &walk, 0);
	u32 bytes = (walk.at < walk.end ? walk.at : walk.end) - at;
	return STRING_HERE | (bytes & (ARGV_BYTES - 1)) | (walk.cut ? STRING_CUT : 0);
}

static int vector_step(u32 index, void *ctx)
{
	struct vector_walk *walk = ctx;
	u64 string = 0;
	walk->cut = bpf_probe_read_user(&string, sizeof(string), (void *)(walk->address + index * 8));
	if (walk->cut || !string)
		return 1;
	walk->count++;
	return 0;
}

/* The number of strings in a vector; -1: not all of it is readable, or it is too long. Not static, as above. */
__weak int vector_count(u64 vector)
{
	struct vector_walk walk = { .address = vector };
	if (!vector)
		return 0;
	bpf_loop(VECTOR_MAX, vector_step, &walk, 0);
	return walk.cut || walk.count == VECTOR_MAX ? -1 : walk.count;
}

#endif
