/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of event kinds (bpf/kinds.def, bundle/observe/probes.def). */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/event/kinds.h"
#include "user/event/words.h"

/* Recordings contain these numbers: a change makes old ones unreadable. */
START_TEST(numbers_of_recordings)
{
	static const struct {
		unsigned number;
		const char *word;
		enum kind_role role;
		enum layer layer;
	} kinds[] = {
		{ 1, "file", ROLE_DEFINES, LAYER_PROCESS },
		{ 2, "syscall", ROLE_SHOWN, LAYER_SYSCALL },
		{ 3, "open", ROLE_SHOWN, LAYER_APP },
		{ 4, "hit", ROLE_SHOWN, LAYER_APP },
		{ 5, "miss", ROLE_SHOWN, LAYER_APP },
		{ 6, "load", ROLE_SHOWN, LAYER_APP },
		{ 7, "evict", ROLE_SHOWN, LAYER_APP },
		{ 8, "prefetch", ROLE_SHOWN, LAYER_APP },
		{ 9, "error", ROLE_SHOWN, LAYER_APP },
		{ 10, "close", ROLE_SHOWN, LAYER_APP },
		{ 11, "policy", ROLE_SHOWN, LAYER_APP },
		{ 12, "fork", ROLE_SHOWN, LAYER_PROCESS },
		{ 13, "exec", ROLE_SHOWN, LAYER_PROCESS },
		{ 14, "exit", ROLE_SHOWN, LAYER_PROCESS },
		{ 15, "model", ROLE_TABLES, LAYER_APP },
		{ 16, "task", ROLE_DEFINES, LAYER_PROCESS },
		{ 17, "frame", ROLE_DEFINES, LAYER_PROCESS },
		{ 18, "stack", ROLE_RAW, LAYER_PROCESS },
		{ 19, "stack", ROLE_DEFINES, LAYER_PROCESS },
		{ 20, "names", ROLE_DEFINES, LAYER_PROCESS },
		{ 21, "file_io", ROLE_TABLES, LAYER_IO },
		{ 22, "uring", ROLE_SHOWN, LAYER_URING },
		{ 23, "fault", ROLE_SHOWN, LAYER_FAULT },
		{ 25, "block", ROLE_SHOWN, LAYER_BLOCK },
		{ 26, "sched", ROLE_SHOWN, LAYER_SCHED },
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct kind *kind = kind_of(kinds[i].number);
		ck_assert_str_eq(kind->word, kinds[i].word);
		ck_assert_int_eq(kind->role, kinds[i].role);
		ck_assert_int_eq(kind->layer, kinds[i].layer);
	}
	ck_assert_str_eq(kind_of(0)->word, "unknown");
	ck_assert_int_eq(kind_of(0)->role, ROLE_UNKNOWN);
	ck_assert_int_eq(kind_of(EVENT_KINDS)->role, ROLE_UNKNOWN);
	ck_assert_int_eq(kind_of(UINT16_MAX)->role, ROLE_UNKNOWN);
}
END_TEST

START_TEST(probes_and_kinds)
{
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++) {
		unsigned number = KIND_OF_PROBE(probe);
		ck_assert_uint_lt(number, EVENT_KINDS);
		ck_assert(KIND_IS_PROBE(number));
		ck_assert_uint_eq(PROBE_OF_KIND(number), probe);
		ck_assert_int_eq(kind_of(number)->layer, LAYER_APP);
		ck_assert_uint_eq(kind_of_probe_name(event_word(number)), number);
	}
	ck_assert(!KIND_IS_PROBE(EVENT_SYSCALL));
	ck_assert(!KIND_IS_PROBE(EVENT_FORK));
	ck_assert(!KIND_IS_PROBE(EVENT_STACK));
	ck_assert_uint_eq(kind_of_probe_name("syscall"), 0);
	ck_assert_uint_eq(kind_of_probe_name(""), 0);
}
END_TEST

/* A line of text names only what the probe has. */
START_TEST(texts)
{
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++) {
		const struct kind *kind = kind_of(KIND_OF_PROBE(probe));
		ck_assert_uint_le(kind->field_count, APP_ARGS);
		for (const char *at = kind->text; (at = strchr(at, '%')); at += 2)
			if (at[1] == 'n')
				ck_assert_int_ne(kind->subject, SUBJECT_NONE);
			else
				ck_assert(at[1] >= '0' && at[1] < '0' + kind->field_count);
	}
}
END_TEST

START_TEST(words_of_numbers)
{
	ck_assert_str_eq(field_word(FIELD_CAUSE, 0), "demand");
	ck_assert_str_eq(field_word(FIELD_CAUSE, 6), "read_ahead");
	ck_assert_str_eq(field_word(FIELD_CAUSE, 7), "unknown");
	ck_assert_str_eq(field_word(FIELD_SOURCE, 0), "unknown"); /* a prefetch is never on demand */
	ck_assert_str_eq(field_word(FIELD_SOURCE, 1), "history");
	ck_assert_str_eq(field_word(FIELD_REASON, 3), "close");
	ck_assert_str_eq(field_word(FIELD_REASON, UINT64_MAX), "unknown");
	ck_assert_str_eq(field_word(FIELD_POLICY, 5), "S3-FIFO");
	ck_assert_str_eq(field_word(FIELD_BYTES, 5), "unknown");
}
END_TEST

/* Somebody changed a table and did not run scripts/gen-kinds.sh. */
START_TEST(documents)
{
	ck_assert_int_eq(system("scripts/gen-kinds.sh --check"), 0);
}
END_TEST

Suite *event_kinds_suite(void)
{
	Suite *suite = suite_create("event_kinds");
	TCase *tc = tcase_create("event_kinds");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, numbers_of_recordings);
	tcase_add_test(tc, probes_and_kinds);
	tcase_add_test(tc, texts);
	tcase_add_test(tc, words_of_numbers);
	tcase_add_test(tc, documents);
	suite_add_tcase(suite, tc);
	return suite;
}
