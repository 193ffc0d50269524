/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc reports about this process's own mappings, compared with what was mapped; and lists of
 * processes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/pid_list.h"
#include "user/base/process_maps.h"
#include "tests/suites.h"

#define PAGE 4096

static char path[64];
static struct stat st;
static char *mapped;
static struct process_map found;
static char found_path[256];
static int seen;

/* Two pages of a file whose name has a space, from its second page on. */
static void map_file(int protection)
{
	strcpy(path, "/tmp/process maps-XXXXXX");
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, 4 * PAGE), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	mapped = mmap(NULL, 2 * PAGE, protection, MAP_PRIVATE, fd, PAGE);
	ck_assert_ptr_ne(mapped, MAP_FAILED);
	close(fd);
	seen = 0;
}

static void unmap_file(void)
{
	unlink(path);
	munmap(mapped, 2 * PAGE);
}

static bool keep(void *ctx, const struct process_map *map)
{
	(void)ctx;
	ck_assert(map->ino != 0 && map->path[0] == '/');
	if (map->start != (uint64_t)mapped)
		return true;
	found = *map;
	snprintf(found_path, sizeof(found_path), "%s", map->path);
	seen++;
	return true;
}

static void is_found(bool executable)
{
	ck_assert_int_eq(process_maps_each(getpid(), keep, NULL), 0);
	ck_assert_int_eq(seen, 1);
	ck_assert_uint_eq(found.end - found.start, 2 * PAGE);
	ck_assert_uint_eq(found.offset, PAGE);
	ck_assert_uint_eq(found.dev, st.st_dev);
	ck_assert_uint_eq(found.ino, st.st_ino);
	ck_assert_int_eq(found.executable, executable);
	ck_assert_str_eq(found_path, path);
}

START_TEST(a_mapping)
{
	map_file(_i ? PROT_READ | PROT_EXEC : PROT_READ);
	is_found(_i);
	unmap_file();
}
END_TEST

START_TEST(of_a_removed_file)
{
	map_file(PROT_READ);
	unlink(path);
	is_found(false);
	char link[PROCESS_MAP_LINK];
	struct stat of_link;
	process_map_link(link, getpid(), found.start, found.end);
	bool opened = stat(link, &of_link) == 0;
	ck_assert(opened || left_out_without_root("process_maps: the link of a removed file"));
	if (opened)
		ck_assert_uint_eq(of_link.st_ino, st.st_ino);
	unmap_file();
}
END_TEST

static bool only_one(void *ctx, const struct process_map *map)
{
	(void)map;
	++*(int *)ctx;
	return false;
}

START_TEST(ended_early)
{
	int count = 0;
	ck_assert_int_eq(process_maps_each(getpid(), only_one, &count), 0);
	ck_assert_int_eq(count, 1);
}
END_TEST

START_TEST(no_process)
{
	int count = 0;
	ck_assert_int_eq(process_maps_each(0x3ffffffe, only_one, &count), -ESRCH);
	ck_assert_int_eq(count, 0);
}
END_TEST

START_TEST(pids)
{
	pid_t *list = NULL;
	unsigned count = 0;
	ck_assert(pid_list_add(&list, &count, "1"));
	ck_assert(pid_list_add(&list, &count, "20,2147483647"));
	ck_assert_uint_eq(count, 3);
	ck_assert(list[0] == 1 && list[1] == 20 && list[2] == 2147483647);
	static const char *const wrong[] = { "", ",", "1,", ",1", "1,,2", "0", "-1", "2147483648", "1x", "x",
		"99999999999999999999", "1 2" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(!pid_list_add(&list, &count, wrong[i]), "\"%s\" is taken", wrong[i]);
	free(list);
}
END_TEST

Suite *process_maps_suite(void)
{
	Suite *suite = suite_create("process_maps");
	TCase *tc = tcase_create("process_maps");
	tcase_add_loop_test(tc, a_mapping, 0, 2);
	tcase_add_test(tc, of_a_removed_file);
	tcase_add_test(tc, ended_early);
	tcase_add_test(tc, no_process);
	tcase_add_test(tc, pids);
	suite_add_tcase(suite, tc);
	return suite;
}
