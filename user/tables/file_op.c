/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_op.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "user/calls/extent.h"
#include "user/calls/result.h"

#ifndef O_DIRECT
#define O_DIRECT 040000
#endif

static bool counts(const struct file_ref *file)
{
	return file->id.ino && (S_ISREG(file->id.mode) || S_ISBLK(file->id.mode));
}

static uint64_t known_ns(uint64_t ns)
{
	return ns == NO_DURATION ? 0 : ns;
}

/* ---- calls ---- */

/* What a call does to the file of its descriptor. */
enum does { DOES_OTHER, DOES_READ, DOES_WRITE, DOES_MAP, DOES_COPY, DOES_OPEN };

static enum does does_what(const struct call_event *call)
{
	switch (call->nr) {
	case SYS_read:
	case SYS_readv:
	case SYS_pread64:
	case SYS_preadv:
	case SYS_preadv2:
		return DOES_READ;
	case SYS_write:
	case SYS_writev:
	case SYS_pwrite64:
	case SYS_pwritev:
	case SYS_pwritev2:
		return DOES_WRITE;
	case SYS_mmap:
		return DOES_MAP;
	case SYS_sendfile:
	case SYS_splice:
	case SYS_copy_file_range:
		return DOES_COPY;
	case SYS_open:
	case SYS_openat:
	case SYS_openat2:
	case SYS_creat:
	case SYS_open_by_handle_at:
		return DOES_OPEN;
	}
	return DOES_OTHER;
}

static void moved(struct file_op *op, enum file_way way, const struct call_event *call, uint64_t ns)
{
	op->way = way;
	op->all = (struct file_amount){ .count = 1, .bytes = (uint64_t)call->result, .ns = known_ns(ns) };
	op->timed = ns != NO_DURATION;
	op->max_ns = op->all.ns;
	op->from_call = true;
}

static void moved_at(struct file_op *op, enum file_way way, const struct call_event *call, uint64_t ns)
{
	struct extent extent;
	moved(op, way, call, ns);
	if (!extent_of(call, &extent))
		return;
	op->located = true;
	op->start = extent.offset;
}

static void map_op(struct file_op *op, const struct call_event *call, uint64_t ns)
{
	op->way = WAY_MAP;
	op->all = (struct file_amount){ .count = 1, .bytes = call->args[1], .ns = known_ns(ns) };
	op->located = true;
	op->start = call->args[5];
}

/* openat2 has its flags in memory. */
static bool opens_direct(const struct call_event *call)
{
	uint64_t flags = 0;
	if (call->nr == SYS_open)
		flags = call->args[1];
	else if (call->nr == SYS_openat || call->nr == SYS_open_by_handle_at)
		flags = call->args[2];
	else if (call->nr == SYS_openat2 && call->block[0].data && call->block[0].len >= sizeof(flags))
		memcpy(&flags, call->block[0].data, sizeof(flags));
	return flags & O_DIRECT;
}

static void open_op(struct file_op *op, const struct call_event *call, uint64_t ns)
{
	op->file = &call->other;
	op->opens = 1;
	op->other_ns = known_ns(ns);
	op->sets_direct = true;
	op->opens_direct = opens_direct(call);
}

static void other_op(struct file_op *op, const struct call_event *call, uint64_t ns)
{
	if (result_failed(call))
		op->errors = 1;
	else
		op->other_calls = 1;
	op->other_ns = known_ns(ns);
	if (call->nr == SYS_fcntl && call->args[1] == F_SETFL && !result_failed(call)) {
		op->sets_direct = true;
		op->opens_direct = call->args[2] & O_DIRECT;
	}
}

/* Where a copy was written: before the position of its file, unless a pointer passed another. */
static void written_at(struct file_op *op, const struct call_event *call)
{
	bool at_position = call->nr == SYS_sendfile || call->args[3] == 0;
	if (!at_position || op->file->pos < call->result)
		return;
	op->located = true;
	op->start = (uint64_t)(op->file->pos - call->result);
}

/* From one file to another; its time is that of the read, or of the write into a file from something else. */
static unsigned copy_ops(struct file_op ops[FILE_OPS_MAX], const struct call_event *call, uint64_t ns)
{
	bool sends = call->nr == SYS_sendfile;
	const struct file_ref *from = sends ? &call->other : &call->file;
	const struct file_ref *to = sends ? &call->file : &call->other;
	unsigned used = 0;
	if (counts(from)) {
		ops[used].file = from;
		ops[used].place = call->place;
		moved_at(&ops[used++], WAY_READ, call, ns);
	}
	if (!counts(to))
		return used;
	struct file_op *write = &ops[used];
	memset(write, 0, sizeof(*write));
	write->file = to;
	moved(write, WAY_WRITE, call, used ? NO_DURATION : ns);
	written_at(write, call);
	return used + 1;
}

static unsigned ops_of_call(const struct event *ev, struct file_op ops[FILE_OPS_MAX])
{
	const struct call_event *call = &ev->call;
	struct file_op *op = &ops[0];
	if (!call->returned || call->unfinished)
		return 0;
	enum does does = does_what(call);
	if (does == DOES_COPY && !result_failed(call))
		return copy_ops(ops, call, ev->duration_ns);
	op->file = &call->file;
	op->place = call->place;
	if (does == DOES_OPEN && !result_failed(call))
		open_op(op, call, ev->duration_ns);
	if (!counts(op->file))
		return 0;
	if (result_failed(call) || does == DOES_OTHER || does == DOES_COPY)
		other_op(op, call, ev->duration_ns);
	else if (does == DOES_READ)
		moved_at(op, WAY_READ, call, ev->duration_ns);
	else if (does == DOES_WRITE)
		moved_at(op, WAY_WRITE, call, ev->duration_ns);
	else if (does == DOES_MAP)
		map_op(op, call, ev->duration_ns);
	return 1;
}

/* ---- requests of io_uring ---- */

static unsigned op_of_uring(const struct event *ev, struct file_op *op)
{
	const struct uring_event *uring = &ev->uring;
	bool reads = uring_reads(uring->opcode), writes = uring_writes(uring->opcode);
	op->file = &uring->file;
	op->place = uring->place;
	if (!counts(op->file))
		return 0;
	op->errors = uring->result < 0;
	op->other_calls = !op->errors && !reads && !writes;
	if (op->errors || op->other_calls)
		return 1;
	op->way = reads ? WAY_URING_READ : WAY_URING_WRITE;
	op->all = (struct file_amount){
		.count = 1, .bytes = (uint64_t)uring->result, .ns = known_ns(ev->duration_ns)
	};
	op->start = uring->start;
	op->located = !(uring->flags & URING_NO_OFFSET);
	op->timed = ev->duration_ns != NO_DURATION;
	op->max_ns = op->all.ns;
	op->direct = uring->flags & URING_DIRECT;
	return 1;
}

/* ---- sums of operations ---- */

static unsigned op_of_sums(const struct event *ev, struct file_op *op)
{
	static const enum file_way ways[FILE_IO_OPS] = {
		[FILE_IO_READ] = WAY_READ,
		[FILE_IO_WRITE] = WAY_WRITE,
		[FILE_IO_MAP] = WAY_MAP,
		[FILE_IO_FAULT] = WAY_FAULT,
		[FILE_IO_FILL] = WAY_FILL,
	};
	const struct event_file_io *sums = ev->file_io.sums;
	op->file = &ev->file_io.file;
	op->place = ev->file_io.place;
	if (!counts(op->file))
		return 0;
	op->way = ways[sums->op];
	op->all = (struct file_amount){
		.count = sums->count,
		.bytes = sums->bytes,
		.ns = sums->total_ns,
		.wait_ns = sums->wait_ns,
		.major = sums->major,
	};
	op->located = !(sums->flags & FILE_IO_SCATTERED);
	op->start = sums->start;
	op->timed = (sums->op == FILE_IO_READ || sums->op == FILE_IO_WRITE) && sums->total_ns && sums->count;
	op->max_ns = sums->max_ns;
	op->spread = sums->count > 1 ? sums->spread : NULL;
	op->direct = sums->flags & FILE_IO_DIRECT;
	op->opens = sums->opens;
	op->other_calls = sums->others;
	op->errors = sums->errors;
	op->other_ns = sums->others_ns;
	return 1;
}

/* ---- pages evicted, and pages that come back ---- */

static unsigned op_of_pages(const struct event *ev, struct file_op *op)
{
	const struct pages_event *pages = &ev->pages;
	if (!counts(&pages->file) || (pages->op != PAGES_EVICTED && !pages->back_bytes))
		return 0;
	op->file = &pages->file;
	op->place = pages->place;
	op->way = pages->op == PAGES_EVICTED ? WAY_EVICT : WAY_BACK;
	op->all = (struct file_amount){ .bytes = pages->bytes, .back = pages->back_bytes };
	op->gone_ns = pages->gone_ns;
	op->located = true;
	op->start = pages->start;
	return 1;
}

/* ---- requests to disks ---- */

static unsigned op_of_block(const struct event *ev, struct file_op *op)
{
	const struct block_event *block = &ev->block;
	op->file = &block->file;
	op->place = block->place;
	if (block->untied != BLOCK_TIED || !counts(op->file) || block->flags & BLOCK_FAILED)
		return 0;
	op->way = block->flags & BLOCK_OTHERS ? WAY_DISK_OTHERS
		  : block->op == BLOCK_READ   ? WAY_DISK_READ
					      : WAY_DISK_WRITE;
	/* of a request, further ranges of the same file are the same request */
	op->all = (struct file_amount){ .count = !(block->flags & BLOCK_SAME_FILE),
		.bytes = block->bytes,
		.ns = known_ns(ev->duration_ns) };
	op->located = true;
	op->start = block->start;
	return 1;
}

unsigned file_ops_of(const struct event *ev, struct file_op ops[FILE_OPS_MAX])
{
	memset(ops, 0, sizeof(*ops));
	switch (ev->kind) {
	case EVENT_SYSCALL:
		return ops_of_call(ev, ops);
	case EVENT_URING:
		return op_of_uring(ev, ops);
	case EVENT_FILE_IO:
		return op_of_sums(ev, ops);
	case EVENT_PAGES:
		return op_of_pages(ev, ops);
	case EVENT_BLOCK:
		return op_of_block(ev, ops);
	}
	return 0;
}

/* ---- adding them up ---- */

static void add_amount(const struct file_op *op, const struct file_amount *a, struct file_counts *counts)
{
	struct file_sums *sums = &counts->sums;
	sums->disk_ns += a->wait_ns;
	switch (op->way) {
	case WAY_NONE:
		break;
	case WAY_READ:
		sums->read_calls += a->count, sums->read_bytes += a->bytes, sums->call_ns += a->ns;
		sums->direct_bytes += op->direct ? a->bytes : 0;
		break;
	case WAY_WRITE:
		sums->write_calls += a->count, sums->write_bytes += a->bytes, sums->call_ns += a->ns;
		break;
	case WAY_URING_READ:
		sums->uring_calls += a->count, sums->uring_bytes += a->bytes, sums->uring_ns += a->ns;
		sums->direct_bytes += op->direct ? a->bytes : 0;
		break;
	case WAY_URING_WRITE:
		sums->uring_write_calls += a->count, sums->uring_write_bytes += a->bytes;
		sums->uring_ns += a->ns;
		break;
	case WAY_MAP:
		sums->maps += a->count, sums->mapped_bytes += a->bytes, sums->call_ns += a->ns;
		break;
	case WAY_FAULT:
		sums->faults += a->count, sums->faulted_bytes += a->bytes, sums->fault_ns += a->ns;
		sums->major_faults += a->major;
		break;
	case WAY_FILL:
		sums->fill_bytes += a->bytes;
		break;
	case WAY_EVICT:
		sums->evicted_bytes += a->bytes;
		break;
	case WAY_BACK:
		sums->refault_bytes += a->back;
		file_back_add(&counts->back, op->gone_ns, a->back);
		break;
	case WAY_DISK_READ:
		sums->disk_requests += a->count, sums->disk_bytes += a->bytes;
		break;
	case WAY_DISK_WRITE:
		sums->disk_write_requests += a->count, sums->disk_write_bytes += a->bytes;
		break;
	case WAY_DISK_OTHERS:
		sums->disk_other_bytes += a->bytes;
		break;
	}
}

void file_op_add(const struct file_op *op, struct file_counts *counts)
{
	struct file_sums *sums = &counts->sums;
	add_amount(op, &op->all, counts);
	sums->opens += op->opens;
	sums->other_calls += op->other_calls;
	sums->errors += op->errors;
	sums->call_ns += op->other_ns;
	if (op->timed && !op->spread)
		file_times_add(&counts->took, op->all.ns);
	else if (op->timed)
		file_times_add_spread(&counts->took, op->spread, op->max_ns);
}

/* The part of a value up to a byte, rounded up. */
static uint64_t up_to(uint64_t value, uint64_t byte, uint64_t bytes)
{
	return (uint64_t)(((unsigned __int128)value * byte + bytes - 1) / bytes);
}

static uint64_t share_of(const struct file_op *op, uint64_t value, uint64_t before, uint64_t after)
{
	return value ? up_to(value, after, op->all.bytes) - up_to(value, before, op->all.bytes) : 0;
}

static void add_spread_share(
	const struct file_op *op, uint64_t before, uint64_t after, struct file_times *took)
{
	__u8 spread[IO_SPREAD], any = 0;
	for (unsigned i = 0; i < IO_SPREAD; i++)
		any |= spread[i] = (__u8)share_of(op, op->spread[i], before, after);
	if (any)
		file_times_add_spread(took, spread, op->max_ns);
}

static struct file_amount amount_of(const struct file_op *op, uint64_t before, uint64_t after)
{
	const struct file_amount *all = &op->all;
	if (before == 0 && after == all->bytes)
		return *all;
	return (struct file_amount){
		.count = share_of(op, all->count, before, after),
		.bytes = after - before,
		.ns = share_of(op, all->ns, before, after),
		.wait_ns = share_of(op, all->wait_ns, before, after),
		.major = share_of(op, all->major, before, after),
		.back = share_of(op, all->back, before, after),
	};
}

void file_op_add_share(const struct file_op *op, uint64_t before, uint64_t after, struct file_counts *counts)
{
	const struct file_amount share = amount_of(op, before, after);
	add_amount(op, &share, counts);
	if (op->timed && op->spread)
		add_spread_share(op, before, after, &counts->took);
	else if (op->timed && share.count)
		file_times_add(&counts->took, op->all.ns);
}
