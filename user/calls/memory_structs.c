/* SPDX-License-Identifier: BSD-2-Clause */
/* Structs, member by member. */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>

#include "flags.h"

/* A member of a C struct, and what it is. */
#define MEMBER(of, name, form, type)                                                                         \
	{                                                                                                    \
#name, offsetof(of, name), sizeof(((of *)0)->name), FIELD_##form, ARG_##type                 \
	}
#define REST                                                                                                 \
	{                                                                                                    \
		"...", 0, 0, FIELD_REST, ARG_NONE                                                            \
	}
#define END                                                                                                  \
	{                                                                                                    \
		NULL, 0, 0, 0, ARG_NONE                                                                      \
	}

void mode_text(struct text *out, uint32_t mode)
{
	size_t start = out->len;
	flags_text(out, ARG_STAT_MODE, mode & ~(uint32_t)(S_IRWXU | S_IRWXG | S_IRWXO));
	if (out->len == start + 1 && out->data[start] == '0')
		out->len = start; /* no type and no flags */
	else
		text_char(out, '|');
	permissions_text(out, mode & (S_IRWXU | S_IRWXG | S_IRWXO));
}

void pointer_text(struct text *out, uint64_t address)
{
	if (address)
		text_hex(out, address);
	else
		text_str(out, "NULL");
}

static void time_text(struct text *out, struct span block, const char *part)
{
	text_str(out, "{tv_sec=");
	text_s64(out, (int64_t)block_u64(block, 0));
	text_str(out, part);
	text_u64(out, block_u64(block, 8));
	text_char(out, '}');
}

void timespec_text(struct text *out, struct span block)
{
	time_text(out, block, ", tv_nsec=");
}

static void timeval_text(struct text *out, struct span block)
{
	time_text(out, block, ", tv_usec=");
}

static void limit_text(struct text *out, uint64_t limit)
{
	if (limit == UINT64_MAX) {
		text_str(out, "RLIM64_INFINITY");
	} else if (limit > 1024 && limit % 1024 == 0) {
		text_u64(out, limit / 1024);
		text_str(out, "*1024");
	} else {
		text_u64(out, limit);
	}
}

static void hex_text(struct text *out, uint64_t value)
{
	if (value)
		text_hex(out, value);
	else
		text_char(out, '0');
}

static int64_t signed_number(uint64_t number, size_t size)
{
	unsigned unused = (unsigned)(64 - 8 * size);
	return (int64_t)(number << unused) >> unused;
}

static void value_text(struct text *out, struct span member, const struct field *field)
{
	uint64_t value = block_number(member, 0, field->size);
	switch (field->form) {
	case FIELD_SIGNED:
		text_s64(out, signed_number(value, field->size));
		break;
	case FIELD_UNSIGNED:
		text_u64(out, value);
		break;
	case FIELD_HEX:
		hex_text(out, value);
		break;
	case FIELD_POINTER:
		pointer_text(out, value);
		break;
	case FIELD_MODE:
		mode_text(out, (uint32_t)value);
		break;
	case FIELD_SYMBOL:
		flags_text(out, field->type, value);
		break;
	case FIELD_TIMESPEC:
		timespec_text(out, member);
		break;
	case FIELD_TIMEVAL:
		timeval_text(out, member);
		break;
	case FIELD_LIMIT:
		limit_text(out, value);
		break;
	case FIELD_SIGSET:
		sigset_text(out, value);
		break;
	case FIELD_STRING:
		member.len = (uint32_t)strnlen(member.data, member.len);
		quoted_text(out, member);
		break;
	}
}

void field_text(struct text *out, struct span block, const struct field *field, bool first)
{
	if (!first)
		text_add(out, ", ", 2);
	text_str(out, field->name);
	if (field->form == FIELD_REST)
		return;
	text_char(out, '=');
	value_text(out, block_part(block, field->at, field->size), field);
}

void fields_text(struct text *out, struct span block, const struct field *fields)
{
	text_char(out, '{');
	for (const struct field *field = fields; field->name; field++)
		field_text(out, block, field, field == fields);
	text_char(out, '}');
}

/* Of a struct whose members are always the same. */
#define PRINT_FIELDS(name)                                                                                   \
	PRINTER(name)                                                                                        \
	{                                                                                                    \
		fields_text(out, arg->blocks[0], name##_fields);                                             \
	}

/* ---- files ---- */

/* What is there of struct stat begins at st_mode. */
#define STAT_FROM offsetof(struct stat, st_mode)
#define STAT_MEMBER(name, form)                                                                              \
	{                                                                                                    \
#name, offsetof(struct stat, name) - STAT_FROM, sizeof(((struct stat *)0)->name),            \
			FIELD_##form, ARG_NONE                                                               \
	}

static void device_field(struct text *out, const char *name, uint64_t device)
{
	text_add(out, ", ", 2);
	text_str(out, name);
	text_char(out, '=');
	device_text(out, device);
}

PRINTER(stat)
{
	static const struct field mode = STAT_MEMBER(st_mode, MODE), size = STAT_MEMBER(st_size, SIGNED);
	struct span block = arg->blocks[0];
	uint32_t type = block_u32(block, mode.at) & S_IFMT;
	text_char(out, '{');
	field_text(out, block, &mode, true);
	if (type == S_IFCHR || type == S_IFBLK)
		device_field(out, "st_rdev", block_u64(block, offsetof(struct stat, st_rdev) - STAT_FROM));
	else
		field_text(out, block, &size, false);
	text_str(out, ", ...}");
}

static const struct field statx_fields[] = { MEMBER(struct statx, stx_mask, SYMBOL, STATX_MASK),
	MEMBER(struct statx, stx_attributes, SYMBOL, STATX_ATTRIBUTES),
	MEMBER(struct statx, stx_mode, MODE, NONE), MEMBER(struct statx, stx_size, UNSIGNED, NONE), REST,
	END };
PRINT_FIELDS(statx)

static const struct field statfs_fields[] = { MEMBER(struct statfs, f_type, SYMBOL, FILE_SYSTEM),
	MEMBER(struct statfs, f_bsize, SIGNED, NONE), MEMBER(struct statfs, f_blocks, UNSIGNED, NONE),
	MEMBER(struct statfs, f_bfree, UNSIGNED, NONE), MEMBER(struct statfs, f_bavail, UNSIGNED, NONE),
	MEMBER(struct statfs, f_files, UNSIGNED, NONE), MEMBER(struct statfs, f_ffree, UNSIGNED, NONE), END };

PRINTER(statfs)
{
	static const struct field rest[] = { MEMBER(struct statfs, f_namelen, SIGNED, NONE),
		MEMBER(struct statfs, f_frsize, SIGNED, NONE),
		MEMBER(struct statfs, f_flags, SYMBOL, STATFS_FLAGS), END };
	struct span block = arg->blocks[0];
	size_t id = offsetof(struct statfs, f_fsid);
	fields_text(out, block, statfs_fields);
	out->len -= out->len > 0; /* goes on */
	text_str(out, ", f_fsid={val=[");
	hex_text(out, block_u32(block, id));
	text_add(out, ", ", 2);
	hex_text(out, block_u32(block, id + 4));
	text_str(out, "]}");
	for (const struct field *field = rest; field->name; field++)
		field_text(out, block, field, false);
	text_char(out, '}');
}

static const struct field lock_fields[] = { MEMBER(struct flock, l_type, SYMBOL, LOCK_TYPE),
	MEMBER(struct flock, l_whence, SYMBOL, WHENCE), MEMBER(struct flock, l_start, SIGNED, NONE),
	MEMBER(struct flock, l_len, SIGNED, NONE), END };

PRINTER(fcntl_arg)
{
	static const struct field owner = MEMBER(struct flock, l_pid, SIGNED, NONE);
	int command = (int)call->args[1];
	fields_text(out, arg->blocks[0], lock_fields);
	if (command != F_GETLK && command != F_OFD_GETLK)
		return;
	out->len -= out->len > 0;
	field_text(out, arg->blocks[0], &owner, false);
	text_char(out, '}');
}

/* struct open_how, which not all C libraries have. */
PRINTER(open_how)
{
	static const struct field flags = { "flags", 0, 8, FIELD_SYMBOL, ARG_OPEN_FLAGS },
				  resolve = { "resolve", 16, 8, FIELD_SYMBOL, ARG_RESOLVE_FLAGS };
	uint64_t bits = block_u64(arg->blocks[0], 0);
	text_char(out, '{');
	field_text(out, arg->blocks[0], &flags, true);
	if (bits & O_CREAT || (bits & O_TMPFILE) == O_TMPFILE) {
		text_str(out, ", mode=");
		permissions_text(out, block_u64(arg->blocks[0], 8));
	}
	field_text(out, arg->blocks[0], &resolve, false);
	text_char(out, '}');
}

/* ---- times ---- */

PRINTER(timespec)
{
	timespec_text(out, arg->blocks[0]);
}

static void one_timespec(struct text *out, struct span time)
{
	uint64_t ns = block_u64(time, 8);
	if (ns == UTIME_NOW)
		text_str(out, "UTIME_NOW");
	else if (ns == UTIME_OMIT)
		text_str(out, "UTIME_OMIT");
	else
		timespec_text(out, time);
}

PRINTER(timespecs)
{
	block_list(out, arg->blocks[0], sizeof(struct timespec), one_timespec);
}

PRINTER(timevals)
{
	block_list(out, arg->blocks[0], sizeof(struct timeval), timeval_text);
}

static const struct field itimerspec_fields[] = { MEMBER(struct itimerspec, it_interval, TIMESPEC, NONE),
	MEMBER(struct itimerspec, it_value, TIMESPEC, NONE), END };
PRINT_FIELDS(itimerspec)

static const struct field itimerval_fields[] = { MEMBER(struct itimerval, it_interval, TIMEVAL, NONE),
	MEMBER(struct itimerval, it_value, TIMEVAL, NONE), END };
PRINT_FIELDS(itimerval)

/* ---- processes ---- */

static const struct field rlimit_fields[] = { MEMBER(struct rlimit, rlim_cur, LIMIT, NONE),
	MEMBER(struct rlimit, rlim_max, LIMIT, NONE), END };
PRINT_FIELDS(rlimit)

static const struct field rusage_fields[] = { MEMBER(struct rusage, ru_utime, TIMEVAL, NONE),
	MEMBER(struct rusage, ru_stime, TIMEVAL, NONE), REST, END };
PRINT_FIELDS(rusage)

static const struct field utsname_fields[] = { MEMBER(struct utsname, sysname, STRING, NONE),
	MEMBER(struct utsname, nodename, STRING, NONE), REST, END };
PRINT_FIELDS(utsname)

/* struct clone_args, whose later members not all headers have. */
PRINTER(clone_args)
{
	static const struct {
		uint64_t flags; /* one of these must be set; 0: always there */
		struct field field;
	} members[] = {
		{ 0, { "flags", 0, 8, FIELD_SYMBOL, ARG_CLONE_ARGS_FLAGS } },
		{ CLONE_PIDFD, { "pidfd", 8, 8, FIELD_POINTER, ARG_NONE } },
		{ CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID,
			{ "child_tid", 16, 8, FIELD_POINTER, ARG_NONE } },
		{ CLONE_PARENT_SETTID, { "parent_tid", 24, 8, FIELD_POINTER, ARG_NONE } },
		{ 0, { "exit_signal", 32, 8, FIELD_SYMBOL, ARG_SIGNAL } },
		{ 0, { "stack", 40, 8, FIELD_POINTER, ARG_NONE } },
		{ 0, { "stack_size", 48, 8, FIELD_HEX, ARG_NONE } },
		{ CLONE_SETTLS, { "tls", 56, 8, FIELD_POINTER, ARG_NONE } },
	};
	static const struct field rest[] = { { "set_tid", 64, 8, FIELD_POINTER, ARG_NONE },
		{ "set_tid_size", 72, 8, FIELD_UNSIGNED, ARG_NONE },
		{ "cgroup", 80, 8, FIELD_UNSIGNED, ARG_NONE } };
	struct span block = arg->blocks[0];
	uint64_t flags = block_u64(block, 0);
	text_char(out, '{');
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!members[i].flags || flags & members[i].flags)
			field_text(out, block, &members[i].field, i == 0);
	for (size_t i = 0; i < 3; i++)
		if (i < 2 ? block_u64(block, rest[1].at) : flags & CLONE_INTO_CGROUP)
			field_text(out, block, &rest[i], false);
	text_char(out, '}');
}

/* ---- terminals ---- */

static const struct field size_fields[] = { MEMBER(struct winsize, ws_row, UNSIGNED, NONE),
	MEMBER(struct winsize, ws_col, UNSIGNED, NONE), MEMBER(struct winsize, ws_xpixel, UNSIGNED, NONE),
	MEMBER(struct winsize, ws_ypixel, UNSIGNED, NONE), END };

PRINTER(ioctl_arg)
{
	unsigned request = (unsigned)call->args[1];
	struct span block = arg->blocks[0];
	if ((request == TIOCGWINSZ || request == TIOCSWINSZ) && block.len >= sizeof(struct winsize)) {
		fields_text(out, block, size_fields);
	} else if (request == TIOCGWINSZ || request == TIOCSWINSZ) {
		pointer_text(out, arg->value);
	} else {
		text_char(out, '[');
		text_s64(out, block_s32(block, 0));
		text_char(out, ']');
	}
}
