/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop --cgroup: the processes of one group and of its subgroups, whatever starts, ends, or moves. */
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

/* Where a group can be created: a hierarchy of version 2, and one of version 1. */
static const char *const roots[][2] = { { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" },
	{ "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids" } };

static char root[64], group[128], inner[160];

static void make_groups(int version)
{
	char probe[160];
	group[0] = '\0';
	for (int i = 0; i < 2; i++) {
		snprintf(root, sizeof(root), "%s", roots[version][i]);
		snprintf(probe, sizeof(probe), "%s/cgroup.procs", root);
		if (access(probe, W_OK) == 0)
			break;
		root[0] = '\0';
	}
	if (!root[0])
		return; /* this machine has no hierarchy of that version */
	snprintf(group, sizeof(group), "%s/bundletop-test-%d", root, getpid());
	snprintf(inner, sizeof(inner), "%s/inner", group);
	ck_assert_int_eq(mkdir(group, 0755), 0);
	ck_assert_int_eq(mkdir(inner, 0755), 0);
}

/* The processes in them have ended; the kernel may take a moment to notice. */
static void remove_groups(void)
{
	for (int i = 0; i < 100 && group[0] && (rmdir(inner), rmdir(group)); i++)
		usleep(20000);
	group[0] = '\0';
}

/* In the runner: removes the empty groups that failed tests left. */
static void groups_clean(void)
{
	char pattern[128];
	for (int i = 0; i < 4; i++) {
		glob_t found;
		snprintf(pattern, sizeof(pattern), "%s/bundletop-test-*", roots[i / 2][i % 2]);
		if (glob(pattern, 0, NULL, &found) == 0)
			for (size_t n = 0; n < found.gl_pathc; n++) {
				snprintf(inner, sizeof(inner), "%s/inner", found.gl_pathv[n]);
				rmdir(inner);
				rmdir(found.gl_pathv[n]);
			}
		globfree(&found);
	}
	harness_clean();
}

static void groups_end(void)
{
	traced_end();
	remove_groups();
}

static void move(const struct run *run, const char *to)
{
	char path[192], pid[16];
	snprintf(path, sizeof(path), "%s/cgroup.procs", to);
	snprintf(pid, sizeof(pid), "%d", (int)run->pid);
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(pid, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static struct run *start(const char *const argv[])
{
	return run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
}
#define START(...) start((const char *const[]){ __VA_ARGS__, NULL })

static struct run *loader(const char *file)
{
	return START(built("bundle_load"), "--file", scratch(file), "--pattern", "cyclic", "--size", "64K",
		"--limit", "1M", "--duration", "20");
}

/* The last report's bundles. */
static const cJSON *bundles_of(struct run *top)
{
	const char *text = run_said(top), *end = strrchr(text, '\n'), *line = end;
	while (line > text && line[-1] != '\n')
		line--;
	static cJSON *parsed;
	cJSON_Delete(parsed);
	parsed = line ? cJSON_ParseWithLength(line, (size_t)(end - line)) : NULL;
	return parsed ? get(parsed, "bundles") : NULL;
}

/* Waits until a report shows exactly this number of open bundles, all with events; returns the last
 * one's process. */
static pid_t await_bundles(struct run *top, int count)
{
	for (int i = 0; i < 100; i++, usleep(50000)) {
		const cJSON *bundles = bundles_of(top), *bundle;
		int open = 0, told = 0;
		pid_t pid = 0;
		cJSON_ArrayForEach(bundle, bundles)
		{
			if (strcmp(str(bundle, "state"), "open") != 0)
				continue;
			pid = (pid_t)num(bundle, "pid");
			told += num(bundle, "load_ns.count") > 0;
			open++;
		}
		if (open == count && told == count)
			return pid;
	}
	ck_abort_msg("never %d open bundles:\n%.2000s", count, run_said(top));
}

START_TEST(one_group)
{
	make_groups(_i);
	if (!group[0])
		return;
	struct run *member = loader("member.apbundle"), *other = loader("other.apbundle");
	move(member, inner);
	const char *below_root = strstr(group, "/bundletop-test");
	struct run *top = START(built("bundletop"), "--json", "-i", "0.1", "--max-overhead", "off",
		"--cgroup", _i ? group : below_root);
	ck_assert_int_eq(await_bundles(top, 1), member->pid);

	move(other, group);
	await_bundles(top, 2);
	move(member, root);
	ck_assert_int_eq(await_bundles(top, 1), other->pid);

	/* bundletop ends when the group is removed */
	kill(member->pid, SIGKILL);
	kill(other->pid, SIGKILL);
	run_wait(member);
	run_wait(other);
	remove_groups();
	run_wait(top);
	code_is(top, 0);
}
END_TEST

START_TEST(mistakes)
{
	struct run *run = RUN(built("bundletop"), "-b", "--cgroup", "/no/such/group");
	code_is(run, 1);
	ck_assert_msg(strstr(run->err, "--cgroup: /no/such/group: no such control group"), "%s", run->err);
	run = RUN(built("bundletop"), "-b", "--cgroup", "/", "-p", "1");
	code_is(run, 2);
	ck_assert_msg(strstr(run->err, "-p: cannot be used with --cgroup"), "%s", run->err);
}
END_TEST

Suite *system_top_cgroup_suite(void)
{
	Suite *suite = suite_create("system_top_cgroup");
	TCase *tc = tcase_create("cgroup");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, groups_end);
	tcase_add_unchecked_fixture(tc, NULL, groups_clean);
	tcase_add_loop_test(tc, one_group, 0, 2);
	tcase_add_test(tc, mistakes);
	suite_add_tcase(suite, tc);
	return suite;
}
