/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's parts: data that cannot break out of its element, and a policy that permits nothing else. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "tests/suites.h"
#include "user/sink/html_sink.h"
#include "user/sink/json_sink.h"
#include "user/tables/summary.h"
#include "made_event.h"

static const struct run_start start = { (const char *const[]){ "./demo", "</script><b>&amp;", NULL },
	1700000000123456789, 1699999998000000000, NULL };
static const char attack[] = "</script><img src=x onerror=alert(1)><!--<script>&lt;\xe2\x80\xa8]]>'\"\\";

static struct out out;
static struct sink *sink;
static struct summary *summary;

static void begin(void)
{
	out = made_out();
	summary = summary_new();
	sink = html_sink_new(&out, &start);
	ck_assert_ptr_nonnull(sink);
}

static void feed(struct event ev)
{
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	summary_event(summary, &ev);
}

static char *end(struct run_result result)
{
	result.summary = summary;
	ck_assert_int_eq(sink->finish(sink, &result), 0);
	sink->free(sink);
	summary_free(summary);
	return written(&out);
}

static int count(const char *text, const char *what)
{
	int found = 0;
	for (; (text = strstr(text, what)); text++)
		found++;
	return found;
}

/* The data of a script element, parsed in the same way as by the page's script. */
static cJSON *data(const char *page, const char *id)
{
	char tag[80];
	snprintf(tag, sizeof(tag), "<script type=\"application/json\" id=\"%s\">", id);
	ck_assert_int_eq(count(page, tag), 1);
	const char *from = strstr(page, tag) + strlen(tag), *to = strstr(from, "</script>");
	ck_assert_ptr_nonnull(to);
	cJSON *json = cJSON_ParseWithLength(from, (size_t)(to - from));
	ck_assert_msg(json != NULL, "not JSON: %.*s", (int)(to - from), from);
	return json;
}

static void feed_all(void)
{
	struct span bad = { .data = attack, .len = sizeof(attack) - 1 };
	feed(made_lseek());
	feed(made_app(EVENT_APP_OPEN, bad, 3, 124, 1024, 0));
	for (unsigned probe = PROBE_HIT; probe < PROBES_COUNT; probe++) {
		uint16_t kind = KIND_OF_PROBE(probe);
		struct event ev = made_app(kind, bad, 124, 500, 0, 0);
		ev.app.bundle_path = bad;
		feed(ev);
	}
	struct event ev = made_lseek();
	ev.call.file.path = bad;
	ev.call.result = -ENOENT;
	feed(ev);
	feed(made(EVENT_EXIT, 3000000000));
}

/* Computed from the same events. */
static cJSON *json_summary(struct run_result result)
{
	out = made_out();
	summary = summary_new();
	sink = json_sink_new(&out, &(struct json_options){ .form = JSON_DOCUMENT, .start = &start });
	feed_all();
	char *text = end(result);
	cJSON *json = cJSON_Parse(text);
	free(text);
	cJSON *found = cJSON_DetachItemFromObject(json, "summary");
	cJSON_Delete(json);
	ck_assert_ptr_nonnull(found);
	return found;
}

static struct run_result a_result(void)
{
	static const char *const notes[] = { attack, NULL };
	static struct call_count calls[SYSCALL_MAX];
	calls[syscall_number("lseek")] = (struct call_count){ .calls = 2, .total_ns = 9001, .max_ns = 8999 };
	struct run_result result = {
		.ended = true, .durations = true, .calls = calls, .notes = notes, .events = 12
	};
	result.lost[EVENT_SYSCALL][LOST_RING_FULL] = 7;
	return result;
}

START_TEST(the_same_summary_as_json)
{
	begin();
	feed_all();
	char *page = end(a_result());
	cJSON *run = data(page, "run"), *events = data(page, "events"), *expected = json_summary(a_result());
	ck_assert(cJSON_Compare(cJSON_GetObjectItem(run, "summary"), expected, true));
	ck_assert_int_eq(cJSON_GetArraySize(events), 8); /* except open, close and exit */
	ck_assert_int_eq((int)cJSON_GetObjectItem(run, "events_not_here")->valuedouble, 0);
	ck_assert_str_eq(
		cJSON_GetArrayItem(cJSON_GetObjectItem(run, "command"), 1)->valuestring, "</script><b>&amp;");

	const cJSON *call = cJSON_GetArrayItem(events, 0), *hit = cJSON_GetArrayItem(events, 1);
	const cJSON *kinds = cJSON_GetObjectItem(run, "kinds");
	ck_assert_str_eq(
		cJSON_GetArrayItem(kinds, (int)cJSON_GetArrayItem(call, 0)->valuedouble)->valuestring,
		"syscall");
	ck_assert_str_eq(
		cJSON_GetArrayItem(kinds, (int)cJSON_GetArrayItem(hit, 0)->valuedouble)->valuestring, "hit");
	ck_assert_str_eq(cJSON_GetArrayItem(call, 5)->valuestring, "lseek");
	ck_assert_str_eq(cJSON_GetArrayItem(hit, 5)->valuestring, attack);
	cJSON_Delete(run);
	cJSON_Delete(events);
	cJSON_Delete(expected);
	free(page);
}
END_TEST

START_TEST(names_stay_where_they_are)
{
	begin();
	feed_all();
	char *page = end(a_result());
	ck_assert_int_eq(count(page, "<script"), 3); /* events, summary, and the script that shows them */
	ck_assert_int_eq(count(page, "</script"), 3);
	ck_assert_int_eq(count(page, "<img"), 0);
	ck_assert_int_eq(count(page, "<!--"), 0);
	ck_assert_int_eq(count(page, "onerror"), count(page, "\\u003cimg src=x onerror"));
	ck_assert_int_gt(count(page, "onerror"), 5);
	ck_assert_int_eq(count(page, "{{"), 0);
	/* and no request goes to a network */
	ck_assert_int_eq(
		count(page, "http:") + count(page, "https:") + count(page, " src=\"") + count(page, "url("),
		0);
	ck_assert_int_eq(count(page, "<link"), 0);
	free(page);
}
END_TEST

/* The script that is permitted to run. */
static void nonce_of(const char *page, char nonce[33])
{
	const char *policy = strstr(page, "script-src 'nonce-"), *tag = strstr(page, "<script nonce=\"");
	ck_assert(policy && tag);
	ck_assert_int_eq(sscanf(policy, "script-src 'nonce-%32[0-9a-f]'", nonce), 1);
	ck_assert_uint_eq(strlen(nonce), 32);
	ck_assert_int_eq(strncmp(tag + 15, nonce, 32), 0);
	ck_assert_int_eq(count(page, nonce), 4);
}

START_TEST(every_page_has_its_own_nonce)
{
	char nonces[2][33];
	for (int i = 0; i < 2; i++) {
		begin();
		char *page = end((struct run_result){ 0 });
		nonce_of(page, nonces[i]);
		ck_assert_ptr_nonnull(strstr(page, "default-src 'none'"));
		ck_assert_ptr_null(strstr(page, "unsafe"));
		free(page);
	}
	ck_assert_str_ne(nonces[0], nonces[1]);
}
END_TEST

START_TEST(more_events_than_are_drawn)
{
	char long_name[10000];
	memset(long_name, 'n', sizeof(long_name));
	begin();
	for (int i = 0; i < HTML_EVENTS + 123; i++)
		feed(made_app(EVENT_APP_HIT, (struct span){ .data = long_name, .len = sizeof(long_name) }, 0,
			1, 0, 0));
	ck_assert_uint_lt(out.text.cap, 512 * 1024);
	char *page = end((struct run_result){ 0 });
	cJSON *run = data(page, "run"), *events = data(page, "events");
	ck_assert_int_eq(cJSON_GetArraySize(events), HTML_EVENTS);
	ck_assert_int_eq((int)cJSON_GetObjectItem(run, "events_not_here")->valuedouble, 123);
	ck_assert_uint_lt(strlen(page), HTML_EVENTS * 200);
	cJSON_Delete(run);
	cJSON_Delete(events);
	free(page);
}
END_TEST

START_TEST(times)
{
	static const struct {
		uint64_t time, took;
		double from, shown;
	} cases[] = {
		{ 2123466789, 1000, 9000, 1000 },
		{ 2123466789, NO_DURATION, 10000, -1 },
		{ 2123466789, 10001, 0, 10000 }, /* it began before the trace */
		{ 5, 1, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct event ev = made_lseek();
		ev.time_ns = cases[i].time;
		ev.duration_ns = cases[i].took;
		begin();
		feed(ev);
		char *page = end((struct run_result){ 0 });
		cJSON *events = data(page, "events");
		const cJSON *event = cJSON_GetArrayItem(events, 0);
		ck_assert(cJSON_GetArrayItem(event, 1)->valuedouble == cases[i].from);
		ck_assert(cJSON_GetArrayItem(event, 2)->valuedouble == cases[i].shown);
		cJSON_Delete(events);
		free(page);
	}
}
END_TEST

/* They overlap, and each has its own time. */
START_TEST(requests_of_io_uring)
{
	begin();
	struct event ev = made_uring();
	ev.time_ns = 2123466789;
	feed(ev);
	ev.duration_ns = 5000;
	ev.uring.result = -EIO;
	feed(ev);
	char *page = end((struct run_result){ 0 });
	cJSON *events = data(page, "events");
	const cJSON *event = cJSON_GetArrayItem(events, 0);
	ck_assert(cJSON_GetArrayItem(event, 1)->valuedouble == 7000);
	ck_assert(cJSON_GetArrayItem(event, 2)->valuedouble == 3000);
	ck_assert_str_eq(cJSON_GetArrayItem(event, 5)->valuestring, "uring_read");
	ck_assert_str_eq(cJSON_GetArrayItem(event, 6)->valuestring, "4000, direct at 8192 /tmp/demo.gguf");
	event = event->next;
	ck_assert(cJSON_GetArrayItem(event, 1)->valuedouble == 5000);
	ck_assert_str_eq(cJSON_GetArrayItem(event, 6)->valuestring, "EIO, direct at 8192 /tmp/demo.gguf");
	cJSON_Delete(events);
	free(page);
}
END_TEST

/* The name of a tensor is somebody else's. */
START_TEST(inferred_loads_of_hostile_parts)
{
	begin();
	struct event ev = made(EVENT_INFERRED, 2123466789);
	ev.duration_ns = 3000;
	ev.inferred = (struct load_event){
		.file = { .id = { .ino = 77, .dev = 8 << 20 | 2 }, .path = SPAN("/tmp/</script>.gguf") },
		.part = { attack, sizeof(attack) - 1, false },
		.bytes = 4096,
		.touched = 4096,
	};
	feed(ev);
	char *page = end((struct run_result){ 0 });
	ck_assert_int_eq(count(page, "</script"), 3);
	ck_assert_int_eq(count(page, "<img"), 0);
	cJSON *events = data(page, "events");
	const char *name = cJSON_GetArrayItem(cJSON_GetArrayItem(events, 0), 5)->valuestring;
	ck_assert_msg(strncmp(name, "load </script>", 14) == 0, "%s", name);
	cJSON_Delete(events);
	free(page);
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
	out = full_out();
	sink_meets_full_disk(html_sink_new(&out, &start), &out);
}
END_TEST

Suite *html_sink_suite(void)
{
	Suite *suite = suite_create("html_sink");
	TCase *tc = tcase_create("html_sink");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_same_summary_as_json);
	tcase_add_test(tc, names_stay_where_they_are);
	tcase_add_test(tc, every_page_has_its_own_nonce);
	tcase_add_test(tc, more_events_than_are_drawn);
	tcase_add_test(tc, times);
	tcase_add_test(tc, requests_of_io_uring);
	tcase_add_test(tc, inferred_loads_of_hostile_parts);
	tcase_add_test(tc, a_full_disk_is_reported);
	suite_add_tcase(suite, tc);
	return suite;
}
