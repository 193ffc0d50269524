/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory_fields.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "flags.h"
#include "memory_read.h"
#include "value_text.h"

#define STRUCT_REST_MAX 32 /* bytes shown */
#define STRUCT_COPIED                                                                                        \
	128 /* bytes copied of a struct that is larger than known: where fewer are there, they cannot be read */

static void time_text(struct text *out, struct span memory, const char *part)
{
	text_str(out, "{tv_sec=");
	text_s64(out, (int64_t)memory_u64(memory, 0));
	text_str(out, part);
	text_u64(out, memory_u64(memory, 8));
	text_char(out, '}');
}

void date_text(struct text *out, int64_t second, uint64_t part, int digits)
{
	char date[32], zone[16];
	time_t when = second;
	struct tm tm;
	if (!second || part >= (digits == 9 ? 1000000000 : 1000000) || !localtime_r(&when, &tm) ||
		!strftime(date, sizeof(date), "%FT%T", &tm) || !strftime(zone, sizeof(zone), "%z", &tm))
		return;
	text_str(out, " /* ");
	text_str(out, date);
	if (digits)
		text_printf(out, ".%0*llu", digits, (unsigned long long)part);
	text_str(out, zone);
	text_str(out, " */");
}

void timespec_text(struct text *out, struct span memory)
{
	time_text(out, memory, ", tv_nsec=");
}

void timeval_text(struct text *out, struct span memory)
{
	time_text(out, memory, ", tv_usec=");
}

static int64_t signed_number(uint64_t number, size_t size)
{
	unsigned unused = (unsigned)(64 - 8 * size);
	return (int64_t)(number << unused) >> unused;
}

static void value_text(struct text *out, struct span member, const struct field *field)
{
	uint64_t value = memory_number(member, 0, field->size);
	switch (field->form) {
	case FIELD_SIGNED:
		text_s64(out, signed_number(value, field->size));
		break;
	case FIELD_UNSIGNED:
		text_u64(out, value);
		break;
	case FIELD_HEX:
		hex_text(out, value);
		break;
	case FIELD_POINTER:
		pointer_text(out, value);
		break;
	case FIELD_MODE:
		mode_text(out, (uint32_t)value);
		break;
	case FIELD_PERMISSIONS:
		permissions_text(out, value);
		break;
	case FIELD_SIGNAL:
		if (value > (uint64_t)SIGRTMAX)
			text_u64(out, value);
		else
			flags_text(out, ARG_SIGNAL, value);
		break;
	case FIELD_SYMBOL:
		flags_text(out, field->type, value);
		break;
	case FIELD_TIMESPEC:
		timespec_text(out, member);
		break;
	case FIELD_TIMEVAL:
		timeval_text(out, member);
		break;
	case FIELD_LIMIT:
		limit_text(out, value);
		break;
	case FIELD_SIGSET:
		sigset_text(out, value);
		break;
	case FIELD_STRING:
		member.len = (uint32_t)strnlen(member.data, member.len);
		quoted_text(out, member);
		break;
	}
}

void field_text(struct text *out, struct span memory, const struct field *field, bool first)
{
	if (field->form == FIELD_CLOSE) {
		text_char(out, '}');
		return;
	}
	if (!first)
		text_add(out, ", ", 2);
	text_str(out, field->name);
	if (field->form == FIELD_REST)
		return;
	text_char(out, '=');
	if (field->form == FIELD_OPEN)
		text_char(out, '{');
	else
		value_text(out, memory_part(memory, field->at, field->size), field);
}

void fields_open_text(struct text *out, struct span memory, const struct field *fields)
{
	bool first = true;
	text_char(out, '{');
	for (const struct field *field = fields; field->name; field++) {
		field_text(out, memory, field, first);
		first = field->form == FIELD_OPEN;
	}
}

void fields_text(struct text *out, struct span memory, const struct field *fields)
{
	fields_open_text(out, memory, fields);
	text_char(out, '}');
}

void struct_rest_text(struct text *out, struct span memory, uint64_t known, uint64_t size)
{
	struct span rest = memory_part(memory, known, memory.len);
	uint32_t bytes = rest.len < STRUCT_REST_MAX ? rest.len : STRUCT_REST_MAX;
	bool zero = true;
	if (size <= known)
		return;
	if (rest.len == 0 || (memory.cut && memory.len < STRUCT_COPIED)) {
		text_str(out, ", ???");
		return;
	}
	for (uint32_t i = 0; i < rest.len; i++)
		zero = zero && !rest.data[i];
	if (zero)
		return;
	text_printf(out, ", /* bytes %u..%u */ \"", (unsigned)known, (unsigned)(known + rest.len - 1));
	for (uint32_t i = 0; i < bytes; i++)
		text_printf(out, "\\x%02x", (unsigned char)rest.data[i]);
	text_str(out, bytes < rest.len || memory.cut ? "\"..." : "\"");
}

/* Ends a list, whose elements may be cut. */
static void list_end(struct text *out, struct span memory, uint64_t address, size_t unit)
{
	if (memory.cut) {
		text_str(out, ", ...");
		if (address && memory.len / unit < ELEMENTS_MAX) {
			text_str(out, " /* ");
			text_hex(out, address + memory.len);
			text_str(out, " */");
		}
	}
	text_char(out, ']');
}

void scalars_text(struct text *out, const struct span *memory, uint64_t address, const struct field *unit)
{
	text_char(out, '[');
	for (size_t at = 0; at + unit->size <= memory->len; at += unit->size) {
		if (at > 0)
			text_add(out, ", ", 2);
		value_text(out, memory_part(*memory, at, unit->size), unit);
	}
	list_end(out, *memory, address, unit->size);
}

void elements_text(struct text *out, struct span memory, uint64_t address, size_t unit,
	void (*one)(struct text *out, struct span element))
{
	text_char(out, '[');
	for (size_t at = 0; at + unit <= memory.len; at += unit) {
		if (at > 0)
			text_add(out, ", ", 2);
		one(out, memory_part(memory, at, unit));
	}
	list_end(out, memory, address, unit);
}
