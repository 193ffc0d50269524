/* SPDX-License-Identifier: BSD-2-Clause */
/* Structs of signals, and the status of children that ended. */
#include <signal.h>
#include <sys/wait.h>

#include "flags.h"
#include "memory_fields.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "user/base/errnames.h"
#include "value_text.h"

#define KERNEL_SA_RESTORER 0x04000000

PRINTER(sigset)
{
	uint32_t len = arg->memory[0].len; /* rt_sigpending fills as many bytes as it is asked for */
	if (!len)
		pointer_text(out, arg->value);
	else
		sigset_text(out, memory_number(arg->memory[0], 0, len < 8 ? len : 8));
}

/* What the task blocks after the call. */
PRINTER(mask)
{
	text_str(out, "{mask=");
	sigset_text(out, memory_u64(arg->memory[0], 0));
	text_char(out, '}');
}

/* The kernel's struct sigaction: handler, flags, restorer, mask. */
PRINTER(sigaction)
{
	static const struct field handler = { "sa_handler", 0, 8, FIELD_POINTER, ARG_NONE },
				  mask = { "sa_mask", 24, 8, FIELD_SIGSET, ARG_NONE },
				  flags = { "sa_flags", 8, 8, FIELD_SYMBOL, ARG_SIGACTION_FLAGS },
				  restorer = { "sa_restorer", 16, 8, FIELD_POINTER, ARG_NONE };
	struct span memory = arg->memory[0];
	uint64_t address = memory_u64(memory, handler.at);
	text_char(out, '{');
	if (address == (uintptr_t)SIG_DFL)
		text_str(out, "sa_handler=SIG_DFL");
	else if (address == (uintptr_t)SIG_IGN)
		text_str(out, "sa_handler=SIG_IGN");
	else
		field_text(out, memory, &handler, true);
	field_text(out, memory, &mask, false);
	field_text(out, memory, &flags, false);
	if (memory_u64(memory, flags.at) & KERNEL_SA_RESTORER)
		field_text(out, memory, &restorer, false);
	text_char(out, '}');
}

PRINTER(sigstack)
{
	static const struct field fields[] = { { "ss_sp", 0, 8, FIELD_POINTER, ARG_NONE },
		{ "ss_flags", 8, 4, FIELD_SYMBOL, ARG_SIGSTACK_FLAGS },
		{ "ss_size", 16, 8, FIELD_UNSIGNED, ARG_NONE }, MEMBERS_END };
	fields_text(out, arg->memory[0], fields);
}

/* [{WIFEXITED(s) && WEXITSTATUS(s) == 0}] */
PRINTER(wait_status)
{
	uint32_t status = memory_u32(arg->memory[0], 0), more = 0;
	text_str(out, "[{");
	if (WIFEXITED(status)) {
		text_str(out, "WIFEXITED(s) && WEXITSTATUS(s) == ");
		text_u64(out, WEXITSTATUS(status));
	} else if (WIFSIGNALED(status)) {
		text_str(out, "WIFSIGNALED(s) && WTERMSIG(s) == ");
		flags_text(out, ARG_SIGNAL, WTERMSIG(status));
		text_str(out, WCOREDUMP(status) ? " && WCOREDUMP(s)" : "");
	} else if (WIFCONTINUED(status)) {
		text_str(out, "WIFCONTINUED(s)");
	} else {
		text_str(out, "WIFSTOPPED(s) && WSTOPSIG(s) == ");
		flags_text(out, ARG_SIGNAL, WSTOPSIG(status) & 0x7f);
		more = status & ~0x7fffu;
	}
	text_char(out, '}');
	if (more) {
		text_str(out, " | ");
		text_hex(out, more);
	}
	text_char(out, ']');
}

/* What a process sends with a signal. */
PRINTER(queued_siginfo)
{
	static const struct field signal = { "si_signo", 0, 4, FIELD_SYMBOL, ARG_SIGNAL },
				  code = { "si_code", 8, 4, FIELD_SYMBOL, ARG_SIGINFO_CODE },
				  pid = { "si_pid", 16, 4, FIELD_SIGNED, ARG_NONE };
	struct span memory = arg->memory[0];
	uint32_t number = memory_u32(memory, 4), uid = memory_u32(memory, 20);
	text_char(out, '{');
	field_text(out, memory, &signal, true);
	field_text(out, memory, &code, false);
	if (number) {
		const char *name = errno_name((int)number);
		text_str(out, ", si_errno=");
		if (name)
			text_str(out, name);
		else
			text_u64(out, number);
	}
	field_text(out, memory, &pid, false);
	text_str(out, ", si_uid=");
	text_s64(out, uid == UINT32_MAX ? -1 : (int64_t)uid);
	if (memory_u32(memory, 8) == (uint32_t)SI_QUEUE || memory_u64(memory, 24)) {
		text_printf(out, ", si_int=%d, si_ptr=", memory_s32(memory, 24));
		pointer_text(out, memory_u64(memory, 24));
	}
	text_char(out, '}');
}

static void child_siginfo(struct text *out, struct span memory)
{
	static const struct field fields[] = { { "si_signo", 0, 4, FIELD_SYMBOL, ARG_SIGNAL },
		{ "si_code", 8, 4, FIELD_SYMBOL, ARG_CHILD_CODE },
		{ "si_pid", 16, 4, FIELD_SIGNED, ARG_NONE }, { "si_uid", 20, 4, FIELD_UNSIGNED, ARG_NONE },
		MEMBERS_END };
	static const struct field status = { "si_status", 24, 4, FIELD_SIGNED, ARG_NONE },
				  signal = { "si_status", 24, 4, FIELD_SYMBOL, ARG_SIGNAL };
	fields_open_text(out, memory, fields);
	field_text(out, memory, memory_u32(memory, 8) == CLD_EXITED ? &status : &signal, false);
	text_printf(out, ", si_utime=%llu, si_stime=%llu}", (unsigned long long)memory_u64(memory, 32),
		(unsigned long long)memory_u64(memory, 40));
}

/* What waitid() reports of a child, or rt_sigtimedwait() of a signal. */
PRINTER(siginfo)
{
	static const struct field fields[] = { { "si_signo", 0, 4, FIELD_SYMBOL, ARG_SIGNAL },
		{ "si_code", 8, 4, FIELD_SYMBOL, ARG_SIGINFO_CODE }, MEMBERS_LEFT_OUT, MEMBERS_END };
	uint32_t signal = memory_u32(arg->memory[0], 0);
	int32_t code = memory_s32(arg->memory[0], 8);
	if (!signal)
		text_str(out, "{}");
	else if (signal == SIGCHLD && code > 0)
		child_siginfo(out, arg->memory[0]);
	else if (code == SI_USER || code == SI_TKILL || code == SI_QUEUE || code == SI_MESGQ)
		print_queued_siginfo(out, arg, call);
	else
		fields_text(out, arg->memory[0], fields);
}
