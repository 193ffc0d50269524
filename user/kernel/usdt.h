/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the probes of libpagedbundle in ELF files. These may be hostile: they are read through libelf, and malformed
 * notes are ignored. */
#ifndef USER_KERNEL_USDT_H
#define USER_KERNEL_USDT_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"

#define USDT_PROVIDER "pagedbundle"

/* Where a probe is, as offsets in the file. */
struct usdt_site {
	uint64_t probe, semaphore;
	bool framed; /* its last argument is addressed by the frame pointer */
};

struct usdt_probes {
	uint32_t here;  /* FILTER_APP() bits of the probes that a file has */
	uint32_t plain; /* those of them with one site, and arguments in the registers of a function call */
	struct usdt_site sites[PROBES_COUNT]; /* of the plain probes, by enum probe */
};

/* Which probes of the provider a file has. 0 or -errno (-ENOEXEC: not an ELF file). */
int usdt_probes_in(const char *path, struct usdt_probes *probes);

#endif
