/* SPDX-License-Identifier: BSD-2-Clause */
#include "chrome_check.h"

#include "tests/checks.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *at(const cJSON *json, const char *key)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, key);
	ck_assert_msg(value != NULL, "no %s in %s", key, cJSON_PrintUnformatted(json));
	return value;
}

static const char *string(const cJSON *json, const char *key)
{
	const cJSON *value = at(json, key);
	ck_assert_msg(cJSON_IsString(value), "%s is no string", key);
	return value->valuestring;
}

static double number(const cJSON *json, const char *key)
{
	const cJSON *value = at(json, key);
	ck_assert_msg(cJSON_IsNumber(value), "%s is no number", key);
	return value->valuedouble;
}

/* Microseconds with a fraction, converted to nanoseconds. */
static int64_t nanoseconds(const cJSON *record, const char *key)
{
	double us = number(record, key);
	ck_assert_msg(us >= 0, "%s is negative", key);
	return llround(us * 1000);
}

static bool is_phase(const cJSON *record, const char *phase)
{
	return strcmp(string(record, "ph"), phase) == 0;
}

static void check_record(const cJSON *record)
{
	static const char *const scopes[] = { "t", "p", "g" };
	number(record, "pid");
	number(record, "tid");
	string(record, "name");
	ck_assert_msg(strlen(string(record, "ph")) == 1 && strchr("XisfCMbe", *string(record, "ph")),
		"phase %s", string(record, "ph"));
	if (is_phase(record, "M")) {
		string(at(record, "args"), "name");
		return;
	}
	nanoseconds(record, "ts");
	string(record, "cat");
	if (is_phase(record, "X"))
		nanoseconds(record, "dur");
	if (is_phase(record, "C"))
		ck_assert(number(at(record, "args"), "bytes") >= 0);
	if (is_phase(record, "i")) {
		int known = 0;
		for (int i = 0; i < 3; i++)
			known += strcmp(string(record, "s"), scopes[i]) == 0;
		ck_assert_int_eq(known, 1);
	}
}

/* ---- slices ---- */

static int by_place(const void *x, const void *y)
{
	const struct slice *a = x, *b = y;
	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return (a->to < b->to) - (a->to > b->to);
}

static void take_slices(struct chrome *chrome)
{
	const cJSON *record;
	chrome->slices = calloc((size_t)cJSON_GetArraySize(chrome->records) + 1, sizeof(*chrome->slices));
	ck_assert_ptr_nonnull(chrome->slices);
	cJSON_ArrayForEach(record, chrome->records)
	{
		check_record(record);
		if (!is_phase(record, "X"))
			continue;
		struct slice *s = &chrome->slices[chrome->slice_count++];
		*s = (struct slice){ .record = record, .name = string(record, "name"), .parent = -1 };
		s->pid = (int64_t)number(record, "pid");
		s->tid = (int64_t)number(record, "tid");
		s->from = nanoseconds(record, "ts");
		s->to = s->from + nanoseconds(record, "dur");
	}
	qsort(chrome->slices, (size_t)chrome->slice_count, sizeof(*chrome->slices), by_place);
}

static void check_nesting(struct chrome *chrome)
{
	int open = -1;
	for (int i = 0; i < chrome->slice_count; i++) {
		struct slice *s = &chrome->slices[i];
		while (open >= 0 &&
			(chrome->slices[open].tid != s->tid || chrome->slices[open].to <= s->from))
			open = chrome->slices[open].parent;
		ck_assert_msg(open < 0 || s->to <= chrome->slices[open].to,
			"%s (%lld to %lld) reaches over the end of %s (%lld to %lld)", s->name,
			(long long)s->from, (long long)s->to, open < 0 ? "" : chrome->slices[open].name,
			open < 0 ? 0LL : (long long)chrome->slices[open].from,
			open < 0 ? 0LL : (long long)chrome->slices[open].to);
		s->parent = open;
		open = i;
	}
}

/* ---- arrows ---- */

/* A slice of this kind that the end of an arrow binds to: one that is open at that time. */
static const struct slice *bound(const struct chrome *chrome, const cJSON *end, const char *kind)
{
	int64_t ts = nanoseconds(end, "ts"), tid = (int64_t)number(end, "tid");
	for (int i = 0; i < chrome->slice_count; i++) {
		const struct slice *s = &chrome->slices[i];
		if (s->tid == tid && s->from <= ts && ts <= s->to &&
			strncmp(s->name, kind, strlen(kind)) == 0)
			return s;
	}
	ck_abort_msg("an arrow without a %s: %s", kind, cJSON_PrintUnformatted(end));
	return NULL;
}

static const cJSON *partner(const cJSON *const *ends, int count, const cJSON *begin)
{
	const cJSON *found = NULL;
	double id = number(begin, "id");
	for (int i = 0; i < count; i++) {
		if (number(ends[i], "id") != id)
			continue;
		ck_assert_msg(!found, "two ends of one arrow");
		found = ends[i];
	}
	ck_assert_msg(found != NULL, "an arrow without an end");
	return found;
}

static void check_arrows(struct chrome *chrome)
{
	static const char *const same[] = { "bundle", "offset", "size", "model" };
	const cJSON *record;
	int count = 0;
	const cJSON **ends = calloc((size_t)cJSON_GetArraySize(chrome->records) + 1, sizeof(*ends));
	ck_assert_ptr_nonnull(ends);
	cJSON_ArrayForEach(record, chrome->records)
	{
		if (is_phase(record, "f"))
			ends[count++] = record;
	}
	cJSON_ArrayForEach(record, chrome->records)
	{
		if (!is_phase(record, "s"))
			continue;
		const cJSON *end = partner(ends, count, record);
		const struct slice *miss = bound(chrome, record, "miss "),
				   *load = bound(chrome, end, "load ");
		ck_assert_str_eq(string(end, "bp"), "e");
		ck_assert_str_eq(string(end, "name"), string(record, "name"));
		ck_assert_str_eq(string(end, "cat"), string(record, "cat"));
		ck_assert_int_le(miss->from, load->from);
		for (int i = 0; i < 4; i++)
			ck_assert(cJSON_Compare(at(at(miss->record, "args"), same[i]),
				at(at(load->record, "args"), same[i]), true));
		chrome->arrows++;
	}
	ck_assert_int_eq(count, chrome->arrows);
	free(ends);
}

struct chrome chrome_check(const cJSON *json)
{
	struct chrome chrome = { .records = at(json, "traceEvents") };
	ck_assert_str_eq(string(json, "displayTimeUnit"), "ns");
	ck_assert(cJSON_IsArray(chrome.records) && cJSON_IsObject(at(json, "otherData")));
	take_slices(&chrome);
	check_nesting(&chrome);
	check_arrows(&chrome);
	return chrome;
}

void chrome_free(struct chrome *chrome)
{
	free(chrome->slices);
}

int chrome_count(const struct chrome *chrome, const char *phase, const char *name)
{
	const cJSON *record;
	int count = 0;
	cJSON_ArrayForEach(record, chrome->records) count +=
		is_phase(record, phase) && strncmp(string(record, "name"), name, strlen(name)) == 0;
	return count;
}
