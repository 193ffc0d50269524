/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether all is built with AddressSanitizer or ThreadSanitizer: the runtime makes system calls of its own,
 * not the same in each run, takes memory, and has its own limits and malloc. Tests that hold programs against
 * an exact measure are left out then.
 */
#ifndef TESTS_SANITIZED_H
#define TESTS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
