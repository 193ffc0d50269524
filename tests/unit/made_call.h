/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls with copied memory, and what they print. */
#ifndef TESTS_UNIT_MADE_CALL_H
#define TESTS_UNIT_MADE_CALL_H

#include <string.h>

#include <check.h>

#include "user/base/text.h"
#include "user/calls/args_text.h"
#include "user/calls/result_text.h"

/* Copied memory: the first `bytes` of an object, which the test keeps. */
static inline struct span memory_of(const void *object, size_t bytes)
{
	return (struct span){ .data = object, .len = (uint32_t)bytes };
}
#define MEMORY(object) memory_of(&(object), sizeof(object))
#define BYTES(string)  memory_of("" string, sizeof(string) - 1)

static inline struct call_event call_of(long nr, int64_t result)
{
	return (struct call_event){ .nr = (uint32_t)nr,
		.args = { 3, 0x10, 0x20, 0x30, 0x40, 0x50 },
		.result = result,
		.returned = true };
}

static inline const char *done(struct text *out)
{
	static char buf[4096];
	ck_assert(!out->failed && out->len < sizeof(buf));
	memcpy(buf, out->data, out->len);
	buf[out->len] = '\0';
	text_free(out);
	return buf;
}

static inline void prints(const struct call_event *call, const char *expected)
{
	struct text out = { 0 };
	args_text(&out, call);
	ck_assert_str_eq(done(&out), expected);
}

static inline void returns(const struct call_event *call, const char *expected)
{
	struct text out = { 0 };
	result_text(&out, call);
	ck_assert_str_eq(done(&out), expected);
}

#endif
