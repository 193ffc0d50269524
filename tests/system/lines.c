/* SPDX-License-Identifier: BSD-2-Clause */
#include "lines.h"

#include "tests/checks.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ARGS_MAX  32
#define LINES_MAX 2000
#define LOOK_US   10000

struct run *lines_trace(const char *trace, bool keys, const char *const options[])
{
	const char *argv[ARGS_MAX] = { built("bundletrace"), "--format", "jsonl", "-o", trace };
	int n = 5;
	for (; *options; options++)
		argv[n++] = *options;
	ck_assert_int_lt(n, ARGS_MAX);
	return run_start(&(struct run_spec){ .argv = argv, .keys = keys, .seconds = 50 });
}

struct run *lines_loader(const char *const argv[])
{
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .keys = true, .seconds = 50 });
	run_await(run, "ready ");
	return run;
}

static bool shows_hit(const char *trace)
{
	return access(trace, R_OK) == 0 && strstr(file_text(trace, NULL), "\"event\":\"hit\"");
}

static void send_line(struct run *loader, int n)
{
	char answer[32];
	run_type(loader, "go on\n");
	snprintf(answer, sizeof(answer), "got %d\n", n);
	run_await(loader, answer);
}

int lines_until_seen(struct run *loader, const char *trace, int more)
{
	int n = 0;
	while (!shows_hit(trace)) {
		ck_assert_int_lt(n, LINES_MAX);
		send_line(loader, ++n);
		usleep(LOOK_US);
	}
	for (int i = 0; i < more; i++)
		send_line(loader, ++n);
	return n;
}

static void note_number(int64_t *number, int64_t value, bool first)
{
	if (first)
		*number = value;
	else if (*number != value)
		*number = -1;
}

static void see(void *ctx, const cJSON *event, const char *line)
{
	struct lines_seen *seen = ctx;
	bool first = seen->pid == 0;
	(void)line;
	note_number(&seen->pid, num(event, "pid"), first);
	note_number(&seen->ns_pid, has(event, "ns_pid") ? num(event, "ns_pid") : 0, first);
	seen->answers += is_call(event, "write") && arg_num(event, 0) == 1;
	if (strcmp(str(event, "layer"), "app") != 0)
		return;
	seen->opens += is_event(event, "open");
	seen->hits += is_event(event, "hit");
	seen->misses += is_event(event, "miss");
	seen->others += !is_event(event, "open") && !is_event(event, "hit") && !is_event(event, "miss");
}

struct lines_seen lines_seen(const char *trace)
{
	struct lines_seen seen = { 0 };
	seen.summary = trace_scan(trace, 1, see, &seen);
	ck_assert_int_eq(num(seen.summary, "lost.total"), 0);
	return seen;
}

const char *lines_note(const cJSON *summary)
{
	const cJSON *notes = get(summary, "notes");
	ck_assert_int_le(cJSON_GetArraySize(notes), 1);
	return notes->child ? notes->child->valuestring : "";
}
