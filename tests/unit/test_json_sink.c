/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON as another parser reads it, and as its own schema requires. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/suites.h"
#include "user/sink/json_sink.h"
#include "user/event/load_costs.h"
#include "user/event/schema.h"
#include "user/tables/load_table.h"
#include "user/tables/phase_table.h"
#include "user/tables/summary.h"
#include "made_file_use.h"

static struct out out;
static struct sink *sink;
static struct summary *summary;
static struct file_table *files;

static void begin(enum json_form form)
{
	static const char *const command[] = { "./demo", "a \"b\"\n\xff", NULL };
	static const struct run_start start = { command, 1700000000123456789, 1699999998000000000, NULL };
	out = made_out();
	summary = summary_new();
	sink = json_sink_new(&out, &(struct json_options){ .form = form, .start = &start });
	ck_assert_ptr_nonnull(sink);
}

static void feed(struct event ev)
{
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	summary_event(summary, &ev);
	if (files)
		files_table_event(files, &ev);
}

static char *end(struct run_result result)
{
	result.summary = summary;
	result.files = files;
	ck_assert_int_eq(sink->finish(sink, &result), 0);
	sink->free(sink);
	summary_free(summary);
	return written(&out);
}

/* ---- values ---- */

static cJSON *parsed(const char *text)
{
	cJSON *json = cJSON_Parse(text);
	ck_assert_msg(json != NULL, "not JSON: %s", text);
	return json;
}

static const cJSON *at(const cJSON *json, const char *key)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, key);
	ck_assert_msg(value != NULL, "no %s", key);
	return value;
}

static void number_is(const cJSON *json, const char *key, double expected)
{
	const cJSON *value = at(json, key);
	ck_assert_msg(cJSON_IsNumber(value) && value->valuedouble == expected, "%s is %g, not %g", key,
		value->valuedouble, expected);
}

static void string_is(const cJSON *json, const char *key, const char *expected)
{
	ck_assert_msg(cJSON_IsString(at(json, key)), "%s is no string", key);
	ck_assert_str_eq(at(json, key)->valuestring, expected);
}

static void null_is(const cJSON *json, const char *key)
{
	ck_assert_msg(cJSON_IsNull(at(json, key)), "%s is not null", key);
}

static bool has(const cJSON *json, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(json, key) != NULL;
}

/* ---- the schema ---- */

/* Validates each given file, a document or lines; one character for each: 1 valid, 0 not. Starting the
 * validator is slow, so a test passes it all its texts at once. */
static const char validate[] =
	"import json, sys, jsonschema\n"
	"schema = json.load(open(sys.argv[1]))\n"
	"jsonschema.Draft202012Validator.check_schema(schema)\n"
	"line = {'$ref': '#/$defs/line', '$defs': schema['$defs']}\n"
	"for form, path in zip(sys.argv[2::2], sys.argv[3::2]):\n"
	"  text = open(path, encoding='utf-8').read()\n"
	"  documents = [json.loads(text)] if form == 'document' else [json.loads(l) for l in text.splitlines()]\n"
	"  v = jsonschema.Draft202012Validator(schema if form == 'document' else line)\n"
	"  errors = [e for d in documents for e in v.iter_errors(d)]\n"
	"  for e in errors: print(e.json_path, e.message[:500], file=sys.stderr)\n"
	"  print('0' if errors or not documents else '1', end='')\n";

enum { TEXTS = 16 };

static int memory_file(char path[64], const char *text)
{
	int fd = memfd_create("text", 0); /* the child opens it by its descriptor number */
	size_t len = strlen(text);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

struct text_to_check {
	const char *text, *form; /* "document" or "lines" */
};

static void run_validator(const struct text_to_check *texts, int count, int out, bool quiet)
{
	char paths[TEXTS + 1][64];
	const char *argv[2 * TEXTS + 8] = { "timeout", "20", "/usr/bin/python3", "-c", validate,
		paths[TEXTS] };
	memory_file(paths[TEXTS], trace_schema);
	for (int i = 0; i < count; i++) {
		memory_file(paths[i], texts[i].text);
		argv[6 + 2 * i] = texts[i].form;
		argv[7 + 2 * i] = paths[i];
	}
	if (quiet)
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	dup2(out, STDOUT_FILENO);
	execv("/usr/bin/timeout", (char **)argv);
	_exit(127);
}

/* verdicts[i]: '1' for a valid text, '0' for an invalid one. */
static void check_schema(const struct text_to_check *texts, int count, bool quiet, char verdicts[TEXTS])
{
	int status = -1, out = memfd_create("verdicts", MFD_CLOEXEC);
	ck_assert(out >= 0 && count <= TEXTS);
	pid_t child = fork();
	if (child == 0)
		run_validator(texts, count, out, quiet);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "the validator did not run: %d", status);
	ck_assert_int_eq(pread(out, verdicts, TEXTS, 0), count);
	close(out);
}

static void is_valid(const char *text, const char *form)
{
	char verdict[TEXTS];
	check_schema(&(struct text_to_check){ text, form }, 1, false, verdict);
	ck_assert_msg(verdict[0] == '1', "not as the schema demands: %s", text);
}

/* ---- tests ---- */

static void feed_one_of_each(void)
{
	struct event ev = made(EVENT_EXEC, 1000);
	ev.process =
		(struct process_event){ .argc = 2, .file = SPAN("./demo"), .argv = SPAN("./demo\0a b\0") };
	feed(ev);
	feed(made_lseek());
	feed(made_app(EVENT_APP_OPEN, SPAN("/tmp/demo.apbundle"), 3, 124, 1024, 0));
	feed(made_app(EVENT_APP_MISS, SPAN("encoder"), 124, 500, 0, 0));
	feed(made_app(EVENT_APP_LOAD, SPAN("encoder"), 124, 500, 9001, 0));
	feed(made_app(EVENT_APP_HIT, SPAN("encoder"), 124, 500, 0, 0));
	feed(made_app(EVENT_APP_PREFETCH, SPAN("decoder"), 624, 500, 1, 0));
	feed(made_app(EVENT_APP_EVICT, SPAN("encoder"), 124, 500, 0, 700));
	feed(made_app(EVENT_APP_ERROR, SPAN("nope"), ENOENT, 0, 0, 0));
	feed(made_app(EVENT_APP_CLOSE, SPAN(""), 1, 2, 3, 4));
	feed(made_app(EVENT_APP_POLICY, SPAN("S3-FIFO"), 0, 5, 9000, 4000));
	ev = made(EVENT_FORK, 3000000000);
	ev.process = (struct process_event){ .child_pid = 1235, .child_tid = 1236 };
	feed(ev);
	ev = made(EVENT_SYSCALL, 3000000000);
	ev.call = (struct call_event){ .nr = (uint32_t)syscall_number("exit_group") };
	feed(ev);
	ev = made(EVENT_EXIT, 3000000000);
	ev.process.status = SIGSEGV | 0x80;
	feed(ev);
}

static struct run_result one_result(void)
{
	static const char *const notes[] = { "no probe in \"x\"", NULL };
	static struct call_count calls[SYSCALL_MAX];
	calls[syscall_number("lseek")] = (struct call_count){ 2, 1, 9001, 8999 };
	struct run_result result = { .ended = true,
		.status = SIGSEGV | 0x80,
		.durations = true,
		.calls = calls,
		.events = 13,
		.notes = notes };
	result.lost[EVENT_SYSCALL][LOST_RING_FULL] = 7;
	result.lost[EVENT_APP_HIT][LOST_RING_FULL] = 2;
	result.lost[EVENT_SYSCALL][LOST_STATE] = 1;
	result.lost[EVENT_FORK][LOST_SKIPPED] = 4;
	return result;
}

static void events_are_right(const cJSON *ev)
{
	string_is(ev, "event", "exec");
	string_is(ev, "layer", "process");
	string_is(ev, "file", "./demo");
	ck_assert_int_eq(cJSON_GetArraySize(at(ev, "argv")), 2);
	ck_assert_str_eq(cJSON_GetArrayItem(at(ev, "argv"), 1)->valuestring, "a b");

	ev = ev->next;
	string_is(ev, "event", "syscall");
	string_is(ev, "name", "lseek");
	number_is(ev, "time_ns", 2000000000);
	number_is(ev, "pid", PID);
	number_is(ev, "tid", PID);
	number_is(ev, "result", 124);
	number_is(ev, "duration_ns", 8999);
	ck_assert(!has(ev, "error") && !has(ev, "other_file") && !has(ev, "lost_before"));
	ck_assert_int_eq(cJSON_GetArraySize(at(ev, "args")), 3);
	ck_assert(cJSON_GetArrayItem(at(ev, "args"), 1)->valuedouble == 124);
	ck_assert_str_eq(cJSON_GetArrayItem(at(ev, "args"), 2)->valuestring, "SEEK_SET");
	string_is(at(ev, "file"), "path", "/tmp/demo.apbundle");
	string_is(at(ev, "file"), "dev", "8:2");
	number_is(at(ev, "file"), "ino", 77);
	number_is(at(ev, "file"), "offset", 124);

	ev = ev->next;
	string_is(ev, "event", "open");
	string_is(ev, "bundle_path", "/tmp/demo.apbundle");
	number_is(ev, "bundle", 1);
	number_is(ev, "models", 3);
	number_is(ev, "data_offset", 124);
	number_is(ev, "limit", 1024);

	ev = ev->next;
	string_is(ev, "event", "miss");
	string_is(ev, "model", "encoder");
	number_is(ev, "offset", 124);
	number_is(ev, "size", 500);

	ev = ev->next;
	string_is(ev, "event", "load");
	string_is(ev, "cause", "demand");
	number_is(ev, "duration_ns", 9001);

	ev = ev->next;
	string_is(ev, "event", "hit");

	ev = ev->next;
	string_is(ev, "event", "prefetch");
	string_is(ev, "source", "history");

	ev = ev->next;
	string_is(ev, "event", "evict");
	string_is(ev, "reason", "pressure");
	number_is(ev, "resident", 700);

	ev = ev->next;
	string_is(ev, "event", "error");
	string_is(ev, "error", "ENOENT");
	number_is(ev, "errno", ENOENT);

	ev = ev->next;
	string_is(ev, "event", "close");
	string_is(ev, "bundle_path", "/tmp/demo.apbundle");
	number_is(ev, "hits", 1);
	number_is(ev, "misses", 2);
	number_is(ev, "evictions", 3);
	number_is(ev, "prefetches", 4);
	number_is(ev, "bytes_loaded", 0);

	ev = ev->next;
	string_is(ev, "event", "policy");
	string_is(ev, "layer", "app");
	string_is(ev, "bundle_path", "/tmp/demo.apbundle");
	string_is(ev, "from", "LRU");
	string_is(ev, "to", "S3-FIFO");
	number_is(ev, "cost_from", 9000);
	number_is(ev, "cost_to", 4000);
	ck_assert(!has(ev, "model"));

	ev = ev->next;
	string_is(ev, "event", "fork");
	number_is(ev, "child_pid", 1235);
	number_is(ev, "child_tid", 1236);

	ev = ev->next;
	string_is(ev, "name", "exit_group");
	null_is(ev, "result");
	ck_assert(!has(ev, "duration_ns") && !has(ev, "file"));

	ev = ev->next;
	string_is(ev, "event", "exit");
	number_is(ev, "exit_code", 139);
	string_is(ev, "signal", "SIGSEGV");
}

static void summary_is_right(const cJSON *json)
{
	number_is(json, "total_syscalls", 2);
	number_is(json, "total_time_us", 9);
	number_is(at(json, "syscall_counts"), "lseek", 2);
	const cJSON *call = cJSON_GetArrayItem(at(json, "syscalls"), 0);
	number_is(call, "errors", 1);
	number_is(call, "total_us", 9.001);
	number_is(call, "max_us", 8.999);
	number_is(json, "exit_code", 139);
	string_is(json, "signal", "SIGSEGV");
	number_is(json, "total_events", 13);
	ck_assert_str_eq(cJSON_GetArrayItem(at(json, "notes"), 0)->valuestring, "no probe in \"x\"");
	const cJSON *lost = at(json, "lost");
	number_is(lost, "total", 14);
	number_is(at(lost, "by_kind"), "fork", 4);
	number_is(at(lost, "by_cause"), "hook_skipped", 4);
	number_is(at(lost, "by_kind"), "syscall", 8);
	number_is(at(lost, "by_kind"), "hit", 2);
	number_is(at(lost, "by_cause"), "ring_full", 9);
	number_is(at(lost, "by_cause"), "no_state", 1);

	const cJSON *bundle = cJSON_GetArrayItem(at(json, "bundles"), 0);
	number_is(bundle, "pid", PID);
	number_is(bundle, "id", 1);
	string_is(bundle, "path", "/tmp/demo.apbundle");
	number_is(bundle, "gets", 2);
	number_is(bundle, "hit_rate", 0.5);
	number_is(bundle, "load_p50_us", 9.001);
	number_is(bundle, "errors", 1);
	number_is(bundle, "limit", 1024);
	const cJSON *model = cJSON_GetArrayItem(at(bundle, "models"), 0);
	string_is(model, "name", "encoder");
	number_is(model, "misses", 1);
	number_is(model, "evictions", 1);
	model = model->next;
	string_is(model, "name", "decoder");
	null_is(model, "hit_rate");
	null_is(model, "load_p99_us");
}

/* Loads, what served them, and their table. */
START_TEST(loads_and_their_table)
{
	static const struct load_costs costs = { .calls = 2,
		.call_bytes = 5000,
		.call_ns = 3000,
		.storage_bytes = 8192 },
				       unknown = { .storage_bytes = COST_UNKNOWN, .faults = 3 };
	struct file_facts facts = { .unseen = { [FACT_FAULTS] = "no" } };
	struct load_table *loads = load_table_new(&facts);
	begin(JSON_DOCUMENT);
	struct event ev = made_lseek();
	ev.load = 7;
	feed(ev);
	ev = made_app(EVENT_APP_LOAD, SPAN("encoder"), 124, 500, 9001, 0);
	ev.load = 7;
	ev.costs = &costs;
	feed(ev);
	load_table_event(loads, &ev);
	ev = made(EVENT_INFERRED, 2000000000);
	ev.duration_ns = 4000;
	ev.load = 8;
	ev.costs = &unknown;
	ev.inferred = (struct load_event){ .file = { .id = { .ino = 9 }, .path = SPAN("/m.gguf") },
		.part = { "cut", 3, true },
		.start = 1000,
		.bytes = 6000,
		.touched = 5000,
		.idle_ns = 90,
		.reload = true,
		.gone_ns = 1234,
		.instead = SPAN("blk.9") };
	feed(ev);
	load_table_event(loads, &ev);
	loads->has_others = true;
	loads->others.loads = 1;
	loads->not_inferred = 5;
	loads->evictions_unseen = true;
	char *text = end((struct run_result){ .events = 3, .loads = loads });
	cJSON *json = parsed(text);
	const cJSON *event = at(json, "events")->child;
	number_is(event, "load", 7);
	event = event->next;
	number_is(event, "load", 7);
	number_is(at(event, "served_by"), "storage_bytes", 8192);
	number_is(at(event, "served_by"), "call_bytes", 5000);
	ck_assert(!has(at(event, "served_by"), "faults"));
	event = event->next;
	string_is(event, "layer", "load");
	string_is(event, "event", "inferred_load");
	string_is(event, "part", "cut");
	ck_assert(cJSON_IsTrue(at(event, "part_cut")));
	number_is(event, "touched_bytes", 5000);
	number_is(event, "gone_ns", 1234);
	string_is(event, "after", "blk.9");
	ck_assert(!has(at(event, "served_by"), "storage_bytes")); /* it was not observed */
	number_is(at(event, "served_by"), "faults", 3);
	const cJSON *rows = at(at(json, "summary"), "loads");
	ck_assert_int_eq(cJSON_GetArraySize(rows), 3);
	string_is(rows->child, "name", "encoder");
	number_is(rows->child, "total_us", 9.001);
	number_is(rows->child, "rest_us", 6.001);
	number_is(rows->child, "storage_bytes", 8192);
	null_is(rows->child, "reloads");
	null_is(rows->child, "fault_us");
	ck_assert(cJSON_IsTrue(at(rows->child->next, "inferred")));
	number_is(rows->child->next, "reloads", 1);
	number_is(rows->child->next, "gone_us", 1.234);
	ck_assert(cJSON_IsTrue(at(rows->child->next->next, "others")));
	number_is(at(json, "summary"), "loads_not_inferred", 5);
	is_valid(text, "document");
	cJSON_Delete(json);
	free(text);
	load_table_free(loads);
}
END_TEST

START_TEST(requests_of_io_uring)
{
	static const struct place place = { .first = SPAN("blk.0.attn_q"), .offset = 12 };
	begin(JSON_DOCUMENT);
	struct event ev = made_uring();
	ev.uring.place = &place;
	feed(ev);
	ev.uring.flags = URING_NO_OFFSET | URING_UNSUBMITTED;
	ev.uring.result = -EAGAIN;
	ev.duration_ns = NO_DURATION;
	feed(ev);
	ev.uring = (struct uring_event){ .opcode = 0, .user_data = 9 };
	feed(ev);
	char *text = end((struct run_result){ .events = 3 });
	cJSON *json = parsed(text);
	const cJSON *event = at(json, "events")->child;
	string_is(event, "layer", "uring");
	string_is(event, "name", "uring_read");
	number_is(event, "offset", 8192);
	number_is(event, "length", 4096);
	number_is(event, "result", 4000);
	number_is(event, "user_data", 7);
	number_is(event, "duration_ns", 3000);
	ck_assert(cJSON_IsTrue(at(event, "direct")));
	string_is(at(event, "file"), "path", "/tmp/demo.gguf");
	ck_assert(!has(at(event, "file"), "offset"));
	string_is(at(event, "region"), "first", "blk.0.attn_q");
	event = event->next;
	string_is(event, "error", "EAGAIN");
	ck_assert(!has(event, "offset") && !has(event, "duration_ns") && !has(event, "direct"));
	event = event->next;
	ck_assert(!has(event, "file") && !has(event, "length"));
	is_valid(text, "document");
	cJSON_Delete(json);
	free(text);
}
END_TEST

START_TEST(phases_of_maps)
{
	static const struct phase_info info = { .map = SPAN("pg"),
		.name = SPAN("read"),
		.string = SPAN("path"),
		.arg_count = 3,
		.args = { { SPAN("block"), PHASE_U32 }, { SPAN("found"), PHASE_BOOL },
			{ SPAN("at"), PHASE_POINTER } },
		.result = PHASE_S32,
		.found = 1 };
	struct phase_table *table = phase_table_new();
	struct event ev = made(EVENT_PHASE, 2000000000);
	begin(JSON_DOCUMENT);
	ev.duration_ns = 5000;
	ev.phase = (struct phase_event){ .info = &info,
		.flags = PHASE_READS | PHASE_STORAGE,
		.args = { 7, 1, 4096 },
		.string = SPAN("/a"),
		.reads = 2 };
	feed(ev);
	phase_table_event(table, &ev);
	ev.duration_ns = NO_DURATION;
	ev.phase.flags = PHASE_UNSTARTED;
	feed(ev);
	phase_table_event(table, &ev);
	ev.phase.info = NULL;
	feed(ev);
	char *text = end((struct run_result){ .events = 3, .phases = table });
	cJSON *json = parsed(text);
	const cJSON *event = at(json, "events")->child;
	string_is(event, "layer", "phase");
	string_is(at(event, "args"), "at", "0x1000");
	number_is(event, "read_calls", 2);
	ck_assert(cJSON_IsNull(at(event->next->next, "name")));
	number_is(at(at(json, "summary"), "phases")->child, "hits", 1);
	is_valid(text, "document");
	cJSON_Delete(json);
	free(text);
	phase_table_free(table);
}
END_TEST

START_TEST(a_document)
{
	begin(JSON_DOCUMENT);
	feed_one_of_each();
	char *text = end(one_result());
	cJSON *json = parsed(text);
	string_is(json, "schema", TRACE_SCHEMA);
	string_is(json, "version", VERSION);
	ck_assert_str_eq(cJSON_GetArrayItem(at(json, "command"), 1)->valuestring, "a \"b\"\n\xef\xbf\xbd");
	number_is(json, "start_time_ns", 1700000000123456789.0);
	ck_assert_int_eq(cJSON_GetArraySize(at(json, "events")), 14);
	events_are_right(at(json, "events")->child);

	const cJSON *calls = at(json, "syscalls");
	ck_assert_int_eq(cJSON_GetArraySize(calls), 2);
	const cJSON *call = calls->child;
	string_is(call, "name", "lseek");
	number_is(call, "result", 124);
	number_is(call, "duration_us", 8);
	ck_assert_str_eq(cJSON_GetArrayItem(at(call, "args"), 1)->valuestring, "124");
	ck_assert_str_eq(cJSON_GetArrayItem(at(call, "args"), 2)->valuestring, "SEEK_SET");
	null_is(call->next, "result");
	ck_assert(!has(call->next, "duration_us"));
	summary_is_right(at(json, "summary"));
	is_valid(text, "document");
	cJSON_Delete(json);
	free(text);
}
END_TEST

START_TEST(lines)
{
	begin(JSON_LINES);
	feed_one_of_each();
	char *text = end(one_result()), *save = NULL;
	is_valid(text, "lines");
	cJSON *events = cJSON_CreateArray();
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		cJSON_AddItemToArray(events, parsed(line));
	ck_assert_int_eq(cJSON_GetArraySize(events), 16);
	string_is(events->child, "event", "start");
	string_is(events->child, "schema", TRACE_SCHEMA);
	events_are_right(events->child->next);
	string_is(cJSON_GetArrayItem(events, 15), "event", "summary");
	summary_is_right(cJSON_GetArrayItem(events, 15));
	cJSON_Delete(events);
	free(text);
}
END_TEST

/* One read of each of a file's tensors, and what is done to two other files. */
static void feed_files(struct regions *regions)
{
	static const struct event_file_io fault = {
		.op = FILE_IO_FAULT, .count = 3, .bytes = 12288, .major = 1, .total_ns = 5000, .wait_ns = 4000
	};
	struct file_ref gguf = made_file(1, "/m\xff.gguf"), plain = made_file(2, "/plain");
	struct place place;
	struct event ev = made_io("pread64", gguf, 0, HEADER_BYTES + LAYER_BYTES, 9001);
	ck_assert(regions_find(regions, 0, HEADER_BYTES + LAYER_BYTES, &place));
	ev.call.place = &place;
	feed(ev);
	feed(made_map(plain, 0, 1 << 20));
	struct event faults = made_sums(plain, &fault);
	files_table_event(files, &faults);
	feed(made_io("read", plain, 0, 100, 1000));
	files->has_others = true;
}

START_TEST(files_and_their_parts)
{
	struct regions *regions = made_regions(1);
	files = files_table_new(BY_LAYER);
	begin(JSON_DOCUMENT);
	feed_files(regions);
	files->facts.unseen[FACT_FILLS] = "not \"here\"";
	files->facts.unseen[FACT_URING] = "no";
	char *text = end(one_result());
	cJSON *json = parsed(text);
	const cJSON *summary_json = at(json, "summary"), *list = at(summary_json, "files");
	ck_assert_int_eq(cJSON_GetArraySize(list), 3);
	const cJSON *file = cJSON_GetArrayItem(list, 0);
	string_is(file, "path", "/m\xef\xbf\xbd.gguf");
	string_is(file, "format", "gguf");
	number_is(file, "read_calls", 1);
	number_is(file, "read_bytes", 9024);
	number_is(file, "distinct_bytes", 9024);
	number_is(file, "call_us", 9.001);
	number_is(file, "p99_us", 9.001);
	null_is(file, "storage_bytes");
	null_is(file, "cached_share");
	null_is(file, "uring_calls");
	string_is(file, "parts_by", "layer");
	const cJSON *parts = at(file, "parts");
	ck_assert_int_eq(cJSON_GetArraySize(parts), 3);
	string_is(cJSON_GetArrayItem(parts, 0), "name", "header");
	string_is(cJSON_GetArrayItem(parts, 1), "name", "blk.0");
	number_is(cJSON_GetArrayItem(parts, 1), "read_bytes", 8000);
	number_is(cJSON_GetArrayItem(parts, 1), "start", 1000);
	ck_assert(cJSON_IsTrue(at(cJSON_GetArrayItem(parts, 2), "unnamed")));
	file = cJSON_GetArrayItem(list, 1);
	null_is(file, "format");
	number_is(file, "major_faults", 1);
	number_is(file, "minor_faults", 2);
	number_is(file, "mapped_bytes", 1 << 20);
	number_is(file, "fault_us", 5);
	number_is(file, "disk_us", 4);
	number_is(file, "distinct_bytes", 12288);
	string_is(at(summary_json, "files_not_seen"), "fills", "not \"here\"");
	ck_assert(cJSON_IsTrue(at(cJSON_GetArrayItem(list, 2), "others")));
	is_valid(text, "document");
	cJSON_Delete(json);
	free(text);
	regions_free(regions);
	files_table_free(files);
	files = NULL;
}
END_TEST

START_TEST(nothing_happened)
{
	begin(JSON_DOCUMENT);
	char *text = end((struct run_result){ 0 });
	cJSON *json = parsed(text);
	ck_assert_int_eq(cJSON_GetArraySize(at(json, "events")), 0);
	ck_assert_int_eq(cJSON_GetArraySize(at(json, "syscalls")), 0);
	null_is(at(json, "summary"), "exit_code");
	null_is(at(json, "summary"), "total_time_us");
	number_is(at(at(json, "summary"), "lost"), "total", 0);
	cJSON_Delete(json);

	begin(JSON_LINES);
	char *lines = end((struct run_result){ 0 }), verdicts[TEXTS];
	check_schema((const struct text_to_check[]){ { text, "document" }, { lines, "lines" } }, 2, false,
		verdicts);
	ck_assert_msg(verdicts[0] == '1', "not as the schema demands: %s", text);
	ck_assert_msg(verdicts[1] == '1', "not as the schema demands: %s", lines);
	free(text);
	free(lines);
}
END_TEST

START_TEST(hostile_bytes)
{
	static const char bad[] = "\"},\\\n\001\033[2J\177\xff\xed\xa0\x80\xc3\xa9\0x";
	static const char good[] =
		"\"},\\\n\001\033[2J\177\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9";
	struct span name = { .data = bad, .len = sizeof(bad) - 3 },
		    zero = { .data = bad, .len = sizeof(bad) - 1 };
	begin(JSON_DOCUMENT);
	feed(made_app(EVENT_APP_MISS, name, UINT64_MAX, UINT64_MAX, 0, 0));
	struct event ev = made_app(EVENT_APP_LOAD, zero, 0, 0, UINT64_MAX, 99);
	ev.app.name.cut = true;
	ev.app.bundle_path = name;
	feed(ev);
	ev = made_app(EVENT_APP_HIT, (struct span){ 0 }, 0, 0, 0, 0);
	ev.app.bundle_path = (struct span){ 0 };
	ev.app.bundle = 5;
	ev.lost_before = 12;
	ev.lost_since_ns = 7;
	feed(ev);
	feed(made_app(EVENT_APP_ERROR, name, UINT64_MAX, 0, 0, 0));
	ev = made_lseek();
	ev.call.file.path = name;
	ev.call.result = -ENOENT;
	feed(ev);
	ev.call.nr = 9999;
	feed(ev);
	ev.call = (struct call_event){ .nr = (uint32_t)syscall_number("openat"),
		.args = { (uint64_t)-100, 1, 0 },
		.result = 3,
		.returned = true,
		.other = ev.call.file,
		.path = { name } };
	ev.call.other.deleted = true;
	ev.call.replaced = ev.call.folder = ev.call.other;
	feed(ev);
	char *text = end((struct run_result){ 0 });
	cJSON *json = parsed(text);
	const cJSON *event = at(json, "events")->child;
	string_is(event, "model", good);
	event = event->next;
	string_is(event, "cause", "unknown");
	ck_assert(cJSON_IsTrue(at(event, "model_cut")));
	event = event->next;
	null_is(event, "model");
	null_is(event, "bundle_path");
	number_is(event, "lost_before", 12);
	number_is(event, "lost_since_ns", 7);
	event = event->next;
	string_is(event, "error", "unknown");
	event = event->next;
	string_is(event, "error", "ENOENT");
	number_is(event, "result", -ENOENT);
	string_is(at(event, "file"), "path", good);
	event = event->next->next;
	string_is(at(event, "other_file"), "path", good);
	string_is(at(event, "replaced_file"), "path", good);
	ck_assert(cJSON_IsTrue(at(at(event, "other_file"), "deleted")));
	string_is(event, "folder", good);
	ck_assert_str_eq(cJSON_GetArrayItem(at(event, "args"), 1)->valuestring, good);
	event = cJSON_GetArrayItem(at(json, "syscalls"), 2);
	ck_assert_str_eq(cJSON_GetArrayItem(at(event, "args"), 1)->valuestring, good);
	is_valid(text, "document");
	cJSON_Delete(json);
	free(text);
}
END_TEST

/* More than the buffers hold, so that the spool file is read back. */
START_TEST(many_calls_come_back_from_the_spool)
{
	enum { COUNT = 20000 };
	begin(JSON_DOCUMENT);
	for (int i = 0; i < COUNT; i++) {
		struct event ev = made_lseek();
		ev.call.result = i;
		feed(ev);
	}
	ck_assert_uint_lt(out.text.cap, 512 * 1024);
	char *text = end((struct run_result){ 0 });
	cJSON *json = parsed(text);
	const cJSON *event = at(json, "events")->child, *call = at(json, "syscalls")->child;
	for (int i = 0; i < COUNT; i++, event = event->next, call = call->next) {
		ck_assert(event && call);
		number_is(event, "result", i);
		number_is(call, "result", i);
	}
	ck_assert(!event && !call);
	cJSON_Delete(json);
	free(text);
}
END_TEST

START_TEST(no_folder_for_the_spool)
{
	struct run_start start = { 0 };
	struct json_options options = { .start = &start, .spool_dir = "/no/such/folder" };
	out = made_out();
	setenv("TMPDIR", "/no/such/folder/either", 1);
	sink = json_sink_new(&out, &options); /* /var/tmp stays as it was */
	ck_assert_ptr_nonnull(sink);
	sink->free(sink);
	close(out.fd);
	out_free(&out);
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
	struct run_start start = { 0 };
	out = full_out();
	sink_meets_full_disk(json_sink_new(&out, &(struct json_options){ .start = &start }), &out);
}
END_TEST

/* A schema that accepts everything would prove nothing. */
START_TEST(the_schema_refuses_what_is_wrong)
{
	static const char *const wrong[][2] = {
		{ "\"event\":\"miss\"", "\"event\":\"mess\"" },
		{ "\"cause\":\"demand\"", "\"cause\":\"command\"" },
		{ "\"model\":\"encoder\",", "" },
		{ "\"resident\":700", "\"resident\":\"700\"" },
		{ "\"time_ns\":1000,", "\"time_ns\":-1," },
		{ "\"layer\":\"app\"", "\"layer\":\"syscall\"" },
		{ "\"name\":\"lseek\"", "\"name\":\"lseek\",\"extra\":1" },
		{ "\"argc\":2", "\"argc\":2,\"child_pid\":1" },
		{ "\"signal\":\"SIGSEGV\"", "\"signal\":11" },
		{ "\"by_kind\":{\"syscall\"", "\"by_kind\":{\"sysgall\"" },
		{ "\"gets\":2", "\"gets\":2,\"puts\":2" },
		{ "bundletrace-trace/1", "bundletrace-trace/2" },
	};
	enum { WRONG = sizeof(wrong) / sizeof(*wrong) };
	struct text_to_check texts[WRONG + 1];
	char verdicts[TEXTS];
	begin(JSON_LINES);
	feed_one_of_each();
	char *text = end(one_result());
	for (size_t i = 0; i < WRONG; i++) {
		char *found = strstr(text, wrong[i][0]), *changed = NULL;
		ck_assert_msg(found != NULL, "no %s in it", wrong[i][0]);
		ck_assert_int_gt(asprintf(&changed, "%.*s%s%s", (int)(found - text), text, wrong[i][1],
					 found + strlen(wrong[i][0])),
			0);
		texts[i] = (struct text_to_check){ changed, "lines" };
	}
	texts[WRONG] = (struct text_to_check){ text, "lines" };
	check_schema(texts, WRONG + 1, true, verdicts);
	for (size_t i = 0; i < WRONG; i++) {
		ck_assert_msg(verdicts[i] == '0', "%s passes", wrong[i][1]);
		free((char *)texts[i].text);
	}
	ck_assert_msg(verdicts[WRONG] == '1', "what is right does not pass");
	free(text);
}
END_TEST

/* Make runs the tests from the top of the tree. */
START_TEST(the_schema_is_the_file)
{
	FILE *file = fopen("docs/bundletrace-trace.schema.json", "re");
	ck_assert_msg(file != NULL, "run the tests at the top of the source tree");
	size_t len = strlen(trace_schema);
	char *text = malloc(len + 2);
	size_t got = fread(text, 1, len + 2, file);
	fclose(file);
	ck_assert_uint_eq(got, len);
	ck_assert_mem_eq(text, trace_schema, len);
	free(text);
	cJSON *json = parsed(trace_schema);
	string_is(json, "title", TRACE_SCHEMA);
	string_is(at(at(json, "$defs"), "schema"), "const", TRACE_SCHEMA);
	cJSON_Delete(json);
}
END_TEST

Suite *json_sink_suite(void)
{
	Suite *suite = suite_create("json_sink");
	TCase *tc = tcase_create("json_sink");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, phases_of_maps);
	tcase_add_test(tc, a_document);
	tcase_add_test(tc, loads_and_their_table);
	tcase_add_test(tc, requests_of_io_uring);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, files_and_their_parts);
	tcase_add_test(tc, nothing_happened);
	tcase_add_test(tc, hostile_bytes);
	tcase_add_test(tc, many_calls_come_back_from_the_spool);
	tcase_add_test(tc, no_folder_for_the_spool);
	tcase_add_test(tc, a_full_disk_is_reported);
	tcase_add_test(tc, the_schema_refuses_what_is_wrong);
	tcase_add_test(tc, the_schema_is_the_file);
	suite_add_tcase(suite, tc);
	return suite;
}
