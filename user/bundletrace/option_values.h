/* SPDX-License-Identifier: BSD-2-Clause */
/* What an option's argument means: functions that read it into struct options. */
#ifndef USER_BUNDLETRACE_OPTION_VALUES_H
#define USER_BUNDLETRACE_OPTION_VALUES_H

#include "options.h"

/* A row of the table of options. */
struct option_row {
	char letter;          /* 0: it has a long name only */
	const char *name;     /* NULL: it has a letter only; without a letter too: a heading */
	const char *argument; /* what --help calls it; NULL: it takes none */
	int group;            /* of --help */
	/* Reads `arg` (NULL where there is no argument). A wrong one ends the program (usage.h). NULL: the
	 * option prints --help. */
	void (*take)(struct options *options, const struct option_row *row, const char *arg);
	size_t field;     /* of struct options, for those functions that take any field of their type */
	const char *help; /* or the text of a heading; NULL: --help does not show it */
};

/* These set the row's field. */
void take_flag(struct options *options, const struct option_row *row, const char *arg);   /* bool */
void take_string(struct options *options, const struct option_row *row, const char *arg); /* const char * */
void take_count(struct options *options, const struct option_row *row, const char *arg);  /* uint64_t */
void take_selected(
	struct options *options, const struct option_row *row, const char *arg); /* selection_list */

/* These set more than one field, or know their own. */
void take_filter(struct options *options, const struct option_row *row, const char *arg);
void take_seconds(struct options *options, const struct option_row *row, const char *arg);
void take_probes(struct options *options, const struct option_row *row, const char *arg);
void take_pids(struct options *options, const struct option_row *row, const char *arg);
void take_cgroup(struct options *options, const struct option_row *row, const char *arg);
void take_comm(struct options *options, const struct option_row *row, const char *arg);
void take_user(struct options *options, const struct option_row *row, const char *arg);
void take_tables_only(struct options *options, const struct option_row *row, const char *arg);
void take_tables(struct options *options, const struct option_row *row, const char *arg);
void take_deep(struct options *options, const struct option_row *row, const char *arg);
void take_parts(struct options *options, const struct option_row *row, const char *arg);
void take_sigma(struct options *options, const struct option_row *row, const char *arg);
void take_source(struct options *options, const struct option_row *row, const char *arg);
void take_stack(struct options *options, const struct option_row *row, const char *arg);
void take_unwind(struct options *options, const struct option_row *row, const char *arg);
void take_folded(struct options *options, const struct option_row *row, const char *arg);
void take_time(struct options *options, const struct option_row *row, const char *arg);
void take_relative_time(struct options *options, const struct option_row *row, const char *arg);
void take_format(struct options *options, const struct option_row *row, const char *arg);
void take_flight(struct options *options, const struct option_row *row, const char *arg);
void take_when(struct options *options, const struct option_row *row, const char *arg);
void take_colour(struct options *options, const struct option_row *row, const char *arg);
void take_ring_size(struct options *options, const struct option_row *row, const char *arg);
void take_overhead(struct options *options, const struct option_row *row, const char *arg);

/* Prints the JSON Schema and ends the program. */
void take_schema(struct options *options, const struct option_row *row, const char *arg);

#endif
