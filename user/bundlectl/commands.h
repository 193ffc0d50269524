/* SPDX-License-Identifier: BSD-2-Clause */
/* What the subcommands share. Each is one file with one entry point, which returns the exit status. */
#ifndef USER_BUNDLECTL_BUNDLECTL_H
#define USER_BUNDLECTL_BUNDLECTL_H

#include <argp.h>

#include "bundle/pagedbundle.h"
#include "user/base/text.h"

int create_main(int argc, char **argv);
int import_main(int argc, char **argv);
int convert_main(int argc, char **argv);
int export_main(int argc, char **argv);
int list_main(int argc, char **argv);
int verify_main(int argc, char **argv);
int extract_main(int argc, char **argv);
int replay_main(int argc, char **argv);

/* Every model of a bundle to a file in a folder, which is made if it is missing. EXIT_SUCCESS, or
 * EXIT_FAILURE and reported. */
int extract_folder(struct pb_paged *p, const char *file, const char *folder, bool force);

/* The arguments of a subcommand that takes one bundle and knows one flag. */
struct bundle_args {
	const char *file;
	bool flag;
	int key; /* of the flag */
};

/* Parses them; on errors, --help and the like it exits as argp does. */
struct bundle_args bundle_args(int argc, char **argv, const struct argp_option options[], const char *doc);

/* One line on stderr about a failed call of the library; returns EXIT_FAILURE. */
int report_bundle(const char *path, int err);

/* Writes a text to stdout and frees it. EXIT_SUCCESS, or EXIT_FAILURE and reported. */
int print_text(struct text *t);

#endif
