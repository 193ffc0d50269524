/* SPDX-License-Identifier: BSD-2-Clause */
#include "events_of.h"

#include "tests/checks.h"
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lines.h"

#define ARRAYS_MAX 32

static cJSON *arrays[ARRAYS_MAX];
static int array_count;

struct run *watch_start(const char *trace, const char *const options[])
{
	struct run *tracer = lines_trace(trace, false, options);
	/* its first line is written after everything else is set up */
	struct stat st = { 0 };
	for (int i = 0; i < 2000 && (stat(trace, &st) || st.st_size == 0); i++)
		usleep(5000);
	ck_assert_int_gt(st.st_size, 0);
	return tracer;
}

static void nothing(void *ctx, const cJSON *event, const char *line)
{
	(void)ctx, (void)event, (void)line;
}

void watch_stop(struct run *tracer)
{
	usleep(50000);
	kill(tracer->pid, SIGINT);
	run_wait(tracer);
	code_is(tracer, 0);
}

const cJSON *watch_summary(const char *trace)
{
	return trace_scan(trace, UINT_MAX, nothing, NULL);
}

const cJSON *watch_end(struct run *tracer, const char *trace)
{
	watch_stop(tracer);
	return watch_summary(trace);
}

struct search {
	char pid[32];
	cJSON *found;
};

static void look(void *ctx, const cJSON *event, const char *line)
{
	struct search *search = ctx;
	(void)event;
	if (!strstr(line, search->pid))
		return;
	cJSON *own = cJSON_Parse(line);
	ck_assert_msg(own != NULL, "not JSON: %s", line);
	cJSON_AddItemToArray(search->found, own);
}

const cJSON *events_of(const char *trace, pid_t pid)
{
	struct search search = { .found = cJSON_CreateArray() };
	ck_assert_int_lt(array_count, ARRAYS_MAX);
	arrays[array_count++] = search.found;
	snprintf(search.pid, sizeof(search.pid), "\"pid\":%d,", (int)pid);
	trace_scan(trace, UINT_MAX, look, &search);
	return search.found;
}

int count_of(const cJSON *events, const char *call)
{
	int count = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, events) count += !call || is_call(event, call);
	return count;
}

static void count_line(void *ctx, const cJSON *event, const char *line)
{
	(void)event, (void)line;
	++*(long *)ctx;
}

long count_lines(const char *trace)
{
	long count = 0;
	trace_scan(trace, UINT_MAX, count_line, &count);
	return count;
}

void watch_free(void)
{
	while (array_count > 0)
		cJSON_Delete(arrays[--array_count]);
	traced_end();
}

const char *copied(const char *program, const char *name)
{
	code_is(RUN("cp", built(program), scratch(name)), 0);
	return scratch(name);
}

/* Moves the semaphores of a program's probes to odd addresses, which the kernel refuses. Only the notes say so: the
 * program itself runs as before. */
static void spoil_notes(const char *program)
{
	static const char name[] = "stapsdt", provider[] = "pagedbundle";
	size_t size;
	char *bytes = (char *)file_text(program, &size), *end = bytes + size, *at = bytes;
	int spoiled = 0;
	while ((at = memmem(at, (size_t)(end - at), name, sizeof(name)))) {
		at += sizeof(name); /* the addresses of probe, base and semaphore, then strings */
		if (end - at > 64 && memcmp(at + 24, provider, sizeof(provider)) == 0) {
			at[16] |= 1;
			spoiled++;
		}
	}
	ck_assert_int_ge(spoiled, 8);
	FILE *file = fopen(program, "r+");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

const char *refused_loader(const char *name)
{
	const char *program = copied("bundle_load", name);
	spoil_notes(program);
	return program;
}

struct run *ready(const char *const argv[], pid_t *pid)
{
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .keys = true, .seconds = 50 });
	run_await(run, "ready ");
	run_await(run, "\n");
	*pid = (pid_t)atoi(strstr(run_said(run), "ready ") + 6);
	ck_assert_int_gt(*pid, 0);
	return run;
}
