/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf_file.h"

#include <stdbool.h>
#include <string.h>

#include "user/base/quiet_read.h"

/* Linked programs have some 40 sections and 15 segments. */
#define SECTIONS_MAX    4096
#define NAMES_BYTES_MAX (1u << 20)
#define NOTES_BYTES_MAX (1u << 20)

static bool small_tables(int fd)
{
	Elf64_Ehdr header;
	/* it may be any file, as an argument of the command: one that is to be read cold */
	if (quiet_read(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
		memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
		header.e_ident[EI_DATA] != ELFDATA2LSB)
		return false;
	if (header.e_phnum > ELF_FILE_SEGMENTS)
		return false;
	/* a stripped program may have no sections; 0 where there is a table: more than the header can say */
	if (header.e_shnum == 0)
		return header.e_shoff == 0;
	return header.e_shnum <= SECTIONS_MAX && header.e_shstrndx < header.e_shnum;
}

static bool small_names(Elf *elf)
{
	GElf_Shdr header;
	size_t names, count;
	if (elf_getshdrnum(elf, &count) == 0 && count == 0)
		return true;
	Elf_Scn *section = elf_getshdrstrndx(elf, &names) == 0 ? elf_getscn(elf, names) : NULL;
	return section && gelf_getshdr(section, &header) && header.sh_size <= NAMES_BYTES_MAX;
}

Elf *elf_file_open(int fd)
{
	elf_version(EV_CURRENT);
	Elf *elf = small_tables(fd) ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
	if (elf && elf_kind(elf) == ELF_K_ELF && gelf_getclass(elf) == ELFCLASS64 && small_names(elf))
		return elf;
	elf_end(elf);
	return NULL;
}

Elf_Data *elf_file_notes(Elf_Scn *section, const GElf_Shdr *header)
{
	return section && header->sh_size <= NOTES_BYTES_MAX ? elf_getdata(section, NULL) : NULL;
}
