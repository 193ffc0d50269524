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
#include "usdt_notes.h"

/* Sites of one probe: a library has one, and each copy of its code in a program another. */
#define SITES_MAX 64

struct notes {
	struct usdt_segments segments;
	struct usdt_probes *probes;
	struct text *why;
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
static void take_site(struct notes *notes, const struct usdt_note *note, unsigned kind)
{
	struct usdt_probes *probes = notes->probes;
	struct usdt_site site = { .count = probes->sites[PROBE_OF_KIND(kind)].count + 1 };
	const char *wrong = usdt_check_probe(&notes->segments, note->probe, &site.probe);
	if (!wrong && note->has_semaphore)
		wrong = usdt_check_semaphore(&notes->segments, note->semaphore, &site.semaphore);
	if (!wrong && site.count > SITES_MAX)
		wrong = "has too many sites";
	if (wrong) {
		refuse(notes, kind, note->probe, wrong);
		return;
	}
	site.apart = note->apart;
	bool plain = plain_arguments(note->args, &site.framed);
	if (!(probes->here & FILTER_APP(kind)) && plain && site.semaphore)
		probes->plain |= FILTER_APP(kind);
	else
		probes->plain &= ~FILTER_APP(kind);
	probes->here |= FILTER_APP(kind);
	probes->shared_page |= site.semaphore && usdt_page_is_shared(&notes->segments, site.semaphore);
	probes->unmoved |= note->unmoved;
	probes->sites[PROBE_OF_KIND(kind)] = site;
}

static bool take_note(void *ctx, const struct usdt_note *note)
{
	struct notes *notes = ctx;
	unsigned kind = strcmp(note->provider, USDT_PROVIDER) == 0 ? kind_of_probe_name(note->name) : 0;
	if (kind)
		take_site(notes, note, kind);
	return !notes->refused;
}

/* 0 or -EBADMSG. */
static int elf_probes(Elf *elf, int fd, struct usdt_probes *probes, struct text *why)
{
	struct notes notes = { .probes = probes, .why = why };
	usdt_segments_read(&notes.segments, elf, fd);
	usdt_notes_each(elf, take_note, &notes);
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
