/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline, or its tables, for spreadsheets and scripts: RFC 4180, as docs/formats.md describes it. */
#ifndef USER_SINK_CSV_SINK_H
#define USER_SINK_CSV_SINK_H

#include "user/event/sink.h"

enum csv_form {
	CSV_EVENTS, /* a record for each event, then for each kind and cause of lost events */
	CSV_TABLES, /* a record for each system call, bundle and model, then for the lost events */
};

/* The caller owns `out`. NULL: out of memory. */
struct sink *csv_sink_new(struct out *out, enum csv_form form);

#endif
