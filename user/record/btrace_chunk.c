/* SPDX-License-Identifier: BSD-2-Clause */
#include "btrace_chunk.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* As it is stored. */
struct stored_head {
	char mark[BTRACE_MARK_BYTES];
	uint32_t kind, bytes;
	uint64_t number, run;
	int64_t start_time_ns, clock_offset_ns;
	uint64_t time_ns;
	uint32_t timed, unused;
	uint64_t data_sum; /* XXH3 of the data behind the head */
	uint64_t head_sum; /* and of the head up to here */
};

_Static_assert(sizeof(struct stored_head) == BTRACE_HEAD_BYTES, "the layout in docs/btrace.md");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are stored little-endian");

static uint64_t head_sum(const struct stored_head *head)
{
	return XXH3_64bits(head, offsetof(struct stored_head, head_sum));
}

void btrace_chunk_put(unsigned char to[BTRACE_HEAD_BYTES], const struct btrace_chunk *chunk, const void *data)
{
	struct stored_head head = {
		.kind = chunk->kind,
		.bytes = chunk->bytes,
		.number = chunk->number,
		.run = chunk->run,
		.start_time_ns = chunk->start_time_ns,
		.clock_offset_ns = chunk->clock_offset_ns,
		.time_ns = chunk->time_ns,
		.timed = chunk->timed,
		.data_sum = XXH3_64bits(data, chunk->bytes),
	};
	memcpy(head.mark, BTRACE_MARK, BTRACE_MARK_BYTES);
	head.head_sum = head_sum(&head);
	memcpy(to, &head, sizeof(head));
}

bool btrace_chunk_get(const unsigned char from[BTRACE_HEAD_BYTES], struct btrace_chunk *chunk)
{
	struct stored_head head;
	memcpy(&head, from, sizeof(head));
	if (memcmp(head.mark, BTRACE_MARK, BTRACE_MARK_BYTES) != 0 || head.head_sum != head_sum(&head) ||
		head.bytes > BTRACE_BYTES_MAX)
		return false;
	*chunk = (struct btrace_chunk){
		.kind = head.kind,
		.bytes = head.bytes,
		.number = head.number,
		.run = head.run,
		.start_time_ns = head.start_time_ns,
		.clock_offset_ns = head.clock_offset_ns,
		.time_ns = head.time_ns,
		.timed = head.timed,
	};
	return true;
}

bool btrace_chunk_whole(const unsigned char from[BTRACE_HEAD_BYTES], const void *data, size_t bytes)
{
	struct stored_head head;
	memcpy(&head, from, sizeof(head));
	return XXH3_64bits(data, bytes) == head.data_sum;
}

size_t btrace_chunk_find(const unsigned char *data, size_t from, size_t len)
{
	const unsigned char *at;
	while (from < len && (at = memchr(data + from, BTRACE_MARK[0] & 0xff, len - from))) {
		size_t found = (size_t)(at - data), rest = len - found;
		if (memcmp(at, BTRACE_MARK, rest < BTRACE_MARK_BYTES ? rest : BTRACE_MARK_BYTES) == 0)
			return found;
		from = found + 1;
	}
	return len;
}
