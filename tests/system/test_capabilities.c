/* SPDX-License-Identifier: BSD-2-Clause */
/* The capabilities that the documents name are enough, without them the words name what is missing, and what forbids
 * BPF is called by its name. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "tests/suites.h"
#include "events_of.h"

#define BPF_PERFMON "+bpf,+perfmon"
#define PTRACE      BPF_PERFMON ",+sys_ptrace"

/* A copy that other users can reach. */
static const char *reachable(const char *name)
{
	const char *copy = scratch(name);
	code_is(RUN("cp", built(name), copy), 0);
	code_is(RUN("chmod", "755", copy), 0);
	return copy;
}

/* A path in a folder where other users can make files. */
static const char *writable(const char *name)
{
	char path[64];
	code_is(RUN("mkdir", "-p", "-m", "1777", scratch("open")), 0);
	snprintf(path, sizeof(path), "open/%s", name);
	return scratch(path);
}

/* Starts a command as an ordinary user with these capabilities (NULL: none). */
static struct run *start_as(const char *uid, const char *capabilities, const char *const command[])
{
	static char user[24], group[24], inherited[128], ambient[128];
	const char *argv[24] = { "setpriv", user, group, "--clear-groups" };
	int count = 4;
	snprintf(user, sizeof(user), "--reuid=%s", uid);
	snprintf(group, sizeof(group), "--regid=%s", uid);
	if (capabilities) {
		snprintf(inherited, sizeof(inherited), "--inh-caps=-all,%s", capabilities);
		snprintf(ambient, sizeof(ambient), "--ambient-caps=-all,%s", capabilities);
		argv[count++] = inherited;
		argv[count++] = ambient;
	}
	for (; *command; command++)
		argv[count++] = *command;
	return run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
}
#define START_AS(uid, capabilities, ...)                                                                     \
	start_as(uid, capabilities, (const char *const[]){ __VA_ARGS__, NULL })

static struct run *run_as(const char *uid, const char *capabilities, const char *const command[])
{
	struct run *run = start_as(uid, capabilities, command);
	run_wait(run);
	return run;
}
#define RUN_AS(uid, capabilities, ...) run_as(uid, capabilities, (const char *const[]){ __VA_ARGS__, NULL })

static int lines_with(const char *text, const char *start)
{
	int count = text && strncmp(text, start, strlen(start)) == 0;
	char after[32];
	snprintf(after, sizeof(after), "\n%s", start);
	for (const char *at = text; at && (at = strstr(at, after)); at++)
		count++;
	return count;
}

START_TEST(of_an_own_process)
{
	const char *trace = writable("trace");
	struct run *run = RUN_AS("65534", BPF_PERFMON, reachable("bundletrace"), "-e", "trace=none", "-o",
		trace, "--", reachable("bundle_demo"));
	code_is(run, 0);
	ck_assert_int_eq(lines_with(file_text(trace, NULL), "miss "), 3);
	/* no word of missing events, since none is missing */
	ck_assert_msg(run->err_len == 0, "%s", run->err);
}
END_TEST

/* A loader of another user that has done its gets, and stays. */
static struct run *other_loader(char pid[16])
{
	struct run *load = START_AS("1000", NULL, reachable("bundle_load"), "--json", "--file",
		writable("o.apbundle"), "--count", "100", "--stay", "40");
	run_await(load, "}\n");
	snprintf(pid, 16, "%d", (int)load->pid);
	return load;
}

START_TEST(top_of_another_users_process)
{
	char pid[16];
	const char *top = reachable("bundletop");
	struct run *load = other_loader(pid);
	struct run *blind = RUN_AS("65534", BPF_PERFMON, top, "--once", "-i", "0.2", "-p", pid);
	code_is(blind, 1);
	ck_assert_msg(strstr(blind->err, "CAP_SYS_PTRACE") && strstr(blind->err, pid), "%s", blind->err);
	ck_assert_str_eq(blind->out, "");
	struct run *seeing = RUN_AS("65534", PTRACE, top, "--json", "--once", "-i", "0.2", "-p", pid);
	code_is(seeing, 0);
	const cJSON *report = traced_json(seeing);
	cJSON *own = cJSON_Parse(run_said(load));
	ck_assert_int_eq(num(report, "totals.open_bundles"), 1);
	ck_assert_int_eq(num(report, "hidden.processes"), 0);
	ck_assert_int_eq(num(get(report, "bundles")->child, "total.hits"), num(own, "hits"));
	cJSON_Delete(own);
	kill(load->pid, SIGKILL);
}
END_TEST

START_TEST(trace_of_another_users_process)
{
	const char *trace = writable("trace"), *bundletrace = reachable("bundletrace");
	char pid[16];
	struct run *load = START_AS("1000", NULL, reachable("bundle_load"), "--file", writable("o.apbundle"),
		"--report", "0.2", "--pattern", "cyclic", "--size", "1M", "--limit", "8M", "--cold",
		"--duration", "40");
	run_await(load, "0.2");
	snprintf(pid, sizeof(pid), "%d", (int)load->pid);
	for (int ptrace = 0; ptrace < 2; ptrace++) {
		struct run *run = RUN_AS("65534", ptrace ? PTRACE : BPF_PERFMON, bundletrace, "-e",
			"trace=none", "-d", "1", "-o", trace, "-p", pid);
		code_is(run, 0);
		bool seen = lines_with(file_text(trace, NULL), "miss ") > 0;
		ck_assert_msg(seen || (!ptrace && strstr(run->err, "CAP_SYS_PTRACE")), "%s", run->err);
		ck_assert_msg(!seen || !strstr(run->err, "missing"), "%s", run->err);
	}
	kill(load->pid, SIGKILL);
}
END_TEST

static const struct {
	const char *have, *lack;
} lacking[] = { { NULL, "CAP_BPF and CAP_PERFMON are" }, { "+perfmon", "CAP_BPF is" },
	{ "+bpf", "CAP_PERFMON is" } };

START_TEST(names_the_missing_ones)
{
	static const char *const programs[] = { "bundletrace", "bundletop" };
	for (int i = 0; i < 2; i++) {
		const char *program = reachable(programs[i]);
		struct run *run = i ? RUN_AS("65534", lacking[_i].have, program, "--once")
				    : RUN_AS("65534", lacking[_i].have, program, "--", "/bin/true");
		code_is(run, 1);
		ck_assert_msg(strstr(run->err, lacking[_i].lack) != NULL, "%s", run->err);
		ck_assert_str_eq(run->out, "");
	}
}
END_TEST

static const char *release(void)
{
	static struct utsname name;
	ck_assert_int_eq(uname(&name), 0);
	return name.release;
}

START_TEST(names_seccomp)
{
	struct run *run = RUN(built("tests/targets/denied"), "bpf", built("bundletop"), "--once");
	code_is(run, 1);
	ck_assert_msg(strstr(run->err, "a seccomp filter") && strstr(run->err, release()), "%s", run->err);
	ck_assert_str_eq(run->out, "");
	run = RUN(built("tests/targets/denied"), "bpf", built("bundletrace"), "--", "/bin/true");
	code_is(run, 1);
	ck_assert_msg(strstr(run->err, "a seccomp filter") != NULL, "%s", run->err);
}
END_TEST

START_TEST(names_a_user_namespace)
{
	if (run_code(RUN("unshare", "-Ur", "true")) != 0)
		return; /* not allowed here */
	struct run *run = RUN("unshare", "-Ur", built("bundletrace"), "--", "/bin/true");
	code_is(run, 1);
	ck_assert_msg(strstr(run->err, "user namespace") && strstr(run->err, release()), "%s", run->err);
}
END_TEST

Suite *system_capabilities_suite(void)
{
	Suite *suite = suite_create("system_capabilities");
	TCase *tc = tcase_create("capabilities");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, of_an_own_process);
	tcase_add_test(tc, top_of_another_users_process);
	tcase_add_test(tc, trace_of_another_users_process);
	tcase_add_loop_test(tc, names_the_missing_ones, 0, (int)(sizeof(lacking) / sizeof(*lacking)));
	tcase_add_test(tc, names_seccomp);
	tcase_add_test(tc, names_a_user_namespace);
	suite_add_tcase(suite, tc);
	return suite;
}
