/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop's numbers compared with those that the loaders count themselves. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "events_of.h"

#define MODELS "24"

/* --- helpers --- */

static const char *const same[] = { "gets", "hits", "misses", "evictions", "reloads", "bytes_loaded",
	"prefetches" };
static const char *const models_same[] = { "hits", "misses", "evictions", "reloads", "bytes_loaded",
	"prefetches", "prefetch_used" };

/* The last report that contains this process's bundle; NULL: none. */
static const cJSON *last_of(cJSON **reports, int count, pid_t pid)
{
	const cJSON *found = NULL, *bundle;
	for (int i = 0; i < count; i++)
		cJSON_ArrayForEach(bundle, get(reports[i], "bundles")) if (num(bundle, "pid") == pid) found =
			bundle;
	return found;
}

enum { REPORTS_MAX = 200 };

struct reports {
	cJSON *all[REPORTS_MAX];
	int count;
};

/* All lines of a --json run; freed by reports_free(). */
static struct reports reports_of(const struct run *run)
{
	struct reports r = { 0 };
	char *copy = strdup(run->out), *save = NULL;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		ck_assert_int_lt(r.count, REPORTS_MAX);
		r.all[r.count] = cJSON_ParseWithOpts(line, NULL, true);
		ck_assert_msg(r.all[r.count] != NULL, "not JSON: %.300s", line);
		ck_assert_str_eq(str(r.all[r.count], "schema"), "bundletop/1");
		r.count++;
	}
	free(copy);
	ck_assert_int_gt(r.count, 0);
	return r;
}

static void reports_free(struct reports *r)
{
	for (int i = 0; i < r->count; i++)
		cJSON_Delete(r->all[i]);
}

static cJSON *own_stats(const struct run *loader)
{
	code_is(loader, 0);
	const char *last = strchr(loader->out, '{'); /* after what it reported on the way */
	cJSON *own = last ? cJSON_Parse(last) : NULL;
	ck_assert_msg(own != NULL, "no JSON: %s", loader->out);
	return own;
}

static void totals_agree(const cJSON *bundle, const cJSON *own)
{
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		int64_t seen = num(get(bundle, "total"), same[i]);
		ck_assert_msg(seen == num(own, same[i]), "%s: %lld in bundletop, %lld in the loader", same[i],
			(long long)seen, (long long)num(own, same[i]));
	}
	ck_assert_int_eq(num(bundle, "total.prefetch_used"), num(own, "used"));
	ck_assert_int_eq(num(bundle, "total.prefetch_wasted"), num(own, "wasted"));
	for (size_t i = 0; i < sizeof(models_same) / sizeof(*models_same); i++) {
		int64_t sum = 0;
		const cJSON *model;
		cJSON_ArrayForEach(model, get(bundle, "models")) sum +=
			num(get(model, "total"), models_same[i]);
		ck_assert_int_eq(sum, num(get(bundle, "total"), models_same[i]));
	}
	ck_assert_int_eq(num(bundle, "total.loads"), num(own, "misses") + num(own, "prefetches"));
	ck_assert_str_eq(str(bundle, "state"), "closed");
}

static struct run *start(const char *const argv[])
{
	return run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
}
#define START(...) start((const char *const[]){ __VA_ARGS__, NULL })

static struct run *loader(const char *file, const char *pattern, const char *limit, const char *seconds)
{
	return START(built("bundle_load"), "--json", "--file", scratch(file), "--models", MODELS, "--size",
		"16K", "--pattern", pattern, "--limit", limit, "--duration", seconds);
}

/* One that is in the middle of its work, until loader_end(). */
static struct run *running_loader(const char *file, const char *pattern, const char *limit)
{
	struct run *run = START(built("bundle_load"), "--json", "--file", scratch(file), "--models", MODELS,
		"--size", "16K", "--pattern", pattern, "--limit", limit, "--duration", "100", "--report",
		"0.1");
	run_await(run, "\n");
	return run;
}

static void loader_end(struct run *loader)
{
	kill(loader->pid, SIGINT);
	run_wait(loader);
}

/* Waits until the run has said this so many times. */
static void await_times(struct run *run, const char *text, int times)
{
	for (int i = 0; i < 600; i++, usleep(50000)) {
		int count = 0;
		for (const char *at = run_said(run); (at = strstr(at, text)); at++)
			count++;
		if (count >= times)
			return;
	}
	ck_abort_msg("it did not say \"%s\" %d times", text, times);
}

#define A_REPORT "\"schema\":"
#define CLOSED   "\"state\":\"closed\""

static const char *pid_text(const struct run *run)
{
	static char text[16];
	snprintf(text, sizeof(text), "%d", (int)run->pid);
	return text;
}

/* Reports of this test's loaders only: others may run on the machine. */
static const char *ours(void)
{
	return scratch("*");
}

/* --- tests --- */

static const struct {
	const char *pattern, *limit;
} loads[] = { { "sequential", "100M" }, { "zipf", "128K" }, { "cyclic", "128K" }, { "pairs", "200K" } };

/* A loader that already runs, and ends while it is watched: bundletop ends with it, and its last numbers
 * are the loader's. */
START_TEST(one_process)
{
	struct run *load = running_loader("one.apbundle", loads[_i].pattern, loads[_i].limit);
	struct run *top = START(built("bundletop"), "--json", "-i", "0.3", "-p", pid_text(load));
	await_times(top, A_REPORT, 4);
	loader_end(load);
	run_wait(top);
	code_is(top, 0);
	struct reports r = reports_of(top);
	cJSON *own = own_stats(load);
	const cJSON *last = last_of(r.all, r.count, load->pid), *first = get(r.all[0], "bundles")->child;
	ck_assert_ptr_nonnull(last);
	totals_agree(last, own);
	ck_assert_int_eq(num(r.all[r.count - 1], "lost"), 0);

	/* no hit was trapped */
	ck_assert_int_le(num(r.all[r.count - 1], "own.events"),
		num(own, "misses") + num(last, "total.loads") + num(own, "evictions") +
			num(own, "prefetches") + atoi(MODELS) + 2);

	/* it was open before: what was counted then is included, but not in the first interval */
	ck_assert_str_eq(str(first, "path"), scratch("one.apbundle"));
	ck_assert_str_eq(str(first, "comm"), "bundle_load");
	ck_assert_int_gt(num(first, "total.gets"), num(first, "interval.gets"));
	ck_assert_int_gt(num(first, "interval.gets"), 0);
	ck_assert_int_eq(num(first, "models_in_file"), atoi(MODELS));
	/* the bundle's counts are the sums over its models, except for what was counted between the two
	 * readings */
	int64_t sum = 0, models = 0;
	const cJSON *model;
	cJSON_ArrayForEach(model, get(first, "models"))
	{
		sum += num(model, "total.gets");
		models++;
	}
	ck_assert_int_eq(models, atoi(MODELS));
	ck_assert_int_ge(sum, num(first, "total.gets"));
	ck_assert_int_lt(sum, num(first, "total.gets") + num(first, "interval.gets") / 2 + 1000);
	cJSON_Delete(own);
	reports_free(&r);
}
END_TEST

/* -p of a service: includes its workers, which it forked before. */
START_TEST(children)
{
	char script[512];
	snprintf(script, sizeof(script), "%s --file %s --duration 20 > /dev/null & wait",
		built("bundle_load"), scratch("worker.apbundle"));
	struct run *service = START("bash", "-c", script);
	usleep(400000);
	struct run *top = START(built("bundletop"), "-b", "-i", "0.3", "-n", "1", "-p", pid_text(service));
	run_wait(top);
	code_is(top, 0);
	ck_assert_msg(strstr(top->out, "worker.apbundle"), "%s", top->out);
}
END_TEST

/* For a loader that starts later, the intervals add up to the total. */
START_TEST(later_process)
{
	struct run *top = START(built("bundletop"), "--json", "-i", "0.3", "--bundle", ours());
	run_await(top, "\n");
	struct run *load = loader("later.apbundle", "zipf", "128K", "1.5");
	run_wait(load);
	await_times(top, CLOSED, 1);
	kill(top->pid, SIGINT);
	run_wait(top);
	code_is(top, 0);
	struct reports r = reports_of(top);
	cJSON *own = own_stats(load);
	const cJSON *last = last_of(r.all, r.count, load->pid), *bundle;
	ck_assert_ptr_nonnull(last);
	totals_agree(last, own);
	int64_t hits = 0, evictions = 0, closed = 0;
	for (int i = 0; i < r.count; i++)
		cJSON_ArrayForEach(bundle, get(r.all[i], "bundles"))
		{
			hits += num(bundle, "interval.hits");
			evictions += num(bundle, "interval.evictions");
			closed += strcmp(str(bundle, "state"), "closed") == 0;
		}
	ck_assert_int_eq(hits, num(own, "hits"));
	ck_assert_int_eq(evictions, num(own, "evictions"));
	ck_assert_int_eq(closed, 1);
	cJSON_Delete(own);
	reports_free(&r);
}
END_TEST

/* Processes that live for less than an interval. */
START_TEST(short_processes)
{
	enum { LOADERS = 20 };
	static struct run *load[LOADERS];
	struct run *top = START(built("bundletop"), "--json", "-i", "0.5", "--bundle", ours());
	run_await(top, "\n");
	/* the first one makes the program known */
	run_wait(loader("first.apbundle", "zipf", "128K", "0.5"));
	for (int i = 0; i < LOADERS; i++) {
		char file[32];
		snprintf(file, sizeof(file), "%d.apbundle", i);
		load[i] = loader(file, "zipf", "128K", "0.02");
		run_wait(load[i]);
	}
	await_times(top, CLOSED, LOADERS + 1);
	kill(top->pid, SIGTERM);
	run_wait(top);
	code_is(top, 0);
	struct reports r = reports_of(top);
	for (int i = 0; i < LOADERS; i++) {
		cJSON *own = own_stats(load[i]);
		const cJSON *last = last_of(r.all, r.count, load[i]->pid);
		ck_assert_msg(last != NULL, "loader %d was not seen", i);
		totals_agree(last, own);
		cJSON_Delete(own);
	}
	reports_free(&r);
}
END_TEST

/* Hundreds of processes that start and end within a second: each is seen to its end, none is kept. */
START_TEST(hundreds_a_second)
{
	enum { LOADERS = 400, AT_ONCE = 20 };
	char script[1024];
	const char *file = scratch("many.apbundle");
	run_wait(START(built("bundle_load"), "--count", "1", "--models", "4", "--size", "1K", "--keep",
		"--file", file));
	struct run *top = START(built("bundletop"), "--json", "-i", "0.5", "--bundle", ours());
	run_await(top, "\n");
	/* the first one makes the program known */
	run_wait(START(built("bundle_load"), "--bundle", file, "--duration", "0.5"));
	snprintf(script, sizeof(script),
		"for i in $(seq %d); do %s --bundle %s --count 50 --limit 2K > /dev/null & [ $((i %% %d)) != 0 ] || wait; done; wait",
		LOADERS, built("bundle_load"), file, AT_ONCE);
	code_is(RUN("bash", "-c", script), 0);
	await_times(top, CLOSED, LOADERS + 1);
	await_times(top, "\"bundles\":[]", 2); /* the first before they began */
	kill(top->pid, SIGINT);
	run_wait(top);
	code_is(top, 0);
	struct reports r = reports_of(top);
	const cJSON *bundle;
	int whole = 0;
	for (int i = 0; i < r.count; i++)
		cJSON_ArrayForEach(bundle, get(r.all[i], "bundles")) whole +=
			num(bundle, "total.gets") == 50 && strcmp(str(bundle, "state"), "closed") == 0;
	ck_assert_int_eq(whole, LOADERS);
	ck_assert_int_eq(cJSON_GetArraySize(get(r.all[r.count - 1], "bundles")), 0);
	ck_assert(SANITIZED || top->max_rss_kb < 80000);
	reports_free(&r);
}
END_TEST

/* The limit that it reports is one with which nothing is loaded twice. */
START_TEST(limit_that_ends_thrash)
{
	struct run *load = running_loader("thrash.apbundle", "cyclic", "100K");
	struct run *top = START(built("bundletop"), "--json", "-i", "0.5", "-n", "2", "-p", pid_text(load));
	run_wait(top);
	code_is(top, 0);
	struct reports r = reports_of(top);
	const cJSON *bundle = get(r.all[r.count - 1], "bundles")->child;
	ck_assert_int_gt(num(bundle, "thrash.models"), 0);
	ck_assert_int_eq(num(bundle, "thrash.asked_models"), 7); /* the first seven exceed 100K */
	char limit[32];
	snprintf(limit, sizeof(limit), "%lld", (long long)num(bundle, "thrash.limit_needed"));
	ck_assert_int_eq(num(bundle, "thrash.limit_needed"), 7 * 16384);
	loader_end(load);
	reports_free(&r);

	struct run *again = RUN(built("bundle_load"), "--json", "--models", "7", "--size", "16K", "--limit",
		limit, "--file", scratch("again.apbundle"));
	cJSON *own = own_stats(again);
	ck_assert_int_eq(num(own, "reloads"), 0);
	cJSON_Delete(own);
}
END_TEST

START_TEST(no_thrash)
{
	struct run *load = running_loader("calm.apbundle", "zipf", "100M");
	struct run *top = START(built("bundletop"), "-b", "-i", "0.5", "-n", "2", "-p", pid_text(load));
	run_wait(top);
	code_is(top, 0);
	ck_assert_ptr_null(strstr(top->out, "THRASH"));
	ck_assert_ptr_nonnull(strstr(top->out, "calm.apbundle"));
	loader_end(load);
}
END_TEST

/* A process with false counters, next to an honest one: no terminal control sequence is printed, and the
 * honest one's numbers are right. */
START_TEST(hostile_process)
{
	char seed[8], pids[40];
	snprintf(seed, sizeof(seed), "%d", _i);
	struct run *liar = START(built("tests/targets/hostile"), "100", seed);
	run_await(liar, "ready");
	struct run *load = running_loader("honest.apbundle", "zipf", "128K");
	snprintf(pids, sizeof(pids), "%d,%d", (int)load->pid, (int)liar->pid);
	struct run *top = START(built("bundletop"), "--json", "-i", "0.1", "-p", pids);
	struct run *text = START(built("bundletop"), "-b", "-i", "0.1", "-n", "15", "-p", pids);
	run_wait(text);
	await_times(top, A_REPORT, 4);
	loader_end(load);
	code_is(text, 0);
	for (size_t i = 0; i < text->out_len; i++)
		ck_assert_msg((unsigned char)text->out[i] >= ' ' || text->out[i] == '\n',
			"byte %d in the text", text->out[i]);
	ck_assert_ptr_nonnull(strstr(text->out, "owned"));
	kill(liar->pid, SIGKILL);
	run_wait(liar);
	run_wait(top);
	code_is(top, 0);
	ck_assert(SANITIZED || top->max_rss_kb < 300000);
	struct reports r = reports_of(top);
	cJSON *own = own_stats(load);
	const cJSON *last = last_of(r.all, r.count, load->pid);
	ck_assert_ptr_nonnull(last);
	totals_agree(last, own);
	cJSON_Delete(own);
	reports_free(&r);
}
END_TEST

/* Probes that the kernel refuses are reported as missing; counters are still read. */
START_TEST(refused_probes)
{
	const char *program = refused_loader("refused");
	char expected[256];
	struct run *load = START(program, "--file", scratch("r.apbundle"), "--models", MODELS, "--size",
		"16K", "--limit", "128K", "--duration", "100", "--report", "0.1");
	struct run *honest = running_loader("h.apbundle", "zipf", "128K");
	run_await(load, "\n");
	snprintf(expected, sizeof(expected), "%d,%d", (int)load->pid, (int)honest->pid);
	struct run *top = START(built("bundletop"), "--json", "-i", "0.5", "-n", "1", "--max-overhead", "off",
		"-p", expected);
	run_wait(top);
	code_is(top, 0);
	struct reports r = reports_of(top);
	const cJSON *attached = get(r.all[0], "attached");
	ck_assert_int_eq(num(attached, "files"), 1);
	ck_assert_int_eq(num(attached, "refused"), 1);
	ck_assert_ptr_nonnull(strstr(str(attached, "refused_error"), "has a semaphore "));
	ck_assert_str_eq(str(attached, "refused_path"), program);
	ck_assert_int_gt(num(last_of(r.all, 1, load->pid), "interval.loads"), 0);
	ck_assert_int_eq(num(last_of(r.all, 1, load->pid), "load_ns.count"), 0);
	ck_assert_int_gt(num(last_of(r.all, 1, honest->pid), "load_ns.count"), 0);
	reports_free(&r);

	top = START(built("bundletop"), "--once", "-p", pid_text(load));
	run_wait(top);
	snprintf(expected, sizeof(expected), "), cache events are missing: %s\n", program);
	ck_assert_msg(strstr(top->out, "\nprobes refused in 1 file (by its notes, probe ") &&
			      strstr(top->out, expected),
		"%s", top->out);
	top = START(built("bundletop"), "--json", "--once", "-p", pid_text(honest));
	run_wait(top);
	r = reports_of(top);
	ck_assert_int_eq(num(r.all[0], "attached.files"), 1);
	ck_assert_int_eq(num(r.all[0], "attached.refused"), 0);
	ck_assert_ptr_null(cJSON_GetObjectItem(get(r.all[0], "attached"), "refused_path"));
	reports_free(&r);
}
END_TEST

static const struct {
	const char *option, *arg, *says;
} mistakes[] = { { "-i", "0", "-i: 0: not a number of seconds" }, { "-n", "-1", "-n: -1: not a number" },
	{ "-p", "12,", "-p: 12,: not process ids" }, { "--window", "x", "--window: x: not a number" } };

START_TEST(usage)
{
	struct run *run = RUN(built("bundletop"), mistakes[_i].option, mistakes[_i].arg);
	code_is(run, 2);
	ck_assert_msg(strstr(run->err, mistakes[_i].says), "%s", run->err);
	run = RUN(built("bundletop"), "-b", "-p", "4194304");
	code_is(run, 1);
	ck_assert_msg(strstr(run->err, "no process 4194304"), "%s", run->err);
}
END_TEST

/* A signal ends it though each report takes longer than the interval, and none is ever due later than now. */
START_TEST(ends_while_it_lags)
{
	char pid[16];
	struct run *load = START(built("bundle_load"), "--file", scratch("m.apbundle"), "--models", "20000",
		"--size", "64", "--limit", "1M", "--duration", "100", "--report", "0.1");
	run_await(load, "\n");
	snprintf(pid, sizeof(pid), "%d", (int)load->pid);
	struct run *top = START(built("bundletop"), "--json", "-i", "0.1", "-p", pid);
	run_await(top, "\n");
	kill(top->pid, SIGTERM);
	run_wait(top);
	code_is(top, 0);
	loader_end(load);
}
END_TEST

Suite *system_top_suite(void)
{
	Suite *suite = suite_create("system_top");
	TCase *tc = tcase_create("top");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, one_process, 0, (int)(sizeof(loads) / sizeof(*loads)));
	tcase_add_test(tc, children);
	tcase_add_test(tc, later_process);
	tcase_add_test(tc, short_processes);
	tcase_add_test(tc, hundreds_a_second);
	tcase_add_test(tc, limit_that_ends_thrash);
	tcase_add_test(tc, no_thrash);
	tcase_add_test(tc, refused_probes);
	tcase_add_loop_test(tc, hostile_process, 1, 4);
	tcase_add_test(tc, ends_while_it_lags);
	tcase_add_loop_test(tc, usage, 0, (int)(sizeof(mistakes) / sizeof(*mistakes)));
	suite_add_tcase(suite, tc);
	return suite;
}
