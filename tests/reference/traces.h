/* SPDX-License-Identifier: BSD-2-Clause */
/* Fixed sequences of accesses that distinguish policies, the same on every machine. */
#ifndef TESTS_TRACES_H
#define TESTS_TRACES_H

enum { TRACE_MODELS = 256, TRACE_LENGTH = 12000 };

enum trace_kind {
	TRACE_ZIPF,   /* model of rank r with weight 1/r */
	TRACE_SCAN,   /* 32 hot models, and regularly 96 others, once each */
	TRACE_LOOP,   /* 160 models in turn */
	TRACE_PHASES, /* zipf, and in the second half zipf with other popular models */
	TRACES
};

struct trace {
	const char *name;
	int models[TRACE_LENGTH];
};

void trace_fill(struct trace *trace, enum trace_kind kind);

#endif
