/* SPDX-License-Identifier: BSD-2-Clause */
/* The process layer: forks, execs and exits. */
#include <sys/wait.h>

#include "user/event/sink.h"
#include "user/event/words.h"
#include "layers.h"
#include "pieces.h"

/* Of processes, their ends have a line, as strace has it. */
static bool process_in_text(const struct event *ev)
{
	return ev->kind == EVENT_EXIT && ev->pid == ev->tid;
}

static void process_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	(void)style;
	add_exit(t, ev->process.status);
}

static void exec_fields(struct text *t, const struct process_event *p)
{
	LITERAL(t, ",\"file\":");
	json_piece_span(t, p->file);
	if (p->file.cut)
		LITERAL(t, ",\"file_cut\":true");
	LITERAL(t, ",\"argv\":");
	json_argv(&(struct json){ .text = t }, p->argv);
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
		json_piece_word(t, signal_word(WTERMSIG(status)));
	else
		LITERAL(t, "null");
}

static void process_json(struct text *t, const struct event *ev, struct json_args *args)
{
	(void)args;
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

static void process_cells(struct csv *csv, const struct event *ev)
{
	const struct process_event *p = &ev->process;
	bool exec = ev->kind == EVENT_EXEC;
	csv_span(csv, exec ? p->file : (struct span){ 0 });
	if (exec)
		json_argv(&(struct json){ .text = &csv->cell }, p->argv);
	if (exec && p->argv.cut)
		text_add(&csv->cell, "...", 3);
	csv_cell(csv);
	if (ev->kind == EVENT_EXIT)
		csv_s64(csv, run_exit_code(p->status));
	else
		csv_none(csv);
	csv_nones(csv, 6); /* error to bundle */
}

static void process_detail(struct text *t, const struct event *ev)
{
	const struct process_event *p = &ev->process;
	if (ev->kind == EVENT_FORK) {
		detail_u64(t, "child_pid", p->child_pid);
		detail_u64(t, "child_tid", p->child_tid);
		if (p->child_ns_pid) {
			detail_u64(t, "child_ns_pid", p->child_ns_pid);
			detail_u64(t, "child_ns_tid", p->child_ns_tid);
		}
	} else if (ev->kind == EVENT_EXEC) {
		detail_u64(t, "argc", p->argc);
	} else if (WIFSIGNALED(p->status)) {
		detail_str(t, "signal", signal_word(WTERMSIG(p->status)));
	}
}

const struct layer_view layer_process = {
	.in_text = process_in_text,
	.text = process_text,
	.json = process_json,
	.csv_cells = process_cells,
	.csv_detail = process_detail,
};
