/* SPDX-License-Identifier: BSD-2-Clause */
#include "thread_id.h"

#include <pthread.h>
#include <stdbool.h>

_Thread_local uint32_t thread_id_plus_1;

static uint64_t taken;  /* one bit per number */
static uint32_t shared; /* threads beyond the first 64, so far */
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static void give_back(void *id_plus_1)
{
	uint32_t id = (uint32_t)(uintptr_t)id_plus_1 - 1;
	thread_id_plus_1 = 0; /* a later destructor of this thread may use the library again */
	__atomic_fetch_and(&taken, ~(1ull << id), __ATOMIC_RELEASE);
}

static void make_key(void)
{
	has_key = pthread_key_create(&key, give_back) == 0;
}

/* The library may be unloaded (dlclose) while threads go on: their destructors must not call into it. */
__attribute__((destructor)) static void drop_key(void)
{
	if (has_key)
		pthread_key_delete(key);
	has_key = false;
}

static bool take_free(uint32_t *id)
{
	uint64_t seen = __atomic_load_n(&taken, __ATOMIC_RELAXED);
	while (~seen) {
		*id = (uint32_t)__builtin_ctzll(~seen);
		if (__atomic_compare_exchange_n(
			    &taken, &seen, seen | 1ull << *id, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

uint32_t thread_id_take(void)
{
	uint32_t id;
	pthread_once(&once, make_key);
	if (has_key && take_free(&id)) {
		if (pthread_setspecific(key, (void *)(uintptr_t)(id + 1)) != 0)
			__atomic_fetch_and(&taken, ~(1ull << id), __ATOMIC_RELEASE);
	} else {
		id = __atomic_fetch_add(&shared, 1, __ATOMIC_RELAXED) % THREAD_IDS;
	}
	thread_id_plus_1 = id + 1;
	return id;
}

void thread_id_after_fork(void)
{
	uint64_t own = thread_id_plus_1 ? 1ull << (thread_id_plus_1 - 1) : 0;
	__atomic_and_fetch(&taken, own, __ATOMIC_RELAXED);
}
