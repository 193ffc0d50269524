/* SPDX-License-Identifier: BSD-2-Clause */
#include "usdt_check.h"

#include <string.h>
#include <unistd.h>

#define NOP  0x90
#define PAGE 4096

void usdt_segments_read(struct usdt_segments *segments, Elf *elf, int fd)
{
	size_t count;
	segments->fd = fd;
	segments->count = 0;
	if (elf_getphdrnum(elf, &count))
		return;
	for (size_t i = 0; i < count && segments->count < ELF_FILE_SEGMENTS; i++)
		if (gelf_getphdr(elf, (int)i, &segments->list[segments->count]))
			segments->count++;
}

static bool holds(const GElf_Phdr *segment, uint64_t address, uint64_t size, uint64_t bytes)
{
	return address >= segment->p_vaddr && bytes <= size && address - segment->p_vaddr <= size - bytes;
}

/* The segment with these bytes of the file; NULL: there is none, or more than one. */
static const GElf_Phdr *segment_of(const struct usdt_segments *segments, uint64_t address, uint64_t bytes)
{
	const GElf_Phdr *found = NULL;
	for (unsigned i = 0; i < segments->count; i++) {
		const GElf_Phdr *segment = &segments->list[i];
		if (segment->p_type != PT_LOAD || !holds(segment, address, segment->p_filesz, bytes))
			continue;
		if (found)
			return NULL;
		found = segment;
	}
	return found;
}

/* True if the linker makes it read-only once the program is linked. */
static bool is_sealed(const struct usdt_segments *segments, uint64_t address)
{
	for (unsigned i = 0; i < segments->count; i++)
		if (segments->list[i].p_type == PT_GNU_RELRO &&
			holds(&segments->list[i], address, segments->list[i].p_memsz, 1))
			return true;
	return false;
}

static bool read_at(const struct usdt_segments *segments, uint64_t offset, void *bytes, size_t size)
{
	return offset <= INT64_MAX && pread(segments->fd, bytes, size, (off_t)offset) == (ssize_t)size;
}

const char *usdt_check_probe(const struct usdt_segments *segments, uint64_t address, uint64_t *offset)
{
	const GElf_Phdr *segment = segment_of(segments, address, 1);
	unsigned char byte;
	if (!segment || (segment->p_flags & (PF_X | PF_W)) != PF_X)
		return "is not in code";
	*offset = address - segment->p_vaddr + segment->p_offset;
	if (!read_at(segments, *offset, &byte, 1) || byte != NOP)
		return "is not at a nop";
	return NULL;
}

const char *usdt_check_function(const struct usdt_segments *segments, uint64_t address, uint64_t *offset)
{
	/* Linux 6.18 replaces it by a call, which kills forked children */
	static const unsigned char nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	const GElf_Phdr *segment = segment_of(segments, address, 1);
	unsigned char bytes[sizeof(nop5)];
	if (!segment || (segment->p_flags & (PF_X | PF_W)) != PF_X)
		return "is not in code";
	*offset = address - segment->p_vaddr + segment->p_offset;
	if (!read_at(segments, *offset, bytes, 1))
		return "is not in the file";
	if (read_at(segments, *offset, bytes, sizeof(bytes)) && memcmp(bytes, nop5, sizeof(nop5)) == 0)
		return "begins with a nop of five bytes, at which a probe is not safe";
	return NULL;
}

const char *usdt_check_semaphore(const struct usdt_segments *segments, uint64_t address, uint64_t *offset)
{
	const GElf_Phdr *segment = segment_of(segments, address, sizeof(uint16_t));
	uint16_t value;
	if (!segment || (segment->p_flags & (PF_X | PF_W)) != PF_W || is_sealed(segments, address))
		return "has a semaphore outside of writable data";
	*offset = address - segment->p_vaddr + segment->p_offset;
	if (address % sizeof(value) || *offset % sizeof(value) ||
		!read_at(segments, *offset, &value, sizeof(value)) || value)
		return "has a semaphore that is other data";
	return NULL;
}

bool usdt_page_is_shared(const struct usdt_segments *segments, uint64_t offset)
{
	unsigned found = 0;
	for (unsigned i = 0; i < segments->count; i++) {
		const GElf_Phdr *segment = &segments->list[i];
		uint64_t first = segment->p_offset / PAGE,
			 last = (segment->p_offset + segment->p_filesz - 1) / PAGE;
		found += segment->p_type == PT_LOAD && segment->p_flags & PF_W && segment->p_filesz &&
			 offset / PAGE >= first && offset / PAGE <= last;
	}
	return found > 1;
}
