/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages added to the page cache and deleted from it: from the record to what is shown, and to the tables of files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "made_file_use.h"
#include "tests/suites.h"
#include "user/modelfile/cached_bytes.h"
#include "user/sink/layers.h"
#include "user/stage/decode.h"
#include "user/tables/file_rows.h"

#define KIB 1024ull
#define MIB (1024 * KIB)
#define MS  1000000ull

/* ---- what is shown ---- */

static const char *shown(const struct event *ev, bool durations)
{
	static struct text t;
	const struct line_style style = { .durations = durations };
	text_clear(&t);
	layer_view(ev)->text(&t, ev, &style);
	text_char(&t, '\0');
	ck_assert(!t.failed);
	return t.data;
}

static const char *json_of(const struct event *ev)
{
	static struct text t;
	text_clear(&t);
	layer_view(ev)->json(&t, ev, NULL);
	text_char(&t, '\0');
	return t.data;
}

static const char *detail_of(const struct event *ev)
{
	static struct text t;
	text_clear(&t);
	layer_view(ev)->csv_detail(&t, ev);
	text_char(&t, '\0');
	return t.data;
}

START_TEST(lines)
{
	static const struct place place = { .first = SPAN("blk.0.attn_q"), .offset = 12 };
	struct file_ref file = made_file(1, "/m.gguf");
	struct event ev = made_pages(file, PAGES_EVICTED, 8192, 65536, 0, 0);
	ck_assert_str_eq(shown(&ev, false), "pages_evicted(</m.gguf>, 65536, 8192) by kswapd0");
	ev.pages.place = &place;
	ck_assert_str_eq(shown(&ev, true),
		"pages_evicted(</m.gguf>, 65536, 8192) [blk.0.attn_q+12] by kswapd0 <0.000005>");
	ev = made_pages(file, PAGES_READ_AHEAD, 0, 8192, 4096, 1500 * MS);
	ck_assert_str_eq(shown(&ev, false), "pages_read_ahead(</m.gguf>, 8192, 0) 4096 back after 1.50 s");
	ev = made_pages((struct file_ref){ 0 }, PAGES_REMOVED, 0, 4096, 0, 0);
	ev.pages.by = SPAN("a\nb");
	ck_assert_str_eq(shown(&ev, false), "pages_removed(4096, 0) by a\\nb");
}
END_TEST

START_TEST(documents)
{
	struct event ev = made_pages(made_file(1, "/m.gguf"), PAGES_DROPPED, 8192, 65536, 0, 0);
	ck_assert_str_eq(json_of(&ev),
		",\"pages\":\"dropped\",\"file\":{\"path\":\"/m.gguf\",\"dev\":\"8:1\",\"ino\":1},\"offset\":8192,"
		"\"length\":65536,\"folios\":3,\"first_ns\":1900000000,\"last_ns\":1900005000,\"by\":\"kswapd0\"");
	ck_assert_str_eq(detail_of(&ev), "folios=3 by=kswapd0");
	ev = made_pages((struct file_ref){ 0 }, PAGES_WRITTEN, 0, 4096, 0, 0);
	ck_assert_str_eq(json_of(&ev),
		",\"pages\":\"written\",\"offset\":0,\"length\":4096,\"folios\":3,\"first_ns\":1900000000,"
		"\"last_ns\":1900005000");
	ev = made_pages((struct file_ref){ 0 }, PAGES_ADDED, 0, 8192, 4096, 8 * MS);
	ck_assert_ptr_nonnull(strstr(json_of(&ev), ",\"back_bytes\":4096,\"gone_ns\":8000000"));
	ck_assert_str_eq(detail_of(&ev), "folios=3 back_bytes=4096 gone_ns=8000000");
	/* it is shown where it was, not where it was emitted */
	ck_assert_uint_eq(event_end_ns(&ev), 1900005000);
}
END_TEST

/* ---- from the record ---- */

START_TEST(records)
{
	struct decoder *decoder = decoder_new();
	struct event_pages record = {
		.head = { .time_ns = 5000,
			.pid = 10,
			.tid = 11,
			.size = sizeof(record),
			.kind = EVENT_PAGES },
		.id = { .ino = 9, .dev = 1, .mode = S_IFREG },
		.start = 4096,
		.bytes = 8192,
		.first_ns = 1000,
		.last_ns = 3000,
		.back_bytes = 1 << 20,
		.gone_ns = 77,
		.folios = 2,
		.op = PAGES_EVICTED,
		.comm = "sixteen bytes of",
	};
	struct event ev;
	ck_assert_int_eq(decoder_take(decoder, &record.head, 0, &ev), 1);
	ck_assert_uint_eq(ev.duration_ns, 2000);
	ck_assert_uint_eq(ev.pages.file.id.ino, 9);
	ck_assert_uint_eq(ev.pages.back_bytes, 8192); /* no more than there are */
	ck_assert_uint_eq(ev.pages.by.len, sizeof(record.comm));
	record.comm[0] = '\0';
	ck_assert_int_eq(decoder_take(decoder, &record.head, 0, &ev), 1);
	ck_assert_ptr_null(ev.pages.by.data);

	struct event_pages bad[] = { record, record, record, record };
	bad[0].op = PAGES_OPS_COUNT;
	bad[1].first_ns = 3001;
	bad[2].last_ns = 5001;
	bad[3].head.size--;
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(decoder_take(decoder, &bad[i].head, 0, &ev), -EBADMSG);
	decoder_free(decoder);
}
END_TEST

/* ---- tables ---- */

static struct file_table *table;
static struct regions *regions;

static void feed(struct event ev)
{
	struct place place;
	if (regions_find(regions, ev.pages.start, ev.pages.bytes, &place))
		ev.pages.place = &place;
	files_table_event(table, &ev);
}

static const struct file_row *row_of(const struct file_rows *rows, const char *name)
{
	for (uint32_t i = 0; i < rows->count; i++)
		if (rows->rows[i].name.data &&
			strncmp(rows->rows[i].name.data, name, rows->rows[i].name.len) == 0)
			return &rows->rows[i];
	ck_abort_msg("no part %s", name);
	return NULL;
}

/* Header of 1000 bytes, then tensors of 3000 and 5000. */
START_TEST(evicted_and_back)
{
	struct file_ref file = made_file(1, "/m.gguf");
	const struct file_back *back;
	table = files_table_new(BY_TENSOR);
	regions = made_regions(2);
	feed(made_pages(file, PAGES_EVICTED, 0, 8192, 0, 0));
	feed(made_pages(file, PAGES_DROPPED, 0, 8192, 0, 0)); /* not what makes room */
	feed(made_pages(file, PAGES_DELETED, 0, 8192, 0, 0));
	feed(made_pages(file, PAGES_REMOVED, 0, 8192, 0, 0));
	feed(made_pages(file, PAGES_ADDED, 0, 4096, 0, 0));
	feed(made_pages(file, PAGES_ADDED, 0, 4096, 4096, 100 * MS));
	feed(made_pages(file, PAGES_READ_AHEAD, 4096, 4096, 4096, 120 * MS));
	feed(made_pages(file, PAGES_ADDED, 8192, 8192, 4096, 1)); /* half of it */
	const struct file_stats *stats = file_with(table, "/m.gguf");
	ck_assert_uint_eq(stats->counts.sums.evicted_bytes, 8192);
	ck_assert_uint_eq(stats->counts.sums.refault_bytes, 3 * 4096);
	ck_assert_uint_eq(stats->counts.sums.fill_bytes, 0); /* those have sums of their own */
	back = &stats->counts.back;
	ck_assert_uint_eq(back->bytes[0], 4096);
	ck_assert_uint_eq(back->bytes[7], 2 * 4096); /* 67 to 134 ms */
	struct file_rows rows = file_rows_of(stats, BY_TENSOR, UINT32_MAX);
	ck_assert_uint_eq(row_of(&rows, "blk.0.attn_q.weight")->counts.sums.evicted_bytes, 3000);
	ck_assert_uint_eq(row_of(&rows, "blk.0.attn_q.weight")->counts.sums.refault_bytes, 3000);
	ck_assert_uint_eq(row_of(&rows, "blk.0.ffn_up.weight")->counts.sums.evicted_bytes, 8192 - 4000);
	uint64_t evicted = 0, again = 0, times = 0;
	for (uint32_t i = 0; i < rows.count; i++) {
		evicted += rows.rows[i].counts.sums.evicted_bytes;
		again += rows.rows[i].counts.sums.refault_bytes;
		for (unsigned bucket = 0; bucket < BACK_BUCKETS; bucket++)
			times += rows.rows[i].counts.back.bytes[bucket];
	}
	ck_assert_uint_eq(evicted, 8192); /* the parts add up to the whole */
	ck_assert_uint_eq(again, 3 * 4096);
	ck_assert_uint_eq(times, 3 * 4096);
	file_rows_free(&rows);
	files_table_free(table);
	regions_free(regions);
}
END_TEST

/* Every time lies in the bucket that says so. */
START_TEST(how_long_gone)
{
	struct file_back back = { 0 };
	uint64_t ns, median;
	ck_assert(!file_back_median(&back, &median));
	for (unsigned bucket = 0; bucket < BACK_BUCKETS; bucket++) {
		memset(&back, 0, sizeof(back));
		for (ns = file_back_from(bucket); ns < file_back_from(bucket + 1);
			ns += file_back_from(bucket + 1) / 7 + 1)
			file_back_add(&back, ns, 1);
		file_back_add(&back, file_back_from(bucket + 1) - 1, 1);
		for (unsigned other = 0; other < BACK_BUCKETS; other++)
			ck_assert((back.bytes[other] > 0) == (other == bucket));
		ck_assert(file_back_median(&back, &median));
		ck_assert(median >= file_back_from(bucket) && median <= file_back_from(bucket + 1));
	}
	file_back_add(&back, UINT64_MAX, 1);
	ck_assert_uint_gt(back.bytes[BACK_BUCKETS - 1], 1);
	/* half of the bytes, not of the buckets */
	back = (struct file_back){ { 10, 0, 0, 11 } };
	ck_assert(file_back_median(&back, &median) && median > file_back_from(3));
	back.bytes[0] = 12;
	ck_assert(file_back_median(&back, &median) && median < file_back_from(1));
}
END_TEST

/* ---- what caches of bundles hold, and what is in the page cache ---- */

static struct event of_app(uint16_t kind, uint64_t bundle, uint32_t pid, uint64_t a, uint64_t b, uint64_t c)
{
	struct event ev = made_app(kind, SPAN("/m.apbundle"), a, b, c, 0);
	ev.app.bundle = bundle;
	ev.pid = pid;
	return ev;
}

static void hold(struct held *held, struct event ev)
{
	held_event(held, &ev);
}

/* -1: not known. */
static long held_bytes(const struct held *held, const char *path)
{
	struct covered ranges = { 0 };
	size_t room = 1 << 20;
	bool known = held_ranges(held, (struct span){ path, (uint32_t)strlen(path), false }, &ranges, &room);
	long bytes = (long)covered_bytes(&ranges, 0, UINT64_MAX);
	covered_free(&ranges);
	return known ? bytes : -1;
}

START_TEST(held_by_bundles)
{
	struct held held = { 0 };
	hold(&held, of_app(EVENT_APP_LOAD, 9, 1, 0, 100, 0)); /* of a bundle that was open before */
	ck_assert_int_eq(held_bytes(&held, "/m.apbundle"), -1);
	hold(&held, of_app(EVENT_APP_OPEN, 1, 1, 3, 0, 0));
	ck_assert_int_eq(held_bytes(&held, "/m.apbundle"), 0);
	ck_assert_int_eq(held_bytes(&held, "/m.apbundl"), -1);
	hold(&held, of_app(EVENT_APP_LOAD, 1, 1, 1000, 500, 0));
	hold(&held, of_app(EVENT_APP_LOAD, 1, 1, 1500, 500, 0));
	hold(&held, of_app(EVENT_APP_LOAD, 1, 1, 1500, 500, 0)); /* again */
	ck_assert_int_eq(held_bytes(&held, "/m.apbundle"), 1000);
	hold(&held, of_app(EVENT_APP_EVICT, 1, 1, 1000, 500, 0));
	hold(&held, of_app(EVENT_APP_EVICT, 1, 1, 77, 500, 0)); /* unknown */
	ck_assert_int_eq(held_bytes(&held, "/m.apbundle"), 500);
	hold(&held, of_app(EVENT_APP_EVICT, 1, 1, 1500, 500, 3)); /* closed: it was there until the end */
	ck_assert_int_eq(held_bytes(&held, "/m.apbundle"), 500);
	/* another process holds the same, and more: each byte counts once */
	hold(&held, of_app(EVENT_APP_OPEN, 1, 2, 3, 0, 0));
	hold(&held, of_app(EVENT_APP_LOAD, 1, 2, 1500, 500, 0));
	hold(&held, of_app(EVENT_APP_LOAD, 1, 2, 2000, 50, 0));
	ck_assert_int_eq(held_bytes(&held, "/m.apbundle"), 550);
	/* opened again, with an empty cache, under another number or the same */
	hold(&held, of_app(EVENT_APP_OPEN, 2, 2, 3, 0, 0));
	ck_assert_int_eq(held_bytes(&held, "/m.apbundle"), 500);
	hold(&held, of_app(EVENT_APP_OPEN, 1, 1, 3, 0, 0));
	ck_assert_int_eq(held_bytes(&held, "/m.apbundle"), 0);
	/* sizes that lie */
	hold(&held, of_app(EVENT_APP_LOAD, 1, 1, UINT64_MAX - 5, 100, 0));
	hold(&held, of_app(EVENT_APP_LOAD, 1, 1, 5, 0, 0));
	ck_assert_int_eq(held_bytes(&held, "/m.apbundle"), 0);
	/* too many are not counted as fewer */
	for (uint64_t i = 0; i <= HELD_MAX; i++)
		hold(&held, of_app(EVENT_APP_LOAD, 1, 1, 8 * i, 8, 0));
	ck_assert_int_eq(held_bytes(&held, "/m.apbundle"), -1);
	held_free(&held);
}
END_TEST

START_TEST(in_the_page_cache)
{
	char path[] = "/tmp/bundletrace-cached-XXXXXX", block[4096] = "";
	int fd = mkstemp(path);
	ck_assert(fd >= 0 && unlink(path) == 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(write(fd, block, i < 99 ? 4096 : 100), i < 99 ? 4096 : 100);
	const uint64_t size = 99 * 4096 + 100;
	ck_assert_int_eq(cached_bytes(fd, 0, size), (int64_t)size);
	ck_assert_int_eq(cached_bytes(fd, 5000, 5010), 10);
	ck_assert_int_eq(cached_bytes(fd, 8192, 8192), 0);
	ck_assert_int_eq(cached_bytes(fd, size, 100), 0);
	ck_assert_int_eq(ftruncate(fd, 1 << 30), 0); /* what was never there */
	ck_assert_int_eq(cached_bytes(fd, 4096 * 200, 1 << 30), 0);
	ck_assert_int_eq(cached_bytes(fd, 4096 * 90, 1 << 30), 4096 * 10);
	close(fd);
	ck_assert_int_lt(cached_bytes(fd, 0, 10), 0);
}
END_TEST

Suite *pagecache_suite(void)
{
	Suite *suite = suite_create("pagecache");
	TCase *tc = tcase_create("pagecache");
	tcase_add_test(tc, lines);
	tcase_add_test(tc, documents);
	tcase_add_test(tc, records);
	tcase_add_test(tc, evicted_and_back);
	tcase_add_test(tc, how_long_gone);
	tcase_add_test(tc, held_by_bundles);
	tcase_add_test(tc, in_the_page_cache);
	suite_add_tcase(suite, tc);
	return suite;
}
