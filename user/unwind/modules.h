/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files whose code traced processes execute, read through libdw: how their frames are unwound, and which
 * source lines their code comes from. A file is opened at its first use, as the process has it mapped, even
 * if it is in a container, or was removed or replaced. Its contents are not trusted; one that cannot be read
 * has no lines.
 */
#ifndef USER_UNWIND_MODULES_H
#define USER_UNWIND_MODULES_H

#include "cfi.h"
#include "code_maps.h"
#include "code_owner.h"

struct modules;
struct module;

/* A source line of an address. The caller frees the strings; NULL: not known. For inlined code, the first
 * source is the innermost function, and each next one the call in the function around it, up to the function
 * that was compiled. */
#define SOURCES_MAX 8
struct source {
	char *function, *file;
	uint32_t line;
};

/* `debuginfod`: fetch missing debug information. NULL: out of memory. */
struct modules *modules_new(bool debuginfod);
void modules_free(struct modules *modules);

/* The file of a mapping, which lives as long as `modules`. NULL: out of memory, or there are too many. */
struct module *modules_get(struct modules *modules, const struct code_map *mapping);

const char *module_path(const struct module *module);
/* The build id in hexadecimal; empty if there is none. */
const char *module_build_id(struct module *module);
enum code_owner module_owner(const struct module *module);
/* True for CPython: the program or its library. */
bool module_is_python(const struct module *module);
/* True if the file has a table of Go's functions. It is known once the file was used. */
bool module_is_go(const struct module *module);

/* The address that an offset in the file is linked at; the offset itself if it is in no segment. */
uint64_t module_address(struct module *module, uint64_t file_offset);

/* False: the file has no usable row for that linked address. */
bool module_cfi_row(struct module *module, uint64_t address, struct cfi_row *row);
/* The sources of a linked address, innermost first. Returns the number of them, at least 1, even if its
 * function is unknown. The first call for a file takes milliseconds, to read its debug information. */
unsigned module_sources(struct module *module, uint64_t address, struct source sources[SOURCES_MAX]);

#endif
