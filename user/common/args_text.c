/* SPDX-License-Identifier: BSD-2-Clause */
#include "args.h"

#include <fcntl.h>
#include <string.h>

#include "errnames.h"
#include "flags.h"

static void quoted(struct text *out, struct span s)
{
	text_char(out, '"');
	text_escaped(out, s.data, s.len);
	text_char(out, '"');
	if (s.cut)
		text_add(out, "...", 3);
}

static void json_string(struct text *out, struct span s)
{
	text_char(out, '"');
	text_json(out, s.data, s.len);
	if (s.cut)
		text_add(out, "...", 3);
	text_char(out, '"');
}

/* A vector of strings, each closed by a zero byte, as ["a", "b"]; `more` stands for those that were cut off.
 */
static void vector(
	struct text *out, struct span all, void (*one)(struct text *, struct span), const char *more)
{
	bool last_cut = false;
	text_char(out, '[');
	for (uint32_t at = 0; at < all.len;) {
		const char *end = memchr(all.data + at, '\0', all.len - at);
		uint32_t len = end ? (uint32_t)(end - (all.data + at)) : all.len - at;
		last_cut = !end && all.cut;
		if (at > 0)
			text_add(out, ", ", 2);
		one(out, (struct span){ .data = all.data + at, .len = len, .cut = last_cut });
		at += len + 1;
	}
	if (all.cut && !last_cut) {
		text_str(out, all.len ? ", " : "");
		text_str(out, more);
	}
	text_char(out, ']');
}

/* Escapes < and > too, so that a name cannot end the brackets that it stands in. */
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
		if (plain < s.len)
			text_str(out, s.data[plain] == '<' ? "\\074" : "\\076");
		at = plain + 1;
	}
	if (s.cut)
		text_add(out, "...", 3);
	text_char(out, '>');
}

/* 3</tmp/demo.apbundle> */
static void fd_text(struct text *out, int64_t fd, struct span path)
{
	text_s64(out, fd);
	if (path.data)
		bracketed(out, path);
}

static void hex_or_zero(struct text *out, uint64_t value)
{
	if (value)
		text_hex(out, value);
	else
		text_char(out, '0');
}

/* An environment of which only the size is known, in strace's words. */
static void variables(struct text *out, uint64_t count)
{
	text_add(out, "[/* ", 4);
	text_u64(out, count);
	text_str(out, count == 1 ? " var */]" : " vars */]");
}

static void arg_text(struct text *out, const struct arg *arg)
{
	switch (arg->form) {
	case ARG_FORM_SIGNED:
		text_s64(out, (int64_t)arg->value);
		break;
	case ARG_FORM_UNSIGNED:
		text_u64(out, arg->value);
		break;
	case ARG_FORM_HEX_NUMBER:
	case ARG_FORM_HEX:
		hex_or_zero(out, arg->value);
		break;
	case ARG_FORM_OCTAL:
		text_octal(out, arg->value);
		break;
	case ARG_FORM_SYMBOL:
		flags_text(out, arg->type, arg->value);
		break;
	case ARG_FORM_STRING:
		quoted(out, arg->text);
		break;
	case ARG_FORM_STRINGS:
		vector(out, arg->text, quoted, "...");
		break;
	case ARG_FORM_FD:
		if (arg->type == ARG_DIRFD && (int64_t)arg->value == AT_FDCWD)
			text_add(out, "AT_FDCWD", 8);
		else
			fd_text(out, (int64_t)arg->value, arg->text);
		break;
	case ARG_FORM_VARIABLES:
		variables(out, arg->value);
		break;
	case ARG_FORM_POINTER:
		if (arg->value)
			text_hex(out, arg->value);
		else
			text_add(out, "NULL", 4);
		break;
	case ARG_FORM_BUFFER:
		text_add(out, "...", 3);
		break;
	}
}

static void arg_json(struct text *out, const struct arg *arg)
{
	switch (arg->form) {
	case ARG_FORM_SIGNED:
	case ARG_FORM_FD:
		text_s64(out, (int64_t)arg->value);
		break;
	case ARG_FORM_UNSIGNED:
	case ARG_FORM_HEX_NUMBER:
		text_u64(out, arg->value);
		break;
	case ARG_FORM_STRING:
		json_string(out, arg->text);
		break;
	case ARG_FORM_STRINGS:
		vector(out, arg->text, json_string, "\"...\"");
		break;
	case ARG_FORM_VARIABLES:
		text_char(out, '"');
		variables(out, arg->value);
		text_char(out, '"');
		break;
	case ARG_FORM_HEX:
	case ARG_FORM_POINTER:
		text_char(out, '"');
		text_hex(out, arg->value);
		text_char(out, '"');
		break;
	default: /* plain ASCII without quotes */
		text_char(out, '"');
		arg_text(out, arg);
		text_char(out, '"');
	}
}

static void args_list(
	struct text *out, const struct call_event *call, void (*one)(struct text *, const struct arg *))
{
	struct arg args[6];
	int count = args_decode(call, args);
	for (int i = 0; i < count; i++) {
		if (i > 0)
			text_add(out, ", ", 2);
		one(out, &args[i]);
	}
}

void args_text(struct text *out, const struct call_event *call)
{
	args_list(out, call, arg_text);
}

void args_json(struct text *out, const struct call_event *call)
{
	text_char(out, '[');
	args_list(out, call, arg_json);
	text_char(out, ']');
}

static void error_text(struct text *out, int number)
{
	const char *name = errno_name(number), *meaning = errno_meaning(number);
	text_str(out, errno_restarts(number) ? "? " : "-1 ");
	if (name) {
		text_str(out, name);
	} else {
		text_str(out, "errno ");
		text_s64(out, number);
	}
	if (meaning) {
		text_add(out, " (", 2);
		text_str(out, meaning);
		text_char(out, ')');
	}
}

void result_text(struct text *out, const struct call_event *call)
{
	const struct syscall_info *info = syscall_info(call->nr);
	if (!call->returned) {
		text_char(out, '?');
	} else if (result_failed(call)) {
		error_text(out, (int)-call->result);
	} else if (info->result == RESULT_ADDRESS) {
		text_hex(out, (uint64_t)call->result);
	} else if (info->result == RESULT_OCTAL) {
		text_octal(out, (uint64_t)call->result);
	} else if (info->result == RESULT_FD || info->result == RESULT_NEW_FD) {
		fd_text(out, call->result, call->other.path);
	} else {
		text_s64(out, call->result);
	}
}
