/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An item marks members of its set. The marks of plain items and of items with `!` are kept apart until the end
 * of the list, so that the order of the items does not matter.
 */
#include "filter_grammar.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/suggest.h"

#define QUOTED_MAX    60 /* characters of an item in a message */
#define REGEX_LONGEST 256
#define REGEX_REPEATS 1000 /* of one expression in braces: {n,m} within {n,m} takes memory as the product */

bool item_is(struct item item, const char *word)
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

void item_quote(struct text *error, struct item item)
{
	size_t len = item.len > QUOTED_MAX ? QUOTED_MAX : item.len;
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
	item_quote(error, item);
	if (nearest) {
		text_str(error, " (did you mean \"");
		text_str(error, prefix);
		text_str(error, nearest);
		text_str(error, "\"?)");
	}
	return false;
}

static void mark_class(const struct name_set *set, unsigned class, bool *marks)
{
	for (int i = 0; i < set->size; i++)
		if (set->in_class((unsigned)i, class))
			marks[i] = true;
}

static const struct name_class *find_class(const struct name_set *set, struct item name)
{
	for (size_t i = 0; i < set->class_count; i++)
		if (item_is(name, set->classes[i].name))
			return &set->classes[i];
	return NULL;
}

static bool apply_class(const struct name_set *set, struct item item, bool *marks, struct text *error)
{
	struct item name = without_first(item);
	const struct name_class *class = find_class(set, name);
	if (class) {
		mark_class(set, class->with_percent, marks);
		return true;
	}
	struct suggestion nearest = { .given = name.s, .given_len = name.len };
	for (size_t i = 0; i < set->class_count; i++)
		suggest_try(&nearest, set->classes[i].name);
	return unknown_item(error, "class", item, "%", nearest.best);
}

/* An upper bound of how often braces repeat a part of the expression, nested ones multiplied: regcomp's memory
 * grows with it. */
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
	item_quote(error, item);
	text_str(error, ": ");
	text_str(error, why);
	return false;
}

/* The text between the slashes, into `pattern` of REGEX_LONGEST + 1 bytes. NULL, or what is wrong with it. */
static const char *take_pattern(struct item item, char *pattern)
{
	const char *close = memchr(item.s + 1, '/', item.len - 1);
	if (!close)
		return "no closing /";
	if (close != item.s + item.len - 1)
		return "text after the closing /";
	if (item.len == 2)
		return "it is empty";
	if (item.len - 2 > REGEX_LONGEST)
		return "longer than 256 characters";
	memcpy(pattern, item.s + 1, item.len - 2);
	pattern[item.len - 2] = '\0';
	return regex_repeats(pattern) > REGEX_REPEATS ? "repeats more than 1000 times" : NULL;
}

static bool apply_regex(const struct name_set *set, struct item item, bool *marks, struct text *error)
{
	char pattern[REGEX_LONGEST + 1], why[128];
	regex_t regex;
	const char *wrong = take_pattern(item, pattern);
	if (wrong)
		return bad_regex(error, item, wrong);
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

static int member_of(const struct name_set *set, struct item item)
{
	for (int i = 0; i < set->size; i++)
		if (set->name((unsigned)i) && item_is(item, set->name((unsigned)i)))
			return i;
	return set->other_name ? set->other_name(item) : -1;
}

static const char *nearest_name(const struct name_set *set, struct item item)
{
	struct suggestion nearest = { .given = item.s, .given_len = item.len };
	for (int i = 0; i < set->size; i++)
		if (set->name((unsigned)i))
			suggest_try(&nearest, set->name((unsigned)i));
	for (size_t i = 0; i < set->class_count; i++)
		suggest_try(&nearest, set->classes[i].name);
	suggest_try(&nearest, "all");
	suggest_try(&nearest, "none");
	return nearest.best;
}

static bool apply_name(const struct name_set *set, struct item item, bool *marks, struct text *error)
{
	bool may_lack = *item.s == '?' && item.len > 1;
	struct item name = may_lack ? without_first(item) : item;
	if (item_is(name, "all")) {
		memset(marks, true, (size_t)set->size);
		return true;
	}
	if (item_is(name, "none"))
		return true;
	const struct name_class *class = find_class(set, name);
	if (class) {
		mark_class(set, class->plain, marks);
		return true;
	}
	int member = member_of(set, name);
	if (member >= 0)
		marks[member] = true;
	return member >= 0 || may_lack || unknown_item(error, set->one, item, "", nearest_name(set, name));
}

static bool apply_item(const struct name_set *set, struct item item, bool *marks, struct text *error)
{
	if (*item.s == '/')
		return apply_regex(set, item, marks, error);
	if (*item.s == '%' && set->classes)
		return apply_class(set, item, marks, error);
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

static bool empty_item(const struct name_set *set, const char *list, struct text *error)
{
	text_str(error, "an empty name in the list of ");
	text_str(error, set->many);
	text_char(error, ' ');
	item_quote(error, (struct item){ list, strlen(list) });
	text_str(error, " (say none for none)");
	return false;
}

bool filter_list_parse(const struct name_set *set, const char *list, bool *wanted, struct text *error)
{
	bool unwanted[NAME_SET_MAX] = { false };
	memset(wanted, false, (size_t)set->size);
	bool all_but = list[strspn(list, " \t")] == '!';
	for (const char *s = list;; s++) {
		const char *end = item_end(s);
		struct item item = trimmed((struct item){ s, (size_t)(end - s) });
		bool negated = item.len && *item.s == '!';
		if (negated)
			item = without_first(item);
		if (item.len == 0)
			return empty_item(set, list, error);
		if (!apply_item(set, item, negated || all_but ? unwanted : wanted, error))
			return false;
		s = end;
		if (!*s)
			break;
	}
	for (int i = 0; i < set->size; i++)
		wanted[i] = (wanted[i] || all_but) && !unwanted[i];
	return true;
}
