/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes of libpagedbundle in ELF files. The files are hostile: read through libelf, refused where they
 * do not fit. */
#ifndef BUNDLETRACE_USDT_H
#define BUNDLETRACE_USDT_H

#include <stdint.h>

#define USDT_PROVIDER "pagedbundle"

/* The probe's name of a cache event, as in docs/usdt.md. */
const char *usdt_probe_name(unsigned kind);

/* Which probes of the provider a file has, as FILTER_APP() bits; 0: none; -errno (-ENOEXEC: not an ELF file).
 */
int64_t usdt_probes_in(const char *path);

#endif
