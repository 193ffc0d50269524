/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of files by identity: updated, forgotten past a limit, never mixed up. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/suites.h"
#include "user/stage/known_files.h"

static struct known_files *files;

static void setup(void)
{
	files = known_files_new();
	ck_assert_ptr_nonnull(files);
}

static void teardown(void)
{
	known_files_free(files);
}

static struct file_id id(uint64_t ino, uint32_t dev)
{
	return (struct file_id){ .ino = ino, .dev = dev, .mode = S_IFREG | 0644 };
}

static void learn(struct file_id file, const char *path)
{
	known_files_learn(files, &file, (struct span){ path, (uint32_t)strlen(path), false }, false);
}

static void path_is(struct file_id file, const char *expected)
{
	struct span path = known_files_find(files, &file).path;
	if (!expected) {
		ck_assert_ptr_null(path.data);
		return;
	}
	ck_assert_msg(path.data && path.len == strlen(expected) && memcmp(path.data, expected, path.len) == 0,
		"%.*s, not %s", (int)path.len, path.data ? path.data : "", expected);
}

START_TEST(paths_by_identity)
{
	learn(id(1, 8), "/a");
	learn(id(1, 9), "/of another device");
	learn(id(2, 8), "/b");
	path_is(id(1, 8), "/a");
	path_is(id(1, 9), "/of another device");
	path_is(id(2, 8), "/b");
	path_is(id(3, 8), NULL);
	path_is(id(0, 8), NULL);
	learn(id(1, 8), "/renamed, and longer than before");
	learn(id(2, 8), "/b");
	path_is(id(1, 8), "/renamed, and longer than before");
	path_is(id(2, 8), "/b");
	/* the mode is not part of the identity */
	path_is((struct file_id){ .ino = 2, .dev = 8, .mode = S_IFDIR }, "/b");
	known_files_free(NULL);
}
END_TEST

/* Bytes are kept unchanged: only its length ends a path. */
START_TEST(any_bytes)
{
	static const char odd[] = "/a\0b\n\xff";
	struct file_id file = id(5, 1);
	known_files_learn(files, &file, (struct span){ odd, sizeof(odd) - 1, false }, false);
	struct span path = known_files_find(files, &file).path;
	ck_assert_uint_eq(path.len, sizeof(odd) - 1);
	ck_assert_mem_eq(path.data, odd, sizeof(odd) - 1);
}
END_TEST

START_TEST(without_a_path)
{
	struct file_id pipe = { .ino = 77, .dev = 12, .mode = S_IFIFO | 0600 };
	struct file_id socket = { .ino = 78, .dev = 8, .mode = S_IFSOCK | 0777 };
	learn(pipe, "");
	learn(socket, "");
	learn((struct file_id){ .ino = 79 }, "");
	path_is(pipe, "pipe:[77]");
	path_is(socket, "socket:[78]");
	path_is((struct file_id){ .ino = 79 }, "inode:[79]");
}
END_TEST

/* A path whose beginning is missing does not look like one that starts at the root. */
START_TEST(cut_paths)
{
	struct file_id file = id(6, 1);
	for (int i = 0; i < 2; i++) {
		known_files_learn(files, &file, (struct span){ "/d/e", 4, true }, false);
		struct span path = known_files_find(files, &file).path;
		ck_assert_uint_gt(path.len, 4);
		ck_assert_int_ne(path.data[0], '/');
		ck_assert_mem_eq(path.data + path.len - 4, "/d/e", 4);
	}
	learn(file, "/d/e"); /* complete after all */
	path_is(file, "/d/e");
}
END_TEST

/* Of one inode: hard links, mounts, the roots of two processes. */
START_TEST(names_of_an_inode)
{
	struct file_id a = id(1, 8), b = id(1, 8);
	a.name = 1;
	b.name = 2;
	learn(a, "/a");
	path_is(b, NULL);
	learn(b, "/mounted/a");
	path_is(a, "/a");
	path_is(b, "/mounted/a");
	path_is(id(1, 8), NULL);
}
END_TEST

START_TEST(removed_files)
{
	struct file_id file = id(1, 8);
	learn(file, "/a");
	ck_assert(!known_files_find(files, &file).deleted);
	known_files_learn(files, &file, (struct span){ "/a", 2, false }, true);
	ck_assert(known_files_find(files, &file).deleted);
	path_is(file, "/a");
	learn(file, "/a");
	ck_assert(!known_files_find(files, &file).deleted);
}
END_TEST

/* Grows with each record, of whatever name. */
START_TEST(opens_grow)
{
	struct file_id a = id(1, 8), b = id(2, 8);
	ck_assert_uint_eq(known_files_find(files, &a).opens, 0);
	learn(a, "/a");
	uint32_t first = known_files_find(files, &a).opens;
	learn(b, "/b");
	ck_assert_uint_eq(known_files_find(files, &a).opens, first);
	ck_assert_uint_gt(known_files_find(files, &b).opens, first);
	learn(a, "/a");
	ck_assert_uint_gt(known_files_find(files, &a).opens, known_files_find(files, &b).opens);
}
END_TEST

/* The oldest are forgotten first, and there is always room for one more. */
START_TEST(forgets_past_a_bound)
{
	enum { MANY = 300000 };
	char path[32];
	for (uint64_t i = 1; i <= MANY; i++) {
		struct file_id file = id(i, 1);
		snprintf(path, sizeof(path), "/%u", (unsigned)i);
		learn(file, path);
	}
	path_is(id(MANY, 1), path);
	path_is(id(1, 1), NULL);
	/* all files that the kernel side assumes to be known here are kept */
	for (uint64_t i = MANY - 16384; i <= MANY; i++) {
		snprintf(path, sizeof(path), "/%u", (unsigned)i);
		path_is(id(i, 1), path);
	}
}
END_TEST

Suite *known_files_suite(void)
{
	Suite *suite = suite_create("known_files");
	TCase *tc = tcase_create("known_files");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, paths_by_identity);
	tcase_add_test(tc, any_bytes);
	tcase_add_test(tc, without_a_path);
	tcase_add_test(tc, cut_paths);
	tcase_add_test(tc, names_of_an_inode);
	tcase_add_test(tc, removed_files);
	tcase_add_test(tc, opens_grow);
	tcase_add_test(tc, forgets_past_a_bound);
	suite_add_tcase(suite, tc);
	return suite;
}
