/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that traced processes execute code of, read through libdw: how their frames are unwound, and
 * which lines their code comes from. A file is opened when it is first asked for, as the process has it: in a
 * container, removed, or replaced. Nothing is believed of a file, and one that cannot be read has no lines.
 */
#ifndef USER_UNWIND_MODULES_H
#define USER_UNWIND_MODULES_H

#include "cfi.h"
#include "code_maps.h"

struct modules;
struct module;

/* Where code comes from. Strings are the caller's to free; NULL: not known. Code that was inlined has the
 * line of the innermost function, and in the next source that of the call of it, up to the function that is
 * there. */
#define SOURCES_MAX 8
struct source {
	char *function, *file;
	uint32_t line;
};

/* `debuginfod`: what is missing may be fetched. NULL: out of memory. */
struct modules *modules_new(bool debuginfod);
void modules_free(struct modules *modules);

/* The file of a mapping; it stays. NULL: out of memory, or there are too many. */
struct module *modules_get(struct modules *modules, const struct code_map *mapping);

const char *module_path(const struct module *module);
/* Bytes of the build id, hexadecimal; empty if it has none. */
const char *module_build_id(struct module *module);
/* True for the C library and what else belongs to a language's runtime: not the program's own. */
bool module_is_runtime(const struct module *module);

/* The address in the file, as it is linked, of what is at this offset in it. */
uint64_t module_address(struct module *module, uint64_t file_offset);

/* False: the file says nothing of that address. */
bool module_cfi_row(struct module *module, uint64_t address, struct cfi_row *row);
/* Takes milliseconds where the file's debug information is read first. Returns how many sources there are: at
 * least one, if only of an unknown function. */
unsigned module_sources(struct module *module, uint64_t address, struct source sources[SOURCES_MAX]);

#endif
