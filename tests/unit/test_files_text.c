/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of files for people and in CSV. */
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "tests/suites.h"
#include "made_file_use.h"
#include "user/base/csv.h"
#include "user/sink/csv_summary.h"
#include "user/sink/files_text.h"

static struct file_table *table;
static struct regions *regions;

static void begin(enum parts_by by)
{
	table = files_table_new(by);
	regions = made_regions(3);
	ck_assert(table && regions);
}

static void end(void)
{
	files_table_free(table);
	regions_free(regions);
}

static void feed(struct event ev)
{
	struct place place;
	if (ev.kind == EVENT_SYSCALL && ev.call.file.id.ino == 1 &&
		regions_find(regions, ev.call.args[3], (uint64_t)ev.call.result, &place))
		ev.call.place = &place;
	files_table_event(table, &ev);
}

static char *tables(void)
{
	struct run_result result = { .files = table };
	struct out out = made_out();
	files_text(&out, &result);
	return written(&out);
}

/* Three files: a model of which two layers are read, a plain one, and a library. */
static void feed_three(void)
{
	struct file_ref model = made_file(1, "/models/tiny.gguf"), plain = made_file(2, "/data\n/plain");
	feed(made_io("pread64", model, HEADER_BYTES, 8000, 2000000));
	feed(made_io("pread64", model, HEADER_BYTES + LAYER_BYTES, 3000, 1000000));
	feed(made_io("read", plain, 0, 2048, 40000));
	feed(made_map(made_file(3, "/lib/libc.so.6"), 0, 1 << 20));
}

START_TEST(files_by_time_then_their_parts)
{
	begin(BY_ANY);
	feed_three();
	char *text = tables();
	ck_assert_str_eq(text,
		"\n"
		"in calls     p50     p99   opens   reads    read  mapped distinct storage cached % file\n"
		"-------- ------- ------- ------- ------- ------- ------- -------- ------- -------- ----------------\n"
		" 3.00 ms  918 us 2.00 ms       0       2     11K       0      11K       0    100.0 /models/tiny.gguf\n"
		" 40.0 us 40.0 us 40.0 us       0       1    2.0K       0     2.0K       0    100.0 /data\\n/plain\n"
		" 3.00 us       -       -       0       0       0    1.0M        0       0        - /lib/libc.so.6\n"
		"\n"
		"/models/tiny.gguf (gguf)\n"
		"in calls     p50     p99   reads    read distinct storage cached % tensor\n"
		"-------- ------- ------- ------- ------- -------- ------- -------- ----------------\n"
		" 1.25 ms       -       -       0    4.9K     4.9K       0    100.0 blk.0.ffn_up.weight\n"
		" 1.00 ms 1.00 ms 1.00 ms       1    2.9K     2.9K       0    100.0 blk.1.attn_q.weight\n"
		"  750 us 2.00 ms 2.00 ms       1    2.9K     2.9K       0    100.0 blk.0.attn_q.weight\n"
		"\n"
		"  asked    read storage  read x storage x file, parts\n"
		"------- ------- ------- ------- --------- ----------------\n"
		"    11K     11K       0    1.00      0.00 /models/tiny.gguf\n"
		"   4.9K    4.9K       0    1.00      0.00   blk.0.ffn_up.weight\n"
		"   2.9K    2.9K       0    1.00      0.00   blk.1.attn_q.weight\n"
		"   2.9K    2.9K       0    1.00      0.00   blk.0.attn_q.weight\n"
		"   2.0K    2.0K       0    1.00      0.00 /data\\n/plain\n");
	free(text);
	end();
}
END_TEST

/* A file of 8 MiB that comes into the page cache twice, half of it evicted in between. */
static void feed_again(void)
{
	struct file_ref model = made_file(4, "/models/big");
	const uint64_t half = 4 << 20;
	feed(made_io("read", model, 0, 8 << 20, 3000000));
	feed(made_fill(model, 0, 8 << 20));
	feed(made_pages(model, PAGES_EVICTED, 0, half, 0, 0));
	feed(made_io("pread64", model, 0, 4 << 20, 1000000));
	feed(made_fill(model, 0, half));
	feed(made_pages(model, PAGES_ADDED, 0, half / 2, half / 2, 8000000000));
	feed(made_pages(model, PAGES_READ_AHEAD, half / 2, half / 2, half / 2, 9000000000));
}

static void says(const struct run_result *given, const char *line, bool there)
{
	struct run_result result = *given;
	struct out out = made_out();
	result.files = table;
	files_text(&out, &result);
	char *text = written(&out);
	ck_assert_msg(!strstr(text, line) == !there, "%s", text);
	free(text);
}

START_TEST(pages_that_came_back)
{
	begin(BY_ANY);
	feed_again();
	says(&(struct run_result){ 0 },
		"\n/models/big: 33% of 12M filled came back after being evicted (median 6.44 s later)\n",
		true);
	says(&(struct run_result){ .memory_limit = 6 << 20, .memory_grouped = true },
		" later): the file does not fit into memory (limit of the cgroup 6.0M)\n", true);
	says(&(struct run_result){ .memory_limit = 64 << 20 },
		" later): what was used of it, 8.0M, did not fit beside what else is in memory (memory of the machine 64M)\n",
		true);
	says(&(struct run_result){ 0 }, "   8.0M     12M     12M    1.50      1.50 /models/big\n", true);
	says(&(struct run_result){ 0 }, " evicted came back file\n", true);
	says(&(struct run_result){ 0 }, " 4.0M      4.0M /models/big\n", true);
	table->facts.unseen[FACT_EVICTIONS] = "not asked for";
	says(&(struct run_result){ 0 }, "asked    read", false);
	says(&(struct run_result){ 0 }, "not observed", false);
	end();

	begin(BY_ANY); /* a file of which next to nothing came back */
	struct file_ref model = made_file(4, "/models/big");
	feed(made_fill(model, 0, 64 << 20));
	feed(made_pages(model, PAGES_ADDED, 0, 2 << 20, 2 << 20, 8000000000));
	says(&(struct run_result){ 0 }, "after being evicted", false);
	end();
}
END_TEST

START_TEST(what_was_not_observed)
{
	begin(BY_LAYER);
	table->facts.unseen[FACT_FILLS] = table->facts.unseen[FACT_FAULTS] = "this kernel has no such events";
	table->facts.unseen[FACT_OPENS] = "-e trace= leaves out some of their calls";
	feed_three();
	char *text = tables();
	ck_assert_ptr_nonnull(strstr(text,
		"\nnot observed: opens (-e trace= leaves out some of their calls)\n"
		"not observed: page faults, bytes from storage (this kernel has no such events)\n"));
	ck_assert_ptr_nonnull(strstr(text,
		" 3.00 ms  918 us 2.00 ms       -       2     11K       0      11K       -        - /mod"));
	/* what was touched of a mapped file is not known without its faults */
	ck_assert_ptr_nonnull(strstr(text, "1.0M        -       -        - /lib/libc.so.6\n"));
	ck_assert_ptr_nonnull(strstr(text, " blk.0\n"));
	free(text);
	end();
}
END_TEST

START_TEST(many_files)
{
	char path[64];
	begin(BY_ANY);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "/many/%02u", i);
		feed(made_io("read", made_file(100 + i, path), 0, 100, i < 20 ? 1000000 : 100));
	}
	char *text = tables();
	ck_assert_ptr_nonnull(strstr(text, "... and 30 more files (all in --format json)\n"));
	free(text);
	end();

	begin(BY_ANY); /* those that took next to nothing are left out */
	for (unsigned i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "/many/%02u", i);
		feed(made_io("read", made_file(100 + i, path), 0, i == 5 ? 1 << 20 : 100,
			i == 5 ? 1u << 30 : 100));
	}
	text = tables();
	ck_assert_ptr_nonnull(strstr(text, "... and 5 more files (all in --format json)\n"));
	ck_assert_ptr_nonnull(strstr(text, "/many/05\n"));
	free(text);
	end();
}
END_TEST

START_TEST(nothing_to_show)
{
	begin(BY_ANY);
	char *text = tables();
	ck_assert_str_eq(text, "");
	free(text);
	end();
}
END_TEST

/* The table as a terminal of that width has it; no line may be longer. */
static char *on_terminal(unsigned short columns)
{
	struct run_result result = { .files = table };
	struct winsize size = { .ws_row = 24, .ws_col = columns };
	int leader, terminal;
	static char seen[65536];
	struct out out;
	ck_assert_int_eq(openpty(&leader, &terminal, NULL, NULL, &size), 0);
	out_init(&out, terminal);
	files_text(&out, &result);
	ck_assert_int_eq(out_flush(&out), 0);
	ssize_t got = read(leader, seen, sizeof(seen) - 1);
	ck_assert_int_gt(got, 0);
	seen[got] = '\0';
	out_free(&out);
	close(leader);
	close(terminal);
	return seen;
}

START_TEST(a_narrow_terminal)
{
	static const char deep[] =
		"/a/very/long/path/that/no/terminal/of/eighty/columns/has/room/for/model.safetensors";
	begin(BY_ANY);
	feed(made_io("read", made_file(9, deep), 0, 2048, 40000));
	feed_three();
	for (unsigned short columns = 60; columns < 300; columns += 20) {
		char *rest, *text = on_terminal(columns);
		bool whole = strstr(text, deep);
		ck_assert_ptr_nonnull(strstr(text, "model.safetensors"));
		for (char *line = strtok_r(text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest))
			ck_assert_msg(strlen(line) <= columns || whole, "%u: %s", columns, line);
		ck_assert(columns > 200 ? whole : columns > 120 || !whole);
	}
	end();
}
END_TEST

START_TEST(records_of_csv)
{
	begin(BY_ANY);
	table->facts.unseen[FACT_FILLS] = "no";
	feed_three();
	struct run_result result = { .files = table };
	struct out out = made_out();
	struct csv csv = { 0 };
	ck_assert_int_eq(csv_summary(&out, &csv, &result), 0);
	csv_free(&csv);
	char *text = written(&out);
	ck_assert_ptr_nonnull(strstr(text,
		",load_p99_us,call_us,uring_us,fault_us,disk_us,call_p50_us,call_p99_us,opens,read_calls,read_bytes,"));
	ck_assert_ptr_nonnull(strstr(text,
		"\r\nfile,/models/tiny.gguf,,0,,,,,,,,,,,,,,,,,,3000.000,0.000,0.000,0.000,917.504,2000.000,0,2,11000,"));
	ck_assert_ptr_nonnull(
		strstr(text, "\r\npart,blk.0.attn_q.weight,,,,,,/models/tiny.gguf,,,,,,,,,,,,,,750.000,"));
	ck_assert_ptr_nonnull(strstr(text, "\r\npart,0-65536,,,,,,/data\\n/plain,"));
	free(text);
	end();
}
END_TEST

Suite *files_text_suite(void)
{
	Suite *suite = suite_create("files_text");
	TCase *tc = tcase_create("core");
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, files_by_time_then_their_parts);
	tcase_add_test(tc, pages_that_came_back);
	tcase_add_test(tc, what_was_not_observed);
	tcase_add_test(tc, many_files);
	tcase_add_test(tc, nothing_to_show);
	tcase_add_test(tc, a_narrow_terminal);
	tcase_add_test(tc, records_of_csv);
	return suite;
}
