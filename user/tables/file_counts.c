/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_counts.h"

#include <string.h>

static void to_array(uint64_t array[FILE_SUMS], const struct file_sums *sums)
{
	memcpy(array, sums, sizeof(*sums));
}

void file_sums_add(struct file_sums *into, const struct file_sums *from)
{
	uint64_t a[FILE_SUMS], b[FILE_SUMS];
	to_array(a, into);
	to_array(b, from);
	for (unsigned i = 0; i < FILE_SUMS; i++)
		a[i] += b[i];
	memcpy(into, a, sizeof(a));
}

/* The part of a value up to a byte, rounded up. */
static uint64_t up_to(uint64_t value, uint64_t byte, uint64_t bytes)
{
	return (uint64_t)(((unsigned __int128)value * byte + bytes - 1) / bytes);
}

uint64_t file_share_of(const struct file_share *share, uint64_t value)
{
	if (value == 0 || share->after - share->before == share->bytes)
		return value;
	return up_to(value, share->after, share->bytes) - up_to(value, share->before, share->bytes);
}

void file_sums_add_share(struct file_sums *into, const struct file_sums *from, const struct file_share *share)
{
	uint64_t a[FILE_SUMS], b[FILE_SUMS];
	to_array(a, into);
	to_array(b, from);
	for (unsigned i = 0; i < FILE_SUMS; i++)
		a[i] += file_share_of(share, b[i]);
	memcpy(into, a, sizeof(a));
}

void file_counts_add(struct file_counts *into, const struct file_counts *from, size_t *room)
{
	file_sums_add(&into->sums, &from->sums);
	latency_merge(&into->took, &from->took, room);
}

void file_counts_free(struct file_counts *counts)
{
	latency_free(&counts->took);
}

uint64_t file_sums_time(const struct file_sums *sums)
{
	return sums->call_ns + sums->uring_ns + sums->fault_ns;
}

uint64_t file_sums_bytes(const struct file_sums *sums)
{
	return sums->read_bytes + sums->write_bytes + sums->uring_bytes + sums->uring_write_bytes +
	       sums->faulted_bytes + sums->fill_bytes;
}
