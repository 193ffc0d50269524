/* SPDX-License-Identifier: BSD-2-Clause */
/* The phases that the maps of probes of a run name, by the numbers that records give them. */
#ifndef USER_EVENT_PHASES_H
#define USER_EVENT_PHASES_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "user/base/span.h"
#include "user/base/text.h"

#define PHASE_NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-"

struct phase_field {
	struct span name;
	uint8_t type; /* enum phase_type */
};

struct phase_info {
	uint16_t number;
	struct span map, name;
	struct span string;                  /* what its string is called; data NULL: it has none */
	unsigned arg_count;                  /* in `args` */
	struct phase_field args[PHASE_ARGS]; /* in the order of struct event_phase.args */
	uint8_t result;                      /* enum phase_type; PHASE_NONE: it has none */
	uint16_t at_done;                    /* as in struct event_phase_map */
	int found;                           /* the argument that tells a hit from a miss; -1: none */
};

struct phases;

struct phases *phases_new(void); /* NULL: out of memory */
void phases_free(struct phases *phases);

/* Copies a record of EVENT_PHASE_MAP; a number that is known keeps what it has. 0, -ENOMEM, or -EBADMSG: the record is
 * damaged. */
int phases_learn(struct phases *phases, const struct event_header *record);

/* NULL: not known. Valid as long as `phases`. */
const struct phase_info *phases_find(const struct phases *phases, uint16_t number);

/* The record of a phase, in `to`, of this size at most. Names are cut to PHASE_NAME_MAX bytes. */
enum {
	PHASE_NAME_MAX = 64,
	PHASE_RECORD_MAX = sizeof(struct event_phase_map) + PHASE_NAMES * PHASE_NAME_MAX
};
void phases_record(struct event_phase_map *to, const struct phase_info *info, uint64_t time_ns, uint32_t pid);

/* True if an argument of an event of this phase (PHASE_ARGS: its string) is known, by the event's flags (enum phase_flag). */
static inline bool phase_arg_known(const struct phase_info *info, unsigned arg, uint16_t flags)
{
	bool at_done = info->at_done >> arg & 1;
	return !(flags & (at_done ? PHASE_UNFINISHED : PHASE_UNSTARTED));
}

/* Appends a number as its type has it: -1, true, 0x7f00. */
void phase_number_text(struct text *t, enum phase_type type, uint64_t value);

/* The word of a type, as maps have it: u32, bool; the type of a word, PHASE_NONE: there is none. */
const char *phase_type_word(enum phase_type type);
enum phase_type phase_type_of(const char *word);

/* Bytes of a number of that type; negative: it is signed. */
int phase_type_bytes(enum phase_type type);

#endif
