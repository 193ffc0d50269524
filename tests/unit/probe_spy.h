/* SPDX-License-Identifier: BSD-2-Clause */
/* Observes a USDT probe of this program from inside it: a breakpoint at the probe's site. It stays for
 * the rest of the process, which runs this test only; one probe at a time. */
#ifndef TESTS_PROBE_SPY_H
#define TESTS_PROBE_SPY_H

#include <stdbool.h>
#include <stdint.h>

/* Arms a probe of provider pagedbundle. Fails the test if there is no such probe. false: it cannot be
 * observed, because another tracer has armed it, or the processor is not x86-64. */
bool probe_spy(const char *probe);

/* The number of times it has fired since. The breakpoint kills threads that block SIGTRAP. */
unsigned int probe_spy_calls(void);

/* An argument, counted from 0, of a call, counted from 0; up to 16 calls are kept. */
uint64_t probe_spy_argument(unsigned int call, unsigned int argument);

#endif
