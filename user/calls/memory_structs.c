/* SPDX-License-Identifier: BSD-2-Clause */
/* Structs, member by member. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>

#include "args_depend.h"
#include "memory_fields.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "value_text.h"

/* A printer for a struct whose members always print the same way. */
#define PRINT_FIELDS(name)                                                                                   \
	PRINTER(name)                                                                                        \
	{                                                                                                    \
		fields_text(out, arg->memory[0], name##_fields);                                             \
	}

/* ---- files ---- */

/* The copied part of struct stat begins at st_mode. */
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
	struct span memory = arg->memory[0];
	uint32_t type = memory_u32(memory, mode.at) & S_IFMT;
	text_char(out, '{');
	field_text(out, memory, &mode, true);
	if (type == S_IFCHR || type == S_IFBLK)
		device_field(out, "st_rdev", memory_u64(memory, offsetof(struct stat, st_rdev) - STAT_FROM));
	else
		field_text(out, memory, &size, false);
	text_str(out, ", ...}");
}

static const struct field statx_fields[] = { MEMBER(struct statx, stx_mask, SYMBOL, STATX_MASK),
	MEMBER(struct statx, stx_attributes, SYMBOL, STATX_ATTRIBUTES),
	MEMBER(struct statx, stx_mode, MODE, NONE), MEMBER(struct statx, stx_size, UNSIGNED, NONE),
	MEMBERS_LEFT_OUT, MEMBERS_END };
PRINT_FIELDS(statx)

static const struct field statfs_fields[] = { MEMBER(struct statfs, f_type, SYMBOL, FILE_SYSTEM),
	MEMBER(struct statfs, f_bsize, SIGNED, NONE), MEMBER(struct statfs, f_blocks, UNSIGNED, NONE),
	MEMBER(struct statfs, f_bfree, UNSIGNED, NONE), MEMBER(struct statfs, f_bavail, UNSIGNED, NONE),
	MEMBER(struct statfs, f_files, UNSIGNED, NONE), MEMBER(struct statfs, f_ffree, UNSIGNED, NONE),
	MEMBERS_END };

PRINTER(statfs)
{
	static const struct field rest[] = { MEMBER(struct statfs, f_namelen, SIGNED, NONE),
		MEMBER(struct statfs, f_frsize, SIGNED, NONE),
		MEMBER(struct statfs, f_flags, SYMBOL, STATFS_FLAGS), MEMBERS_END };
	struct span memory = arg->memory[0];
	size_t id = offsetof(struct statfs, f_fsid);
	fields_open_text(out, memory, statfs_fields);
	text_str(out, ", f_fsid={val=[");
	hex_text(out, memory_u32(memory, id));
	text_add(out, ", ", 2);
	hex_text(out, memory_u32(memory, id + 4));
	text_str(out, "]}");
	for (const struct field *field = rest; field->name; field++)
		field_text(out, memory, field, false);
	text_char(out, '}');
}

static const struct field lock_fields[] = { MEMBER(struct flock, l_type, SYMBOL, LOCK_TYPE),
	MEMBER(struct flock, l_whence, SYMBOL, WHENCE), MEMBER(struct flock, l_start, SIGNED, NONE),
	MEMBER(struct flock, l_len, SIGNED, NONE), MEMBERS_END };

static const struct field owner_fields[] = { { "type", 0, 4, FIELD_SYMBOL, ARG_FILE_OWNER },
	{ "pid", 4, 4, FIELD_SIGNED, ARG_NONE }, MEMBERS_END };

PRINTER(fcntl_arg)
{
	static const struct field owner = MEMBER(struct flock, l_pid, SIGNED, NONE);
	int command = (int)call->args[1];
	if (!fcntl_takes_lock(call->args[1])) {
		fields_text(out, arg->memory[1], owner_fields);
		return;
	}
	fields_open_text(out, arg->memory[0], lock_fields);
	if (command == F_GETLK || command == F_OFD_GETLK)
		field_text(out, arg->memory[0], &owner, false);
	text_char(out, '}');
}

/* struct open_how, which some C libraries lack. */
PRINTER(open_how)
{
	static const struct field flags = { "flags", 0, 8, FIELD_SYMBOL, ARG_OPEN_HOW_FLAGS },
				  resolve = { "resolve", 16, 8, FIELD_SYMBOL, ARG_RESOLVE_FLAGS };
	uint64_t bits = memory_u64(arg->memory[0], 0);
	text_char(out, '{');
	field_text(out, arg->memory[0], &flags, true);
	if (bits & O_CREAT || (bits & O_TMPFILE) == O_TMPFILE || memory_u64(arg->memory[0], 8)) {
		text_str(out, ", mode=");
		permissions_text(out, memory_u64(arg->memory[0], 8));
	}
	field_text(out, arg->memory[0], &resolve, false);
	struct_rest_text(out, arg->memory[0], 24, call->args[3]);
	text_char(out, '}');
}

PRINTER(mount_attr)
{
	static const struct field fields[] = { FLAGS("attr_set", 0, 8, MOUNT_ATTRIBUTES64),
		FLAGS("attr_clr", 8, 8, MOUNT_ATTRIBUTES64), FLAGS("propagation", 16, 8, PROPAGATION),
		FIELD("userns_fd", 24, 8, UNSIGNED), MEMBERS_END };
	fields_open_text(out, arg->memory[0], fields);
	struct_rest_text(out, arg->memory[0], 32, call->args[4]);
	text_char(out, '}');
}

/* ---- times ---- */

PRINTER(timespec)
{
	timespec_text(out, arg->memory[0]);
}

PRINTER(select_timeval)
{
	timeval_text(out, arg->memory[0]);
}

static void one_timespec(struct text *out, struct span time)
{
	uint64_t ns = memory_u64(time, 8);
	if (ns == UTIME_NOW)
		text_str(out, "UTIME_NOW");
	else if (ns == UTIME_OMIT)
		text_str(out, "UTIME_OMIT");
	else {
		timespec_text(out, time);
		date_text(out, (int64_t)memory_u64(time, 0), ns, 9);
	}
}

static void one_timeval(struct text *out, struct span time)
{
	timeval_text(out, time);
	date_text(out, (int64_t)memory_u64(time, 0), memory_u64(time, 8), 6);
}

PRINTER(timeval)
{
	timeval_text(out, arg->memory[0]);
}

PRINTER(timespecs)
{
	elements_text(out, arg->memory[0], arg->value, sizeof(struct timespec), one_timespec);
}

PRINTER(timevals)
{
	elements_text(out, arg->memory[0], arg->value, sizeof(struct timeval), one_timeval);
}

static const struct field itimerspec_fields[] = { MEMBER(struct itimerspec, it_interval, TIMESPEC, NONE),
	MEMBER(struct itimerspec, it_value, TIMESPEC, NONE), MEMBERS_END };
PRINT_FIELDS(itimerspec)

static const struct field itimerval_fields[] = { MEMBER(struct itimerval, it_interval, TIMEVAL, NONE),
	MEMBER(struct itimerval, it_value, TIMEVAL, NONE), MEMBERS_END };
PRINT_FIELDS(itimerval)

/* ---- processes ---- */

static const struct field rlimit_fields[] = { MEMBER(struct rlimit, rlim_cur, LIMIT, NONE),
	MEMBER(struct rlimit, rlim_max, LIMIT, NONE), MEMBERS_END };
PRINT_FIELDS(rlimit)

static const struct field rusage_fields[] = { MEMBER(struct rusage, ru_utime, TIMEVAL, NONE),
	MEMBER(struct rusage, ru_stime, TIMEVAL, NONE), MEMBERS_LEFT_OUT, MEMBERS_END };
PRINT_FIELDS(rusage)

static const struct field utsname_fields[] = { MEMBER(struct utsname, sysname, STRING, NONE),
	MEMBER(struct utsname, nodename, STRING, NONE), MEMBERS_LEFT_OUT, MEMBERS_END };
PRINT_FIELDS(utsname)

#define KEEP_POLICY 8 /* SCHED_FLAG_KEEP_POLICY */
#define KEEP_PARAMS 16

PRINTER(sched_attr)
{
	static const struct field fields[] = { FIELD("size", 0, 4, UNSIGNED),
		FLAGS("sched_policy", 4, 4, SCHED_POLICY), FLAGS("sched_flags", 8, 8, SCHED_FLAGS),
		FIELD("sched_nice", 16, 4, SIGNED), FIELD("sched_priority", 20, 4, UNSIGNED),
		FIELD("sched_runtime", 24, 8, UNSIGNED), FIELD("sched_deadline", 32, 8, UNSIGNED),
		FIELD("sched_period", 40, 8, UNSIGNED), MEMBERS_END };
	static const struct field clamps[] = { FIELD("sched_util_min", 48, 4, UNSIGNED),
		FIELD("sched_util_max", 52, 4, UNSIGNED) };
	struct span memory = arg->memory[0];
	/* where the size does not suit the kernel, it has overwritten that with its own */
	if (call->nr == SYS_sched_setattr && call->returned && call->result == -E2BIG) {
		pointer_text(out, arg->value);
		text_printf(out, " => {size=%u}", memory_u32(memory, 0));
		return;
	}
	uint64_t flags = memory_u64(memory, 8);
	bool set = call->nr == SYS_sched_setattr;
	text_char(out, '{');
	for (size_t i = 0; fields[i].name; i++) /* what a flag keeps as it is, the kernel does not read */
		if (!set || (i == 1 ? !(flags & KEEP_POLICY) : i < 3 || !(flags & KEEP_PARAMS)))
			field_text(out, memory, &fields[i], i == 0);
	for (int i = 0; i < 2; i++)
		if (memory.len >= 56 && memory_u32(memory, 0) >= 56)
			field_text(out, memory, &clamps[i], false);
	text_str(out, set && memory_u32(memory, 0) > 56 ? ", ...}" : "}");
}

static void one_pid(struct text *out, struct span element)
{
	text_s64(out, memory_s32(element, 0));
}

/* The ids that the child shall have, by level of pid namespaces. */
static void set_tid_text(struct text *out, uint64_t address, struct span ids)
{
	if (ids.len)
		elements_text(out, ids, address, 4, one_pid);
	else
		pointer_text(out, address);
}

/* struct clone_args, whose later members some headers lack. */
PRINTER(clone_args)
{
	static const struct {
		uint64_t flags; /* the member prints if one of these is set; 0: always */
		struct field field;
	} members[] = {
		{ 0, { "flags", 0, 8, FIELD_SYMBOL, ARG_CLONE3_FLAGS } },
		{ CLONE_PIDFD, { "pidfd", 8, 8, FIELD_POINTER, ARG_NONE } },
		{ CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID,
			{ "child_tid", 16, 8, FIELD_POINTER, ARG_NONE } },
		{ CLONE_PARENT_SETTID, { "parent_tid", 24, 8, FIELD_POINTER, ARG_NONE } },
		{ 0, { "exit_signal", 32, 8, FIELD_SYMBOL, ARG_EXIT_SIGNAL } },
		{ 0, { "stack", 40, 8, FIELD_POINTER, ARG_NONE } },
		{ 0, { "stack_size", 48, 8, FIELD_HEX, ARG_NONE } },
		{ CLONE_SETTLS, { "tls", 56, 8, FIELD_POINTER, ARG_NONE } },
	};
	static const struct field rest[] = { { "set_tid", 64, 8, FIELD_POINTER, ARG_NONE },
		{ "set_tid_size", 72, 8, FIELD_UNSIGNED, ARG_NONE },
		{ "cgroup", 80, 8, FIELD_UNSIGNED, ARG_NONE } };
	struct span memory = arg->memory[0];
	uint64_t flags = memory_u64(memory, 0);
	text_char(out, '{');
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!members[i].flags || flags & members[i].flags)
			field_text(out, memory, &members[i].field, i == 0);
	if (memory_u64(memory, rest[0].at) || memory_u64(memory, rest[1].at)) {
		text_str(out, ", set_tid=");
		set_tid_text(out, memory_u64(memory, rest[0].at),
			memory_u64(memory, rest[1].at) > ELEMENTS_MAX ? (struct span){ 0 } : arg->memory[1]);
		field_text(out, memory, &rest[1], false);
	}
	if ((flags & CLONE_INTO_CGROUP && call->args[1] >= 88) || memory_u64(memory, rest[2].at))
		field_text(out, memory, &rest[2], false);
	struct_rest_text(out, memory, 88, call->args[1]);
	text_char(out, '}');
}
