/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

#define WAIT_MS    1000
#define NAME_SHOWN 200 /* bytes */

static const char *program = "bundletrace";
static bool debugging;

void report_program(const char *name)
{
	program = name;
}

void report_debugging(bool on)
{
	debugging = on;
}

static void print(const char *format, va_list args)
{
	char line[2048];
	vsnprintf(line, sizeof(line), format, args);
	/* never block on a stderr that nobody reads */
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };
	if (poll(&ready, 1, WAIT_MS) == 0)
		return;
	/* one write, so that lines of several processes do not mix */
	fprintf(stderr, "%s: %s\n", program, line);
}

void report(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	print(format, args);
	va_end(args);
}

void report_debug(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (debugging)
		print(format, args);
	va_end(args);
}

static const char *printable_bytes(const char *bytes, size_t len)
{
	static struct text slots[8];
	static unsigned next;
	struct text *t = &slots[next++ % 8];
	text_clear(t);
	text_escaped(t, bytes, len);
	text_char(t, '\0');
	return t->failed ? "(out of memory)" : t->data;
}

const char *printable(const char *s)
{
	return printable_bytes(s, strlen(s));
}

const char *printable_name(const char *name, size_t len)
{
	return printable_bytes(name, len < NAME_SHOWN ? len : NAME_SHOWN);
}
