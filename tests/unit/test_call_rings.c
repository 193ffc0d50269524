/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader of the rings of plain calls; the test plays the kernel side, with memory files instead of
 * maps. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "user/kernel/call_rings.h"
#include "tests/suites.h"

enum { CPUS = 2, SLOTS = 8, MANY = 4096, BYTES = (SLOTS + MANY) * sizeof(struct call_slot) };

static struct call_ring *kernel;
static struct call_slot *slots;
static struct call_rings *rings;
static struct timeline *timeline;
static int rings_file, slots_file;
static uint64_t taken, last_ns;

static void *shared(int *file, const char *name)
{
	*file = memfd_create(name, MFD_CLOEXEC);
	ck_assert_int_ge(*file, 0);
	ck_assert_int_eq(ftruncate(*file, BYTES), 0);
	void *at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, *file, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	return at;
}

static void setup(void)
{
	kernel = shared(&rings_file, "rings");
	slots = shared(&slots_file, "slots");
	rings = call_rings_new(rings_file, slots_file, CPUS, SLOTS + MANY);
	ck_assert_ptr_nonnull(rings);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		call_rings_give(rings, cpu, cpu * SLOTS, SLOTS);
	timeline = timeline_new(CPUS);
	ck_assert_ptr_nonnull(timeline);
	taken = last_ns = 0;
}

static void teardown(void)
{
	call_rings_free(rings);
	timeline_free(timeline);
	munmap(kernel, BYTES);
	munmap(slots, BYTES);
	close(rings_file);
	close(slots_file);
}

/* As bpf/call_ring.h: false if there is no room. */
static bool put(unsigned cpu, uint64_t time_ns)
{
	struct call_ring *ring = &kernel[cpu];
	if (ring->written - ring->read >= ring->slots)
		return false;
	ring->reserved = ring->written + 1;
	slots[ring->first + ring->written % ring->slots].call.head = (struct event_header){
		.time_ns = time_ns, .size = sizeof(struct event_syscall), .kind = EVENT_SYSCALL, .tid = cpu
	};
	ring->written = ring->reserved;
	return true;
}

static int take(void *ctx, const struct event_header *record, unsigned cpu)
{
	(void)ctx;
	ck_assert_uint_eq(record->tid, cpu);
	ck_assert_uint_gt(record->time_ns, last_ns);
	ck_assert_uint_eq(record->size, sizeof(struct event_syscall));
	last_ns = record->time_ns;
	taken++;
	return 0;
}

static int read_all(void)
{
	int read = 0;
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		ck_assert_int_eq(call_rings_read(rings, cpu, timeline, &read), 1);
	ck_assert_int_eq(timeline_release(timeline, UINT64_MAX, take, NULL), 0);
	return read;
}

START_TEST(round_and_round)
{
	uint64_t time = 0, put_in = 0;
	for (int i = 0; i < 100; i++) {
		for (int k = 0; k < i % (2 * SLOTS); k++)
			put_in += put((unsigned)(k % CPUS), ++time);
		read_all();
		ck_assert_uint_eq(taken, put_in);
	}
	ck_assert_uint_gt(put_in, 10 * CPUS * SLOTS);
}
END_TEST

START_TEST(a_full_ring_is_read_whole_and_has_room_again)
{
	uint64_t time = 0;
	while (put(1, ++time))
		;
	ck_assert_int_eq(read_all(), SLOTS);
	ck_assert(put(1, ++time));
	ck_assert_int_eq(read_all(), 1);
}
END_TEST

/* A slot that is being filled is left in the ring, and the reader knows that the ring is not complete. */
START_TEST(a_slot_that_is_being_filled)
{
	int read = 0;
	put(0, 1);
	kernel[0].reserved++;
	ck_assert_int_eq(call_rings_read(rings, 0, timeline, &read), 0);
	ck_assert_int_eq(read, 1);
	kernel[0].reserved--; /* it is filled */
	put(0, 2);
	ck_assert_int_eq(call_rings_read(rings, 0, timeline, &read), 1);
	ck_assert_int_eq(read, 2);
}
END_TEST

/* Calls that wait for another ring stay in their ring until they fill half of it. */
START_TEST(those_that_wait_make_room)
{
	int read = 0;
	for (uint64_t time = 1; time <= SLOTS / 2 + 1; time++)
		ck_assert(put(0, time));
	ck_assert_int_eq(call_rings_read(rings, 0, timeline, &read), 1);
	ck_assert_int_eq(timeline_release(timeline, 0, take, NULL), 0);
	ck_assert_uint_eq(kernel[0].read, 0);
	ck_assert_uint_eq(timeline_waiting(timeline), 0);
	ck_assert_int_eq(call_rings_read(rings, 0, timeline, &read), 1);
	ck_assert_uint_eq(kernel[0].read, SLOTS / 2 + 1);
	ck_assert_uint_gt(timeline_waiting(timeline), 0);
	for (uint64_t time = SLOTS; time < 2 * SLOTS; time++)
		ck_assert(put(0, time));
	ck_assert_int_eq(timeline_release(timeline, 2, take, NULL), 0);
	ck_assert_uint_eq(taken, 2);
	ck_assert_int_eq(read_all(), SLOTS);
	ck_assert_uint_eq(taken, SLOTS / 2 + 1 + SLOTS);
	ck_assert_uint_eq(kernel[0].read, taken);
}
END_TEST

static uint64_t most_behind;

static int take_and_look(void *ctx, const struct event_header *record, unsigned cpu)
{
	uint64_t behind = taken - kernel[1].read;
	most_behind = behind > most_behind ? behind : most_behind;
	return take(ctx, record, cpu);
}

/* The kernel side has room again long before all of a full ring has been read. */
START_TEST(room_comes_back_while_they_are_taken)
{
	int read = 0;
	call_rings_give(rings, 1, SLOTS, MANY);
	for (uint64_t time = 1; put(1, time); time++)
		;
	most_behind = 0;
	ck_assert_int_eq(call_rings_read(rings, 1, timeline, &read), 1);
	ck_assert_int_eq(timeline_release(timeline, UINT64_MAX, take_and_look, NULL), 0);
	ck_assert_uint_eq(taken, MANY);
	ck_assert_uint_le(most_behind, MANY / 2);
	ck_assert_uint_eq(kernel[1].read, MANY);
}
END_TEST

static int take_and_fail(void *ctx, const struct event_header *record, unsigned cpu)
{
	int err = take(ctx, record, cpu);
	return err ? err : -EIO;
}

START_TEST(a_failing_taker_gets_each_once)
{
	int read = 0;
	put(0, 1);
	put(0, 2);
	ck_assert_int_eq(call_rings_read(rings, 0, timeline, &read), 1);
	ck_assert_int_eq(timeline_release(timeline, UINT64_MAX, take_and_fail, NULL), -EIO);
	ck_assert_uint_eq(taken, 1);
	ck_assert_int_eq(timeline_release(timeline, UINT64_MAX, take, NULL), 0);
	ck_assert_uint_eq(taken, 2);
}
END_TEST

START_TEST(what_was_lost)
{
	ck_assert_uint_eq(call_rings_lost(rings), 0);
	kernel[0].lost = kernel[0].lost_before = 5;
	kernel[1].lost = 7;
	ck_assert_uint_eq(call_rings_lost(rings), 12);
	call_rings_forget_lost(rings);
	ck_assert_uint_eq(call_rings_lost(rings), 0);
	ck_assert_uint_eq(kernel[0].lost_before, 0);
}
END_TEST

START_TEST(no_memory_to_map)
{
	ck_assert_ptr_null(call_rings_new(-1, slots_file, CPUS, SLOTS));
	ck_assert_int_eq(errno, EBADF);
	ck_assert_ptr_null(call_rings_new(rings_file, -1, CPUS, SLOTS));
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

Suite *call_rings_suite(void)
{
	Suite *suite = suite_create("call_rings");
	TCase *tc = tcase_create("call_rings");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, round_and_round);
	tcase_add_test(tc, a_full_ring_is_read_whole_and_has_room_again);
	tcase_add_test(tc, a_slot_that_is_being_filled);
	tcase_add_test(tc, those_that_wait_make_room);
	tcase_add_test(tc, room_comes_back_while_they_are_taken);
	tcase_add_test(tc, a_failing_taker_gets_each_once);
	tcase_add_test(tc, what_was_lost);
	tcase_add_test(tc, no_memory_to_map);
	suite_add_tcase(suite, tc);
	return suite;
}
