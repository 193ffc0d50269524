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

/* A value or bits without a name. The comment says of what they are, if nothing before them did. */
static void add_unknown(struct list *list, uint64_t bits, const char *what)
{
	add_separator(list);
	if (bits)
		text_hex(list->out, bits);
	else
		text_char(list->out, '0');
	if (!what)
		return;
	text_str(list->out, " /* ");
	text_str(list->out, what);
	text_str(list->out, " */");
}

static void add_value(struct list *list, const struct symbols *symbols, uint64_t value)
{
	const char *name = find(symbols->values, value);
	bool constant = symbols->mask >= UINT32_MAX;
	if (name) {
		add_name(list, name);
	} else if (constant && !symbols->hex && !symbols->unknown) {
		add_separator(list);
		text_s64(list->out, (int32_t)value);
	} else if (constant || value) {
		add_unknown(list, value, symbols->unknown);
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
	uint64_t huge = symbols->huge ? bits & HUGE_MASK : 0;
	if (bits & ~huge)
		add_unknown(list, bits & ~huge, list->started ? NULL : symbols->unknown);
	if (huge) {
		add_separator(list);
		text_printf(list->out, "%u<<%s", (unsigned)(huge >> 26), symbols->huge);
	}
}

/* IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4) */
static void io_priority_text(struct text *out, uint32_t value)
{
	text_str(out, "IOPRIO_PRIO_VALUE(");
	flags_text(out, ARG_IO_CLASS, value >> 13);
	text_printf(out, ", %u)", value & 0x1fff);
}

void flags_text(struct text *out, enum arg_type type, uint64_t value)
{
	const struct symbols *symbols = &flag_tables[type - ARG_SYMBOLS];
	struct list list = { .out = out };
	if (type == ARG_IOCTL_REQUEST) {
		ioctl_request_text(out, (uint32_t)value);
		return;
	}
	if (type == ARG_IO_PRIORITY) {
		io_priority_text(out, (uint32_t)value);
		return;
	}
	if (!symbols->wide)
		value = (uint32_t)value;
	uint64_t mask = symbols->mask;
	if (symbols->value_optional && !find(symbols->values, value & mask))
		mask = 0;
	if (mask && !symbols->value_last)
		add_value(&list, symbols, value & mask);
	add_flags(&list, symbols, value & ~mask);
	if (mask && symbols->value_last)
		add_value(&list, symbols, value & mask);
	if (!list.started) {
		const char *none = find(symbols->flags, 0);
		text_str(out, none ? none : "0");
	}
}

bool flags_names(enum arg_type type, uint64_t value)
{
	return find(flag_tables[type - ARG_SYMBOLS].values, value);
}
