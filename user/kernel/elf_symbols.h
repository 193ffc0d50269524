/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that an ELF file defines: in its tables of symbols, and in those of its file of debug information. */
#ifndef USER_KERNEL_ELF_SYMBOLS_H
#define USER_KERNEL_ELF_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include <gelf.h>

typedef void (*elf_symbol_take)(void *ctx, const char *name, uint64_t address);

/* Calls `take` for each function of the file's own tables (.symtab, .dynsym), with its address as the file is linked; some come
 * twice. False: a table is larger than that of any program. */
bool elf_symbols_each(Elf *elf, elf_symbol_take take, void *ctx);

/* The same of the file of debug information that belongs to it by its build id, where one is installed (/usr/lib/debug, or beside
 * it). False: there is none. `path`: of the file. */
bool elf_symbols_debug(Elf *elf, const char *path, elf_symbol_take take, void *ctx);

/* The name of a library, copied; NULL: it has none. */
char *elf_soname(Elf *elf);

/* True if it was made by the Go compiler. */
bool elf_is_go(Elf *elf);

#endif
