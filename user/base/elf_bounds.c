/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf_bounds.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

bool elf_is_bounded(int fd)
{
	Elf64_Ehdr header;
	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
		memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
		return false;
	/* 0 sections in a file that has a table of them: the number is in the table, and past the limit */
	return header.e_phnum <= ELF_SEGMENTS_MAX && header.e_shnum <= ELF_SECTIONS_MAX &&
	       (header.e_shnum || !header.e_shoff);
}
