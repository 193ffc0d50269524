/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_hits.h"

#include "present_pages.h"

static void since(struct file_counts *last, const struct file_counts *now, const struct file_counts *before)
{
	last->reads = now->reads - before->reads;
	last->read_bytes = now->read_bytes - before->read_bytes;
	last->faults = now->faults - before->faults;
	last->mapped_bytes = now->mapped_bytes - before->mapped_bytes;
	last->filled_bytes = now->filled_bytes - before->filled_bytes;
	last->missed_bytes = 0;
}

void file_hits_add(struct file_counts *into, const struct file_counts *more)
{
	into->reads += more->reads;
	into->read_bytes += more->read_bytes;
	into->faults += more->faults;
	into->mapped_bytes += more->mapped_bytes;
	into->filled_bytes += more->filled_bytes;
	into->missed_bytes += more->missed_bytes;
	into->partial |= more->partial;
	if (more->unknown)
		into->unknown = more->unknown;
}

/* Of what was read and mapped in, as much was missing from the page cache as was read into it, now or ahead. */
static void count_missed(struct model_file *file, uint64_t filled)
{
	struct file_counts *last = &file->last;
	uint64_t asked = last->read_bytes + last->mapped_bytes;
	file->ahead_bytes += filled;
	last->missed_bytes = asked < file->ahead_bytes ? asked : file->ahead_bytes;
	file->total.missed_bytes += last->missed_bytes;
	file->ahead_bytes -= last->missed_bytes;
}

/* Why the rate of this interval cannot be known. */
static enum hit_unknown find_unknown(const struct model_file *file)
{
	const struct file_counts *last = &file->last;
	if (!last->reads && !last->faults && !last->mapped_bytes && !last->filled_bytes && !last->partial)
		return HIT_KNOWN; /* nothing was requested */
	if (file->layered)
		return HIT_LAYERED;
	if (last->partial)
		return HIT_READS;
	if (!file->ahead_bytes && !last->missed_bytes)
		return HIT_KNOWN; /* all was there, however much it was */
	if (file->hidden)
		return HIT_HIDDEN;
	return file->mappings.known ? HIT_KNOWN : HIT_UNMAPPED;
}

void file_hits_end(struct model_file *file, bool partial)
{
	struct file_counts *total = &file->total, *last = &file->last;
	if (file->ended_ns)
		file_mappings_unseen(&file->mappings, total->faults);
	total->mapped_bytes = file->mappings.pages * PAGE_BYTES;
	since(last, total, &file->before);
	last->partial = partial;
	count_missed(file, last->filled_bytes - (file->other_bytes - file->other_before));
	last->unknown = find_unknown(file);
	if (last->unknown) { /* what was asked for of the bytes read ahead is not known either */
		total->unknown = last->unknown;
		file->ahead_bytes = 0;
	} else if (last->filled_bytes && file->other_bytes && !last->reads && !last->mapped_bytes) {
		last->unknown = HIT_OTHER;
	}
	total->partial |= partial;
	file->other_before = file->other_bytes;
	file->mappings.known = true;
	file->before = *total;
}

double file_hits_rate(const struct file_counts *c)
{
	double asked = (double)c->read_bytes + (double)c->mapped_bytes;
	if (c->partial || c->unknown)
		return -1;
	if (asked <= 0)
		return c->faults && !c->filled_bytes ? 1 : -1;
	return 1 - (double)c->missed_bytes / asked;
}

const char *file_hits_unknown(const struct file_counts *c)
{
	static const char *const words[HIT_REASONS] = {
		[HIT_KNOWN] = "",
		[HIT_READS] = "reads were not counted all the time",
		[HIT_UNMAPPED] = "a mapping was removed before it was looked at",
		[HIT_HIDDEN] = "what is mapped in cannot be looked at",
		[HIT_LAYERED] = "on overlayfs, the page cache holds another file",
		[HIT_OTHER] = "reads by io_uring and io_submit are not counted",
	};
	return words[c->partial ? HIT_READS : c->unknown];
}
