/* SPDX-License-Identifier: BSD-2-Clause */
/* A small number for the calling thread, its own while it lives; from the 64th thread on they share them. */
#ifndef BUNDLE_BASE_THREAD_ID_H
#define BUNDLE_BASE_THREAD_ID_H

#include <stdint.h>

#define THREAD_IDS 64

/* 0: not taken yet. The fast form of access: four bytes fit where libraries that are loaded later find room
 * too. */
extern _Thread_local uint32_t thread_id_plus_1
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

uint32_t thread_id_take(void);

static inline uint32_t thread_id(void)
{
	uint32_t id = thread_id_plus_1;
	return __builtin_expect(id != 0, 1) ? id - 1 : thread_id_take();
}

/* In a forked child only the calling thread lives on. */
void thread_id_after_fork(void);

#endif
