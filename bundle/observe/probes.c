/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probe arguments are the functions' own 8-byte parameters, so they sit in plain registers or stack slots:
 * forms that every consumer can parse. Each name is read first, because a tracer cannot fault its page in.
 */
#define _SDT_HAS_SEMAPHORES 1
#define SDT_USE_VARIADIC    1 /* STAP_PROBEV */
#include <sys/sdt.h>

#include "probes.h"

#define DEFINE_SEMAPHORE(ID, name, ...)                                                                      \
	__attribute__((section(".probes"), used)) unsigned short pagedbundle_##name##_semaphore;
PROBES(DEFINE_SEMAPHORE)

/* Exactly one probe site per function: never inlined, never cloned. */
#if defined(__clang__)
#define ONE_SITE __attribute__((noinline))
#else
#define ONE_SITE __attribute__((noipa))
#endif

/* Reads the first byte, on x86-64 without a register, so that the arguments stay in the registers of the
 * calling convention. */
static inline void touch(const char *name)
{
#if defined(__x86_64__)
	__asm__ volatile("testb $0, %0" : : "m"(*name) : "cc");
#else
	(void)*(const volatile char *)name;
#endif
}

#define TOUCH_MODEL touch(name);
#define TOUCH_PATH  touch(name);
#define TOUCH_LABEL touch(name);
#define TOUCH_NONE
#define STRING_MODEL , name
#define STRING_PATH  , name
#define STRING_LABEL , name
#define STRING_NONE
#define ARGUMENT(ID, ARG, parameter, ...) , parameter
#define DEFINE_PROBE(ID, probe, subject, ...)                                                                \
	ONE_SITE PROBE_FUNCTION(ID, probe, subject)                                                          \
	{                                                                                                    \
		TOUCH_##subject STAP_PROBEV(                                                                 \
			pagedbundle, probe, bundle STRING_##subject PROBE_ARGS_##ID(ARGUMENT));              \
	}

PROBES(DEFINE_PROBE)
