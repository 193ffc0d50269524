/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments are the functions' own parameters, of 8 bytes each: so they are in plain registers or stack
 * slots, the forms that every consumer can read. A name is read here just before, because a tracer cannot
 * fault its page in.
 */
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#include "probes.h"

#define DEFINE_SEMAPHORE(probe)                                                                              \
	__attribute__((section(".probes"), used)) unsigned short pagedbundle_##probe##_semaphore;
PROBES(DEFINE_SEMAPHORE)

/* One site: never inlined, never cloned. */
#if defined(__clang__)
#define ONE_SITE __attribute__((noinline))
#else
#define ONE_SITE __attribute__((noipa))
#endif

/* Reads it, into no register where that can be said: the arguments stay where the call has them, which spares
 * an observer to look for them. */
static inline void touch(const char *name)
{
#if defined(__x86_64__)
	__asm__ volatile("testb $0, %0" : : "m"(*name) : "cc");
#else
	(void)*(const volatile char *)name;
#endif
}

ONE_SITE void probe_open(uint64_t bundle, const char *path, uint64_t models, uint64_t data_offset,
	uint64_t limit, const struct pb_counters *counters)
{
	touch(path);
	STAP_PROBE6(pagedbundle, open, bundle, path, models, data_offset, limit, counters);
}

ONE_SITE void probe_hit(uint64_t bundle, const char *name, uint64_t offset, uint64_t size)
{
	touch(name);
	STAP_PROBE4(pagedbundle, hit, bundle, name, offset, size);
}

ONE_SITE void probe_miss(uint64_t bundle, const char *name, uint64_t offset, uint64_t size)
{
	touch(name);
	STAP_PROBE4(pagedbundle, miss, bundle, name, offset, size);
}

ONE_SITE void probe_load(
	uint64_t bundle, const char *name, uint64_t offset, uint64_t size, uint64_t ns, uint64_t cause)
{
	touch(name);
	STAP_PROBE6(pagedbundle, load, bundle, name, offset, size, ns, cause);
}

ONE_SITE void probe_evict(
	uint64_t bundle, const char *name, uint64_t offset, uint64_t size, uint64_t reason, uint64_t resident)
{
	touch(name);
	STAP_PROBE6(pagedbundle, evict, bundle, name, offset, size, reason, resident);
}

ONE_SITE void probe_prefetch(
	uint64_t bundle, const char *name, uint64_t offset, uint64_t size, uint64_t source)
{
	touch(name);
	STAP_PROBE5(pagedbundle, prefetch, bundle, name, offset, size, source);
}

ONE_SITE void probe_error(uint64_t bundle, const char *name, uint64_t error)
{
	touch(name);
	STAP_PROBE3(pagedbundle, error, bundle, name, error);
}

ONE_SITE void probe_close(uint64_t bundle, uint64_t hits, uint64_t misses, uint64_t evictions,
	uint64_t prefetches, uint64_t bytes_loaded, const struct pb_counters *counters)
{
	STAP_PROBE7(pagedbundle, close, bundle, hits, misses, evictions, prefetches, bytes_loaded, counters);
}

ONE_SITE void probe_policy(
	uint64_t bundle, const char *name, uint64_t from, uint64_t to, uint64_t cost_from, uint64_t cost_to)
{
	touch(name);
	STAP_PROBE6(pagedbundle, policy, bundle, name, from, to, cost_from, cost_to);
}
