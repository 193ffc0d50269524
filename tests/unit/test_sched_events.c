/* SPDX-License-Identifier: BSD-2-Clause */
/* Times off the CPU: records, lines, the threads' last ones; and what a device gives beside what a run got. */
#include "made_event.h"
#include "tests/suites.h"
#include "user/modelfile/device_speed.h"
#include "user/sink/measure_text.h"
#include "user/sink/text_sink.h"
#include "user/stage/decode.h"
#include "user/stage/off_cpu.h"

static struct event made_sched(uint16_t reason, uint64_t blocked_ns, uint64_t runnable_ns, uint64_t end_ns)
{
	struct event ev = made(EVENT_SCHED, end_ns);
	ev.duration_ns = blocked_ns + runnable_ns;
	ev.sched = (struct sched_event){ .blocked_ns = blocked_ns,
		.runnable_ns = runnable_ns,
		.nr = (uint32_t)syscall_number("futex"),
		.reason = reason,
		.within = OFF_IN_CALL };
	return ev;
}

static int decode(const struct event_sched *raw, size_t size, struct event *ev)
{
	struct decoder *decoder = decoder_new();
	struct event_sched *copy = malloc(size); /* so that what lies behind it is not read */
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
	const struct event_sched good = {
		.head = { .time_ns = 1000, .pid = 10, .tid = 11, .kind = EVENT_SCHED },
		.blocked_ns = 300,
		.runnable_ns = 40,
		.nr = SYSCALL_MAX,
		.reason = OFF_DISK,
		.within = OFF_IN_FAULT,
	};
	struct event_sched raw = good;
	struct event ev;
	ck_assert_int_eq(decode(&raw, sizeof(raw), &ev), 1);
	ck_assert_uint_eq(ev.duration_ns, 340);
	ck_assert_uint_eq(ev.sched.blocked_ns, 300);
	ck_assert_uint_eq(ev.sched.runnable_ns, 40);
	ck_assert_uint_eq(ev.sched.reason, OFF_DISK);
	ck_assert_uint_eq(ev.sched.within, OFF_IN_FAULT);
	for (size_t size = sizeof(raw.head); size < sizeof(raw); size++)
		ck_assert_int_eq(decode(&raw, size, &ev), -EBADMSG);
	raw.nr = SYSCALL_MAX + 1;
	ck_assert_int_eq(decode(&raw, sizeof(raw), &ev), -EBADMSG);
	raw = good;
	raw.reason = OFF_REASONS;
	ck_assert_int_eq(decode(&raw, sizeof(raw), &ev), -EBADMSG);
	raw = good;
	raw.within = OFF_WITHIN;
	ck_assert_int_eq(decode(&raw, sizeof(raw), &ev), -EBADMSG);
	raw = good;
	raw.blocked_ns = UINT64_MAX;
	ck_assert_int_eq(decode(&raw, sizeof(raw), &ev), -EBADMSG);
}
END_TEST

START_TEST(lines)
{
	struct out out = made_out();
	const struct text_options options = { .durations = true };
	const struct run_result nothing = { 0 };
	struct sink *sink = text_sink_new(&out, &options);
	ck_assert_ptr_nonnull(sink);
	struct event ev = made_sched(OFF_OTHER, 2000000, 345000, 2000000000);
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	ev = made_sched(OFF_RUNNABLE, 0, 345000, 2000000000);
	ev.sched.nr = SYSCALL_MAX;
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	ev.sched.within = OFF_IN_FAULT;
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	ck_assert_int_eq(sink->finish(sink, &nothing), 0);
	sink->free(sink);
	char *text = written(&out);
	ck_assert_str_eq(text, "off_cpu_other in futex blocked 2ms runnable 345us <0.002345>\n"
			       "off_cpu_runnable in (call) <0.000345>\n"
			       "off_cpu_runnable in (fault) <0.000345>\n");
	free(text);
}
END_TEST

/* What is within the time asked for is taken once; the wait for the disk is counted elsewhere. */
START_TEST(times_of_threads)
{
	struct off_cpu off = { 0 };
	const struct event events[] = {
		made_sched(OFF_OTHER, 100, 10, 1000), made_sched(OFF_DISK, 200, 20, 2000),
		made_sched(OFF_RUNNABLE, 0, 30, 3000),
		made_sched(OFF_RUNNABLE, 4000, 1000, 4000), /* older than the clock: no time of ours */
	};
	for (unsigned i = 0; i < sizeof(events) / sizeof(*events); i++)
		off_cpu_keep(&off, &events[i]);
	struct off_cpu_sums sums = off_cpu_take(&off, PID + 1, 0, 5000);
	ck_assert_uint_eq(sums.runnable_ns, 0);
	sums = off_cpu_take(&off, PID, 891, 2000);
	ck_assert_uint_eq(sums.blocked_ns, 0);
	ck_assert_uint_eq(sums.runnable_ns, 20);
	sums = off_cpu_take(&off, PID, 890, 5000);
	ck_assert_uint_eq(sums.blocked_ns, 100);
	ck_assert_uint_eq(sums.runnable_ns, 40);
	sums = off_cpu_take(&off, PID, 0, 5000);
	ck_assert_uint_eq(sums.runnable_ns, 0);
	/* the oldest ones make room */
	for (uint64_t i = 0; i < OFF_CPU_TIMES + 8; i++) {
		const struct event ev = made_sched(OFF_RUNNABLE, 0, 1, 10000 + 10 * i);
		off_cpu_keep(&off, &ev);
	}
	sums = off_cpu_take(&off, PID, 0, UINT64_MAX);
	ck_assert_uint_eq(sums.runnable_ns, OFF_CPU_TIMES);
	off_cpu_free(&off);
}
END_TEST

START_TEST(measures)
{
	struct text t = { 0 };
	struct file_table *table = files_table_new(BY_ANY);
	ck_assert_ptr_nonnull(table);
	measure_text(&t, table);
	ck_assert_uint_eq(t.len, 0);
	table->measured = true;
	table->measure = (struct device_measure){ .dev = 254 << 20,
		.path = strdup("/m.gguf"),
		.path_len = 7,
		.bytes = 100 << 20,
		.ns = 500000000,
		.request_bytes = 1 << 20,
		.at_once = 4 };
	measure_text(&t, table);
	/* 50 MiB in half a second by requests of 64 KiB */
	struct event ev = made(EVENT_BLOCK, 2000000000);
	ev.duration_ns = 500000000;
	ev.block = (struct block_event){ .dev = 254 << 20, .op = BLOCK_READ, .bytes = 50 << 20 };
	devices_event(&table->devices, &ev);
	measure_text(&t, table);
	ck_assert_double_eq_tol(device_run_share(table), 0.5, 1e-6);
	table->measure.dev = 0;
	table->measure.why = "it has holes, or is compressed";
	measure_text(&t, table);
	text_char(&t, '\0');
	ck_assert_str_eq(t.data,
		"the device gives 200M/s with requests of 1.0M, 4 at once (measured on /m.gguf); what this run got is not known\n"
		"the device gives 200M/s with requests of 1.0M, 4 at once (measured on /m.gguf); this run got 100M/s with requests of 50M, 1 at once: 50%\n"
		"the device was not measured on /m.gguf: it has holes, or is compressed\n");
	text_free(&t);
	files_table_free(table);
}
END_TEST

/* What is no file on a disk of its own, has holes, or is too small, is not read. */
START_TEST(not_measured)
{
	struct device_speed speed;
	char path[] = "/var/tmp/bundletrace-speed.XXXXXX";
	int memory = memfd_create("speed", MFD_CLOEXEC), pipes[2], file = mkstemp(path);
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_ge(file, 0);
	unlink(path);
	ck_assert_int_eq(ftruncate(memory, 4 << 20), 0);
	ck_assert_str_eq(device_speed_measure(pipes[0], &speed), "it is no regular file");
	ck_assert_ptr_nonnull(strstr(device_speed_measure(memory, &speed), "not on a block device"));
	ck_assert_ptr_nonnull(device_speed_measure(file, &speed)); /* empty */
	ck_assert_int_eq(ftruncate(file, 4 << 20), 0);
	ck_assert_ptr_nonnull(device_speed_measure(file, &speed)); /* a hole */
	ck_assert_uint_eq(speed.bytes, 0);
	close(memory);
	close(file);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

Suite *sched_events_suite(void)
{
	Suite *suite = suite_create("sched_events");
	TCase *tc = tcase_create("sched");
	tcase_add_test(tc, records);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, times_of_threads);
	tcase_add_test(tc, measures);
	tcase_add_test(tc, not_measured);
	suite_add_tcase(suite, tc);
	return suite;
}
