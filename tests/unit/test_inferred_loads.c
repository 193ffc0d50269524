/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads that are inferred from what is done with the parts of a file. */
#include <linux/io_uring.h>
#include <stdio.h>

#include "tests/suites.h"
#include "made_causes.h"

enum { TID = PID + 1, OTHER, IDLE_NS = 150000000, KIB = 1024, BIG = 1024 * KIB };

static struct file_ref file;

static void begin(struct regions *regions)
{
	causes_begin(true, regions);
	file = made_file(7, "/m.gguf");
}

/* Parts of 1 MiB, behind a header of 64 KiB: big.0, big.1, ... */
static struct regions *big_regions(unsigned parts)
{
	struct regions *r = regions_create("gguf");
	char name[32];
	regions_add_header(r, "header", 64 * KIB);
	for (unsigned i = 0; i < parts; i++) {
		snprintf(name, sizeof(name), "big.%u", i);
		regions_add(r, 64 * KIB + (uint64_t)i * BIG, BIG, regions_keep_name(r, name, strlen(name)));
	}
	ck_assert(regions_finish(r, UINT64_MAX));
	return r;
}

static uint64_t big(unsigned part)
{
	return 64 * KIB + (uint64_t)part * BIG;
}

static uint64_t reads(uint32_t tid, uint64_t offset, uint64_t bytes)
{
	return cause_named(made_io("pread64", file, offset, (int64_t)bytes, 400), tid, offset, bytes);
}

/* A sum of operations that began `ago` before it is told. */
static uint64_t sums(uint32_t tid, struct event_file_io sums, uint64_t ago)
{
	if (ago)
		sums.begun_ns = cause_now + 1000 - ago;
	return cause_named(made_sums(file, &sums), tid, sums.start, sums.bytes);
}

static uint64_t fills(uint32_t tid, uint64_t start, uint64_t bytes)
{
	return sums(tid,
		(struct event_file_io){ .op = FILE_IO_FILL, .count = 1, .start = start, .bytes = bytes }, 0);
}

static uint64_t faults(uint32_t tid, uint64_t start, uint64_t bytes, unsigned count)
{
	return sums(tid,
		(struct event_file_io){ .op = FILE_IO_FAULT, .count = count, .start = start, .bytes = bytes },
		500);
}

static void idle(void)
{
	cause_now += IDLE_NS;
	cause_of(made_lseek(), OTHER);
}

static void flush(void)
{
	ck_assert_int_eq(cause_finish(cause), 0);
}

static void load_is(unsigned at, const char *part, uint64_t touched, bool reload)
{
	ck_assert_uint_lt(at, made_count);
	const struct made_load *load = &made_loads[at];
	ck_assert_str_eq(load->part, part);
	ck_assert_uint_eq(load->ev.inferred.touched, touched);
	ck_assert_int_eq(load->ev.inferred.reload, reload);
}

START_TEST(whole_by_reads_in_any_order)
{
	static const unsigned order[] = { 3, 0, 4, 1, 2 };
	begin(made_regions(2));
	ck_assert_uint_eq(reads(TID, 0, 900), 0); /* the header is no part */
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(reads(TID, 4000 + order[i] * 1000, 1000), 1);
	ck_assert_uint_eq(made_count, 0);
	struct event_file_io wait = { .op = FILE_IO_READ, .wait_ns = 77 };
	ck_assert_uint_eq(cause_named(made_sums(file, &wait), TID, 0, 0), 1); /* of its last call */
	ck_assert_uint_eq(made_count, 0);
	reads(TID, 0, 900);
	ck_assert_uint_eq(made_count, 1);
	load_is(0, "blk.0.ffn_up.weight", 5000, false);
	const struct made_load *load = &made_loads[0];
	ck_assert_uint_eq(load->ev.load, 1);
	ck_assert_uint_eq(load->ev.tid, TID);
	ck_assert_uint_eq(load->ev.inferred.start, 4000);
	ck_assert_uint_eq(load->ev.inferred.bytes, 5000);
	ck_assert_uint_eq(load->costs.calls, 5);
	ck_assert_uint_eq(load->costs.call_bytes, 5000);
	ck_assert_uint_eq(load->costs.call_ns, 2000);
	ck_assert_uint_eq(load->costs.disk_ns, 77);
	ck_assert_uint_eq(load->costs.storage_bytes, 0);
	ck_assert_uint_eq(
		load->ev.duration_ns, 4 * 1000 + 400); /* from the first's beginning to the last's end */
	causes_end();
}
END_TEST

START_TEST(one_read_over_several_parts)
{
	begin(made_regions(2));
	ck_assert_uint_eq(reads(TID, 0, 1000 + 2 * LAYER_BYTES), 1);
	flush();
	ck_assert_uint_eq(made_count, 4);
	uint64_t bytes = 0, calls = 0, ns = 0;
	for (unsigned i = 0; i < 4; i++)
		bytes += made_loads[i].costs.call_bytes, calls += made_loads[i].costs.calls,
			ns += made_loads[i].costs.call_ns;
	ck_assert_uint_eq(bytes, 16000);
	ck_assert_uint_le(calls, 1); /* it began in the header */
	ck_assert_uint_le(ns, 400);
	causes_end();
}
END_TEST

START_TEST(interleaved_parts)
{
	begin(made_regions(2));
	uint64_t a = reads(TID, 1000, 1000), b = reads(OTHER, 4000, 1000);
	ck_assert_uint_ne(a, b);
	ck_assert_uint_eq(reads(TID, 2000, 1000), a);
	ck_assert_uint_eq(reads(OTHER, 5000, 4000), b);
	ck_assert_uint_eq(reads(OTHER, 3000, 1000), a); /* by another thread */
	flush();
	ck_assert_uint_eq(made_count, 2);
	load_is(0, "blk.0.ffn_up.weight", 5000, false);
	load_is(1, "blk.0.attn_q.weight", 3000, false);
	ck_assert_uint_eq(made_loads[1].ev.tid, OTHER);
	causes_end();
}
END_TEST

START_TEST(idleness_ends_it)
{
	begin(made_regions(2));
	uint64_t id = reads(TID, 1000, 500);
	cause_now += 50000000;
	ck_assert_uint_eq(reads(TID, 1500, 500), id);
	idle();
	ck_assert_uint_eq(made_count, 1);
	load_is(0, "blk.0.attn_q.weight", 1000, false);
	ck_assert_uint_ge(made_loads[0].ev.inferred.idle_ns, IDLE_NS);
	ck_assert_uint_eq(made_loads[0].ev.duration_ns, 50000000 + 1000 + 400);
	/* more of it, from the page cache, is no load */
	ck_assert_uint_eq(reads(TID, 2000, 500), 0);
	ck_assert_uint_eq(fills(TID, 0, 4096), 0);
	ck_assert_uint_gt(reads(TID, 2500, 500), id);
	flush();
	ck_assert_uint_eq(made_count, 2);
	causes_end();
}
END_TEST

START_TEST(a_reload_follows_pages_that_come_again)
{
	begin(big_regions(3));
	fills(TID, big(0), BIG);
	uint64_t id = reads(TID, big(0), BIG);
	fills(TID, big(1), BIG);
	reads(TID, big(1), BIG);
	flush();
	load_is(0, "big.0", BIG, false);
	load_is(1, "big.1", BIG, false);
	ck_assert_uint_eq(made_loads[0].costs.storage_bytes, BIG);
	ck_assert_uint_eq(reads(TID, big(0), BIG), 0); /* warm */
	uint64_t last = cause_now;
	idle();
	fills(OTHER, big(0), 64 * KIB); /* a part of it */
	ck_assert_uint_gt(reads(TID, big(0), BIG), id);
	flush();
	ck_assert_uint_eq(made_count, 3);
	load_is(2, "big.0", BIG, true);
	ck_assert_str_eq(made_loads[2].instead, "big.1");
	ck_assert_uint_eq(made_loads[2].costs.storage_bytes, 64 * KIB);
	ck_assert_uint_eq(made_loads[2].ev.inferred.gone_ns, cause_now - 400 - last);
	causes_end();
}
END_TEST

/* What was in the page cache before the trace, read, evicted, and comes from storage. */
START_TEST(a_reload_of_what_was_read_from_the_page_cache)
{
	begin(big_regions(2));
	reads(TID, big(0), BIG);
	flush();
	fills(TID, big(0), 4 * KIB);
	reads(TID, big(0), BIG);
	flush();
	load_is(1, "big.0", BIG, true);
	causes_end();
}
END_TEST

START_TEST(read_ahead_before_the_touch)
{
	begin(big_regions(3));
	ck_assert_uint_eq(fills(TID, big(1), BIG / 2), 0);
	ck_assert_uint_eq(fills(OTHER, big(1) + BIG / 2, BIG / 2), 0);
	ck_assert_uint_eq(made_count, 0);
	ck_assert_uint_ne(reads(TID, big(1), BIG), 0);
	ck_assert_uint_eq(fills(TID, big(2), BIG), 0); /* nobody is seen to touch it */
	ck_assert_uint_eq(fills(TID, big(0), BIG / 2), 0);
	flush();
	ck_assert_uint_eq(made_count, 2);
	load_is(0, "big.1", BIG, false);
	ck_assert_uint_eq(made_loads[0].costs.storage_bytes, BIG);
	/* all of it came: whatever maps huge pages at once is not seen; a part of another one is only read ahead */
	load_is(1, "big.2", 0, false);
	ck_assert_uint_eq(made_loads[1].ev.duration_ns, NO_DURATION);
	ck_assert_uint_eq(made_loads[1].costs.storage_bytes, BIG);
	causes_end();
}
END_TEST

/* Faults are known to the pages around them: the neighbours that these lie in are not touched for sure. */
START_TEST(faults_touch_what_lies_between)
{
	begin(big_regions(4));
	ck_assert_uint_ne(faults(TID, big(1) - 32 * KIB, BIG + 64 * KIB, 17), 0);
	flush();
	ck_assert_uint_eq(made_count, 1);
	load_is(0, "big.1", BIG, false);
	ck_assert_uint_le(made_loads[0].ev.duration_ns, 500 * BIG / (BIG + 64 * KIB) + 1);
	ck_assert_uint_ge(made_loads[0].ev.duration_ns, 500 * BIG / (BIG + 64 * KIB));
	/* one page of two parts, then the rest of one of them */
	causes_end();
	begin(made_regions(2));
	ck_assert_uint_eq(faults(TID, 0, 4096, 1), 0);
	flush();
	ck_assert_uint_eq(made_count, 0);
	ck_assert_uint_ne(faults(TID, 4096, 8192, 2), 0); /* it begins behind the beginning of blk.0.ffn_up */
	flush();
	ck_assert_uint_eq(made_count, 1);
	load_is(0, "blk.1.attn_q.weight", 3000, false);
	causes_end();
}
END_TEST

START_TEST(a_border_belongs_to_the_load_that_follows)
{
	begin(big_regions(4));
	/* a page of both, and the around pages of the next fault, which go on in one */
	ck_assert_uint_eq(faults(TID, big(1) - 8 * KIB, 32 * KIB, 2), 0);
	uint64_t id = faults(TID, big(1) + 24 * KIB, BIG - 24 * KIB, 12);
	ck_assert_uint_ne(id, 0);
	/* the pages around the last fault are touched one by one: it ends when the thread turns to another part */
	ck_assert_uint_eq(fills(TID, big(2) - 4 * KIB, 4 * KIB), id);
	ck_assert_uint_eq(faults(TID, big(2) - 4 * KIB, 4 * KIB, 1), id);
	ck_assert_uint_eq(made_count, 0);
	faults(TID, big(3) + 64 * KIB, 64 * KIB, 1);
	ck_assert_uint_eq(made_count, 1);
	load_is(0, "big.1", BIG, false);
	ck_assert_uint_eq(made_loads[0].costs.storage_bytes, 4 * KIB);
	flush();
	made_count = 0;
	/* long ago it was something else */
	ck_assert_uint_eq(faults(TID, big(2) - 4 * KIB, 36 * KIB, 2), 0);
	idle();
	faults(TID, big(2) + 32 * KIB, BIG - 32 * KIB, 12);
	flush();
	ck_assert_uint_eq(made_count, 1);
	load_is(0, "big.2", BIG - 32 * KIB, false);
	causes_end();
}
END_TEST

START_TEST(requests_of_io_uring)
{
	begin(made_regions(2));
	uint64_t id = cause_named(made_request(file, IORING_OP_READ, 1000, 3000, 9000, 0), TID, 1000, 3000);
	ck_assert_uint_ne(id, 0);
	ck_assert_uint_eq(
		cause_named(made_request(file, IORING_OP_WRITE, 4000, 3000, 9000, 0), TID, 4000, 3000), 0);
	flush();
	ck_assert_uint_eq(made_count, 1);
	load_is(0, "blk.0.attn_q.weight", 3000, false);
	ck_assert_uint_eq(made_loads[0].costs.requests, 1);
	ck_assert_uint_eq(made_loads[0].costs.request_bytes, 3000);
	ck_assert_uint_eq(made_loads[0].ev.duration_ns, 9000);
	causes_end();
}
END_TEST

/* Sums are told after what they are about: that is no idleness. */
START_TEST(sums_that_come_late)
{
	begin(made_regions(2));
	struct event_file_io first = { .op = FILE_IO_READ, .count = 2, .start = 1000, .bytes = 1000 };
	uint64_t id = sums(TID, first, 800);
	struct event_file_io second = { .op = FILE_IO_READ, .count = 9, .start = 2000, .bytes = 2000 };
	cause_now += 2 * (uint64_t)IDLE_NS;
	ck_assert_uint_eq(sums(TID, second, 2 * (uint64_t)IDLE_NS), id);
	flush();
	ck_assert_uint_eq(made_count, 1);
	load_is(0, "blk.0.attn_q.weight", 3000, false);
	/* and one that says when its last operation ended is not as long as it took to be told */
	struct event_file_io third = { .op = FILE_IO_READ, .count = 9, .start = 4000, .bytes = 5000 };
	third.begun_ns = cause_now, third.ended_ns = cause_now + 700;
	cause_now += IDLE_NS;
	cause_named(made_sums(file, &third), TID, 4000, 5000);
	flush();
	load_is(1, "blk.0.ffn_up.weight", 5000, false);
	ck_assert_uint_eq(made_loads[1].ev.duration_ns, 700);
	causes_end();
}
END_TEST

START_TEST(a_file_that_was_rewritten)
{
	begin(made_regions(2));
	reads(TID, 1000, 2000);
	regions_free(cause_regions);
	cause_regions = regions_create("gguf");
	regions_add(cause_regions, 1000, 700, regions_keep_name(cause_regions, "new", 3));
	ck_assert(regions_finish(cause_regions, UINT64_MAX));
	ck_assert_uint_ne(reads(TID, 1000, 700), 0);
	flush();
	ck_assert_uint_eq(made_count, 2);
	load_is(0, "blk.0.attn_q.weight", 2000, false);
	load_is(1, "new", 700, false);
	causes_end();
}
END_TEST

START_TEST(memory_is_bounded)
{
	begin(made_regions(40000));
	for (unsigned i = 0; i < 40000; i++) {
		ck_assert_int_eq(reads(TID, 1000 + (uint64_t)i * LAYER_BYTES, 3000) != 0, i < 32768);
		made_count = 0;
	}
	ck_assert_uint_eq(cause_not_inferred(cause), 40000 - 32768);
	causes_end();
	/* more parts than one operation may have */
	begin(made_regions(4000));
	reads(TID, 1000, 4000ull * LAYER_BYTES);
	ck_assert_uint_eq(cause_not_inferred(cause), 8000 - 4096);
	causes_end();
}
END_TEST

/* Bundles tell of their loads themselves, once their probes are seen. */
START_TEST(bundles_with_probes_are_left_out)
{
	struct regions *r = regions_create("apbundle");
	regions_add(r, 100, 900, regions_keep_name(r, "m", 1));
	ck_assert(regions_finish(r, UINT64_MAX));
	begin(r);
	ck_assert_uint_ne(reads(TID, 100, 900), 0);
	flush();
	ck_assert_uint_eq(made_count, 1);
	causes_end();
	r = regions_create("apbundle");
	regions_add(r, 100, 900, regions_keep_name(r, "m", 1));
	ck_assert(regions_finish(r, UINT64_MAX));
	begin(r);
	cause_of(made_app(EVENT_APP_OPEN, SPAN("/b"), 1, 0, 0, 0), OTHER);
	ck_assert_uint_eq(reads(TID, 100, 900), 0);
	flush();
	ck_assert_uint_eq(made_count, 0);
	causes_end();
}
END_TEST

START_TEST(nothing_is_inferred_unasked)
{
	causes_begin(false, made_regions(2));
	file = made_file(7, "/m.gguf");
	ck_assert_uint_eq(reads(TID, 1000, 3000), 0);
	flush();
	ck_assert_uint_eq(made_count, 0);
	causes_end();
}
END_TEST

/* Parts read in pieces in a random order by several threads, each by one: every part is one load of all its bytes. */
START_TEST(random_reads)
{
	enum { LAYERS = 30, PARTS = 2 * LAYERS, PIECES = 10 };
	unsigned left[PARTS][PIECES], count[PARTS];
	uint64_t id[PARTS] = { 0 };
	begin(made_regions(LAYERS));
	srand((unsigned)_i + 1);
	for (unsigned p = 0; p < PARTS; p++)
		for (unsigned i = count[p] = 0; i < PIECES; i++)
			left[p][count[p]++] = i;
	for (unsigned todo = PARTS * PIECES; todo > 0; todo--) {
		unsigned p = (unsigned)rand() % PARTS;
		while (!count[p])
			p = (p + 1) % PARTS;
		unsigned which = (unsigned)rand() % count[p], piece = left[p][which];
		left[p][which] = left[p][--count[p]];
		uint64_t start = HEADER_BYTES + p / 2 * LAYER_BYTES + p % 2 * 3000, size = p % 2 ? 500 : 300;
		uint64_t got = reads(TID + p % 3, start + piece * size, size);
		ck_assert_uint_ne(got, 0);
		ck_assert(!id[p] || id[p] == got);
		id[p] = got;
	}
	flush();
	ck_assert_uint_eq(made_count, PARTS);
	for (unsigned i = 0; i < PARTS; i++) {
		const struct made_load *load = &made_loads[i];
		unsigned layer = (unsigned)((load->ev.inferred.start - HEADER_BYTES) / LAYER_BYTES);
		unsigned p = 2 * layer + (load->ev.inferred.bytes == 5000);
		ck_assert_uint_eq(load->ev.load, id[p]);
		ck_assert_uint_eq(load->ev.inferred.touched, load->ev.inferred.bytes);
		ck_assert_uint_eq(load->costs.call_bytes, load->ev.inferred.bytes);
		ck_assert_uint_eq(load->costs.calls, PIECES);
	}
	causes_end();
}
END_TEST

Suite *inferred_loads_suite(void)
{
	Suite *suite = suite_create("inferred_loads");
	TCase *tc = tcase_create("parts");
	tcase_add_test(tc, whole_by_reads_in_any_order);
	tcase_add_test(tc, one_read_over_several_parts);
	tcase_add_test(tc, interleaved_parts);
	tcase_add_test(tc, idleness_ends_it);
	tcase_add_test(tc, a_reload_follows_pages_that_come_again);
	tcase_add_test(tc, a_reload_of_what_was_read_from_the_page_cache);
	tcase_add_test(tc, read_ahead_before_the_touch);
	tcase_add_test(tc, faults_touch_what_lies_between);
	tcase_add_test(tc, a_border_belongs_to_the_load_that_follows);
	tcase_add_test(tc, requests_of_io_uring);
	tcase_add_test(tc, sums_that_come_late);
	tcase_add_test(tc, a_file_that_was_rewritten);
	tcase_add_test(tc, memory_is_bounded);
	tcase_add_test(tc, bundles_with_probes_are_left_out);
	tcase_add_test(tc, nothing_is_inferred_unasked);
	tcase_add_loop_test(tc, random_reads, 0, 20);
	suite_add_tcase(suite, tc);
	return suite;
}
