/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop --files compared with the reports of the process that uses a file, and with the kernel's own
 * accounting. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sanitized.h"
#include "tests/suites.h"
#include "traced.h"

#define SETTLED_NS 700000000 /* after a step: mappings have been looked at by then */

enum { SIZE = 3000000, PAGE = 4096, PAGES = (SIZE + PAGE - 1) / PAGE };

/* A file of SIZE bytes that begins with these bytes. */
static const char *model_file(const char *name, const void *start, size_t len)
{
	char *bytes = calloc(1, SIZE);
	memcpy(bytes, start, len);
	FILE *file = fopen(scratch(name), "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, SIZE, file), SIZE);
	ck_assert_int_eq(fclose(file), 0);
	free(bytes);
	return scratch(name);
}

static const char *gguf(const char *name)
{
	static const char start[] = "GGUF\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	return model_file(name, start, sizeof(start) - 1);
}

static struct run *user_of(const char *file)
{
	const char *const argv[] = { built("tests/targets/uses"), file, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .keys = true, .seconds = 60 });
	run_await(run, "ready");
	return run;
}

static struct run *top_of(const struct run *user, const char *interval)
{
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", (int)user->pid);
	const char *const argv[] = { built("bundletop"), "--json", "--files", "-i", interval,
		"--max-overhead", "off", "-p", pid, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	run_await(run, "\n");
	return run;
}

/* What a step of the user did, and what bundletop reported from then on. */
struct step {
	long reads, bytes, faults, blocks, cached_before;
	int64_t seen_reads, seen_bytes, seen_faults, seen_mapped, seen_filled, cached;
	const cJSON *file;
};

static int64_t total(const cJSON *file, const char *name)
{
	return file ? num(get(file, "total"), name) : 0;
}

/* The last complete report, until the next call. */
static const cJSON *last_report(struct run *top, int64_t *after)
{
	static cJSON *report;
	const char *text = run_said(top), *end = strrchr(text, '\n'), *line = end;
	while (line > text && line[-1] != '\n')
		line--;
	cJSON_Delete(report);
	report = cJSON_ParseWithLength(line, (size_t)(end - line));
	ck_assert_ptr_nonnull(report);
	*after = num(report, "time_ns");
	return report;
}

/* Its only file; NULL: there is none. */
static const cJSON *last_file(struct run *top, int64_t *after)
{
	const cJSON *files = get(last_report(top, after), "files");
	ck_assert_int_le(cJSON_GetArraySize(files), 1);
	return files->child;
}

static struct step do_step(struct run *user, struct run *top, const char *letter)
{
	struct step step = { 0 };
	char said[8];
	int64_t before_ns, now_ns;
	const cJSON *file = last_file(top, &before_ns);
	int64_t before[] = { total(file, "reads"), total(file, "read_bytes"), total(file, "faults"),
		total(file, "mapped_bytes"), total(file, "filled_bytes") };
	size_t from = strlen(run_said(user));
	run_type(user, letter);
	run_type(user, "\n");
	snprintf(said, sizeof(said), "%s reads", letter);
	const char *answer = NULL;
	for (int i = 0; i < 200 && !(answer && strchr(answer, '\n')); i++, usleep(20000))
		answer = strstr(run_said(user) + from, said);
	ck_assert_ptr_nonnull(answer);
	ck_assert_int_eq(sscanf(answer + 1, " reads %ld bytes %ld faults %ld blocks %ld cached %ld",
				 &step.reads, &step.bytes, &step.faults, &step.blocks, &step.cached_before),
		5);
	last_file(top, &before_ns);
	do {
		usleep(50000);
		file = last_file(top, &now_ns);
	} while (now_ns < before_ns + SETTLED_NS);
	step.file = file;
	step.seen_reads = total(file, "reads") - before[0];
	step.seen_bytes = total(file, "read_bytes") - before[1];
	step.seen_faults = total(file, "faults") - before[2];
	step.seen_mapped = total(file, "mapped_bytes") - before[3];
	step.seen_filled = total(file, "filled_bytes") - before[4];
	step.cached = file && has(file, "cached_bytes") ? num(file, "cached_bytes") : -1;
	return step;
}

/* The bytes added to the page cache are those read from the disk, as the kernel accounts them; none on a
 * file system in memory. Of what was cached before, the kernel may have reclaimed some. */
static void filled_is(const struct step *step, int64_t pages)
{
	ck_assert_int_eq(step->seen_filled, (int64_t)step->blocks * 512);
	if (pages)
		ck_assert_int_eq(step->seen_filled, pages * PAGE);
	else
		ck_assert_int_le(step->seen_filled, (int64_t)PAGES * PAGE / 4);
}

START_TEST(reads_and_faults)
{
	struct run *user = user_of(gguf("weights.bin")), *top = top_of(user, "0.1");
	struct step drop = do_step(user, top, "d");
	ck_assert_int_eq(drop.seen_reads, 0);

	struct step cold = do_step(user, top, "r");
	ck_assert_ptr_nonnull(cold.file);
	ck_assert_str_eq(str(cold.file, "format"), "gguf");
	ck_assert_str_eq(str(cold.file, "path"), scratch("weights.bin"));
	ck_assert_str_eq(str(cold.file, "comm"), "uses");
	ck_assert_int_eq(num(cold.file, "size"), SIZE);
	ck_assert_int_eq(cold.seen_reads, cold.reads);
	ck_assert_int_eq(cold.seen_bytes, SIZE);
	if (cold.blocks == 0)
		return; /* its file system is not on a disk */
	filled_is(&cold, PAGES);
	ck_assert(cold.cached == -1 || cold.cached == (int64_t)PAGES * PAGE);
	ck_assert_double_lt(get(cold.file, "total.hit_rate")->valuedouble, 0.01);

	struct step warm = do_step(user, top, "r");
	ck_assert_int_eq(warm.seen_bytes, SIZE);
	filled_is(&warm, 0);
	ck_assert_double_gt(get(warm.file, "total.hit_rate")->valuedouble, 0.37); /* likewise */

	struct step mapped = do_step(user, top, "m");
	ck_assert_int_eq(mapped.seen_reads, 0);
	/* faults that map a huge page at once are not seen */
	ck_assert_int_le(mapped.seen_faults, mapped.faults);
	ck_assert_int_eq(mapped.seen_mapped, PAGES * PAGE);
	filled_is(&mapped, 0);

	/* written bytes enter the page cache without a miss */
	do_step(user, top, "d");
	struct step written = do_step(user, top, "w");
	ck_assert_int_eq(written.seen_filled, 0);

	do_step(user, top, "d");
	struct step mapped_cold = do_step(user, top, "m");
	ck_assert_int_le(mapped_cold.seen_faults, mapped_cold.faults);
	ck_assert_int_gt(mapped_cold.seen_faults, 0);
	ck_assert_int_eq(mapped_cold.seen_mapped, PAGES * PAGE);
	filled_is(&mapped_cold, PAGES);
}
END_TEST

/* Reads the first half of a file into the page cache, a page at a time: this process is not watched. */
static void read_half(const char *path)
{
	char page[PAGE];
	int fd = open(path, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (off_t at = 0; at < SIZE / 2; at += PAGE)
		ck_assert_int_eq(pread(fd, page, PAGE, at), PAGE);
	close(fd);
}

/* Under MADV_RANDOM each missing page is a fault and a read of its own: what missed is what mincore() did not see in
 * the page cache before. */
START_TEST(mapped_at_random)
{
	const char *path = gguf("random.gguf");
	struct run *user = user_of(path), *top = top_of(user, "0.1");
	for (int half = 0; half < 2; half++) {
		struct step before = do_step(user, top, "d");
		int64_t missed = total(before.file, "missed_bytes");
		if (half)
			read_half(path);
		struct step step = do_step(user, top, "a");
		if (step.blocks == 0)
			return; /* its file system is not on a disk */
		ck_assert_int_eq(step.cached_before, half ? (PAGES + 1) / 2 : 0);
		ck_assert_int_eq(step.seen_mapped, PAGES * PAGE);
		ck_assert_int_eq(step.seen_faults, step.faults);
		ck_assert_int_eq(total(step.file, "missed_bytes") - missed,
			(PAGES - (int64_t)step.cached_before) * PAGE);
	}
}
END_TEST

/* What a mapping held that is gone is not guessed; of a warm file it need not be known. */
START_TEST(unmapped_at_once)
{
	struct run *user = user_of(gguf("brief.gguf")), *top = top_of(user, "0.1");
	if (do_step(user, top, "u").blocks)
		return; /* reclaimed meanwhile */
	struct step warm = do_step(user, top, "u");
	ck_assert_ptr_nonnull(warm.file);
	ck_assert_int_gt(warm.seen_faults, 0);
	ck_assert_double_eq(get(warm.file, "total.hit_rate")->valuedouble, 1);
	do_step(user, top, "d");
	struct step cold = do_step(user, top, "u");
	if (cold.blocks == 0)
		return; /* its file system is not on a disk */
	const cJSON *rate = get(cold.file, "total.hit_rate");
	if (cJSON_IsNumber(rate)) /* it was looked at in between */
		ck_assert_double_lt(rate->valuedouble, 1);
	else
		ck_assert_str_eq(
			str(cold.file, "total.hit_unknown"), "a mapping was removed before it was looked at");
}
END_TEST

/* Direct reads do not pass through the page cache. */
START_TEST(direct_reads)
{
	struct run *user = user_of(gguf("direct.gguf")), *top = top_of(user, "0.1");
	struct step step = do_step(user, top, "o");
	ck_assert_int_eq(step.seen_reads, 0);
	ck_assert_int_eq(step.seen_bytes, 0);
}
END_TEST

/* The only file of the first report. */
static const cJSON *once(const char *pid)
{
	static cJSON *report;
	struct run *top = RUN(built("bundletop"), "--json", "--files", "--once", "-i", "0.2", "-p", pid);
	code_is(top, 0);
	cJSON_Delete(report);
	report = cJSON_Parse(top->out);
	ck_assert_ptr_nonnull(report);
	ck_assert_int_eq(cJSON_GetArraySize(get(report, "files")), 1);
	ck_assert_int_eq(num(report, "files_unexamined"), 0);
	return get(report, "files")->child;
}

/* Files that are open, or mapped alone, and not used. */
START_TEST(idle)
{
	const char *path = gguf("idle.gguf");
	struct run *user = user_of(path);
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", (int)user->pid);
	for (int mapped = 0; mapped < 2; mapped++) {
		if (mapped) {
			run_type(user, "mc\n");
			run_await(user, "c reads");
		}
		const cJSON *file = once(pid);
		ck_assert_str_eq(str(file, "path"), path);
		ck_assert_str_eq(str(file, "format"), "gguf");
		ck_assert_int_eq(num(file, "size"), SIZE);
		ck_assert(cJSON_IsTrue(get(file, "open")));
		ck_assert_int_eq(total(file, "reads"), 0);
		/* what was mapped in before is not counted */
		ck_assert_int_eq(total(file, "mapped_bytes"), 0);
		ck_assert(cJSON_IsNull(get(file, "total.hit_rate")));
	}
}
END_TEST

/* Waits until bundletop, which says nothing before its first report, has attached its hooks and counts. */
static void await_hooks(const struct run *top)
{
	char folder[32], name[64];
	bool attached = false;
	snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)top->pid);
	for (int i = 0; i < 600 && !attached; i++, usleep(50000)) {
		DIR *links = opendir(folder);
		for (const struct dirent *entry; links && (entry = readdir(links));) {
			ssize_t len = readlinkat(dirfd(links), entry->d_name, name, sizeof(name) - 1);
			name[len > 0 ? len : 0] = '\0';
			attached |= strstr(name, "bpf_link") != NULL;
		}
		if (links)
			closedir(links);
	}
	ck_assert_msg(attached, "bundletop attached nothing");
	usleep(500000);
}

/* A file that is removed while it is in use: its path says so. */
START_TEST(removed_in_use)
{
	const char *path = gguf("removed.gguf");
	char script[4096], deleted[512];
	snprintf(script, sizeof(script), "exec 3<%s; rm %s; cat <&3 >/dev/null; sleep 4", path, path);
	snprintf(deleted, sizeof(deleted), "%s (deleted)", path);
	struct run *top =
		run_start(&(struct run_spec){ .argv = (const char *const[]){ built("bundletop"), "--json",
						      "--files", "--once", "-i", "2", NULL },
			.seconds = 60 });
	await_hooks(top);
	code_is(RUN("sh", "-c", script), 0);
	run_wait(top);
	code_is(top, 0);
	cJSON *report = cJSON_Parse(top->out);
	const cJSON *file, *found = NULL;
	cJSON_ArrayForEach(file, get(report, "files")) if (strcmp(str(file, "path"), deleted) == 0) found =
		file;
	ck_assert_msg(found != NULL, "%.2000s", top->out);
	ck_assert_str_eq(str(found, "format"), "gguf");
	cJSON_Delete(report);
}
END_TEST

/* A process that reads many other files before its model, and has ended when the report is made. */
START_TEST(after_many_files)
{
	enum { MANY = 3000 };
	static char names[MANY][128];
	const char *argv[MANY + 3] = { "cat" };
	const char *path = gguf("last.gguf");
	for (int i = 0; i < MANY; i++) {
		char name[16];
		snprintf(name, sizeof(name), "f%d", i);
		snprintf(names[i], sizeof(names[i]), "%s", scratch(name));
		write_file(names[i], "no model", 0644);
		argv[1 + i] = names[i];
	}
	argv[1 + MANY] = path;
	const char *const top_argv[] = { built("bundletop"), "--json", "--files", "--once", "-i", "4",
		"--max-overhead", "off", NULL };
	struct run *top = run_start(&(struct run_spec){ .argv = top_argv, .seconds = 60 });
	await_hooks(top);
	struct run *cat = run_program(argv);
	code_is(cat, 0);
	run_wait(top);
	code_is(top, 0);
	cJSON *report = cJSON_Parse(top->out);
	ck_assert_int_eq(num(report, "files_unexamined"), 0);
	const cJSON *file, *found = NULL;
	cJSON_ArrayForEach(file, get(report, "files")) if (strcmp(str(file, "path"), path) == 0) found = file;
	ck_assert_msg(found != NULL, "%.2000s", top->out);
	ck_assert_int_eq(total(found, "read_bytes"), SIZE);
	ck_assert_str_eq(str(found, "comm"), "cat");
	cJSON_Delete(report);
}
END_TEST

/* Makes `others` files and `models` models, reads all others, opens all models and reads the last a hundred times. */
static const char many_files[] =
	"import os, resource, sys\n"
	"folder, others, models = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])\n"
	"resource.setrlimit(resource.RLIMIT_NOFILE, (models + 100, models + 100))\n"
	"for i in range(others): open('%s/f%d' % (folder, i), 'w').write('x')\n"
	"for i in range(models): open('%s/m%d' % (folder, i), 'wb').write(b'GGUF\\3' + bytes(19))\n"
	"print('ready', flush=True); sys.stdin.readline()\n"
	"for i in range(others): open('%s/f%d' % (folder, i), 'rb').read()\n"
	"fds = [os.open('%s/m%d' % (folder, i), os.O_RDONLY) for i in range(models)]\n"
	"for i in range(100): os.pread(fds[-1], 4096, 0)\n"
	"print('read', flush=True); sys.stdin.readline()\n";

static const struct {
	const char *others, *models;
	int listed, left_out;
} very_many[] = { { "20000", "1", 1, 0 }, { "0", "5000", 4096, 904 } };

/* True once the last report has all that it can list, and the only model's reads. They are never told to be fewer than they
 * are: where the kernel had no room to count them, the report says so. */
static bool very_many_are_seen(struct run *top, int which)
{
	int64_t when;
	const cJSON *report = last_report(top, &when), *file, *files = get(report, "files");
	bool seen = cJSON_GetArraySize(files) == very_many[which].listed &&
		    num(report, "files_left_out") == very_many[which].left_out;
	if (very_many[which].listed > 1)
		return seen;
	cJSON_ArrayForEach(file, files) seen &=
		total(file, "reads") == 100 || cJSON_IsTrue(get(file, "total.partial"));
	return seen;
}

/* More files than can be examined at once, and more models than are listed. */
START_TEST(among_very_many)
{
	const char *const argv[] = { "python3", "-c", many_files, scratch("."), very_many[_i].others,
		very_many[_i].models, NULL };
	struct run *user = run_start(&(struct run_spec){ .argv = argv, .keys = true, .seconds = 150 });
	run_await(user, "ready\n");
	struct run *top = top_of(user, "1");
	run_type(user, "go on\n");
	run_await(user, "read\n");
	for (int i = 0; i < 100 && !very_many_are_seen(top, _i); i++)
		usleep(300000);
	ck_assert_msg(very_many_are_seen(top, _i), "%.4000s", strrchr(run_said(top), '{'));
}
END_TEST

/* By content: only the model files among these. */
static const struct {
	const char *name, *start, *format;
	size_t len;
} kinds[] = {
	{ "tensors.dat", "\x10\0\0\0\0\0\0\0{\"a\":{}}        ", "safetensors", 24 },
	{ "text.gguf", "not a model, whatever it is called", NULL, 34 },
	{ "short.bin", "GGU", NULL, 3 },
	{ "v1.gguf", "GGUF\1\0\0\0\1\0\0\0\0\0\0\0", "gguf", 16 },
	{ "big-endian.gguf", "GGUF\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "gguf", 24 },
};

START_TEST(by_content)
{
	const char *path = model_file(kinds[_i].name, kinds[_i].start, kinds[_i].len);
	struct run *idle = user_of(path), *top = top_of(idle, "0.1");
	run_type(idle, "r\n");
	run_await(idle, "r reads");
	usleep(350000);
	int64_t when;
	const cJSON *file = last_file(top, &when);
	if (!kinds[_i].format) {
		ck_assert_ptr_null(file);
		return;
	}
	ck_assert_ptr_nonnull(file);
	ck_assert_str_eq(str(file, "format"), kinds[_i].format);
}
END_TEST

/* A process that ends before it can be examined. */
START_TEST(short_processes)
{
	const char *path = gguf("short.gguf");
	const char *const argv[] = { built("bundletop"), "-b", "--files", "-i", "0.5", "--max-overhead",
		"off", NULL };
	struct run *top = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	run_await(top, "\n");
	struct run *user = RUN(built("tests/targets/uses"), path, "r");
	char row[32];
	snprintf(row, sizeof(row), "%d uses", (int)user->pid);
	run_await(top, row);
	const char *line = strstr(run_said(top), row);
	ck_assert_msg(strstr(line, "gguf") && strstr(line, path), "%s", line);
}
END_TEST

Suite *system_top_files_suite(void)
{
	Suite *suite = suite_create("system_top_files");
	TCase *tc = tcase_create("files");
	tcase_set_timeout(tc, 200);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, reads_and_faults);
	tcase_add_loop_test(tc, by_content, 0, (int)(sizeof(kinds) / sizeof(*kinds)));
	tcase_add_test(tc, short_processes);
	if (!SANITIZED) /* a sanitizer's runtime has page faults of its own, which getrusage() counts too */
		tcase_add_test(tc, mapped_at_random);
	tcase_add_test(tc, unmapped_at_once);
	tcase_add_test(tc, direct_reads);
	tcase_add_test(tc, idle);
	tcase_add_test(tc, after_many_files);
	tcase_add_test(tc, removed_in_use);
	tcase_add_loop_test(tc, among_very_many, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
