/* SPDX-License-Identifier: BSD-2-Clause */
/* A bundle in memory, and how it is written to disk: completely or not at all. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/suites.h"
#include "bundle_help.h"

/* Files in the test's folder, including hidden ones. */
static int files_left(void)
{
	int count = 0;
	DIR *dir = opendir(scratch_file("."));
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_type != DT_DIR;
	closedir(dir);
	return count;
}

static struct pb_bundle *two_models(void)
{
	struct pb_bundle *bundle = pb_bundle_new();
	ck_assert_int_eq(pb_bundle_add(bundle, "a", "first", 5), PB_OK);
	ck_assert_int_eq(pb_bundle_add(bundle, "b", "second", 6), PB_OK);
	return bundle;
}

static void check_bytes(const struct pb_bundle *bundle, const char *name, const char *want)
{
	const void *data = NULL;
	size_t size = 0;
	ck_assert_int_eq(pb_bundle_get(bundle, name, &data, &size), PB_OK);
	ck_assert_uint_eq(size, strlen(want));
	ck_assert_mem_eq(data, want, size);
}

START_TEST(adds_and_finds)
{
	struct pb_bundle *bundle = two_models();
	struct pb_model model;
	const void *data;
	size_t size;
	check_bytes(bundle, "a", "first");
	check_bytes(bundle, "b", "second");
	ck_assert_uint_eq(pb_bundle_count(bundle), 2);
	ck_assert_uint_eq(pb_bundle_total_size(bundle), 11);
	ck_assert_int_eq(pb_bundle_get(bundle, "c", &data, &size), PB_ERR_NOT_FOUND);
	ck_assert_int_eq(pb_bundle_model_at(bundle, 2, &model), PB_ERR_NOT_FOUND);
	pb_bundle_free(bundle);
}
END_TEST

START_TEST(a_second_of_one_name_keeps_the_place)
{
	struct pb_bundle *bundle = two_models();
	struct pb_model model;
	ck_assert_int_eq(pb_bundle_add(bundle, "a", "replaced", 8), PB_OK);
	ck_assert_uint_eq(pb_bundle_count(bundle), 2);
	ck_assert_uint_eq(pb_bundle_total_size(bundle), 14);
	ck_assert_int_eq(pb_bundle_model_at(bundle, 0, &model), PB_OK);
	ck_assert_str_eq(model.name, "a");
	check_bytes(bundle, "a", "replaced");
	pb_bundle_free(bundle);
}
END_TEST

START_TEST(thousands_of_names)
{
	struct pb_bundle *bundle = pb_bundle_new();
	char name[16];
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		ck_assert_int_eq(pb_bundle_add(bundle, name, name, strlen(name)), PB_OK);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		check_bytes(bundle, name, name);
	}
	pb_bundle_free(bundle);
}
END_TEST

START_TEST(comes_back_from_disk)
{
	struct pb_bundle *bundle = two_models(), *back;
	struct pb_info info;
	const char *path = scratch_file("back.apbundle");
	ck_assert_int_eq(pb_bundle_set_description(bundle, "two of them"), PB_OK);
	pb_bundle_set_created_at(bundle, 1700000000);
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	ck_assert_int_eq(pb_bundle_load(path, &back), PB_OK);
	pb_info_init(&info);
	pb_bundle_info_get(back, &info);
	ck_assert_str_eq(info.description, "two of them");
	ck_assert_uint_eq(info.created_at, 1700000000);
	check_bytes(back, "a", "first");
	check_bytes(back, "b", "second");
	ck_assert_int_eq(files_left(), 1);
	pb_bundle_free(bundle);
	pb_bundle_free(back);
}
END_TEST

START_TEST(created_now_unless_told)
{
	struct pb_bundle *bundle = two_models(), *back;
	struct pb_info info;
	const char *path = scratch_file("now.apbundle");
	uint64_t before = (uint64_t)time(NULL);
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	ck_assert_int_eq(pb_bundle_load(path, &back), PB_OK);
	pb_info_init(&info);
	pb_bundle_info_get(back, &info);
	ck_assert_uint_ge(info.created_at, before);
	ck_assert_uint_le(info.created_at, (uint64_t)time(NULL));
	pb_bundle_free(bundle);
	pb_bundle_free(back);
}
END_TEST

START_TEST(keeps_permissions_and_links)
{
	struct pb_bundle *bundle = two_models();
	struct stat st;
	const char *path = scratch_file("real.apbundle"), *link_path = scratch_file("link.apbundle");
	spill(path, "old", 3);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(symlink("real.apbundle", link_path), 0);
	ck_assert_int_eq(pb_bundle_save(bundle, link_path), PB_OK);
	ck_assert_int_eq(lstat(link_path, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_gt(st.st_size, 3);
	/* but not rights that were given to other bytes; and no file is made where a link leads nowhere */
	ck_assert_int_eq(chmod(path, 06755), 0);
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0755);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(pb_bundle_save(bundle, link_path), PB_ERR_IO);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(files_left(), 1);
	pb_bundle_free(bundle);
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
	struct pb_bundle *bundle = two_models();
	ck_assert_int_eq(pb_bundle_save(bundle, "/dev/null"), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_bundle_save(bundle, scratch_file(".")), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_bundle_save(bundle, scratch_file("%s", "")), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_bundle_save(bundle, scratch_file("missing/x.apbundle")), PB_ERR_IO);
	ck_assert_int_eq(errno, ENOENT);
	struct stat st;
	ck_assert_int_eq(stat("/dev/null", &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
	ck_assert_int_eq(files_left(), 0);
	pb_bundle_free(bundle);
}
END_TEST

START_TEST(a_full_disk_leaves_the_old_file)
{
	static char large[1 << 20];
	struct pb_bundle *bundle = two_models();
	const char *path = scratch_file("old.apbundle"), *copy = scratch_file("copy.apbundle");
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	char *old = slurp(path, NULL);
	size_t size;
	free(slurp(path, &size));
	spill(copy, old, size);
	free(old);
	ck_assert_int_eq(pb_bundle_add(bundle, "large", large, sizeof(large)), PB_OK);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 100000, 100000 }), 0);
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_ERR_IO);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert(same_file(path, copy));
	ck_assert_int_eq(files_left(), 2);
	pb_bundle_free(bundle);
}
END_TEST

START_TEST(a_writer_counts_bytes)
{
	struct pb_writer *w;
	const char *path = scratch_file("w.apbundle");
	ck_assert_int_eq(pb_writer_open(path, &w), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "a", 1, 4), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "a", 1, 4), PB_ERR_EXISTS);
	ck_assert_int_eq(pb_writer_write(w, "12345", 5), PB_ERR_INCOMPLETE);
	ck_assert_int_eq(pb_writer_write(w, "123", 3), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "b", 1, 4), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_writer_commit(w), PB_ERR_INCOMPLETE);
	ck_assert_int_eq(files_left(), 0);

	ck_assert_int_eq(pb_writer_open(path, &w), PB_OK);
	ck_assert_int_le(files_left(), 1); /* none where the file system supports unnamed files */
	pb_writer_abort(w);
	ck_assert_int_eq(files_left(), 0);
}
END_TEST

START_TEST(a_writer_takes_any_portions)
{
	struct pb_writer *w;
	struct pb_bundle *back;
	const void *data;
	size_t size;
	const char *path = scratch_file("w.apbundle");
	static char bytes[700001];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 >> 3);
	ck_assert_int_eq(pb_writer_open(path, &w), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "all", 3, sizeof(bytes)), PB_OK);
	for (size_t at = 0, n = 1; at < sizeof(bytes); at += n, n = n * 3 + 1) {
		if (n > sizeof(bytes) - at)
			n = sizeof(bytes) - at;
		ck_assert_int_eq(pb_writer_write(w, bytes + at, n), PB_OK);
	}
	ck_assert_int_eq(pb_writer_commit(w), PB_OK);
	ck_assert_int_eq(pb_bundle_load(path, &back), PB_OK);
	ck_assert_int_eq(pb_bundle_get(back, "all", &data, &size), PB_OK);
	ck_assert_uint_eq(size, sizeof(bytes));
	ck_assert(memcmp(data, bytes, size) == 0);
	pb_bundle_free(back);
}
END_TEST

static void declare_one(struct pb_writer *w, bool compress)
{
	struct pb_writer_options options;
	pb_writer_options_init(&options);
	options.compress = compress;
	ck_assert_int_eq(pb_writer_configure(w, &options), PB_OK);
	ck_assert_int_eq(pb_writer_created_at(w, 5), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "one", 3, 5), PB_OK);
	ck_assert_int_eq(pb_writer_write(w, "12345", 5), PB_OK);
	ck_assert_int_eq(pb_writer_commit(w), PB_OK);
}

/* The same bytes as by path; the descriptor stays open. */
START_TEST(a_writer_into_an_open_file)
{
	struct pb_writer *w;
	const char *path = scratch_file("w.apbundle"), *other = scratch_file("fd.apbundle");
	ck_assert_int_eq(pb_writer_open(path, &w), PB_OK);
	declare_one(w, _i);
	int fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pb_writer_open_fd(fd, "it", &w), PB_OK);
	declare_one(w, _i);
	ck_assert(same_file(path, other));
	ck_assert_int_eq(files_left(), 2);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(pb_writer_open_fd(-1, "it", &w), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_writer_open_fd(fd, NULL, &w), PB_ERR_ARGUMENT);
	/* closed: written to in vain */
	ck_assert_int_eq(pb_writer_open_fd(fd, "it", &w), PB_OK);
	ck_assert_int_eq(pb_writer_commit(w), PB_ERR_IO);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_ptr_nonnull(strstr(pb_error_detail(), "it: write"));
}
END_TEST

START_TEST(sizes_that_no_file_can_have)
{
	struct pb_writer *w;
	ck_assert_int_eq(pb_writer_open(scratch_file("w.apbundle"), &w), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "a", 1, UINT64_MAX), PB_OK);
	ck_assert_int_eq(pb_writer_add(w, "b", 1, 2), PB_OK);
	ck_assert_int_eq(pb_writer_write(w, "x", 1), PB_ERR_ARGUMENT);
	pb_writer_abort(w);
	ck_assert_int_eq(files_left(), 0);
}
END_TEST

Suite *memory_bundle_suite(void)
{
	Suite *suite = suite_create("memory_bundle");
	TCase *tc = tcase_create("memory_bundle");
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_test(tc, adds_and_finds);
	tcase_add_test(tc, a_second_of_one_name_keeps_the_place);
	tcase_add_test(tc, thousands_of_names);
	tcase_add_test(tc, comes_back_from_disk);
	tcase_add_test(tc, created_now_unless_told);
	tcase_add_test(tc, keeps_permissions_and_links);
	tcase_add_test(tc, refuses_what_is_no_file);
	tcase_add_test(tc, a_full_disk_leaves_the_old_file);
	tcase_add_test(tc, a_writer_counts_bytes);
	tcase_add_test(tc, a_writer_takes_any_portions);
	tcase_add_loop_test(tc, a_writer_into_an_open_file, 0, 2);
	tcase_add_test(tc, sizes_that_no_file_can_have);
	suite_add_tcase(suite, tc);
	return suite;
}
