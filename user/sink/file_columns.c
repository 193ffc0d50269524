/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_columns.h"

#include <string.h>

/* ---- what is no plain sum ---- */

/* What was touched through a mapping is missing where faults were not seen. */
static bool touched_known(const struct file_source *from, const struct file_row *row)
{
	return !row->was_mapped || !from->table->facts.unseen[FACT_FAULTS];
}

static void distinct(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	value->number = row->distinct_bytes;
	value->known = row->distinct_known && touched_known(from, row) &&
		       files_table_knows(from->table, FACT_READS, value->number) &&
		       files_table_knows(from->table, FACT_URING, value->number);
}

static void storage(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	value->number = file_row_storage(row);
	value->known = !from->table->facts.unseen[FACT_FILLS] && !row->direct_unknown;
}

static void direct(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	value->number = row->counts.sums.direct_bytes;
	value->known = !row->direct_unknown && files_table_knows(from->table, FACT_READS, value->number);
}

static void cached(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	value->share = file_row_cached(row);
	value->known = value->share >= 0 && !from->table->facts.unseen[FACT_FILLS] &&
		       touched_known(from, row) && !row->direct_unknown;
}

static void minor(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	const struct file_sums *sums = &row->counts.sums;
	value->number = sums->faults > sums->major_faults ? sums->faults - sums->major_faults : 0;
	value->known = files_table_knows(from->table, FACT_FAULTS, sums->faults);
}

static void mapped(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	value->number = row->counts.sums.mapped_bytes;
	value->known = row->mapped_known && files_table_knows(from->table, FACT_MAPS, value->number);
}

static void took(const struct file_row *row, double percent, struct file_value *value)
{
	value->known = file_times_percentile(&row->counts.took, percent, &value->number);
}

static void p50(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	(void)from;
	took(row, 50, value);
}

static void p99(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	(void)from;
	took(row, 99, value);
}

static void disk_size(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	const struct file_sums *sums = &row->counts.sums;
	value->number = sums->disk_requests ? sums->disk_bytes / sums->disk_requests : 0;
	value->known = sums->disk_requests && files_table_knows(from->table, FACT_DISK, 1);
}

static void disk_flight(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	(void)row;
	value->known = from->file && from->file->disk;
	value->number = value->known ? from->file->disk->in_flight.most : 0;
}

static void disk_took(const struct file_source *from, double percent, struct file_value *value)
{
	value->known = from->file && from->file->disk &&
		       file_times_percentile(&from->file->disk->took, percent, &value->number);
}

static void disk_p50(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	(void)row;
	disk_took(from, 50, value);
}

static void disk_p99(const struct file_source *from, const struct file_row *row, struct file_value *value)
{
	(void)row;
	disk_took(from, 99, value);
}

/* ---- the columns ---- */

#define SUM(field)        .offset = offsetof(struct file_sums, field)
#define DERIVED(function) .offset = FILE_DERIVED, .value = function

const struct file_column file_columns[FILE_COLUMNS] = {
	{ "call", "in calls", UNIT_NS, 0, true, false, FACT_TIMES, SUM(call_ns) },
	{ "uring", "in uring", UNIT_NS, 3, false, false, FACT_URING, SUM(uring_ns) },
	{ "fault", "in faults", UNIT_NS, 2, false, false, FACT_FAULTS, SUM(fault_ns) },
	{ "disk", "disk wait", UNIT_NS, 1, false, false, FACT_WAITS, SUM(disk_ns) },
	{ "p50", "p50", UNIT_NS, 8, true, false, FACT_TIMES, DERIVED(p50) },
	{ "p99", "p99", UNIT_NS, 5, true, false, FACT_TIMES, DERIVED(p99) },
	{ "opens", "opens", UNIT_COUNT, 9, true, true, FACT_OPENS, SUM(opens) },
	{ "read_calls", "reads", UNIT_COUNT, 6, true, false, FACT_READS, SUM(read_calls) },
	{ "read_bytes", "read", UNIT_BYTES, 0, true, false, FACT_READS, SUM(read_bytes) },
	{ "uring_calls", "requests", UNIT_COUNT, 10, false, false, FACT_URING, SUM(uring_calls) },
	{ "uring_bytes", "uring", UNIT_BYTES, 0, false, false, FACT_URING, SUM(uring_bytes) },
	{ "write_calls", "writes", UNIT_COUNT, 12, false, false, FACT_WRITES, SUM(write_calls) },
	{ "write_bytes", "written", UNIT_BYTES, 4, false, false, FACT_WRITES, SUM(write_bytes) },
	{ "uring_write_calls", NULL, UNIT_COUNT, 0, false, false, FACT_URING, SUM(uring_write_calls) },
	{ "uring_write_bytes", NULL, UNIT_BYTES, 0, false, false, FACT_URING, SUM(uring_write_bytes) },
	{ "mapped_bytes", "mapped", UNIT_BYTES, 7, false, false, FACT_MAPS, DERIVED(mapped) },
	{ "major_faults", "major", UNIT_COUNT, 0, false, false, FACT_FAULTS, SUM(major_faults) },
	{ "minor_faults", "minor", UNIT_COUNT, 11, false, false, FACT_FAULTS, DERIVED(minor) },
	{ "faulted_bytes", NULL, UNIT_BYTES, 0, false, false, FACT_FAULTS, SUM(faulted_bytes) },
	{ "distinct_bytes", "distinct", UNIT_BYTES, 0, true, false, FACT_READS, DERIVED(distinct) },
	{ "storage_bytes", "storage", UNIT_BYTES, 0, true, false, FACT_FILLS, DERIVED(storage) },
	{ "direct_bytes", NULL, UNIT_BYTES, 0, false, false, FACT_READS, DERIVED(direct) },
	{ "cached_share", "cached %", UNIT_SHARE, 1, true, false, FACT_FILLS, DERIVED(cached) },
	{ "evicted_bytes", "evicted", UNIT_BYTES, 6, false, false, FACT_EVICTIONS, SUM(evicted_bytes) },
	{ "refault_bytes", "came back", UNIT_BYTES, 2, false, false, FACT_EVICTIONS, SUM(refault_bytes) },
	{ "disk_requests", "disk req", UNIT_COUNT, 2, false, false, FACT_DISK, SUM(disk_requests) },
	{ "disk_bytes", "by disk", UNIT_BYTES, 0, false, false, FACT_DISK, SUM(disk_bytes) },
	{ "disk_request_bytes", "each", UNIT_BYTES, 5, false, false, FACT_DISK, DERIVED(disk_size) },
	{ "disk_in_flight", "at once", UNIT_COUNT, 6, false, true, FACT_DISK, DERIVED(disk_flight) },
	{ "disk_p50", "disk p50", UNIT_NS, 10, false, true, FACT_DISK, DERIVED(disk_p50) },
	{ "disk_p99", "disk p99", UNIT_NS, 9, false, true, FACT_DISK, DERIVED(disk_p99) },
	{ "disk_write_requests", NULL, UNIT_COUNT, 0, false, false, FACT_DISK, SUM(disk_write_requests) },
	{ "disk_write_bytes", "to disk", UNIT_BYTES, 7, false, false, FACT_DISK, SUM(disk_write_bytes) },
	{ "disk_other_bytes", "others", UNIT_BYTES, 8, false, false, FACT_DISK, SUM(disk_other_bytes) },
	{ "other_calls", NULL, UNIT_COUNT, 0, false, true, FACT_OPENS, SUM(other_calls) },
	{ "errors", NULL, UNIT_COUNT, 0, false, true, FACT_OPENS, SUM(errors) },
};

struct file_value file_value(
	const struct file_column *column, const struct file_source *from, const struct file_row *row)
{
	struct file_value value = { 0 };
	if (column->whole && from->part)
		return value;
	if (column->offset == FILE_DERIVED) {
		column->value(from, row, &value);
		return value;
	}
	const char *sums = (const char *)&row->counts.sums;
	value.number = *(const uint64_t *)(const void *)(sums + column->offset);
	value.known = files_table_knows(from->table, column->fact, value.number);
	return value;
}

struct file_value file_value_of(const char *key, const struct file_source *from, const struct file_row *row)
{
	for (unsigned i = 0; i < FILE_COLUMNS; i++)
		if (strcmp(file_columns[i].key, key) == 0)
			return file_value(&file_columns[i], from, row);
	return (struct file_value){ 0 };
}

const char *file_parts_word(const char *format, const struct file_rows *rows)
{
	if (rows->by == BY_LAYER)
		return "layer";
	if (rows->by == BY_RANGE)
		return "range";
	/* of a file whose header could not be read, only loads of libpagedbundle name parts */
	return !format || strcmp(format, "apbundle") == 0 ? "model" : "tensor";
}
