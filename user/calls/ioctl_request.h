/* SPDX-License-Identifier: BSD-2-Clause */
/* The requests of ioctl by name. */
#ifndef USER_CALLS_IOCTL_REQUEST_H
#define USER_CALLS_IOCTL_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "user/base/text.h"

/* Appends the name: TCGETS. Of several for one number, one; an unknown request is taken apart, as the kernel's headers
 * would make it: _IOC(_IOC_READ, 0x12, 0x34, 0x8). */
void ioctl_request_text(struct text *out, uint32_t request);

/* True if the request is known and takes the address of something. */
bool ioctl_takes_pointer(uint64_t request);

#endif
