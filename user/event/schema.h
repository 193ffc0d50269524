/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef USER_EVENT_SCHEMA_H
#define USER_EVENT_SCHEMA_H

#define TRACE_SCHEMA "bundletrace-trace/1" /* the "schema" of what json_sink writes */

/* The text of docs/bundletrace-trace.schema.json: what bundletrace --json-schema prints. */
extern const char trace_schema[];

#endif
