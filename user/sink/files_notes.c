/* SPDX-License-Identifier: BSD-2-Clause */
#include "files_notes.h"

#include "files_view.h"
#include "user/base/table.h"
#include "user/base/units.h"
#include "user/event/words.h"

enum {
	BACK_PERCENT = 5,     /* of what was filled: less is not worth a line ... */
	BACK_BYTES = 1 << 20, /* ... nor is this */
	FLOW_PARTS = 10,      /* models or tensors of a file in the table of three numbers */
};

/* ---- names ---- */

static struct span path_of(const struct file_stats *file)
{
	return file->path ? (struct span){ file->path, file->path_len, file->path_cut }
			  : (struct span){ "?", 1, false };
}

/* ---- what came back ---- */

/* How much of the file was used: what was asked for, or what that brought into the page cache. */
static uint64_t used_bytes(const struct file_stats *file, const struct file_row *row)
{
	uint64_t filled = covered_bytes(&file->filled, 0, UINT64_MAX);
	return row->distinct_bytes > filled ? row->distinct_bytes : filled;
}

static void add_limit(struct text *t, const struct run_result *result)
{
	text_str(t, result->memory_grouped ? " (limit of the cgroup " : " (memory of the machine ");
	unit_bytes(t, result->memory_limit);
	text_char(t, ')');
}

static void add_why(struct text *t, const struct file_stats *file, const struct file_row *row,
	const struct run_result *result)
{
	if (!result->memory_limit)
		return;
	if (used_bytes(file, row) > result->memory_limit) {
		text_str(t, ": the file does not fit into memory");
	} else {
		text_str(t, ": what was used of it, ");
		unit_bytes(t, used_bytes(file, row));
		text_str(t, ", did not fit beside what else is in memory");
	}
	add_limit(t, result);
}

void files_note_back(struct text *t, const struct file_stats *file, const struct file_row *row,
	const struct run_result *result)
{
	const struct file_sums *sums = &row->counts.sums;
	uint64_t median;
	if (sums->refault_bytes < BACK_BYTES || !sums->fill_bytes ||
		(double)sums->refault_bytes * 100 < (double)sums->fill_bytes * BACK_PERCENT ||
		!file_back_median(&row->counts.back, &median))
		return;
	double share = (double)sums->refault_bytes / (double)sums->fill_bytes;
	text_escaped(t, path_of(file).data, path_of(file).len);
	text_printf(t, ": %.0f%% of ", share > 1 ? 100 : share * 100);
	unit_bytes(t, sums->fill_bytes);
	text_str(t, " filled came back after being evicted (median ");
	duration_digits(t, (double)median);
	text_str(t, " later)");
	add_why(t, file, row, result);
	text_char(t, '\n');
}

/* ---- at the end ---- */

void files_note_resident(struct text *t, const struct file_stats *file)
{
	if (!file->resident_known)
		return;
	text_escaped(t, path_of(file).data, path_of(file).len);
	text_str(t, ": in the page cache at the end: ");
	unit_bytes(t, file->resident_bytes);
	if (file->double_known) {
		text_str(t, " (of it ");
		unit_bytes(t, file->double_bytes);
		text_str(t, " also in the bundle's cache)");
	}
	text_char(t, '\n');
}

/* ---- asked for, read, from storage ---- */

struct flow {
	bool known;
	uint64_t asked, read, storage;
};

static struct flow flow_of(const struct file_source *from, const struct file_row *row)
{
	const struct file_sums *sums = &row->counts.sums;
	const struct file_value asked = file_value_of("distinct_bytes", from, row),
				storage = file_value_of("storage_bytes", from, row);
	return (struct flow){
		.known = asked.known && storage.known && (asked.number || storage.number),
		.asked = asked.number,
		.read = sums->read_bytes + sums->uring_bytes + sums->faulted_bytes,
		.storage = storage.number,
	};
}

static void ratio_cell(struct table *t, uint64_t value, uint64_t to)
{
	if (to)
		text_printf(&t->cells, "%.2f", (double)value / (double)to);
	else
		text_char(&t->cells, '-');
	table_cell(t);
}

static void flow_cells(struct table *t, const struct flow *flow)
{
	const uint64_t numbers[] = { flow->asked, flow->read, flow->storage };
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		unit_bytes(&t->cells, numbers[i]);
		table_cell(t);
	}
	ratio_cell(t, flow->read, flow->asked);
	ratio_cell(t, flow->storage, flow->asked);
}

static void part_flows(struct table *t, const struct file_source *file, unsigned width)
{
	const struct file_source from = { .table = file->table, .file = file->file, .part = true };
	struct file_rows rows = file_rows_of(file->file, file->table->by, FLOW_PARTS);
	file_rows_sort(&rows);
	for (uint32_t i = 0, shown = 0; i < rows.count && shown < FLOW_PARTS && rows.by != BY_RANGE; i++) {
		struct flow flow = flow_of(&from, &rows.rows[i]);
		if (!flow.known || !rows.rows[i].name.data)
			continue;
		flow_cells(t, &flow);
		text_str(&t->cells, "  ");
		files_name_cell(t, rows.rows[i].name, width ? width - 2 : 0);
		shown++;
	}
	t->failed |= rows.failed;
	file_rows_free(&rows);
}

static void file_flow(struct table *t, const struct file_source *from, unsigned width)
{
	const struct file_row row = file_row_of(from->file);
	const struct flow flow = flow_of(from, &row);
	if (!flow.known)
		return;
	flow_cells(t, &flow);
	files_name_cell(t, path_of(from->file), width);
	part_flows(t, from, width);
}

void files_note_flow(struct text *t, const struct file_table *table, const struct file_stats *const files[],
	unsigned count, unsigned terminal)
{
	static const struct table_column columns[] = { { "asked", 7, false }, { "read", 7, false },
		{ "storage", 7, false }, { "read x", 7, false }, { "storage x", 0, false },
		{ "file, parts", 16, true } };
	enum { NUMBERS = 7 + 7 + 7 + 7 + 9 + 5, LEAST = 16 };
	unsigned width = !terminal ? 0 : terminal > NUMBERS + LEAST ? terminal - NUMBERS : LEAST;
	struct table flows;
	if (table->facts.unseen[FACT_EVICTIONS])
		return;
	table_begin(&flows, columns, sizeof(columns) / sizeof(*columns));
	table_rule(&flows);
	for (unsigned i = 0; i < count; i++)
		file_flow(&flows, &(struct file_source){ .table = table, .file = files[i] }, width);
	struct text none = { 0 };
	bool any = flows.used > 0;
	if (any)
		text_char(t, '\n');
	table_end(&flows, any ? t : &none);
	text_free(&none);
}
