/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Copies of the memory, other than paths, that a call's arguments point to: small blocks of the caller's memory,
 * as described by call_copies. */
#ifndef BPF_COPY_H
#define BPF_COPY_H

#include "call.h"

#define BLOCK_BYTES   4096
#define STRING_ENOUGH 32
#define POINTED_MAX   16   /* units behind pointers */
#define RECORDS_MAX   1400 /* limit of the directory entries counted: 32 KiB of the shortest */
#define RECLEN_AT     16   /* offset of d_reclen in struct linux_dirent and linux_dirent64 */

/* What is copied of calls with a command, by COMMAND_KEY(); for commands that are not there, call_copies. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, COMMANDS_MAX);
	__type(key, u64);
	__type(value, struct call_copies);
} command_copies SEC(".maps");

/* nr: less than SYSCALL_MAX. */
static __always_inline const volatile struct call_copies *copies_of(u32 nr, const struct scratch *scratch)
{
	int command = call_specs[nr].command_arg;
	if (command >= 0) {
		u64 key = COMMAND_KEY(nr, scratch_arg(scratch, command));
		const struct call_copies *copies = bpf_map_lookup_elem(&command_copies, &key);
		if (copies)
			return copies;
	}
	return &call_copies[nr];
}

struct records_walk {
	u64 address, bytes, at;
	u32 count;
};

/* Counts one directory entry. 1 ends the loop: no entry is left. */
static int records_step(u32 index, void *ctx)
{
	struct records_walk *walk = ctx;
	u16 length = 0;
	if (walk->at >= walk->bytes ||
		bpf_probe_read_user(
			&length, sizeof(length), (void *)(walk->address + walk->at + RECLEN_AT)) ||
		length == 0)
		return 1;
	walk->at += length;
	walk->count++;
	return 0;
}

/* The number of directory entries in `bytes` bytes; -1 if not all of them are readable, or there are more than
 * RECORDS_MAX. Not static, so that it is verified once. */
__weak int records_count(u64 address, u64 bytes)
{
	struct records_walk walk = { .address = address, .bytes = bytes };
	bpf_loop(RECORDS_MAX, records_step, &walk, 0);
	return walk.at >= bytes ? walk.count : -1;
}

/* The size of an address or option, an int: of what a call has written no more than its caller had room for, and nothing
 * where that is not known. */
static __always_inline u64 copy_length(u32 nr, u64 address)
{
	u32 length = 0;
	bpf_probe_read_user(&length, sizeof(length), (void *)address);
	if (!(call_specs[nr].flags & CALL_LENGTH))
		return length;
	struct task_state *state = task_state_get(bpf_get_current_task_btf());
	u64 room = state ? state->length : 0;
	return room && room - 1 < length ? room - 1 : room ? length : 0;
}

static __always_inline bool copy_applies(
	const struct scratch *scratch, s64 result, const volatile struct call_copy *copy)
{
	bool failed = result < 0 && result >= -4095;
	if (!copy->limit || (copy->flags & COPY_IF_DONE && failed) ||
		(copy->flags & COPY_IF_FAILED && !failed))
		return false;
	return !copy->when || copy->when >> (scratch_arg(scratch, copy->whether) & 63) & 1;
}

/* The number of units that the call's arguments or its result state; 0 if it cannot be read. */
static __always_inline u64 copy_units(
	u32 nr, const struct scratch *scratch, s64 result, const volatile struct call_copy *copy)
{
	u64 units = 0;
	u64 at = copy->flags & COPY_INSIDE ? scratch_arg(scratch, copy->arg) + copy->counter : 0;
	switch (copy->count) {
	case COUNT_LIMIT:
		return copy->limit;
	case COUNT_ARG:
		if (!at)
			return scratch_arg(scratch, copy->counter);
		bpf_probe_read_user(&units, sizeof(units), (void *)at);
		return units;
	case COUNT_WORD:
		return copy_length(nr, at ?: scratch_arg(scratch, copy->counter));
	case COUNT_INT:
		return (s32)scratch_arg(scratch, copy->counter) > 0 ? (u32)scratch_arg(scratch, copy->counter)
								    : 0;
	case COUNT_UINT:
		return (u32)scratch_arg(scratch, copy->counter);
	case COUNT_PAGES:
		return (scratch_arg(scratch, copy->counter) + 4095) >> 12;
	case COUNT_BITS:
		return (scratch_arg(scratch, copy->counter) + 62) >> 6;
	}
	return result > 0 ? result : 0;
}

/* Copies a string, at most limit - 2 bytes of it; returns its entry for block_bytes. One that cannot be read to its end is
 * taken as cut if there is enough of it to be shown. */
static __always_inline int copy_string(char *to, u32 limit, u64 address)
{
	long got = bpf_probe_read_user_str(to, limit, (void *)address);
	if (got >= limit)
		return STRING_HERE | STRING_CUT | ((limit - 2) & (BLOCK_BYTES - 1));
	if (got >= 0)
		return STRING_HERE | ((got ? got - 1 : 0) & (BLOCK_BYTES - 1));
	/* perhaps readable memory ends before the string does, at the end of a page */
	u32 front = BLOCK_BYTES - (address & (BLOCK_BYTES - 1));
	u32 enough = limit - 2 < STRING_ENOUGH ? limit - 2 : STRING_ENOUGH;
	if (front >= limit || front < enough ||
		bpf_probe_read_user(to, front & (BLOCK_BYTES - 1), (void *)address))
		return 0;
	return STRING_HERE | STRING_CUT | (front & (BLOCK_BYTES - 1));
}

/* Copies what each of an array's pointers leads to; returns the bytes copied, up to the first that is not readable. */
static __always_inline u32 copy_pointed(char *to, u64 address, u32 units, u32 unit)
{
	u32 bytes = 0;
	for (u32 i = 0; i < POINTED_MAX; i++) {
		u64 pointer;
		if (i >= units || bytes >= BLOCK_BYTES - 256 || unit > 255 ||
			bpf_probe_read_user(&pointer, sizeof(pointer), (void *)(address + i * 8)) ||
			bpf_probe_read_user(to + bytes, unit & 255, (void *)pointer))
			break;
		bytes += unit & 255;
	}
	return bytes;
}

/* Puts the size of the buffer, plus 1, or 0, into a block of `bytes` bytes. The bytes that the block has then. */
static __always_inline u32 copy_room(char *block, u8 at, u32 bytes)
{
	struct task_state *state = task_state_get(bpf_get_current_task_btf());
	u32 room = state ? state->length : 0;
	bpf_probe_read_kernel(block + at, sizeof(room), &room);
	return bytes < at + sizeof(room) ? at + sizeof(room) : bytes;
}

/* A timeout before the call, then after it. */
static __always_inline int copy_timeout(char *to, u64 address)
{
	struct task_state *state = task_state_get(bpf_get_current_task_btf());
	if (!state || !state->length)
		return 0;
	bpf_probe_read_kernel(to, sizeof(state->timeout), state->timeout);
	if (bpf_probe_read_user(to + sizeof(state->timeout), sizeof(state->timeout), (void *)address))
		return 0;
	return STRING_HERE | 2 * sizeof(state->timeout);
}

/* The signals that the task blocks. */
static __always_inline int copy_mask(char *to)
{
	u64 mask = bpf_get_current_task_btf()->blocked.sig[0];
	bpf_probe_read_kernel(to, sizeof(mask), &mask);
	return STRING_HERE | sizeof(mask);
}

/* Copies one block to bytes[at] of the scratch buffer; returns its entry for block_bytes. Not static, so that it
 * is verified once and not for each block: hence it takes plain numbers. The arguments are in the scratch buffer. */
__weak int call_block(u32 nr, u32 index, u32 at, s64 result)
{
	struct scratch *scratch = scratch_get();
	if (!scratch || nr >= SYSCALL_MAX || index >= CALL_BLOCKS || at > PATH_BYTES)
		return 0;
	char *to = (char *)&scratch->bytes[at];
	barrier_var(to); /* computed here: the verifier of Linux 6.1 forgets the bound of a spilled `at` */
	const volatile struct call_copy *copy = &copies_of(nr, scratch)->block[index];
	if (!copy_applies(scratch, result, copy))
		return 0;
	if (copy->count == COUNT_MASK)
		return copy_mask(to);
	u64 address = scratch_arg(scratch, copy->arg);
	if (copy->flags & COPY_INSIDE &&
		bpf_probe_read_user(&address, sizeof(address), (void *)(address + copy->inside)))
		return 0;
	if (!address)
		return 0;
	if (copy->flags & COPY_TIMEOUT)
		return copy_timeout(to, address);
	if (copy->flags & COPY_RECORDS) {
		int records = records_count(address, result);
		bpf_probe_read_kernel(to, sizeof(records), &records);
		return records < 0 ? 0 : STRING_HERE | sizeof(records);
	}
	if (copy->flags & COPY_STRING)
		return copy_string(to, copy->limit & (BLOCK_BYTES - 1), address);
	u64 units = copy_units(nr, scratch, result, copy);
	bool cut = units > copy->limit;
	u32 bytes = (cut ? copy->limit : units) * copy->unit;
	void *from = (void *)(address + copy->skip);
	if (bytes >= BLOCK_BYTES)
		return 0;
	if (copy->flags & COPY_POINTED) {
		u32 got = copy_pointed(to, address, cut ? copy->limit : units, copy->unit);
		return got ? STRING_HERE | (got & (BLOCK_BYTES - 1)) | (got < bytes || cut ? STRING_CUT : 0)
			   : 0;
	}
	u32 wanted = bytes; /* masked here: the verifier of Linux 6.1 forgets the bound of a spilled number */
	barrier_var(wanted);
	if (bpf_probe_read_user(to, wanted & (BLOCK_BYTES - 1), from)) {
		/* perhaps the memory ends on the way, at the end of a page */
		u32 front = BLOCK_BYTES - ((u64)from & (BLOCK_BYTES - 1));
		front -= front % (copy->unit ?: 1);
		if (bytes <= copy->unit || front >= bytes ||
			bpf_probe_read_user(to, front & (BLOCK_BYTES - 1), from)) {
			front = copy->unit;
			if (bytes <= front || bpf_probe_read_user(to, front, from))
				return 0;
		}
		bytes = front & (BLOCK_BYTES - 1);
		cut = true;
	}
	if (copy->flags & COPY_LENGTH)
		bytes = copy_room(to, copy->inside, bytes);
	return STRING_HERE | bytes | (cut ? STRING_CUT : 0);
}

#endif
