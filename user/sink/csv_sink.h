/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline, or its tables, for spreadsheets and scripts: RFC 4180, as docs/formats.md describes it. */
#ifndef USER_SINK_CSV_SINK_H
#define USER_SINK_CSV_SINK_H

#include "user/event/sink.h"

enum csv_form {
	CSV_EVENTS, /* a record for each event, then for each loss */
	CSV_TABLES, /* a record for each system call, bundle, model and loss */
};

/* NULL: out of memory. */
struct sink *csv_sink_new(struct out *out, enum csv_form form);

#endif
