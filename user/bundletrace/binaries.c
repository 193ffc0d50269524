/* SPDX-License-Identifier: BSD-2-Clause */
#include "binaries.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/report.h"
#include "command.h"
#include "libraries.h"

#define WORDS_MAX 64
/* What ends a word in a shell's command: what may stand beside a program's name. */
#define WORD_ENDS " \t\n;&|()<>{}'\"`="

static int attach(void *ctx, const char *path)
{
	struct binaries *binaries = ctx;
	int probes = kernel_attach_probes(binaries->kernel, path);
	if (probes > 0)
		binaries->probes += probes;
	if (probes >= 0 || probes == -EEXIST || probes == -ENOENT || binaries->refused)
		return 0;
	binaries->refused = true;
	report("%s: cannot attach the probes: %s (its cache events are missing; %s)", printable(path),
		strerror(-probes),
		probes == -EACCES || probes == -EPERM ? "uprobes need CAP_SYS_ADMIN: run it with sudo"
						      : "--debug tells more");
	return 0;
}

void binaries_add(struct binaries *binaries, const char *program)
{
	libraries_of(program, attach, binaries);
}

void binaries_add_arguments(struct binaries *binaries, char *const arguments[])
{
	int words = 0;
	for (; *arguments; arguments++) {
		char *copy = strdup(*arguments), *save = NULL;
		char *word = copy ? strtok_r(copy, WORD_ENDS, &save) : NULL;
		for (; word && words < WORDS_MAX; word = strtok_r(NULL, WORD_ENDS, &save), words++) {
			char *program = command_search(word);
			if (program)
				binaries_add(binaries, program);
			free(program);
		}
		free(copy);
	}
}

void binaries_add_running(struct binaries *binaries, pid_t pid)
{
	char path[64], *line = NULL;
	size_t size = 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "re");
	while (maps && getline(&line, &size, maps) > 0) {
		unsigned long start, end, inode;
		char executable;
		/* 7f00-7f10 r-xp 00000000 08:01 1234   /lib/x.so */
		if (sscanf(line, "%lx-%lx %*c%*c%c%*c %*x %*x:%*x %lu", &start, &end, &executable, &inode) !=
				4 ||
			executable != 'x' || inode == 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", pid, start, end);
		attach(binaries, path);
	}
	if (maps)
		fclose(maps);
	free(line);
}

void binaries_executed(struct binaries *binaries, uint32_t pid, uint64_t time_ns)
{
	char link[32], path[4096];
	struct timespec now;
	snprintf(link, sizeof(link), "/proc/%u/exe", pid);
	ssize_t len = readlink(link, path, sizeof(path) - 1);
	if (len <= 0)
		return;
	path[len] = '\0';
	if (kernel_knows_binary(binaries->kernel, path))
		return;
	int before = binaries->probes;
	binaries_add(binaries, path);
	if (binaries->probes == before || binaries->late)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	binaries->late = strdup(path);
	binaries->late_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec - time_ns;
}
