/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * safetensors: the length of a JSON object in eight bytes, the object, the tensors' data. The object has a member
 * for each tensor, {"dtype":..., "shape":..., "data_offsets":[begin, end]}, and optionally "__metadata__".
 */
#include "formats.h"
#include "json_members.h"
#include "regions_build.h"

#include <stdlib.h>
#include <string.h>

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

static bool offset_of(const cJSON *json, uint64_t *offset)
{
	if (!cJSON_IsNumber(json) || !(json->valuedouble >= 0 && json->valuedouble <= OFFSET_MAX))
		return false;
	*offset = (uint64_t)json->valuedouble;
	return (double)*offset == json->valuedouble;
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

static bool take_member(void *ctx, const struct json_member *m)
{
	const struct object *o = ctx;
	if (json_key_is(m, "__metadata__"))
		return true;
	if (m->key_end - m->key > JSON_PIECE_MAX || m->value_end - m->value > JSON_PIECE_MAX)
		return header_refuse(o->h, "a name or a tensor of its header is longer than 1048576 bytes");
	if (json_has_zero(m->key, m->key_end))
		return header_refuse(o->h, "a tensor's name has a zero byte");
	cJSON *name = json_piece(m->key, m->key_end), *tensor = json_piece(m->value, m->value_end);
	bool good = add_tensor(o, name, tensor);
	cJSON_Delete(name);
	cJSON_Delete(tensor);
	return good;
}

static bool take_members(struct object *o, const char *at, const char *end)
{
	switch (json_members(at, end, take_member, o)) {
	case JSON_WHOLE:
		return true;
	case JSON_STOPPED:
		return false;
	case JSON_BROKEN:
		break;
	case JSON_FOLLOWED:
		return header_refuse(o->h, "text follows the JSON of its header");
	}
	return header_refuse(o->h, "its header is not JSON");
}

FORMAT_PARSE(safetensors)
{
	uint64_t len = header_u64(h);
	if (len > HEADER_MAX - 8)
		return header_refuse(h, "its header is longer than 100000000 bytes");
	char *json = len > header_left(h) ? NULL : malloc(len + 1);
	if (!json)
		return false;
	struct object object = { h, regions, 8 + len };
	header_take(h, json, len);
	bool good = !h->failed && regions_add_header(regions, "header", 8 + len) &&
		    take_members(&object, json, json + len);
	free(json);
	return good;
}
