/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl under bad conditions: killed at any moment, on a full disk, with files much larger than its
 * memory. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/suites.h"
#include "harness.h"

/* A safetensors file of one tensor; everything after the header is a hole, up to its size. */
static void make_safetensors(const char *path, unsigned long long bytes)
{
	char json[128], file[256] = { 0 };
	int n = snprintf(json, sizeof(json),
		"{\"t\":{\"dtype\":\"U8\",\"shape\":[%llu],\"data_offsets\":[0,%llu]}}", bytes, bytes);
	file[0] = (char)n;
	memcpy(file + 8, json, (size_t)n);
	FILE *f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(file, 1, 8 + (size_t)n, f), 8 + (size_t)n);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(truncate(path, 8 + n + (off_t)bytes), 0);
}

static char *joined(const char *name, const char *path)
{
	static char buffers[8][512];
	static unsigned next;
	char *buffer = buffers[next++ % 8];
	snprintf(buffer, sizeof(buffers[0]), "%s=%s", name, path);
	return buffer;
}

/* Incompressible bytes. */
static void make_random(const char *path, size_t size)
{
	char command[600];
	snprintf(command, sizeof(command), "head -c %zu /dev/urandom > '%s'", size, path);
	code_is(RUN("sh", "-c", command), 0);
}

/* --- killed --- */

static bool is_file(const char *path, const char *want)
{
	size_t size, want_size;
	char *got = file_text(path, &size), *other = file_text(want, &want_size);
	return size == want_size && memcmp(got, other, size) == 0;
}

static int files_in(const char *folder)
{
	int count = 0;
	DIR *dir = opendir(folder);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_type == DT_REG;
	closedir(dir);
	return count;
}

static double seconds_now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct kills {
	const char *const *argv;
	const char *out, *old, *fresh; /* fresh: from a run that was not killed */
	double takes;
	unsigned olds, news;
};

static void put_old(const struct kills *k)
{
	code_is(RUN("cp", k->old, k->out), 0);
}

/* Killed at a random moment of its life. */
static void kill_one(struct kills *k)
{
	struct run *run = run_start(&(struct run_spec){ .argv = k->argv });
	usleep((useconds_t)(k->takes * 1.1e6 * rand() / RAND_MAX));
	kill(run->pid, SIGKILL);
	run_wait(run);
	if (is_file(k->out, k->old)) {
		k->olds++;
		return;
	}
	ck_assert_msg(is_file(k->out, k->fresh), "neither the old file nor the new one");
	k->news++;
	put_old(k);
}

START_TEST(killed_at_any_moment)
{
	const char *folder = scratch("d"), *out = scratch("d/x"), *big = scratch("big"),
		   *small = scratch("small");
	const char *from = scratch("from"), *old = scratch("old"), *fresh = scratch("fresh");
	code_is(RUN("mkdir", folder), 0);
	make_random(big, 3u << 20);
	make_random(small, 1000);
	code_is(RUN(built("bundlectl"), "create", "-t1", from, joined("big", big), joined("small", small)),
		0);
	code_is(RUN(built("bundlectl"), "create", "-t1", old, joined("small", small)), 0);
	make_safetensors(scratch("t"), 3u << 20);
	const char *ctl = built("bundlectl"), *in = joined("big", big);
	const char *const commands[][9] = {
		{ ctl, "create", "-t1", out, in },
		{ ctl, "create", "-t1", "--checksum", "--dedup", out, in, joined("again", big) },
		{ ctl, "convert", "--compress", from, out },
		{ ctl, "import", "-t1", out, scratch("t") },
	};
	struct kills k = { .argv = commands[_i], .out = out, .old = old, .fresh = fresh };
	put_old(&k);
	double start = seconds_now();
	code_is(run_program(k.argv), 0);
	k.takes = seconds_now() - start;
	code_is(RUN("cp", out, fresh), 0);
	put_old(&k);
	srand(17 + (unsigned)_i);
	for (int round = 0; round < 30; round++)
		kill_one(&k);
	ck_assert_uint_gt(k.olds, 0);
	/* between its two names a file may have the temporary one; nothing else is left */
	ck_assert_int_le(files_in(folder), 1 + 3);
	code_is(run_program(k.argv), 0);
	ck_assert(is_file(out, fresh));
}
END_TEST

/* --- a full disk --- */

/* $0: bundlectl; $1: folder with 3 MB in f, s.safetensors and b; $2: a folder to mount on. The old file
 * is intact after each step, and there is no other file. */
static const char full_disk[] =
	"set -e; mount -t tmpfs -o size=1m t $2; cd $2; $0 create -t1 x small=$1/small; cp x $1/old\n"
	"try() { if $CTL \"$@\" 2> $IN/err; then echo \"$* did not fail\"; exit 3; fi\n"
	"  grep -q 'No space left on device' $IN/err || { cat $IN/err; exit 4; }\n"
	"  [ $(wc -l < $IN/err) = 1 ] || { cat $IN/err; exit 5; }\n"
	"  cmp x $IN/old; [ \"$(ls -A)\" = x ] || { ls -lA; exit 6; }; }\n"
	"CTL=$0; IN=$1\n"
	"try create x f=$1/f\n"
	"try create --checksum x f=$1/f\n"
	"try create --compress x f=$1/f\n"
	"try convert $1/b x\n"
	"try convert --compress $1/b x\n"
	"try import x $1/in\n"
	"try import x $1/s.safetensors\n"
	"try export --format=safetensors $1/b x\n"
	"try export --format=safetensors $1/i x\n"
	"mkdir d; if $0 export $1/b d 2> /dev/null; then exit 7; fi; [ -z \"$(ls -A d)\" ]\n";

START_TEST(on_a_full_disk)
{
	make_random(scratch("f"), 3u << 20);
	make_random(scratch("small"), 100);
	code_is(RUN("mkdir", scratch("in"), scratch("m")), 0);
	code_is(RUN("cp", scratch("f"), scratch("in/f")), 0);
	code_is(RUN(built("bundlectl"), "create", scratch("b"), joined("f", scratch("f"))), 0);
	code_is(RUN(built("bundlectl"), "export", scratch("b"), scratch("s.safetensors")), 0);
	code_is(RUN(built("bundlectl"), "import", scratch("i"), scratch("s.safetensors")), 0);
	char folder[256], ctl[512];
	snprintf(folder, sizeof(folder), "%s", scratch("f"));
	*strrchr(folder, '/') = '\0';
	ck_assert_ptr_nonnull(realpath(built("bundlectl"), ctl));
	struct run *run = RUN("unshare", "--mount", "--propagation", run_propagation(), "bash", "-c",
		full_disk, ctl, folder, scratch("m"));
	ck_assert_msg(run_code(run) == 0, "%d: %s%s", run_code(run), run->out, run->err);
}
END_TEST

/* --- larger than memory --- */

/* In kilobytes of address space; a sanitizer needs terabytes of that, but not of memory. */
#define LIMIT SANITIZED ? "unlimited" : "120000"
#define LARGE (SANITIZED ? 300ull << 20 : 2200ull << 20) /* more than 31 bits can represent */

static struct run *limited(const char *command, const char *one, const char *two, bool terminal)
{
	char script[256];
	snprintf(script, sizeof(script), "ulimit -v %s; exec \"$0\" %s 2> %s", LIMIT, command,
		terminal ? "/dev/tty" : "/dev/stderr");
	const char *const argv[] = { "bash", "-c", script, built("bundlectl"), one, two, NULL };
	const char *const env[] = { "TERM=xterm", NULL };
	struct run *run = run_start(
		&(struct run_spec){ .argv = argv, .env = env, .terminal = terminal, .seconds = 60 });
	run_wait(run);
	return run;
}

START_TEST(larger_than_memory)
{
	const char *in = scratch("in"), *tensors = scratch("t.safetensors"), *bundle = scratch("x"),
		   *again = scratch("again");
	char size[64];
	FILE *f = fopen(in, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseeko(f, (off_t)LARGE - 3, SEEK_SET), 0);
	ck_assert_uint_eq(fwrite("end", 1, 3, f), 3);
	ck_assert_int_eq(fclose(f), 0);
	struct run *run = limited("create --compress=1 \"$1\" \"$2\"", bundle, joined("large", in), true);
	code_is(run, 0);
	if (!SANITIZED)
		ck_assert_int_lt(run->max_rss_kb, 32000);
	const char *said = run_terminal(run);
	if (!SANITIZED) { /* less of the work may be done before there is something to report */
		ck_assert_msg(strstr(said, "create: ") && strstr(said, "% of "), "%s", said);
		ck_assert_str_eq(strrchr(said, '\r'), "\r\033[K"); /* and none of the output is left */
	}
	run = limited("verify \"$1\"", bundle, NULL, false);
	code_is(run, 0);
	snprintf(size, sizeof(size), "whole: 1 models, %llu bytes\n", (unsigned long long)LARGE);
	ck_assert_msg(strstr(run->out, size) != NULL, "%s", run->out);
	ck_assert_str_eq(run->err, "");
	char command[1024];
	snprintf(command, sizeof(command), "'%s' extract '%s' large -o - | cmp - '%s'", built("bundlectl"),
		bundle, in);
	code_is(RUN("sh", "-c", command), 0);
	run = limited("convert --compress=2 --dedup \"$1\" \"$2\"", bundle, again, false);
	code_is(run, 0);
	make_safetensors(tensors, LARGE / 2);
	run = limited("import --compress=1 \"$1\" \"$2\"", bundle, tensors, false);
	code_is(run, 0);
	if (!SANITIZED)
		ck_assert_int_lt(run->max_rss_kb, 32000);
}
END_TEST

Suite *system_writes_suite(void)
{
	Suite *suite = suite_create("system_writes");
	TCase *tc = tcase_create("writes");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, harness_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, killed_at_any_moment, 0, 4);
	tcase_add_test(tc, on_a_full_disk);
	tcase_add_test(tc, larger_than_memory);
	suite_add_tcase(suite, tc);
	return suite;
}
