/* SPDX-License-Identifier: BSD-2-Clause */
/* CSV, parsed according to RFC 4180. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "tests/suites.h"
#include "user/event/load_costs.h"
#include "user/sink/csv_sink.h"
#include "user/tables/load_table.h"
#include "user/tables/summary.h"
#include "made_event.h"

enum { COLUMNS_MAX = 64, RECORDS_MAX = 64 };

static struct out out;
static struct sink *sink;
static struct summary *summary;
static char *written_text;

/* The parsed text: records[0] is the header. */
static char *records[RECORDS_MAX][COLUMNS_MAX];
static int record_count, column_count;

static void begin(enum csv_form form)
{
	out = made_out();
	summary = summary_new();
	sink = csv_sink_new(&out, form);
	ck_assert_ptr_nonnull(sink);
}

static void feed(struct event ev)
{
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	summary_event(summary, &ev);
}

/* Unquotes the cell at *at in place; *at then points behind it and its comma. True: it was the record's
 * last. */
static bool read_cell(char **at, char **cell)
{
	char *from = *at, *to = from;
	*cell = from;
	if (*from == '"') {
		for (from++; !(from[0] == '"' && from[1] != '"'); from++) {
			ck_assert_msg(*from != '\0', "a quote is not closed");
			from += *from == '"';
			*to++ = *from;
		}
		from++;
	} else {
		for (; *from && *from != ',' && *from != '\r'; from++) {
			ck_assert_msg(*from != '"' && *from != '\n', "not quoted: %s", *cell);
			*to++ = *from;
		}
	}
	bool last = *from == '\r';
	ck_assert_msg(last ? from[1] == '\n' : *from == ',', "a cell ends with %.9s", from);
	*at = from + (last ? 2 : 1);
	*to = '\0';
	return last;
}

static void read_records(char *text)
{
	record_count = 0;
	while (*text) {
		int column = 0;
		bool last;
		ck_assert_int_lt(record_count, RECORDS_MAX);
		do {
			ck_assert_int_lt(column, COLUMNS_MAX);
			last = read_cell(&text, &records[record_count][column++]);
		} while (!last);
		if (record_count++ == 0)
			column_count = column;
		ck_assert_int_eq(column, column_count);
	}
}

static void end(struct run_result result)
{
	result.summary = summary;
	ck_assert_int_eq(sink->finish(sink, &result), 0);
	sink->free(sink);
	summary_free(summary);
	written_text = written(&out);
	size_t lines = 0;
	for (const char *s = written_text; (s = strchr(s, '\n')); s++)
		lines++;
	read_records(written_text);
	ck_assert_uint_eq(lines, (size_t)record_count); /* a record is a line */
}

static const char *cell(int record, const char *column)
{
	ck_assert_int_lt(record, record_count);
	for (int i = 0; i < column_count; i++)
		if (strcmp(records[0][i], column) == 0)
			return records[record][i];
	ck_abort_msg("no column %s", column);
	return NULL;
}

/* Columns and their expected values, NULL at the end; all others must be empty, except those of every
 * event. */
static void record_is(int record, const char *const expected[])
{
	static const char *const all[] = { "time_ns", "layer", "event", "pid", "tid", NULL };
	int filled = 0, named = 0;
	for (const char *const *e = expected; *e; e += 2, named++)
		ck_assert_str_eq(cell(record, e[0]), e[1]);
	for (int i = 0; i < column_count; i++)
		filled += records[record][i][0] != '\0';
	for (const char *const *a = all; *a; a++)
		for (const char *const *e = expected; *e; e += 2)
			named -= strcmp(*a, *e) == 0;
	ck_assert_msg(
		filled == named + 5, "record %d has %d cells more than named", record, filled - named - 5);
}
#define IS(record, ...) record_is(record, (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(events)
{
	begin(CSV_EVENTS);
	feed(made_lseek());
	feed(made_app(EVENT_APP_OPEN, SPAN("/tmp/demo.apbundle"), 3, 124, 1024, 0));
	feed(made_app(EVENT_APP_MISS, SPAN("encoder"), 124, 500, 0, 0));
	feed(made_app(EVENT_APP_LOAD, SPAN("encoder"), 124, 500, 9001, 0));
	feed(made_app(EVENT_APP_PREFETCH, SPAN("decoder"), 624, 500, 1, 0));
	feed(made_app(EVENT_APP_EVICT, SPAN("encoder"), 124, 500, 0, 700));
	feed(made_app(EVENT_APP_ERROR, SPAN("nope"), ENOENT, 0, 0, 0));
	feed(made_app(EVENT_APP_CLOSE, SPAN(""), 1, 2, 3, 4));
	feed(made_app(EVENT_APP_POLICY, SPAN("S3-FIFO"), 0, 5, 9000, 4000));
	struct event ev = made_lseek();
	ev.call.result = -EBADF;
	ev.call.file = (struct file_ref){ 0 };
	ev.duration_ns = NO_DURATION;
	ev.lost_before = 3;
	ev.lost_since_ns = 1999999000;
	feed(ev);
	end((struct run_result){ 0 });
	ck_assert_int_eq(record_count, 11);
	ck_assert_int_eq(column_count, 16);
	IS(1, "time_ns", "2000000000", "layer", "syscall", "event", "syscall", "pid", "1234", "tid", "1234",
		"name", "lseek", "args", "3</tmp/demo.apbundle>, 124, SEEK_SET", "result", "124",
		"duration_ns", "8999", "file", "/tmp/demo.apbundle", "offset", "124");
	IS(2, "event", "open", "layer", "app", "bundle", "/tmp/demo.apbundle", "detail",
		"id=1 models=3 limit=1024");
	IS(3, "event", "miss", "name", "encoder", "offset", "124", "size", "500", "bundle",
		"/tmp/demo.apbundle", "detail", "id=1");
	IS(4, "event", "load", "name", "encoder", "offset", "124", "size", "500", "bundle",
		"/tmp/demo.apbundle", "duration_ns", "9001", "detail", "id=1 cause=demand");
	IS(5, "event", "prefetch", "name", "decoder", "offset", "624", "size", "500", "bundle",
		"/tmp/demo.apbundle", "detail", "id=1 source=history");
	IS(6, "event", "evict", "name", "encoder", "offset", "124", "size", "500", "bundle",
		"/tmp/demo.apbundle", "detail", "id=1 reason=pressure resident=700");
	IS(7, "event", "error", "name", "nope", "error", "ENOENT", "bundle", "/tmp/demo.apbundle", "detail",
		"id=1");
	IS(8, "event", "close", "bundle", "/tmp/demo.apbundle", "detail",
		"id=1 hits=1 misses=2 evictions=3 prefetches=4 bytes_loaded=0");
	IS(9, "event", "policy", "name", "S3-FIFO", "bundle", "/tmp/demo.apbundle", "detail",
		"id=1 from=LRU cost_from=9000 cost_to=4000");
	IS(10, "name", "lseek", "args", "3, 124, SEEK_SET", "result", "-9", "error", "EBADF", "detail",
		"lost_before=3 lost_since_ns=1999999000");
	free(written_text);
}
END_TEST

/* A load that was inferred, and a call in it. */
static const struct load_costs some_costs = {
	.calls = 2, .call_bytes = 5000, .call_ns = 3000, .storage_bytes = 8192
};

static struct event an_inferred_load(void)
{
	struct event ev = made(EVENT_INFERRED, 2000000000);
	ev.duration_ns = 4000;
	ev.load = 7;
	ev.costs = &some_costs;
	ev.inferred = (struct load_event){ .file = { .id = { .ino = 9 }, .path = SPAN("/m.gguf") },
		.part = SPAN("blk.0"),
		.start = 1000,
		.bytes = 6000,
		.touched = 5000,
		.idle_ns = 90,
		.reload = true,
		.gone_ns = 1234,
		.instead = SPAN("blk.9") };
	return ev;
}

START_TEST(loads)
{
	struct load_costs unknown = { .storage_bytes = COST_UNKNOWN };
	begin(CSV_EVENTS);
	struct event ev = made_lseek();
	ev.load = 7;
	feed(ev);
	feed(an_inferred_load());
	ev = an_inferred_load();
	ev.costs = &unknown;
	ev.inferred.reload = false;
	ev.inferred.gone_ns = 0;
	ev.inferred.instead = (struct span){ 0 };
	feed(ev);
	feed(made_lseek());
	end((struct run_result){ 0 });
	ck_assert_str_eq(cell(1, "load"), "7");
	IS(2, "layer", "load", "event", "inferred_load", "name", "blk.0", "duration_ns", "4000", "file",
		"/m.gguf", "offset", "1000", "size", "6000", "load", "7", "detail",
		"touched_bytes=5000 storage_bytes=8192 idle_ns=90 reload=true gone_ns=1234 after=blk.9");
	ck_assert_str_eq(cell(3, "detail"), "touched_bytes=5000 idle_ns=90");
	ck_assert_str_eq(cell(4, "load"), "");
	free(written_text);
}
END_TEST

START_TEST(requests_of_io_uring)
{
	begin(CSV_EVENTS);
	feed(made_uring());
	struct event ev = made_uring();
	ev.uring.flags = URING_NO_OFFSET;
	ev.uring.result = -EIO;
	ev.duration_ns = NO_DURATION;
	feed(ev);
	ev.uring = (struct uring_event){ .opcode = 3 };
	feed(ev);
	end((struct run_result){ 0 });
	IS(1, "layer", "uring", "event", "uring", "name", "uring_read", "args",
		"</tmp/demo.gguf>, 4096, 8192", "result", "4000", "duration_ns", "3000", "file",
		"/tmp/demo.gguf", "offset", "8192", "size", "4096", "detail", "user_data=7 direct=true");
	IS(2, "name", "uring_read", "args", "</tmp/demo.gguf>, 4096", "result", "-5", "error", "EIO", "file",
		"/tmp/demo.gguf", "size", "4096", "detail", "user_data=7");
	IS(3, "name", "uring_fsync", "result", "0", "detail", "user_data=0");
	free(written_text);
}
END_TEST

START_TEST(processes)
{
	begin(CSV_EVENTS);
	struct event ev = made(EVENT_FORK, 1);
	ev.process = (struct process_event){
		.child_pid = 7, .child_tid = 8, .child_ns_pid = 1, .child_ns_tid = 2
	};
	feed(ev);
	ev = made(EVENT_EXEC, 2);
	ev.ns_pid = 1;
	ev.ns_tid = 3;
	ev.process = (struct process_event){
		.argc = 2, .file = SPAN("./demo"), .argv = SPAN("./demo\0a, \"b\"\0")
	};
	feed(ev);
	ev = made(EVENT_EXIT, 3);
	ev.process.status = 3 << 8;
	feed(ev);
	ev.process.status = SIGSEGV;
	feed(ev);
	ev = made(EVENT_SYSCALL, 4);
	ev.call = (struct call_event){ .nr = (uint32_t)syscall_number("exit_group") };
	feed(ev);
	ev.call.unfinished = true;
	feed(ev);
	end((struct run_result){ 0 });
	IS(1, "event", "fork", "layer", "process", "detail",
		"child_pid=7 child_tid=8 child_ns_pid=1 child_ns_tid=2");
	IS(2, "event", "exec", "name", "./demo", "args", "[\"./demo\",\"a, \\\"b\\\"\"]", "detail",
		"argc=2 ns_pid=1 ns_tid=3");
	IS(3, "event", "exit", "result", "3");
	IS(4, "event", "exit", "result", "139", "detail", "signal=SIGSEGV");
	IS(5, "name", "exit_group", "args", "0");
	IS(6, "name", "exit_group", "result", "", "detail", "unfinished=true");
	free(written_text);
}
END_TEST

/* Commas, quotes, line ends, invalid UTF-8, a truncated name; cells that a spreadsheet would execute. */
START_TEST(hostile_names)
{
	static const struct {
		struct span name;
		const char *shown;
	} names[] = {
		{ SPAN("a,b"), "a,b" },
		{ SPAN("say \"x\""), "say \\\"x\\\"" },
		{ SPAN("\",\r\n1,2"), "\\\",\\r\\n1,2" },
		{ SPAN("=1+1"), "'=1+1" },
		{ SPAN("=cmd|' /C calc'!A0,\"\""), "'=cmd|' /C calc'!A0,\\\"\\\"" },
		{ SPAN("+1"), "'+1" },
		{ SPAN("-1"), "'-1" },
		{ SPAN("@SUM(A1)"), "'@SUM(A1)" },
		{ SPAN("'=1"), "''=1" },
		{ SPAN("\t=1"), "\\t=1" },
		{ SPAN("a=1"), "a=1" },
		{ SPAN("\xff\xc3\xa9\0x"), "\\377\xc3\xa9\\0x" },
		{ SPAN(""), "" },
		{ { .data = "cut", .len = 3, .cut = true }, "cut..." },
		{ { 0 }, "" },
	};
	enum { COUNT = sizeof(names) / sizeof(*names) };
	begin(CSV_EVENTS);
	for (int i = 0; i < COUNT; i++) {
		struct event ev = made_app(EVENT_APP_HIT, names[i].name, UINT64_MAX, 0, 0, 0);
		ev.app.bundle_path = names[i].name;
		feed(ev);
	}
	end((struct run_result){ 0 });
	ck_assert_int_eq(record_count, COUNT + 1);
	for (int i = 0; i < COUNT; i++) {
		ck_assert_str_eq(cell(i + 1, "name"), names[i].shown);
		ck_assert_str_eq(cell(i + 1, "bundle"), names[i].shown);
		ck_assert_str_eq(cell(i + 1, "offset"), "18446744073709551615");
	}
	free(written_text);
}
END_TEST

static struct run_result a_result(void)
{
	static struct call_count calls[SYSCALL_MAX];
	int lseek_nr = syscall_number("lseek"), read_nr = syscall_number("read");
	calls[lseek_nr] = (struct call_count){ .calls = 2, .errors = 1, .total_ns = 9001, .max_ns = 8999 };
	calls[read_nr] = (struct call_count){ .calls = 3, .total_ns = 1000005, .max_ns = 999 };
	struct run_result result = { .ended = true, .durations = true, .calls = calls };
	result.lost[EVENT_SYSCALL][LOST_RING_FULL] = 7;
	result.lost[EVENT_APP_HIT][LOST_STATE] = 2;
	result.lost[EVENT_EXIT][LOST_SKIPPED] = 3;
	return result;
}

START_TEST(losses)
{
	begin(CSV_EVENTS);
	end(a_result());
	ck_assert_int_eq(record_count, 4);
	ck_assert_str_eq(cell(3, "name"), "exit");
	ck_assert_str_eq(cell(3, "result"), "3");
	ck_assert_str_eq(cell(3, "detail"), "cause=hook_skipped");
	ck_assert_str_eq(cell(1, "event"), "lost");
	ck_assert_str_eq(cell(1, "name"), "syscall");
	ck_assert_str_eq(cell(1, "result"), "7");
	ck_assert_str_eq(cell(1, "detail"), "cause=ring_full");
	ck_assert_str_eq(cell(2, "name"), "hit");
	ck_assert_str_eq(cell(2, "result"), "2");
	ck_assert_str_eq(cell(2, "detail"), "cause=no_state");
	free(written_text);
}
END_TEST

/* The record of that kind and name. */
static int row(const char *kind, const char *name)
{
	for (int i = 1; i < record_count; i++)
		if (strcmp(cell(i, "kind"), kind) == 0 && strcmp(cell(i, "name"), name) == 0)
			return i;
	ck_abort_msg("no %s %s", kind, name);
	return 0;
}

START_TEST(tables)
{
	begin(CSV_TABLES);
	feed(made_lseek());
	feed(made_app(EVENT_APP_OPEN, SPAN("/tmp/demo.apbundle"), 3, 124, 1024, 0));
	feed(made_app(EVENT_APP_MISS, SPAN("=encoder"), 124, 500, 0, 0));
	feed(made_app(EVENT_APP_LOAD, SPAN("=encoder"), 124, 500, 9001, 0));
	feed(made_app(EVENT_APP_HIT, SPAN("=encoder"), 124, 500, 0, 0));
	feed(made_app(EVENT_APP_MISS, SPAN("b"), 624, 100, 0, 0));
	feed(made_app(EVENT_APP_ERROR, SPAN("b"), EIO, 0, 0, 0));
	struct event ev = made_app(EVENT_APP_ERROR, SPAN("/none"), ENOENT, 0, 0, 0);
	ev.app.bundle = 0;
	feed(ev);
	end(a_result());
	ck_assert_int_eq(record_count, 10);
	ck_assert_int_eq(column_count, 57);

	int r = row("syscall", "lseek");
	ck_assert_str_eq(cell(r, "calls"), "2");
	ck_assert_str_eq(cell(r, "errors"), "1");
	ck_assert_str_eq(cell(r, "total_us"), "9.001");
	ck_assert_str_eq(cell(r, "max_us"), "8.999");
	ck_assert_str_eq(cell(r, "gets"), "");
	ck_assert_str_eq(cell(row("syscall", "read"), "total_us"), "1000.005");

	r = row("bundle", "");
	ck_assert_str_eq(cell(r, "bundle"), "/tmp/demo.apbundle");
	ck_assert_str_eq(cell(r, "pid"), "1234");
	ck_assert_str_eq(cell(r, "gets"), "3");
	ck_assert_str_eq(cell(r, "hits"), "1");
	ck_assert_str_eq(cell(r, "misses"), "2");
	ck_assert_str_eq(cell(r, "errors"), "1");
	ck_assert_str_eq(cell(r, "hit_rate"), "0.333333");
	ck_assert_str_eq(cell(r, "calls"), "");

	r = row("model", "'=encoder");
	ck_assert_str_eq(cell(r, "bundle"), "/tmp/demo.apbundle");
	ck_assert_str_eq(cell(r, "hit_rate"), "0.500000");
	ck_assert_str_eq(cell(r, "bytes_loaded"), "500");
	ck_assert_str_eq(cell(r, "load_p99_us"), "9.001");
	r = row("model", "b");
	ck_assert_str_eq(cell(r, "load_p99_us"), "");
	ck_assert_str_eq(cell(r, "loads"), "0");

	ck_assert_str_eq(cell(row("failed_opens", ""), "calls"), "1");
	ck_assert_str_eq(cell(row("lost", "syscall ring_full"), "calls"), "7");
	ck_assert_str_eq(cell(row("lost", "hit no_state"), "calls"), "2");
	ck_assert_str_eq(cell(row("lost", "exit hook_skipped"), "calls"), "3");
	free(written_text);
}
END_TEST

START_TEST(table_of_loads)
{
	struct file_facts facts = { .unseen = { [FACT_FAULTS] = "no" } };
	struct load_table *loads = load_table_new(&facts);
	struct event inferred = an_inferred_load(),
		     load = made_app(EVENT_APP_LOAD, SPAN("encoder"), 124, 500, 9001, 0);
	load_table_event(loads, &inferred);
	load_table_event(loads, &load);
	loads->evictions_unseen = true;
	loads->has_others = true;
	begin(CSV_TABLES);
	end((struct run_result){ .loads = loads });
	int r = row("load", "blk.0");
	ck_assert_str_eq(cell(r, "bundle"), "/m.gguf");
	ck_assert_str_eq(cell(r, "inferred"), "true");
	ck_assert_str_eq(cell(r, "total_us"), "4.000");
	ck_assert_str_eq(cell(r, "loads"), "1");
	ck_assert_str_eq(cell(r, "reloads"), "1");
	ck_assert_str_eq(cell(r, "bytes_loaded"), "5000");
	ck_assert_str_eq(cell(r, "load_p99_us"), "4.000");
	ck_assert_str_eq(cell(r, "storage_bytes"), "8192");
	ck_assert_str_eq(cell(r, "call_us"), "3.000");
	ck_assert_str_eq(cell(r, "disk_us"), "0.000");
	ck_assert_str_eq(cell(r, "read_bytes"), "5000");
	ck_assert_str_eq(cell(r, "fault_us"), ""); /* not observed */
	ck_assert_str_eq(cell(r, "hits"), "");
	ck_assert_str_eq(cell(r, "opens"), "");
	r = row("load", "encoder");
	ck_assert_str_eq(cell(r, "bundle"), "/tmp/demo.apbundle");
	ck_assert_str_eq(cell(r, "inferred"), "false");
	ck_assert_str_eq(cell(r, "max_us"), "9.001");
	ck_assert_str_eq(cell(r, "reloads"), "");
	ck_assert_str_eq(cell(r, "call_us"), "");
	ck_assert_str_eq(cell(row("load", "(others)"), "loads"), "0");
	free(written_text);
	load_table_free(loads);
}
END_TEST

START_TEST(times_not_measured)
{
	struct run_result result = a_result();
	result.durations = false;
	begin(CSV_TABLES);
	end(result);
	ck_assert_str_eq(cell(row("syscall", "lseek"), "total_us"), "");
	ck_assert_str_eq(cell(row("syscall", "lseek"), "calls"), "2");
	free(written_text);
}
END_TEST

START_TEST(nothing_happened)
{
	for (enum csv_form form = CSV_EVENTS; form <= CSV_TABLES; form++) {
		begin(form);
		end((struct run_result){ 0 });
		ck_assert_int_eq(record_count, 1);
		free(written_text);
	}
}
END_TEST

START_TEST(memory_is_bounded)
{
	begin(CSV_EVENTS);
	for (int i = 0; i < 50000; i++)
		feed(made_lseek());
	ck_assert_uint_lt(out.text.cap, 512 * 1024);
	sink->free(sink);
	summary_free(summary);
	close(out.fd);
	out_free(&out);
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
	out = full_out();
	sink_meets_full_disk(csv_sink_new(&out, CSV_EVENTS), &out);
}
END_TEST

Suite *csv_sink_suite(void)
{
	Suite *suite = suite_create("csv_sink");
	TCase *tc = tcase_create("csv_sink");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, events);
	tcase_add_test(tc, loads);
	tcase_add_test(tc, requests_of_io_uring);
	tcase_add_test(tc, processes);
	tcase_add_test(tc, hostile_names);
	tcase_add_test(tc, losses);
	tcase_add_test(tc, tables);
	tcase_add_test(tc, table_of_loads);
	tcase_add_test(tc, times_not_measured);
	tcase_add_test(tc, nothing_happened);
	tcase_add_test(tc, memory_is_bounded);
	tcase_add_test(tc, a_full_disk_is_reported);
	suite_add_tcase(suite, tc);
	return suite;
}
