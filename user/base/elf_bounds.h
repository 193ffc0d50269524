/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits for ELF files that others made: libelf allocates by the counts and sizes that a file claims, which a sparse file
 * of a few kilobytes can make huge. */
#ifndef USER_BASE_ELF_BOUNDS_H
#define USER_BASE_ELF_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ELF_SEGMENTS_MAX = 256,
	ELF_SECTIONS_MAX = 0xfeff, /* more need another way of counting them, which programs do not use */
	ELF_NOTES_MAX = 16 << 20   /* bytes of a section of notes */
};

/* True if a file is a 64-bit ELF file of this machine whose numbers of segments and sections are within the limits.
 * Reads its header alone; the file offset stays. */
bool elf_is_bounded(int fd);

#endif
