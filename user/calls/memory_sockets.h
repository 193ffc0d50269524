/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of sockets' addresses and messages that more than one file prints. Each function appends to `out`. */
#ifndef USER_CALLS_MEMORY_SOCKETS_H
#define USER_CALLS_MEMORY_SOCKETS_H

#include "memory_fields.h"

/* An address of at least two bytes, such as {sa_family=AF_INET, ...}. */
void address_text(struct text *out, struct span address);

/* The bytes of an interface's address: 00:11:22:33:44:55 */
void hardware_text(struct text *out, struct span bytes);

/* struct ucred */
extern const struct field credentials_fields[];

#endif
