/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_event.h"

#include <string.h>

#include "user/event/load_costs.h"
#include "user/event/stacks.h"
#include "user/event/words.h"
#include "layers.h"
#include "pieces.h"

/* ---- stacks ---- */

static void frame_fields(struct text *t, const struct frame *frame)
{
	LITERAL(t, "{\"module\":");
	json_piece_span(t, frame->module);
	LITERAL(t, ",\"address\":\"");
	text_hex(t, frame->address);
	LITERAL(t, "\",\"function\":");
	json_piece_span(t, frame->function);
	LITERAL(t, ",\"file\":");
	json_piece_span(t, frame->file);
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

/* ---- loads ---- */

/* What served a load; what there was none of is left out, but bytes from storage, where they were observed. */
static void costs_fields(struct text *t, const struct load_costs *costs)
{
	const struct {
		const char *key;
		uint64_t value;
	} fields[] = {
		{ "\"calls\":", costs->calls },
		{ "\"call_bytes\":", costs->call_bytes },
		{ "\"call_ns\":", costs->call_ns },
		{ "\"requests\":", costs->requests },
		{ "\"request_bytes\":", costs->request_bytes },
		{ "\"faults\":", costs->faults },
		{ "\"major_faults\":", costs->major_faults },
		{ "\"fault_ns\":", costs->fault_ns },
		{ "\"disk_ns\":", costs->disk_ns },
		{ "\"blocked_ns\":", costs->blocked_ns },
		{ "\"runnable_ns\":", costs->runnable_ns },
	};
	bool any = costs->storage_bytes != COST_UNKNOWN;
	LITERAL(t, ",\"served_by\":{");
	if (any)
		NUMBER(t, "\"storage_bytes\":", costs->storage_bytes);
	for (unsigned i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (!fields[i].value)
			continue;
		if (any)
			text_char(t, ',');
		any = true;
		text_str(t, fields[i].key);
		text_u64(t, fields[i].value);
	}
	text_char(t, '}');
}

void json_event(struct text *t, const struct event *ev, struct json_args *args)
{
	NUMBER(t, "{\"time_ns\":", ev->time_ns);
	LITERAL(t, ",\"layer\":");
	json_piece_word(t, layer_word(event_layer(ev)));
	LITERAL(t, ",\"event\":");
	json_piece_word(t, event_word(ev->kind));
	NUMBER(t, ",\"pid\":", ev->pid);
	NUMBER(t, ",\"tid\":", ev->tid);
	if (ev->comm.data) {
		LITERAL(t, ",\"comm\":");
		json_piece_span(t, ev->comm);
	}
	if (ev->ns_pid) {
		NUMBER(t, ",\"ns_pid\":", ev->ns_pid);
		NUMBER(t, ",\"ns_tid\":", ev->ns_tid);
	}
	if (ev->lost_before)
		NUMBER(t, ",\"lost_before\":", ev->lost_before);
	if (ev->lost_before && ev->lost_since_ns)
		NUMBER(t, ",\"lost_since_ns\":", ev->lost_since_ns);
	if (ev->load)
		NUMBER(t, ",\"load\":", ev->load);
	layer_view(ev)->json(t, ev, args);
	if (ev->costs)
		costs_fields(t, ev->costs);
	if (ev->stack)
		stack_fields(t, ev->stack);
	if (ev->stack_left_out)
		LITERAL(t, ",\"stack_left_out\":true");
	text_char(t, '}');
}
