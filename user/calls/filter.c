/* SPDX-License-Identifier: BSD-2-Clause */
#include "filter.h"

#include <string.h>
#include <sys/syscall.h>

#include "filter_grammar.h"
#include "syscall_names.h"
#include "user/event/words.h"

static const char *app_name(unsigned member)
{
	return event_word(KIND_OF_PROBE(member));
}

static const struct name_set app_events = {
	.one = "cache event", .many = "cache events", .size = PROBES_COUNT, .name = app_name
};

static const char *layer_name(unsigned member)
{
	static const char *const names[FILTER_LAYERS] = {
#define NAME(ID, word, kind) #word,
		FILTER_LAYER_LIST(NAME)
	};
	return names[member];
}

static const struct name_set layers = {
	.one = "layer", .many = "layers", .size = FILTER_LAYERS, .name = layer_name
};

/* The word before the = of kind=LIST; len 0: there is none. */
static struct item word_before_list(const char *spec)
{
	size_t len = strspn(spec, "abcdefghijklmnopqrstuvwxyz-");
	return (struct item){ spec, spec[len] == '=' ? len : 0 };
}

void filter_init(struct filter *f)
{
	*f = (struct filter){ .app = FILTER_APP_ALL };
	memset(f->wanted, true, sizeof(f->wanted));
}

static bool take_calls(struct filter *f, const char *list, struct text *error)
{
	bool wanted[NAME_SET_MAX];
	if (!filter_list_parse(&syscall_names, list, wanted, error))
		return false;
	memcpy(f->wanted, wanted, sizeof(f->wanted));
	f->trace_given = true;
	return true;
}

static bool take_app(struct filter *f, const char *list, struct text *error)
{
	bool wanted[NAME_SET_MAX];
	if (!filter_list_parse(&app_events, list, wanted, error))
		return false;
	f->app = 0;
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++)
		f->app |= wanted[probe] ? 1u << probe : 0;
	f->app_given = true;
	return true;
}

static bool take_layers(struct filter *f, const char *list, struct text *error)
{
	bool wanted[NAME_SET_MAX];
	if (!filter_list_parse(&layers, list, wanted, error))
		return false;
	memcpy(f->layers, wanted, sizeof(f->layers));
	f->layer_given = true;
	f->faults = wanted[FILTER_FAULT] ? FAULTS_ALL : FAULTS_NONE;
	return true;
}

static bool take_faults(struct filter *f, const char *word, struct text *error)
{
	static const char *const words[] = {
		[FAULTS_NONE] = "none", [FAULTS_MAJOR] = "major", [FAULTS_ALL] = "all"
	};
	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		f->faults = (enum filter_faults)i;
		f->fault_given = true;
		return true;
	}
	text_str(error, "unknown page faults ");
	item_quote(error, (struct item){ word, strlen(word) });
	text_str(error, " (major, all or none)");
	return false;
}

bool filter_parse(struct filter *f, const char *spec, struct text *error)
{
	struct item kind = word_before_list(spec);
	const char *list = kind.len ? spec + kind.len + 1 : spec;
	if (kind.len == 0 || item_is(kind, "trace") || item_is(kind, "t"))
		return take_calls(f, list, error);
	if (item_is(kind, "app"))
		return take_app(f, list, error);
	if (item_is(kind, "layer"))
		return take_layers(f, list, error);
	if (item_is(kind, "fault"))
		return take_faults(f, list, error);
	text_str(error, "unknown kind of filter ");
	item_quote(error, kind);
	text_str(error,
		" (trace= for system calls, app= for cache events, layer= for layers below them, fault= for page faults)");
	return false;
}

bool filter_complete(struct filter *f)
{
	bool memory[NAME_SET_MAX];
	struct text error = { 0 };
	if (!f->layer_given || !f->layers[FILTER_MEMORY])
		return true;
	bool parsed = filter_list_parse(&syscall_names, "memory", memory, &error);
	for (unsigned nr = 0; parsed && nr < SYSCALL_MAX; nr++)
		f->wanted[nr] = f->wanted[nr] || memory[nr];
	text_free(&error);
	return parsed;
}

bool filter_wants_layer(const struct filter *f, enum filter_layer layer)
{
	if (layer == FILTER_FAULT)
		return f->faults != FAULTS_NONE;
	if (layer == FILTER_URING && !f->layer_given)
		return f->wanted[SYS_io_uring_enter];
	if (layer == FILTER_PHASE && !f->layer_given)
		return true;
	if (layer == FILTER_LOAD && !f->layer_given)
		return !f->trace_given;
	return f->layers[layer];
}

bool filter_wants_lower(const struct filter *f)
{
	for (unsigned layer = FILTER_URING + 1; layer < FILTER_LAYERS; layer++)
		if (layer != FILTER_PHASE && layer != FILTER_MEMORY &&
			filter_wants_layer(f, (enum filter_layer)layer))
			return true;
	return false;
}

uint64_t filter_tables_only(const struct filter *f)
{
#define BIT(ID, word, kind) | KIND_BIT(kind)
	return f->sums_only
		       ? (0ull FILTER_LAYER_LIST(BIT)) & ~(KIND_BIT(EVENT_URING) | KIND_BIT(EVENT_INFERRED))
		       : 0;
}

bool filter_layer_of(unsigned kind, enum filter_layer *layer)
{
	static const uint16_t kinds[FILTER_LAYERS] = {
#define KIND(ID, word, number) number,
		FILTER_LAYER_LIST(KIND)
	};
	for (unsigned i = 0; i < FILTER_LAYERS; i++) {
		if (kinds[i] != kind)
			continue;
		*layer = (enum filter_layer)i;
		return true;
	}
	return false;
}

void filter_want_layers(struct filter *f)
{
	memset(f->layers, true, sizeof(f->layers));
	f->layer_given = true;
	f->faults = FAULTS_ALL;
}

bool filter_any_call(const struct filter *f)
{
	return memchr(f->wanted, true, sizeof(f->wanted)) != NULL;
}
