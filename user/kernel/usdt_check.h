/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether addresses in notes are those of probes: a probe that is attached elsewhere breaks the program. */
#ifndef USER_KERNEL_USDT_CHECK_H
#define USER_KERNEL_USDT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include <gelf.h>

#include "elf_file.h"

/* The parts of a file that are mapped when it runs, with addresses as it was linked. */
struct usdt_segments {
	int fd;
	unsigned count;
	GElf_Phdr list[ELF_FILE_SEGMENTS];
};

/* `fd` stays open while the segments are used. */
void usdt_segments_read(struct usdt_segments *segments, Elf *elf, int fd);

/* Finds the file offset of a probe, or of a semaphore. NULL, or what is wrong with it: "is not ...". */
const char *usdt_check_probe(const struct usdt_segments *segments, uint64_t address, uint64_t *offset);
const char *usdt_check_semaphore(const struct usdt_segments *segments, uint64_t address, uint64_t *offset);

/* The same of the entry of a function. */
const char *usdt_check_function(const struct usdt_segments *segments, uint64_t address, uint64_t *offset);

/* True if a page of the file with this offset is in more than one segment that is written to. */
bool usdt_page_is_shared(const struct usdt_segments *segments, uint64_t offset);

#endif
