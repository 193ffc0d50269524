/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop --layers compared with what mincore() tells this process of the same file, at moments when nothing moves. */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "tests/unit/model_files.h"
#include "groups.h"
#include "layered_model.h"
#include "screens.h"
#include "traced.h"

/* --- what bundletop reports --- */

static const cJSON *part_of(const cJSON *file, const char *name)
{
	const cJSON *part;
	cJSON_ArrayForEach(part, get(file, "parts")) if (strcmp(str(part, "part"), name) == 0) return part;
	ck_abort_msg("no part %s", name);
}

static void is_word(const cJSON *part, const struct part *truth, int64_t present)
{
	int64_t size = (int64_t)(truth->end - truth->start), back = num(part, "interval.back_bytes");
	ck_assert_str_eq(str(part, "state"), !present         ? "out"
					     : back           ? "reloaded"
					     : present < size ? "partly"
							      : "in");
	ck_assert_int_eq(num(part, "size"), size);
	ck_assert_int_eq(num(part, "offset"), (int64_t)truth->start);
}

/* The file as the report of bundletop has it says of each part what mincore() says. */
static void is_as_seen(const cJSON *file, struct seen *seen)
{
	ck_assert_int_eq(cJSON_GetArraySize(get(file, "parts")), PARTS);
	for (int i = 0; i < PARTS; i++) {
		const cJSON *part = part_of(file, parts[i].name);
		int64_t present = bytes_of(&parts[i], is_there, seen);
		ck_assert_msg(num(part, "cached_bytes") == present, "%s: %ld, not %ld", parts[i].name,
			(long)num(part, "cached_bytes"), (long)present);
		is_word(part, &parts[i], present);
	}
}

static struct run *top_of(const char *option, const char *pids)
{
	const char *const argv[] = { built("bundletop"), "--json", option, "-i", "0.2", "-p", pids, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .seconds = 80 });
	run_await(run, "\n");
	return run;
}

static const cJSON *parse_last(struct run *top)
{
	static cJSON *report;
	const char *text = run_said(top), *end = strrchr(text, '\n'), *line = end;
	while (line > text && line[-1] != '\n')
		line--;
	cJSON_Delete(report);
	report = cJSON_ParseWithLength(line, (size_t)(end - line));
	ck_assert_ptr_nonnull(report);
	return report;
}

static int lines_of(struct run *top)
{
	int lines = 0;
	for (const char *at = run_said(top); (at = strchr(at, '\n')); at++)
		lines++;
	return lines;
}

/* Its only file, in a report of an interval that began after this call, and in which all of it was looked at. */
static const cJSON *next_file(struct run *top)
{
	int before = lines_of(top) + 1;
	for (int i = 0; i < 600; i++, usleep(50000)) {
		if (lines_of(top) <= before)
			continue;
		const cJSON *files = get(parse_last(top), "files");
		ck_assert_int_eq(cJSON_GetArraySize(files), 1);
		if (cJSON_IsFalse(get(files->child, "parts_partial")))
			return files->child;
	}
	ck_abort_msg("no complete report: %.4000s", run_said(top));
}

/* The same, and in *seen what this process saw before and after it alike: the kernel may take pages at any time. */
static const cJSON *settled_file(struct run *top, const char *path, struct seen *seen)
{
	for (int i = 0; i < 20; i++) {
		struct seen before = mincore_of(path);
		const cJSON *file = next_file(top);
		*seen = mincore_of(path);
		if (memcmp(&before, seen, sizeof(before)) == 0)
			return file;
	}
	ck_abort_msg("%s: its pages keep coming and going", path);
}

/* --- a process that has the file mapped --- */

static struct run *walker_of(const char *path, const char *group)
{
	char command[512];
	snprintf(command, sizeof(command), "%s%s%sexec %s %s", group ? "echo $$ > " : "", group ? group : "",
		group ? "/cgroup.procs && " : "", built("tests/targets/walks"), path);
	const char *const argv[] = { "sh", "-c", command, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .keys = true, .seconds = 80 });
	run_await(run, "ready\n");
	return run;
}

static const char *pid_of(const struct run *run)
{
	static char pid[16];
	snprintf(pid, sizeof(pid), "%d", (int)run->pid);
	return pid;
}

static void walk(struct run *walker, int number)
{
	char said[24];
	snprintf(said, sizeof(said), "walked %d\n", number);
	run_type(walker, "w\n");
	run_await(walker, said);
}

/* --- known ranges come and go --- */

struct step {
	const struct seen *before, *now;
	bool *gone; /* pages that have been seen to go */
};

static bool has_come(uint64_t page, void *ctx)
{
	const struct step *step = ctx;
	return !(step->before->page[page] & 1) && (step->now->page[page] & 1);
}

static bool has_gone(uint64_t page, void *ctx)
{
	const struct step *step = ctx;
	return (step->before->page[page] & 1) && !(step->now->page[page] & 1);
}

static bool has_come_back(uint64_t page, void *ctx)
{
	const struct step *step = ctx;
	return has_come(page, ctx) && step->gone[page];
}

struct sums {
	int64_t came, went, back, reloads;
	bool lost;
};

/* Adds a step to what the parts have counted so far. */
static void add_step(struct sums sums[PARTS], struct step *step)
{
	for (int i = 0; i < PARTS; i++) {
		int64_t back = bytes_of(&parts[i], has_come_back, step);
		int64_t went = bytes_of(&parts[i], has_gone, step);
		sums[i].came += bytes_of(&parts[i], has_come, step);
		sums[i].went += went;
		sums[i].back += back;
		sums[i].reloads += back && sums[i].lost;
		sums[i].lost = (sums[i].lost && !back) || went;
	}
	for (uint64_t page = 0; page < PAGES_MAX; page++)
		step->gone[page] |= has_gone(page, step);
}

/* A page that the kernel takes by itself, within a step, may have been seen by bundletop alone: once more to come and to go. */
static void counts_are(const cJSON *part, const struct sums *sums)
{
	int64_t unseen = num(part, "total.went_bytes") - sums->went;
	int64_t back = num(part, "total.back_bytes") - sums->back;
	int64_t reloads = num(part, "total.reloads") - sums->reloads;
	ck_assert_msg(
		unseen >= 0 && unseen <= 4 * PAGE, "%s: went %ld more", str(part, "part"), (long)unseen);
	ck_assert_int_eq(num(part, "total.came_bytes"), sums->came + unseen);
	ck_assert(back >= 0 && back <= unseen);
	ck_assert(reloads >= 0 && reloads <= unseen);
}

START_TEST(known_ranges)
{
	static bool gone[PAGES_MAX];
	static struct seen before, now;
	struct sums sums[PARTS] = { { 0 } };
	const char *path = model("known.gguf", 13000);
	struct run *walker = walker_of(path, NULL), *top = top_of("--layers", pid_of(walker));
	const cJSON *file = settled_file(top, path, &before);
	ck_assert_str_eq(str(file, "parts_by"), "layer");
	ck_assert(cJSON_IsTrue(get(file, "inferred")));
	is_as_seen(file, &before);
	/* two layers in, one of them out and in again, a half out, all out */
	const struct {
		uint64_t from, to;
		bool in;
	} moves[] = { { parts[2].start, parts[3].end, true }, { parts[2].start, parts[2].end, false },
		{ parts[2].start, parts[2].end, true },
		{ (parts[3].start + parts[3].end) / 2, parts[3].end, false }, { 0, file_size, false },
		{ parts[3].start, parts[4].end, true } };
	int64_t reloads = 0;
	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves); i++) {
		move_range(path, moves[i].from, moves[i].to, moves[i].in);
		file = settled_file(top, path, &now);
		add_step(sums, &(struct step){ &before, &now, gone });
		is_as_seen(file, &now);
		for (int n = 0; n < PARTS; n++) {
			const cJSON *part = part_of(file, parts[n].name);
			counts_are(part, &sums[n]);
		}
		before = now;
	}
	for (int n = 0; n < PARTS; n++)
		reloads += sums[n].reloads;
	ck_assert_int_ge(reloads, pages_can_go(path) ? 2 : 0);
}
END_TEST

/* --- a model that is larger than the memory of its group --- */

/* A group with this much memory; NULL: there are none here. */
static const char *limited(uint64_t bytes)
{
	static const char *const files[] = { "memory.limit_in_bytes", "memory.max" };
	char mount[256], path[600], limit[24], name[32];
	snprintf(name, sizeof(name), "bundletop-layers-%d", (int)getpid());
	snprintf(limit, sizeof(limit), "%llu", (unsigned long long)bytes);
	for (int i = 0; i < 2; i++) {
		if (!groups_mount(i ? GROUPS_VERSION_2 : GROUPS_VERSION_1, mount, sizeof(mount)))
			continue;
		const char *group = groups_make(mount, name);
		snprintf(path, sizeof(path), "%s/%s", group, files[i]);
		if (access(path, W_OK) == 0) {
			write_file(path, limit, 0644);
			return group;
		}
		groups_remove();
	}
	return NULL;
}

/* Pages that came back after the kernel had evicted them, as the group's own accounting has it; -1: it has not. */
static int64_t refaults_of(const char *group)
{
	char path[600];
	long long pages = -1;
	snprintf(path, sizeof(path), "%s/memory.stat", group);
	const char *at = strstr(file_text(path, NULL), "\nworkingset_refault_file ");
	if (at)
		ck_assert_int_eq(sscanf(at, " workingset_refault_file %lld", &pages), 1);
	return pages;
}

START_TEST(larger_than_memory)
{
	static struct seen seen;
	const char *group = limited(10 << 20), *path = model("large.gguf", 45000); /* 26 MB */
	if (!group || !pages_can_go(path))
		return;
	struct run *walker = walker_of(path, group), *top = top_of("--layers", pid_of(walker));
	const cJSON *file = NULL;
	for (int i = 1; i <= 4; i++) {
		walk(walker, i);
		file = settled_file(top, path, &seen);
		is_as_seen(file, &seen);
	}
	/* what comes back and goes again between two looks is not seen: no more comes back than the kernel says */
	int64_t back = 0, refaults = refaults_of(group);
	for (int i = 0; i < PARTS; i++) {
		const cJSON *part = part_of(file, parts[i].name);
		ck_assert_int_le(num(part, "total.back_bytes"), num(part, "total.came_bytes"));
		back += num(part, "total.back_bytes");
	}
	ck_assert_int_gt(back, 0);
	if (refaults >= 0)
		ck_assert_int_le(back, refaults * PAGE);
	/* what a walk ends with is what the next one finds gone: it is there at the end of each */
	const cJSON *last = part_of(file, parts[LAYERS].name);
	ck_assert_int_gt(num(last, "total.reloads"), 0);
	ck_assert_int_lt(
		num(part_of(file, parts[1].name), "cached_bytes"), num(part_of(file, parts[1].name), "size"));
	ck_assert_int_le(num(file, "cached_bytes"), 10 << 20);
}
END_TEST

/* --- reports --- */

START_TEST(by_tensor)
{
	const char *path = model("tensors.gguf", 1000);
	struct run *walker = walker_of(path, NULL);
	struct run *top = RUN(
		built("bundletop"), "--json", "--by", "tensor", "--once", "-i", "0.2", "-p", pid_of(walker));
	code_is(top, 0);
	const cJSON *file = get(traced_json(top), "files")->child;
	ck_assert_str_eq(str(file, "parts_by"), "tensor");
	ck_assert_int_eq(cJSON_GetArraySize(get(file, "parts")), 2 + LAYERS * TENSORS);
	const cJSON *part = part_of(file, "blk.2.ffn_1.weight");
	ck_assert_int_eq(num(part, "tensors"), 1);
	ck_assert_int_eq(num(part, "size"), 32000);
	ck_assert_int_eq(num(part, "looked_bytes"), 32000);
}
END_TEST

START_TEST(once_as_text)
{
	char row[128];
	const char *path = model("text.gguf", 1000);
	struct run *walker = walker_of(path, NULL);
	walk(walker, 1);
	struct run *top = RUN(built("bundletop"), "--layers", "--once", "-i", "0.2", "-p", pid_of(walker));
	code_is(top, 0);
	snprintf(row, sizeof(row),
		"\n%s %s: 8 layers, inferred from the page cache: 8 in; came 0, went 0, back 0\n",
		pid_of(walker), path);
	ck_assert_msg(strstr(top->out, row), "%s", top->out);
	ck_assert_msg(strstr(top->out,
			      "in         94K      94K     0     0     0       0        0        0 blk.5\n"),
		"%s", top->out);
}
END_TEST

/* A file is looked at once, however many use it. */
START_TEST(shared)
{
	char pids[40];
	const char *path = model("shared.gguf", 1000);
	struct run *a = walker_of(path, NULL), *b = walker_of(path, NULL);
	snprintf(pids, sizeof(pids), "%d,%d", (int)a->pid, (int)b->pid);
	struct run *top = RUN(built("bundletop"), "--json", "--layers", "--once", "-i", "0.2", "-p", pids);
	code_is(top, 0);
	const cJSON *file, *files = get(traced_json(top), "files");
	ck_assert_int_eq(cJSON_GetArraySize(files), 2);
	int with = 0;
	cJSON_ArrayForEach(file, files)
	{
		with += has(file, "parts");
		ck_assert(has(file, "parts") != has(file, "parts_pid"));
	}
	ck_assert_int_eq(with, 1);
}
END_TEST

/* A header that is cut off. */
START_TEST(damaged)
{
	const char *path = scratch("damaged.gguf");
	struct text t = { 0 };
	put_gguf_head(&t, 3, 1000, 0);
	put_zeros(&t, 5000);
	text_char(&t, '\0');
	int fd = open(path, O_CREAT | O_WRONLY, 0644);
	ck_assert_int_eq(write(fd, t.data, t.len), (ssize_t)t.len);
	close(fd);
	text_free(&t);
	struct run *walker = walker_of(path, NULL);
	struct run *top =
		RUN(built("bundletop"), "--json", "--layers", "--once", "-i", "0.2", "-p", pid_of(walker));
	code_is(top, 0);
	const cJSON *file = get(traced_json(top), "files")->child;
	ck_assert(cJSON_IsNull(get(file, "parts")));
	ck_assert_int_gt((int)strlen(str(file, "parts_unknown")), 5);
}
END_TEST

/* Of a file of another user, which one may not write to, the kernel shows all pages as present. */
START_TEST(not_permitted)
{
	const char *path = model("theirs.gguf", 1000), *copy = scratch("bundletop-copy");
	struct run *walker = walker_of(path, NULL);
	move_range(path, 0, file_size, false);
	code_is(RUN("cp", built("bundletop"), copy), 0);
	code_is(RUN("chmod", "755", copy), 0);
	struct run *top = RUN("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
		"--inh-caps=-all,+sys_admin,+sys_ptrace,+bpf,+perfmon",
		"--ambient-caps=-all,+sys_admin,+sys_ptrace,+bpf,+perfmon", copy, "--json", "--layers",
		"--once", "-i", "0.2", "-p", pid_of(walker));
	code_is(top, 0);
	const cJSON *file = get(traced_json(top), "files")->child;
	ck_assert(cJSON_IsNull(get(file, "parts")));
	ck_assert_str_eq(str(file, "parts_unknown"),
		"it is another user's: its pages may not be looked at without CAP_FOWNER");
}
END_TEST

START_TEST(wrong_options)
{
	struct run *run = RUN(built("bundletop"), "--by", "range");
	code_is(run, 2);
	ck_assert_ptr_nonnull(strstr(run->err, "--by: range: not layer or tensor (see --help)"));
}
END_TEST

/* --- the screen --- */

START_TEST(on_the_screen)
{
	char arguments[64];
	const char *path = model("screen.gguf", 13000);
	struct run *walker = walker_of(path, NULL);
	snprintf(arguments, sizeof(arguments), "--files -i 0.3 --max-overhead off -p %s", pid_of(walker));
	open_screen("100x30", "", arguments);
	ck_assert_ptr_null(strstr(screen_with("screen.gguf"), "OFFSET"));
	keys("Enter");
	screen_with("8 layers, inferred from the page cache: ");
	if (pages_can_go(path))
		screen_with("out ");
	walk(walker, 1);
	const char *screen = screen_with("8 in; came 0, went 0, back 0");
	ck_assert_ptr_nonnull(strstr(screen, "OFFSET^"));
	fits(screen, 100, 30);
	/* in the order of the file */
	for (int i = 0; i < LAYERS - 1; i++)
		ck_assert(strstr(screen, parts[1 + i].name) < strstr(screen, parts[2 + i].name));
	keys("Tab");
	keys("/");
	keys("blk.3");
	screen_with("filter: blk.3_");
	usleep(200000);
	ck_assert_ptr_null(strstr(captured(), "blk.2"));
	keys("Escape");
	screen_with("blk.2");
	for (int i = 0; i < 6; i++)
		keys(">");
	screen_with("RELOADSv");
	keys("Enter");
	usleep(300000);
	ck_assert_ptr_null(strstr(captured(), "RELOADS"));
	keys("Enter");
	screen_with("RELOADS");
	code_is(TMUX("resize-window", "-x", "40", "-y", "12"), 0);
	usleep(400000);
	fits(captured(), 40, 12);
	keys("q");
	is_restored("code 0");
}
END_TEST

/* In the runner: removes the groups that failed tests left. */
static void layers_clean(void)
{
	char mount[256], pattern[300];
	for (int i = 0; i < 2; i++) {
		glob_t found;
		if (!groups_mount(i ? GROUPS_VERSION_2 : GROUPS_VERSION_1, mount, sizeof(mount)))
			continue;
		snprintf(pattern, sizeof(pattern), "%s/bundletop-layers-*", mount);
		if (glob(pattern, 0, NULL, &found) == 0)
			for (size_t n = 0; n < found.gl_pathc; n++)
				rmdir(found.gl_pathv[n]);
		globfree(&found);
	}
	harness_clean();
}

static void layers_end(void)
{
	screen_end();
	groups_remove();
}

Suite *system_top_layers_suite(void)
{
	Suite *suite = suite_create("system_top_layers");
	TCase *tc = tcase_create("layers");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, layers_end);
	tcase_add_unchecked_fixture(tc, NULL, layers_clean);
	tcase_add_test(tc, known_ranges);
	tcase_add_test(tc, larger_than_memory);
	tcase_add_test(tc, by_tensor);
	tcase_add_test(tc, once_as_text);
	tcase_add_test(tc, shared);
	tcase_add_test(tc, damaged);
	tcase_add_test(tc, not_permitted);
	tcase_add_test(tc, wrong_options);
	tcase_add_test(tc, on_the_screen);
	suite_add_tcase(suite, tc);
	return suite;
}
