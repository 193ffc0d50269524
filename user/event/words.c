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
#define LAYER_WORD(ID, word) #word,
	static const char *const words[] = { LAYERS(LAYER_WORD) };
	return WORD(words, layer);
}

const char *event_word(unsigned kind)
{
	return kind_of(kind)->word;
}

const char *lost_word(unsigned cause)
{
	static const char *const words[LOST_CAUSES] = {
		[LOST_RING_FULL] = "ring full",
		[LOST_STATE] = "no state",
		[LOST_ABI32] = "32-bit call",
		[LOST_SKIPPED] = "hook skipped",
		[LOST_DAMAGED] = "damaged recording",
	};
	return WORD(words, cause);
}

const char *lost_key(unsigned cause)
{
	static const char *const words[LOST_CAUSES] = {
		[LOST_RING_FULL] = "ring_full",
		[LOST_STATE] = "no_state",
		[LOST_ABI32] = "abi32",
		[LOST_SKIPPED] = "hook_skipped",
		[LOST_DAMAGED] = "damaged",
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
