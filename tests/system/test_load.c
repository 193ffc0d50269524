/* SPDX-License-Identifier: BSD-2-Clause */
/* Loaders of all kinds: the trace's counts equal the library's own, and the reads that the kernel saw
 * are those that the loads need. */
#include <stdio.h>
#include <string.h>

#include "tests/suites.h"
#include "traced.h"

#define COUNT "3000"

static const char *bundle;

/* The loader's own output, on standard error here. */
static const cJSON *own_stats(const struct traced *t, cJSON **owner)
{
	const char *line = strstr(t->run->err, "{\"gets\":");
	ck_assert_msg(line != NULL, "the loader printed no JSON: %s", t->run->err);
	*owner = cJSON_ParseWithOpts(line, NULL, false);
	ck_assert_ptr_nonnull(*owner);
	return *owner;
}

/* Reads through the bundle's descriptor. */
struct reads {
	int64_t seeks, reads, preads, bytes;
};

static struct reads reads_of(const struct traced *t, bool after_open)
{
	struct reads r = { 0 };
	bool opened = !after_open;
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events)
	{
		opened |= is_event(event, "open");
		if (!opened || !is_event(event, "syscall") || !file_path(event) ||
			!strstr(file_path(event), bundle))
			continue;
		bool read = is_call(event, "read"), pread = is_call(event, "pread64");
		r.seeks += is_call(event, "lseek");
		r.reads += read;
		r.preads += pread;
		if (read || pread)
			r.bytes += num(event, "result");
	}
	return r;
}

/* Prefetched models that were not requested before the close: the library counts them as wasted when it
 * closes, after the loader has printed its counts. */
static int64_t wasted_by_close(const struct traced *t, const cJSON *own)
{
	int64_t unused = num(own, "prefetches") - num(own, "used") - num(own, "wasted"), closed = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events) closed +=
		is_event(event, "evict") && strcmp(str(event, "reason"), "close") == 0;
	ck_assert_int_ge(unused, 0);
	ck_assert_int_le(unused, closed);
	return unused;
}

static void counts_agree(const struct traced *t, const cJSON *own, bool seek)
{
	static const char *const same[] = { "gets", "hits", "misses", "evictions", "reloads", "bytes_loaded",
		"used" };
	ck_assert_int_eq(cJSON_GetArraySize(get(t->summary, "bundles")), 1);
	const cJSON *b = get(t->summary, "bundles")->child;
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		ck_assert_msg(num(b, same[i]) == num(own, same[i]),
			"%s: %lld in the trace, %lld in the loader", same[i], (long long)num(b, same[i]),
			(long long)num(own, same[i]));
	ck_assert_int_eq(num(b, "prefetched"), num(own, "prefetches"));
	ck_assert_int_eq(num(b, "wasted"), num(own, "wasted") + wasted_by_close(t, own));
	ck_assert_int_eq(num(b, "loads"), num(own, "misses") + num(own, "prefetches"));
	ck_assert_int_eq(count_events(t, "prefetch"), num(own, "prefetches"));
	ck_assert_int_eq(count_events(t, "hit"), num(own, "hits"));
	ck_assert_int_eq(count_events(t, "load"), num(b, "loads"));

	struct reads r = reads_of(t, true);
	ck_assert_int_eq(r.bytes, num(own, "bytes_loaded"));
	ck_assert_int_eq(seek ? r.reads : r.preads, num(b, "loads"));
	ck_assert_int_eq(r.seeks, seek ? num(b, "loads") : 0);
	ck_assert_int_eq(seek ? r.preads : r.reads, 0);
	/* the manifest, and nothing else: where the data starts */
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events) if (is_event(event, "open"))
		ck_assert_int_eq(reads_of(t, false).bytes - r.bytes, num(event, "data_offset"));
}

static const struct {
	const char *pattern, *policy, *prefetch, *limit, *read;
} loads[] = {
	{ "sequential", "lru", "off", "100M", "pread" }, /* everything fits */
	{ "sequential", "lru", "2", "256K", "seek" },
	{ "cyclic", "lru", "off", "256K", "pread" }, /* only misses */
	{ "cyclic", "lfu", "3", "256K", "pread" },
	{ "zipf", "lru", "2", "512K", "seek" },
	{ "zipf", "lfu", "off", "256K", "pread" },
	{ "hotcold", "lru", "1", "256K", "pread" },
	{ "pairs", "lru", "2", "512K", "pread" },
	{ "pairs", "lfu", "4", "256K", "seek" },
	{ "zipf", "lfu-da", "off", "256K", "pread" },
	{ "hotcold", "clock", "2", "256K", "seek" },
	{ "zipf", "sieve", "2", "512K", "pread" },
	{ "sequential", "s3-fifo", "off", "1M", "pread" },
	{ "hotcold", "arc", "off", "256K", "pread" },
	{ "zipf", "gdsf", "1", "256K", "seek" },
	{ "sequential", "auto", "off", "1M", "pread" },
};

START_TEST(agrees)
{
	bundle = scratch("load.apbundle");
	struct traced t = TRACE(built("bundle_load"), "--json", "--keep", "--file", bundle, "--models", "40",
		"--sizes", "1K-64K", "--count", COUNT, "--pattern", loads[_i].pattern, "--policy",
		loads[_i].policy, "--prefetch", loads[_i].prefetch, "--limit", loads[_i].limit, "--read",
		loads[_i].read);
	code_is(t.run, 0);
	trace_is_whole(&t);
	cJSON *owner;
	const cJSON *own = own_stats(&t, &owner);
	ck_assert_int_eq(num(own, "gets"), 3000);
	ck_assert_int_gt(num(own, "misses"), 0);
	counts_agree(&t, own, strcmp(loads[_i].read, "seek") == 0);
	cJSON_Delete(owner);
}
END_TEST

/* A loop that does not fit: AUTO replaces LRU, within a miss. */
START_TEST(policy_changes)
{
	bundle = scratch("load.apbundle");
	struct traced t = TRACE(built("bundle_load"), "--json", "--keep", "--file", bundle, "--models", "64",
		"--size", "1K", "--count", "5000", "--policy", "auto", "--prefetch", "off", "--limit", "48K");
	code_is(t.run, 0);
	trace_is_whole(&t);
	cJSON *owner;
	const cJSON *own = own_stats(&t, &owner), *event, *before = NULL;
	ck_assert_int_eq(num(own, "policy_changes"), 1);
	ck_assert_int_eq(count_events(&t, "policy"), 1);
	cJSON_ArrayForEach(event, t.events)
	{
		if (is_event(event, "policy"))
			break;
		before = event;
	}
	ck_assert(is_event(before, "miss"));
	ck_assert_str_eq(str(event, "from"), "LRU");
	ck_assert_str_eq(str(event, "to"), "S3-FIFO");
	ck_assert_str_eq(str(event, "bundle_path"), bundle);
	ck_assert_int_gt(num(event, "cost_from"), num(event, "cost_to"));
	counts_agree(&t, own, false);
	cJSON_Delete(owner);
}
END_TEST

/* -c as text: the same numbers in the table of models. */
START_TEST(table)
{
	bundle = scratch("load.apbundle");
	struct run *run = RUN(built("bundletrace"), "-c", "-e", "trace=none", "--", built("bundle_load"),
		"--json", "--keep", "--file", bundle, "--models", "5", "--size", "1000", "--limit", "3000",
		"--count", "50", "--prefetch", "off");
	code_is(run, 0);
	cJSON *own = cJSON_Parse(run->out);
	ck_assert_ptr_nonnull(own);
	long gets, hits, misses, reloads, evictions, prefetched, used, wasted, bytes;
	const char *total = strstr(run->err, "hit % model\n");
	ck_assert_ptr_nonnull(total);
	total = strstr(total, "%"); /* past it: the rows */
	const char *row = strstr(run->err, " total\n");
	ck_assert_ptr_nonnull(row);
	for (const char *next; (next = strstr(row + 1, " total\n"));)
		row = next;
	while (row > total && row[-1] != '\n')
		row--;
	ck_assert_int_eq(sscanf(row, "%ld %ld %ld %ld %ld %ld %ld %ld %ld", &gets, &hits, &misses, &reloads,
				 &evictions, &prefetched, &used, &wasted, &bytes),
		9);
	ck_assert_int_eq(gets, 50);
	ck_assert_int_eq(hits, num(own, "hits"));
	ck_assert_int_eq(misses, num(own, "misses"));
	ck_assert_int_eq(reloads, num(own, "reloads"));
	ck_assert_int_eq(evictions, num(own, "evictions"));
	cJSON_Delete(own);
}
END_TEST

Suite *system_load_suite(void)
{
	Suite *suite = suite_create("system_load");
	TCase *tc = tcase_create("load");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, agrees, 0, (int)(sizeof(loads) / sizeof(*loads)));
	tcase_add_test(tc, policy_changes);
	tcase_add_test(tc, table);
	suite_add_tcase(suite, tc);
	return suite;
}
