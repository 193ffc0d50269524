/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_counts.h"

#include <string.h>

static unsigned bucket_of(uint64_t ns)
{
	unsigned power = ns ? 63 - (unsigned)__builtin_clzll(ns) : 0;
	if (power < IO_SPREAD_FIRST)
		return 0;
	unsigned bucket = 2 * (power - IO_SPREAD_FIRST) + (unsigned)(ns >> (power - 1) & 1);
	return bucket < IO_SPREAD ? bucket : IO_SPREAD - 1;
}

/* The middle of a bucket, half a power of two. */
static uint64_t middle_of(unsigned bucket)
{
	uint64_t low = 1ULL << (IO_SPREAD_FIRST + bucket / 2);
	return low + low / 4 * (bucket % 2 ? 3 : 1);
}

void file_times_add(struct file_times *times, uint64_t ns)
{
	times->counts[bucket_of(ns)]++;
	if (ns > times->max_ns)
		times->max_ns = ns;
}

void file_times_add_spread(struct file_times *times, const __u8 spread[IO_SPREAD], uint64_t max_ns)
{
	for (unsigned i = 0; i < IO_SPREAD; i++)
		times->counts[i] += spread[i];
	if (max_ns > times->max_ns)
		times->max_ns = max_ns;
}

bool file_times_percentile(const struct file_times *times, double percent, uint64_t *ns)
{
	uint64_t all = 0, seen = 0;
	for (unsigned i = 0; i < IO_SPREAD; i++)
		all += times->counts[i];
	double rank = percent / 100 * (double)all;
	*ns = times->max_ns;
	if (rank > (double)all - 1)
		return all > 0; /* the longest, which is known exactly */
	for (unsigned i = 0; i < IO_SPREAD; i++) {
		seen += times->counts[i];
		if ((double)seen < rank)
			continue;
		*ns = middle_of(i) < times->max_ns ? middle_of(i) : times->max_ns;
		return true;
	}
	return false;
}

void file_back_add(struct file_back *back, uint64_t gone_ns, uint64_t bytes)
{
	uint64_t units = gone_ns >> GONE_SHIFT;
	unsigned bucket = units ? 64 - (unsigned)__builtin_clzll(units) : 0;
	back->bytes[bucket < BACK_BUCKETS ? bucket : BACK_BUCKETS - 1] += bytes;
}

uint64_t file_back_from(unsigned bucket)
{
	return bucket ? 1ULL << (GONE_SHIFT + bucket - 1) : 0;
}

bool file_back_median(const struct file_back *back, uint64_t *ns)
{
	uint64_t all = 0, seen = 0;
	for (unsigned i = 0; i < BACK_BUCKETS; i++)
		all += back->bytes[i];
	for (unsigned i = 0; i < BACK_BUCKETS && all; i++) {
		seen += back->bytes[i];
		if (seen < all - seen)
			continue;
		*ns = (file_back_from(i) + file_back_from(i + 1)) / 2;
		return true;
	}
	return false;
}

void file_counts_add(struct file_counts *into, const struct file_counts *from)
{
	uint64_t a[FILE_SUMS], b[FILE_SUMS];
	memcpy(a, &into->sums, sizeof(a));
	memcpy(b, &from->sums, sizeof(b));
	for (unsigned i = 0; i < FILE_SUMS; i++)
		a[i] += b[i];
	memcpy(&into->sums, a, sizeof(a));
	for (unsigned i = 0; i < IO_SPREAD; i++)
		into->took.counts[i] += from->took.counts[i];
	if (from->took.max_ns > into->took.max_ns)
		into->took.max_ns = from->took.max_ns;
	for (unsigned i = 0; i < BACK_BUCKETS; i++)
		into->back.bytes[i] += from->back.bytes[i];
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
