/* SPDX-License-Identifier: BSD-2-Clause */
#include "csv_sink.h"

#include <stdlib.h>
#include <string.h>

#include "user/base/csv.h"
#include "csv_summary.h"
#include "json_event.h"
#include "user/event/stacks.h"
#include "user/event/words.h"
#include "layers.h"
#include "pieces.h"

struct csv_sink {
	struct sink sink;
	struct out *out;
	struct csv csv;
};

static const char header[] =
	"time_ns,layer,event,pid,tid,name,args,result,error,duration_ns,file,offset,size,bundle,detail,load\r\n";

/* ---- the column `detail`: what has no column of its own, as key=value ---- */

static void detail(struct csv *csv, const struct event *ev)
{
	struct text *t = &csv->cell;
	layer_view(ev)->csv_detail(t, ev);
	if (ev->comm.data) {
		detail_key(t, "comm");
		text_escaped(t, ev->comm.data, ev->comm.len);
	}
	if (ev->ns_pid) {
		detail_u64(t, "ns_pid", ev->ns_pid);
		detail_u64(t, "ns_tid", ev->ns_tid);
	}
	if (ev->stack && stack_line(ev->stack)) {
		detail_key(t, "at");
		frame_location_text(t, stack_line(ev->stack));
	}
	if (ev->stack_left_out)
		detail_u64(t, "stack_left_out", 1);
	if (ev->lost_before)
		detail_u64(t, "lost_before", ev->lost_before);
	if (ev->lost_before && ev->lost_since_ns)
		detail_u64(t, "lost_since_ns", ev->lost_since_ns);
	csv_cell(csv);
}

/* ---- the cells from `name` to `bundle` ---- */

static int csv_event(struct sink *sink, const struct event *ev)
{
	struct csv_sink *cs = (struct csv_sink *)sink;
	struct csv *csv = &cs->csv;
	csv_begin(csv, &cs->out->text);
	csv_u64(csv, ev->time_ns);
	csv_str(csv, layer_word(event_layer(ev)));
	csv_str(csv, event_word(ev->kind));
	csv_u64(csv, ev->pid);
	csv_u64(csv, ev->tid);
	layer_view(ev)->csv_cells(csv, ev);
	detail(csv, ev);
	if (ev->load)
		csv_u64(csv, ev->load);
	else
		csv_none(csv);
	csv_end(csv);
	return out_settle(cs->out);
}

/* ---- the sink ---- */

/* A count at the end, of what the records lack. */
static void count_record(
	struct csv_sink *cs, const char *event, const char *name, const char *cause, uint64_t count)
{
	struct csv *csv = &cs->csv;
	csv_begin(csv, &cs->out->text);
	csv_none(csv); /* time_ns */
	csv_none(csv); /* layer */
	csv_str(csv, event);
	csv_none(csv); /* pid */
	csv_none(csv); /* tid */
	csv_str(csv, name);
	csv_none(csv); /* args */
	csv_u64(csv, count);
	csv_nones(csv, 6); /* error to bundle */
	detail_str(&csv->cell, "cause", cause);
	csv_cell(csv);
	csv_none(csv); /* load */
	csv_end(csv);
}

static int events_finish(struct sink *sink, const struct run_result *result)
{
	struct csv_sink *cs = (struct csv_sink *)sink;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		for (unsigned cause = 0; cause < LOST_CAUSES; cause++)
			if (result->lost[kind][cause])
				count_record(cs, "lost", event_word(kind), lost_key(cause),
					result->lost[kind][cause]);
	if (result->stacks_left_out)
		count_record(cs, "left_out", "stack", lost_key(LOST_RING_FULL), result->stacks_left_out);
	return out_flush(cs->out);
}

static int no_event(struct sink *sink, const struct event *ev)
{
	(void)ev;
	return ((struct csv_sink *)sink)->out->error;
}

static int tables_finish(struct sink *sink, const struct run_result *result)
{
	struct csv_sink *cs = (struct csv_sink *)sink;
	csv_summary(cs->out, &cs->csv, result);
	return out_flush(cs->out);
}

static void csv_sink_free(struct sink *sink)
{
	csv_free(&((struct csv_sink *)sink)->csv);
	free(sink);
}

struct sink *csv_sink_new(struct out *out, enum csv_form form)
{
	struct csv_sink *cs = calloc(1, sizeof(*cs));
	if (!cs)
		return NULL;
	cs->out = out;
	if (form == CSV_EVENTS) {
		cs->sink = (struct sink){ csv_event, events_finish, csv_sink_free };
		text_str(&out->text, header);
	} else {
		cs->sink = (struct sink){ no_event, tables_finish, csv_sink_free };
	}
	return &cs->sink;
}
