/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals, and how children ended. */
#include "memory.h"

#include <signal.h>
#include <sys/wait.h>

#include "flags.h"

#define SIGNALS 64
#define MANY    (SIGNALS * 2 / 3) /* of which a set is shown by what it lacks */

#define KERNEL_SA_RESTORER 0x04000000

/* Without SIG, as sets have it. */
static void short_signal(struct text *out, unsigned number)
{
	size_t start = out->len;
	flags_text(out, ARG_SIGNAL, number);
	if (out->len > start + 3 && memcmp(out->data + start, "SIG", 3) == 0) {
		memmove(out->data + start, out->data + start + 3, out->len - start - 3);
		out->len -= 3;
	}
}

void sigset_text(struct text *out, uint64_t set)
{
	if (__builtin_popcountll(set) >= MANY) {
		text_char(out, '~');
		set = ~set;
	}
	text_char(out, '[');
	for (unsigned number = 1; set; number++, set >>= 1) {
		if (!(set & 1))
			continue;
		short_signal(out, number);
		if (set > 1)
			text_char(out, ' ');
	}
	text_char(out, ']');
}

PRINTER(sigset)
{
	sigset_text(out, block_u64(arg->blocks[0], 0));
}

/* The kernel's struct sigaction: handler, flags, restorer, mask. */
PRINTER(sigaction)
{
	static const struct field handler = { "sa_handler", 0, 8, FIELD_POINTER, ARG_NONE },
				  mask = { "sa_mask", 24, 8, FIELD_SIGSET, ARG_NONE },
				  flags = { "sa_flags", 8, 8, FIELD_SYMBOL, ARG_SIGACTION_FLAGS },
				  restorer = { "sa_restorer", 16, 8, FIELD_POINTER, ARG_NONE };
	struct span block = arg->blocks[0];
	uint64_t address = block_u64(block, handler.at);
	text_char(out, '{');
	if (address == (uintptr_t)SIG_DFL)
		text_str(out, "sa_handler=SIG_DFL");
	else if (address == (uintptr_t)SIG_IGN)
		text_str(out, "sa_handler=SIG_IGN");
	else
		field_text(out, block, &handler, true);
	field_text(out, block, &mask, false);
	field_text(out, block, &flags, false);
	if (block_u64(block, flags.at) & KERNEL_SA_RESTORER)
		field_text(out, block, &restorer, false);
	text_char(out, '}');
}

PRINTER(sigstack)
{
	static const struct field fields[] = { { "ss_sp", 0, 8, FIELD_POINTER, ARG_NONE },
		{ "ss_flags", 8, 4, FIELD_SYMBOL, ARG_SIGSTACK_FLAGS },
		{ "ss_size", 16, 8, FIELD_UNSIGNED, ARG_NONE }, { NULL, 0, 0, 0, ARG_NONE } };
	fields_text(out, arg->blocks[0], fields);
}

/* [{WIFEXITED(s) && WEXITSTATUS(s) == 0}] */
PRINTER(wait_status)
{
	uint32_t status = block_u32(arg->blocks[0], 0), more = 0;
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

/* Of waitid: what happened to a child. */
PRINTER(siginfo)
{
	static const struct field fields[] = { { "si_signo", 0, 4, FIELD_SYMBOL, ARG_SIGNAL },
		{ "si_code", 8, 4, FIELD_SYMBOL, ARG_CHILD_CODE },
		{ "si_pid", 16, 4, FIELD_SIGNED, ARG_NONE }, { "si_uid", 20, 4, FIELD_UNSIGNED, ARG_NONE },
		{ NULL, 0, 0, 0, ARG_NONE } };
	static const struct field status = { "si_status", 24, 4, FIELD_SIGNED, ARG_NONE },
				  signal = { "si_status", 24, 4, FIELD_SYMBOL, ARG_SIGNAL };
	struct span block = arg->blocks[0];
	fields_text(out, block, fields);
	out->len -= out->len > 0; /* goes on */
	field_text(out, block, block_u32(block, 8) == CLD_EXITED ? &status : &signal, false);
	text_str(out, ", ...}");
}
