/* SPDX-License-Identifier: BSD-2-Clause */
#include "flags.h"

#include "flag_tables.h"

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

static const char *find(const struct symbol *symbols, uint32_t value)
{
	for (; symbols && symbols->name; symbols++)
		if (symbols->value == value)
			return symbols->name;
	return NULL;
}

static void add_value(struct list *list, const struct symbols *symbols, uint32_t value)
{
	const char *name = find(symbols->values, value);
	bool constant = symbols->mask == UINT32_MAX;
	if (name) {
		add_name(list, name);
	} else if (constant && !symbols->hex) {
		add_separator(list);
		text_s64(list->out, (int32_t)value);
	} else if (constant || value) {
		add_separator(list);
		text_hex(list->out, value);
	}
}

static void add_flags(struct list *list, const struct symbol *flags, uint64_t bits)
{
	for (; bits && flags && flags->name; flags++) {
		if (flags->value && (bits & flags->value) == flags->value) {
			add_name(list, flags->name);
			bits &= ~(uint64_t)flags->value;
		}
	}
	if (bits) {
		add_separator(list);
		text_hex(list->out, bits);
	}
}

void flags_text(struct text *out, enum arg_type type, uint64_t value)
{
	const struct symbols *symbols = &flag_tables[type - ARG_SYMBOLS];
	struct list list = { .out = out };
	if (!symbols->wide)
		value = (uint32_t)value;
	if (symbols->mask && !symbols->value_last)
		add_value(&list, symbols, (uint32_t)value & symbols->mask);
	add_flags(&list, symbols->flags, value & ~(uint64_t)symbols->mask);
	if (symbols->value_last)
		add_value(&list, symbols, (uint32_t)value & symbols->mask);
	if (!list.started) {
		const char *none = find(symbols->flags, 0);
		text_str(out, none ? none : "0");
	}
}
