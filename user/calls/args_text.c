/* SPDX-License-Identifier: BSD-2-Clause */
#include "args_text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include "args_decode.h"
#include "flags.h"
#include "memory_kinds.h"
#include "memory_read.h"
#include "value_text.h"

static void json_string(struct text *out, struct span s)
{
	text_char(out, '"');
	text_json(out, s.data, s.len);
	if (s.cut)
		text_add(out, "...", 3);
	text_char(out, '"');
}

/* Strings that a zero byte closes each, as ["a", "b"]; `more` stands for those that were cut off. */
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

static void count_variables(struct text *out, uint64_t count)
{
	text_add(out, "/* ", 3);
	text_u64(out, count);
	text_str(out, count == 1 ? " var */" : " vars */");
}

/* An environment, of which only the number of variables is known. */
static void variables(struct text *out, uint64_t count)
{
	text_char(out, '[');
	count_variables(out, count);
	text_char(out, ']');
}

static void environment(struct text *out, const struct arg *arg)
{
	pointer_text(out, arg->value);
	text_char(out, ' ');
	count_variables(out, memory_u32(arg->memory[0], 0));
}

static void arg_text(struct text *out, const struct call_event *call, const struct arg *arg)
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
		hex_text(out, arg->value);
		break;
	case ARG_FORM_OCTAL:
		permissions_text(out, arg->value);
		break;
	case ARG_FORM_FILE_MODE:
		mode_text(out, (uint32_t)arg->value);
		break;
	case ARG_FORM_DEVICE:
		device_text(out, arg->value);
		break;
	case ARG_FORM_FUTEX_CHANGE:
		futex_change_text(out, (uint32_t)arg->value);
		break;
	case ARG_FORM_IOPRIO:
		ioprio_text(out, (uint32_t)arg->value);
		break;
	case ARG_FORM_MEMORY:
		memory_text(out, arg, call);
		break;
	case ARG_FORM_SYMBOL:
		flags_text(out, arg->type, arg->value);
		break;
	case ARG_FORM_STRING:
		quoted_text(out, arg->text);
		break;
	case ARG_FORM_STRINGS:
		vector(out, arg->text, quoted_text, "...");
		break;
	case ARG_FORM_FD:
		if (arg->type == ARG_DIRFD && (int64_t)arg->value == AT_FDCWD)
			text_add(out, "AT_FDCWD", 8);
		else if (arg->type == ARG_DIRFD && call->nr == SYS_fanotify_mark && (int64_t)arg->value == -1)
			text_str(out, "FAN_NOFD");
		else
			text_s64(out, (int64_t)arg->value);
		file_name_text(out, arg->text, arg->deleted);
		break;
	case ARG_FORM_VARIABLES:
		variables(out, arg->value);
		break;
	case ARG_FORM_ENVIRONMENT:
		environment(out, arg);
		break;
	case ARG_FORM_POINTER:
		pointer_text(out, arg->value);
		break;
	case ARG_FORM_BUFFER:
		text_add(out, "...", 3);
		break;
	}
}

/* The text as a JSON string. It may hold names, so it is escaped. */
static void memory_json(struct text *out, const struct call_event *call, const struct arg *arg)
{
	struct text plain = { 0 };
	arg_text(&plain, call, arg);
	text_char(out, '"');
	text_json(out, plain.data, plain.len);
	text_char(out, '"');
	out->failed |= plain.failed;
	text_free(&plain);
}

static void arg_json(struct text *out, const struct call_event *call, const struct arg *arg)
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
	case ARG_FORM_MEMORY:
		memory_json(out, call, arg);
		break;
	default: /* plain ASCII without quotes */
		text_char(out, '"');
		arg_text(out, call, arg);
		text_char(out, '"');
	}
}

static void labelled_text(struct text *out, const struct call_event *call, const struct arg *arg)
{
	if (arg->label)
		text_str(out, arg->label);
	arg_text(out, call, arg);
}

typedef void (*print_one)(struct text *out, const struct call_event *call, const struct arg *arg);

static void args_list(struct text *out, const struct call_event *call, print_one one)
{
	struct arg args[6];
	int count = args_decode(call, args);
	for (int i = 0; i < count; i++) {
		if (i > 0)
			text_add(out, ", ", 2);
		one(out, call, &args[i]);
	}
}

void args_text(struct text *out, const struct call_event *call)
{
	args_list(out, call, labelled_text);
}

void args_json(struct text *out, const struct call_event *call)
{
	text_char(out, '[');
	args_list(out, call, arg_json);
	text_char(out, ']');
}
