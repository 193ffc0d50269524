/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that a call's arguments point to: how much of it the kernel side hands out, and how it prints. The
 * bytes are the traced program's: they may hold anything, and be fewer than they should.
 */
#ifndef USER_CALLS_MEMORY_H
#define USER_CALLS_MEMORY_H

#include "args.h"
#include "user/event/event.h"
#include "syscalls.h"
#include "user/base/text.h"

/* arg->blocks[0] is there and not shorter than its unit; those after it may be missing. */
typedef void (*block_print)(struct text *out, const struct arg *arg, const struct call_event *call);

struct block_kind {
	struct call_copy
		copies[CALL_BLOCKS]; /* of a kind with several blocks, the others are inside the first */
	int8_t whether, counter;     /* of those: relative to the argument */
	block_print print;           /* NULL: the decoder of arguments knows what it is */
};

/* NULL: arguments of this type have no block. */
const struct block_kind *block_kind(enum arg_type type);

/* How many blocks a kind has; 0 for NULL. */
unsigned block_count(const struct block_kind *kind);

/* True if the call has overwritten, or filled, memory of this kind. */
bool block_is_filled(const struct block_kind *kind, const struct call_event *call);

/* A number of 1 to 8 bytes within a block, 0 where the block ends before it. */
uint64_t block_number(struct span block, size_t at, size_t size);

static inline uint32_t block_u32(struct span block, size_t at)
{
	return (uint32_t)block_number(block, at, 4);
}

static inline int32_t block_s32(struct span block, size_t at)
{
	return (int32_t)block_number(block, at, 4);
}

static inline uint64_t block_u64(struct span block, size_t at)
{
	return block_number(block, at, 8);
}

/* The part of a block from `at` on, `size` bytes at most. */
struct span block_part(struct span block, size_t at, size_t size);

/* Members of a struct, as {name=value, name=value}. */
enum field_form {
	FIELD_SIGNED,
	FIELD_UNSIGNED,
	FIELD_HEX,
	FIELD_POINTER,
	FIELD_MODE,
	FIELD_SYMBOL, /* .type says which */
	FIELD_TIMESPEC,
	FIELD_TIMEVAL,
	FIELD_LIMIT,
	FIELD_SIGSET,
	FIELD_STRING, /* up to its zero byte */
	FIELD_REST,   /* "..." */
};

struct field {
	const char *name; /* NULL ends a list */
	uint8_t at, size; /* bytes */
	uint8_t form;     /* enum field_form */
	uint8_t type;     /* enum arg_type */
};

void fields_text(struct text *out, struct span block, const struct field *fields);

/* One field more of a struct whose members differ, after a comma if it is not the first. */
void field_text(struct text *out, struct span block, const struct field *field, bool first);

/* Prints each unit as an element: [a, b, ...]. */
void block_list(
	struct text *out, struct span block, size_t unit, void (*one)(struct text *out, struct span element));

/* 0x7f1200, NULL */
void pointer_text(struct text *out, uint64_t address);

/* S_IFREG|S_ISUID|0755 */
void mode_text(struct text *out, uint32_t mode);

/* {tv_sec=1, tv_nsec=500} */
void timespec_text(struct text *out, struct span block);

/* [INT CHLD], ~[KILL] */
void sigset_text(struct text *out, uint64_t set);

/* [{iov_base=..., iov_len=5}]; `far`: with addresses */
void iovecs_text(struct text *out, struct span block, bool far);

/* poll's [{fd=4, revents=POLLOUT}] */
void poll_result_text(struct text *out, struct span block);

/* The printers of the table in blocks.c. */

#define PRINTERS(X)                                                                                          \
	X(clone_args)                                                                                        \
	X(cpuset)                                                                                            \
	X(dirents)                                                                                           \
	X(epoll_event)                                                                                       \
	X(epoll_events)                                                                                      \
	X(far_iovecs)                                                                                        \
	X(fcntl_arg)                                                                                         \
	X(int)                                                                                               \
	X(ioctl_arg)                                                                                         \
	X(iovecs)                                                                                            \
	X(itimerspec)                                                                                        \
	X(itimerval)                                                                                         \
	X(moved_offset)                                                                                      \
	X(msghdr)                                                                                            \
	X(old_offset)                                                                                        \
	X(open_how)                                                                                          \
	X(pair)                                                                                              \
	X(pollfds)                                                                                           \
	X(rlimit)                                                                                            \
	X(rusage)                                                                                            \
	X(sigaction)                                                                                         \
	X(siginfo)                                                                                           \
	X(sigset)                                                                                            \
	X(sigstack)                                                                                          \
	X(sockaddr)                                                                                          \
	X(sockopt)                                                                                           \
	X(stat)                                                                                              \
	X(statfs)                                                                                            \
	X(statx)                                                                                             \
	X(timespec)                                                                                          \
	X(timespecs)                                                                                         \
	X(timevals)                                                                                          \
	X(utsname)                                                                                           \
	X(wait_status)

/* As block_print, named print_NAME; not every kind needs the call. */
#define PRINTER(name)                                                                                        \
	void print_##name(struct text *out, const struct arg *arg,                                           \
		const struct call_event *call __attribute__((unused)))
#define DECLARE(name) PRINTER(name);
PRINTERS(DECLARE)
#undef DECLARE
#undef PRINTERS

#endif
