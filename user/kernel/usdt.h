/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the probes of libpagedbundle in ELF files. These may be hostile or damaged: they are read through libelf within
 * limits, malformed notes are ignored, and notes that do not lead to probes are refused. */
#ifndef USER_KERNEL_USDT_H
#define USER_KERNEL_USDT_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "user/base/text.h"

#define USDT_PROVIDER "pagedbundle"

/* Where a probe is. */
struct usdt_site {
	uint64_t probe, semaphore; /* offsets in the file */
	uint64_t apart; /* in memory, the semaphore is that many bytes after the probe; modulo 2^64 */
	unsigned count; /* sites of the probe; this is the last one */
	bool framed;    /* its last argument is addressed by the frame pointer */
};

struct usdt_probes {
	uint32_t here;  /* FILTER_APP() bits of the probes that a file has */
	uint32_t plain; /* those of them with one site, and arguments in the registers of a function call */
	bool unmoved; /* the notes have no base, but the file has: libbpf may take them to be somewhere else */
	bool shared_page; /* the page of a semaphore in the file is mapped to be written to by another segment too */
	struct usdt_site sites[PROBES_COUNT]; /* by enum probe */
};

/*
 * Which probes of the provider a file has. 0 or -errno: -ENOEXEC: not an ELF file of this machine; -EBADMSG: its notes
 * cannot be trusted, and *why gets the reason. Each probe must be at a one-byte nop in an executable segment, at the start
 * of an instruction as far as can be told; each semaphore aligned, 0 in the file, in a segment that is written to and
 * not executed.
 */
int usdt_probes_in(const char *path, struct usdt_probes *probes, struct text *why);

#endif
