/* SPDX-License-Identifier: BSD-2-Clause */
#include "demangle.h"

#include <setjmp.h>
#include <string.h>

#include <libiberty/demangle.h>

#define SYMBOL_MAX     2048
#define NAME_MAX_BYTES 4000

/* The name as it is put together. A few bytes of a symbol can stand for a name of gigabytes: what exceeds the room ends
 * the work by a jump, which the library's functions allow, since they keep nothing on the heap meanwhile. */
static struct name {
	jmp_buf too_long;
	size_t len;
	char text[NAME_MAX_BYTES + 1];
} name;

static void add(const char *text, size_t len, void *unused)
{
	(void)unused;
	if (len > NAME_MAX_BYTES - name.len)
		longjmp(name.too_long, 1);
	if (len > 0)
		memcpy(name.text + name.len, text, len);
	name.len += len;
}

/* A legacy Rust symbol is a C++ one too, with a hash at its end: so Rust is tried first. */
char *demangle(const char *symbol)
{
	if (symbol[0] != '_' || (symbol[1] != 'Z' && symbol[1] != 'R') ||
		strnlen(symbol, SYMBOL_MAX) == SYMBOL_MAX || setjmp(name.too_long))
		return NULL;
	name.len = 0;
	if (!rust_demangle_callback(symbol, DMGL_NO_OPTS, add, NULL)) {
		name.len = 0;
		if (!cplus_demangle_v3_callback(symbol, DMGL_NO_OPTS, add, NULL))
			return NULL;
	}
	name.text[name.len] = '\0';
	return name.len ? strdup(name.text) : NULL;
}
