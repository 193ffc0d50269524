/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of formats: each row is found by its name, creates its sink, and is in the documents. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/suites.h"
#include "user/sink/sinks.h"
#include "bundle_help.h"
#include "made_event.h"

static const struct run_start start = { NULL, 1700000000123456789, 1699999998000000000, NULL };

START_TEST(a_name_finds_its_row)
{
	for (unsigned i = 0; i < FORMATS; i++) {
		ck_assert_uint_eq(sink_format_named(sink_formats[i].name), i);
		ck_assert_ptr_nonnull(sink_formats[i].help);
	}
	ck_assert_uint_eq(sink_format_named("jsonl"), FORMAT_JSONL);
	ck_assert_uint_eq(sink_format_named("JSON"), FORMATS);
	ck_assert_uint_eq(sink_format_named(""), FORMATS);
}
END_TEST

START_TEST(an_ending_finds_its_row)
{
	ck_assert_uint_eq(sink_format_of_file("run.btrace"), FORMAT_BTRACE);
	ck_assert_uint_eq(sink_format_of_file(".btrace"), FORMAT_BTRACE);
	ck_assert_uint_eq(sink_format_of_file("run.btrace.json"), FORMATS);
	ck_assert_uint_eq(sink_format_of_file("btrace"), FORMATS);
	ck_assert_uint_eq(sink_format_of_file(""), FORMATS);
}
END_TEST

START_TEST(lists_name_every_row)
{
	struct text names = { 0 }, help = { 0 };
	sink_names_text(&names);
	sink_help_text(&help);
	text_char(&names, '\0');
	text_char(&help, '\0');
	ck_assert_str_eq(names.data, "text, json, jsonl, csv, chrome, html, folded or btrace");
	ck_assert_str_eq(help.data,
		"text (default), json (one document), jsonl (one event a line), csv (with -c: the tables), "
		"chrome (for Perfetto and chrome://tracing), html (a page), folded (stacks), btrace (a trace file for --read)");
	text_free(&names);
	text_free(&help);
}
END_TEST

/* Each sink takes an event and an end; sinks that have events and `tables` produce the tables without a
 * request. */
START_TEST(every_row_makes_its_sink)
{
	struct event ev = made_lseek();
	for (unsigned i = 0; i < FORMATS; i++) {
		struct run_result result = { .events = 1 };
		struct sink_options options = { .start = &start };
		if (!sink_formats[i].make)
			continue;
		struct out out = made_out();
		struct sink *sink = sink_new((enum format)i, &out, &options);
		ck_assert_ptr_nonnull(sink);
		ck_assert_int_eq(sink->event(sink, &ev), 0);
		ck_assert_int_eq(sink->finish(sink, &result), 0);
		sink->free(sink);
		char *text = written(&out);
		ck_assert_ptr_nonnull(strstr(text, "lseek"));
		bool within = strstr(text, "\"total_syscalls\":") != NULL;
		ck_assert_int_eq(within, sink_formats[i].tables == TABLES_WITHIN);
		free(text);
	}
}
END_TEST

START_TEST(csv_holds_one_of_two)
{
	struct out out = made_out();
	struct sink *sink =
		sink_new(FORMAT_CSV, &out, &(struct sink_options){ .start = &start, .tables_only = true });
	ck_assert_int_eq(sink->finish(sink, &(struct run_result){ 0 }), 0);
	sink->free(sink);
	char *text = written(&out);
	ck_assert_int_eq(strncmp(text, "kind,name,calls,", 16), 0);
	free(text);
}
END_TEST

/* `output` is a folder where no file can be created: the temporary file goes elsewhere, as the output
 * itself would fail. */
START_TEST(a_temporary_file_beside_the_output)
{
	struct out out = made_out();
	struct sink *sink = sink_new(FORMAT_JSON, &out,
		&(struct sink_options){ .start = &start, .output = "/no/such/folder/file" });
	ck_assert_ptr_nonnull(sink);
	sink->free(sink);
	free(written(&out));
}
END_TEST

/* The manual has each format in bold after --format, before the next option. */
START_TEST(the_manual_has_every_row)
{
	char line[4096], word[64];
	FILE *file = fopen(source_path("docs/man/bundletrace.1"), "re");
	bool within = false, found[FORMATS] = { false };
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, "\\-\\-format \" FORMAT"))
			within = true;
		else if (within && strncmp(line, ".TP", 3) == 0)
			within = false;
		if (within && sscanf(line, ".B %63s", word) == 1 && sink_format_named(word) != FORMATS)
			found[sink_format_named(word)] = true;
	}
	fclose(file);
	for (unsigned i = 0; i < FORMATS; i++)
		ck_assert_msg(found[i], "docs/man/bundletrace.1: --format has no %s", sink_formats[i].name);
}
END_TEST

Suite *sinks_suite(void)
{
	Suite *suite = suite_create("sinks");
	TCase *tc = tcase_create("sinks");
	tcase_add_test(tc, a_name_finds_its_row);
	tcase_add_test(tc, an_ending_finds_its_row);
	tcase_add_test(tc, lists_name_every_row);
	tcase_add_test(tc, every_row_makes_its_sink);
	tcase_add_test(tc, csv_holds_one_of_two);
	tcase_add_test(tc, a_temporary_file_beside_the_output);
	tcase_add_test(tc, the_manual_has_every_row);
	suite_add_tcase(suite, tc);
	return suite;
}
