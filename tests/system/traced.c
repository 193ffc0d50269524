/* SPDX-License-Identifier: BSD-2-Clause */
#include "traced.h"

#include "tests/checks.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 64
#define DOCS_MAX 64

/* Reachable until traced_end(), so that a failed test leaks nothing. */
static cJSON *docs[DOCS_MAX];
static int docs_count;

static cJSON *parse(const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *json = cJSON_ParseWithLengthOpts(text, len, &end, false);
	ck_assert_msg(json != NULL, "not JSON: %.*s ... at %.200s", 400, text, end ? end : "");
	while (end < text + len && (*end == '\n' || *end == ' '))
		end++;
	ck_assert_msg(end == text + len, "more than one document: %.200s", end);
	ck_assert_int_lt(docs_count, DOCS_MAX);
	docs[docs_count++] = json;
	return json;
}

void traced_end(void)
{
	while (docs_count > 0)
		cJSON_Delete(docs[--docs_count]);
	harness_end();
}

static struct traced document(struct run *run, const char *text, size_t len)
{
	struct traced t = { .run = run, .json = parse(text, len) };
	t.events = get(t.json, "events");
	t.summary = get(t.json, "summary");
	return t;
}

struct traced traced_of(struct run *run)
{
	return document(run, run->out, run->out_len);
}

struct traced traced_file(struct run *run, const char *path)
{
	size_t len;
	const char *text = file_text(path, &len);
	return document(run, text, len);
}

const cJSON *traced_json(struct run *run)
{
	return parse(run->out, run->out_len);
}

struct traced trace_command(const char *const options[], const char *const command[])
{
	const char *argv[ARGS_MAX] = { built("bundletrace"), "--format", "json" };
	int n = 3;
	for (; *options; options++)
		argv[n++] = *options;
	argv[n++] = "--";
	for (; *command; command++)
		argv[n++] = *command;
	ck_assert_int_lt(n, ARGS_MAX);
	return traced_of(run_program(argv));
}

/* ---- fields ---- */

const cJSON *get(const cJSON *json, const char *path)
{
	const cJSON *at = json;
	for (const char *rest = path; at && rest; rest = strchr(rest, '.') ? strchr(rest, '.') + 1 : NULL) {
		char key[64];
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(rest, "."), rest);
		at = cJSON_GetObjectItemCaseSensitive(at, key);
	}
	ck_assert_msg(at != NULL, "no %s in %.500s", path, cJSON_PrintUnformatted(json));
	return at;
}

bool has(const cJSON *json, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(json, key) != NULL;
}

int64_t num(const cJSON *json, const char *path)
{
	const cJSON *value = get(json, path);
	ck_assert_msg(cJSON_IsNumber(value), "%s is no number", path);
	return (int64_t)value->valuedouble;
}

const char *str(const cJSON *json, const char *path)
{
	const cJSON *value = get(json, path);
	ck_assert_msg(cJSON_IsString(value) || cJSON_IsNull(value), "%s is no string", path);
	return cJSON_GetStringValue(value);
}

static bool field_is(const cJSON *json, const char *key, const char *expected)
{
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
	return value && strcmp(value, expected) == 0;
}

bool is_event(const cJSON *event, const char *name)
{
	return field_is(event, "event", name);
}

bool is_call(const cJSON *event, const char *name)
{
	return is_event(event, "syscall") && (!name || field_is(event, "name", name));
}

int64_t arg_num(const cJSON *call, int index)
{
	const cJSON *arg = cJSON_GetArrayItem(get(call, "args"), index);
	ck_assert_msg(cJSON_IsNumber(arg), "argument %d of %s is no number", index, str(call, "name"));
	return (int64_t)arg->valuedouble;
}

const char *file_path(const cJSON *call)
{
	return has(call, "file") ? str(call, "file.path") : NULL;
}

int64_t count_calls(const struct traced *t, const char *name)
{
	int64_t count = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events) count += is_call(event, name) && !has(event, "unfinished");
	return count;
}

int64_t count_events(const struct traced *t, const char *name)
{
	int64_t count = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events) count += is_event(event, name);
	return count;
}

/* ---- the whole trace ---- */

static void counts_agree(const struct traced *t)
{
	const cJSON *counts = get(t->summary, "syscall_counts"), *count;
	int64_t total = 0;
	cJSON_ArrayForEach(count, counts)
	{
		ck_assert_msg(count_calls(t, count->string) == (int64_t)count->valuedouble,
			"%s: %.0f counted, %lld shown", count->string, count->valuedouble,
			(long long)count_calls(t, count->string));
		total += (int64_t)count->valuedouble;
	}
	ck_assert_int_eq(count_calls(t, NULL), total);
	ck_assert_int_eq(num(t->summary, "total_syscalls"), total);
	ck_assert_int_eq(cJSON_GetArraySize(get(t->json, "syscalls")), total);
}

void trace_is_whole(const struct traced *t)
{
	int64_t last = 0, count = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events)
	{
		int64_t time = num(event, "time_ns");
		ck_assert_int_ge(time, last);
		ck_assert(!has(event, "lost_before"));
		last = time;
		count++;
	}
	ck_assert_int_gt(count, 0);
	ck_assert_int_eq(num(t->summary, "total_events"), count);
	ck_assert_int_eq(num(t->summary, "lost.total"), 0);
	counts_agree(t);
}

/* ---- line by line ---- */

static const cJSON *last_line(const char *line, size_t len)
{
	/* of a document: "summary":{...}}; of lines: the object itself */
	bool inside = strncmp(line, "\"summary\":", 10) == 0;
	while (len > 0 && line[len - 1] == '\n')
		len--;
	return inside ? parse(line + 10, len - 11) : parse(line, len);
}

const cJSON *trace_scan(const char *path, unsigned every, each_event each, void *ctx)
{
	FILE *file = fopen(path, "re");
	ck_assert_msg(file != NULL, "cannot read %s", path);
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	uint64_t count = 0;
	const cJSON *summary = NULL;
	while ((len = getline(&line, &cap, file)) > 0) {
		if (strncmp(line, "{\"time_ns\":", 11) == 0) {
			cJSON *event = count++ % every ? NULL : cJSON_ParseWithLength(line, (size_t)len);
			ck_assert_msg(event || (count - 1) % every, "not JSON: %s", line);
			each(ctx, event, line);
			cJSON_Delete(event);
		} else if (strncmp(line, "\"summary\":{", 11) == 0 ||
			   strncmp(line, "{\"event\":\"summary\"", 18) == 0) {
			ck_assert_ptr_null(summary);
			summary = last_line(line, (size_t)len);
		}
	}
	free(line);
	fclose(file);
	ck_assert_msg(summary && count > 0, "%s: no summary or no events", path);
	return summary;
}
