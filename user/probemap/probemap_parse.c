/* SPDX-License-Identifier: BSD-2-Clause */
/* From JSON to a map. A key that is not known is an error: a mistyped one would change what is traced. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "probemap.h"

#define FORMAT "bundletrace-probes"

/* What is read at the moment, for messages. */
struct parse {
	struct text *why;
	unsigned phase; /* from 1; 0: not in a phase */
	bool failed;
};

static bool fail(struct parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first reason counts. Returns false. */
static bool fail(struct parse *p, const char *format, ...)
{
	char reason[256];
	va_list args;
	if (p->failed)
		return false;
	p->failed = true;
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	if (p->phase)
		text_printf(p->why, "phase %u: ", p->phase);
	text_escaped(p->why, reason, strlen(reason));
	return false;
}

static bool known_keys(struct parse *p, const cJSON *object, const char *const *keys)
{
	const cJSON *member;
	if (!cJSON_IsObject(object))
		return fail(p, "not an object");
	cJSON_ArrayForEach(member, object)
	{
		unsigned i = 0;
		while (keys[i] && strcmp(keys[i], member->string) != 0)
			i++;
		if (!keys[i])
			return fail(p, "unknown key %.60s", member->string);
		if (cJSON_GetObjectItemCaseSensitive(object, member->string) != member)
			return fail(p, "%.60s is there twice", member->string);
	}
	return true;
}

/* The string of a key: NULL where there is none (*ok stays), or where it is none (*ok: false). */
static const char *string_of(struct parse *p, const cJSON *object, const char *key, bool *ok)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
	if (!member)
		return NULL;
	size_t len = cJSON_IsString(member) ? strlen(member->valuestring) : 0;
	if (len > 0 && len <= PROBEMAP_SYMBOL_MAX)
		return member->valuestring;
	*ok = fail(p, "%s: not a string of 1 to %d bytes", key, PROBEMAP_SYMBOL_MAX);
	return NULL;
}

/* A name that tables and documents show. */
static bool take_name(struct parse *p, const cJSON *object, char **name)
{
	bool ok = true;
	const char *string = string_of(p, object, "name", &ok);
	if (!ok)
		return false;
	if (!string)
		return fail(p, "no name");
	size_t len = strlen(string);
	if (len > PHASE_NAME_MAX || strspn(string, PHASE_NAME_CHARACTERS) != len)
		return fail(p, "name %.80s: not 1 to %d letters, digits and _.+-", string, PHASE_NAME_MAX);
	*name = strdup(string);
	return *name != NULL || fail(p, "out of memory");
}

static bool take_files(struct parse *p, const cJSON *object, char ***files, unsigned *count)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "files"), *file;
	int size = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
	if (!list)
		return true;
	if (size < 1 || size > PROBEMAP_FILES_MAX)
		return fail(p, "files: not a list of 1 to %d patterns", PROBEMAP_FILES_MAX);
	*files = calloc((size_t)size, sizeof(char *));
	cJSON_ArrayForEach(file, list)
	{
		size_t len = cJSON_IsString(file) ? strlen(file->valuestring) : 0;
		if (len == 0 || len > PROBEMAP_SYMBOL_MAX || strchr(file->valuestring, '/'))
			return fail(p, "files: a pattern is the name of a file, without its folder");
		if (!*files || !((*files)[*count] = strdup(file->valuestring)))
			return fail(p, "out of memory");
		(*count)++;
	}
	return true;
}

/* SYMBOL, or usdt:PROVIDER:NAME. */
static bool take_place(struct parse *p, const cJSON *object, const char *key, struct probe_place *place)
{
	static const char usdt[] = "usdt:";
	bool ok = true;
	const char *string = string_of(p, object, key, &ok);
	if (!ok || !string)
		return ok;
	place->kind = PLACE_FUNCTION;
	if (strncmp(string, usdt, strlen(usdt)) == 0) {
		const char *provider = string + strlen(usdt), *colon = strchr(provider, ':');
		if (!colon || colon == provider || !colon[1])
			return fail(p, "%s: not usdt:PROVIDER:NAME", key);
		place->kind = PLACE_USDT;
		place->provider = strndup(provider, (size_t)(colon - provider));
		string = colon + 1;
	}
	for (const char *c = string; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
			return fail(p, "%s: no symbol has spaces or control characters", key);
	if (string[strspn(string, "*_")] == '\0')
		return fail(p, "%s: this pattern would fit every symbol", key);
	place->name = strdup(string);
	return (place->name && (place->kind != PLACE_USDT || place->provider)) || fail(p, "out of memory");
}

static bool take_bool(struct parse *p, const cJSON *object, const char *key, bool *given, bool *value)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
	*given = member != NULL;
	*value = cJSON_IsTrue(member);
	return !member || cJSON_IsBool(member) || fail(p, "%s: not true or false", key);
}

/* ---- arguments ---- */

static bool take_at(
	struct parse *p, const cJSON *object, const struct probe_phase *phase, struct probe_arg *arg)
{
	bool ok = true;
	const char *at = string_of(p, object, "at", &ok);
	if (!ok)
		return false;
	if (at && strcmp(at, "done") != 0 && strcmp(at, "start") != 0)
		return fail(p, "%s: at is start or done", arg->name);
	arg->at_done = at && strcmp(at, "done") == 0;
	if (arg->at_done && phase->done.kind == PLACE_NONE)
		return fail(p, "%s: only a phase with a done has arguments there", arg->name);
	return true;
}

static bool take_number(
	struct parse *p, const cJSON *object, const struct probe_phase *phase, struct probe_arg *arg)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, "arg");
	const struct probe_place *place = arg->at_done ? &phase->done : &phase->start;
	bool usdt = place->kind == PLACE_USDT;
	int most = usdt ? PROBEMAP_ARG_MAX : PROBEMAP_FUNCTION_ARGS;
	if (!cJSON_IsNumber(number) || number->valuedouble != number->valueint || number->valueint == 0 ||
		number->valueint > most || number->valueint < (usdt ? -most : 1))
		return fail(p, "%s: arg is a number from 1 to %d%s", arg->name, most,
			usdt ? ", or from the last one, -1, on" : "");
	arg->number = number->valueint;
	return true;
}

static bool take_arg(
	struct parse *p, const cJSON *object, const struct probe_phase *phase, struct probe_arg *arg)
{
	static const char *const keys[] = { "name", "arg", "at", "type", NULL };
	bool ok = known_keys(p, object, keys) && take_name(p, object, &arg->name) &&
		  take_at(p, object, phase, arg) && take_number(p, object, phase, arg);
	const char *type = ok ? string_of(p, object, "type", &ok) : NULL;
	arg->type = type ? (uint8_t)phase_type_of(type) : PHASE_S64;
	return ok && (arg->type != PHASE_NONE ||
			     fail(p, "%s: type is u8 to u64, s8 to s64, bool or pointer", arg->name));
}

static bool take_args(struct parse *p, const cJSON *object, struct probe_phase *phase)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "args"), *arg;
	if (list && (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > PHASE_ARGS))
		return fail(p, "args: not a list of at most %d", PHASE_ARGS);
	cJSON_ArrayForEach(arg, list)
	{
		struct probe_arg *to = &phase->args[phase->arg_count++];
		if (!take_arg(p, arg, phase, to))
			return false;
		for (unsigned i = 0; i + 1 < phase->arg_count; i++)
			if (strcmp(phase->args[i].name, to->name) == 0)
				return fail(p, "%s is there twice", to->name);
	}
	return true;
}

static bool take_string(struct parse *p, const cJSON *object, struct probe_phase *phase)
{
	static const char *const keys[] = { "name", "arg", "at", "type", NULL };
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, "string");
	struct probe_arg *arg = &phase->string;
	if (!member)
		return true;
	bool ok = known_keys(p, member, keys) && take_name(p, member, &arg->name) &&
		  take_at(p, member, phase, arg) && take_number(p, member, phase, arg);
	const char *type = ok ? string_of(p, member, "type", &ok) : NULL;
	arg->object = type && strcmp(type, "std::string") == 0;
	return ok && (!type || arg->object || strcmp(type, "char*") == 0 ||
			     fail(p, "%s: type is char* or std::string", arg->name));
}

static bool take_found(struct parse *p, const cJSON *object, struct probe_phase *phase)
{
	bool ok = true;
	const char *name = string_of(p, object, "found", &ok);
	phase->found = -1;
	for (unsigned i = 0; name && i < phase->arg_count; i++)
		if (strcmp(phase->args[i].name, name) == 0)
			phase->found = (int)i;
	return ok && (!name || phase->found >= 0 || fail(p, "found: %.80s is none of its args", name));
}

/* ---- a phase ---- */

/* Its places, and what its return is. */
static bool take_places(struct parse *p, const cJSON *object, struct probe_phase *phase)
{
	bool given, returns, at = cJSON_HasObjectItem(object, "at"), ok = true;
	if (at == cJSON_HasObjectItem(object, "start") || at == cJSON_HasObjectItem(object, "done"))
		return fail(p, "it has either at, or start and done");
	if (!take_place(p, object, at ? "at" : "start", &phase->start) ||
		!take_place(p, object, "done", &phase->done) ||
		!take_bool(p, object, "return", &given, &returns))
		return false;
	bool function = at && phase->start.kind == PLACE_FUNCTION;
	if (given && !function)
		return fail(p, "return: only a function that stands in at returns");
	phase->returns = !given ? RETURNS_DEFAULT : returns ? RETURNS_YES : RETURNS_NO;
	const char *result = string_of(p, object, "result", &ok);
	if (!ok || !result)
		return ok;
	phase->result = (uint8_t)phase_type_of(result);
	if (phase->result == PHASE_NONE)
		return fail(p, "result is u8 to u64, s8 to s64, bool or pointer");
	return (function && phase->returns != RETURNS_NO) || fail(p, "result: it does not return");
}

static bool take_phase(struct parse *p, const cJSON *object, struct probe_phase *phase)
{
	static const char *const keys[] = { "name", "about", "files", "at", "start", "done", "return",
		"optional", "string", "args", "result", "found", NULL };
	bool given;
	phase->found = -1;
	return known_keys(p, object, keys) && take_name(p, object, &phase->name) &&
	       take_files(p, object, &phase->files, &phase->file_count) && take_places(p, object, phase) &&
	       take_bool(p, object, "optional", &given, &phase->optional) && take_args(p, object, phase) &&
	       take_string(p, object, phase) && take_found(p, object, phase);
}

static bool take_phases(struct parse *p, const cJSON *object, struct probemap *map)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "phases"), *phase;
	int size = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
	if (size < 1 || size > PROBEMAP_PHASES_MAX)
		return fail(p, "phases: not a list of 1 to %d", PROBEMAP_PHASES_MAX);
	map->phases = calloc((size_t)size, sizeof(*map->phases));
	if (!map->phases)
		return fail(p, "out of memory");
	cJSON_ArrayForEach(phase, list)
	{
		struct probe_phase *to = &map->phases[map->count++];
		p->phase = map->count;
		if (!take_phase(p, phase, to))
			return false;
		if (!to->files && !map->files)
			return fail(p, "neither it nor the map says which files it is in");
		for (unsigned i = 0; i + 1 < map->count; i++)
			if (strcmp(map->phases[i].name, to->name) == 0)
				return fail(p, "%s: an earlier phase has this name", to->name);
	}
	p->phase = 0;
	return true;
}

static bool take_map(struct parse *p, const cJSON *object, struct probemap *map)
{
	static const char *const keys[] = { "$schema", "format", "version", "name", "about", "files",
		"phases", NULL };
	bool ok = true;
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(object, "version");
	if (!known_keys(p, object, keys))
		return false;
	const char *format = string_of(p, object, "format", &ok);
	if (!ok || !format || strcmp(format, FORMAT) != 0)
		return fail(p, "format is not " FORMAT);
	if (!cJSON_IsNumber(version) || version->valuedouble != 1)
		return fail(p, "version is not 1");
	return take_name(p, object, &map->name) && take_files(p, object, &map->files, &map->file_count) &&
	       take_phases(p, object, map);
}

static void free_strings(char **strings, unsigned count)
{
	for (unsigned i = 0; strings && i < count; i++)
		free(strings[i]);
	free(strings);
}

static void free_place(struct probe_place *place)
{
	free(place->provider);
	free(place->name);
}

static void free_phase(struct probe_phase *phase)
{
	free(phase->name);
	free_place(&phase->start);
	free_place(&phase->done);
	free_strings(phase->files, phase->file_count);
	for (unsigned i = 0; i < PHASE_ARGS; i++)
		free(phase->args[i].name);
	free(phase->string.name);
}

void probemap_free(struct probemap *map)
{
	if (!map)
		return;
	for (unsigned i = 0; i < map->count; i++)
		free_phase(&map->phases[i]);
	free(map->phases);
	free_strings(map->files, map->file_count);
	free(map->name);
	free(map->path);
	free(map);
}

struct probemap *probemap_parse(const char *json, size_t bytes, struct text *why)
{
	struct parse parse = { .why = why };
	const char *end = NULL;
	if (memchr(json, '\0', bytes)) {
		text_str(why, "not JSON: it has zero bytes");
		return NULL;
	}
	cJSON *object = cJSON_ParseWithLengthOpts(json, bytes, &end, false);
	while (object && end < json + bytes && strchr(" \t\r\n", *end))
		end++;
	struct probemap *map = object && end == json + bytes ? calloc(1, sizeof(*map)) : NULL;
	if (!map)
		text_printf(why, "not JSON, at byte %zu", end ? (size_t)(end - json) : 0);
	else if (!take_map(&parse, object, map)) {
		probemap_free(map);
		map = NULL;
	}
	cJSON_Delete(object);
	return map;
}
