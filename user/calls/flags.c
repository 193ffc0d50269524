/* SPDX-License-Identifier: BSD-2-Clause */
#include "flags.h"

#include "flag_tables.h"
#include "ioctl_request.h"

/* The output of flags_text(), and whether the next name needs a `|` before it. */
struct list {
	struct text *out;
	bool started;
};

static void add_separator(struct list *list)
{
	if (list->started)
		text_char(list->out, '|');
	list->started = true;
}

static void add_name(struct list *list, const char *name)
{
	add_separator(list);
	text_str(list->out, name);
}

static const char *find(const struct symbol *symbols, uint64_t value)
{
	for (; symbols && symbols->name; symbols++)
		if (symbols->value == value)
			return symbols->name;
	return NULL;
}

static void add_comment(struct list *list, const char *what)
{
	if (!what)
		return;
	text_str(list->out, " /* ");
	text_str(list->out, what);
	text_str(list->out, " */");
}

/* A value or bits without a name. The comment says of what they are, if nothing before them did. */
static void add_unknown(struct list *list, uint64_t bits, const char *what)
{
	add_separator(list);
	if (bits)
		text_hex(list->out, bits);
	else
		text_char(list->out, '0');
	add_comment(list, what);
}

static void add_value(struct list *list, const struct symbols *symbols, uint64_t value)
{
	const char *name = find(symbols->values, value);
	bool constant = symbols->mask >= UINT32_MAX;
	if (name) {
		add_name(list, name);
	} else if (symbols->permissions) {
		add_separator(list);
		text_printf(list->out, "%#03llo", (unsigned long long)value);
	} else if (symbols->decimal) {
		add_separator(list);
		if (symbols->mask == UINT32_MAX)
			text_s64(list->out, (int32_t)value);
		else
			text_u64(list->out, value);
		add_comment(list, symbols->unknown);
	} else if (constant && !symbols->hex && !symbols->unknown) {
		add_separator(list);
		text_s64(list->out, (int32_t)value);
	} else if (constant || value || symbols->value_shown) {
		add_unknown(list, value, symbols->unknown_value ? symbols->unknown_value : symbols->unknown);
	}
}

#define HUGE_MASK 0xfc000000ULL

static void add_flags(struct list *list, const struct symbols *symbols, uint64_t bits)
{
	const struct symbol *flags = symbols->flags;
	for (; bits && flags && flags->name; flags++) {
		if (flags->value && (bits & flags->value) == flags->value) {
			add_name(list, flags->name);
			bits &= ~(uint64_t)flags->value;
		}
	}
	uint64_t number = symbols->shift_name ? bits >> symbols->shift & 0x3f : 0;
	uint64_t rest = bits & ~(number << symbols->shift);
	if (rest)
		add_unknown(list, rest, list->started ? NULL : symbols->unknown);
	if (number) {
		add_separator(list);
		text_u64(list->out, number);
		text_add(list->out, "<<", 2);
		text_str(list->out, symbols->shift_name);
	}
}

static void add_names(struct list *list, const struct symbols *symbols, uint64_t value)
{
	uint64_t mask = symbols->mask;
	if (symbols->value_optional && !find(symbols->values, value & mask))
		mask = 0;
	if (mask && !symbols->value_last)
		add_value(list, symbols, value & mask);
	add_flags(list, symbols, value & ~mask);
	if (mask && symbols->value_last)
		add_value(list, symbols, value & mask);
	if (!list->started) {
		const char *none = find(symbols->flags, 0);
		text_str(list->out, none ? none : "0");
	}
}

/* The number, then what it means: 0x7 (in a comment, XFEATURE_MASK_FPSSE|XFEATURE_MASK_YMM). */
static void add_number(struct text *out, const struct symbols *symbols, uint64_t value)
{
	struct symbols plain = *symbols;
	struct list list = { .out = out };
	plain.unknown = NULL;
	if (symbols->decimal)
		text_s64(out, (int32_t)value);
	else if (value)
		text_hex(out, value);
	else
		text_char(out, '0');
	if (!symbols->mask && !value)
		return;
	text_str(out, " /* ");
	if (symbols->mask && !find(symbols->values, value))
		text_str(out, symbols->unknown);
	else
		add_names(&list, &plain, value);
	text_str(out, " */");
}

void flags_text(struct text *out, enum arg_type type, uint64_t value)
{
	const struct symbols *symbols = &flag_tables[type - ARG_SYMBOLS];
	struct list list = { .out = out };
	if (type == ARG_IOCTL_REQUEST) {
		ioctl_request_text(out, (uint32_t)value);
		return;
	}
	if (!symbols->wide)
		value = (uint32_t)value;
	if (symbols->numbered)
		add_number(out, symbols, value);
	else
		add_names(&list, symbols, value);
}

bool flags_names(enum arg_type type, uint64_t value)
{
	return find(flag_tables[type - ARG_SYMBOLS].values, value);
}
