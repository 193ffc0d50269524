/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps of probes: what is understood, what is refused and why, and that no bytes do harm. */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/probemap/probemap.h"

/* A map around these phases. */
static char *map_of(const char *phases)
{
	char *json;
	ck_assert_int_gt(
		asprintf(&json,
			"{\"format\":\"bundletrace-probes\",\"version\":1,\"name\":\"m\",\"files\":[\"libm.so*\"],\"phases\":[%s]}",
			phases),
		0);
	return json;
}

static struct probemap *parsed(const char *json)
{
	struct text why = { 0 };
	struct probemap *map = probemap_parse(json, strlen(json), &why);
	ck_assert_msg(map != NULL, "%.*s", (int)why.len, why.len ? why.data : "");
	ck_assert_uint_eq(why.len, 0);
	text_free(&why);
	return map;
}

static void refused(const char *json, size_t bytes, const char *reason)
{
	struct text why = { 0 };
	ck_assert_ptr_null(probemap_parse(json, bytes, &why));
	text_char(&why, '\0');
	ck_assert_msg(strstr(why.data, reason), "%s: %s, not %s", json, why.data, reason);
	text_free(&why);
}

static void phase_refused(const char *phase, const char *reason)
{
	char *json = map_of(phase);
	refused(json, strlen(json), reason);
	free(json);
}

START_TEST(everything_that_a_map_has)
{
	char *json = map_of(
		"{\"name\":\"load\",\"about\":\"x\",\"at\":\"load_model\",\"return\":false,\"optional\":true,"
		"\"string\":{\"name\":\"path\",\"arg\":1,\"type\":\"std::string\"},"
		"\"args\":[{\"name\":\"n\",\"arg\":6,\"type\":\"u16\"}]},"
		"{\"name\":\"get\",\"files\":[\"prog\",\"other*\"],\"start\":\"usdt:p:get__start\",\"done\":\"usdt:p:get__done\","
		"\"args\":[{\"name\":\"a\",\"arg\":2},{\"name\":\"found\",\"arg\":-1,\"at\":\"done\",\"type\":\"bool\"}],"
		"\"string\":{\"name\":\"s\",\"arg\":3,\"at\":\"done\"},\"found\":\"found\"},"
		"{\"name\":\"f\",\"at\":\"ns::C::f\",\"return\":true,\"result\":\"s32\"}");
	struct probemap *map = parsed(json);
	const struct probe_phase *load = &map->phases[0], *get = &map->phases[1], *f = &map->phases[2];
	ck_assert_str_eq(map->name, "m");
	ck_assert_uint_eq(map->count, 3);
	ck_assert_int_eq(load->start.kind, PLACE_FUNCTION);
	ck_assert_int_eq(load->done.kind, PLACE_NONE);
	ck_assert_int_eq(load->returns, RETURNS_NO);
	ck_assert(load->optional && load->string.object && load->string.number == 1);
	ck_assert_int_eq(load->args[0].type, PHASE_U16);
	ck_assert_int_eq(get->done.kind, PLACE_USDT);
	ck_assert_str_eq(get->done.provider, "p");
	ck_assert_str_eq(get->done.name, "get__done");
	ck_assert_int_eq(get->found, 1);
	ck_assert_int_eq(get->args[1].number, -1);
	ck_assert(get->args[1].at_done && !get->args[0].at_done && !get->string.object);
	ck_assert_int_eq(f->returns, RETURNS_YES);
	ck_assert_int_eq(f->result, PHASE_S32);
	ck_assert(
		probemap_wants(map, load, "libm.so.6", NULL) && probemap_wants(map, load, "x", "libm.so.6"));
	ck_assert(!probemap_wants(map, load, "prog", NULL) && probemap_wants(map, get, "prog", NULL));
	ck_assert(probemap_wants(map, get, "other1", "a") && !probemap_wants(map, get, "libm.so.6", NULL));
	struct phase_info info = probemap_info(map, 1);
	ck_assert_int_eq(info.at_done, 1 << 1 | 1 << PHASE_ARGS);
	probemap_free(map);
	free(json);
}
END_TEST

static const struct {
	const char *phase, *reason;
} wrong[] = {
	{ "", "phases: not a list of 1" },
	{ "7", "phase 1: not an object" },
	{ "{}", "no name" },
	{ "{\"name\":\"a b\",\"at\":\"f\"}", "name a b" },
	{ "{\"name\":\"\",\"at\":\"f\"}", "name: not a string" },
	{ "{\"name\":\"a\"}", "either at, or start and done" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"start\":\"g\"}", "either at, or start and done" },
	{ "{\"name\":\"a\",\"start\":\"g\"}", "either at, or start and done" },
	{ "{\"name\":\"a\",\"at\":\"*\"}", "would fit every symbol" },
	{ "{\"name\":\"a\",\"at\":\"_*\"}", "would fit every symbol" },
	{ "{\"name\":\"a\",\"at\":\"f g\"}", "spaces" },
	{ "{\"name\":\"a\",\"at\":\"usdt:x\"}", "not usdt:PROVIDER:NAME" },
	{ "{\"name\":\"a\",\"at\":\"usdt::x\"}", "not usdt:PROVIDER:NAME" },
	{ "{\"name\":\"a\",\"at\":\"usdt:x:y\",\"return\":true}", "only a function" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"return\":1}", "not true or false" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"return\":false,\"result\":\"s32\"}", "it does not return" },
	{ "{\"name\":\"a\",\"start\":\"f\",\"done\":\"g\",\"result\":\"s32\"}", "it does not return" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"result\":\"int\"}", "result is u8" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"retrun\":false}", "unknown key retrun" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"at\":\"g\"}", "at is there twice" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"args\":[{\"name\":\"x\",\"arg\":7}]}",
		"arg is a number from 1 to 6" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"args\":[{\"name\":\"x\",\"arg\":-1}]}",
		"arg is a number from 1 to 6" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"args\":[{\"name\":\"x\",\"arg\":1.5}]}", "arg is a number" },
	{ "{\"name\":\"a\",\"at\":\"usdt:p:n\",\"args\":[{\"name\":\"x\",\"arg\":13}]}", "from 1 to 12, or" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"args\":[{\"name\":\"x\",\"arg\":1,\"at\":\"done\"}]}",
		"only a phase with a done" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"args\":[{\"name\":\"x\",\"arg\":1,\"at\":\"end\"}]}",
		"at is start or done" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"args\":[{\"name\":\"x\",\"arg\":1,\"type\":\"float\"}]}",
		"type is u8" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"args\":[{\"name\":\"x\",\"arg\":1},{\"name\":\"x\",\"arg\":2}]}",
		"x is there twice" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"args\":[1,2,3,4,5,6,7]}", "at most 6" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"string\":{\"name\":\"x\",\"arg\":1,\"type\":\"char\"}}",
		"char* or std::string" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"found\":\"x\"}", "none of its args" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"files\":[]}", "files: not a list" },
	{ "{\"name\":\"a\",\"at\":\"f\",\"files\":[\"a/b\"]}", "without its folder" },
	{ "{\"name\":\"a\",\"at\":\"f\"},{\"name\":\"a\",\"at\":\"g\"}", "phase 2: a: an earlier phase" },
};

START_TEST(what_is_wrong_is_named)
{
	phase_refused(wrong[_i].phase, wrong[_i].reason);
}
END_TEST

START_TEST(a_map_that_is_none)
{
	static const char zero[] = "{\"format\":\"bundletrace-probes\"}\0";
	refused("", 0, "not JSON");
	refused("{", 1, "not JSON");
	refused("{} x", 4, "not JSON");
	refused("[]", 2, "not an object");
	refused("{}", 2, "format is not");
	refused(zero, sizeof(zero), "zero bytes");
	const char *other = "{\"format\":\"bundletrace-probes\",\"version\":2}";
	refused(other, strlen(other), "version is not 1");
	const char *nowhere =
		"{\"format\":\"bundletrace-probes\",\"version\":1,\"name\":\"m\",\"phases\":[{\"name\":\"a\",\"at\":\"f\"}]}";
	refused(nowhere, strlen(nowhere), "which files it is in");
}
END_TEST

START_TEST(names_of_a_reason_are_printable)
{
	char *json = map_of("{\"name\":\"a\\u001b[31m\",\"at\":\"f\"}");
	struct text why = { 0 };
	ck_assert_ptr_null(probemap_parse(json, strlen(json), &why));
	ck_assert_ptr_null(memchr(why.data, 27, why.len));
	text_free(&why);
	free(json);
}
END_TEST

/* Bytes of a right map are changed, cut and doubled. */
START_TEST(any_bytes)
{
	char *json = map_of(
		"{\"name\":\"get\",\"start\":\"usdt:p:a\",\"done\":\"usdt:p:b\",\"args\":[{\"name\":\"x\",\"arg\":-1,\"at\":\"done\"}],\"found\":\"x\"}");
	size_t len = strlen(json);
	uint64_t state = (uint64_t)_i + 1;
	for (int round = 0; round < 2000; round++) {
		char *copy = strdup(json);
		for (int i = 0; i < 1 + round % 4; i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			copy[(state >> 33) % len] = (char)(state >> 20);
		}
		struct text why = { 0 };
		struct probemap *map =
			probemap_parse(copy, (state >> 13) % 8 ? len : (state >> 17) % len, &why);
		ck_assert(map != NULL || why.len > 0);
		probemap_free(map);
		text_free(&why);
		free(copy);
	}
	free(json);
}
END_TEST

/* The maps that come with the programs. */
START_TEST(bundled_maps)
{
	static const char *const files[] = { "probes/llama.cpp.json", "probes/onnxruntime.json",
		"probes/postgresql.json" };
	struct probemaps maps = { 0 };
	struct text why = { 0 };
	for (unsigned i = 0; i < 3; i++)
		ck_assert_msg(probemaps_add(&maps, files[i], &why), "%s: %.*s", files[i], (int)why.len,
			why.len ? why.data : "");
	ck_assert_uint_eq(maps.count, 3);
	ck_assert_uint_eq(maps.all[1]->first, maps.all[0]->count);
	ck_assert_uint_eq(maps.all[2]->first + maps.all[2]->count, maps.phases);
	/* the same name again: in its place */
	ck_assert(probemaps_add(&maps, files[0], &why));
	ck_assert_uint_eq(maps.count, 3);
	ck_assert(!probemaps_add(&maps, "probes/none.json", &why));
	ck_assert(!probemaps_add(&maps, "/dev/zero", &why));
	text_free(&why);
	probemaps_free(&maps);
}
END_TEST

Suite *probemap_suite(void)
{
	Suite *suite = suite_create("probemap");
	TCase *tc = tcase_create("probemap");
	tcase_add_test(tc, everything_that_a_map_has);
	tcase_add_loop_test(tc, what_is_wrong_is_named, 0, sizeof(wrong) / sizeof(*wrong));
	tcase_add_test(tc, a_map_that_is_none);
	tcase_add_test(tc, names_of_a_reason_are_printable);
	tcase_add_loop_test(tc, any_bytes, 0, 4);
	tcase_add_test(tc, bundled_maps);
	suite_add_tcase(suite, tc);
	return suite;
}
