/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Requests of io_uring: noted when they are submitted, emitted when they complete. A request keeps its address from one
 * to the other, and its file is known at the end alone. It may complete in its submitter, in a worker of the submitter's
 * process, in the thread that polls the queue, or, once its submitter is gone, in a thread of the kernel.
 *
 * A part of syscall.bpf.c: libbpf before 1.5 links only one object that contains the cast (core.h).
 */
#ifndef BPF_URING_H
#define BPF_URING_H

#include "call_files.h"

#define SET_BITS         12 /* sets of places for requests under way, found by their address; those ... */
#define SET_PLACES       4
#define REQUESTS_MAX     32768 /* ... for which a set has no room, at most */
#define VECTORS_MAX      1024  /* as many as the kernel takes */
#define TASK_IO_WORKER   0x10 /* task_struct.flags: a thread that the kernel made for io_uring in a process */
#define EEXIST           17
#define LENGTH_MAX       (~0u)
#define FILE_DIRECT      040000 /* O_DIRECT */
#define FILE_TYPE_BLOCK  0060000
#define FILE_TYPE_NORMAL 0100000

/* enum io_uring_op */
#define OP_READV        1
#define OP_WRITEV       2
#define OP_READ_FIXED   4
#define OP_WRITE_FIXED  5
#define OP_OPENAT       18
#define OP_READ         22
#define OP_WRITE        23
#define OP_OPENAT2      28
#define OP_READV_FIXED  60
#define OP_WRITEV_FIXED 61

/* Requests whose end was not seen, before their address was another's: they asked for no completion. Read by user
 * space. */
__u64 uring_unseen;

struct uring_request {
	u64 time_ns;
	u64 task; /* that submitted it: an address may belong to another request by now */
	u32 pid, tid;
	u32 length;
	u32 opcode;
};

struct uring_place {
	u64 req; /* 0: the place is free */
	struct uring_request request;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SET_PLACES << SET_BITS);
	__type(key, u32);
	__type(value, struct uring_place);
} uring_places SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, REQUESTS_MAX);
	__type(key, u64);
	__type(value, struct uring_request);
} uring_requests SEC(".maps");

/* The state of the task that a thread works for. Those that the kernel made for io_uring have none of their own. */
static __always_inline struct task_state *uring_state(struct task_struct *task)
{
	struct task_state *state = task_state_get(task);
	return state || !(task->flags & TASK_IO_WORKER) ? state : task_state_get(task->group_leader);
}

static __always_inline bool is_vectored(u32 opcode)
{
	return opcode == OP_READV || opcode == OP_WRITEV || opcode == OP_READV_FIXED ||
	       opcode == OP_WRITEV_FIXED;
}

static __always_inline bool is_transfer(u32 opcode)
{
	return is_vectored(opcode) || opcode == OP_READ || opcode == OP_WRITE || opcode == OP_READ_FIXED ||
	       opcode == OP_WRITE_FIXED;
}

/* A member of the request, or of what it is for: by a plain load where the kernel can (core.h). */
#define MEMBER(type, req, member)                                                                            \
	(cast ? CAST(type, (void *)(req))->member : BPF_CORE_READ((type *)(req), member))

static __always_inline u32 opcode_of(u64 req, const bool cast)
{
	return MEMBER(struct io_kiocb, req, opcode);
}

/* A place that could be that of a request. */
static __always_inline struct uring_place *place_of(u64 req, u32 number)
{
	u32 index = ((req >> 6) * 0x9e3779b97f4a7c15ull >> (64 - SET_BITS)) * SET_PLACES + number;
	return bpf_map_lookup_elem(&uring_places, &index);
}

/* ---- submission ---- */

struct vector {
	u64 base, length;
};

struct vector_sum {
	u64 at, total;
};

static long add_vector(u32 index, struct vector_sum *sum)
{
	struct vector vector;
	if (bpf_probe_read_user(&vector, sizeof(vector), (void *)(sum->at + index * sizeof(vector))))
		return 1;
	sum->total += vector.length;
	return 0;
}

/* The bytes that a request asks for. It has been prepared, but not begun. */
static __always_inline u32 bytes_asked(u64 req, u32 opcode, const bool cast)
{
	if (!is_transfer(opcode))
		return 0;
	u32 length = MEMBER(struct io_rw, req, len);
	if (!is_vectored(opcode))
		return length;
	struct vector_sum sum = { .at = MEMBER(struct io_rw, req, addr) };
	bpf_loop(length < VECTORS_MAX ? length : VECTORS_MAX, add_vector, &sum, 0);
	return sum.total < LENGTH_MAX ? sum.total : LENGTH_MAX;
}

/* Not static, so that it is verified once. */
__weak int request_keep_far(u64 req, const struct uring_request *request)
{
	u64 key = req;
	if (!request)
		return 0;
	struct uring_request copy = *request;
	/* one for which there is no room is told without its beginning */
	if (bpf_map_update_elem(&uring_requests, &key, &copy, BPF_NOEXIST) == -EEXIST) {
		__sync_fetch_and_add(&uring_unseen, 1);
		bpf_map_update_elem(&uring_requests, &key, &copy, BPF_ANY);
	}
	return 0;
}

/* Remembers a request until it completes. */
static __always_inline void request_keep(u64 req, const struct uring_request *request)
{
	struct uring_place *place, *own = NULL;
	for (u32 i = 0; i < SET_PLACES && !own; i++) {
		place = place_of(req, i);
		if (place && place->req == req) {
			__sync_fetch_and_add(&uring_unseen, 1);
			own = place;
		}
	}
	for (u32 i = 0; i < SET_PLACES && !own; i++) {
		place = place_of(req, i);
		if (place && !place->req && __sync_val_compare_and_swap(&place->req, 0, req) == 0)
			own = place;
	}
	if (own)
		own->request = *request;
	else
		request_keep_far(req, request);
}

static __always_inline int uring_submit(u64 req, const bool cast)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (!task_is_traced(uring_state(task)))
		return 0;
	struct uring_request request = {
		.task = (u64)task,
		.pid = tgid_seen(task),
		.tid = tid_seen(task),
		.opcode = opcode_of(req, cast),
	};
	request.length = bytes_asked(req, request.opcode, cast);
	request.time_ns = bpf_ktime_get_ns();
	request_keep(req, &request);
	return 0;
}

/* ---- completion ---- */

/* The address of the task that submitted a request. */
static __always_inline u64 submitter_of(u64 req, const bool cast)
{
	if (bpf_core_field_exists(((struct io_kiocb___before_6_14 *)0)->task))
		return (u64)BPF_CORE_READ((struct io_kiocb___before_6_14 *)req, task);
	return (u64)(cast ? CAST(struct io_kiocb, (void *)req)->tctx->task
			  : BPF_CORE_READ((struct io_kiocb *)req, tctx, task));
}

static __always_inline bool request_take_far(u64 req, struct uring_request *request)
{
	struct uring_request *known = bpf_map_lookup_elem(&uring_requests, &req);
	if (!known)
		return false;
	*request = *known;
	bpf_map_delete_elem(&uring_requests, &req);
	return true;
}

static __always_inline bool request_take_near(u64 req, struct uring_request *request)
{
	for (u32 i = 0; i < SET_PLACES; i++) {
		struct uring_place *place = place_of(req, i);
		if (!place || place->req != req)
			continue;
		*request = place->request;
		__sync_lock_test_and_set(&place->req, 0); /* in this order */
		return true;
	}
	return false;
}

/* Takes what is known of a request out of the maps. False: nothing, or it is about another one that had its address. */
static __always_inline bool request_take(u64 req, struct uring_request *request, const bool cast)
{
	return (request_take_near(req, request) || request_take_far(req, request)) &&
	       request->task == submitter_of(req, cast) && request->opcode == opcode_of(req, cast);
}

/* A request whose submission was not observed: whose it is can be told only where it completes in its submitter, or in
 * a thread of a process of which all are traced. */
static __always_inline bool request_guess(u64 req, s32 result, struct uring_request *request, const bool cast)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (!task_is_traced(uring_state(task)))
		return false;
	struct task_struct *submitter = (struct task_struct *)submitter_of(req, cast);
	if (submitter != task && !follow && submitter != task->group_leader)
		return false;
	if (BPF_CORE_READ(submitter, tgid) != task->tgid)
		return false;
	*request = (struct uring_request){
		.task = (u64)submitter,
		.pid = tgid_seen(task),
		.tid = submitter == task ? tid_seen(task) : pid_seen(submitter),
		.opcode = opcode_of(req, cast),
	};
	/* of one that failed, what it was for may not have been filled in */
	if (result >= 0 && !is_vectored(request->opcode))
		request->length = bytes_asked(req, request->opcode, cast);
	return true;
}

/* The file that a request was about, or the one that it opened. NULL: none. */
static __always_inline struct file *request_file(
	u64 req, const struct uring_request *request, s32 result, const bool cast)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *submitter = (struct task_struct *)request->task;
	if (request->opcode != OP_OPENAT && request->opcode != OP_OPENAT2)
		return MEMBER(struct io_kiocb, req, file);
	if (task->tgid != MEMBER(struct task_struct, submitter, tgid) ||
		MEMBER(struct io_open, req, file_slot))
		return NULL;
	return file_of(task, result, cast);
}

/* Fills the identity of a request's file. In the submitter itself, by what its state has of the last file. */
static __always_inline void request_identify(
	const struct uring_request *request, struct file *file, struct file_at *at, const bool cast)
{
	struct task_struct *task = bpf_get_current_task_btf();
	bool opened = request->opcode == OP_OPENAT || request->opcode == OP_OPENAT2;
	struct task_state *state = request->task == (u64)task ? task_state_get(task) : NULL;
	if (!state) {
		file_identify((struct task_struct *)request->task, file, at, opened, cast);
		return;
	}
	at->pos = file_place(task, file, &state->place, cast);
	call_place(state, &state->place, opened, &at->id);
}

/* Where a transfer began; false: it has no place. The kernel has advanced the position by the result. */
static __always_inline bool request_start(
	u64 req, u32 opcode, u16 mode, s32 result, s64 *start, const bool cast)
{
	u16 type = mode & FILE_TYPE_MASK;
	if (!is_transfer(opcode) || (type != FILE_TYPE_NORMAL && type != FILE_TYPE_BLOCK))
		return false;
	*start = MEMBER(struct io_rw, req, kiocb.ki_pos) - (result > 0 ? result : 0);
	return *start >= 0;
}

static __always_inline void request_fill(
	struct event_uring *record, const struct uring_request *request, u64 req, s32 result, const bool cast)
{
	s64 start = 0;
	record->head.pid = request->pid;
	record->head.tid = request->tid;
	record->result = result;
	record->length = request->length;
	record->opcode = request->opcode;
	record->flags = 0;
	record->pad = 0;
	record->duration_ns = NO_DURATION;
	if (request->time_ns)
		record->duration_ns = record->head.time_ns - request->time_ns;
	else
		record->flags |= URING_UNSUBMITTED;
	if ((!request->time_ns && result < 0) ||
		!request_start(req, request->opcode, record->id.mode, result, &start, cast))
		record->flags |= URING_NO_OFFSET;
	record->start = record->flags & URING_NO_OFFSET ? 0 : start;
}

/* The result is in the request on all kernels; what else the tracepoint passes differs. */
static __always_inline int uring_complete(u64 req, const bool cast)
{
	struct uring_request request;
	struct file_at at = {};
	bool direct = false;
	if (!req) /* one more result of a request that goes on */
		return 0;
	s32 result = MEMBER(struct io_kiocb, req, cqe.res);
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *own = task_state_get(task);
	if (own && io_has_fills(own))
		io_settle_fills(task, own);
	if ((!request_take(req, &request, cast) && !request_guess(req, result, &request, cast)) ||
		phase != TRACE_ON)
		return 0;
	struct file *file = request_file(req, &request, result, cast);
	if (file) {
		request_identify(&request, file, &at, cast);
		direct = MEMBER(struct file, file, f_flags) & FILE_DIRECT;
	}
	struct event_uring *record = event_reserve(bpf_get_current_task_btf(), EVENT_URING, sizeof(*record));
	if (!record)
		return 0;
	record->id = at.id;
	record->user_data = MEMBER(struct io_kiocb, req, cqe.user_data);
	request_fill(record, &request, req, result, cast);
	if (direct)
		record->flags |= URING_DIRECT;
	event_submit(record, false);
	return 0;
}

/* ---- hooks ---- */

/* An argument as a number: the verifier allows no computing with pointers. */
static __always_inline u64 number_at(const u64 *argument)
{
	u64 number = 0;
	bpf_probe_read_kernel(&number, sizeof(number), argument);
	return number;
}

/* Linux 6.4 and newer. */
SEC("?tp_btf/io_uring_submit_req")
int on_uring_submit(u64 *ctx)
{
	return uring_submit(number_at(ctx), true);
}

SEC("?tp/io_uring/io_uring_submit_req")
int on_uring_submit_classic(struct trace_event_raw_io_uring_submit_req *ctx)
{
	uring_submit((u64)ctx->req, true);
	return CLASSIC_DONE;
}

/* Linux 6.0 to 6.3. */
SEC("?tp_btf/io_uring_submit_sqe")
int on_uring_submit_before(u64 *ctx)
{
	return uring_submit(number_at(ctx), false);
}

SEC("?tp_btf/io_uring_complete")
int on_uring_complete(u64 *ctx)
{
	return uring_complete(ctx[1], true);
}

/* Linux before 6.2. */
SEC("?tp_btf/io_uring_complete")
int on_uring_complete_no_cast(u64 *ctx)
{
	return uring_complete(ctx[1], false);
}

SEC("?tp/io_uring/io_uring_complete")
int on_uring_complete_classic(struct trace_event_raw_io_uring_complete *ctx)
{
	uring_complete((u64)ctx->req, true);
	return CLASSIC_DONE;
}

#endif
