/* SPDX-License-Identifier: BSD-2-Clause */
#include "binaries.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/base/process_maps.h"
#include "user/base/report.h"
#include "user/base/text.h"
#include "user/kernel/attach.h"
#include "libraries.h"

#define REFUSED_REPORTED 8 /* a line each */

static const char *advice(int err)
{
	if (err == -EBADMSG)
		return "link it again, or trace it without cache events: -e app=none";
	return err == -EACCES || err == -EPERM
		       ? "uprobes need CAP_PERFMON, or CAP_SYS_ADMIN: run it with sudo"
		       : "--debug tells more";
}

/* May run in any thread, so it does not use printable(). */
static void report_refused(const char *path, int err, const struct text *why)
{
	struct text name = { 0 };
	text_escaped(&name, path, strlen(path));
	text_char(&name, '\0');
	report("%s: cannot attach the probes: %.*s (its cache events are missing; %s)",
		name.failed ? "?" : name.data, (int)why->len, why->len ? why->data : "", advice(err));
	text_free(&name);
}

/* `name`: how the user knows the file. Returns when its probes were attached; 0: it has none. */
static uint64_t attach(struct binaries *binaries, const char *path, const char *name)
{
	uint64_t since_ns = 0;
	struct text why = { 0 };
	int probes = attach_file(binaries->kernel, path, &since_ns, &why);
	if (probes > 0)
		binaries->probes += probes;
	if (probes < 0 && probes != -ENOENT && binaries->refused++ < REFUSED_REPORTED)
		report_refused(name, probes, &why);
	text_free(&why);
	return since_ns;
}

void binaries_add_file(struct binaries *binaries, const char *path)
{
	attach(binaries, path, path);
}

static int found(void *ctx, const char *path)
{
	binaries_add_file(ctx, path);
	return 0;
}

void binaries_add(struct binaries *binaries, const char *program)
{
	libraries_of(program, found, binaries);
}

static void note_unseen(struct binaries *binaries, pid_t pid, int err)
{
	if (binaries->unseen.count++ == 0) {
		binaries->unseen.pid = pid;
		binaries->unseen.err = err;
	}
}

static bool is_program_of(pid_t pid, const char *path)
{
	struct stat program, file;
	char exe[32];
	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	return stat(exe, &program) || stat(path, &file) ||
	       (program.st_dev == file.st_dev && program.st_ino == file.st_ino);
}

static void note_late(struct binaries *binaries, const struct code_map *mapping, uint64_t ns, bool library)
{
	struct late *late = &binaries->late;
	late->count++;
	if (binaries->on_late)
		binaries->on_late(binaries->ctx, mapping->pid);
	if (late->path && ns < late->ns)
		return;
	free(late->path);
	late->path = strdup(mapping->path);
	late->ns = ns;
	late->library = library;
}

/* A mapping without a time was there before the trace began. */
static void add_mapping(struct binaries *binaries, const struct code_map *mapping)
{
	struct process_map_file file;
	process_map_file_open(&file, mapping->pid, mapping->start, mapping->end, mapping->path);
	bool library = mapping->time_ns &&
		       !is_program_of(mapping->pid, file.path); /* checked first: the process may end */
	uint64_t since_ns = 0;
	if (file.err)
		note_unseen(binaries, mapping->pid, file.err);
	else
		since_ns = attach(binaries, file.path, mapping->path);
	process_map_file_close(&file);
	if (since_ns && binaries->on_probed)
		binaries->on_probed(binaries->ctx, mapping->pid, mapping->time_ns != 0);
	uint64_t began_ns = binaries->began_ns, from_ns = mapping->time_ns;
	if (from_ns < began_ns)
		from_ns = began_ns;
	if (mapping->time_ns && began_ns && from_ns < since_ns)
		note_late(binaries, mapping, since_ns - from_ns, library);
}

struct running {
	struct binaries *binaries;
	uint64_t since_ns;
	pid_t pid;
};

static bool add_map(void *ctx, const struct process_map *map)
{
	const struct running *running = ctx;
	if (map->executable)
		add_mapping(running->binaries, &(struct code_map){ .time_ns = running->since_ns,
						       .pid = running->pid,
						       .start = map->start,
						       .end = map->end,
						       .path = map->path });
	return true;
}

void binaries_add_running(struct binaries *binaries, pid_t pid, uint64_t since_ns)
{
	int err = process_maps_each(pid, add_map, &(struct running){ binaries, since_ns, pid });
	if (err == -EACCES || err == -EPERM)
		note_unseen(binaries, pid, -EACCES);
}

static void add_one(void *ctx, pid_t pid)
{
	const struct running *running = ctx;
	binaries_add_running(running->binaries, pid, running->since_ns);
}

void binaries_add_traced(struct binaries *binaries, uint64_t since_ns)
{
	kernel_each_traced(binaries->kernel, add_one, &(struct running){ binaries, since_ns, 0 });
}

void binaries_add_mapped(struct binaries *binaries, const struct code_map *mapping)
{
	if (!mapping->pid) /* the process is unknown */
		binaries_add_traced(binaries, mapping->time_ns);
	else if (kernel_traces(binaries->kernel, mapping->pid))
		add_mapping(binaries, mapping);
}
