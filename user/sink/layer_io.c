/* SPDX-License-Identifier: BSD-2-Clause */
/* The io layer: requests of io_uring. */
#include "user/event/sink.h"
#include "layers.h"
#include "pieces.h"

static void io_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	(void)style;
	text_str(t, kind_of(ev->kind)->word);
	text_s64(t, ev->uring.result);
}

static void io_json(struct text *t, const struct event *ev, struct json_args *args)
{
	(void)args;
	NUMBER(t, ",\"user_data\":", ev->uring.user_data);
}

static void io_cells(struct csv *csv, const struct event *ev)
{
	(void)ev;
	csv_nones(csv, 9);
}

static void io_detail(struct text *t, const struct event *ev)
{
	detail_u64(t, "user_data", ev->uring.user_data);
}

const struct layer_view layer_io = {
	.text = io_text,
	.json = io_json,
	.csv_cells = io_cells,
	.csv_detail = io_detail,
};
