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

/* The call's duration is known once. */
static void took(struct file_op *op, uint64_t ns)
{
	op->count = 1;
	op->took_ns = op->max_ns = ns;
	op->sums.call_ns = known_ns(ns);
	op->from_call = true;
}

static void take_extent(struct file_op *op, const struct extent *extent)
{
	op->located = true;
	op->start = extent->offset;
}

static void read_op(struct file_op *op, const struct call_event *call, uint64_t ns)
{
	struct extent extent;
	op->bytes = op->sums.read_bytes = (uint64_t)call->result;
	op->sums.read_calls = 1;
	op->covers = COVERS_READ;
	took(op, ns);
	if (extent_of(call, &extent))
		take_extent(op, &extent);
}

static void write_op(struct file_op *op, const struct call_event *call, uint64_t ns)
{
	struct extent extent;
	op->bytes = op->sums.write_bytes = (uint64_t)call->result;
	op->sums.write_calls = 1;
	took(op, ns);
	if (extent_of(call, &extent))
		take_extent(op, &extent);
}

static void map_op(struct file_op *op, const struct call_event *call, uint64_t ns)
{
	op->beside.maps = 1;
	op->beside.mapped_bytes = call->args[1];
	op->beside.call_ns = known_ns(ns);
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
	op->beside.opens = 1;
	op->beside.call_ns = known_ns(ns);
	op->sets_direct = true;
	op->opens_direct = opens_direct(call);
}

static void other_op(struct file_op *op, const struct call_event *call, uint64_t ns)
{
	if (result_failed(call))
		op->beside.errors = 1;
	else
		op->beside.other_calls = 1;
	op->beside.call_ns = known_ns(ns);
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
		read_op(&ops[used++], call, ns);
	}
	if (!counts(to))
		return used;
	struct file_op *write = &ops[used];
	memset(write, 0, sizeof(*write));
	write->file = to;
	write->bytes = write->sums.write_bytes = (uint64_t)call->result;
	write->sums.write_calls = 1;
	took(write, used ? NO_DURATION : ns);
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
		read_op(op, call, ev->duration_ns);
	else if (does == DOES_WRITE)
		write_op(op, call, ev->duration_ns);
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
	if (uring->result < 0)
		op->beside.errors = 1;
	else if (!reads && !writes)
		op->beside.other_calls = 1;
	if (op->beside.errors || op->beside.other_calls)
		return 1;
	op->bytes = (uint64_t)uring->result;
	op->start = uring->start;
	op->located = !(uring->flags & URING_NO_OFFSET);
	op->covers = reads ? COVERS_READ : COVERS_NOTHING;
	*(reads ? &op->sums.uring_calls : &op->sums.uring_write_calls) = 1;
	*(reads ? &op->sums.uring_bytes : &op->sums.uring_write_bytes) = op->bytes;
	if (reads && uring->flags & URING_DIRECT)
		op->sums.direct_bytes = op->bytes;
	op->sums.uring_ns = known_ns(ev->duration_ns);
	op->count = 1;
	op->took_ns = op->max_ns = ev->duration_ns;
	return 1;
}

/* ---- sums of operations ---- */

/* Of calls that read or write: of no kind of operation where a record only brings the time they waited. */
static void sum_calls(struct file_op *op, const struct event_file_io *sums)
{
	bool reads = sums->op == FILE_IO_READ;
	op->covers = reads ? COVERS_READ : COVERS_NOTHING;
	*(reads ? &op->sums.read_calls : &op->sums.write_calls) = sums->count;
	*(reads ? &op->sums.read_bytes : &op->sums.write_bytes) = sums->bytes;
	if (reads && sums->flags & FILE_IO_DIRECT)
		op->sums.direct_bytes = sums->bytes;
	op->sums.call_ns = sums->total_ns;
	op->count = sums->total_ns ? sums->count : 0;
	op->took_ns = sums->total_ns;
	op->max_ns = sums->max_ns;
	op->spread = sums->count > 1 ? sums->spread : NULL;
}

static void sum_faults(struct file_op *op, const struct event_file_io *sums)
{
	op->covers = COVERS_READ;
	op->sums.faults = sums->count;
	op->sums.major_faults = sums->major;
	op->sums.faulted_bytes = sums->bytes;
	op->sums.fault_ns = sums->total_ns;
}

static void sum_maps(struct file_op *op, const struct event_file_io *sums)
{
	op->beside.maps = sums->count;
	op->beside.mapped_bytes = sums->bytes;
	op->beside.call_ns = sums->total_ns;
	op->bytes = 0;
}

static unsigned op_of_sums(const struct event *ev, struct file_op *op)
{
	const struct event_file_io *sums = ev->file_io.sums;
	op->file = &ev->file_io.file;
	op->place = ev->file_io.place;
	if (!counts(op->file))
		return 0;
	op->located = !(sums->flags & FILE_IO_SCATTERED);
	op->start = sums->start;
	op->bytes = sums->bytes;
	if (sums->op == FILE_IO_READ || sums->op == FILE_IO_WRITE) {
		sum_calls(op, sums);
	} else if (sums->op == FILE_IO_FAULT) {
		sum_faults(op, sums);
	} else if (sums->op == FILE_IO_MAP) {
		sum_maps(op, sums);
	} else {
		op->covers = COVERS_FILLED;
		op->sums.fill_bytes = sums->bytes;
	}
	op->sums.disk_ns = sums->wait_ns;
	op->beside.opens = sums->opens;
	op->beside.other_calls = sums->others;
	op->beside.errors = sums->errors;
	op->beside.call_ns += sums->others_ns;
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
	}
	return 0;
}

/* ---- durations ---- */

/* The middle of a bucket, half a power of two, as far as its operations can be so long. */
static uint64_t middle_of(unsigned bucket, uint64_t max_ns)
{
	uint64_t low = 1ULL << (IO_SPREAD_FIRST + bucket / 2);
	uint64_t ns = low + low / 4 * (bucket % 2 ? 3 : 1);
	return ns < max_ns ? ns : max_ns;
}

static void add_spread(
	const struct file_op *op, const struct file_share *share, struct latency *took, size_t *room)
{
	for (unsigned i = 0; i < IO_SPREAD; i++) {
		uint64_t count = file_share_of(share, op->spread[i]);
		if (count)
			latency_add_many(took, middle_of(i, op->max_ns), count, room);
	}
}

void file_op_took(
	const struct file_op *op, const struct file_share *share, struct latency *took, size_t *room)
{
	if (op->count == 0 || op->took_ns == NO_DURATION)
		return;
	if (op->spread)
		add_spread(op, share, took, room);
	else if (file_share_of(share, 1))
		latency_add(took, op->took_ns, room);
}
