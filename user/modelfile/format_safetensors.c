/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * safetensors: the length of a JSON object in eight bytes, the object, the tensors' data. The object has a member
 * for each tensor, {"dtype":..., "shape":..., "data_offsets":[begin, end]}, and optionally "__metadata__".
 *
 * cJSON would make a tree of the whole object, eighty bytes for each number in it. So the object is cut into its
 * members here, and cJSON parses one at a time.
 */
#include "formats.h"
#include "regions_build.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define MEMBER_MAX 8192 /* bytes; a longer name or tensor is refused */
#define METADATA   "\"__metadata__\""
#define OFFSET_MAX 9007199254740992.0 /* up to here a double holds every integer */

static uint64_t length_of(const unsigned char start[HEADER_START])
{
	uint64_t len = 0;
	for (int i = 7; i >= 0; i--)
		len = len << 8 | start[i];
	return len;
}

FORMAT_IS(safetensors)
{
	uint64_t len = length_of(start);
	return file_size >= 10 && len >= 2 && len <= file_size - 8 && len <= HEADER_MAX - 8 &&
	       start[8] == '{';
}

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

/* Parses a text that is one JSON value; NULL: it is not. */
static cJSON *parse_piece(const char *at, const char *end)
{
	const char *parsed = NULL;
	if (end - at > MEMBER_MAX)
		return NULL;
	cJSON *json = cJSON_ParseWithLengthOpts(at, (size_t)(end - at), &parsed, false);
	if (json && skip_space(parsed, end) == end)
		return json;
	cJSON_Delete(json);
	return NULL;
}

static bool offset_of(const cJSON *json, uint64_t *offset)
{
	if (!cJSON_IsNumber(json) || !(json->valuedouble >= 0 && json->valuedouble <= OFFSET_MAX))
		return false;
	*offset = (uint64_t)json->valuedouble;
	return (double)*offset == json->valuedouble;
}

static bool add_tensor(struct regions *regions, uint64_t data, const cJSON *name, const cJSON *tensor)
{
	const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(tensor, "data_offsets");
	uint64_t begin, end;
	if (!cJSON_IsString(name) || !cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
		!offset_of(cJSON_GetArrayItem(offsets, 0), &begin) ||
		!offset_of(cJSON_GetArrayItem(offsets, 1), &end) || end < begin)
		return false;
	return regions_add(regions, data + begin, end - begin,
		regions_keep_name(regions, name->valuestring, strlen(name->valuestring)));
}

/* Takes one member and moves *at to its end. */
static bool take_member(struct regions *regions, uint64_t data, const char **at, const char *end)
{
	const char *key = skip_space(*at, end), *key_end = skip_string(key, end);
	const char *colon = key_end ? skip_space(key_end, end) : end;
	if (colon == end || *colon != ':')
		return false;
	const char *value = skip_space(colon + 1, end), *value_end = skip_value(value, end);
	if (!value_end)
		return false;
	*at = value_end;
	if (key_end - key == sizeof(METADATA) - 1 && memcmp(key, METADATA, sizeof(METADATA) - 1) == 0)
		return true;
	cJSON *name = parse_piece(key, key_end), *tensor = parse_piece(value, value_end);
	bool good = add_tensor(regions, data, name, tensor);
	cJSON_Delete(name);
	cJSON_Delete(tensor);
	return good;
}

static bool take_members(struct regions *regions, uint64_t data, const char *at, const char *end)
{
	at = skip_space(at + 1, end); /* after the { */
	if (at < end && *at == '}')
		return true;
	while (take_member(regions, data, &at, end)) {
		if (*at != ',')
			return *at == '}' && skip_space(at + 1, end) == end;
		at++;
	}
	return false;
}

FORMAT_PARSE(safetensors)
{
	uint64_t len = header_u64(h);
	if (len > header_left(h))
		return false;
	char *json = malloc(len + 1);
	if (!json)
		return false;
	header_take(h, json, len);
	bool good = !h->failed && regions_add_header(regions, "header", 8 + len) &&
		    take_members(regions, 8 + len, json, json + len);
	free(json);
	return good;
}
