/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * safetensors: the length of a JSON object in eight bytes, the object, the tensors' data. The object has a member
 * for each tensor, {"dtype":..., "shape":..., "data_offsets":[begin, end]}, and optionally "__metadata__".
 *
 * cJSON would make a tree of the whole object, sixty-four bytes and more for each number in it. So the object is cut into its
 * members here, and cJSON parses one at a time.
 */
#include "formats.h"
#include "regions_build.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define MEMBER_MAX (1 << 20) /* bytes of a name or tensor: its tree then takes 40 MB at most */
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
	return file_size >= 10 && len >= 2 && len <= file_size - 8 && start[8] == '{';
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

/* Whether a string has an escaped zero byte, at which cJSON would end it. */
static bool has_zero(const char *at, const char *end)
{
	for (; at < end; at += *at == '\\' ? 2 : 1)
		if (end - at >= 6 && memcmp(at, "\\u0000", 6) == 0)
			return true;
	return false;
}

static bool read_offsets(const cJSON *tensor, uint64_t *begin, uint64_t *end)
{
	const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(tensor, "data_offsets");
	return cJSON_IsArray(offsets) && cJSON_GetArraySize(offsets) == 2 &&
	       offset_of(cJSON_GetArrayItem(offsets, 0), begin) &&
	       offset_of(cJSON_GetArrayItem(offsets, 1), end) && *begin <= *end;
}

/* The file's header, and what is known of it so far. */
struct object {
	struct header *h;
	struct regions *regions;
	uint64_t data; /* where offsets count from */
};

static bool add_tensor(const struct object *o, const cJSON *name, const cJSON *tensor)
{
	uint64_t begin, end;
	if (!cJSON_IsString(name) || !tensor)
		return header_refuse(o->h, "its header is not JSON");
	if (!read_offsets(tensor, &begin, &end))
		return header_refuse(o->h, "a tensor of its header has no good data_offsets");
	return regions_add(o->regions, o->data + begin, end - begin,
		regions_keep_name(o->regions, name->valuestring, strlen(name->valuestring)));
}

/* The texts of one member. */
struct member {
	const char *key, *key_end, *value, *value_end;
};

static bool is_metadata(const struct member *m)
{
	return m->key_end - m->key == sizeof(METADATA) - 1 &&
	       memcmp(m->key, METADATA, sizeof(METADATA) - 1) == 0;
}

static bool take_tensor(const struct object *o, const struct member *m)
{
	if (m->key_end - m->key > MEMBER_MAX || m->value_end - m->value > MEMBER_MAX)
		return header_refuse(o->h, "a name or a tensor of its header is longer than 1048576 bytes");
	if (has_zero(m->key, m->key_end))
		return header_refuse(o->h, "a tensor's name has a zero byte");
	cJSON *name = parse_piece(m->key, m->key_end), *tensor = parse_piece(m->value, m->value_end);
	bool good = add_tensor(o, name, tensor);
	cJSON_Delete(name);
	cJSON_Delete(tensor);
	return good;
}

/* Takes one member and moves *at to its end. */
static bool take_member(const struct object *o, const char **at, const char *end)
{
	struct member m = { .key = skip_space(*at, end) };
	m.key_end = skip_string(m.key, end);
	const char *colon = m.key_end ? skip_space(m.key_end, end) : end;
	if (colon == end || *colon != ':')
		return header_refuse(o->h, "its header is not JSON");
	m.value = skip_space(colon + 1, end);
	m.value_end = skip_value(m.value, end);
	if (!m.value_end)
		return header_refuse(o->h, "its header is not JSON");
	*at = m.value_end;
	return is_metadata(&m) || take_tensor(o, &m);
}

/* True if only spaces are left behind the bracket at `at`. */
static bool ends_here(const struct object *o, const char *at, const char *end)
{
	if (*at != '}')
		return header_refuse(o->h, "its header is not JSON");
	return skip_space(at + 1, end) == end || header_refuse(o->h, "text follows the JSON of its header");
}

static bool take_members(const struct object *o, const char *at, const char *end)
{
	at = skip_space(at + 1, end); /* after the { */
	if (at < end && *at == '}')
		return ends_here(o, at, end);
	while (take_member(o, &at, end)) {
		if (*at != ',')
			return ends_here(o, at, end);
		at++;
	}
	return false;
}

FORMAT_PARSE(safetensors)
{
	uint64_t len = header_u64(h);
	if (len > HEADER_MAX - 8)
		return header_refuse(h, "its header is longer than 100000000 bytes");
	char *json = len > header_left(h) ? NULL : malloc(len + 1);
	if (!json)
		return false;
	const struct object object = { h, regions, 8 + len };
	header_take(h, json, len);
	bool good = !h->failed && regions_add_header(regions, "header", 8 + len) &&
		    take_members(&object, json, json + len);
	free(json);
	return good;
}
