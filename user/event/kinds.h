/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each kind of event is, from the tables bpf/kinds.def and bundle/observe/probes.def: its word, its layer, and of
 * a probe its arguments. Everything that shows or chooses events by their kind asks here.
 */
#ifndef USER_EVENT_KINDS_H
#define USER_EVENT_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"

/* What a number is, and so how it is written. */
enum field_type {
	FIELD_COUNT,
	FIELD_BYTES,
	FIELD_OFFSET, /* in the bundle's file, bytes */
	FIELD_SIZE,   /* of the model, bytes */
	FIELD_NS,     /* how long the event took */
	FIELD_ERRNO,
	FIELD_CAUSE, /* from here on: has a word (kind_field_word) */
	FIELD_SOURCE,
	FIELD_REASON,
	FIELD_POLICY,
	FIELD_COUNTERS, /* an address in the process: not shown */
	FIELD_TYPES
};

enum field_csv { FIELD_CSV_COLUMN, FIELD_CSV_DETAIL, FIELD_CSV_NONE };

/* One argument of a probe, in the order of struct event_app.args. */
struct kind_field {
	const char *key;  /* in JSON and CSV; "": not shown */
	const char *json; /* ,"key": */
	uint8_t json_len;
	uint8_t type; /* enum field_type */
	uint8_t csv;  /* enum field_csv */
};

/* What the string of a probe is. */
enum kind_subject { SUBJECT_NONE, SUBJECT_MODEL, SUBJECT_PATH, SUBJECT_LABEL };

/* What a record is good for. */
enum kind_role {
	ROLE_UNKNOWN, /* no kind has this number */
	ROLE_SHOWN,   /* an event of the timeline */
	ROLE_TABLES,  /* feeds the tables only */
	ROLE_DEFINES, /* describes a file, task, frame or stack that later events refer to; never shown */
	ROLE_RAW,     /* never leaves the reader of the rings */
};

struct kind {
	const char *word; /* open, hit, ... syscall, fork, exec, exit */
	uint8_t layer;    /* enum layer */
	uint8_t role;     /* enum kind_role */
	uint8_t subject;  /* enum kind_subject; below: of probes only */
	uint8_t field_count;
	const struct kind_field *fields;
	const char *text; /* the line after the word: probes.def */
};

/* Static memory. For a number that no kind has: word "unknown", ROLE_UNKNOWN. */
const struct kind *kind_of(unsigned number);

/* The first argument of a type, an index into args; -1: the kind has none. */
int kind_field_of_type(const struct kind *kind, enum field_type type);

/* The word of a number of such a type: demand, pressure, LRU; "unknown" for one that has none. */
const char *field_word(enum field_type type, uint64_t value);

/* The kind of the probe of this name; 0: there is none. */
unsigned kind_of_probe_name(const char *name);

/* The probes that fire with gets and loads (KIND_BIT). */
extern const uint64_t kinds_often;

#endif
