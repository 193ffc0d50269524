/* SPDX-License-Identifier: BSD-2-Clause */
#include "phase_names.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_part(const char *symbol)
{
	return strstr(symbol, ".cold") || strstr(symbol, ".part.");
}

static bool starts(const char *s, const char *with, const char **rest)
{
	size_t len = strlen(with);
	*rest = s + len;
	return strncmp(s, with, len) == 0;
}

/* Takes LENGTH NAME off a mangled symbol, if it is this name. */
static bool take_name(const char **symbol, const char *name, size_t len)
{
	char *end;
	if (**symbol < '1' || **symbol > '9')
		return false;
	unsigned long length = strtoul(*symbol, &end, 10);
	if (length != len || strncmp(end, name, len) != 0)
		return false;
	*symbol = end + len;
	return true;
}

/* _Z4load..., _ZL4load...: a function outside of classes and namespaces; L: it is static. */
static bool is_plain_function(const char *name, const char *symbol)
{
	const char *at;
	if (!starts(symbol, "_Z", &at))
		return false;
	at += *at == 'L';
	/* what follows are the types of its arguments, none of which begins with I: that is a template's list */
	return take_name(&at, name, strlen(name)) && *at && *at != 'I';
}

/* _ZN2ns5Class4loadE...; K: a const member. */
static bool is_nested_function(const char *name, const char *symbol)
{
	const char *at;
	if (!starts(symbol, "_ZN", &at))
		return false;
	at += *at == 'K';
	for (;;) {
		const char *colons = strstr(name, "::");
		if (!take_name(&at, name, colons ? (size_t)(colons - name) : strlen(name)))
			return false;
		if (!colons)
			return *at == 'E';
		name = colons + 2;
	}
}

bool phase_name_fits(const char *name, const char *symbol)
{
	if (is_part(symbol))
		return false;
	if (strchr(name, '*'))
		return fnmatch(name, symbol, FNM_NOESCAPE) == 0;
	if (strstr(name, "::"))
		return is_nested_function(name, symbol);
	return strcmp(name, symbol) == 0 || is_plain_function(name, symbol);
}

bool phase_name_returns(const char *symbol)
{
	static const char *const more_than_once[] = { "setjmp", "vfork", "longjmp", "getcontext",
		"setcontext", "swapcontext", "makecontext", "clone" };
	if (strncmp(symbol, "_Z", 2) == 0 || strncmp(symbol, "_R", 2) == 0)
		return false;
	for (size_t i = 0; i < sizeof(more_than_once) / sizeof(*more_than_once); i++)
		if (strstr(symbol, more_than_once[i]))
			return false;
	return true;
}
