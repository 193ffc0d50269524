/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands, one file command_NAME.c each. Each takes its own name and arguments as argv, like a main(), and
 * returns the exit status: EXIT_SUCCESS, EXIT_FAILURE or EXIT_USAGE, with the reason on stderr. */
#ifndef USER_BUNDLECTL_COMMANDS_H
#define USER_BUNDLECTL_COMMANDS_H

int create_main(int argc, char **argv);
int import_main(int argc, char **argv);
int convert_main(int argc, char **argv);
int export_main(int argc, char **argv);
int list_main(int argc, char **argv);
int verify_main(int argc, char **argv);
int extract_main(int argc, char **argv);
int replay_main(int argc, char **argv);

#endif
