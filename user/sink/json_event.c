/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_event.h"

#include <string.h>
#include <sys/wait.h>

#include "user/calls/args_text.h"
#include "user/calls/result.h"
#include "user/base/errnames.h"
#include "user/event/stacks.h"
#include "user/calls/syscalls.h"
#include "user/event/words.h"

/* A literal piece of JSON: its length is known when it is compiled. */
#define LITERAL(t, s) text_add(t, "" s, sizeof(s) - 1)

/* `key` is with its quotes and colon, and the comma before it. */
#define NUMBER(t, key, v) (LITERAL(t, key), text_u64(t, v))

static void string(struct text *t, const char *s)
{
	text_char(t, '"');
	text_str(t, s);
	text_char(t, '"');
}

static void span(struct text *t, struct span s)
{
	if (!s.data) {
		LITERAL(t, "null");
		return;
	}
	text_char(t, '"');
	text_json(t, s.data, s.len);
	text_char(t, '"');
}

void json_strings(struct text *t, const char *data, size_t len)
{
	text_char(t, '[');
	for (size_t at = 0; at < len;) {
		size_t n = strnlen(data + at, len - at);
		text_str(t, at ? ",\"" : "\"");
		text_json(t, data + at, n);
		text_char(t, '"');
		at += n + 1;
	}
	text_char(t, ']');
}

void json_command(struct text *t, const char *const *command)
{
	if (!command) {
		LITERAL(t, "null");
		return;
	}
	text_char(t, '[');
	for (const char *const *arg = command; *arg; arg++) {
		text_str(t, arg == command ? "\"" : ",\"");
		text_json(t, *arg, strlen(*arg));
		text_char(t, '"');
	}
	text_char(t, ']');
}

static void error_name(struct text *t, int number)
{
	const char *name = errno_name(number);
	LITERAL(t, ",\"error\":");
	string(t, name ? name : "unknown");
}

/* ---- system calls ---- */

static void result(struct text *t, const struct call_event *call)
{
	LITERAL(t, ",\"result\":");
	if (call->returned)
		text_s64(t, call->result);
	else
		LITERAL(t, "null");
	if (call->unfinished)
		LITERAL(t, ",\"unfinished\":true");
}

static void file(struct text *t, const struct file_ref *f)
{
	LITERAL(t, "{\"path\":");
	span(t, f->path);
	if (f->path.cut)
		LITERAL(t, ",\"path_cut\":true");
	NUMBER(t, ",\"dev\":\"", f->id.dev >> 20);
	NUMBER(t, ":", f->id.dev & 0xfffff);
	NUMBER(t, "\",\"ino\":", f->id.ino);
	LITERAL(t, ",\"offset\":");
	text_s64(t, f->pos);
	text_char(t, '}');
}

static void region(struct text *t, const struct place *place)
{
	LITERAL(t, ",\"region\":{\"first\":");
	span(t, place->first);
	if (place->first.cut)
		LITERAL(t, ",\"first_cut\":true");
	NUMBER(t, ",\"first_offset\":", place->offset);
	if (place->last.data) {
		LITERAL(t, ",\"last\":");
		span(t, place->last);
	}
	text_char(t, '}');
}

static void call_fields(struct text *t, const struct event *ev, struct json_args *args)
{
	const struct call_event *call = &ev->call;
	LITERAL(t, ",\"name\":\"");
	syscall_name_text(t, call->nr);
	LITERAL(t, "\",\"args\":");
	args->start = t->len;
	args_json(t, call);
	args->end = t->len;
	result(t, call);
	if (result_failed(call))
		error_name(t, (int)-call->result);
	if (ev->duration_ns != NO_DURATION)
		NUMBER(t, ",\"duration_ns\":", ev->duration_ns);
	if (call->file.id.ino) {
		LITERAL(t, ",\"file\":");
		file(t, &call->file);
	}
	if (call->other.id.ino) {
		LITERAL(t, ",\"other_file\":");
		file(t, &call->other);
	}
	if (call->place)
		region(t, call->place);
}

/* From the element at s: its length, up to the comma or bracket that ends it. */
static size_t element_length(const char *s, size_t len)
{
	unsigned depth = 0;
	bool quoted = false;
	size_t i = 0;
	for (; i < len; i++) {
		if (quoted) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				quoted = false;
		} else if (s[i] == '"') {
			quoted = true;
		} else if (s[i] == '[') {
			depth++;
		} else if (depth == 0 && (s[i] == ',' || s[i] == ']')) {
			break;
		} else if (s[i] == ']') {
			depth--;
		}
	}
	return i < len ? i : len;
}

static void elements_as_strings(struct text *t, const char *s, size_t len)
{
	text_char(t, '[');
	for (size_t i = 1; i < len && s[i] != ']';) {
		size_t n = element_length(s + i, len - i);
		if (s[i] == '"') {
			text_add(t, s + i, n);
		} else {
			text_char(t, '"');
			text_json(t, s + i, n);
			text_char(t, '"');
		}
		i += n;
		if (i < len && s[i] == ',') {
			text_char(t, ',');
			i += i + 1 < len && s[i + 1] == ' ' ? 2 : 1;
		}
	}
	text_char(t, ']');
}

void json_call(struct text *t, const struct event *ev, const char *args, size_t args_len)
{
	LITERAL(t, "{\"name\":\"");
	syscall_name_text(t, ev->call.nr);
	LITERAL(t, "\",\"args\":");
	elements_as_strings(t, args, args_len);
	result(t, &ev->call);
	if (ev->duration_ns != NO_DURATION)
		NUMBER(t, ",\"duration_us\":", ev->duration_ns / 1000);
	text_char(t, '}');
}

/* ---- cache events ---- */

static void model(struct text *t, const struct app_event *app)
{
	LITERAL(t, ",\"model\":");
	span(t, app->name);
	if (app->name.cut)
		LITERAL(t, ",\"model_cut\":true");
}

static void model_at(struct text *t, const struct app_event *app)
{
	model(t, app);
	NUMBER(t, ",\"offset\":", app->args[APP_OFFSET]);
	NUMBER(t, ",\"size\":", app->args[APP_SIZE]);
}

static void open_fields(struct text *t, const struct app_event *app)
{
	NUMBER(t, ",\"models\":", app->args[APP_OPEN_MODELS]);
	NUMBER(t, ",\"data_offset\":", app->args[APP_OPEN_DATA_OFFSET]);
	NUMBER(t, ",\"limit\":", app->args[APP_OPEN_LIMIT]);
}

static void close_fields(struct text *t, const struct app_event *app)
{
	NUMBER(t, ",\"hits\":", app->args[APP_CLOSE_HITS]);
	NUMBER(t, ",\"misses\":", app->args[APP_CLOSE_MISSES]);
	NUMBER(t, ",\"evictions\":", app->args[APP_CLOSE_EVICTIONS]);
	NUMBER(t, ",\"prefetches\":", app->args[APP_CLOSE_PREFETCHES]);
	NUMBER(t, ",\"bytes_loaded\":", app->args[APP_CLOSE_BYTES_LOADED]);
}

static void policy_fields(struct text *t, const struct app_event *app)
{
	LITERAL(t, ",\"from\":");
	string(t, policy_word(app->args[APP_POLICY_FROM]));
	LITERAL(t, ",\"to\":");
	string(t, policy_word(app->args[APP_POLICY_TO]));
	NUMBER(t, ",\"cost_from\":", app->args[APP_POLICY_COST_FROM]);
	NUMBER(t, ",\"cost_to\":", app->args[APP_POLICY_COST_TO]);
}

static void app_fields(struct text *t, const struct event *ev)
{
	const struct app_event *app = &ev->app;
	struct span path = ev->kind == EVENT_APP_OPEN ? app->name : app->bundle_path;
	NUMBER(t, ",\"bundle\":", app->bundle);
	LITERAL(t, ",\"bundle_path\":");
	span(t, path);
	if (path.cut)
		LITERAL(t, ",\"bundle_path_cut\":true");
	switch (ev->kind) {
	case EVENT_APP_OPEN:
		open_fields(t, app);
		break;
	case EVENT_APP_HIT:
	case EVENT_APP_MISS:
		model_at(t, app);
		break;
	case EVENT_APP_LOAD:
		model_at(t, app);
		NUMBER(t, ",\"duration_ns\":", app->args[APP_LOAD_NS]);
		LITERAL(t, ",\"cause\":");
		string(t, cause_word(app->args[APP_LOAD_CAUSE]));
		break;
	case EVENT_APP_EVICT:
		model_at(t, app);
		LITERAL(t, ",\"reason\":");
		string(t, reason_word(app->args[APP_EVICT_REASON]));
		NUMBER(t, ",\"resident\":", app->args[APP_EVICT_RESIDENT]);
		break;
	case EVENT_APP_PREFETCH:
		model_at(t, app);
		LITERAL(t, ",\"source\":");
		string(t, source_word(app->args[APP_PREFETCH_SOURCE]));
		break;
	case EVENT_APP_ERROR:
		model(t, app);
		NUMBER(t, ",\"errno\":", app->args[APP_ERROR_ERRNO]);
		error_name(t, app->args[APP_ERROR_ERRNO] < 4096 ? (int)app->args[APP_ERROR_ERRNO] : 0);
		break;
	case EVENT_APP_CLOSE:
		close_fields(t, app);
		break;
	case EVENT_APP_POLICY:
		policy_fields(t, app);
		break;
	}
}

/* ---- processes ---- */

static void exec_fields(struct text *t, const struct process_event *p)
{
	LITERAL(t, ",\"file\":");
	span(t, p->file);
	if (p->file.cut)
		LITERAL(t, ",\"file_cut\":true");
	LITERAL(t, ",\"argv\":");
	json_strings(t, p->argv.data, p->argv.data ? p->argv.len : 0);
	if (p->argv.cut)
		LITERAL(t, ",\"argv_cut\":true");
	NUMBER(t, ",\"argc\":", p->argc);
}

static void exit_fields(struct text *t, int status)
{
	LITERAL(t, ",\"exit_code\":");
	text_u64(t, (uint64_t)(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)));
	LITERAL(t, ",\"signal\":");
	if (WIFSIGNALED(status))
		string(t, signal_word(WTERMSIG(status)));
	else
		LITERAL(t, "null");
}

static void process_fields(struct text *t, const struct event *ev)
{
	if (ev->kind == EVENT_FORK) {
		NUMBER(t, ",\"child_pid\":", ev->process.child_pid);
		NUMBER(t, ",\"child_tid\":", ev->process.child_tid);
		if (ev->process.child_ns_pid) {
			NUMBER(t, ",\"child_ns_pid\":", ev->process.child_ns_pid);
			NUMBER(t, ",\"child_ns_tid\":", ev->process.child_ns_tid);
		}
	} else if (ev->kind == EVENT_EXEC) {
		exec_fields(t, &ev->process);
	} else if (ev->kind == EVENT_EXIT) {
		exit_fields(t, ev->process.status);
	}
}

/* ---- stacks ---- */

static void frame_fields(struct text *t, const struct frame *frame)
{
	LITERAL(t, "{\"module\":");
	span(t, frame->module);
	LITERAL(t, ",\"address\":\"");
	text_hex(t, frame->address);
	LITERAL(t, "\",\"function\":");
	span(t, frame->function);
	LITERAL(t, ",\"file\":");
	span(t, frame->file);
	LITERAL(t, ",\"line\":");
	if (frame->line)
		text_u64(t, frame->line);
	else
		LITERAL(t, "null");
	text_char(t, '}');
}

static void stack_fields(struct text *t, const struct stack *stack)
{
	const struct frame *line = stack_line(stack);
	if (line) {
		LITERAL(t, ",\"at\":");
		frame_fields(t, line);
	}
	if (!stack->whole)
		return;
	LITERAL(t, ",\"stack\":[");
	for (uint32_t i = 0; i < stack->count; i++) {
		if (i)
			text_char(t, ',');
		frame_fields(t, stack->frames[i]);
	}
	text_char(t, ']');
	if (stack->cut)
		LITERAL(t, ",\"stack_cut\":true");
}

void json_event(struct text *t, const struct event *ev, struct json_args *args)
{
	enum layer layer = event_layer(ev);
	NUMBER(t, "{\"time_ns\":", ev->time_ns);
	LITERAL(t, ",\"layer\":");
	string(t, layer_word(layer));
	LITERAL(t, ",\"event\":");
	string(t, event_word(ev->kind));
	NUMBER(t, ",\"pid\":", ev->pid);
	NUMBER(t, ",\"tid\":", ev->tid);
	if (ev->ns_pid) {
		NUMBER(t, ",\"ns_pid\":", ev->ns_pid);
		NUMBER(t, ",\"ns_tid\":", ev->ns_tid);
	}
	if (ev->lost_before)
		NUMBER(t, ",\"lost_before\":", ev->lost_before);
	if (ev->lost_before && ev->lost_since_ns)
		NUMBER(t, ",\"lost_since_ns\":", ev->lost_since_ns);
	switch (layer) {
	case LAYER_SYSCALL:
		call_fields(t, ev, args);
		break;
	case LAYER_APP:
		app_fields(t, ev);
		break;
	case LAYER_PROCESS:
		process_fields(t, ev);
		break;
	}
	if (ev->stack)
		stack_fields(t, ev->stack);
	text_char(t, '}');
}
