/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by their identity: found by a path, or by a process's open descriptors or mappings. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "user/modelfile/identity.h"
#include "tests/suites.h"

static char folder[] = "/tmp/identity-XXXXXX", path[64], other[64];
static struct file_id id;

static void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void start(void)
{
	struct stat st;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	write_file(path, "this one");
	write_file(other, "another");
	ck_assert_int_eq(stat(path, &st), 0);
	id = (struct file_id){ .ino = st.st_ino, .dev = major(st.st_dev) << 20 | minor(st.st_dev) };
}

static void end(void)
{
	unlink(path);
	unlink(other);
	rmdir(folder);
}

static void is_this_one(int fd)
{
	char text[16] = "";
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, text, sizeof(text), 0), 8);
	ck_assert_str_eq(text, "this one");
	close(fd);
}

START_TEST(by_path)
{
	struct stat st;
	is_this_one(identity_open(&id, path, &st));
	ck_assert_int_eq(st.st_size, 8);
	ck_assert(identity_is(&id, path));
	ck_assert_int_lt(identity_open(&id, other, &st), 0);
	ck_assert_int_lt(identity_open(&id, folder, &st), 0);
	ck_assert(!identity_is(&id, other));
	id.dev += 1 << 20; /* the same number on another device */
	ck_assert_int_lt(identity_open(&id, path, &st), 0);
	ck_assert(!identity_is(&id, path));
}
END_TEST

/* Opened by the process, whatever file its path names now. */
START_TEST(by_descriptor)
{
	struct stat st;
	char *name;
	int held = open(path, O_RDONLY | O_CLOEXEC);
	is_this_one(identity_open_used(&id, getpid(), other, &st, &name));
	ck_assert_str_eq(name, path);
	free(name);
	ck_assert_int_eq(rename(other, path), 0);
	is_this_one(identity_open_used(&id, getpid(), path, &st, &name));
	ck_assert_ptr_nonnull(strstr(name, " (deleted)"));
	free(name);
	close(held);
	ck_assert_int_eq(identity_open_used(&id, getpid(), path, &st, &name), -ENOENT);
	ck_assert_ptr_null(name);
}
END_TEST

START_TEST(by_mapping)
{
	struct stat st;
	char *name;
	if (geteuid())
		return; /* only root can follow links in map_files */
	int held = open(path, O_RDONLY | O_CLOEXEC);
	void *mapped = mmap(NULL, 8, PROT_READ, MAP_PRIVATE, held, 0);
	ck_assert_ptr_ne(mapped, MAP_FAILED);
	close(held);
	ck_assert_int_eq(unlink(path), 0);
	is_this_one(identity_open_used(&id, getpid(), NULL, &st, &name));
	free(name);
	munmap(mapped, 8);
	ck_assert_int_eq(identity_open_used(&id, getpid(), NULL, &st, &name), -ENOENT);
}
END_TEST

/* The process has ended, or has closed it: only its path is left. */
START_TEST(by_the_path_left)
{
	struct stat st;
	char *name;
	is_this_one(identity_open_used(&id, 1 << 22, path, &st, &name));
	ck_assert_str_eq(name, path);
	free(name);
	ck_assert_int_eq(identity_open_used(&id, 1 << 22, other, &st, &name), -ENOENT);
	ck_assert_int_eq(identity_open_used(&id, 1 << 22, NULL, &st, &name), -ENOENT);
}
END_TEST

Suite *identity_suite(void)
{
	Suite *suite = suite_create("identity");
	TCase *tc = tcase_create("identity");
	tcase_add_checked_fixture(tc, start, end);
	tcase_add_test(tc, by_path);
	tcase_add_test(tc, by_descriptor);
	tcase_add_test(tc, by_mapping);
	tcase_add_test(tc, by_the_path_left);
	suite_add_tcase(suite, tc);
	return suite;
}
