/* SPDX-License-Identifier: BSD-2-Clause */
/* The other end of a local socket. */
#ifndef USER_BASE_UNIX_PEER_H
#define USER_BASE_UNIX_PEER_H

#include <sys/types.h>

/* The inode of the socket that the one with this inode is connected to; 0: not known. */
ino_t unix_peer(ino_t ino);

#endif
