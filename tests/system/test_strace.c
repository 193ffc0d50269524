/* SPDX-License-Identifier: BSD-2-Clause */
/* strace as the reference: the same calls, the same number, with the same results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "same_events.h"

#define COMMAND_MAX 16
#define NAMES_MAX   128

/* Calls that strace -c omits, since they do not return. */
static bool never_returns(const char *name)
{
	return strcmp(name, "exit") == 0 || strcmp(name, "exit_group") == 0;
}

/* Omitted: calls that depend on which task comes first, or on timing. */
static const char *by_chance_name = "futex";

/* Whether a program uses newfstatat or fstat depends on its C library; and a sanitizer's own memory
 * calls depend on where the program is loaded. */
static bool by_chance(const char *name)
{
#ifdef __SANITIZE_ADDRESS__
	if (strcmp(name, "mmap") == 0 || strcmp(name, "munmap") == 0)
		return true;
#endif
	return strcmp(name, by_chance_name) == 0 ||
	       (strcmp(by_chance_name, "newfstatat") == 0 && strcmp(name, "fstat") == 0);
}

static int collect(const char *const command[], const char *const before[], const char *argv[])
{
	int n = 0;
	for (; *before; before++)
		argv[n++] = *before;
	for (; *command; command++)
		argv[n++] = *command;
	argv[n] = NULL;
	ck_assert_int_lt(n, COMMAND_MAX + 16);
	return n;
}

/* A row of strace -c, or of ours: "% time, seconds, usecs/call, calls, [errors,] syscall". */
struct row {
	char name[32];
	long calls, errors;
};

static bool row_of(const char *line, struct row *row)
{
	char copy[128], last[32], rest[32] = "";
	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(line, "\n"), line); /* sscanf() would read on */
	int fields = sscanf(copy, "%*f %*f %*d %ld %31s %31s", &row->calls, last, rest);
	if (fields < 2)
		return false;
	row->errors = fields == 3 ? atol(last) : 0;
	strcpy(row->name, fields == 3 ? rest : last);
	return strcmp(row->name, "total") != 0;
}

/* The rows of a table; ends with its total. */
static int rows_of(const char *table, struct row rows[])
{
	int n = 0;
	const char *line = strstr(table, "% time");
	ck_assert_msg(line != NULL, "no table: %s", table);
	for (; line && n < NAMES_MAX; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		n += row_of(line, &rows[n]);
		if (n > 0 && strstr(line, " total\n") && strchr(line, '\n') > strstr(line, " total\n"))
			break;
	}
	return n;
}

static const struct row *find(const struct row rows[], int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static void same_rows(const struct row ours[], int n, const struct row theirs[], int m)
{
	ck_assert_int_gt(m, 5);
	for (int i = 0; i < n; i++)
		ck_assert_msg(never_returns(ours[i].name) || by_chance(ours[i].name) ||
				      find(theirs, m, ours[i].name),
			"strace has no %s", ours[i].name);
	for (int i = 0; i < m; i++) {
		const struct row *own = find(ours, n, theirs[i].name);
		if (by_chance(theirs[i].name))
			continue;
		ck_assert_msg(own && own->calls == theirs[i].calls && own->errors == theirs[i].errors,
			"%s: strace has %ld calls, %ld errors, and here are %ld, %ld", theirs[i].name,
			theirs[i].calls, theirs[i].errors, own ? own->calls : 0, own ? own->errors : 0);
	}
}

/* Their counts, with -c, and those of a JSON document's events. */
static void same_counts(const char *const command[])
{
	const char *argv[COMMAND_MAX + 16];
	struct row theirs[NAMES_MAX], ours[NAMES_MAX];
	const char *table = scratch("strace");
	collect(command, (const char *const[]){ "strace", "-f", "-c", "-o", table, NULL }, argv);
	code_is(run_program(argv), 0);
	int m = rows_of(file_text(table, NULL), theirs);

	table = scratch("bundletrace");
	collect(command, (const char *const[]){ built("bundletrace"), "-f", "-c", "-o", table, "--", NULL },
		argv);
	code_is(run_program(argv), 0);
	same_rows(ours, rows_of(file_text(table, NULL), ours), theirs, m);

	struct traced t = trace_command((const char *const[]){ "-f", NULL }, command);
	trace_is_whole(&t);
	for (int i = 0; i < m; i++)
		if (!by_chance(theirs[i].name))
			ck_assert_msg(count_calls(&t, theirs[i].name) == theirs[i].calls,
				"%s: %lld, strace %ld", theirs[i].name,
				(long long)count_calls(&t, theirs[i].name), theirs[i].calls);
}

#define SAME_COUNTS(...) same_counts((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(counts_of_file_io)
{
	SAME_COUNTS(built("tests/targets/fileio"), scratch("."));
}
END_TEST

START_TEST(counts_of_forks)
{
	SAME_COUNTS(built("tests/targets/forks"), "50");
}
END_TEST

START_TEST(counts_of_threads)
{
	SAME_COUNTS(built("tests/targets/threads"), "8", "500");
}
END_TEST

START_TEST(counts_of_other_programs)
{
	static const char *const ways[] = { "fork", "vfork", "posix_spawn" };
	SAME_COUNTS(
		built("tests/targets/spawn"), ways[_i], built("tests/targets/spawn"), "vfork", "/bin/true");
}
END_TEST

START_TEST(counts_of_a_loader)
{
	by_chance_name = "newfstatat"; /* it regularly checks whether its bundle has changed */
	SAME_COUNTS(built("bundle_load"), "--models", "10", "--size", "1K", "--limit", "4K", "--seed", "7",
		"--count", "300");
}
END_TEST

/* ---- event by event ---- */

static const char *const follow[] = { "-f", NULL };

START_TEST(events_of_file_io)
{
	same_events(follow, (const char *const[]){ built("tests/targets/fileio"), scratch("."), NULL }, 0);
}
END_TEST

START_TEST(events_of_the_demo)
{
	same_events(follow, (const char *const[]){ built("bundle_demo"), scratch("demo.apbundle"), NULL }, 0);
}
END_TEST

Suite *system_strace_suite(void)
{
	Suite *suite = suite_create("system_strace");
	TCase *tc = tcase_create("strace");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, counts_of_file_io);
	tcase_add_test(tc, counts_of_forks);
	tcase_add_loop_test(tc, counts_of_other_programs, 0, 3);
	tcase_add_test(tc, counts_of_a_loader);
	if (!SANITIZED) {
		tcase_add_test(tc, counts_of_threads);
		tcase_add_test(tc, events_of_file_io);
		tcase_add_test(tc, events_of_the_demo);
	}
	suite_add_tcase(suite, tc);
	return suite;
}
