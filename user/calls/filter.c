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
	static const char *const names[FILTER_LAYERS] = { [FILTER_URING] = "uring" };
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

bool filter_parse(struct filter *f, const char *spec, struct text *error)
{
	bool wanted[NAME_SET_MAX];
	struct item kind = word_before_list(spec);
	const char *list = kind.len ? spec + kind.len + 1 : spec;

	if (kind.len == 0 || item_is(kind, "trace") || item_is(kind, "t")) {
		if (!filter_list_parse(&syscall_names, list, wanted, error))
			return false;
		memcpy(f->wanted, wanted, sizeof(f->wanted));
		f->trace_given = true;
	} else if (item_is(kind, "app")) {
		if (!filter_list_parse(&app_events, list, wanted, error))
			return false;
		f->app = 0;
		for (unsigned probe = 0; probe < PROBES_COUNT; probe++)
			f->app |= wanted[probe] ? 1u << probe : 0;
		f->app_given = true;
	} else if (item_is(kind, "layer")) {
		if (!filter_list_parse(&layers, list, wanted, error))
			return false;
		memcpy(f->layers, wanted, sizeof(f->layers));
		f->layer_given = true;
	} else {
		text_str(error, "unknown kind of filter ");
		item_quote(error, kind);
		text_str(error,
			" (trace= for system calls, app= for cache events, layer= for layers below them)");
		return false;
	}
	return true;
}

bool filter_wants_uring(const struct filter *f)
{
	return f->layer_given ? f->layers[FILTER_URING] : f->wanted[SYS_io_uring_enter];
}

bool filter_any_call(const struct filter *f)
{
	return memchr(f->wanted, true, sizeof(f->wanted)) != NULL;
}
