/* SPDX-License-Identifier: BSD-2-Clause */
/* A small number for each living thread. The first 64 threads have one of their own; more threads share. */
#ifndef BUNDLE_BASE_THREAD_ID_H
#define BUNDLE_BASE_THREAD_ID_H

#include <stdint.h>

#define THREAD_IDS 64

/* 0: not taken yet. The initial-exec model makes access one instruction; its four bytes fit into the static
 * TLS space that is reserved for libraries loaded later. */
extern _Thread_local uint32_t thread_id_plus_1
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Takes a number for the calling thread, which gives it back when it ends. */
uint32_t thread_id_take(void);

/* The calling thread's number, below THREAD_IDS. */
static inline uint32_t thread_id(void)
{
	uint32_t id = thread_id_plus_1;
	return __builtin_expect(id != 0, 1) ? id - 1 : thread_id_take();
}

/* In a forked child, where only the calling thread exists: frees the numbers of all others. */
void thread_id_after_fork(void);

#endif
