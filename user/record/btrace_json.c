/* SPDX-License-Identifier: BSD-2-Clause */
#include "btrace_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "user/base/numbers.h"

/* 64-bit numbers are strings: many JSON readers make a double of a number. */
static void add_number(cJSON *object, const char *name, uint64_t v)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, v);
	cJSON_AddStringToObject(object, name, text);
}

static uint64_t get_number(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
	uint64_t v = 0;
	if (cJSON_IsString(item))
		number_whole(item->valuestring, &v);
	return v;
}

/* Deletes the object. */
static char *text_of(cJSON *object)
{
	char *text = object ? cJSON_PrintUnformatted(object) : NULL;
	cJSON_Delete(object);
	return text;
}

static void add_strings(cJSON *object, const char *name, const char *const *words)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);
	for (; array && words && *words; words++)
		cJSON_AddItemToArray(array, cJSON_CreateString(*words));
}

/* ---- writing ---- */

/* What was not observed of files, and why. */
static void add_facts(cJSON *head, const struct file_facts *facts)
{
	cJSON *object = cJSON_AddObjectToObject(head, "files_not_seen");
	for (unsigned i = 0; object && i < FILE_FACTS; i++)
		if (facts->unseen[i])
			cJSON_AddStringToObject(object, file_fact_key(i), facts->unseen[i]);
}

char *btrace_head_text(const struct run_start *start, bool timed)
{
	cJSON *head = cJSON_CreateObject();
	cJSON_AddStringToObject(head, "version", VERSION);
	cJSON_AddStringToObject(head, "machine", "x86_64");
	add_number(head, "start_time_ns", (uint64_t)start->start_time_ns);
	add_number(head, "clock_offset_ns", (uint64_t)start->clock_offset_ns);
	cJSON_AddBoolToObject(head, "timed", timed);
	if (start->command)
		add_strings(head, "command", start->command);
	if (start->facts)
		add_facts(head, start->facts);
	return text_of(head);
}

static void add_calls(cJSON *end, const struct call_count *calls)
{
	cJSON *array = calls ? cJSON_AddArrayToObject(end, "calls") : NULL;
	for (unsigned nr = 0; array && nr < SYSCALL_MAX; nr++) {
		if (calls[nr].calls == 0)
			continue;
		cJSON *row = cJSON_CreateObject();
		cJSON_AddNumberToObject(row, "nr", nr);
		add_number(row, "calls", calls[nr].calls);
		add_number(row, "errors", calls[nr].errors);
		add_number(row, "total_ns", calls[nr].total_ns);
		add_number(row, "max_ns", calls[nr].max_ns);
		cJSON_AddItemToArray(array, row);
	}
}

static void add_lost(cJSON *end, const uint64_t lost[EVENT_KINDS][LOST_CAUSES])
{
	cJSON *array = cJSON_AddArrayToObject(end, "lost");
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		for (unsigned cause = 0; cause < LOST_CAUSES; cause++) {
			if (!lost[kind][cause])
				continue;
			cJSON *row = cJSON_CreateObject();
			cJSON_AddNumberToObject(row, "kind", kind);
			cJSON_AddNumberToObject(row, "cause", cause);
			add_number(row, "events", lost[kind][cause]);
			cJSON_AddItemToArray(array, row);
		}
}

char *btrace_end_text(const struct run_result *result)
{
	cJSON *end = cJSON_CreateObject();
	cJSON_AddBoolToObject(end, "ended", result->ended);
	cJSON_AddNumberToObject(end, "status", result->status);
	add_calls(end, result->calls);
	add_lost(end, result->lost);
	add_strings(end, "notes", result->notes);
	return text_of(end);
}

/* ---- reading: a file may be made to do harm ---- */

/* A JSON array as a list of strings that NULL ends. The strings belong to the JSON, the list to the
 * caller. */
static const char **strings(const cJSON *array)
{
	const cJSON *item;
	size_t count = 0;
	const char **list = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof(*list));
	cJSON_ArrayForEach(item, array) if (list && cJSON_IsString(item)) list[count++] = item->valuestring;
	return list;
}

static void get_facts(const cJSON *json, struct btrace_head *head)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(json, "files_not_seen");
	if (!cJSON_IsObject(object))
		return;
	for (unsigned i = 0; i < FILE_FACTS; i++) {
		const cJSON *why = cJSON_GetObjectItemCaseSensitive(object, file_fact_key(i));
		head->facts.unseen[i] = cJSON_IsString(why) ? why->valuestring : NULL;
	}
	head->start.facts = &head->facts;
}

void btrace_head_read(const cJSON *json, struct btrace_head *head)
{
	const cJSON *command = cJSON_GetObjectItemCaseSensitive(json, "command");
	head->start.command = cJSON_IsArray(command) ? strings(command) : NULL;
	head->start.start_time_ns = (int64_t)get_number(json, "start_time_ns");
	head->start.clock_offset_ns = (int64_t)get_number(json, "clock_offset_ns");
	head->timed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "timed"));
	get_facts(json, head);
}

static struct call_count *get_calls(const cJSON *end)
{
	const cJSON *row, *array = cJSON_GetObjectItemCaseSensitive(end, "calls");
	struct call_count *calls = cJSON_IsArray(array) ? calloc(SYSCALL_MAX, sizeof(*calls)) : NULL;
	cJSON_ArrayForEach(row, array)
	{
		const cJSON *nr = cJSON_GetObjectItemCaseSensitive(row, "nr");
		if (!calls || !cJSON_IsNumber(nr) || nr->valueint < 0 || nr->valueint >= SYSCALL_MAX)
			continue;
		calls[nr->valueint] = (struct call_count){
			.calls = get_number(row, "calls"),
			.errors = get_number(row, "errors"),
			.total_ns = get_number(row, "total_ns"),
			.max_ns = get_number(row, "max_ns"),
		};
	}
	return calls;
}

static void get_lost(const cJSON *end, uint64_t lost[EVENT_KINDS][LOST_CAUSES])
{
	const cJSON *row;
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(end, "lost"))
	{
		const cJSON *kind = cJSON_GetObjectItemCaseSensitive(row, "kind");
		const cJSON *cause = cJSON_GetObjectItemCaseSensitive(row, "cause");
		if (cJSON_IsNumber(kind) && cJSON_IsNumber(cause) && kind->valueint >= 0 &&
			kind->valueint < EVENT_KINDS && cause->valueint >= 0 && cause->valueint < LOST_CAUSES)
			lost[kind->valueint][cause->valueint] = get_number(row, "events");
	}
}

void btrace_end_read(const cJSON *end, struct run_result *result)
{
	const cJSON *status = cJSON_GetObjectItemCaseSensitive(end, "status");
	result->ended = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(end, "ended"));
	result->status = cJSON_IsNumber(status) ? status->valueint : 0;
	result->calls = get_calls(end);
	get_lost(end, result->lost);
	result->notes = strings(cJSON_GetObjectItemCaseSensitive(end, "notes"));
}
