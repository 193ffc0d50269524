/* SPDX-License-Identifier: BSD-2-Clause */
#include "result_text.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "flags.h"
#include "memory_fields.h"
#include "memory_lists.h"
#include "memory_read.h"
#include "result.h"
#include "syscalls.h"
#include "user/base/errnames.h"
#include "value_text.h"

void error_text(struct text *out, int number)
{
	const char *name = errno_name(number), *meaning = errno_meaning(number);
	text_str(out, errno_restarts(number) ? "? " : "-1 ");
	if (name) {
		text_str(out, name);
	} else {
		text_str(out, "errno ");
		text_s64(out, number);
	}
	if (meaning) {
		text_add(out, " (", 2);
		text_str(out, meaning);
		text_char(out, ')');
	}
}

/* Flags or a constant, first as a number, then by name after `what`: 0x2 (flags O_RDWR) */
static void word_text(struct text *out, const struct call_event *call, const char *what, enum arg_type type)
{
	hex_text(out, (uint64_t)call->result);
	text_str(out, " (");
	text_str(out, what);
	flags_text(out, type, (uint64_t)call->result);
	text_char(out, ')');
}

/* A constant, first as a number: 14 (SIGALRM) */
static void named_result(struct text *out, const struct call_event *call, enum arg_type type)
{
	text_s64(out, call->result);
	text_str(out, " (");
	flags_text(out, type, (uint64_t)call->result);
	text_char(out, ')');
}

static bool fcntl_result(struct text *out, const struct call_event *call)
{
	switch ((int)call->args[1]) {
	case F_GETFL:
		word_text(out, call, "flags ", ARG_OPEN_FLAGS);
		return true;
	case F_GETFD:
		if (call->result)
			word_text(out, call, "flags ", ARG_DESCRIPTOR_FLAGS);
		return call->result;
	case F_GET_SEALS:
		if (call->result)
			word_text(out, call, "seals ", ARG_SEALS);
		return call->result;
	case F_GETSIG:
		if (call->result)
			named_result(out, call, ARG_SIGNAL);
		return call->result;
	case F_GETLEASE:
		word_text(out, call, "", ARG_LOCK_TYPE);
		return true;
	default:
		return false;
	}
}

/* The same after a number in base 10: 2 (SUID_DUMP_ROOT). Always true. */
static bool number_text(struct text *out, const struct call_event *call, enum arg_type type)
{
	text_s64(out, call->result);
	text_str(out, " (");
	flags_text(out, type, (uint64_t)call->result);
	text_char(out, ')');
	return true;
}

static bool prctl_result(struct text *out, const struct call_event *call)
{
	switch ((int)call->args[0]) {
	case PR_GET_DUMPABLE:
		return number_text(out, call, ARG_DUMPABLE);
	case PR_MCE_KILL_GET:
		return number_text(out, call, ARG_MCE_POLICY);
	case PR_GET_SECUREBITS:
		if (call->result)
			word_text(out, call, "", ARG_SECUREBITS);
		return call->result;
	default:
		return false;
	}
}

/* time: the second by its date. */
static void date_result(struct text *out, int64_t second)
{
	struct tm tm;
	char date[32];
	time_t when = second;
	if (!localtime_r(&when, &tm) || !strftime(date, sizeof(date), "%FT%T%z", &tm))
		return;
	text_str(out, " (");
	text_str(out, date);
	text_char(out, ')');
}

/* The events of poll and ppoll, and for ppoll the time left: 1 ([{fd=4, revents=POLLIN}], left {...}) */
static void poll_result(struct text *out, const struct call_event *call)
{
	struct span left = call->nr == SYS_ppoll ? call->block[1] : (struct span){ 0 };
	text_s64(out, call->result);
	if (call->result == 0) {
		text_str(out, " (Timeout)");
		return;
	}
	if (!call->block[0].data)
		return;
	text_str(out, " (");
	poll_result_text(out, call->block[0]);
	if (left.len == 2 * sizeof(struct timespec)) /* an older recording has it alone */
		left = memory_part(left, sizeof(struct timespec), sizeof(struct timespec));
	if (left.len == sizeof(struct timespec)) {
		text_str(out, ", left ");
		timespec_text(out, left);
	}
	text_char(out, ')');
}

/* Prints a result that means more than its number. False, and nothing is printed, for any other. */
static bool decoded_result(struct text *out, const struct call_event *call)
{
	switch (call->nr) {
	case SYS_fcntl:
		return fcntl_result(out, call);
	case SYS_poll:
	case SYS_ppoll:
		poll_result(out, call);
		return true;
	case SYS_select:
	case SYS_pselect6:
		text_s64(out, call->result);
		text_str(out, call->result ? "" : " (Timeout)");
		return true;
	case SYS_time:
		text_s64(out, call->result);
		date_result(out, call->result);
		return true;
	case SYS_sched_getscheduler:
		word_text(out, call, "", ARG_SCHEDULER);
		return true;
	case SYS_modify_ldt: /* returns an int, not extended to 64 bits */
		text_s64(out, call->result);
		if ((int32_t)call->result < 0 && (int32_t)call->result >= -4095 &&
			errno_name(-(int32_t)call->result))
			text_printf(out, " %s (%s)", errno_name(-(int32_t)call->result),
				errno_meaning(-(int32_t)call->result));
		return true;
	case SYS_personality:
		word_text(out, call, "", ARG_PERSONALITY);
		return true;
	case SYS_ioprio_get:
		hex_text(out, (uint64_t)call->result);
		text_str(out, " (");
		ioprio_text(out, (uint32_t)call->result);
		text_char(out, ')');
		return true;
	case SYS_rt_sigtimedwait:
		named_result(out, call, ARG_SIGNAL);
		return true;
	case SYS_adjtimex:
	case SYS_clock_adjtime:
		named_result(out, call, ARG_TIME_STATE);
		return true;
	case SYS_prctl:
		return prctl_result(out, call);
	case SYS_ioctl:
		return (uint32_t)call->args[1] == NS_GET_NSTYPE && number_text(out, call, ARG_SETNS_FLAGS);
	default:
		return false;
	}
}

void result_text(struct text *out, const struct call_event *call)
{
	const struct syscall_info *info = syscall_info(call->nr);
	if (!call->returned) {
		text_char(out, '?');
	} else if (result_failed(call)) {
		error_text(out, (int)-call->result);
	} else if (info->result == RESULT_ADDRESS) {
		text_hex(out, (uint64_t)call->result);
	} else if (info->result == RESULT_OCTAL) {
		permissions_text(out, (uint64_t)call->result);
	} else if (info->result == RESULT_FD || info->result == RESULT_NEW_FD) {
		fd_text(out, call->result, &call->other);
	} else if (!decoded_result(out, call)) {
		text_s64(out, call->result);
	}
}
