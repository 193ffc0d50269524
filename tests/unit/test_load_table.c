/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of loads: what is counted in which row, and what is not known. */
#include <stdio.h>

#include "tests/suites.h"
#include "user/sink/load_columns.h"
#include "made_event.h"

static struct load_table *table;
static const struct file_facts all_seen;

static void begin(const struct file_facts *facts)
{
	table = load_table_new(facts);
	ck_assert_ptr_nonnull(table);
}

static void end(void)
{
	load_table_free(table);
}

static struct event load_of(const char *model, uint64_t offset, uint64_t size, uint64_t ns)
{
	struct event ev = made_app(
		EVENT_APP_LOAD, (struct span){ model, (uint32_t)strlen(model), false }, offset, size, ns, 0);
	ev.duration_ns = ns;
	return ev;
}

static struct event evict_of(const char *model, uint64_t offset)
{
	return made_app(
		EVENT_APP_EVICT, (struct span){ model, (uint32_t)strlen(model), false }, offset, 100, 0, 0);
}

static struct event inferred_of(const char *part, uint64_t touched, uint64_t ns)
{
	struct event ev = made(EVENT_INFERRED, 2000000000);
	ev.duration_ns = ns;
	ev.inferred = (struct load_event){ .file = { .id = { .ino = 5 }, .path = SPAN("/m.gguf") },
		.part = { part, (uint32_t)strlen(part), false },
		.start = 1000,
		.bytes = 5000,
		.touched = touched };
	return ev;
}

static void feed(struct event ev, const struct load_costs *costs)
{
	ev.costs = costs;
	load_table_event(table, &ev);
}

static const struct load_row *row_of(const char *name, bool inferred)
{
	for (const struct load_row *row = table->rows; row; row = row->hh.next) {
		struct span s = load_row_name(row);
		if (row->inferred == inferred && s.len == strlen(name) && memcmp(s.data, name, s.len) == 0)
			return row;
	}
	ck_abort_msg("no row %s", name);
	return NULL;
}

static const struct load_column *column(const char *key)
{
	for (unsigned i = 0; i < LOAD_COLUMNS; i++)
		if (strcmp(load_columns[i].key, key) == 0)
			return &load_columns[i];
	ck_abort_msg("no column %s", key);
	return NULL;
}

/* -1: not known */
static int64_t value(const char *key, const struct load_row *row)
{
	uint64_t v;
	return load_value(column(key), table, row, &v) ? (int64_t)v : -1;
}

START_TEST(sums_by_name_and_path)
{
	const struct load_costs costs = { .calls = 1,
		.call_bytes = 100,
		.call_ns = 300,
		.fault_ns = 100,
		.storage_bytes = 4096,
		.disk_ns = 50 };
	begin(&all_seen);
	feed(load_of("a", 0, 100, 1000), &costs);
	feed(load_of("a", 0, 100, 3000), &costs);
	feed(load_of("b", 100, 50, 7000), NULL);
	feed(inferred_of("a", 4000, 500), &costs);
	struct event other = load_of("a", 0, 100, 10);
	other.app.bundle_path = SPAN("/tmp/other.apbundle");
	feed(other, NULL);
	feed(made_app(EVENT_APP_MISS, SPAN("a"), 0, 100, 0, 0), NULL);
	feed(made_app(EVENT_APP_HIT, SPAN("a"), 0, 100, 0, 0), NULL);
	feed(made_lseek(), NULL);
	ck_assert_uint_eq(HASH_COUNT(table->rows), 4);
	load_table_sort(table);
	const struct load_row *b = table->rows, *a = b->hh.next;
	ck_assert_int_eq(load_row_name(b).data[0], 'b');
	ck_assert_int_eq(load_row_name(a).data[0], 'a');
	ck_assert_uint_eq(load_row_path(a).len, strlen("/tmp/demo.apbundle"));
	ck_assert_int_eq(value("loads", a), 2);
	ck_assert_int_eq(value("bytes", a), 200);
	ck_assert_int_eq(value("total", a), 4000);
	ck_assert_int_eq(value("max", a), 3000);
	ck_assert_int_eq(value("call", a), 600);
	ck_assert_int_eq(value("fault", a), 200);
	ck_assert_int_eq(value("rest", a), 3200);
	ck_assert_int_eq(value("disk", a), 100);
	ck_assert_int_eq(value("storage_bytes", a), 8192);
	ck_assert_int_eq(value("read_bytes", a), 200);
	ck_assert_int_eq(value("bytes", row_of("a", true)), 4000);
	/* of b nothing but the load itself was seen */
	ck_assert_int_eq(value("total", b), 7000);
	ck_assert_int_eq(value("call", b), -1);
	ck_assert_int_eq(value("storage_bytes", b), -1);
	ck_assert_int_eq(value("rest", b), -1);
	end();
}
END_TEST

/* A model that another process loads too, or whose pages are loaded one after the other, is no reload. */
START_TEST(a_reload_follows_an_eviction)
{
	begin(&all_seen);
	feed(load_of("a", 0, 4096, 10), NULL);
	feed(load_of("a", 4096, 4096, 10), NULL);
	struct event elsewhere = load_of("a", 0, 4096, 10);
	elsewhere.pid++;
	feed(elsewhere, NULL);
	ck_assert_int_eq(value("reloads", row_of("a", false)), 0);
	feed(evict_of("a", 4096), NULL);
	feed(elsewhere, NULL);
	feed(load_of("a", 0, 4096, 10), NULL);
	ck_assert_int_eq(value("reloads", row_of("a", false)), 0);
	feed(load_of("a", 4096, 4096, 10), NULL);
	ck_assert_int_eq(value("reloads", row_of("a", false)), 1);
	feed(load_of("a", 4096, 4096, 10), NULL);
	ck_assert_int_eq(value("reloads", row_of("a", false)), 1);
	/* what a close lets go is no matter of the next open */
	feed(evict_of("a", 0), NULL);
	feed(made_app(EVENT_APP_CLOSE, (struct span){ 0 }, 0, 0, 0, 0), NULL);
	feed(load_of("a", 0, 4096, 10), NULL);
	ck_assert_int_eq(value("reloads", row_of("a", false)), 1);
	table->evictions_unseen = true;
	ck_assert_int_eq(value("reloads", row_of("a", false)), -1);
	feed(inferred_of("x", 1, 1), NULL);
	ck_assert_int_eq(value("reloads", row_of("x", true)), 0);
	end();
}
END_TEST

START_TEST(what_was_not_observed_is_unknown)
{
	const struct load_costs costs = { .call_ns = 5, .storage_bytes = COST_UNKNOWN };
	struct file_facts facts = { .unseen = { [FACT_FILLS] = "no", [FACT_FAULTS] = "no" } };
	begin(&facts);
	feed(inferred_of("x", 10, 100), &costs);
	ck_assert_int_eq(value("storage_bytes", row_of("x", true)), -1);
	ck_assert_int_eq(value("fault", row_of("x", true)), -1);
	ck_assert_int_eq(value("call", row_of("x", true)), 5);
	ck_assert_int_eq(value("disk", row_of("x", true)), 0);
	struct event untimed = inferred_of("y", 10, NO_DURATION);
	feed(untimed, &costs);
	ck_assert_int_eq(value("loads", row_of("y", true)), 1);
	ck_assert_int_eq(value("total", row_of("y", true)), -1);
	ck_assert_int_eq(value("p99", row_of("y", true)), -1);
	end();
}
END_TEST

START_TEST(memory_is_bounded)
{
	char name[4000];
	begin(&all_seen);
	memset(name, 'n', sizeof(name));
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(name, 12, "%011u", i);
		name[11] = 'n';
		struct event ev = load_of("", i, 10, 7);
		ev.app.name = (struct span){ name, sizeof(name), false };
		load_table_event(table, &ev);
		ev.kind = EVENT_APP_EVICT;
		load_table_event(table, &ev);
	}
	ck_assert(table->has_others);
	ck_assert_uint_lt(HASH_COUNT(table->rows), LOADS_BYTES / sizeof(name) + 1);
	ck_assert_uint_eq(table->others.loads + HASH_COUNT(table->rows), 10000);
	ck_assert_int_eq(value("bytes", NULL), (int64_t)table->others.loads * 10);
	end();
}
END_TEST

Suite *load_table_suite(void)
{
	Suite *suite = suite_create("load_table");
	TCase *tc = tcase_create("table");
	tcase_add_test(tc, sums_by_name_and_path);
	tcase_add_test(tc, a_reload_follows_an_eviction);
	tcase_add_test(tc, what_was_not_observed_is_unknown);
	tcase_add_test(tc, memory_is_bounded);
	suite_add_tcase(suite, tc);
	return suite;
}
