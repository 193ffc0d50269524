/* SPDX-License-Identifier: BSD-2-Clause */
/* What was done to files and their parts, from made events: every number is known. */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdlib.h>

#include "tests/suites.h"
#include "made_file_use.h"
#include "user/tables/file_rows.h"

#define MIB (1u << 20)

static struct file_table *table;
static struct regions *regions;
static struct place place;

static void begin(enum parts_by by)
{
	table = files_table_new(by);
	ck_assert_ptr_nonnull(table);
}

static void end(void)
{
	files_table_free(table);
	regions_free(regions);
	regions = NULL;
}

static void feed(struct event ev)
{
	files_table_event(table, &ev);
}

/* With the names of the bytes that it is about. */
static void feed_named(struct event ev, uint64_t offset, uint64_t length)
{
	const struct place *found = regions_find(regions, offset, length, &place) ? &place : NULL;
	if (ev.kind == EVENT_SYSCALL)
		ev.call.place = found;
	else if (ev.kind == EVENT_URING)
		ev.uring.place = found;
	else
		ev.file_io.place = found;
	feed(ev);
}

static const struct file_sums *sums_of(const char *path)
{
	return &file_with(table, path)->counts.sums;
}

static uint64_t distinct(const char *path)
{
	return file_row_of(file_with(table, path)).distinct_bytes;
}

static const struct file_row *row(const struct file_rows *rows, const char *name)
{
	for (uint32_t i = 0; i < rows->count; i++)
		if (rows->rows[i].name.len == strlen(name) &&
			memcmp(rows->rows[i].name.data, name, strlen(name)) == 0)
			return &rows->rows[i];
	ck_abort_msg("no part %s", name);
}

/* ---- calls ---- */

START_TEST(calls_one_by_one)
{
	struct file_ref a = made_file(7, "/a");
	uint64_t ns;
	begin(BY_ANY);
	feed(made_open(a, O_RDONLY));
	for (uint64_t i = 0; i < 10; i++)
		feed(made_io("read", a, i * 4096, 4096, 1000 + i));
	feed(made_io("read", a, 40960, 0, 500));
	feed(made_io("pread64", a, 8192, 100, 700));
	feed(made_io("pwrite64", a, 100000, 50, 900));
	feed(made_io("lseek", a, 0, 0, 100));
	feed(made_io("read", a, 0, -EIO, 200));
	struct event ev = made_io("read", a, 0, 4096, 200);
	ev.call.returned = false;
	feed(ev);
	const struct file_sums *s = sums_of("/a");
	ck_assert_uint_eq(s->opens, 1);
	ck_assert_uint_eq(s->read_calls, 12);
	ck_assert_uint_eq(s->read_bytes, 41060);
	ck_assert_uint_eq(s->write_calls, 1);
	ck_assert_uint_eq(s->write_bytes, 50);
	ck_assert_uint_eq(s->other_calls, 1);
	ck_assert_uint_eq(s->errors, 1);
	ck_assert_uint_eq(s->call_ns, 5000 + 10045 + 500 + 700 + 900 + 100 + 200);
	ck_assert_uint_eq(distinct("/a"), 40960);
	ck_assert(file_times_percentile(&file_with(table, "/a")->counts.took, 99, &ns));
	ck_assert_uint_eq(ns, 1009);
	ck_assert(file_times_percentile(&file_with(table, "/a")->counts.took, 50, &ns));
	ck_assert_uint_ge(ns, 800);
	ck_assert_uint_le(ns, 1200);
	end();
}
END_TEST

START_TEST(only_files_count)
{
	struct file_ref pipe = made_file(8, "pipe:[8]"), disk = made_file(9, "/dev/sda"),
			none = made_file(0, "");
	pipe.id.mode = S_IFIFO;
	disk.id.mode = S_IFBLK;
	begin(BY_ANY);
	feed(made_io("read", pipe, 0, 10, 1));
	feed(made_io("read", none, 0, 10, 1));
	feed(made(EVENT_EXIT, 5));
	ck_assert_ptr_null(table->files);
	feed(made_io("read", disk, 0, 10, 1));
	ck_assert_uint_eq(sums_of("/dev/sda")->read_bytes, 10);
	end();
}
END_TEST

START_TEST(copies_are_a_read_and_a_write)
{
	struct file_ref from = made_file(1, "/from"), to = made_file(2, "/to"),
			pipe = made_file(3, "pipe:[3]");
	begin(BY_ANY);
	pipe.id.mode = S_IFIFO;
	struct event ev = made_io("sendfile", to, 500, 100, 800);
	ev.call.args[2] = 0;
	ev.call.other = from;
	ev.call.other.pos = 300;
	feed(ev);
	ck_assert_uint_eq(sums_of("/from")->read_bytes, 100);
	ck_assert_uint_eq(sums_of("/from")->call_ns, 800);
	ck_assert_uint_eq(sums_of("/to")->write_bytes, 100);
	ck_assert_uint_eq(sums_of("/to")->call_ns, 0);
	ck_assert_uint_eq(covered_bytes(&file_with(table, "/from")->touched, 200, 300), 100);
	ck_assert_uint_eq(file_with(table, "/to")->parts.used, 1);
	ev = made_io("splice", pipe, 0, 60, 400);
	ev.call.args[3] = 0;
	ev.call.other = to;
	ev.call.other.pos = 560;
	feed(ev);
	ck_assert_uint_eq(sums_of("/to")->write_bytes, 160);
	ck_assert_uint_eq(sums_of("/to")->call_ns, 400);
	end();
}
END_TEST

START_TEST(one_file_has_several_names)
{
	struct file_ref a = made_file(7, "/a"), b = a;
	begin(BY_ANY);
	b.path = SPAN("/b");
	b.id.name = 8;
	feed(made_io("read", a, 0, 10, 1));
	feed(made_io("read", b, 10, 10, 1));
	feed(made_io("read", a, 20, 10, 1));
	ck_assert_uint_eq(HASH_COUNT(table->files), 1);
	ck_assert_uint_eq(file_with(table, "/a")->names_used, 2);
	ck_assert_uint_eq(sums_of("/a")->read_bytes, 30);

	/* a file that had no name when it was written is shown by the one that it got */
	struct file_ref c = made_file(9, "/tmp/#9"), d = c;
	c.deleted = true;
	d.id.name = 10;
	d.path = SPAN("/tmp/named");
	feed(made_io("write", c, 0, 10, 1));
	feed(made_io("read", d, 0, 10, 1));
	ck_assert_uint_eq(sums_of("/tmp/named")->write_bytes, 10);
	end();
}
END_TEST

START_TEST(direct_reads_come_from_storage)
{
	struct file_ref a = made_file(1, "/a"), b = made_file(2, "/b"), c = made_file(3, "/c");
	begin(BY_ANY);
	feed(made_open(a, O_DIRECT));
	feed(made_io("read", a, 0, 4096, 1));
	ck_assert_uint_eq(sums_of("/a")->direct_bytes, 4096);
	feed(made_open(b, O_RDONLY));
	feed(made_io("read", b, 0, 4096, 1));
	ck_assert_uint_eq(sums_of("/b")->direct_bytes, 0);
	ck_assert(!file_with(table, "/b")->direct_unknown);
	feed(made_open(b, O_DIRECT)); /* by which of them a later call reads is not in its record */
	feed(made_io("read", b, 0, 4096, 1));
	ck_assert(file_with(table, "/b")->direct_unknown);
	feed(made_request(c, IORING_OP_READ, 0, 4096, 50, URING_DIRECT));
	ck_assert_uint_eq(sums_of("/c")->direct_bytes, 4096);
	struct event ev = made_io("fcntl", c, 0, 0, 1);
	ev.call.args[1] = F_SETFL;
	ev.call.args[2] = O_DIRECT;
	feed(ev);
	feed(made_io("read", c, 0, 512, 1));
	ck_assert_uint_eq(sums_of("/c")->direct_bytes, 4608);
	end();
}
END_TEST

START_TEST(requests_of_io_uring)
{
	struct file_ref a = made_file(1, "/a");
	begin(BY_ANY);
	feed(made_request(a, IORING_OP_READ, 0, 4096, 50000, 0));
	feed(made_request(a, IORING_OP_READ_FIXED, 8192, 4096, NO_DURATION, URING_UNSUBMITTED));
	feed(made_request(a, IORING_OP_WRITEV, 0, 100, 1000, 0));
	feed(made_request(a, IORING_OP_FSYNC, 0, 0, 1000, 0));
	feed(made_request(a, IORING_OP_READ, 0, -EIO, 1000, 0));
	feed(made_request(a, IORING_OP_READ, 12345, 10, 1000, URING_NO_OFFSET));
	const struct file_sums *s = sums_of("/a");
	ck_assert_uint_eq(s->uring_calls, 3);
	ck_assert_uint_eq(s->uring_bytes, 8202);
	ck_assert_uint_eq(s->uring_write_calls, 1);
	ck_assert_uint_eq(s->uring_write_bytes, 100);
	ck_assert_uint_eq(s->uring_ns, 52000);
	ck_assert_uint_eq(s->other_calls, 1);
	ck_assert_uint_eq(s->errors, 1);
	ck_assert_uint_eq(s->read_calls, 0);
	ck_assert_uint_eq(distinct("/a"), 8192);
	ck_assert_uint_eq(file_with(table, "/a")->parts.unplaced.sums.uring_bytes, 10);
	end();
}
END_TEST

/* ---- sums ---- */

START_TEST(sums_are_what_the_calls_are)
{
	static const char *const paths[] = { "/calls", "/sums" };
	struct file_ref calls = made_file(1, paths[0]), summed = made_file(2, paths[1]);
	struct event_file_io sums = { .op = FILE_IO_READ,
		.count = 40,
		.start = 500,
		.bytes = 40 * 512,
		.total_ns = 40 * 1100,
		.max_ns = 1100,
		.opens = 1,
		.others = 2,
		.errors = 1,
		.others_ns = 777 };
	begin(BY_ANY);
	regions = made_regions(4);
	sums.spread[2 * (10 - IO_SPREAD_FIRST)] = 40;
	for (uint64_t i = 0; i < 40; i++)
		feed_named(made_io("pread64", calls, 500 + i * 512, 512, 1100), 500 + i * 512, 512);
	feed_named(made_sums(summed, &sums), sums.start, sums.bytes);
	struct file_rows one = file_rows_of(file_with(table, paths[0]), BY_ANY, 100),
			 all = file_rows_of(file_with(table, paths[1]), BY_ANY, 100);
	ck_assert_uint_eq(one.count, 8); /* the header, the tensors of three layers, what has no name */
	ck_assert_uint_eq(all.count, one.count);
	for (uint32_t i = 0; i < one.count; i++) {
		const struct file_sums *x = &one.rows[i].counts.sums, *y = &all.rows[i].counts.sums;
		ck_assert_uint_eq(x->read_calls, y->read_calls);
		ck_assert_uint_eq(x->read_bytes, y->read_bytes);
		ck_assert_uint_eq(one.rows[i].distinct_bytes, all.rows[i].distinct_bytes);
		ck_assert_int_le(labs((long)x->call_ns - (long)y->call_ns), 40);
		uint64_t a = 0, b = 0;
		ck_assert_int_eq(file_times_percentile(&one.rows[i].counts.took, 50, &a),
			file_times_percentile(&all.rows[i].counts.took, 50, &b));
		ck_assert_uint_eq(a, b);
	}
	ck_assert_uint_eq(sums_of("/sums")->call_ns, sums_of("/calls")->call_ns + 777);
	ck_assert_uint_eq(sums_of("/sums")->opens, 1);
	ck_assert_uint_eq(sums_of("/sums")->other_calls, 2);
	ck_assert_uint_eq(sums_of("/sums")->errors, 1);
	file_rows_free(&one);
	file_rows_free(&all);
	end();
}
END_TEST

START_TEST(a_record_may_only_bring_the_time_waited)
{
	struct file_ref a = made_file(1, "/a");
	begin(BY_ANY);
	feed(made_io("read", a, 0, 4096, 9000));
	feed(made_sums(a, &(struct event_file_io){ .op = FILE_IO_READ, .wait_ns = 8000 }));
	const struct file_sums *s = sums_of("/a");
	ck_assert_uint_eq(s->read_calls, 1);
	ck_assert_uint_eq(s->call_ns, 9000);
	ck_assert_uint_eq(s->disk_ns, 8000);
	end();
}
END_TEST

START_TEST(scattered_sums_have_no_place)
{
	struct file_ref a = made_file(1, "/a");
	begin(BY_ANY);
	feed(made_sums(a, &(struct event_file_io){ .op = FILE_IO_READ,
				  .flags = FILE_IO_SCATTERED,
				  .count = 10,
				  .start = 1 << 30,
				  .bytes = 5120,
				  .total_ns = 900 }));
	struct file_rows rows = file_rows_of(file_with(table, "/a"), BY_ANY, 100);
	ck_assert_uint_eq(sums_of("/a")->read_bytes, 5120);
	ck_assert_uint_eq(distinct("/a"), 0);
	ck_assert_uint_eq(rows.count, 1);
	ck_assert(rows.rows[0].unplaced);
	ck_assert_uint_eq(rows.rows[0].counts.sums.read_calls, 10);
	file_rows_free(&rows);
	end();
}
END_TEST

START_TEST(mappings_faults_and_fills)
{
	struct file_ref a = made_file(1, "/a");
	begin(BY_ANY);
	feed(made_map(a, 0, MIB));
	feed(made_sums(a, &(struct event_file_io){ .op = FILE_IO_FILL, .count = 2, .bytes = 512 << 10 }));
	feed(made_sums(a, &(struct event_file_io){ .op = FILE_IO_FAULT,
				  .count = 8,
				  .bytes = 32768,
				  .major = 2,
				  .start = (512 << 10) - 16384,
				  .total_ns = 70000,
				  .wait_ns = 60000 }));
	struct file_row whole = file_row_of(file_with(table, "/a"));
	const struct file_sums *s = &whole.counts.sums;
	ck_assert_uint_eq(s->mapped_bytes, MIB);
	ck_assert_uint_eq(s->faults, 8);
	ck_assert_uint_eq(s->major_faults, 2);
	ck_assert_uint_eq(s->fault_ns, 70000);
	ck_assert_uint_eq(s->disk_ns, 60000);
	ck_assert_uint_eq(s->call_ns, 3000);
	ck_assert_uint_eq(file_row_storage(&whole), 512 << 10);
	ck_assert_uint_eq(whole.distinct_bytes, 32768);
	/* half of the bytes that were touched had been filled, whatever else read-ahead brought */
	ck_assert(file_row_cached(&whole) == 0.5);
	struct file_rows rows = file_rows_of(file_with(table, "/a"), BY_ANY, 100);
	ck_assert_uint_eq(rows.count, 9);
	ck_assert_uint_eq(rows.rows[8].counts.sums.mapped_bytes, 65536);
	ck_assert_uint_eq(rows.rows[8].counts.sums.faults, 4);
	ck_assert(file_row_cached(&rows.rows[7]) == 0 && file_row_cached(&rows.rows[8]) == 1);
	ck_assert(file_row_cached(&rows.rows[0]) < 0);
	file_rows_free(&rows);
	end();
}
END_TEST

START_TEST(a_second_read_finds_the_page_cache)
{
	struct file_ref a = made_file(1, "/a");
	begin(BY_ANY);
	feed(made_sums(a, &(struct event_file_io){ .op = FILE_IO_FILL, .count = 1, .bytes = MIB }));
	for (unsigned i = 0; i < 4; i++)
		feed(made_io("read", a, 0, MIB, 1000));
	struct file_row whole = file_row_of(file_with(table, "/a"));
	ck_assert(file_row_cached(&whole) == 0.75);
	ck_assert_uint_eq(whole.distinct_bytes, MIB);
	end();
}
END_TEST

/* ---- parts ---- */

START_TEST(bytes_go_to_tensors_exactly)
{
	struct file_ref a = made_file(1, "/a");
	uint64_t bytes = 0, calls = 0, ns = 0;
	begin(BY_ANY);
	regions = made_regions(3);
	/* from the header's last 100 bytes to 10 bytes into the third layer */
	int64_t length = 100 + 2 * LAYER_BYTES + 10;
	feed_named(made_io("read", a, 900, length, 16168), 900, (uint64_t)length);
	struct file_rows rows = file_rows_of(file_with(table, "/a"), BY_ANY, 100);
	ck_assert_int_eq(rows.by, BY_TENSOR);
	ck_assert_uint_eq(row(&rows, "header")->counts.sums.read_bytes, 100);
	ck_assert_uint_eq(row(&rows, "header")->counts.sums.read_calls, 1);
	ck_assert_uint_eq(row(&rows, "blk.0.attn_q.weight")->counts.sums.read_bytes, 3000);
	ck_assert_uint_eq(row(&rows, "blk.0.attn_q.weight")->counts.sums.read_calls, 0);
	ck_assert_uint_eq(row(&rows, "blk.1.ffn_up.weight")->distinct_bytes, 5000);
	ck_assert_uint_eq(row(&rows, "blk.2.attn_q.weight")->counts.sums.read_bytes, 10);
	for (uint32_t i = 0; i < rows.count; i++) {
		bytes += rows.rows[i].counts.sums.read_bytes;
		calls += rows.rows[i].counts.sums.read_calls;
		ns += rows.rows[i].counts.sums.call_ns;
	}
	ck_assert_uint_eq(bytes, (uint64_t)length);
	ck_assert_uint_eq(calls, 1);
	ck_assert_uint_eq(ns, 16168);
	ck_assert_uint_eq(rows.count, 7);
	ck_assert(rows.rows[6].rest);
	ck_assert_uint_eq(rows.rows[6].counts.sums.read_bytes, 48);
	ck_assert_uint_eq(rows.rows[6].distinct_bytes, 48);
	ck_assert_str_eq(file_with(table, "/a")->format, "gguf");
	file_rows_free(&rows);
	end();
}
END_TEST

START_TEST(tensors_make_layers)
{
	struct file_ref a = made_file(1, "/a");
	begin(BY_ANY);
	regions = made_regions(30);
	for (uint64_t i = 0; i < 30; i++) {
		uint64_t start = HEADER_BYTES + i * LAYER_BYTES;
		feed_named(made_io("pread64", a, start, 8000, 100), start, 8000);
	}
	struct file_rows rows = file_rows_of(file_with(table, "/a"), BY_ANY, 40);
	ck_assert_int_eq(rows.by, BY_LAYER);
	ck_assert_uint_eq(rows.count, 30);
	ck_assert_uint_eq(row(&rows, "blk.29")->counts.sums.read_bytes, 8000);
	ck_assert_uint_eq(row(&rows, "blk.2")->distinct_bytes, 8000);
	ck_assert_uint_eq(row(&rows, "blk.2")->counts.sums.read_calls, 1);
	file_rows_free(&rows);
	rows = file_rows_of(file_with(table, "/a"), BY_TENSOR, 40);
	ck_assert_uint_eq(rows.count, 60);
	file_rows_free(&rows);
	end();
}
END_TEST

START_TEST(names_of_layers)
{
	static const char *const names[][2] = {
		{ "blk.12.attn_q.weight", "blk.12" },
		{ "model.layers.3.mlp.experts.7.w1", "model.layers.3" },
		{ "h.0.attn", "h.0" },
		{ "encoder.layer.11.output", "encoder.layer.11" },
		{ "state_dict/layers/4/w", "state_dict/layers/4" },
		{ "token_embd.weight", "token_embd.weight" },
		{ "conv3.weight", "conv3.weight" },
		{ "0.weight", "0.weight" },
		{ "", "" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_uint_eq(
			layer_name_len((struct span){ names[i][0], (uint32_t)strlen(names[i][0]), false }),
			strlen(names[i][1]));
}
END_TEST

START_TEST(ranges_grow_with_the_file)
{
	struct file_ref a = made_file(1, "/a");
	begin(BY_ANY);
	for (uint64_t at = 0; at < 3000ull * MIB; at += MIB)
		feed(made_io("pread64", a, at, MIB, 1000));
	const struct file_parts *parts = &file_with(table, "/a")->parts;
	ck_assert_uint_le(parts->used, RANGES_KEPT);
	ck_assert_uint_eq(parts->granule, 32 * MIB);
	struct file_rows rows = file_rows_of(file_with(table, "/a"), BY_ANY, 50);
	ck_assert_uint_eq(rows.count, 47); /* of 64 MiB */
	ck_assert_uint_eq(rows.rows[1].start, 64 * MIB);
	ck_assert_uint_eq(rows.rows[1].end, 128 * MIB);
	ck_assert_uint_eq(rows.rows[1].counts.sums.read_calls, 64);
	ck_assert_uint_eq(rows.rows[1].distinct_bytes, 64 * MIB);
	ck_assert_uint_eq(rows.rows[46].counts.sums.read_bytes, 56 * MIB);
	file_rows_free(&rows);

	/* one call over everything there is */
	feed(made_sums(a, &(struct event_file_io){ .op = FILE_IO_FILL, .bytes = 1ull << 62 }));
	feed(made_sums(
		a, &(struct event_file_io){ .op = FILE_IO_FILL, .start = UINT64_MAX - 5, .bytes = 6 }));
	feed(made_sums(
		a, &(struct event_file_io){ .op = FILE_IO_FILL, .start = UINT64_MAX - 5, .bytes = 100 }));
	ck_assert_uint_le(parts->used, RANGES_LAST);
	ck_assert_uint_eq(sums_of("/a")->fill_bytes, (1ull << 62) + 106);
	end();
}
END_TEST

START_TEST(by_range_leaves_names_out)
{
	struct file_ref a = made_file(1, "/a");
	begin(BY_RANGE);
	regions = made_regions(3);
	feed_named(made_io("read", a, 0, 20000, 100), 0, 20000);
	struct file_rows rows = file_rows_of(file_with(table, "/a"), BY_RANGE, 100);
	ck_assert_int_eq(rows.by, BY_RANGE);
	ck_assert_uint_eq(rows.count, 1);
	ck_assert_uint_eq(rows.rows[0].end, 65536);
	file_rows_free(&rows);
	end();
}
END_TEST

/* ---- distinct bytes ---- */

START_TEST(random_ranges_against_a_map_of_bytes)
{
	enum { BYTES = 20000 };
	static bool map[BYTES];
	for (unsigned seed = 0; seed < 50; seed++) {
		struct covered c = { 0 }, d = { 0 };
		size_t room = FILES_BYTES;
		memset(map, 0, sizeof(map));
		srandom(seed);
		for (unsigned i = 0; i < 300; i++) {
			uint64_t from = (uint64_t)random() % BYTES, to = from + (uint64_t)random() % 200;
			to = to < BYTES ? to : BYTES;
			covered_add(&c, from, to, &room);
			covered_add(&d, from, from + (to - from) / 2, &room);
			memset(map + from, true, to - from);
		}
		for (unsigned i = 0; i < 20; i++) {
			uint64_t from = (uint64_t)random() % BYTES, to = from + (uint64_t)random() % BYTES,
				 sum = 0;
			for (uint64_t at = from; at < to && at < BYTES; at++)
				sum += map[at];
			ck_assert_uint_eq(covered_bytes(&c, from, to), sum);
			ck_assert_uint_eq(covered_common(&c, &d, from, to), covered_bytes(&d, from, to));
		}
		covered_free(&c);
		covered_free(&d);
	}
}
END_TEST

START_TEST(too_many_ranges_become_granules)
{
	struct covered c = { 0 };
	size_t room = FILES_BYTES;
	for (uint64_t i = 0; i < COVERED_MAX; i++)
		covered_add(&c, i * 10000, i * 10000 + 1, &room);
	ck_assert_uint_eq(c.granule, 0);
	ck_assert_uint_eq(covered_bytes(&c, 0, UINT64_MAX), COVERED_MAX);
	covered_add(&c, 50000000, 50000001, &room);
	ck_assert_uint_gt(c.granule, 0);
	ck_assert_uint_ge(covered_bytes(&c, 0, UINT64_MAX), COVERED_MAX + 1);
	ck_assert_uint_le(covered_bytes(&c, 0, UINT64_MAX), 50000001);
	for (uint64_t i = 0; i < 200000; i++)
		covered_add(&c, i * 0x9e3779b97f4a7c15ull >> 2, (i * 0x9e3779b97f4a7c15ull >> 2) + 1, &room);
	ck_assert_uint_le(c.used, COVERED_MAX);
	covered_free(&c);
	room = 100; /* for four ranges */
	for (uint64_t i = 0; i < 100; i++)
		covered_add(&c, i << 40, (i << 40) + 1, &room);
	ck_assert_uint_le(c.used, 4);
	ck_assert_uint_ge(covered_bytes(&c, 0, UINT64_MAX), 100);
	covered_free(&c);
}
END_TEST

/* ---- limits ---- */

START_TEST(memory_has_a_limit)
{
	char path[64];
	begin(BY_ANY);
	for (uint64_t i = 1; i <= 60000; i++) {
		snprintf(path, sizeof(path), "/file-%llu", (unsigned long long)i);
		struct file_ref a = made_file(i, path);
		a.id.name = 1;
		for (unsigned j = 0; j < 3; j++)
			feed(made_io("pread64", a, j * 100000, 100, 10));
	}
	uint64_t bytes = table->others.sums.read_bytes;
	for (const struct file_stats *f = table->files; f; f = f->hh.next) {
		struct file_rows rows = file_rows_of(f, BY_ANY, 100);
		uint64_t in_parts = 0;
		for (uint32_t i = 0; i < rows.count; i++)
			in_parts += rows.rows[i].counts.sums.read_bytes;
		ck_assert_uint_eq(in_parts, f->counts.sums.read_bytes);
		bytes += in_parts;
		file_rows_free(&rows);
	}
	ck_assert(table->has_others);
	ck_assert_uint_eq(bytes, 60000ull * 300);
	end();
}
END_TEST

START_TEST(tensors_beyond_the_limit_have_no_place)
{
	struct file_ref a = made_file(1, "/a");
	enum { LAYERS = 60000 };
	uint64_t bytes = 0;
	begin(BY_ANY);
	regions = made_regions(LAYERS);
	uint64_t length = HEADER_BYTES + (uint64_t)LAYERS * LAYER_BYTES;
	feed_named(made_io("pread64", a, 0, (int64_t)length, 1000000), 0, length);
	for (unsigned i = 0; i < 1000; i++) /* a loader may map it as often as it likes */
		feed_named(made_map(a, i * 4096, length), 0, length);
	struct file_rows rows = file_rows_of(file_with(table, "/a"), BY_LAYER, 100);
	for (uint32_t i = 0; i < rows.count; i++)
		bytes += rows.rows[i].counts.sums.read_bytes;
	ck_assert_uint_eq(bytes, length);
	ck_assert(rows.rows[rows.count - 1].unplaced);
	ck_assert(!rows.rows[0].mapped_known);
	file_rows_free(&rows);
	end();
}
END_TEST

Suite *file_table_suite(void)
{
	Suite *suite = suite_create("file_table");
	TCase *tc = tcase_create("core");
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, calls_one_by_one);
	tcase_add_test(tc, only_files_count);
	tcase_add_test(tc, copies_are_a_read_and_a_write);
	tcase_add_test(tc, one_file_has_several_names);
	tcase_add_test(tc, direct_reads_come_from_storage);
	tcase_add_test(tc, requests_of_io_uring);
	tcase_add_test(tc, sums_are_what_the_calls_are);
	tcase_add_test(tc, a_record_may_only_bring_the_time_waited);
	tcase_add_test(tc, scattered_sums_have_no_place);
	tcase_add_test(tc, mappings_faults_and_fills);
	tcase_add_test(tc, a_second_read_finds_the_page_cache);
	tcase_add_test(tc, bytes_go_to_tensors_exactly);
	tcase_add_test(tc, tensors_make_layers);
	tcase_add_test(tc, names_of_layers);
	tcase_add_test(tc, ranges_grow_with_the_file);
	tcase_add_test(tc, by_range_leaves_names_out);
	tcase_add_test(tc, random_ranges_against_a_map_of_bytes);
	tcase_add_test(tc, too_many_ranges_become_granules);
	tcase_add_test(tc, memory_has_a_limit);
	tcase_add_test(tc, tensors_beyond_the_limit_have_no_place);
	return suite;
}
