// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The app layer: the probes of libpagedbundle. */
#include "app.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define APP_PROBE(name, kind, named, args)                                                                   \
	SEC("usdt")                                                                                          \
	int app_##name(struct pt_regs *ctx)                                                                  \
	{                                                                                                    \
		return app_event(ctx, kind, named, args);                                                    \
	}

APP_PROBES(APP_PROBE)
