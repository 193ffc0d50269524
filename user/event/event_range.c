/* SPDX-License-Identifier: BSD-2-Clause */
#include "event_range.h"

#include <stddef.h>

bool event_range(const struct event *ev, struct event_range *range)
{
	const struct file_io_event *io = &ev->file_io;
	const struct uring_event *uring = &ev->uring;
	const struct fault_event *fault = &ev->fault;
	const struct load_event *inferred = &ev->inferred;
	const struct pages_event *pages = &ev->pages;
	const struct block_event *block = &ev->block;
	switch (ev->kind) {
	case EVENT_FILE_IO:
		*range = (struct event_range){ &io->file, io->sums->start, io->sums->bytes,
			!(io->sums->flags & FILE_IO_SCATTERED), io->place };
		return true;
	case EVENT_URING:
		*range = (struct event_range){ &uring->file, uring->start,
			uring->result > 0 ? (uint64_t)uring->result : 0, !(uring->flags & URING_NO_OFFSET),
			uring->place };
		return true;
	case EVENT_FAULT:
		*range = (struct event_range){ &fault->file, fault->start, fault->bytes, true, fault->place };
		return true;
	case EVENT_INFERRED:
		*range =
			(struct event_range){ &inferred->file, inferred->start, inferred->bytes, true, NULL };
		return true;
	case EVENT_PAGES:
		*range = (struct event_range){ &pages->file, pages->start, pages->bytes, true, pages->place };
		return true;
	case EVENT_BLOCK:
		*range = (struct event_range){ &block->file, block->start, block->bytes,
			block->untied == BLOCK_TIED, block->place };
		return true;
	}
	return false;
}

void event_range_name(struct event *ev, const struct place *place)
{
	if (ev->kind == EVENT_FILE_IO)
		ev->file_io.place = place;
	else if (ev->kind == EVENT_URING)
		ev->uring.place = place;
	else if (ev->kind == EVENT_FAULT)
		ev->fault.place = place;
	else if (ev->kind == EVENT_PAGES)
		ev->pages.place = place;
	else if (ev->kind == EVENT_BLOCK)
		ev->block.place = place;
}
