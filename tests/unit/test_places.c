/* SPDX-License-Identifier: BSD-2-Clause */
/* From a system call to the part of its file: which bytes it accessed, and when a name may be shown. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/calls/extent.h"
#include "user/sink/json_event.h"
#include "user/stage/places.h"
#include "user/sink/text_sink.h"
#include "bundle_help.h"
#include "made_event.h"
#include "model_files.h"
#include "onnx_messages.h"

/* ---- which bytes ---- */

static const struct {
	const char *name;
	uint64_t args[6];
	int64_t result;
	bool known;
	uint64_t offset, length;
	bool other;
} extents[] = {
	/* the file's position after the call is 1000, the other's 5000 */
	{ "read", { 3, 0, 500 }, 100, true, 900, 100, false },
	{ "readv", { 3, 0, 1 }, 1000, true, 0, 1000, false },
	{ "write", { 3, 0, 100 }, 0, true, 1000, 0, false },
	{ "writev", { 3, 0, 1 }, 10, true, 990, 10, false },
	{ "read", { 3, 0, 2000 }, 1001, false, 0, 0, false }, /* another process moved the position */
	{ "read", { 3, 0, 500 }, -EIO, false, 0, 0, false },
	{ "pread64", { 3, 0, 500, 77 }, 100, true, 77, 100, false },
	{ "pwrite64", { 3, 0, 500, 77 }, 100, true, 77, 100, false },
	{ "preadv", { 3, 0, 1, 77 }, 100, true, 77, 100, false },
	{ "pwritev", { 3, 0, 1, 77 }, 100, true, 77, 100, false },
	{ "preadv2", { 3, 0, 1, 77 }, 100, true, 77, 100, false },
	{ "preadv2", { 3, 0, 1, UINT64_MAX }, 100, true, 900, 100, false },
	{ "pwritev2", { 3, 0, 1, UINT64_MAX }, 100, true, 900, 100, false },
	{ "pread64", { 3, 0, 1, UINT64_MAX }, 0, false, 0, 0, false },
	{ "lseek", { 3, 5, SEEK_CUR }, 1000, true, 1000, 0, false },
	{ "readahead", { 3, 64, 128 }, 0, true, 64, 128, false },
	{ "fadvise64", { 3, 64, 128, POSIX_FADV_WILLNEED }, 0, true, 64, 128, false },
	{ "fadvise64", { 3, 64, 0, POSIX_FADV_DONTNEED }, 0, true, 64, UINT64_MAX, false },
	{ "mmap", { 0, 8192, 1, 2, 3, 4096 }, 0x7f0000000000, true, 4096, 8192, false },
	{ "mmap", { 0, 8192, 1, 2, 3, 4096 }, -ENOMEM, false, 0, 0, false },
	{ "sendfile", { 4, 3, 0, 500 }, 500, true, 4500, 500, true },
	{ "sendfile", { 4, 3, 0x1000, 500 }, 500, false, 0, 0, false },
	{ "copy_file_range", { 3, 0, 4, 0, 500 }, 500, true, 500, 500, false },
	{ "copy_file_range", { 3, 0x1000, 4, 0, 500 }, 500, false, 0, 0, false },
	{ "splice", { 3, 0, 4, 0, 500 }, 500, true, 500, 500, false },
	{ "fstat", { 3, 0 }, 0, false, 0, 0, false },
	{ "close", { 3 }, 0, false, 0, 0, false },
};

/* By the offset that a pointer passed: as it is after the call. */
START_TEST(which_bytes_by_pointer)
{
	int64_t from = 700, into = 9000, damaged = 99;
	struct call_event call = {
		.nr = SYS_copy_file_range,
		.args = { 3, 0x1000, 4, 0x2000, 500 },
		.result = 100,
		.returned = true,
		.file = { .pos = 1000 },
		.other = { .pos = 5000 },
		.block = { { .data = (char *)&from, .len = 8 }, { .data = (char *)&into, .len = 8 } },
	};
	struct extent e;
	ck_assert(extent_of(&call, &e) && e.offset == 600 && e.length == 100 && e.file == &call.file);
	call.nr = SYS_splice;
	ck_assert(extent_of(&call, &e) && e.offset == 600 && e.file == &call.file && !e.writes);
	call.file.id.mode = S_IFIFO; /* out of a pipe: what is written */
	ck_assert(extent_of(&call, &e) && e.offset == 8900 && e.file == &call.other && e.writes);
	ck_assert_int_eq(e.fd, 4);
	call.args[3] = 0;
	ck_assert(extent_of(&call, &e) && e.offset == 4900 && e.file == &call.other);
	call.nr = SYS_sendfile;
	call.args[2] = 0x1000;
	ck_assert(extent_of(&call, &e) && e.offset == 600 && e.file == &call.other);
	call.block[0].data = (char *)&damaged; /* somebody else changed it */
	ck_assert(!extent_of(&call, &e));
	call.block[0].len = 0;
	ck_assert(!extent_of(&call, &e));
}
END_TEST

START_TEST(which_bytes)
{
	for (size_t i = 0; i < sizeof(extents) / sizeof(*extents); i++) {
		struct call_event call = {
			.nr = (uint32_t)syscall_number(extents[i].name),
			.result = extents[i].result,
			.returned = true,
			.file = { .pos = 1000 },
			.other = { .pos = 5000 },
		};
		struct extent e;
		memcpy(call.args, extents[i].args, sizeof(call.args));
		ck_assert_msg(extent_of(&call, &e) == extents[i].known, "%zu %s", i, extents[i].name);
		if (!extents[i].known)
			continue;
		ck_assert_msg(e.offset == extents[i].offset && e.length == extents[i].length, "%zu %s", i,
			extents[i].name);
		ck_assert_ptr_eq(e.file, extents[i].other ? &call.other : &call.file);
		ck_assert_int_eq(e.fd, 3);
		ck_assert_int_eq(e.writes, strstr(extents[i].name, "write") != NULL);
	}
}
END_TEST

/* ---- which names ---- */

static struct places *places;
static const char *path;
static struct file_ref ref;
static uint64_t now_ns;

static void begin(void)
{
	places = places_new(&(struct places_options){ .may_open = true, .maps_followed = true });
	ck_assert_ptr_nonnull(places);
	now_ns = 1000000000;
}

static void end(void)
{
	places_free(places);
	scratch_remove();
}

/* Writes a GGUF file with one tensor, and refers to it as the kernel side would. */
static void write_model(const char *tensor)
{
	struct text t = { 0 };
	put_gguf_head(&t, 3, 1, 0);
	put_gguf_tensor(&t, tensor, 1000, 1, 24, 0);
	put_zeros(&t, 2000 + strlen(tensor));
	path = scratch_file("model");
	spill(path, t.data, t.len);
	text_free(&t);
}

static void refer(void)
{
	struct stat st;
	ck_assert_int_eq(stat(path, &st), 0);
	ref.id = (struct file_id){ .ino = st.st_ino,
		.dev = major(st.st_dev) << 20 | minor(st.st_dev),
		.mode = (uint16_t)st.st_mode };
	ref.path = (struct span){ path, (uint32_t)strlen(path), false };
}

static const char *call_at(const char *name, uint64_t offset, int64_t length)
{
	static char shown[64];
	struct event ev = made(EVENT_SYSCALL, now_ns);
	ev.call = (struct call_event){
		.nr = (uint32_t)syscall_number(name),
		.args = { 99, 0, (uint64_t)length, offset },
		.result = length,
		.returned = true,
		.file = ref,
	};
	ev.pid = ev.tid = (uint32_t)getpid();
	places_name(places, &ev);
	const struct place *place = ev.call.place;
	if (place)
		snprintf(shown, sizeof(shown), "%.*s+%d", (int)place->first.len, place->first.data,
			(int)place->offset);
	return place ? shown : "";
}

#define READ(offset, length, expected) ck_assert_str_eq(call_at("pread64", offset, length), expected)

START_TEST(name_of_a_read)
{
	write_model("one");
	refer();
	READ(500, 100, "one+404");
	ref.id.ino++; /* another file has this path */
	READ(500, 100, "");
	ref.id.ino--;
	ref.id.dev++;
	READ(500, 100, "");
	ref.id.dev--;
	READ(600, 100, "one+504");
	ref.id.mode = S_IFIFO;
	READ(600, 100, "");
}
END_TEST

static void write_data(const char *name)
{
	struct text zeros = { 0 };
	put_zeros(&zeros, 10000);
	path = scratch_file("%s", name);
	spill(path, zeros.data, zeros.len);
	text_free(&zeros);
	refer();
}

/* The model of a data file has any name where it was read before, else a usual one. */
START_TEST(external_data)
{
	struct text model = { 0 };
	put_onnx_external(&model, "weights");
	spill(scratch_file("network"), model.data, model.len);
	write_data("unknown");
	READ(8292, 100, "");
	path = scratch_file("network");
	refer();
	READ(0, 100, "header+0");
	write_data("weights");
	READ(8292, 100, "encoder.weight+100");
	READ(0, 100, "decoder.weight+0");
	text_free(&model);
	put_onnx_external(&model, "model.onnx.data");
	spill(scratch_file("model.onnx"), model.data, model.len);
	write_data("model.onnx.data");
	READ(8192, 100, "encoder.weight+0");
	text_free(&model);
}
END_TEST

START_TEST(nothing_is_opened_for_a_recording)
{
	write_model("one");
	refer();
	places_free(places);
	places = places_new(&(struct places_options){ 0 });
	READ(500, 100, "");
}
END_TEST

/* What a recording has of the names; the file may be gone when it is read. */
static struct {
	int calls; /* seen when the record came */
	char *record;
} recorded[8];
static int records, calls_seen;

static void record_names(void *ctx, const struct event_header *names)
{
	(void)ctx;
	ck_assert_int_lt(records, 8);
	recorded[records].calls = calls_seen;
	recorded[records].record = malloc(names->size);
	memcpy(recorded[records++].record, names, names->size);
}

static void named(const char *name, uint64_t offset, const char *live)
{
	ck_assert_str_eq(call_at(name, offset, 100), live);
	calls_seen++;
}

START_TEST(names_of_a_recording)
{
	write_model("one");
	refer();
	places_free(places);
	places = places_new(&(struct places_options){ .may_open = true, .found = record_names });
	named("pread64", 500, "one+404");
	named("pread64", 600, "one+504");
	write_model("three");
	named("pwrite64", 500, "one+404");
	named("pread64", 500, "three+404");
	unlink(path);
	ref.opened++;
	named("pread64", 500, "");
	ck_assert_int_eq(records, 3); /* nothing is recorded twice */
	/* the same calls, from what was recorded before each */
	static const char *const expected[] = { "one+404", "one+504", "one+404", "three+404", "" };
	static const char *const calls[] = { "pread64", "pread64", "pwrite64", "pread64", "pread64" };
	places_free(places);
	places = places_new(&(struct places_options){ 0 });
	for (int i = 0, at = 0; i < 5; i++) {
		for (; at < records && recorded[at].calls == i; at++)
			ck_assert_int_eq(places_learn(places, (void *)recorded[at].record), 0);
		ck_assert_str_eq(call_at(calls[i], i == 1 ? 600 : 500, 100), expected[i]);
	}
	/* a part of the recording that is missing may have had other names */
	ck_assert_int_eq(places_learn(places, (void *)recorded[0].record), 0);
	READ(500, 100, "one+404");
	places_gap(places, KIND_BIT(EVENT_SYSCALL));
	READ(500, 100, "one+404");
	places_gap(places, KIND_BIT(EVENT_NAMES));
	READ(500, 100, "");
	while (records)
		free(recorded[--records].record);
}
END_TEST

START_TEST(file_that_changes)
{
	write_model("one");
	refer();
	READ(500, 100, "one+404");
	write_model("three");
	READ(500, 100, "one+404"); /* no new open was reported, and it was looked at right before */
	ref.opened++;
	READ(500, 100, "three+404");
	write_model("of another process");
	now_ns += 10000000;
	READ(500, 100, "of another process+404");
	now_ns += 10000000;
	READ(500, 100, "of another process+404");
	write_model("four");
	ck_assert_str_eq(call_at("pwrite64", 500, 100), "of another process+404");
	READ(500, 100, "four+404");
	ck_assert_int_eq(truncate(path, 60), 0);
	ref.opened++;
	READ(500, 100, "");
	unlink(path);
	ref.opened++;
	READ(500, 100, "");
}
END_TEST

/* A file that changes constantly is not read constantly. */
START_TEST(looks_are_rare)
{
	write_model("first");
	refer();
	for (int i = 0; i < 40; i++) {
		write_model(i % 2 ? "odd" : "even");
		ref.opened++;
		call_at("pread64", 500, 1);
	}
	write_model("last");
	ref.opened++;
	ck_assert_str_ne(call_at("pread64", 500, 1), "last+404");
	now_ns += 200000000;
	ck_assert_int_eq(strncmp(call_at("pread64", 500, 1), "last+", 5), 0);
}
END_TEST

/* More files than are kept: each is named nevertheless, and memory does not grow with their number. */
START_TEST(many_files)
{
	write_model("one");
	char *first = strdup(path);
	for (int i = 0; i < 5000; i++) {
		path = scratch_file("link%d", i % 10);
		unlink(path);
		write_model("one");
		refer();
		ref.id.ino += (uint64_t)i << 32; /* of deleted files */
		READ(500, 1, i ? "" : "one+404");
	}
	free(first);
	refer();
	READ(500, 1, "one+404");
}
END_TEST

static void app(uint16_t kind, uint32_t tid, const char *name, uint64_t offset, uint64_t size)
{
	struct event ev =
		made_app(kind, (struct span){ name, (uint32_t)strlen(name), false }, offset, size, 0, 0);
	ev.tid = tid;
	places_name(places, &ev);
}

START_TEST(name_of_a_load)
{
	uint32_t me = (uint32_t)getpid();
	ref = (struct file_ref){ .id = { .ino = 5, .mode = S_IFREG }, .path = SPAN("/gone") };
	READ(124, 500, "");
	app(EVENT_APP_MISS, me, "encoder", 124, 500);
	app(EVENT_APP_MISS, me + 1, "decoder", 124, 500); /* another thread's */
	app(EVENT_APP_POLICY, me, "S3-FIFO", 0, 5);
	app(EVENT_APP_EVICT, me, "old", 1000, 500);
	READ(124, 500, "encoder+0");
	READ(623, 1, "encoder+499");
	READ(624, 0, "");
	READ(123, 2, "");
	READ(124, 501, "");
	ck_assert_str_eq(call_at("pwrite64", 124, 10), "");
	app(EVENT_APP_LOAD, me, "encoder", 124, 500);
	READ(124, 500, "");
	app(EVENT_APP_PREFETCH, me, "decoder", 624, 500);
	READ(624, 500, "decoder+0");
	app(EVENT_APP_ERROR, me, "decoder", 0, 0);
	READ(624, 500, "");
	app(EVENT_APP_MISS, me, "huge", 10, UINT64_MAX);
	READ(11, 1, "huge+1");
	READ(9, 1, "");
}
END_TEST

/* ---- how they are shown ---- */

static const char hostile[] = "a\"]\033[31m\n\xff";

static struct event event_at(const struct place *place)
{
	struct event ev = made_lseek();
	ev.call.place = place;
	ev.duration_ns = NO_DURATION;
	return ev;
}

static void text_is(const struct place *place, const char *expected)
{
	struct text_options options = { 0 };
	struct run_result result = { 0 };
	struct out out = made_out();
	struct sink *sink = text_sink_new(&out, &options);
	struct event ev = event_at(place);
	char line[256];
	ck_assert_ptr_nonnull(sink);
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	ck_assert_int_eq(sink->finish(sink, &result), 0);
	sink->free(sink);
	char *text = written(&out);
	snprintf(line, sizeof(line), "lseek(3</tmp/demo.apbundle>, 124, SEEK_SET) = 124 [%s]\n", expected);
	ck_assert_str_eq(text, line);
	free(text);
}

static void json_is(const struct place *place, const char *expected)
{
	struct text t = { 0 };
	struct json_args args;
	struct event ev = event_at(place);
	json_event(&t, &ev, &args);
	text_char(&t, '\0');
	ck_assert_msg(strstr(t.data, expected) != NULL, "no %s in %s", expected, t.data);
	text_free(&t);
}

START_TEST(shown)
{
	struct place place = { .first = SPAN("encoder"), .offset = 7 };
	text_is(&place, "encoder+7");
	json_is(&place, ",\"region\":{\"first\":\"encoder\",\"first_offset\":7}}");
	place.last = SPAN("decoder");
	text_is(&place, "encoder..decoder");
	json_is(&place, ",\"region\":{\"first\":\"encoder\",\"first_offset\":7,\"last\":\"decoder\"}}");
	place = (struct place){ .first = SPAN("manifest"), .header = true };
	text_is(&place, "manifest");
	place = (struct place){ .first = { hostile, sizeof(hostile) - 1, true } };
	text_is(&place, "a\\\"]\\33[31m\\n\\377...+0");
	json_is(&place,
		"{\"first\":\"a\\\"]\\u001b[31m\\n\xef\xbf\xbd\",\"first_cut\":true,\"first_offset\":0}}");
}
END_TEST

Suite *places_suite(void)
{
	Suite *suite = suite_create("places");
	TCase *tc = tcase_create("places");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, which_bytes);
	tcase_add_test(tc, which_bytes_by_pointer);
	tcase_add_test(tc, name_of_a_read);
	tcase_add_test(tc, external_data);
	tcase_add_test(tc, nothing_is_opened_for_a_recording);
	tcase_add_test(tc, names_of_a_recording);
	tcase_add_test(tc, file_that_changes);
	tcase_add_test(tc, looks_are_rare);
	tcase_add_test(tc, many_files);
	tcase_add_test(tc, name_of_a_load);
	tcase_add_test(tc, shown);
	suite_add_tcase(suite, tc);
	return suite;
}
