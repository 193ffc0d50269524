/* SPDX-License-Identifier: BSD-2-Clause */
#include "usdt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <gelf.h>

#include "user/calls/filter.h"
#include "user/event/kinds.h"
#include "user/event/words.h"
#include "elf_file.h"
#include "usdt_check.h"

#define NOTE_SECTION ".note.stapsdt"
#define BASE_SECTION ".stapsdt.base" /* its address shows how far a prelinked file was moved */
#define NOTE_TYPE    3
/* A note starts with three addresses: the probe, the link-time base, the semaphore. */
#define NOTE_STRINGS (3 * sizeof(uint64_t))

/* Sites of one probe: a library has one, and each copy of its code in a program another. */
#define SITES_MAX 64

struct notes {
	struct usdt_segments segments;
	struct usdt_probes *probes;
	struct text *why;
	uint64_t base; /* 0: unknown */
	bool refused;
};

/* True if a note describes arguments in the registers of a function call: the probes are in functions made so that an
 * optimising compiler leaves them there, with or without frame pointers. */
static bool plain_arguments(const char *args, bool *framed)
{
	static const char call[] = "8@%rdi 8@%rsi 8@%rdx 8@%rcx 8@%r8 8@%r9 8@8(%rsp)";
	static const char call_with_frame[] = "8@%rdi 8@%rsi 8@%rdx 8@%rcx 8@%r8 8@%r9 8@16(%rbp)";
	*framed = strcmp(args, call_with_frame) == 0;
	return *framed || strncmp(args, call, strlen(args)) == 0;
}

static void refuse(struct notes *notes, unsigned kind, uint64_t address, const char *reason)
{
	if (!notes->refused && notes->why)
		text_printf(notes->why, "by its notes, probe %s at 0x%llx %s", event_word(kind),
			(unsigned long long)address, reason);
	notes->refused = true;
}

/* Takes one of our notes. A second site of the same probe makes the probe not plain. */
static void take_site(struct notes *notes, const char *desc, const char *args, unsigned kind)
{
	struct usdt_probes *probes = notes->probes;
	struct usdt_site site = { .count = probes->sites[PROBE_OF_KIND(kind)].count + 1 };
	uint64_t addresses[3]; /* the probe, the base, the semaphore */
	memcpy(addresses, desc, sizeof(addresses));
	/* without a base of its own, it was not moved with that of the file */
	uint64_t moved = notes->base && addresses[1] ? notes->base - addresses[1] : 0;
	const char *wrong = usdt_check_probe(&notes->segments, addresses[0] + moved, &site.probe);
	if (!wrong && addresses[2])
		wrong = usdt_check_semaphore(&notes->segments, addresses[2] + moved, &site.semaphore);
	if (!wrong && site.count > SITES_MAX)
		wrong = "has too many sites";
	if (wrong) {
		refuse(notes, kind, addresses[0] + moved, wrong);
		return;
	}
	site.apart = addresses[2] - addresses[0];
	bool plain = plain_arguments(args, &site.framed);
	if (!(probes->here & FILTER_APP(kind)) && plain && site.semaphore)
		probes->plain |= FILTER_APP(kind);
	else
		probes->plain &= ~FILTER_APP(kind);
	probes->here |= FILTER_APP(kind);
	probes->shared_page |= site.semaphore && usdt_page_is_shared(&notes->segments, site.semaphore);
	probes->unmoved |= notes->base && !addresses[1];
	probes->sites[PROBE_OF_KIND(kind)] = site;
}

/* Provider, name and arguments follow the addresses, each terminated by a zero byte. */
static void take_note(struct notes *notes, const char *desc, size_t size)
{
	const char *strings[3], *at = desc + NOTE_STRINGS, *end = desc + size;
	for (int i = 0; i < 3; i++) {
		if (size <= NOTE_STRINGS || at >= end ||
			strnlen(at, (size_t)(end - at)) == (size_t)(end - at))
			return;
		strings[i] = at;
		at += strlen(at) + 1;
	}
	if (strcmp(strings[0], USDT_PROVIDER) != 0)
		return;
	unsigned kind = kind_of_probe_name(strings[1]);
	if (kind)
		take_site(notes, desc, strings[2], kind);
}

static void take_notes(struct notes *notes, Elf_Data *data)
{
	size_t next, name_at, desc_at;
	GElf_Nhdr note;
	for (size_t at = 0; !notes->refused && (next = gelf_getnote(data, at, &note, &name_at, &desc_at)) > 0;
		at = next)
		if (note.n_type == NOTE_TYPE && note.n_namesz == sizeof("stapsdt") &&
			memcmp((char *)data->d_buf + name_at, "stapsdt", sizeof("stapsdt")) == 0)
			take_note(notes, (char *)data->d_buf + desc_at, note.n_descsz);
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

/* 0 or -EBADMSG. */
static int elf_probes(Elf *elf, int fd, struct usdt_probes *probes, struct text *why)
{
	GElf_Shdr header;
	struct notes notes = { .probes = probes, .why = why };
	usdt_segments_read(&notes.segments, elf, fd);
	if (find_section(elf, BASE_SECTION, SHT_PROGBITS, &header))
		notes.base = header.sh_addr;
	Elf_Scn *scn = find_section(elf, NOTE_SECTION, SHT_NOTE, &header);
	Elf_Data *data = elf_file_notes(scn, &header);
	if (data)
		take_notes(&notes, data);
	if (notes.refused)
		probes->here = probes->plain = 0;
	return notes.refused ? -EBADMSG : 0;
}

int usdt_probes_in(const char *path, struct usdt_probes *probes, struct text *why)
{
	*probes = (struct usdt_probes){ 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	Elf *elf = elf_file_open(fd);
	int err = elf ? elf_probes(elf, fd, probes, why) : -ENOEXEC;
	elf_end(elf);
	close(fd);
	return err;
}
