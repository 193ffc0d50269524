/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of a subcommand, as tables: its options and where each puts its value, its operands (OUT, FILE...)
 * and the error if one is missing. Options and operands may come in any order.
 */
#ifndef USER_BUNDLECTL_COMMAND_LINE_H
#define USER_BUNDLECTL_COMMAND_LINE_H

#include <argp.h>
#include <stdbool.h>

#include "user/packing/build_options.h"

/* Where an option stores its value: `flag` or `text`. */
struct option_value {
	int key; /* in the argp options; 0 ends the table */
	bool *flag;
	const char **text;
	/* Returns NULL if the text is accepted, else the error, which is printed as "TEXT: error". May be NULL. */
	const char *(*refuse)(const char *text);
};

struct operand {
	const char **text;   /* NULL ends the table */
	const char *missing; /* the error if it is not given; NULL: it may be left out */
};

struct command_line {
	const char *args_doc, *doc;        /* as in struct argp */
	const struct argp_option *options; /* the subcommand's own; NULL: none */
	const struct option_value *values; /* of `options` */
	const struct operand *operands;
	const char *surplus;         /* the error for more operands than these... */
	char ***rest;                /* ...unless this takes them, as a part of argv... */
	int *rest_count;             /* ...of this length */
	struct build_options *build; /* takes the options that create, import and convert share; NULL: none */
	/* Called when all is parsed and no operand is missing. Returns an error, or NULL. May be NULL. */
	const char *(*check)(const void *context);
	const void *context; /* for check */
};

/* Parses argv. On an error, and for --help and the like, prints and exits as argp does. */
void command_line_parse(const struct command_line *line, int argc, char **argv);

#endif
