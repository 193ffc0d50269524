/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One grammar over two sets of names: the system calls and the cache events. An item marks the members of its
 * set; the marks of plain items and of items with `!` are kept apart and put together at the end.
 */
#include "filter.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/suggest.h"
#include "syscalls.h"
#include "user/event/words.h"

#define REGEX_LONGEST 256
#define REGEX_REPEATS 1000 /* of one expression in braces: {n,m} within {n,m} takes memory as the product */

/* Part of the option's text. */
struct item {
	const char *s;
	size_t len;
};

struct set {
	const char *one, *many; /* for messages: "system call" */
	int size;
	const char *(*name)(unsigned member); /* NULL: a number without a name */
	bool of_calls;                        /* has classes, numbers and synonyms */
};

struct marks {
	bool wanted[SYSCALL_MAX], unwanted[SYSCALL_MAX];
};

static const char *app_name(unsigned member)
{
	return event_word(KIND_OF_PROBE(member));
}

static const struct set calls = { "system call", "system calls", SYSCALL_MAX, syscall_name, true };
static const struct set app_events = { "cache event", "cache events", PROBES_COUNT, app_name, false };

/* A class with a % is strace's, one without it renacer's: they differ in `file`. */
static const struct {
	const char *name;
	uint16_t with_percent, plain;
} classes[] = {
	{ "file", CLASS_FILE, CLASS_BASICS },
	{ "desc", CLASS_DESC, CLASS_DESC },
	{ "network", CLASS_NETWORK, CLASS_NETWORK },
	{ "process", CLASS_PROCESS, CLASS_PROCESS },
	{ "memory", CLASS_MEMORY, CLASS_MEMORY },
	{ "signal", CLASS_SIGNAL, CLASS_SIGNAL },
	{ "ipc", CLASS_IPC, CLASS_IPC },
	{ "creds", CLASS_CREDS, CLASS_CREDS },
	{ "clock", CLASS_CLOCK, CLASS_CLOCK },
	{ "pure", CLASS_PURE, CLASS_PURE },
};

/* Names by which manual pages, the C library and renacer know a call. */
static const struct {
	const char *name, *call;
} synonyms[] = {
	{ "pread", "pread64" },
	{ "pwrite", "pwrite64" },
	{ "fstatat", "newfstatat" },
	{ "fadvise", "fadvise64" },
	{ "posix_fadvise", "fadvise64" },
	{ "prlimit", "prlimit64" },
	{ "sendfile64", "sendfile" },
	{ "umount", "umount2" },
	{ "send", "sendto" },
	{ "recv", "recvfrom" },
	{ "sbrk", "brk" },
	{ "_exit", "exit_group" },
	{ "waitpid", "wait4" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool item_is(struct item item, const char *word)
{
	return item.len == strlen(word) && memcmp(item.s, word, item.len) == 0;
}

static struct item trimmed(struct item item)
{
	while (item.len && (*item.s == ' ' || *item.s == '\t')) {
		item.s++;
		item.len--;
	}
	while (item.len && (item.s[item.len - 1] == ' ' || item.s[item.len - 1] == '\t'))
		item.len--;
	return item;
}

static struct item without_first(struct item item)
{
	return trimmed((struct item){ item.s + 1, item.len - 1 });
}

/* Quotes what the user gave, cut so that the message stays one line. */
static void quote(struct text *error, struct item item)
{
	size_t len = item.len > 60 ? 60 : item.len;
	text_char(error, '"');
	text_escaped(error, item.s, len);
	text_str(error, len < item.len ? "...\"" : "\"");
}

static bool unknown_item(
	struct text *error, const char *what, struct item item, const char *prefix, const char *nearest)
{
	text_str(error, "unknown ");
	text_str(error, what);
	text_char(error, ' ');
	quote(error, item);
	if (nearest) {
		text_str(error, " (did you mean \"");
		text_str(error, prefix);
		text_str(error, nearest);
		text_str(error, "\"?)");
	}
	return false;
}

static void mark_all(const struct set *set, bool *marks)
{
	memset(marks, true, (size_t)set->size);
}

static void mark_class(uint16_t class, bool *marks)
{
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++)
		if (syscall_info(nr)->classes & class)
			marks[nr] = true;
}

static bool apply_class(struct item item, bool *marks, struct text *error)
{
	struct item name = without_first(item);
	struct suggestion nearest = { .given = name.s, .given_len = name.len };
	for (size_t i = 0; i < COUNT(classes); i++) {
		if (item_is(name, classes[i].name)) {
			mark_class(classes[i].with_percent, marks);
			return true;
		}
		suggest_try(&nearest, classes[i].name);
	}
	return unknown_item(error, "class", item, "%", nearest.best);
}

/* The most often that braces may repeat a part of the expression, nested ones multiplied: what regcomp's
 * memory grows with. */
static unsigned long regex_repeats(const char *s)
{
	unsigned long product = 1;
	while ((s = strchr(s, '{'))) {
		unsigned long most = 1;
		for (s++; *s && *s != '}';) {
			char *end;
			unsigned long n = strtoul(s, &end, 10);
			most = n > most ? n : most;
			s = end > s ? end : s + 1;
		}
		product = most > REGEX_REPEATS ? most : product * most;
		if (product > REGEX_REPEATS)
			break;
	}
	return product;
}

static bool bad_regex(struct text *error, struct item item, const char *why)
{
	text_str(error, "bad regular expression ");
	quote(error, item);
	text_str(error, ": ");
	text_str(error, why);
	return false;
}

static bool apply_regex(const struct set *set, struct item item, bool *marks, struct text *error)
{
	char pattern[REGEX_LONGEST + 1], why[128];
	regex_t regex;

	const char *close = memchr(item.s + 1, '/', item.len - 1);
	if (!close)
		return bad_regex(error, item, "no closing /");
	if (close != item.s + item.len - 1)
		return bad_regex(error, item, "text after the closing /");
	if (item.len == 2)
		return bad_regex(error, item, "it is empty");
	if (item.len - 2 > REGEX_LONGEST)
		return bad_regex(error, item, "longer than 256 characters");
	memcpy(pattern, item.s + 1, item.len - 2);
	pattern[item.len - 2] = '\0';
	if (regex_repeats(pattern) > REGEX_REPEATS)
		return bad_regex(error, item, "repeats more than 1000 times");
	int code = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);
	if (code) {
		regerror(code, &regex, why, sizeof(why));
		return bad_regex(error, item, why);
	}
	for (int i = 0; i < set->size; i++)
		if (set->name((unsigned)i) && regexec(&regex, set->name((unsigned)i), 0, NULL, 0) == 0)
			marks[i] = true;
	regfree(&regex);
	return true;
}

/* 8, or syscall_600 as numbers without a name are printed. -1: not of this form, or too large. */
static int number_of(struct item item)
{
	static const char prefix[] = "syscall_";
	if (item.len > sizeof(prefix) - 1 && memcmp(item.s, prefix, sizeof(prefix) - 1) == 0)
		item = (struct item){ item.s + sizeof(prefix) - 1, item.len - (sizeof(prefix) - 1) };
	int number = 0;
	for (size_t i = 0; i < item.len; i++) {
		if (item.s[i] < '0' || item.s[i] > '9')
			return -1;
		number = number * 10 + (item.s[i] - '0');
		if (number >= SYSCALL_MAX)
			return -1;
	}
	return item.len ? number : -1;
}

static int member_of(const struct set *set, struct item item)
{
	for (int i = 0; i < set->size; i++)
		if (set->name((unsigned)i) && item_is(item, set->name((unsigned)i)))
			return i;
	if (!set->of_calls)
		return -1;
	for (size_t i = 0; i < COUNT(synonyms); i++)
		if (item_is(item, synonyms[i].name))
			return syscall_number(synonyms[i].call);
	return number_of(item);
}

static const char *nearest_name(const struct set *set, struct item item)
{
	struct suggestion nearest = { .given = item.s, .given_len = item.len };
	for (int i = 0; i < set->size; i++)
		if (set->name((unsigned)i))
			suggest_try(&nearest, set->name((unsigned)i));
	for (size_t i = 0; set->of_calls && i < COUNT(classes); i++)
		suggest_try(&nearest, classes[i].name);
	suggest_try(&nearest, "all");
	suggest_try(&nearest, "none");
	return nearest.best;
}

static bool apply_name(const struct set *set, struct item item, bool *marks, struct text *error)
{
	bool may_lack = *item.s == '?' && item.len > 1;
	struct item name = may_lack ? without_first(item) : item;
	if (item_is(name, "all")) {
		mark_all(set, marks);
		return true;
	}
	if (item_is(name, "none"))
		return true;
	for (size_t i = 0; set->of_calls && i < COUNT(classes); i++) {
		if (item_is(name, classes[i].name)) {
			mark_class(classes[i].plain, marks);
			return true;
		}
	}
	int member = member_of(set, name);
	if (member >= 0)
		marks[member] = true;
	return member >= 0 || may_lack || unknown_item(error, set->one, item, "", nearest_name(set, name));
}

static bool apply_item(const struct set *set, struct item item, bool *marks, struct text *error)
{
	if (*item.s == '/')
		return apply_regex(set, item, marks, error);
	if (*item.s == '%' && set->of_calls)
		return apply_class(item, marks, error);
	return apply_name(set, item, marks, error);
}

/* The end of the item that starts at s: a comma, but in a /regex/ one after its closing slash. */
static const char *item_end(const char *s)
{
	const char *start = s + strspn(s, " \t");
	if (*start == '!')
		start += 1 + strspn(start + 1, " \t");
	if (*start == '/') {
		const char *close = strchr(start + 1, '/');
		s = close ? close : s + strlen(s);
	}
	return s + strcspn(s, ",");
}

static bool empty_item(const struct set *set, const char *list, struct text *error)
{
	text_str(error, "an empty name in the list of ");
	text_str(error, set->many);
	text_char(error, ' ');
	quote(error, (struct item){ list, strlen(list) });
	text_str(error, " (say none for none)");
	return false;
}

static bool parse_list(const struct set *set, const char *list, struct marks *marks, struct text *error)
{
	bool all_but = list[strspn(list, " \t")] == '!';
	for (const char *s = list;; s++) {
		const char *end = item_end(s);
		struct item item = trimmed((struct item){ s, (size_t)(end - s) });
		bool negated = item.len && *item.s == '!';
		if (negated)
			item = without_first(item);
		if (item.len == 0)
			return empty_item(set, list, error);
		if (!apply_item(set, item, negated || all_but ? marks->unwanted : marks->wanted, error))
			return false;
		s = end;
		if (!*s)
			break;
	}
	if (all_but)
		mark_all(set, marks->wanted);
	for (int i = 0; i < set->size; i++)
		marks->wanted[i] &= !marks->unwanted[i];
	return true;
}

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
	struct marks marks = { 0 };
	struct item kind = word_before_list(spec);
	const char *list = kind.len ? spec + kind.len + 1 : spec;

	if (kind.len == 0 || item_is(kind, "trace") || item_is(kind, "t")) {
		if (!parse_list(&calls, list, &marks, error))
			return false;
		memcpy(f->wanted, marks.wanted, sizeof(f->wanted));
		f->trace_given = true;
	} else if (item_is(kind, "app")) {
		if (!parse_list(&app_events, list, &marks, error))
			return false;
		f->app = 0;
		for (unsigned probe = 0; probe < PROBES_COUNT; probe++)
			f->app |= marks.wanted[probe] ? 1u << probe : 0;
		f->app_given = true;
	} else {
		text_str(error, "unknown kind of filter ");
		quote(error, kind);
		text_str(error, " (trace= for system calls, app= for cache events)");
		return false;
	}
	return true;
}

bool filter_any_call(const struct filter *f)
{
	return memchr(f->wanted, true, sizeof(f->wanted)) != NULL;
}
