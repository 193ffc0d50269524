/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF files that other users own, which may be made to take all memory or time: a file of 12 KB can have a section of
 * 2 GB. What no program has is refused before libelf reads it.
 */
#ifndef USER_KERNEL_ELF_FILE_H
#define USER_KERNEL_ELF_FILE_H

#include <gelf.h>

/* A file has at most so many segments. */
#define ELF_FILE_SEGMENTS 256

/* A 64-bit little-endian ELF file behind `fd`, to be closed with elf_end(). NULL: it is none, or one with too many sections, segments
 * or names. */
Elf *elf_file_open(int fd);

/* The notes in a section. NULL: none, or more than a program has. */
Elf_Data *elf_file_notes(Elf_Scn *section, const GElf_Shdr *header);

#endif
