/* SPDX-License-Identifier: BSD-2-Clause */
#include "usdt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <gelf.h>

#include "../common/filter.h"

#define NOTE_SECTION ".note.stapsdt"
#define NOTE_TYPE    3
/* A note starts with three addresses: the probe, the link-time base, the semaphore. */
#define NOTE_STRINGS (3 * sizeof(uint64_t))

static const char *const names[] = { "open", "hit", "miss", "load", "evict", "prefetch", "error", "close" };

const char *usdt_probe_name(unsigned kind)
{
	return names[kind - EVENT_APP_OPEN];
}

/* The FILTER_APP() bit of one note's descriptor, 0 if it is not one of ours. */
static uint32_t note_probe(const char *desc, size_t size)
{
	if (size <= NOTE_STRINGS)
		return 0;
	const char *provider = desc + NOTE_STRINGS, *end = desc + size;
	size_t len = strnlen(provider, (size_t)(end - provider));
	const char *name = provider + len + 1;
	if (name >= end || strnlen(name, (size_t)(end - name)) == (size_t)(end - name))
		return 0;
	if (strcmp(provider, USDT_PROVIDER) != 0)
		return 0;
	for (unsigned kind = EVENT_APP_OPEN; kind <= EVENT_APP_CLOSE; kind++)
		if (strcmp(name, usdt_probe_name(kind)) == 0)
			return FILTER_APP(kind);
	return 0;
}

static uint32_t section_probes(Elf_Data *data)
{
	uint32_t probes = 0;
	size_t next, name_at, desc_at;
	GElf_Nhdr note;
	for (size_t at = 0; (next = gelf_getnote(data, at, &note, &name_at, &desc_at)) > 0; at = next)
		if (note.n_type == NOTE_TYPE && note.n_namesz == sizeof("stapsdt") &&
			memcmp((char *)data->d_buf + name_at, "stapsdt", sizeof("stapsdt")) == 0)
			probes |= note_probe((char *)data->d_buf + desc_at, note.n_descsz);
	return probes;
}

static uint32_t elf_probes(Elf *elf)
{
	uint32_t probes = 0;
	size_t strings;
	if (elf_getshdrstrndx(elf, &strings) != 0)
		return 0;
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
		GElf_Shdr header;
		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_NOTE)
			continue;
		const char *name = elf_strptr(elf, strings, header.sh_name);
		Elf_Data *data = name && strcmp(name, NOTE_SECTION) == 0 ? elf_getdata(scn, NULL) : NULL;
		if (data)
			probes |= section_probes(data);
	}
	return probes;
}

int64_t usdt_probes_in(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	int64_t probes = -ENOEXEC;
	if (elf && elf_kind(elf) == ELF_K_ELF && gelf_getclass(elf) == ELFCLASS64)
		probes = elf_probes(elf);
	elf_end(elf);
	close(fd);
	return probes;
}
