/* SPDX-License-Identifier: BSD-2-Clause */
#include "usdt_notes.h"

#include <string.h>

#include "elf_file.h"

#define NOTE_SECTION ".note.stapsdt"
#define BASE_SECTION ".stapsdt.base" /* its address shows how far a prelinked file was moved */
#define NOTE_NAME    "stapsdt"
#define NOTE_TYPE    3
/* A note starts with three addresses: the probe, the link-time base, the semaphore. */
#define NOTE_STRINGS (3 * sizeof(uint64_t))

/* Provider, name and arguments follow the addresses, each terminated by a zero byte. False: they do not. */
static bool take_note(const char *desc, size_t size, uint64_t base, struct usdt_note *note)
{
	const char *strings[3], *at = desc + NOTE_STRINGS, *end = desc + size;
	uint64_t addresses[3];
	for (int i = 0; i < 3; i++) {
		if (size <= NOTE_STRINGS || at >= end ||
			strnlen(at, (size_t)(end - at)) == (size_t)(end - at))
			return false;
		strings[i] = at;
		at += strlen(at) + 1;
	}
	memcpy(addresses, desc, sizeof(addresses));
	/* without a base of its own, it was not moved with that of the file */
	uint64_t moved = base && addresses[1] ? base - addresses[1] : 0;
	*note = (struct usdt_note){
		.provider = strings[0],
		.name = strings[1],
		.args = strings[2],
		.probe = addresses[0] + moved,
		.semaphore = addresses[2] + moved,
		.has_semaphore = addresses[2] != 0,
		.apart = addresses[2] - addresses[0],
		.unmoved = base && !addresses[1],
	};
	return true;
}

/* The section of that name and type; NULL: there is none. */
static Elf_Scn *find_section(Elf *elf, const char *wanted, uint32_t type, GElf_Shdr *header)
{
	size_t strings;
	if (elf_getshdrstrndx(elf, &strings) != 0)
		return NULL;
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
		if (!gelf_getshdr(scn, header) || header->sh_type != type)
			continue;
		const char *name = elf_strptr(elf, strings, header->sh_name);
		if (name && strcmp(name, wanted) == 0)
			return scn;
	}
	return NULL;
}

void usdt_notes_each(Elf *elf, bool (*each)(void *ctx, const struct usdt_note *note), void *ctx)
{
	size_t next, name_at, desc_at;
	GElf_Shdr header;
	GElf_Nhdr raw;
	struct usdt_note note;
	uint64_t base = find_section(elf, BASE_SECTION, SHT_PROGBITS, &header) ? header.sh_addr : 0;
	Elf_Scn *section = find_section(elf, NOTE_SECTION, SHT_NOTE, &header);
	Elf_Data *data = elf_file_notes(section, &header);
	bool more = data != NULL;
	for (size_t at = 0; more && (next = gelf_getnote(data, at, &raw, &name_at, &desc_at)) > 0; at = next)
		if (raw.n_type == NOTE_TYPE && raw.n_namesz == sizeof(NOTE_NAME) &&
			memcmp((char *)data->d_buf + name_at, NOTE_NAME, sizeof(NOTE_NAME)) == 0 &&
			take_note((char *)data->d_buf + desc_at, raw.n_descsz, base, &note))
			more = each(ctx, &note);
}
