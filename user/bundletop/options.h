/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of bundletop. */
#ifndef USER_BUNDLETOP_OPTIONS_H
#define USER_BUNDLETOP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "part_list.h"

enum top_output { TOP_SCREEN, TOP_TEXT, TOP_JSON };

struct top_options {
	pid_t *pids; /* to be freed; NULL: the whole machine */
	unsigned pid_count;
	const char *cgroup, *bundle; /* NULL: any */
	bool files;                  /* show model files of any loader */
	bool parts;                  /* and their parts: */
	enum parts_of parts_of;      /* layers or tensors */
	enum top_output output;
	double interval, window; /* seconds */
	unsigned long count;     /* of reports; 0: no limit */
	double max_overhead;     /* of a thread's time: 0.01 is 1%; 0: no limit */
	bool debug;
};

/* Parses; on errors, --help and the like it exits as argp does, with status 2 on errors. */
void top_options_parse(struct top_options *options, int argc, char **argv);

#endif
