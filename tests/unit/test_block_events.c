/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to disks: from the record to the lines and the tables. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/suites.h"
#include "made_event.h"
#include "user/sink/text_sink.h"
#include "user/stage/decode.h"
#include "user/tables/file_table.h"

static struct event made_block(uint64_t start, uint64_t bytes, uint64_t end_ns, uint64_t took)
{
	struct event ev = made(EVENT_BLOCK, end_ns);
	ev.duration_ns = took;
	ev.block = (struct block_event){
		.file = { .id = { .ino = 77, .dev = 8 << 20 | 2, .mode = S_IFREG }, .path = SPAN("/m.gguf") },
		.start = start,
		.bytes = bytes,
		.sector = 123456,
		.request_bytes = bytes,
		.queue_ns = 12000,
		.dev = 254 << 20,
	};
	return ev;
}

/* ---- records ---- */

static int decode(const struct event_block *raw, size_t size, struct event *ev)
{
	struct decoder *decoder = decoder_new();
	struct event_block *copy = malloc(size); /* so that what lies behind it is not read */
	ck_assert(decoder && copy);
	memcpy(copy, raw, size);
	copy->head.size = (uint16_t)size;
	int err = decoder_take(decoder, &copy->head, 0, ev);
	free(copy);
	decoder_free(decoder);
	return err;
}

START_TEST(records)
{
	struct event_block raw = {
		.head = { .time_ns = 1000, .pid = 10, .tid = 11, .kind = EVENT_BLOCK },
		.id = { .ino = 7, .dev = 8, .mode = S_IFREG },
		.start = 4096,
		.bytes = 512,
		.sector = 9,
		.request_bytes = 1024,
		.queue_ns = 5,
		.service_ns = 6,
		.dev = 254 << 20,
		.flags = BLOCK_RAHEAD,
		.op = BLOCK_WRITE,
		.untied = BLOCK_DEVICE,
	};
	struct event ev;
	ck_assert_int_eq(decode(&raw, sizeof(raw), &ev), 1);
	ck_assert_uint_eq(ev.duration_ns, 6);
	ck_assert_uint_eq(ev.block.file.id.ino, 7);
	ck_assert_uint_eq(ev.block.start, 4096);
	ck_assert_uint_eq(ev.block.bytes, 512);
	ck_assert_uint_eq(ev.block.sector, 9);
	ck_assert_uint_eq(ev.block.request_bytes, 1024);
	ck_assert_uint_eq(ev.block.queue_ns, 5);
	ck_assert_uint_eq(ev.block.dev, 254 << 20);
	ck_assert_uint_eq(ev.block.flags, BLOCK_RAHEAD);
	ck_assert_uint_eq(ev.block.op, BLOCK_WRITE);
	ck_assert_uint_eq(ev.block.untied, BLOCK_DEVICE);
	for (size_t size = sizeof(raw.head); size < sizeof(raw); size++)
		ck_assert_int_eq(decode(&raw, size, &ev), -EBADMSG);
	raw.op = BLOCK_OPS;
	ck_assert_int_eq(decode(&raw, sizeof(raw), &ev), -EBADMSG);
	raw.op = 0;
	raw.untied = BLOCK_UNTIED_REASONS;
	ck_assert_int_eq(decode(&raw, sizeof(raw), &ev), -EBADMSG);
}
END_TEST

/* ---- lines ---- */

START_TEST(lines)
{
	struct out out = made_out();
	const struct text_options options = { .durations = true };
	const struct run_result nothing = { 0 };
	struct sink *sink = text_sink_new(&out, &options);
	ck_assert_ptr_nonnull(sink);
	struct event ev = made_block(8192, 131072, 2000000000, 345000);
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	ev.block.flags = BLOCK_RAHEAD | BLOCK_DIRECT | BLOCK_NOT_FIRST | BLOCK_FAILED | BLOCK_OTHERS;
	ev.block.queue_ns = NO_DURATION;
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	ev = made_block(0, 4096, 2000000000, NO_DURATION);
	ev.block.file = (struct file_ref){ .pos = 0 };
	ev.block.untied = BLOCK_ANONYMOUS;
	ev.block.op = BLOCK_WRITE;
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	ck_assert_int_eq(sink->finish(sink, &nothing), 0);
	sink->free(sink);
	char *text = written(&out);
	ck_assert_str_eq(text,
		"block_read(</m.gguf>, 131072, 8192) dev 254:0 sector 123456 queue 12us <0.000345>\n"
		"block_read(</m.gguf>, 131072, 8192) dev 254:0 sector 123456 ahead direct same request failed of a task that is not traced <0.000345>\n"
		"block_write(4096) dev 254:0 sector 123456 queue 12us not tied (anonymous)\n");
	free(text);
}
END_TEST

/* ---- how many at once ---- */

static uint32_t most_at_once(const uint64_t *from, const uint64_t *to, unsigned count)
{
	uint32_t most = 0;
	for (unsigned i = 0; i < count; i++) {
		uint32_t beside = 0;
		for (unsigned j = 0; j < count; j++)
			beside += from[j] <= from[i] && to[j] > from[i];
		most = beside > most ? beside : most;
	}
	return most;
}

START_TEST(in_flight_against_all_pairs)
{
	enum { COUNT = 200 };
	uint64_t from[COUNT], to[COUNT];
	for (unsigned seed = 0; seed < 50; seed++) {
		struct in_flight *all = calloc(1, sizeof(*all));
		ck_assert_ptr_nonnull(all);
		srand(seed);
		for (unsigned i = 0; i < COUNT; i++) {
			to[i] = (i ? to[i - 1] : 1000) + (unsigned)rand() % 20;
			from[i] = to[i] - 1 - (unsigned)rand() % (1 + 10 * seed);
			in_flight_add(all, from[i], to[i]);
		}
		ck_assert_uint_eq(all->most, most_at_once(from, to, COUNT));
		free(all);
	}
}
END_TEST

/* ---- rates ---- */

#define MS 1000000ull

START_TEST(rates)
{
	struct disk_rate *rate = calloc(1, sizeof(*rate));
	uint64_t bytes;
	ck_assert_ptr_nonnull(rate);
	ck_assert(!disk_rate_mean(rate, &bytes));
	ck_assert(!disk_rate_best(rate, &bytes));
	/* 1 MB in 20 ms that fill two windows; later two beside each other, 4 MB in one window */
	disk_rate_add(rate, 1000 * MS, 1020 * MS, 1000000);
	ck_assert(disk_rate_best(rate, &bytes));
	ck_assert_uint_eq(bytes, 50000000);
	disk_rate_add(rate, 2000 * MS, 2010 * MS, 3000000);
	disk_rate_add(rate, 2000 * MS, 2010 * MS, 1000000);
	ck_assert_uint_eq(disk_rate_busy(rate), 30 * MS);
	ck_assert(disk_rate_mean(rate, &bytes));
	ck_assert_uint_eq(bytes, 166666666);
	ck_assert(disk_rate_best(rate, &bytes));
	ck_assert_uint_eq(bytes, 400000000);
	/* the best stays when its window is no longer kept */
	disk_rate_add(rate, 60000 * MS, 60001 * MS, 1);
	ck_assert(disk_rate_best(rate, &bytes));
	ck_assert_uint_eq(bytes, 400000000);
	free(rate);
}
END_TEST

START_TEST(busy_time_against_a_map)
{
	enum { SPAN_MS = 3000, COUNT = 400 };
	static bool busy[SPAN_MS];
	for (unsigned seed = 0; seed < 20; seed++) {
		struct disk_rate *rate = calloc(1, sizeof(*rate));
		uint64_t to = 100, all = 0;
		ck_assert_ptr_nonnull(rate);
		memset(busy, 0, sizeof(busy));
		srand(seed);
		for (unsigned i = 0; i < COUNT; i++) {
			to += (unsigned)rand() % 8;
			uint64_t from = to - (unsigned)rand() % 12;
			disk_rate_add(rate, from * MS, to * MS, 1);
			for (uint64_t at = from; at < to && at < SPAN_MS; at++)
				busy[at] = true;
		}
		for (unsigned i = 0; i < SPAN_MS; i++)
			all += busy[i] ? MS : 0;
		ck_assert_uint_eq(disk_rate_busy(rate), all);
		free(rate);
	}
}
END_TEST

/* ---- tables ---- */

static void feed(struct file_table *table, struct event ev)
{
	files_table_event(table, &ev);
}

START_TEST(tables)
{
	struct file_table *table = files_table_new(BY_ANY);
	ck_assert_ptr_nonnull(table);
	/* a request of two ranges of the file, then one of others, a write, one that failed, and one of no file */
	feed(table, made_block(0, 4096, 2000000, 1000000));
	struct event ev = made_block(8192, 8192, 2000000, 1000000);
	ev.block.flags = BLOCK_NOT_FIRST | BLOCK_SAME_FILE;
	feed(table, ev);
	ev.block.flags = BLOCK_OTHERS;
	feed(table, ev);
	ev.block.flags = BLOCK_FAILED;
	feed(table, ev);
	ev = made_block(0, 512, 3000000, 500000);
	ev.block.op = BLOCK_WRITE;
	feed(table, ev);
	ev = made_block(0, 1024, 4000000, 500000);
	ev.block.untied = BLOCK_DEVICE;
	ev.block.file = (struct file_ref){ .pos = 0 };
	feed(table, ev);

	ck_assert_uint_eq(HASH_COUNT(table->files), 1);
	const struct file_sums *sums = &table->files->counts.sums;
	ck_assert_uint_eq(sums->disk_requests, 1);
	ck_assert_uint_eq(sums->disk_bytes, 4096 + 8192);
	ck_assert_uint_eq(sums->disk_write_requests, 1);
	ck_assert_uint_eq(sums->disk_write_bytes, 512);
	ck_assert_uint_eq(sums->disk_other_bytes, 8192);
	ck_assert_uint_eq(table->files->disk->in_flight.most, 1);
	ck_assert_uint_eq(table->devices.used, 1);
	const struct device_stats *device = table->devices.devices[0];
	ck_assert_uint_eq(device->dev, 254 << 20);
	ck_assert_uint_eq(device->read_requests, 2);
	ck_assert_uint_eq(device->read_bytes, 4096 + 8192 + 1024);
	ck_assert_uint_eq(device->write_bytes, 512);
	ck_assert_uint_eq(device->failed, 1);
	ck_assert_uint_eq(device->untied_requests, 1);
	ck_assert_uint_eq(device->untied_bytes, 1024);
	files_table_free(table);
}
END_TEST

START_TEST(many_devices)
{
	struct file_table *table = files_table_new(BY_ANY);
	ck_assert_ptr_nonnull(table);
	for (uint32_t dev = 1; dev <= 2 * DEVICES_MAX; dev++) {
		struct event ev = made_block(0, 4096, 2000000, 1000);
		ev.block.dev = dev;
		feed(table, ev);
	}
	ck_assert_uint_eq(table->devices.used, DEVICES_MAX + 1);
	ck_assert_uint_eq(table->devices.devices[DEVICES_MAX]->dev, 0);
	ck_assert_uint_eq(table->devices.devices[DEVICES_MAX]->read_requests, DEVICES_MAX);
	files_table_free(table);
}
END_TEST

Suite *block_events_suite(void)
{
	Suite *suite = suite_create("block_events");
	TCase *tc = tcase_create("made");
	tcase_add_test(tc, records);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, in_flight_against_all_pairs);
	tcase_add_test(tc, rates);
	tcase_add_test(tc, busy_time_against_a_map);
	tcase_add_test(tc, tables);
	tcase_add_test(tc, many_devices);
	suite_add_tcase(suite, tc);
	return suite;
}
