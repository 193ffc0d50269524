/* SPDX-License-Identifier: BSD-2-Clause */
/* Phases from their records to lines, documents and tables. */
#include <stddef.h>

#include <cjson/cJSON.h>

#include "tests/suites.h"
#include "made_event.h"
#include "user/base/csv.h"
#include "user/event/phases.h"
#include "user/record/window.h"
#include "user/sink/json_event.h"
#include "user/sink/layers.h"
#include "user/sink/phases_summary.h"
#include "user/stage/decode.h"
#include "user/tables/phase_table.h"

union map_record {
	struct event_phase_map record;
	char bytes[PHASE_RECORD_MAX];
};

union phase_room {
	struct event_phase record;
	char bytes[sizeof(struct event_phase) + PHASE_STRING];
};

static struct phase_info read_info(void)
{
	return (struct phase_info){
		.number = 5,
		.map = SPAN("pg"),
		.name = SPAN("read"),
		.string = SPAN("path"),
		.arg_count = 2,
		.args = { { SPAN("block"), PHASE_U32 }, { SPAN("found"), PHASE_BOOL } },
		.result = PHASE_S32,
		.at_done = 1 << 1,
		.found = 1,
	};
}

static union map_record map_of(const struct phase_info *info)
{
	union map_record room;
	memset(&room, 0, sizeof(room));
	phases_record(&room.record, info, 1000, 1);
	return room;
}

static union phase_room phase_of(uint64_t ns, const char *path, bool found)
{
	union phase_room room;
	memset(&room, 0, sizeof(room));
	room.record = (struct event_phase){
		.head = { .time_ns = 5000, .pid = PID, .tid = PID, .kind = EVENT_PHASE },
		.duration_ns = ns,
		.args = { 7, found },
		.result = -3,
		.reads = 2,
		.read_bytes = 8192,
		.storage_bytes = 4096,
		.major = 1,
		.minor = 9,
		.phase = 5,
		.flags = PHASE_READS | PHASE_STORAGE,
		.string_bytes = (uint16_t)(path ? STRING_HERE | strlen(path) : 0),
	};
	if (path)
		memcpy((char *)&room + offsetof(struct event_phase, strings), path, strlen(path));
	room.record.head.size = (uint16_t)(offsetof(struct event_phase, strings) + (path ? strlen(path) : 0));
	return room;
}

static struct decoder *decoder;
static struct text out;

static void setup(void)
{
	const struct phase_info info = read_info();
	union map_record map = map_of(&info);
	struct event ev;
	decoder = decoder_new();
	ck_assert_int_eq(decoder_take(decoder, &map.record.head, 0, &ev), 0);
	out = (struct text){ 0 };
}

static void teardown(void)
{
	decoder_free(decoder);
	text_free(&out);
}

static struct event taken(const union phase_room *room)
{
	struct event ev;
	ck_assert_int_eq(decoder_take(decoder, &room->record.head, 0, &ev), 1);
	return ev;
}

static void line_is(const struct event *ev, const char *expected)
{
	text_clear(&out);
	layer_view(ev)->text(&out, ev, &(struct line_style){ 0 });
	text_char(&out, '\0');
	ck_assert_str_eq(out.data, expected);
}

START_TEST(lines)
{
	union phase_room room = phase_of(12345, "/a\n", true);
	struct event ev = taken(&room);
	line_is(&ev,
		"phase pg:read path=\"/a\\n\" block=7 found=true = -3 in 12 us, 2 reads 8192 B, 1 major fault, 4096 B from storage");
	room = phase_of(NO_DURATION, NULL, false);
	room.record.flags = PHASE_UNSTARTED;
	room.record.reads = room.record.storage_bytes = room.record.major = 0;
	ev = taken(&room);
	line_is(&ev, "phase pg:read found=false = -3, its start was not observed");
	room = phase_of(999, NULL, false);
	room.record.flags = PHASE_UNFINISHED;
	room.record.reads = room.record.storage_bytes = room.record.major = 0;
	ev = taken(&room);
	line_is(&ev, "phase pg:read path=? block=7, not ended after 999 ns");
	room.record.phase = 6;
	ev = taken(&room);
	line_is(&ev, "phase 6, not ended after 999 ns");
}
END_TEST

START_TEST(json_objects)
{
	union phase_room room = phase_of(12345, "/\"x\"", false);
	struct event ev = taken(&room);
	struct json_args args;
	json_event(&out, &ev, &args);
	text_char(&out, '\0');
	ck_assert_str_eq(out.data,
		"{\"time_ns\":5000,\"layer\":\"phase\",\"event\":\"phase\",\"pid\":1234,\"tid\":1234,\"map\":\"pg\",\"name\":\"read\","
		"\"args\":{\"block\":7,\"found\":false},\"string\":\"/\\\"x\\\"\",\"result\":-3,\"duration_ns\":12345,\"read_calls\":2,"
		"\"read_bytes\":8192,\"storage_bytes\":4096,\"major_faults\":1,\"minor_faults\":9}");
	room = phase_of(NO_DURATION, NULL, true);
	room.record.flags = PHASE_UNSTARTED;
	ev = taken(&room);
	text_clear(&out);
	json_event(&out, &ev, &args);
	text_char(&out, '\0');
	ck_assert_ptr_nonnull(strstr(out.data, "\"args\":{\"block\":null,\"found\":true},\"string\":null"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"unstarted\":true}"));
	ck_assert_ptr_null(strstr(out.data, "major_faults"));
}
END_TEST

/* A record is cut, or its numbers are anything: never more than the record is read. */
START_TEST(damaged_records)
{
	const struct phase_info info = read_info();
	struct event ev;
	union map_record map = map_of(&info);
	for (uint16_t size = sizeof(struct event_header); size < map.record.head.size; size++) {
		union map_record cut = map;
		struct decoder *fresh = decoder_new();
		cut.record.head.size = size;
		ck_assert_int_lt(decoder_take(fresh, &cut.record.head, 0, &ev), 0);
		decoder_free(fresh);
	}
	union phase_room room = phase_of(1, "/path", true);
	for (uint16_t size = sizeof(struct event_header); size < room.record.head.size; size++) {
		union phase_room cut = room;
		cut.record.head.size = size;
		ck_assert_int_lt(decoder_take(decoder, &cut.record.head, 0, &ev), 0);
	}
	uint64_t state = 1;
	for (int i = 0; i < 20000; i++) {
		union map_record any = map;
		state = state * 6364136223846793005u + 1442695040888963407u;
		size_t at = sizeof(struct event_header) +
			    (state >> 33) % (map.record.head.size - sizeof(struct event_header));
		((unsigned char *)&any)[at] = (unsigned char)(state >> 20);
		struct decoder *fresh = decoder_new();
		if (decoder_take(fresh, &any.record.head, 0, &ev) == 0 &&
			decoder_take(fresh, &room.record.head, 0, &ev) == 1) {
			text_clear(&out);
			layer_view(&ev)->text(&out, &ev, &(struct line_style){ 0 });
		}
		decoder_free(fresh);
	}
}
END_TEST

/* ---- the table ---- */

static struct phase_table *filled(void)
{
	struct phase_table *table = phase_table_new();
	for (int i = 0; i < 10; i++) {
		union phase_room room = phase_of((uint64_t)(i + 1) * 1000, i < 7 ? "/a" : "/b", i < 3);
		struct event ev = taken(&room);
		phase_table_event(table, &ev);
	}
	union phase_room room = phase_of(NO_DURATION, NULL, true);
	room.record.flags = PHASE_UNSTARTED;
	room.record.reads = room.record.read_bytes = room.record.storage_bytes = 0;
	room.record.major = room.record.minor = 0;
	struct event ev = taken(&room);
	phase_table_event(table, &ev);
	room.record.flags = PHASE_UNFINISHED;
	ev = taken(&room);
	phase_table_event(table, &ev);
	return table;
}

START_TEST(totals)
{
	struct phase_table *table = filled();
	const struct phase_stats *stats = table->all[5];
	ck_assert(phase_table_any(table) && !phase_table_any(NULL));
	ck_assert_uint_eq(stats->count, 11);
	ck_assert_uint_eq(stats->unstarted, 1);
	ck_assert_uint_eq(stats->unfinished, 1);
	ck_assert_uint_eq(stats->hits, 4);
	ck_assert_uint_eq(stats->misses, 7);
	ck_assert_uint_eq(stats->total_ns, 55000);
	ck_assert_uint_eq(stats->reads, 20);
	ck_assert_uint_eq(stats->read_bytes, 81920);
	ck_assert_uint_eq(stats->ns.count, 10);
	phase_table_sort(table->all[5]);
	ck_assert_str_eq(stats->strings->text, "/a"); /* 28 us; /b: 27 us */
	ck_assert_uint_eq(stats->strings->count, 7);
	phase_table_free(table);
}
END_TEST

START_TEST(strings_have_a_limit)
{
	struct phase_table *table = phase_table_new();
	for (int i = 0; i < PHASE_STRINGS_KEPT + 10; i++) {
		char path[16];
		snprintf(path, sizeof(path), "/%d", i);
		union phase_room room = phase_of(1000, path, true);
		struct event ev = taken(&room);
		phase_table_event(table, &ev);
	}
	ck_assert_uint_eq(HASH_COUNT(table->all[5]->strings), PHASE_STRINGS_KEPT);
	ck_assert_uint_eq(table->all[5]->other_strings, 10);
	phase_table_free(table);
}
END_TEST

START_TEST(tables_for_people)
{
	struct run_result result = { .phases = filled() };
	phases_text(&out, &result);
	text_char(&out, '\0');
	ck_assert_ptr_nonnull(strstr(out.data, "hits misses hit % reads read storage major phase"));
	ck_assert_ptr_nonnull(strstr(out.data, "11        1         1    4      7  36.4    20"));
	ck_assert_ptr_nonnull(strstr(out.data, "pg:read\n  total count path\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "28.0 us     7 /a\n"));
	phase_table_free(result.phases);
	result.phases = phase_table_new();
	text_clear(&out);
	phases_text(&out, &result);
	ck_assert_uint_eq(out.len, 0);
	phase_table_free(result.phases);
}
END_TEST

START_TEST(tables_for_programs)
{
	struct run_result result = { .phases = filled() };
	struct out file = made_out();
	struct json j = { .text = &file.text };
	json_begin_object(&j);
	phases_json(&j, &file, &result);
	json_end_object(&j);
	out_flush(&file);
	char *text = written(&file);
	cJSON *json = cJSON_Parse(text);
	const cJSON *phase = cJSON_GetObjectItem(json, "phases")->child;
	ck_assert_int_eq(cJSON_GetObjectItem(phase, "count")->valueint, 11);
	ck_assert_int_eq(cJSON_GetObjectItem(phase, "hits")->valueint, 4);
	ck_assert_int_eq(cJSON_GetObjectItem(phase, "read_bytes")->valueint, 81920);
	ck_assert_double_eq(cJSON_GetObjectItem(phase, "total_us")->valuedouble, 55);
	ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(phase, "strings")), 2);
	cJSON_Delete(json);
	free(text);
	phase_table_free(result.phases);
}
END_TEST

/* What phases are called outlives the events of a flight recorder. */
static unsigned maps, phases;

static int count(void *ctx, const struct event_header *record, unsigned cpu)
{
	(void)ctx, (void)cpu;
	ck_assert(record->kind != EVENT_PHASE || maps == 1);
	maps += record->kind == EVENT_PHASE_MAP;
	phases += record->kind == EVENT_PHASE;
	return 0;
}

START_TEST(kept_by_the_flight_recorder)
{
	const struct phase_info info = read_info();
	union map_record map = map_of(&info);
	union phase_room room = phase_of(1000, "/a/path/that/takes/room", true);
	struct window *window = window_new(WINDOW_BYTES_MIN);
	ck_assert_int_eq(window_add(window, &map.record.head, 0), 0);
	for (int i = 0; i < 50000; i++)
		ck_assert_int_eq(window_add(window, &room.record.head, 0), 0);
	maps = phases = 0;
	ck_assert_int_eq(window_each(window, count, NULL), 0);
	ck_assert_uint_eq(maps, 1);
	ck_assert_uint_gt(phases, 100);
	ck_assert_uint_lt(phases, 50000);
	window_free(window);
}
END_TEST

Suite *phases_suite(void)
{
	Suite *suite = suite_create("phases");
	TCase *tc = tcase_create("phases");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, json_objects);
	tcase_add_test(tc, damaged_records);
	tcase_add_test(tc, totals);
	tcase_add_test(tc, strings_have_a_limit);
	tcase_add_test(tc, tables_for_people);
	tcase_add_test(tc, tables_for_programs);
	tcase_add_test(tc, kept_by_the_flight_recorder);
	suite_add_tcase(suite, tc);
	return suite;
}
