/* SPDX-License-Identifier: BSD-2-Clause */
#include "same_events.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/checks.h"
#include "tests/sanitized.h"

#define WORDS_MAX 32
#define TASKS_MAX 256
#define FEWEST    20 /* calls of a command: fewer would prove little */

/* A line of strace -f -o: "123 name(args) = result ..." */
struct line {
	int tid, task; /* task: in the order in which they first appear */
	bool skipped;  /* strace gave the result */
	char name[32], result[40];
};

/* The memory of these lives as long as the test's own process. */
struct lines {
	struct line *line;
	int count;
	int tids[TASKS_MAX], tasks;
};

static int task_of(struct lines *lines, int tid)
{
	int task = 0;
	while (task < lines->tasks && lines->tids[task] != tid)
		task++;
	ck_assert_int_lt(task, TASKS_MAX);
	lines->tids[task] = tid;
	lines->tasks += task == lines->tasks;
	return task;
}

/* False for signals, ends of tasks, and calls whose end another line has. */
static bool line_of(const char *text, struct line *line)
{
	size_t len = strcspn(text, "\n");
	char copy[8192], *name;
	snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
	line->tid = (int)strtol(copy, &name, 10);
	name += strspn(name, " ");
	bool resumed = strncmp(name, "<... ", 5) == 0;
	name += resumed ? 5 : 0;
	char *end = strpbrk(name, resumed ? " " : "("), *equals = NULL;
	for (char *at = copy; (at = strstr(at, " = ")); at++)
		equals = at;
	if (!end || !equals || !(isalpha((unsigned char)*name) || *name == '_'))
		return false;
	line->skipped = strstr(equals, "(INJECTED)") != NULL;
	snprintf(line->name, sizeof(line->name), "%.*s", (int)(end - name), name);
	snprintf(line->result, sizeof(line->result), "%.*s", (int)strcspn(equals + 3, " "), equals + 3);
	return true;
}

static struct lines lines_of(const char *path)
{
	struct lines lines = { 0 };
	const char *text = file_text(path, NULL);
	size_t max = 1;
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		max++;
	lines.line = calloc(max, sizeof(*lines.line));
	ck_assert_ptr_nonnull(lines.line);
	for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
		struct line *line = &lines.line[lines.count];
		if (!line_of(at, line))
			continue;
		line->task = task_of(&lines, line->tid);
		lines.count++;
	}
	return lines;
}

static const struct line *next_of(const struct lines *lines, int *at, int task)
{
	while (*at < lines->count && lines->line[*at].task != task)
		++*at;
	return *at < lines->count ? &lines->line[(*at)++] : NULL;
}

/* strace has numbers without a name as they came, in hexadecimal; the kernel takes 32 bits, of one of two tables. */
static void same_name(const cJSON *event, const struct line *line, int at)
{
	char name[40];
	unsigned long long number;
	snprintf(name, sizeof(name), "%s", line->name);
	if (line->skipped)
		snprintf(name, sizeof(name), "syscall_%u", UINT32_MAX);
	else if (sscanf(line->name, "syscall_0x%llx", &number) == 1)
		snprintf(name, sizeof(name), "%s_%u",
			strncmp(str(event, "name"), "syscall32", 9) == 0 ? "syscall32" : "syscall",
			(uint32_t)number);
	ck_assert_msg(
		is_call(event, name), "%d: %s here, and %s in strace", at, str(event, "name"), line->name);
}

/* Addresses of memory, and the process's own id, differ from run to run; errors, and all small numbers,
 * do not. strace gives its results after the kernel's hooks have run: to them there is no such call. */
static void same_result(const cJSON *event, const struct line *line, int at, bool same_run)
{
	if (is_call(event, "set_tid_address"))
		return;
	char *end;
	if (cJSON_IsNull(get(event, "result"))) {
		ck_assert_str_eq(line->result, "?");
		return;
	}
	if (line->skipped) {
		ck_assert_str_eq(str(event, "error"), "ENOSYS");
		return;
	}
	int64_t result = num(event, "result");
	long long theirs = strtoll(line->result, &end, 0);
	ck_assert_msg(end != line->result, "%d: %s: strace says %s", at, line->name, line->result);
	if (has(event, "error"))
		result = -1;
	bool is_id = !same_run && theirs > 0 && strstr(" getpid gettid fork vfork clone wait4 ", line->name);
	/* a sanitizer reads /proc/self/maps at its start */
	bool is_map = SANITIZED && !same_run && strcmp(line->name, "read") == 0;
	ck_assert_msg(
		result == theirs || is_id || is_map || (!same_run && result > 1 << 24 && theirs > 1 << 24),
		"%d: %s is %lld here, and %s in strace", at, line->name, (long long)result, line->result);
}

static const cJSON *next_call(const cJSON *event, int tid)
{
	while (event && !(is_event(event, "syscall") && num(event, "tid") == tid))
		event = event->next;
	return event;
}

/* What one task did. `event`: where to begin in the trace. */
static int same_task(const cJSON *event, int tid, const struct lines *lines, int task, bool same_run)
{
	int at = 0, count = 0;
	const struct line *line;
	while ((line = next_of(lines, &at, task))) {
		event = next_call(event, tid);
		ck_assert_msg(event != NULL, "%d: strace goes on with %s", at, line->name);
		same_name(event, line, at);
		same_result(event, line, at, same_run);
		event = event->next;
		count++;
	}
	event = next_call(event, tid);
	ck_assert_msg(!event, "after strace's end: %s", event ? str(event, "name") : "");
	return count;
}

/* The tasks of a trace, in the order in which they made their first calls. */
static struct lines tasks_of(const struct traced *t)
{
	struct lines tasks = { 0 };
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events) if (is_event(event, "syscall"))
		task_of(&tasks, (int)num(event, "tid"));
	return tasks;
}

/* words, then more; both and the result end with NULL. */
static void join(const char *argv[], const char *const words[], const char *const more[])
{
	int n = 0;
	for (; *words; words++)
		argv[n++] = *words;
	for (; *more; more++)
		argv[n++] = *more;
	argv[n] = NULL;
	ck_assert_int_lt(n, WORDS_MAX);
}

/* Hooks of page faults are skipped on some kernels, which is counted. Those of calls are not. */
static void no_call_is_lost(const struct traced *t)
{
	const cJSON *lost = get(t->summary, "lost.by_kind");
	ck_assert_int_eq(num(t->summary, "lost.total"), has(lost, "file_io") ? num(lost, "file_io") : 0);
}

void same_events(const char *const options[], const char *const command[], int code)
{
	const char *argv[WORDS_MAX], *file = scratch("strace");
	int count = 0;
	join(argv, (const char *const[]){ "strace", "-f", "-o", file, NULL }, command);
	code_is(run_program(argv), code);
	struct lines lines = lines_of(file);
	struct traced t = trace_command(options, command);
	code_is(t.run, code);
	no_call_is_lost(&t);
	struct lines tasks = tasks_of(&t);
	ck_assert_int_eq(tasks.tasks, lines.tasks);
	for (int task = 0; task < lines.tasks; task++)
		count += same_task(t.events->child, tasks.tids[task], &lines, task, false);
	ck_assert_int_gt(count, FEWEST);
}

void same_injected(const char *const options[], const char *const command[])
{
	const char *first[WORDS_MAX], *argv[WORDS_MAX], *file = scratch("strace");
	join(first, (const char *const[]){ "strace", "-f", "-o", file, NULL }, options);
	join(argv, first, command);
	struct traced t = trace_command((const char *const[]){ "-f", NULL }, argv);
	no_call_is_lost(&t);
	struct lines lines = lines_of(file);
	ck_assert_int_gt(lines.count, FEWEST);
	for (int task = 0; task < lines.tasks; task++) {
		/* strace's own child prepares what strace does not show, the exec of the command apart */
		const cJSON *event = next_call(t.events->child, lines.tids[task]);
		while (task == 0 && event && !(is_call(event, "execve") && num(event, "result") == 0))
			event = next_call(event->next, lines.tids[task]);
		same_task(event, lines.tids[task], &lines, task, true);
	}
}
