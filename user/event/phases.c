/* SPDX-License-Identifier: BSD-2-Clause */
#include "phases.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct phases {
	struct phase_info *all[PHASES_MAX];
};

struct phases *phases_new(void)
{
	return calloc(1, sizeof(struct phases));
}

void phases_free(struct phases *phases)
{
	if (!phases)
		return;
	for (unsigned i = 0; i < PHASES_MAX; i++)
		free(phases->all[i]);
	free(phases);
}

/* Names of phases and arguments have no other characters: they are written into documents as they are. */
static bool are_names(const char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (!strchr(PHASE_NAME_CHARACTERS, at[i]) || !at[i])
			return false;
	return true;
}

/* Bytes of the record's strings; false: they reach past its end, or a number makes no sense. */
static bool measure(const struct event_phase_map *record, size_t *bytes)
{
	const size_t head = offsetof(struct event_phase_map, strings);
	*bytes = 0;
	if (record->head.size < head || record->phase >= PHASES_MAX || record->result >= PHASE_TYPES ||
		record->found > PHASE_ARGS)
		return false;
	for (unsigned i = 0; i < PHASE_ARGS; i++)
		if (record->types[i] >= PHASE_TYPES)
			return false;
	for (unsigned i = 0; i < PHASE_NAMES; i++)
		*bytes += record->string_bytes[i] & STRING_HERE ? record->string_bytes[i] & STRING_LENGTH : 0;
	return *bytes <= record->head.size - head && are_names(record->strings, *bytes);
}

static struct span take(const char **at, uint16_t bytes)
{
	struct span span = { *at, bytes & STRING_LENGTH, bytes & STRING_CUT };
	if (!(bytes & STRING_HERE))
		return (struct span){ 0 };
	*at += span.len;
	return span;
}

static void fill(struct phase_info *info, const struct event_phase_map *record, const char *at)
{
	const uint16_t *bytes = record->string_bytes;
	info->number = record->phase;
	info->result = record->result;
	info->at_done = record->at_done;
	info->map = take(&at, bytes[PHASE_NAME_MAP]);
	info->name = take(&at, bytes[PHASE_NAME]);
	info->string = take(&at, bytes[PHASE_NAME_STRING]);
	for (unsigned i = 0; i < PHASE_ARGS; i++) {
		info->args[i].name = take(&at, bytes[PHASE_NAME_ARGS + i]);
		info->args[i].type = record->types[i];
		if (info->args[i].name.data && info->arg_count == i)
			info->arg_count = i + 1;
	}
	info->found = record->found <= info->arg_count ? (int)record->found - 1 : -1;
}

int phases_learn(struct phases *phases, const struct event_header *head)
{
	const struct event_phase_map *record = (const void *)head;
	size_t bytes;
	if (!measure(record, &bytes))
		return -EBADMSG;
	if (phases->all[record->phase]) /* events point to it */
		return 0;
	struct phase_info *info = calloc(1, sizeof(*info) + bytes);
	if (!info)
		return -ENOMEM;
	memcpy(info + 1, record->strings, bytes);
	fill(info, record, (const char *)(info + 1));
	phases->all[record->phase] = info;
	return 0;
}

const struct phase_info *phases_find(const struct phases *phases, uint16_t number)
{
	return number < PHASES_MAX ? phases->all[number] : NULL;
}

static void put(struct event_phase_map *to, unsigned which, struct span name)
{
	uint32_t len = name.len < PHASE_NAME_MAX ? name.len : PHASE_NAME_MAX;
	if (!name.data)
		return;
	memcpy((char *)to + to->head.size, name.data, len);
	to->head.size = (uint16_t)(to->head.size + len);
	to->string_bytes[which] = (uint16_t)(STRING_HERE | len | (len < name.len ? STRING_CUT : 0));
}

void phases_record(struct event_phase_map *to, const struct phase_info *info, uint64_t time_ns, uint32_t pid)
{
	*to = (struct event_phase_map){
		.head = { .time_ns = time_ns,
			.pid = pid,
			.tid = pid,
			.size = offsetof(struct event_phase_map, strings),
			.kind = EVENT_PHASE_MAP },
		.phase = info->number,
		.result = info->result,
		.at_done = info->at_done,
		.found = (uint8_t)(info->found + 1),
	};
	put(to, PHASE_NAME_MAP, info->map);
	put(to, PHASE_NAME, info->name);
	put(to, PHASE_NAME_STRING, info->string);
	for (unsigned i = 0; i < info->arg_count; i++) {
		to->types[i] = info->args[i].type;
		put(to, PHASE_NAME_ARGS + i, info->args[i].name);
	}
}

/* ---- types ---- */

static const struct {
	const char *word;
	int bytes;
} types[PHASE_TYPES] = {
	[PHASE_NONE] = { "none", 8 },
	[PHASE_U8] = { "u8", 1 },
	[PHASE_U16] = { "u16", 2 },
	[PHASE_U32] = { "u32", 4 },
	[PHASE_U64] = { "u64", 8 },
	[PHASE_S8] = { "s8", -1 },
	[PHASE_S16] = { "s16", -2 },
	[PHASE_S32] = { "s32", -4 },
	[PHASE_S64] = { "s64", -8 },
	[PHASE_BOOL] = { "bool", 1 },
	[PHASE_POINTER] = { "pointer", 8 },
};

const char *phase_type_word(enum phase_type type)
{
	return types[type].word;
}

enum phase_type phase_type_of(const char *word)
{
	for (unsigned type = PHASE_NONE + 1; type < PHASE_TYPES; type++)
		if (strcmp(types[type].word, word) == 0)
			return type;
	return PHASE_NONE;
}

int phase_type_bytes(enum phase_type type)
{
	return types[type].bytes;
}

void phase_number_text(struct text *t, enum phase_type type, uint64_t value)
{
	if (type == PHASE_BOOL)
		text_str(t, value ? "true" : "false");
	else if (type == PHASE_POINTER)
		text_hex(t, value);
	else if (types[type].bytes < 0)
		text_s64(t, (int64_t)value);
	else
		text_u64(t, value);
}
