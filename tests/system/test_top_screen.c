/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop's screen on a terminal of a fixed size: its contents, the effect of keys, and the state it
 * leaves. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "tests/unit/model_files.h"
#include "events_of.h"
#include "screens.h"

#define MODELS 18

/* --- a loader that has finished its work and stays --- */

static struct run *load;
static cJSON *own;

static const char *arguments_of(const char *program)
{
	static char arguments[32], models[8];
	snprintf(models, sizeof(models), "%d", MODELS);
	const char *const argv[] = { program, "--json", "--file", scratch("s.apbundle"), "--models", models,
		"--size", "16K", "--pattern", "zipf", "--limit", "128K", "--count", "3000", "--prefetch",
		"off", "--stay", "40", NULL };
	load = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	run_await(load, "}\n");
	own = cJSON_Parse(run_said(load));
	ck_assert_ptr_nonnull(own);
	snprintf(arguments, sizeof(arguments), "-p %d", (int)load->pid);
	return arguments;
}

static const char *loader_arguments(void)
{
	return arguments_of(built("bundle_load"));
}

/* Sums of columns 3 (hits) to 6 (evicted) over the models' rows, and the number of rows. */
static int sum_models(const char *screen, long sums[4])
{
	int rows = 0;
	memset(sums, 0, 4 * sizeof(*sums));
	for (const char *line = screen; line; line = strchr(line, '\n')) {
		char state[16], size[16], gets[16];
		long counts[4];
		line += *line == '\n';
		if (sscanf(line, "%15s %15s %15s %ld %ld %ld %ld", state, size, gets, &counts[0], &counts[1],
			    &counts[2], &counts[3]) != 7 ||
			(strcmp(state, "resident") != 0 && strcmp(state, "absent") != 0))
			continue;
		rows++;
		for (int i = 0; i < 4; i++)
			sums[i] += counts[i];
	}
	return rows;
}

START_TEST(large)
{
	open_screen("120x40", "", loader_arguments());
	screen_with("s.apbundle");
	usleep(300000);
	const char *screen = captured();
	long sums[4];
	fits(screen, 120, 40);
	ck_assert_msg(sum_models(screen, sums) == MODELS, "%s", screen);
	ck_assert_int_eq(sums[0], num(own, "hits"));
	ck_assert_int_eq(sums[1], num(own, "misses"));
	ck_assert_int_eq(sums[2], num(own, "reloads"));
	ck_assert_int_eq(sums[3], num(own, "evictions"));
	ck_assert_ptr_nonnull(strstr(screen, "bundle_load"));
	ck_assert_ptr_nonnull(strstr(screen, "bundletop  1 bundle, 0 thrashing"));
	keys("q");
	is_restored("code 0");
	cJSON_Delete(own);
}
END_TEST

static const struct {
	const char *size;
	int width, height;
} sizes[] = { { "80x24", 80, 24 }, { "40x10", 40, 10 }, { "20x5", 20, 5 } };

START_TEST(small)
{
	char pid[24];
	open_screen(sizes[_i].size, "", loader_arguments());
	snprintf(pid, sizeof(pid), "%7d", (int)load->pid);
	screen_with(sizes[_i].height > 5 ? pid : "thrashin");
	usleep(300000);
	fits(captured(), sizes[_i].width, sizes[_i].height);
	cJSON_Delete(own);
}
END_TEST

START_TEST(keys_work)
{
	open_screen("120x40", "", loader_arguments());
	screen_with("RELOADSv");
	keys("Tab");
	keys(">");
	screen_with("EVICTEDv");
	keys("r");
	screen_with("EVICTED^");
	keys("/");
	keys("m0003");
	const char *screen = screen_with("filter: m0003_");
	long sums[4];
	usleep(200000);
	ck_assert_int_eq(sum_models(captured(), sums), 1);
	keys("Escape");
	usleep(300000);
	ck_assert_int_eq(sum_models(captured(), sums), MODELS);
	keys("l");
	screen_with("loads of the chosen bundle");
	keys("Enter");
	usleep(200000);
	ck_assert_int_eq(sum_models(captured(), sums), 0);
	keys("Enter");
	keys("Space");
	screen_with("PAUSED");
	keys("Space");
	keys("+");
	screen_with("every 2s");
	keys("?");
	screen = screen_with("any key: back");
	ck_assert_ptr_null(strstr(screen, "RELOADS"));
	keys("x");
	screen_with("RELOADS");
	code_is(TMUX("resize-window", "-x", "70", "-y", "16"), 0);
	usleep(400000);
	fits(captured(), 70, 16);
	keys("q");
	is_restored("code 0");
	cJSON_Delete(own);
}
END_TEST

/* A click on a title sorts by it, one on a row selects it. */
START_TEST(mouse)
{
	open_screen("120x40", "TERM=xterm-256color", loader_arguments());
	screen_with("RELOADSv");
	for (int up = 0; up < 2; up++) /* what xterm sends for column 28 of line 8 */
		code_is(TMUX("send-keys", "-H", "1b", "5b", "3c", "30", "3b", "32", "38", "3b", "38",
				up ? "6d" : "4d"),
			0);
	screen_with("HITSv");
	cJSON_Delete(own);
}
END_TEST

/* --files: a model file read by a program that does not use the library; and back to the bundles. */
START_TEST(files_shown)
{
	char arguments[96], reader[32];
	loader_arguments();
	const char *const argv[] = { built("tests/targets/uses"), scratch("s.apbundle"), NULL };
	struct run *user = run_start(&(struct run_spec){ .argv = argv, .keys = true, .seconds = 60 });
	run_await(user, "ready");
	snprintf(arguments, sizeof(arguments), "--files --max-overhead off -i 0.3 -p %d,%d", (int)user->pid,
		(int)load->pid);
	open_screen(sizes[_i].size, "", arguments);
	screen_with(sizes[_i].height > 5 ? "FILL/sv" : "reads");
	run_type(user, "r\n");
	snprintf(reader, sizeof(reader), "%7d", (int)user->pid);
	if (sizes[_i].height > 5) {
		const char *row = strstr(screen_with(reader), reader);
		ck_assert_ptr_nonnull(memmem(row, strcspn(row, "\n"), "s.apbundle", 10));
	}
	fits(captured(), sizes[_i].width, sizes[_i].height);
	keys("f");
	screen_with(sizes[_i].height > 5 ? " BUNDLE" : "gets");
	keys("f");
	screen_with(sizes[_i].height > 5 ? "FILL" : "reads");
	cJSON_Delete(own);
}
END_TEST

static void write_gguf(const char *name, unsigned no, unsigned count)
{
	struct text t = { 0 };
	put_gguf_split(&t, no, count, 2, no, 1);
	FILE *file = fopen(scratch(name), "wbe");
	ck_assert(file && !t.failed && fwrite(t.data, 1, t.len, file) == t.len && fclose(file) == 0);
	text_free(&t);
}

/* The files of a model stand below it, whatever the order. */
START_TEST(files_of_a_model)
{
	char command[1024], arguments[96];
	write_gguf("net-00001-of-00002.gguf", 0, 2);
	write_gguf("net-00002-of-00002.gguf", 1, 2);
	write_gguf("alone.gguf", 0, 1);
	snprintf(command, sizeof(command), "exec 3<%s 4<%s 5<%s; echo ready; sleep 60",
		scratch("net-00002-of-00002.gguf"), scratch("alone.gguf"),
		scratch("net-00001-of-00002.gguf"));
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	struct run *user = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	run_await(user, "ready");
	snprintf(arguments, sizeof(arguments), "--files --max-overhead off -i 0.3 -p %d", (int)user->pid);
	open_screen("160x24", "", arguments);
	screen_with("net (2 shards)");
	for (int i = 0; i < 12; i++) {
		keys(">");
		usleep(100000);
		const char *screen = captured(), *row = strstr(screen, "net (2 shards)");
		ck_assert_ptr_nonnull(strstr(screen, "alone.gguf"));
		for (int part = 0; part < 2; part++) {
			ck_assert_ptr_nonnull(row = strchr(row, '\n'));
			row++;
			ck_assert_msg(memmem(row, strcspn(row, "\n"), "  net-0000", 10), "%s", screen);
		}
	}
}
END_TEST

/* The number of files whose probes the kernel refused, and the first of them. */
START_TEST(refused_probes)
{
	open_screen("80x24", "", arguments_of(refused_loader("refused")));
	screen_with("0 thrashing  lost 0  probes refused 1  own");
	const char *screen = captured();
	fits(screen, 80, 24);
	ck_assert_msg(strstr(screen, "\nprobes refused in 1 file (by its notes, probe "), "%s", screen);
	ck_assert_msg(strstr(screen, "s.apbundle"), "%s", screen);
	cJSON_Delete(own);
}
END_TEST

/* The terminal is restored however it ends. */
START_TEST(target_ends)
{
	open_screen("80x24", "", loader_arguments());
	screen_with("s.apbundle");
	kill(load->pid, SIGKILL);
	is_restored("code 0");
	cJSON_Delete(own);
}
END_TEST

START_TEST(signal_ends)
{
	open_screen("80x24", "", loader_arguments());
	screen_with("s.apbundle");
	keys("C-c");
	is_restored("code 0");
	cJSON_Delete(own);
}
END_TEST

static bool has_colours(const char *raw)
{
	for (const char *at = raw; (at = strstr(at, "\033[")); at++) {
		const char *end = at + 2 + strspn(at + 2, "0123456789;");
		if (*end == 'm' && (strncmp(at + 2, "3", 1) == 0 || strstr(at, ";3") == end - 3) &&
			strncmp(at + 2, "39", 2) != 0)
			return true;
	}
	return false;
}

START_TEST(colours_and_letters)
{
	bool plain = _i;
	open_screen("80x24", plain ? "NO_COLOR=1 LC_ALL=C" : "TERM=screen-256color", loader_arguments());
	screen_with("s.apbundle");
	usleep(300000);
	size_t len;
	const char *raw = file_text(scratch("raw"), &len);
	bool wide = false;
	for (size_t i = 0; i < len; i++)
		wide |= raw[i] & 0x80;
	ck_assert_int_gt((int)len, 500);
	ck_assert_int_eq(has_colours(raw), !plain);
	ck_assert_int_eq(wide, !plain);
	cJSON_Delete(own);
}
END_TEST

START_TEST(no_terminal)
{
	struct run *run = RUN(built("bundletop"));
	code_is(run, 1);
	ck_assert_ptr_nonnull(strstr(run->err, "needs a terminal (-b prints text"));
	open_screen("80x24", "TERM=dumb", "");
	screen_with("code 1");
	ck_assert_ptr_nonnull(strstr(captured(), "TERM=dumb: the screen needs a terminal"));
}
END_TEST

/* Names that contain terminal control sequences, and false counters. */
START_TEST(hostile)
{
	const char *const argv[] = { built("tests/targets/hostile"), "20", "7", NULL };
	struct run *liar = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	run_await(liar, "ready");
	char arguments[64];
	snprintf(arguments, sizeof(arguments), "-i 0.1 -p %d", (int)liar->pid);
	open_screen("200x50", "", arguments);
	/* whichever bundle is selected may have lost its names just now */
	for (int i = 0; i < 100 && !strstr(captured(), "owned"); i++) {
		keys("Down");
		usleep(100000);
	}
	screen_with("owned");
	for (int i = 0; i < 5; i++) {
		keys("Down");
		keys(">");
		usleep(300000);
	}
	fits(captured(), 200, 50);
	size_t len;
	const char *raw = file_text(scratch("raw"), &len);
	ck_assert_ptr_null(memmem(raw, len, "\033]0;", 4));
	ck_assert_ptr_null(memmem(raw, len, "\xe2\x80\xae", 3));
	ck_assert_ptr_null(memmem(raw, len, "\xc2\x9b", 2));
	ck_assert_ptr_null(memmem(raw, len, "\xff", 1));
	keys("q");
	is_restored("code 0");
}
END_TEST

Suite *system_top_screen_suite(void)
{
	Suite *suite = suite_create("system_top_screen");
	TCase *tc = tcase_create("screen");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, NULL, screen_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, large);
	tcase_add_loop_test(tc, small, 0, (int)(sizeof(sizes) / sizeof(*sizes)));
	tcase_add_test(tc, keys_work);
	tcase_add_test(tc, mouse);
	tcase_add_test(tc, files_of_a_model);
	tcase_add_loop_test(tc, files_shown, 0, (int)(sizeof(sizes) / sizeof(*sizes)));
	tcase_add_test(tc, refused_probes);
	tcase_add_test(tc, target_ends);
	tcase_add_test(tc, signal_ends);
	tcase_add_loop_test(tc, colours_and_letters, 0, 2);
	tcase_add_test(tc, no_terminal);
	tcase_add_test(tc, hostile);
	suite_add_tcase(suite, tc);
	return suite;
}
