/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON writer: commas, escapes and numbers, byte for byte. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/base/json.h"

static struct text out;
static struct json j;

static void begin(void)
{
	j = (struct json){ .text = &out };
}

static void wrote(const char *expected)
{
	text_char(&out, '\0');
	ck_assert(!out.failed);
	ck_assert_str_eq(out.data, expected);
	text_free(&out);
}

START_TEST(commas_between_values_only)
{
	begin();
	json_begin_object(&j);
	json_field_array(&j, "empty");
	json_end_array(&j);
	json_field_object(&j, "none");
	json_end_object(&j);
	json_field_array(&j, "list");
	json_u64(&j, 1);
	json_begin_object(&j);
	json_field_null(&j, "a");
	json_field_bool(&j, "b", true);
	json_end_object(&j);
	json_begin_array(&j);
	json_bool(&j, false);
	json_end_array(&j);
	json_null(&j);
	json_end_array(&j);
	json_field_u64(&j, "last", 2);
	json_end_object(&j);
	wrote("{\"empty\":[],\"none\":{},\"list\":[1,{\"a\":null,\"b\":true},[false],null],\"last\":2}");
}
END_TEST

START_TEST(numbers)
{
	begin();
	json_begin_array(&j);
	json_u64(&j, UINT64_MAX);
	json_s64(&j, INT64_MIN);
	json_s64(&j, 7);
	json_double(&j, 0.5, 6);
	json_double(&j, 2.0005, 3);
	json_double(&j, -1, 0);
	json_literal(&j, "1e3");
	text_us(json_value(&j), 8999);
	json_end_array(&j);
	wrote("[18446744073709551615,-9223372036854775808,7,0.500000,2.001,-1,1e3,8.999]");
}
END_TEST

START_TEST(fields)
{
	begin();
	json_begin_object(&j);
	json_field_s64(&j, "a", -3);
	json_field_double(&j, "b", 0.25, 2);
	json_field_str(&j, "c", "x\"y\\z\n\t\x01\x7f");
	json_field_string(&j, "d", "cut here", 3);
	json_field_str(&j, "e", NULL);
	json_field_string(&j, "f", NULL, 5);
	json_field_string(&j, "g", "", 0);
	json_field_word(&j, "h", "X");
	json_end_object(&j);
	wrote("{\"a\":-3,\"b\":0.25,\"c\":\"x\\\"y\\\\z\\n\\t\\u0001\\u007f\",\"d\":\"cut\",\"e\":null,"
	      "\"f\":null,\"g\":\"\",\"h\":\"X\"}");
}
END_TEST

START_TEST(strings_of_parts)
{
	begin();
	json_begin_object(&j);
	json_begin_string(&j);
	json_part(&j, "k\"", 2);
	json_end_key(&j);
	text_str(json_begin_string(&j), "evict ");
	json_part(&j, "\"m\"", 3);
	text_str(j.text, "...");
	json_end_string(&j);
	json_key(&j, "next");
	json_u64(&j, 1);
	json_end_object(&j);
	wrote("{\"k\\\"\":\"evict \\\"m\\\"...\",\"next\":1}");
}
END_TEST

START_TEST(lists_of_strings)
{
	static const char *const some[] = { "a", "", "b\"", NULL }, *const none[] = { NULL };
	begin();
	json_begin_array(&j);
	json_strings(&j, some);
	json_strings(&j, none);
	json_strings(&j, NULL);
	json_end_array(&j);
	wrote("[[\"a\",\"\",\"b\\\"\"],[],null]");
}
END_TEST

START_TEST(lines)
{
	begin();
	json_begin_object(&j);
	json_field_u64(&j, "a", 1);
	json_line(&j);
	json_field_array(&j, "list");
	json_line(&j);
	json_u64(&j, 1);
	json_line(&j);
	json_u64(&j, 2);
	json_end_lines(&j);
	json_line(&j);
	json_field_array(&j, "none");
	json_end_lines(&j);
	json_end_object(&j);
	wrote("{\"a\":1,\n\"list\":[\n1,\n2\n],\n\"none\":[\n]}");
}
END_TEST

/* Sequences that are truncated, too long, or encode surrogates; each wrong byte becomes one U+FFFD. */
START_TEST(bytes_that_are_not_utf8)
{
	begin();
	json_begin_array(&j);
	json_str(&j, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	json_str(&j, "a\xff\xc3");
	json_str(&j, "\xc0\xaf");
	json_str(&j, "\xed\xa0\x80");
	json_end_array(&j);
	wrote("[\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\",\"a\xef\xbf\xbd\xef\xbf\xbd\","
	      "\"\xef\xbf\xbd\xef\xbf\xbd\",\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]");
}
END_TEST

START_TEST(markup_in_a_script)
{
	begin();
	j.in_script = true;
	json_begin_array(&j);
	json_str(&j, "</script>&amp;");
	json_str(&j, "<");
	json_str(&j, "plain");
	json_str(&j, "\xe2\x82<\xe2\x82\xac>\"");
	json_end_array(&j);
	wrote("[\"\\u003c/script\\u003e\\u0026amp;\",\"\\u003c\",\"plain\","
	      "\"\xef\xbf\xbd\xef\xbf\xbd\\u003c\xe2\x82\xac\\u003e\\\"\"]");
}
END_TEST

/* Another parser reads the same text, whether it is escaped for a script or not. */
START_TEST(any_bytes_are_read_back_alike)
{
	srandom(5);
	for (int round = 0; round < 3000; round++) {
		cJSON *read[2];
		char bytes[24];
		size_t len = (size_t)random() % sizeof(bytes);
		for (size_t i = 0; i < len; i++)
			bytes[i] = random() % 3 ? "<>&\"\\\xe2\x82\xac\n"[random() % 9]
						: (char)(random() % 255 + 1);
		for (int safe = 0; safe < 2; safe++) {
			begin();
			j.in_script = safe;
			json_string(&j, bytes, len);
			read[safe] = cJSON_ParseWithLength(out.data, out.len);
			ck_assert(cJSON_IsString(read[safe]));
			ck_assert(!safe || !memchr(out.data, '<', out.len));
			text_free(&out);
		}
		ck_assert_str_eq(read[0]->valuestring, read[1]->valuestring);
		cJSON_Delete(read[0]);
		cJSON_Delete(read[1]);
	}
}
END_TEST

Suite *json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *tc = tcase_create("json");
	tcase_add_test(tc, commas_between_values_only);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, fields);
	tcase_add_test(tc, strings_of_parts);
	tcase_add_test(tc, lists_of_strings);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, bytes_that_are_not_utf8);
	tcase_add_test(tc, markup_in_a_script);
	tcase_add_test(tc, any_bytes_are_read_back_alike);
	suite_add_tcase(suite, tc);
	return suite;
}
