/* SPDX-License-Identifier: BSD-2-Clause */
#include "condition.h"

#include <stdlib.h>
#include <string.h>

#include "user/base/numbers.h"
#include "user/base/suggest.h"
#include "syscalls.h"
#include "user/event/words.h"

static bool find_cache_event(struct condition *c, const char *name)
{
	c->reload = strcmp(name, "reload") == 0;
	c->kind = c->reload ? EVENT_APP_MISS : kind_of_probe_name(name);
	return c->kind != 0;
}

static bool find_call(struct condition *c, const char *name)
{
	int nr = syscall_number(name);
	c->kind = EVENT_SYSCALL;
	c->nr = (uint16_t)(nr < 0 ? 0 : nr);
	return nr >= 0;
}

static bool unknown(const char *name, struct text *error)
{
	struct suggestion near = { .given = name, .given_len = strlen(name) };
	suggest_try(&near, "reload");
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++)
		suggest_try(&near, event_word(KIND_OF_PROBE(probe)));
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++)
		if (syscall_name(nr))
			suggest_try(&near, syscall_name(nr));
	text_str(error, "no event or system call '");
	text_escaped(error, name, strlen(name));
	text_str(error, near.best ? "': did you mean " : "'");
	text_str(error, near.best ? near.best : "");
	text_str(error, near.best ? "?" : "");
	return false;
}

static bool find_event(struct condition *c, const char *name, struct text *error)
{
	bool cache = find_cache_event(c, name);
	if (cache && (!c->timed || c->kind == EVENT_APP_LOAD))
		return true;
	struct condition call = { .spec = c->spec, .timed = c->timed, .over_ns = c->over_ns };
	if (find_call(&call, name)) {
		*c = call;
		return true;
	}
	if (!cache)
		return unknown(name, error);
	text_printf(error, "%s takes no time; load and system calls do", name);
	return false;
}

bool condition_parse(struct condition *c, const char *spec, struct text *error)
{
	size_t len = strcspn(spec, ">");
	*c = (struct condition){ .spec = spec, .timed = spec[len] == '>' };
	if (c->timed && !number_duration(spec + len + 1, &c->over_ns)) {
		text_str(error, "no time after the '>': a number and ns, us, ms or s");
		return false;
	}
	const char *start = spec + strspn(spec, " ");
	while (len > (size_t)(start - spec) && spec[len - 1] == ' ')
		len--;
	char *name = strndup(start, len - (size_t)(start - spec));
	bool ok = name && find_event(c, name, error);
	free(name);
	return ok;
}

bool condition_observable(const struct condition *c, const struct filter *filter)
{
	if (c->kind == EVENT_SYSCALL)
		return filter->wanted[c->nr];
	return filter_wants_app(filter, c->kind) && (!c->reload || filter_wants_app(filter, EVENT_APP_EVICT));
}

bool condition_holds(const struct condition *c, const struct event *ev, bool reload)
{
	if (ev->kind != c->kind || (c->kind == EVENT_SYSCALL && ev->call.nr != c->nr) ||
		(c->reload && !reload))
		return false;
	return !c->timed || (ev->duration_ns != NO_DURATION && ev->duration_ns > c->over_ns);
}
