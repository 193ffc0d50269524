/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by identity: paths and descriptors, updated, forgotten past a limit, never mixed up. */
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
	known_files_learn(files, &file, path, strlen(path), false);
}

static void path_is(struct file_id file, const char *expected)
{
	struct span path = known_files_path(files, &file);
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
	known_files_learn(files, &file, odd, sizeof(odd) - 1, false);
	struct span path = known_files_path(files, &file);
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

/* Closes it. */
static void fd_is(uint32_t pid, int32_t fd, uint64_t ino)
{
	ck_assert_uint_eq(known_files_close_fd(files, pid, fd, 0).ino, ino);
}

/* A path whose beginning is missing does not look like one that starts at the root. */
START_TEST(cut_paths)
{
	struct file_id file = id(6, 1);
	for (int i = 0; i < 2; i++) {
		known_files_learn(files, &file, "/d/e", 4, true);
		struct span path = known_files_path(files, &file);
		ck_assert_uint_gt(path.len, 4);
		ck_assert_int_ne(path.data[0], '/');
		ck_assert_mem_eq(path.data + path.len - 4, "/d/e", 4);
	}
	known_files_learn(files, &file, "/d/e", 4, false); /* complete after all */
	path_is(file, "/d/e");
}
END_TEST

START_TEST(descriptors_of_each_process)
{
	struct file_id a = id(1, 8), b = id(2, 8);
	fd_is(10, 3, 0);
	known_files_set_fd(files, 10, 3, &a, 0);
	known_files_set_fd(files, 11, 3, &b, 0);
	known_files_set_fd(files, 10, 4, &b, 0);
	known_files_set_fd(files, 10, -1, &b, 0);
	fd_is(10, 3, 1);
	fd_is(11, 3, 2);
	fd_is(10, 4, 2);
	fd_is(10, -1, 2);
	fd_is(9, -1, 0); /* its number is not that of (10, -1) with a carry */
	known_files_set_fd(files, 10, 3, &b, 0);
	fd_is(10, 3, 2);
	fd_is(10, 3, 0);
	fd_is(11, 3, 0);
}
END_TEST

static void stands_for(uint64_t ino, uint64_t time_ns)
{
	struct file_id file = id(ino, 8);
	known_files_set_fd(files, 10, 3, &file, time_ns);
}

static void close_is_of(uint64_t entered_ns, uint64_t ino)
{
	ck_assert_uint_eq(known_files_close_fd(files, 10, 3, entered_ns).ino, ino);
}

/* Two threads: the number is reused before the close of its previous file is reported. */
START_TEST(number_given_again_before_its_close)
{
	stands_for(1, 100);
	stands_for(2, 200);
	stands_for(2, 300);
	close_is_of(150, 1);
	close_is_of(310, 2);
	close_is_of(400, 0);
}
END_TEST

/* And even closed again, and reused a second time. */
START_TEST(number_given_and_closed_before_its_close)
{
	stands_for(1, 100);
	stands_for(2, 200);
	close_is_of(250, 2);
	stands_for(3, 300);
	close_is_of(150, 1);
	close_is_of(350, 3);
	/* two closes that are reported late */
	stands_for(4, 400);
	stands_for(5, 500);
	stands_for(6, 600);
	close_is_of(450, 0);
	close_is_of(550, 5);
	close_is_of(650, 6);
	/* the first file of the number was never reported */
	stands_for(7, 700);
	close_is_of(650, 0);
	close_is_of(750, 7);
}
END_TEST

/* Where the beginning of the calls was not recorded, it is neither of the two. */
START_TEST(number_given_again_times_unknown)
{
	stands_for(1, 100);
	stands_for(2, 200);
	close_is_of(0, 0);
	close_is_of(0, 0);
	stands_for(3, 300);
	close_is_of(0, 3);
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
		known_files_set_fd(files, (uint32_t)i, 3, &file, 0);
	}
	path_is(id(MANY, 1), path);
	fd_is(MANY, 3, MANY);
	path_is(id(1, 1), NULL);
	fd_is(1, 3, 0);
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
	tcase_add_test(tc, descriptors_of_each_process);
	tcase_add_test(tc, number_given_again_before_its_close);
	tcase_add_test(tc, number_given_and_closed_before_its_close);
	tcase_add_test(tc, number_given_again_times_unknown);
	tcase_add_test(tc, forgets_past_a_bound);
	suite_add_tcase(suite, tc);
	return suite;
}
