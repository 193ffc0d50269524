/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl: makes, converts, lists, verifies, extracts and replays .apbundle files. */
#include <argp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/report.h"
#include "user/base/suggest.h"
#include "bundle/pagedbundle.h"
#include "commands.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	char *full_name; /* argv[0] of the subcommand: the name in its messages and --help */
	const char *summary;
} commands[] = {
	{ "create", create_main, "bundlectl create", "make a bundle of files" },
	{ "import", import_main, "bundlectl import",
		"make a bundle of a folder, a safetensors or a GGUF file" },
	{ "convert", convert_main, "bundlectl convert",
		"write a bundle anew: plain, extended or compressed" },
	{ "list", list_main, "bundlectl list", "what is in a bundle" },
	{ "verify", verify_main, "bundlectl verify", "read all of a bundle and look for damage" },
	{ "extract", extract_main, "bundlectl extract", "write models out as files" },
	{ "export", export_main, "bundlectl export", "write a bundle out as a folder, safetensors or GGUF" },
	{ "replay", replay_main, "bundlectl replay",
		"run an access script on the cache and print what happens" },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static int help(void)
{
	printf("Usage: bundlectl COMMAND [OPTION...] ARGUMENT...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].summary);
	printf("\nbundlectl COMMAND --help tells more; bundlectl --version prints the version.\n");
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int unknown(const char *given)
{
	struct suggestion near = { .given = given, .given_len = strlen(given) };
	for (size_t i = 0; i < COMMANDS; i++)
		suggest_try(&near, commands[i].name);
	if (near.best)
		report("%s: no such command (did you mean %s?)", printable(given), near.best);
	else
		report("%s: no such command (bundlectl --help lists them)", printable(given));
	return EXIT_USAGE;
}

/* A file must not get the number of a standard stream that is closed: messages would be written into it. What is written
 * to the replacement fails. */
static void keep_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	keep_standard_streams();
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
	report_program("bundlectl");
	argp_err_exit_status = EXIT_USAGE;
	if (argc < 2) {
		report("no command given (bundlectl --help lists them)");
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0 || strcmp(argv[1], "help") == 0)
		return help();
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("bundlectl %s\n", pb_version());
		return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			argv[1] = commands[i].full_name;
			return commands[i].run(argc - 1, argv + 1);
		}
	return unknown(argv[1]);
}
