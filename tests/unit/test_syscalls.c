/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of system calls compared with the system's own headers, and the data derived from it for the
 * kernel side. */
#include <string.h>
#include <sys/syscall.h>

#include "tests/suites.h"
#include "user/calls/call_spec.h"
#include "user/calls/syscalls.h"

#define KNOWN(X)                                                                                             \
	X(read)                                                                                              \
	X(write)                                                                                             \
	X(open)                                                                                              \
	X(close)                                                                                             \
	X(stat)                                                                                              \
	X(fstat)                                                                                             \
	X(lstat)                                                                                             \
	X(poll)                                                                                              \
	X(lseek)                                                                                             \
	X(mmap)                                                                                              \
	X(mprotect)                                                                                          \
	X(munmap)                                                                                            \
	X(brk)                                                                                               \
	X(ioctl)                                                                                             \
	X(pread64)                                                                                           \
	X(pwrite64)                                                                                          \
	X(readv)                                                                                             \
	X(access)                                                                                            \
	X(mremap)                                                                                            \
	X(madvise)                                                                                           \
	X(dup)                                                                                               \
	X(dup2)                                                                                              \
	X(sendfile)                                                                                          \
	X(socket)                                                                                            \
	X(clone)                                                                                             \
	X(fork) X(vfork) X(execve) X(exit) X(wait4) X(kill) X(fcntl) X(getdents64) X(umount2) X(futex)       \
		X(fadvise64) X(exit_group) X(epoll_ctl) X(openat) X(newfstatat) X(renameat) X(splice)        \
			X(prlimit64) X(renameat2) X(getrandom) X(memfd_create) X(copy_file_range) X(preadv2) \
				X(statx) X(rseq) X(io_uring_setup) X(clone3) X(openat2) X(faccessat2)        \
					X(futex_waitv)

START_TEST(numbers_are_the_headers)
{
#define SAME(call)                                                                                           \
	ck_assert_int_eq(syscall_number(#call), SYS_##call);                                                 \
	ck_assert_str_eq(syscall_name(SYS_##call), #call);
	KNOWN(SAME)
#undef SAME
}
END_TEST

START_TEST(names_are_unique_and_complete)
{
	int named = 0;
	for (int nr = 0; nr < SYSCALL_MAX; nr++) {
		const char *name = syscall_name((unsigned)nr);
		if (!name)
			continue;
		named++;
		ck_assert_msg(syscall_number(name) == nr, "%s is there twice", name);
		for (int i = 0; i < 6; i++)
			ck_assert_int_lt(syscall_info((unsigned)nr)->args[i], ARG_TYPES);
	}
	ck_assert_int_eq(named, 337 + 471 - 424 + 1);
	ck_assert_str_eq(syscall_name(471), "rseq_slice_yield");
}
END_TEST

START_TEST(unknown_numbers)
{
	static const unsigned numbers[] = { 337, 423, 511, SYSCALL_MAX, 100000, UINT32_MAX };
	struct text out = { 0 };
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct call_spec spec = syscall_spec(numbers[i]);
		ck_assert_ptr_null(syscall_name(numbers[i]));
		ck_assert(spec.flags == 0 && spec.fd_arg == -1 && spec.path_arg == -1);
	}
	syscall_name_text(&out, UINT32_MAX);
	text_char(&out, ' ');
	syscall_name_text(&out, SYS_lseek);
	ck_assert_mem_eq(out.data, "syscall_4294967295 lseek", out.len);
	ck_assert_int_eq(syscall_number(""), -1);
	ck_assert_int_eq(syscall_number("syscall_337"), -1);
	text_free(&out);
}
END_TEST

static const struct {
	int nr;
	struct call_spec spec;
} specs[] = {
	{ SYS_lseek, { 0, 0, -1, -1, -1, -1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_brk, { 0, -1, -1, -1, -1, -1, CALL_IO_NONE, 0, 0 } },
	{ SYS_open, { CALL_RETURNS_FD | CALL_OPENS, -1, -1, 0, -1, -1, CALL_IO_OPEN, 0, 0 } },
	{ SYS_openat, { CALL_RETURNS_FD | CALL_OPENS, 0, -1, 1, -1, -1, CALL_IO_OPEN, 0, 0 } },
	{ SYS_openat2, { CALL_RETURNS_FD | CALL_OPENS | CALL_COPIES, 0, -1, 1, -1, -1, CALL_IO_OPEN, 0, 0 } },
	{ SYS_creat, { CALL_RETURNS_FD | CALL_OPENS, -1, -1, 0, -1, -1, CALL_IO_OPEN, 0, 0 } },
	{ SYS_socket, { CALL_RETURNS_FD | CALL_OPENS, -1, -1, -1, -1, -1, CALL_IO_OPEN, 0, 0 } },
	{ SYS_accept4, { CALL_RETURNS_FD | CALL_OPENS | CALL_COPIES | CALL_LENGTH, 0, -1, -1, -1, -1, CALL_IO_OPEN, 2, 0 } },
	{ SYS_memfd_create, { CALL_RETURNS_FD | CALL_OPENS | CALL_COPIES, -1, -1, -1, -1, -1, CALL_IO_OPEN, 0, 0 } },
	{ SYS_dup, { CALL_RETURNS_FD, 0, -1, -1, -1, -1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_dup2, { CALL_RETURNS_FD | CALL_CLOSES, 0, 1, -1, -1, -1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_dup3, { CALL_RETURNS_FD | CALL_CLOSES, 0, 1, -1, -1, -1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_mmap, { 0, 4, -1, -1, -1, -1, CALL_IO_MAP, 0, 0 } },
	{ SYS_sendfile, { CALL_COPIES, 0, 1, -1, -1, -1, CALL_IO_COPY, 0, 0 } },
	{ SYS_splice, { CALL_COPIES, 0, 2, -1, -1, -1, CALL_IO_COPY, 0, 0 } },
	{ SYS_copy_file_range, { CALL_COPIES, 0, 2, -1, -1, -1, CALL_IO_COPY, 0, 0 } },
	{ SYS_tee, { 0, 0, 1, -1, -1, -1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_epoll_ctl, { CALL_COPIES, 0, 2, -1, -1, -1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_rename, { 0, -1, -1, 0, 1, -1, CALL_IO_NONE, 0, 0 } },
	{ SYS_renameat2, { 0, 0, 2, 1, 3, -1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_symlinkat, { 0, 1, -1, 0, 2, -1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_execve, { 0, -1, -1, 0, -1, -1, CALL_IO_NONE, 0, 0 } },
	{ SYS_execveat, { 0, 0, -1, 1, -1, -1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_pipe2, { CALL_FILLS_PAIR | CALL_COPIES, -1, -1, -1, -1, -1, CALL_IO_NONE, 0, 0 } },
	{ SYS_fstat, { CALL_COPIES, 0, -1, -1, -1, -1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_read, { 0, 0, -1, -1, -1, -1, CALL_IO_READ, 0, 0 } },
	{ SYS_pread64, { 0, 0, -1, -1, -1, -1, CALL_IO_READ_AT, 0, 0 } },
	{ SYS_fork, { CALL_FORKS, -1, -1, -1, -1, -1, CALL_IO_NONE, 0, 0 } },
	{ SYS_vfork, { CALL_FORKS, -1, -1, -1, -1, -1, CALL_IO_NONE, 0, 0 } },
	{ SYS_clone, { CALL_FORKS | CALL_COPIES, -1, -1, -1, -1, -1, CALL_IO_NONE, 0, 0 } },
	{ SYS_clone3, { CALL_FORKS | CALL_COPIES, -1, -1, -1, -1, -1, CALL_IO_NONE, 0, 0 } },
	{ SYS_ioctl, { CALL_COPIES, 0, -1, -1, -1, 1, CALL_IO_OTHER, 0, 0 } },
	{ SYS_prctl, { CALL_COPIES, -1, -1, -1, -1, 0, CALL_IO_NONE, 0, 0 } },
	{ SYS_syslog, { 0, -1, -1, -1, -1, 0, CALL_IO_NONE, 0, 0 } },
};

START_TEST(specs_for_the_kernel_side)
{
	struct call_spec want = specs[_i].spec, got = syscall_spec((unsigned)specs[_i].nr);
	const char *name = syscall_name((unsigned)specs[_i].nr);
	ck_assert_msg(got.flags == want.flags, "%s: flags %d", name, got.flags);
	ck_assert_msg(got.command_arg == want.command_arg, "%s: command %d", name, got.command_arg);
	ck_assert_msg(got.fd_arg == want.fd_arg && got.fd_arg2 == want.fd_arg2, "%s: descriptors %d %d", name,
		got.fd_arg, got.fd_arg2);
	ck_assert_msg(got.io == want.io, "%s: does %d to its file", name, got.io);
	ck_assert_msg(got.path_arg == want.path_arg && got.path_arg2 == want.path_arg2, "%s: paths %d %d",
		name, got.path_arg, got.path_arg2);
	ck_assert_msg(got.length_arg == want.length_arg && got.length_at == want.length_at,
		"%s: length %d %d", name, got.length_arg, got.length_at);
}
END_TEST

START_TEST(classes_follow_from_arguments)
{
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		const struct syscall_info *info = syscall_info(nr);
		struct call_spec spec = syscall_spec(nr);
		if (spec.fd_arg >= 0 || (spec.flags & CALL_RETURNS_FD))
			ck_assert_msg(info->classes & CLASS_DESC, "%s is not in desc", info->name);
		for (int i = 0; i < 6; i++)
			if (info->args[i] == ARG_PATH)
				ck_assert_msg(info->classes & CLASS_FILE, "%s is not in file", info->name);
		if (info->classes & CLASS_PURE)
			ck_assert_msg(info->args[0] == ARG_NONE, "%s has arguments", info->name);
	}
}
END_TEST

Suite *syscalls_suite(void)
{
	Suite *suite = suite_create("syscalls");
	TCase *tc = tcase_create("syscalls");
	tcase_add_test(tc, numbers_are_the_headers);
	tcase_add_test(tc, names_are_unique_and_complete);
	tcase_add_test(tc, unknown_numbers);
	tcase_add_loop_test(tc, specs_for_the_kernel_side, 0, sizeof(specs) / sizeof(specs[0]));
	tcase_add_test(tc, classes_follow_from_arguments);
	suite_add_tcase(suite, tc);
	return suite;
}
