/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_members.h"

#include <string.h>

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

/* The end of the string that begins at `at`; NULL: there is none, or it does not end. */
static const char *skip_string(const char *at, const char *end)
{
	if (at == end || *at++ != '"')
		return NULL;
	while (at < end && *at != '"')
		at += *at == '\\' ? 2 : 1;
	return at < end ? at + 1 : NULL;
}

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* The comma or bracket after the value that begins at `at`, which is not checked; NULL: it does not end. */
static const char *skip_value(const char *at, const char *end)
{
	unsigned depth = 0;
	while (at && at < end) {
		if (*at == '"') {
			at = skip_string(at, end);
			continue;
		}
		if (depth == 0 && is_one_of(*at, ",}]"))
			return at;
		if (is_one_of(*at, "{["))
			depth++;
		else if (is_one_of(*at, "}]"))
			depth--;
		at++;
	}
	return NULL;
}

/* Finds the member at *at and moves *at to its end. False: there is none. */
static bool find_member(struct json_member *m, const char **at, const char *end)
{
	m->key = skip_space(*at, end);
	m->key_end = skip_string(m->key, end);
	const char *colon = m->key_end ? skip_space(m->key_end, end) : end;
	if (colon == end || *colon != ':')
		return false;
	m->value = skip_space(colon + 1, end);
	m->value_end = skip_value(m->value, end);
	*at = m->value_end;
	return m->value_end;
}

/* After the last member: only spaces may follow the bracket at `at`. */
static enum json_members end_of(const char *at, const char *end)
{
	if (*at != '}')
		return JSON_BROKEN;
	return skip_space(at + 1, end) == end ? JSON_WHOLE : JSON_FOLLOWED;
}

enum json_members json_members(const char *at, const char *end, json_members_take take, void *ctx)
{
	struct json_member m;
	if (at == end || *at != '{')
		return JSON_BROKEN;
	at = skip_space(at + 1, end);
	if (at < end && *at == '}')
		return end_of(at, end);
	for (;;) {
		if (!find_member(&m, &at, end))
			return JSON_BROKEN;
		if (!take(ctx, &m))
			return JSON_STOPPED;
		if (*at != ',')
			return end_of(at, end);
		at++;
	}
}

cJSON *json_piece(const char *at, const char *end)
{
	const char *parsed = NULL;
	if (end - at > JSON_PIECE_MAX)
		return NULL;
	cJSON *json = cJSON_ParseWithLengthOpts(at, (size_t)(end - at), &parsed, false);
	if (json && skip_space(parsed, end) == end)
		return json;
	cJSON_Delete(json);
	return NULL;
}

bool json_has_zero(const char *at, const char *end)
{
	for (; at < end; at += *at == '\\' ? 2 : 1)
		if (end - at >= 6 && memcmp(at, "\\u0000", 6) == 0)
			return true;
	return false;
}

bool json_key_is(const struct json_member *m, const char *word)
{
	size_t len = strlen(word);
	return (size_t)(m->key_end - m->key) == len + 2 && memcmp(m->key + 1, word, len) == 0;
}
