/* SPDX-License-Identifier: BSD-2-Clause */
#include "value_text.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "flags.h"

#define SIGNALS           64
#define COMPLEMENTED_FROM (SIGNALS * 2 / 3) /* signals in a set that prints as the complement of the others */

void quoted_text(struct text *out, struct span s)
{
	text_char(out, '"');
	text_escaped(out, s.data, s.len);
	text_char(out, '"');
	if (s.cut)
		text_add(out, "...", 3);
}

/* Escapes < and > too, so that a name cannot end the brackets around it. */
static void bracketed(struct text *out, struct span s)
{
	text_char(out, '<');
	if (!memchr(s.data, '<', s.len) && !memchr(s.data, '>', s.len)) {
		text_escaped(out, s.data, s.len);
		s.data += s.len;
		s.len = 0;
	}
	for (uint32_t at = 0; at < s.len;) {
		uint32_t plain = at;
		while (plain < s.len && s.data[plain] != '<' && s.data[plain] != '>')
			plain++;
		text_escaped(out, s.data + at, plain - at);
		if (plain < s.len) {
			bool digit =
				plain + 1 < s.len && s.data[plain + 1] >= '0' && s.data[plain + 1] <= '7';
			text_printf(out, digit ? "\\%03o" : "\\%o", s.data[plain]);
		}
		at = plain + 1;
	}
	if (s.cut)
		text_add(out, "...", 3);
	text_char(out, '>');
}

void file_name_text(struct text *out, struct span path, bool deleted)
{
	if (path.data)
		bracketed(out, path);
	if (path.data && deleted)
		text_str(out, "(deleted)");
}

void fd_text(struct text *out, int64_t fd, const struct file_ref *file)
{
	text_s64(out, fd);
	file_name_text(out, file->path, file->deleted);
}

void hex_text(struct text *out, uint64_t value)
{
	if (value)
		text_hex(out, value);
	else
		text_char(out, '0');
}

void pointer_text(struct text *out, uint64_t address)
{
	if (address)
		text_hex(out, address);
	else
		text_str(out, "NULL");
}

void permissions_text(struct text *out, uint64_t mode)
{
	if (mode < 8)
		text_add(out, "00", mode ? 1 : 2);
	text_octal(out, mode);
}

void mode_text(struct text *out, uint32_t mode)
{
	size_t start = out->len;
	if (mode & S_IFMT && !flags_names(ARG_STAT_MODE, mode & S_IFMT)) {
		permissions_text(out, mode);
		return;
	}
	flags_text(out, ARG_STAT_MODE, mode & ~(uint32_t)(S_IRWXU | S_IRWXG | S_IRWXO));
	if (out->len == start + 1 && out->data[start] == '0')
		out->len = start; /* no type and no flags */
	else
		text_char(out, '|');
	permissions_text(out, mode & (S_IRWXU | S_IRWXG | S_IRWXO));
}

void device_text(struct text *out, uint64_t device)
{
	text_str(out, "makedev(");
	text_hex(out, major(device));
	text_add(out, ", ", 2);
	text_hex(out, minor(device));
	text_char(out, ')');
}

void ioprio_text(struct text *out, uint32_t priority)
{
	text_str(out, "IOPRIO_PRIO_VALUE(");
	flags_text(out, ARG_IOPRIO_CLASS, priority >> 13);
	text_add(out, ", ", 2);
	text_u64(out, priority & 0x1fff);
	text_char(out, ')');
}

/* A constant of a word's four bits; what it is called follows the shift. */
static void shifted_text(
	struct text *out, enum arg_type type, unsigned value, const char *shift, const char *unknown)
{
	if (flags_names(type, value))
		flags_text(out, type, value);
	else
		hex_text(out, value);
	text_str(out, shift);
	text_str(out, flags_names(type, value) ? "" : unknown);
}

void futex_change_text(struct text *out, uint32_t change)
{
	if (change >> 31)
		text_str(out, "FUTEX_OP_OPARG_SHIFT<<28|");
	shifted_text(out, ARG_FUTEX_CHANGES, change >> 28 & 7, "<<28", " /* FUTEX_OP_??? */");
	text_char(out, '|');
	hex_text(out, change >> 12 & 0xfff);
	text_str(out, "<<12|");
	shifted_text(out, ARG_FUTEX_COMPARE, change >> 24 & 0xf, "<<24", " /* FUTEX_OP_CMP_??? */");
	text_char(out, '|');
	hex_text(out, change & 0xfff);
}

void limit_text(struct text *out, uint64_t limit)
{
	if (limit == UINT64_MAX) {
		text_str(out, "RLIM64_INFINITY");
	} else if (limit > 1024 && limit % 1024 == 0) {
		text_u64(out, limit / 1024);
		text_str(out, "*1024");
	} else {
		text_u64(out, limit);
	}
}

/* The signal's name without SIG. */
static void short_signal(struct text *out, unsigned number)
{
	size_t start = out->len;
	flags_text(out, ARG_SIGNAL, number);
	if (out->len > start + 3 && memcmp(out->data + start, "SIG", 3) == 0) {
		memmove(out->data + start, out->data + start + 3, out->len - start - 3);
		out->len -= 3;
	}
}

void sigset_text(struct text *out, uint64_t set)
{
	if (__builtin_popcountll(set) >= COMPLEMENTED_FROM) {
		text_char(out, '~');
		set = ~set;
	}
	text_char(out, '[');
	for (unsigned number = 1; set; number++, set >>= 1) {
		if (!(set & 1))
			continue;
		short_signal(out, number);
		if (set > 1)
			text_char(out, ' ');
	}
	text_char(out, ']');
}
