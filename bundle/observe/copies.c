/* SPDX-License-Identifier: BSD-2-Clause */
#include "copies.h"

#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>

#define OWNER     "pagedbundle"
#define COPY_TYPE 2
#define PAGE_BITS 12
#define COPY_BITS 20

/* Each copy has this note in memory, where the others find it. */
__asm__(".pushsection .note.pagedbundle.copy,\"a\",\"note\"\n"
	".balign 4\n"
	".4byte 2f-1f, 4, 2\n"
	"1: .asciz \"pagedbundle\"\n"
	"2: .balign 4\n"
	".4byte 0\n"
	".popsection\n");

struct search {
	uintptr_t program; /* address of the program's own headers */
	bool program_seen; /* it is in this link namespace */
	unsigned copies;
};

/* Notes that are in no loaded segment are not in memory. */
static bool is_loaded(const struct dl_phdr_info *info, const ElfW(Phdr) * notes)
{
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		if (segment->p_type == PT_LOAD && segment->p_flags & PF_R &&
			notes->p_vaddr >= segment->p_vaddr &&
			notes->p_vaddr + notes->p_memsz <= segment->p_vaddr + segment->p_filesz)
			return true;
	}
	return false;
}

static bool has_copy_note(const char *at, size_t size)
{
	ElfW(Nhdr) note;
	while (size >= sizeof(note)) {
		memcpy(&note, at, sizeof(note));
		size_t name = (note.n_namesz + 3) & ~(size_t)3,
		       whole = name + ((note.n_descsz + 3) & ~(size_t)3);
		if (whole > size - sizeof(note))
			return false;
		if (note.n_type == COPY_TYPE && note.n_namesz == sizeof(OWNER) &&
			memcmp(at + sizeof(note), OWNER, sizeof(OWNER)) == 0)
			return true;
		at += sizeof(note) + whole;
		size -= sizeof(note) + whole;
	}
	return false;
}

static int look_at(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct search *search = ctx;
	(void)size;
	search->program_seen |= (uintptr_t)info->dlpi_phdr == search->program;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *notes = &info->dlpi_phdr[i];
		if (notes->p_type != PT_NOTE || !is_loaded(info, notes) ||
			!has_copy_note((const char *)(info->dlpi_addr + notes->p_vaddr), notes->p_memsz))
			continue;
		search->copies++;
		break;
	}
	return 0;
}

uint64_t copies_first_id(void)
{
	static const char here; /* its address is this copy's alone */
	struct search search = { .program = getauxval(AT_PHDR) };
	dl_iterate_phdr(look_at, &search);
	/* of other link namespaces nothing is known; the program's own has the plain numbers */
	if (search.copies <= 1 && search.program_seen)
		return 0;
	uint64_t page = (uintptr_t)&here >> PAGE_BITS & ((1u << COPY_BITS) - 1);
	return (page | 1u << COPY_BITS) << 32;
}
