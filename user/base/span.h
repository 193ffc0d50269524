/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that somebody else owns. */
#ifndef USER_BASE_SPAN_H
#define USER_BASE_SPAN_H

#include <stdbool.h>
#include <stdint.h>

/* The bytes may be anything, including zero bytes and invalid UTF-8. data NULL: there are none. */
struct span {
	const char *data;
	uint32_t len;
	bool cut; /* the beginning of something longer, whose rest was not recorded */
};

#endif
