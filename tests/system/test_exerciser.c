/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random system calls from a program that logs which it made: its log is compared with the trace, and with
 * strace, call by call and task by task. BUNDLETRACE_SEEDS=N runs N seeds.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/suites.h"
#include "traced.h"

#define SEEDS_USUALLY 100
#define SEEDS_A_RUN   25
#define TIDS          (1 << 22) /* more than Linux has */
#define MARKER        (-4242)   /* the exerciser's: around its first task's calls of a seed */

/* The exerciser's log: lines of JSON, linked within each task. */
static struct {
	char **lines;
	int count;
	int *next; /* of the same task, 0 none: entry 0 is not used */
	int *of_tid;
	int tid; /* of the first task */
	int matched;
} truth;

static int seeds(void)
{
	const char *wanted = getenv("BUNDLETRACE_SEEDS");
	return wanted && atoi(wanted) > 0 ? atoi(wanted) : SEEDS_USUALLY;
}

static int first_seed(int run)
{
	return harness_first_seed() + run * SEEDS_A_RUN;
}

static int seeds_of(int run)
{
	int left = seeds() - run * SEEDS_A_RUN;
	return left < SEEDS_A_RUN ? left : SEEDS_A_RUN;
}

static int count_lines(const char *text)
{
	int count = 0;
	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

static int tid_of(const char *line)
{
	const char *tid = strstr(line, "\"tid\":");
	int value = tid ? atoi(tid + 6) : 0;
	ck_assert_msg(value > 0 && value < TIDS, "no tid: %.200s", line);
	return value;
}

/* Test cases run in processes of their own: this memory is freed with them. */
static void learn_truth(const char *log)
{
	char *text = file_text(log, NULL), *rest = NULL;
	int lines = count_lines(text), *last = calloc(TIDS, sizeof(*last));
	truth.lines = calloc((size_t)lines + 1, sizeof(*truth.lines));
	truth.next = calloc((size_t)lines + 1, sizeof(*truth.next));
	truth.of_tid = calloc(TIDS, sizeof(*truth.of_tid));
	ck_assert(last && truth.lines && truth.next && truth.of_tid);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		int at = ++truth.count, tid = tid_of(line);
		truth.lines[at] = line;
		*(last[tid] ? &truth.next[last[tid]] : &truth.of_tid[tid]) = at;
		last[tid] = at;
	}
	free(last);
	ck_assert_int_eq(truth.count, lines);
	ck_assert_int_gt(truth.count, 40);
	truth.tid = tid_of(truth.lines[1]);
}

static void forget_truth(void)
{
	free(truth.lines);
	free(truth.next);
	free(truth.of_tid);
	memset(&truth, 0, sizeof(truth));
	traced_end();
}

static const char *next_line(int tid, const char *call)
{
	int at = truth.of_tid[tid];
	ck_assert_msg(at > 0, "task %d made one call more than it knows of: %s", tid, call);
	truth.of_tid[tid] = truth.next[at];
	truth.matched++;
	return truth.lines[at];
}

static void all_matched(void)
{
	int tid = 0;
	while (tid < TIDS && truth.of_tid[tid] == 0) /* one assertion for each would take seconds */
		tid++;
	ck_assert_msg(tid == TIDS, "task %d: the first call that is missing: %s", tid,
		truth.lines[truth.of_tid[tid % TIDS]]);
	ck_assert_int_eq(truth.matched, truth.count);
}

/* ---- compared with the trace ---- */

static const cJSON *member(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool same(const cJSON *expected, const cJSON *is)
{
	return (!expected && !is) || (expected && is && cJSON_Compare(expected, is, true));
}

/* The program knows the address; the contents are compared with strace in another suite. */
static bool told_by_content(const cJSON *expected, const cJSON *is)
{
	return cJSON_IsString(expected) && cJSON_IsString(is) &&
	       strncmp(expected->valuestring, "0x", 2) == 0 && strchr("[{", is->valuestring[0]) != NULL;
}

static bool same_args(const cJSON *expected, const cJSON *is)
{
	const cJSON *arg = is->child, *other; /* null: it may be omitted */
	cJSON_ArrayForEach(other, expected)
	{
		if (!cJSON_IsNull(other) && !same(other, arg) && !told_by_content(other, arg))
			return false;
		arg = arg ? arg->next : NULL;
	}
	return !arg;
}

/* Different if one of them is missing; only the file of a close, whose offset is null in the log, may be
 * missing in the trace. */
static bool same_file(const cJSON *expected, const cJSON *is)
{
	if (!expected || !is)
		return !is && (!expected || cJSON_IsNull(member(expected, "offset")));
	bool no_offset = cJSON_IsNull(member(expected, "offset"));
	return same(member(expected, "path"), member(is, "path")) &&
	       same(member(expected, "dev"), member(is, "dev")) &&
	       same(member(expected, "ino"), member(is, "ino")) &&
	       (no_offset || same(member(expected, "offset"), member(is, "offset")));
}

static const char *difference(const cJSON *expected, const cJSON *is)
{
	if (!same(member(expected, "name"), member(is, "name")))
		return "name";
	if (!same_args(member(expected, "args"), member(is, "args")))
		return "args";
	if (!same(member(expected, "result"), member(is, "result")))
		return "result";
	if (!same(member(expected, "error"), member(is, "error")))
		return "error";
	/* the program does not know the inodes of a new pair */
	if (is_call(is, "pipe2") || is_call(is, "socketpair"))
		return NULL;
	if (!same_file(member(expected, "file"), member(is, "file")))
		return "file";
	if (!same_file(member(expected, "other_file"), member(is, "other_file")))
		return "other_file";
	return NULL;
}

static bool is_marker(const cJSON *event)
{
	return is_call(event, "close") && arg_num(event, 0) == MARKER;
}

static void compare_event(void *ctx, const cJSON *event, const char *line)
{
	bool *inside = ctx;
	if (!is_call(event, NULL))
		return;
	int tid = (int)num(event, "tid");
	if (tid == truth.tid && is_marker(event))
		*inside = !*inside;
	else if (tid != truth.tid || *inside) {
		const char *expected_line = next_line(tid, line);
		cJSON *expected = cJSON_Parse(expected_line);
		ck_assert_msg(expected != NULL, "not JSON: %s", expected_line);
		const char *what = difference(expected, event);
		ck_assert_msg(!what, "%s differs: the program did\n%s\nthe trace says\n%s", what,
			expected_line, line);
		cJSON_Delete(expected);
	}
}

/* The command's arguments, after those of the tool that runs it. */
static void run_under(const char *const before[], int run, const char *log)
{
	char first[16], count[16];
	const char *argv[16];
	int n = 0;
	for (; *before; before++)
		argv[n++] = *before;
	snprintf(first, sizeof(first), "%d", first_seed(run));
	snprintf(count, sizeof(count), "%d", seeds_of(run));
	const char *const command[] = { built("tests/exerciser"), first, count, scratch("."), log, NULL };
	memcpy(argv + n, command, sizeof(command));
	code_is(run_program(argv), 0);
}

START_TEST(trace_is_true)
{
	const char *log = scratch("log"), *trace = scratch("trace");
	bool inside = false;
	run_under((const char *const[]){ built("bundletrace"), "-f", "--format", "jsonl", "-o", trace, "--",
			  NULL },
		_i, log);
	learn_truth(log);
	const cJSON *summary = trace_scan(trace, 1, compare_event, &inside);
	all_matched();
	ck_assert_int_eq(num(summary, "lost.total"), 0);
}
END_TEST

/* ---- compared with strace ---- */

/* Splits off the next argument of a call's text: up to a comma outside brackets and strings. */
static char *take_arg(char **at)
{
	char *start = *at + strspn(*at, " "), *s = start;
	int depth = 0;
	for (bool quoted = false; *s && (quoted || depth > 0 || (*s != ',' && *s != ')')); s++) {
		if (*s == '\\' && quoted && s[1])
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted)
			depth += (strchr("{[(", *s) != NULL) - (strchr("}])", *s) != NULL);
	}
	*at = *s ? s + 1 : s;
	*s = '\0';
	return start;
}

static bool is_plain(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\')
			return false;
	return true;
}

/* Strings and words as in strace; what strace shows in a different form (buffers, structures, a path
 * with special characters) is checked by the comparison with the trace. */
static bool same_as_text(const cJSON *expected, const char *text)
{
	const char *s = cJSON_GetStringValue(expected);
	if (cJSON_IsNumber(expected)) /* strace shows some negative lengths as unsigned */
		return (int64_t)strtoull(text, NULL, 0) == (int64_t)expected->valuedouble ||
		       (expected->valuedouble == AT_FDCWD && strcmp(text, "AT_FDCWD") == 0);
	if (!s || strcmp(s, "...") == 0 || strncmp(s, "0x", 2) == 0 || !is_plain(s) || strlen(s) > 4000)
		return true;
	size_t len = strlen(s);
	return strcmp(s, text) == 0 ||
	       (text[0] == '"' && strncmp(text + 1, s, len) == 0 && strcmp(text + 1 + len, "\"") == 0);
}

/* "name(args) = result ERROR (...)"; a wrong split would show at its end. */
static bool same_as_strace(const cJSON *expected, char *line)
{
	char *open = strchr(line, '('), *end = NULL, *at = open + 1;
	for (char *s = line; (s = strstr(s, ") ")); s++)
		if (s[1 + strspn(s + 1, " ")] == '=')
			end = s;
	if (!end)
		return false;
	char *result = strchr(end + 1, '=') + 2;
	const cJSON *value = get(expected, "result"), *arg;
	end[1] = '\0';
	*open = '\0';
	if (strcmp(line, str(expected, "name")) != 0)
		return false;
	cJSON_ArrayForEach(arg, get(expected, "args")) if (!same_as_text(arg, take_arg(&at))) return false;
	if (cJSON_IsNull(value))
		return *result == '?';
	if (!has(expected, "error"))
		return strtoll(result, NULL, 0) == (long long)value->valuedouble;
	return strncmp(result, "-1 ", 3) == 0 &&
	       strncmp(result + 3, str(expected, "error"), strlen(str(expected, "error"))) == 0;
}

/* The file of one task. */
static void compare_strace(char *text, int tid)
{
	char *rest = NULL;
	bool inside = tid != truth.tid;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		int fd;
		if (line[0] == '-' || line[0] == '+') /* signals, exit */
			continue;
		if (tid == truth.tid && sscanf(line, "close(%d)", &fd) == 1 && fd == MARKER) {
			inside = !inside;
		} else if (inside) {
			char whole[512];
			snprintf(whole, sizeof(whole), "%s", line);
			const char *expected_line = next_line(tid, whole);
			cJSON *expected = cJSON_Parse(expected_line);
			ck_assert_msg(expected && same_as_strace(expected, line),
				"the program did\n%s\nstrace says\n%s", expected_line, whole);
			cJSON_Delete(expected);
		}
	}
}

START_TEST(strace_agrees)
{
	const char *log = scratch("log"), *dir = scratch("strace");
	char prefix[4096], path[8192];
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	snprintf(prefix, sizeof(prefix), "%s/task", dir);
	run_under((const char *const[]){ "strace", "-ff", "-s", "8", "-o", prefix, NULL }, _i, log);
	learn_truth(log);
	DIR *files = opendir(dir);
	ck_assert_ptr_nonnull(files);
	for (struct dirent *entry; (entry = readdir(files));)
		if (entry->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
			compare_strace(file_text(path, NULL), atoi(strchr(entry->d_name, '.') + 1));
		}
	closedir(files);
	all_matched();
}
END_TEST

Suite *system_exerciser_suite(void)
{
	Suite *suite = suite_create("system_exerciser");
	TCase *tc = tcase_create("exerciser");
	int runs = (seeds() + SEEDS_A_RUN - 1) / SEEDS_A_RUN;
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, forget_truth);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, trace_is_true, 0, runs);
	if (!SANITIZED) /* the program itself, in which no sanitizer is, beside another tracer */
		tcase_add_loop_test(tc, strace_agrees, 0, runs);
	suite_add_tcase(suite, tc);
	return suite;
}
