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

static const char *release(void)
{
	static struct utsname name;
	ck_assert_int_eq(uname(&name), 0);
	return name.release;
}

/* The sets that the documents name, each with all of the one before. */
enum set { BASE, PTRACE, REACH, SETS };

static const char *set_of(enum set set)
{
	static const char *const more[SETS] = { "", ",+sys_ptrace",
		",+sys_ptrace,+checkpoint_restore,+dac_read_search" };
	static char text[128];
	int major = 0, minor = 0;
	ck_assert_int_eq(sscanf(release(), "%d.%d", &major, &minor), 2);
	bool older = major < 6 || (major == 6 && minor < 2);
	snprintf(text, sizeof(text), "%s%s", older ? "+sys_admin" : "+bpf,+perfmon", more[set]);
	return text;
}

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

/* Debian's kernels have a level at which only CAP_SYS_ADMIN shows what is mapped later: that is said then. */
static bool mappings_are_hidden(void)
{
	return atoi(RUN("cat", "/proc/sys/kernel/perf_event_paranoid")->out) > 2 &&
	       !strstr(set_of(BASE), "sys_admin");
}

START_TEST(trace_of_an_own_command)
{
	const char *trace = writable("trace");
	struct run *run = RUN_AS("65534", set_of(BASE), reachable("bundletrace"), "-e", "trace=none", "-o",
		trace, "--", reachable("bundle_demo"));
	code_is(run, 0);
	ck_assert_int_eq(lines_with(file_text(trace, NULL), "miss "), 3);
	/* no word of missing events, since none is missing */
	if (mappings_are_hidden())
		ck_assert_msg(strstr(run->err, "kernel.perf_event_paranoid is 3") != NULL, "%s", run->err);
	else
		ck_assert_msg(run->err_len == 0, "%s", run->err);
}
END_TEST

/* A running loader, and who looks at it with which set. */
static const struct {
	const char *what, *user; /* of the loader; the observer is 65534 */
	bool removed;            /* its program has been */
	enum set set;
	const char *lacks; /* NULL: it sees all. Else it may see all, or says that it lacks this */
} looks[] = {
	{ "an own process", "65534", false, BASE, NULL },
	{ "another user's process", "1000", false, BASE, "CAP_SYS_PTRACE" },
	{ "another user's process", "1000", false, PTRACE, NULL },
	{ "another user's removed program", "1000", true, PTRACE, "CAP_CHECKPOINT_RESTORE" },
	{ "another user's removed program", "1000", true, REACH, NULL },
};
enum { LOOKS = sizeof(looks) / sizeof(looks[0]) };

/* It misses and loads without end. */
static struct run *loader(int look, char pid[16])
{
	const char *program = reachable("bundle_load");
	struct run *load =
		START_AS(looks[look].user, NULL, program, "--file", writable("o.apbundle"), "--report", "0.2",
			"--pattern", "cyclic", "--size", "1M", "--limit", "8M", "--cold", "--duration", "40");
	run_await(load, "\n"); /* its first report: it has loaded */
	if (looks[look].removed)
		code_is(RUN("rm", program), 0);
	snprintf(pid, 16, "%d", (int)load->pid);
	return load;
}

static void sees_or_says(int look, const struct run *run, bool seen)
{
	const char *lacks = looks[look].lacks;
	ck_assert_msg(seen ? !strstr(run->err, "missing") : lacks && strstr(run->err, lacks),
		"%s with %s: %s, and it says: %s", looks[look].what, set_of(looks[look].set),
		seen ? "seen" : "not seen", run->err);
}

START_TEST(trace_of_a_process)
{
	const char *trace = writable("trace");
	char pid[16];
	struct run *load = loader(_i, pid);
	struct run *run = RUN_AS("65534", set_of(looks[_i].set), reachable("bundletrace"), "-e", "trace=none",
		"-d", "1", "-o", trace, "-p", pid);
	code_is(run, 0);
	sees_or_says(_i, run, lines_with(file_text(trace, NULL), "miss ") > 0);
	kill(load->pid, SIGKILL);
}
END_TEST

/* The counts of -c, which come from the counters in the process's memory. */
START_TEST(counts_of_a_process)
{
	const char *trace = writable("trace");
	char pid[16];
	struct run *load = loader(_i, pid);
	struct run *run = RUN_AS("65534", set_of(looks[_i].set), reachable("bundletrace"), "--format", "json",
		"-c", "-d", "1", "-o", trace, "-p", pid);
	code_is(run, 0);
	struct traced t = traced_file(run, trace);
	const cJSON *bundles = get(t.summary, "bundles");
	sees_or_says(_i, run, cJSON_GetArraySize(bundles) == 1 && num(bundles->child, "loads") > 0);
	kill(load->pid, SIGKILL);
}
END_TEST

START_TEST(top_of_a_process)
{
	char pid[16];
	struct run *load = loader(_i, pid);
	struct run *run = RUN_AS("65534", set_of(looks[_i].set), reachable("bundletop"), "--json", "--once",
		"-i", "0.5", "-p", pid);
	bool seen = run_code(run) == 0;
	if (seen) {
		const cJSON *report = traced_json(run);
		ck_assert_int_eq(num(report, "totals.open_bundles"), 1);
		ck_assert_int_eq(num(report, "hidden.processes"), 0);
		ck_assert_int_gt(num(get(report, "bundles")->child, "total.misses"), 0);
	} else {
		code_is(run, 1);
		ck_assert_msg(strstr(run->err, pid) != NULL, "%s", run->err);
		ck_assert_str_eq(run->out, "");
	}
	sees_or_says(_i, run, seen);
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

/* What is mapped during a trace cannot be seen, which is said; what runs already is traced. */
START_TEST(without_mappings)
{
	const char *trace = writable("trace");
	char pid[16];
	struct run *load = loader(0, pid);
	struct run *run = RUN(built("tests/targets/denied"), "perf_event_open", built("bundletrace"), "-e",
		"trace=none", "-d", "1", "-o", trace, "-p", pid);
	code_is(run, 0);
	ck_assert_msg(strstr(run->err, "what is loaded later gets no probes") &&
			      strstr(run->err, "a seccomp filter"),
		"%s", run->err);
	ck_assert_int_gt(lines_with(file_text(trace, NULL), "miss "), 0);
	kill(load->pid, SIGKILL);
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
	tcase_add_test(tc, trace_of_an_own_command);
	tcase_add_loop_test(tc, trace_of_a_process, 0, LOOKS);
	tcase_add_loop_test(tc, counts_of_a_process, 0, LOOKS);
	tcase_add_loop_test(tc, top_of_a_process, 0, LOOKS);
	tcase_add_loop_test(tc, names_the_missing_ones, 0, (int)(sizeof(lacking) / sizeof(*lacking)));
	tcase_add_test(tc, names_seccomp);
	tcase_add_test(tc, without_mappings);
	tcase_add_test(tc, names_a_user_namespace);
	suite_add_tcase(suite, tc);
	return suite;
}
