/* SPDX-License-Identifier: BSD-2-Clause */
#include "btrace.h"

#include <inttypes.h>

#include "user/event/kinds.h"

/* "at byte 65624 (chunk 3; 120 bytes)" */
static void add_where(struct text *t, const struct btrace_damage *damage)
{
	text_printf(t, " at byte %" PRIu64 " (chunk %" PRIu64, damage->offset, damage->chunk);
	if (damage->bytes)
		text_printf(t, "; %" PRIu64 " bytes", damage->bytes);
	text_str(t, ")");
}

static void add_time(struct text *t, const char *word, uint64_t time_ns, const struct run_start *start)
{
	int64_t ns = (int64_t)time_ns + start->clock_offset_ns - start->start_time_ns;
	text_printf(t, "%s%.6f s", word, (double)ns / 1e9);
}

/* "between 0.120000 s and 0.540000 s of the run" */
static void add_when(struct text *t, const struct btrace_damage *damage, const struct run_start *start)
{
	if (damage->after_ns && damage->before_ns) {
		add_time(t, " between ", damage->after_ns, start);
		add_time(t, " and ", damage->before_ns, start);
	} else if (damage->after_ns) {
		add_time(t, " after ", damage->after_ns, start);
	} else if (damage->before_ns) {
		add_time(t, " before ", damage->before_ns, start);
	}
	if (damage->after_ns || damage->before_ns)
		text_str(t, " of the run");
}

static void add_missing(struct text *t, const struct btrace_damage *damage)
{
	uint64_t events = 0, definitions = 0;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
		events += kind_of(kind)->role == ROLE_SHOWN ? damage->missing[kind] : 0;
		definitions += kind_of(kind)->role == ROLE_DEFINES ? damage->missing[kind] : 0;
	}
	if (!damage->counted)
		text_str(t, "; how many events are missing is not known");
	else
		text_printf(t, "; %" PRIu64 " events are missing", events);
	if (definitions)
		text_str(t, ", and names that were first recorded there");
	if (damage->head)
		text_str(t, "; the command is not known");
}

void btrace_damage_text(struct text *t, const struct btrace_damage *damage, const struct run_start *start)
{
	static const char *const words[] = {
		[BTRACE_DAMAGED] = "damaged",
		[BTRACE_MISPLACED] = "a part that comes again or lies in the wrong place",
		[BTRACE_FOREIGN] = "a part of another recording",
		[BTRACE_BEHIND] = "bytes that do not belong to it",
		[BTRACE_NOT_ENDED] = "not ended: the recorder was killed, or the file is cut off or damaged",
	};
	text_str(t, words[damage->kind]);
	if (damage->kind == BTRACE_BEHIND) {
		text_printf(t, " at byte %" PRIu64 ", behind its end", damage->offset);
		return;
	}
	add_where(t, damage);
	add_when(t, damage, start);
	if (damage->kind == BTRACE_NOT_ENDED)
		text_str(t, "; what follows, how the command ended and what was lost is not known");
	else
		add_missing(t, damage);
}
