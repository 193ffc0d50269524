/* SPDX-License-Identifier: BSD-2-Clause */
/* The words that text and JSON use for the numbers in events; "unknown" for a number that means nothing. */
#ifndef USER_EVENT_WORDS_H
#define USER_EVENT_WORDS_H

#include "event.h"
#include "user/base/text.h"

const char *layer_word(enum layer layer); /* app, syscall, process */
const char *event_word(unsigned kind);    /* open, hit, ... syscall, fork, exec, exit */
/* Of the arguments of cache events. */
static inline const char *cause_word(uint64_t cause)
{
	return field_word(FIELD_CAUSE, cause);
}
static inline const char *reason_word(uint64_t reason)
{
	return field_word(FIELD_REASON, reason);
}
static inline const char *source_word(uint64_t source)
{
	return field_word(FIELD_SOURCE, source);
}
static inline const char *policy_word(uint64_t policy)
{
	return field_word(FIELD_POLICY, policy);
}

/* For people: ring full, no state, 32-bit call, hook skipped, damaged recording. */
const char *lost_word(unsigned cause);
/* For programs: ring_full, no_state, abi32, hook_skipped, damaged. */
const char *lost_key(unsigned cause);

const char *signal_word(int signal); /* SIGSEGV; a static buffer for a real-time one */

/* 850 ns, 9 us, 12 ms: whole units, cut. */
void duration_text(struct text *t, uint64_t ns);

/* 850 ns, 9.12 us, 12.3 ms: three digits, rounded. */
void duration_digits(struct text *t, double ns);

#endif
