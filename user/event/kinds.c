/* SPDX-License-Identifier: BSD-2-Clause */
#include "kinds.h"

#include <string.h>

/* The arguments of each probe that a record has: fields_LOAD[], ... */
#define FIELD(ID, ARG, parameter, field_type, field_csv, name, title, meaning)                               \
	{ .key = name,                                                                                       \
		.json = ",\"" name "\":",                                                                    \
		.json_len = sizeof(",\"" name "\":") - 1,                                                    \
		.type = FIELD_##field_type,                                                                  \
		.csv = FIELD_CSV_##field_csv },
#define FIELDS(ID, name, subject, rate, text, string)                                                        \
	static const struct kind_field fields_##ID[] = { PROBE_ARGS_##ID(FIELD) };
PROBES(FIELDS)

#define FIXED_KIND(number, ID, name, in_layer, is, meaning)                                                  \
	[number] = { .word = #name, .layer = LAYER_##in_layer, .role = ROLE_##is },
#define PROBE_KIND(ID, name, about, rate, line, string)                                                      \
	[EVENT_APP_##ID] = {                                                                                 \
		.word = #name,                                                                               \
		.layer = LAYER_APP,                                                                          \
		.role = ROLE_SHOWN,                                                                          \
		.subject = SUBJECT_##about,                                                                  \
		.fields = fields_##ID,                                                                       \
		.field_count = APP_##ID##_ARGS < APP_ARGS ? APP_##ID##_ARGS : APP_ARGS,                      \
		.text = line,                                                                                \
	},

static const struct kind kinds[EVENT_KINDS] = { FIXED_KINDS(FIXED_KIND) PROBES(PROBE_KIND) };

static const struct kind unknown = { .word = "unknown", .layer = LAYER_PROCESS };

#define OFTEN_OFTEN(ID) | KIND_BIT(EVENT_APP_##ID)
#define OFTEN_SELDOM(ID)
#define OFTEN(ID, name, subject, rate, text, string) OFTEN_##rate(ID)
const uint64_t kinds_often = 0 PROBES(OFTEN);

const struct kind *kind_of(unsigned number)
{
	return number < EVENT_KINDS && kinds[number].word ? &kinds[number] : &unknown;
}

int kind_field_of_type(const struct kind *kind, enum field_type type)
{
	for (int i = 0; i < kind->field_count; i++)
		if (kind->fields[i].type == type)
			return i;
	return -1;
}

unsigned kind_of_probe_name(const char *name)
{
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++)
		if (strcmp(kinds[KIND_OF_PROBE(probe)].word, name) == 0)
			return KIND_OF_PROBE(probe);
	return 0;
}

#define WORD(ID, word) #word,
static const char *const causes[] = { LOAD_CAUSES(WORD) };
static const char *const reasons[] = { EVICT_REASONS(WORD) };
#define NAME(name) name,
static const char *const policies[] = { POLICY_NAMES(NAME) };

static const char *word_at(const char *const *words, size_t count, uint64_t at)
{
	return at < count ? words[at] : "unknown";
}

#define WORD_AT(words, at) word_at(words, sizeof(words) / sizeof(*(words)), at)

const char *field_word(enum field_type type, uint64_t value)
{
	switch (type) {
	case FIELD_CAUSE:
		return WORD_AT(causes, value);
	case FIELD_SOURCE: /* a prefetch is not for demand */
		return value ? WORD_AT(causes, value) : "unknown";
	case FIELD_REASON:
		return WORD_AT(reasons, value);
	case FIELD_POLICY:
		return WORD_AT(policies, value);
	default:
		return "unknown";
	}
}
