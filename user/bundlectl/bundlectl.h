/* SPDX-License-Identifier: BSD-2-Clause */
/* What the subcommands share. Each is one file with one entry point, which returns the exit status. */
#ifndef BUNDLECTL_H
#define BUNDLECTL_H

#include <argp.h>

#include "../../bundle/pagedbundle.h"
#include "../common/text.h"

int create_main(int argc, char **argv);
int list_main(int argc, char **argv);
int verify_main(int argc, char **argv);
int extract_main(int argc, char **argv);
int replay_main(int argc, char **argv);

/* One line on stderr about a failed call of the library; returns EXIT_FAILURE. */
int report_bundle(const char *path, int err);

/* Writes a text to stdout and frees it. EXIT_SUCCESS, or EXIT_FAILURE and reported. */
int print_text(struct text *t);

#endif
