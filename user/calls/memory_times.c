/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks. */
#include <stddef.h>
#include <sys/timex.h>

#include "memory_fields.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "value_text.h"

/* A second, with its date. */
PRINTER(time)
{
	int64_t second = (int64_t)memory_u64(arg->memory[0], 0);
	text_char(out, '[');
	text_s64(out, second);
	date_text(out, second, 0, 0);
	text_char(out, ']');
}

/* The state of the kernel's clock; its microseconds are nanoseconds where the status says so. */
PRINTER(timex)
{
	static const struct field fields[] = { MEMBER(struct timex, modes, SYMBOL, TIMEX_MODES),
		MEMBER(struct timex, offset, SIGNED, NONE), MEMBER(struct timex, freq, SIGNED, NONE),
		MEMBER(struct timex, maxerror, UNSIGNED, NONE),
		MEMBER(struct timex, esterror, UNSIGNED, NONE),
		MEMBER(struct timex, status, SYMBOL, TIMEX_STATUS),
		MEMBER(struct timex, constant, SIGNED, NONE), MEMBER(struct timex, precision, UNSIGNED, NONE),
		MEMBER(struct timex, tolerance, SIGNED, NONE), MEMBER(struct timex, time, TIMEVAL, NONE),
		MEMBER(struct timex, tick, SIGNED, NONE), MEMBER(struct timex, ppsfreq, SIGNED, NONE),
		MEMBER(struct timex, jitter, SIGNED, NONE), MEMBER(struct timex, shift, SIGNED, NONE),
		MEMBER(struct timex, stabil, SIGNED, NONE), MEMBER(struct timex, jitcnt, SIGNED, NONE),
		MEMBER(struct timex, calcnt, SIGNED, NONE), MEMBER(struct timex, errcnt, SIGNED, NONE),
		MEMBER(struct timex, stbcnt, SIGNED, NONE), MEMBER(struct timex, tai, SIGNED, NONE),
		MEMBERS_END };
	fields_text(out, arg->memory[0], fields);
}
