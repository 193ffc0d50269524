/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations of io_uring: their numbers (enum io_uring_op, also those newer than the machine's headers), and names. */
#ifndef USER_CALLS_URING_OPS_H
#define USER_CALLS_URING_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "user/base/text.h"

/* U(number, name, what): READS and WRITES are about bytes at a place of a file, OPENS returns a descriptor, OTHER any. */
#define URING_OPS(U)                                                                                         \
	U(0, nop, OTHER)                                                                                     \
	U(1, readv, READS)                                                                                   \
	U(2, writev, WRITES)                                                                                 \
	U(3, fsync, OTHER)                                                                                   \
	U(4, read_fixed, READS)                                                                              \
	U(5, write_fixed, WRITES)                                                                            \
	U(6, poll_add, OTHER)                                                                                \
	U(7, poll_remove, OTHER)                                                                             \
	U(8, sync_file_range, OTHER)                                                                         \
	U(9, sendmsg, OTHER)                                                                                 \
	U(10, recvmsg, OTHER)                                                                                \
	U(11, timeout, OTHER)                                                                                \
	U(12, timeout_remove, OTHER)                                                                         \
	U(13, accept, OTHER)                                                                                 \
	U(14, async_cancel, OTHER)                                                                           \
	U(15, link_timeout, OTHER)                                                                           \
	U(16, connect, OTHER)                                                                                \
	U(17, fallocate, OTHER)                                                                              \
	U(18, openat, OPENS)                                                                                 \
	U(19, close, OTHER)                                                                                  \
	U(20, files_update, OTHER)                                                                           \
	U(21, statx, OTHER)                                                                                  \
	U(22, read, READS)                                                                                   \
	U(23, write, WRITES)                                                                                 \
	U(24, fadvise, OTHER)                                                                                \
	U(25, madvise, OTHER)                                                                                \
	U(26, send, OTHER)                                                                                   \
	U(27, recv, OTHER)                                                                                   \
	U(28, openat2, OPENS)                                                                                \
	U(29, epoll_ctl, OTHER)                                                                              \
	U(30, splice, OTHER)                                                                                 \
	U(31, provide_buffers, OTHER)                                                                        \
	U(32, remove_buffers, OTHER)                                                                         \
	U(33, tee, OTHER)                                                                                    \
	U(34, shutdown, OTHER)                                                                               \
	U(35, renameat, OTHER)                                                                               \
	U(36, unlinkat, OTHER)                                                                               \
	U(37, mkdirat, OTHER)                                                                                \
	U(38, symlinkat, OTHER)                                                                              \
	U(39, linkat, OTHER)                                                                                 \
	U(40, msg_ring, OTHER)                                                                               \
	U(41, fsetxattr, OTHER)                                                                              \
	U(42, setxattr, OTHER)                                                                               \
	U(43, fgetxattr, OTHER)                                                                              \
	U(44, getxattr, OTHER)                                                                               \
	U(45, socket, OTHER)                                                                                 \
	U(46, uring_cmd, OTHER)                                                                              \
	U(47, send_zc, OTHER)                                                                                \
	U(48, sendmsg_zc, OTHER)                                                                             \
	U(49, read_multishot, OTHER)                                                                         \
	U(50, waitid, OTHER)                                                                                 \
	U(51, futex_wait, OTHER)                                                                             \
	U(52, futex_wake, OTHER)                                                                             \
	U(53, futex_waitv, OTHER)                                                                            \
	U(54, fixed_fd_install, OTHER)                                                                       \
	U(55, ftruncate, OTHER)                                                                              \
	U(56, bind, OTHER)                                                                                   \
	U(57, listen, OTHER)                                                                                 \
	U(58, recv_zc, OTHER)                                                                                \
	U(59, epoll_wait, OTHER)                                                                             \
	U(60, readv_fixed, READS)                                                                            \
	U(61, writev_fixed, WRITES)                                                                          \
	U(62, pipe, OTHER)

/* Adds read, openat, op_200 for one that has no name. */
void uring_op_text(struct text *t, uint8_t opcode);

/* Whether it reads or writes bytes at a place of a file. */
bool uring_reads(uint8_t opcode);
bool uring_writes(uint8_t opcode);

/* Whether its file is the one that it opened. */
bool uring_opens(uint8_t opcode);

#endif
