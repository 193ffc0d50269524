/* SPDX-License-Identifier: BSD-2-Clause */
#include "words.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char *word(const char *const *words, size_t count, uint64_t i)
{
	return i < count && words[i] ? words[i] : "unknown";
}

#define WORD(words, i) word(words, sizeof(words) / sizeof(*(words)), i)

const char *layer_word(enum layer layer)
{
	static const char *const words[] = { "app", "syscall", "process" };
	return WORD(words, layer);
}

const char *event_word(unsigned kind)
{
	static const char *const words[EVENT_KINDS] = {
		[EVENT_FILE] = "file",
		[EVENT_SYSCALL] = "syscall",
		[EVENT_APP_OPEN] = "open",
		[EVENT_APP_HIT] = "hit",
		[EVENT_APP_MISS] = "miss",
		[EVENT_APP_LOAD] = "load",
		[EVENT_APP_EVICT] = "evict",
		[EVENT_APP_PREFETCH] = "prefetch",
		[EVENT_APP_ERROR] = "error",
		[EVENT_APP_CLOSE] = "close",
		[EVENT_APP_POLICY] = "policy",
		[EVENT_FORK] = "fork",
		[EVENT_EXEC] = "exec",
		[EVENT_EXIT] = "exit",
		[EVENT_MODEL] = "model",
		[EVENT_TASK] = "task",
		[EVENT_FRAME] = "frame",
		[EVENT_STACK] = "stack",
		[EVENT_USER_STACK] = "stack",
	};
	return WORD(words, kind);
}

const char *cause_word(uint64_t cause)
{
	static const char *const words[] = { "demand", "history", "hint", "markov", "sequence", "plan",
		"read_ahead" };
	return WORD(words, cause);
}

const char *reason_word(uint64_t reason)
{
	static const char *const words[] = { "pressure", "explicit", "clear", "close" };
	return WORD(words, reason);
}

const char *source_word(uint64_t source)
{
	static const char *const words[] = { NULL, "history", "hint", "markov", "sequence", "plan",
		"read_ahead" };
	return WORD(words, source);
}

const char *policy_word(uint64_t policy)
{
	static const char *const words[] = { "LRU", "LFU", "LFU-DA", "CLOCK", "SIEVE", "S3-FIFO", "ARC",
		"GDSF" };
	return WORD(words, policy);
}

const char *lost_word(unsigned cause)
{
	static const char *const words[LOST_CAUSES] = {
		[LOST_RING_FULL] = "ring full",
		[LOST_STATE] = "no state",
		[LOST_ABI32] = "32-bit call",
	};
	return WORD(words, cause);
}

const char *lost_key(unsigned cause)
{
	static const char *const words[LOST_CAUSES] = {
		[LOST_RING_FULL] = "ring_full",
		[LOST_STATE] = "no_state",
		[LOST_ABI32] = "abi32",
	};
	return WORD(words, cause);
}

const char *signal_word(int signal)
{
	static char buf[16];
	const char *name = sigabbrev_np(signal);
	if (name)
		snprintf(buf, sizeof(buf), "SIG%s", name);
	else if (signal >= 32 && signal <= 64)
		snprintf(buf, sizeof(buf), "SIGRT_%d", signal - 32);
	else
		snprintf(buf, sizeof(buf), "SIG_%d", signal);
	return buf;
}

void duration_text(struct text *t, uint64_t ns)
{
	if (ns < 1000) {
		text_u64(t, ns);
		text_str(t, " ns");
	} else if (ns < 10000000) {
		text_u64(t, ns / 1000);
		text_str(t, " us");
	} else {
		text_u64(t, ns / 1000000);
		text_str(t, " ms");
	}
}

void duration_digits(struct text *t, double ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	unsigned unit = 0;
	for (; ns >= 999.5 && unit < 3; unit++)
		ns /= 1000;
	text_printf(t, "%.*f %s", unit == 0 || ns >= 99.95 ? 0 : ns >= 9.995 ? 1 : 2, ns, units[unit]);
}
