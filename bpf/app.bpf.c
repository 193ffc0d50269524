// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The app layer: one program for each USDT probe of libpagedbundle. */
#include "app.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define APP_PROBE(ID, name, subject, rate, text, string)                                                     \
	SEC("usdt")                                                                                          \
	int app_##name(struct pt_regs *ctx)                                                                  \
	{                                                                                                    \
		return app_event(ctx, EVENT_APP_##ID, NAMED_##subject, APP_NUMBERS(ID));                     \
	}

PROBES(APP_PROBE)
