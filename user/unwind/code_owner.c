/* SPDX-License-Identifier: BSD-2-Clause */
#include "code_owner.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* `name` is a library's: libc.so.6, libc-2.31.so, libpython3.11.so.1.0. */
static bool is_library(const char *file, const char *name)
{
	if (!starts_with(file, name))
		return false;
	file += strlen(name);
	if (*file == '-')
		file++;
	while (isdigit((unsigned char)*file) || (*file == '.' && isdigit((unsigned char)file[1])))
		file++;
	return starts_with(file, ".so");
}

/* `name` is a program's, with or without its version: python3.11, node. */
static bool is_program(const char *file, const char *name)
{
	if (!starts_with(file, name))
		return false;
	file += strlen(name);
	return file[strspn(file, "0123456789.")] == '\0';
}

enum code_owner code_owner_of_module(const char *path)
{
	static const char *const runtime[] = { "libc", "ld", "ld-linux", "ld-linux-x86-64", "ld-musl-x86_64",
		"libpthread", "libm", "libdl", "librt", "libstdc++", "libgcc_s", "libc++", "libc++abi",
		"libasan", "libubsan", "libtsan" };
	static const char *const languages[] = { "libpython", "libpypy", "libnode", "libjvm", "libruby",
		"libperl" };
	static const char *const programs[] = { "python", "pypy", "node", "java", "ruby", "perl" };
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	for (size_t i = 0; i < COUNT(runtime); i++)
		if (is_library(file, runtime[i]))
			return CODE_OF_RUNTIME;
	/* Rust's standard library has its version's hash in its name */
	if (starts_with(file, "libstd-") && strstr(file, ".so"))
		return CODE_OF_LANGUAGE;
	for (size_t i = 0; i < COUNT(languages); i++)
		if (is_library(file, languages[i]))
			return CODE_OF_LANGUAGE;
	for (size_t i = 0; i < COUNT(programs); i++)
		if (is_program(file, programs[i]))
			return CODE_OF_LANGUAGE;
	return strstr(path, "/lib-dynload/") ? CODE_OF_LANGUAGE : CODE_OF_PROGRAM;
}

/* C++: std::; Rust: std::, core::, alloc::, also in <&std::fs::File as std::io::Read>::read. */
static bool is_standard(const char *function)
{
	static const char *const spaces[] = { "std::", "core::", "alloc::", "__gnu_cxx::" };
	while (*function == '<' || *function == '&' || *function == '*')
		function++;
	if (starts_with(function, "mut "))
		function += 4;
	for (size_t i = 0; i < COUNT(spaces); i++)
		if (starts_with(function, spaces[i]))
			return true;
	return false;
}

/* The first part of a standard package's name; those of programs have a dot in it, or are `main`. */
static bool is_go_standard(const char *function)
{
	static const char *const parts[] = { "archive", "bufio", "bytes", "cmp", "compress", "container",
		"context", "crypto", "database", "debug", "embed", "encoding", "errors", "expvar", "flag",
		"fmt", "go", "hash", "html", "image", "index", "internal", "io", "iter", "log", "maps",
		"math", "mime", "net", "os", "path", "plugin", "reflect", "regexp", "runtime", "slices",
		"sort", "strconv", "strings", "sync", "syscall", "testing", "text", "time", "type", "unicode",
		"unique", "unsafe", "vendor", "weak" };
	size_t len = strcspn(function, "./");
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strlen(parts[i]) == len && memcmp(parts[i], function, len) == 0)
			return true;
	return false;
}

/* Of Python's own library, or of a module that is part of the interpreter; and the same of Node.js. */
static bool is_script_standard(const char *file)
{
	const char *library = strstr(file, "/lib/python");
	return starts_with(file, "<frozen ") || starts_with(file, "node:") ||
	       (library && !strstr(library, "/site-packages/") && !strstr(library, "/dist-packages/"));
}

enum code_owner code_owner_of_source(const char *function, const char *file, bool go)
{
	bool standard = (function && (go ? is_go_standard(function) : is_standard(function))) ||
			(file && (starts_with(file, "/rustc/") || is_script_standard(file)));
	return standard ? CODE_OF_LANGUAGE : CODE_OF_PROGRAM;
}
