/* SPDX-License-Identifier: BSD-2-Clause */
/* The notes that describe USDT probes in an ELF file, of any provider. What they say is not checked here (usdt_check.h). */
#ifndef USER_KERNEL_USDT_NOTES_H
#define USER_KERNEL_USDT_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include <gelf.h>

struct usdt_note {
	const char *provider, *name, *args;
	uint64_t probe, semaphore; /* addresses, as the file is linked */
	bool has_semaphore;
	uint64_t apart; /* the semaphore is that many bytes after the probe; modulo 2^64 */
	bool unmoved;   /* the note has no base, but the file has: libbpf may take it to be somewhere else */
};

/* Calls `each` for every note, until it returns false. Those that are malformed are ignored. */
void usdt_notes_each(Elf *elf, bool (*each)(void *ctx, const struct usdt_note *note), void *ctx);

#endif
