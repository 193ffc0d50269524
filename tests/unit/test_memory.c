/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that arguments point to, as the kernel side copies it: how it is printed, and which memory is
 * copied. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "made_call.h"
#include "tests/suites.h"
#include "user/calls/call_spec.h"
#include "user/calls/commands.h"
#include "user/calls/memory_fields.h"
#include "user/calls/memory_kinds.h"
#include "user/calls/memory_read.h"
#include "user/calls/syscalls.h"
#include "user/calls/value_text.h"

/* ---- files ---- */

static struct span stat_memory(struct stat *st)
{
	return memory_of((char *)st + offsetof(struct stat, st_mode), 32);
}

START_TEST(stat_by_type)
{
	struct stat st = { .st_mode = S_IFREG | S_ISUID | 0755, .st_size = -1, .st_rdev = makedev(1, 3) };
	struct call_event call = call_of(SYS_fstat, 0);
	call.block[0] = stat_memory(&st);
	prints(&call, "3, {st_mode=S_IFREG|S_ISUID|0755, st_size=-1, ...}");
	st.st_mode = S_IFBLK;
	prints(&call, "3, {st_mode=S_IFBLK|000, st_rdev=makedev(0x1, 0x3), ...}");
	st.st_mode = 0170007;
	prints(&call, "3, {st_mode=0170007, st_size=-1, ...}");
	st.st_mode = 0644;
	prints(&call, "3, {st_mode=0644, st_size=-1, ...}");
	call.block[0].data = NULL;
	prints(&call, "3, 0x10");
}
END_TEST

START_TEST(strings_that_calls_fill)
{
	struct call_event call = call_of(SYS_readlink, 6);
	call.path[0] = BYTES("/l");
	call.block[0] = BYTES("a\"\n\xff/b");
	call.args[2] = 100;
	prints(&call, "\"/l\", \"a\\\"\\n\\377/b\", 100");
	call.block[0].cut = true;
	prints(&call, "\"/l\", \"a\\\"\\n\\377/b\"..., 100");
	call = call_of(SYS_getcwd, 5);
	call.block[0] = BYTES("/tmp\0");
	prints(&call, "\"/tmp\", 16");
	call.block[0] = BYTES("");
	prints(&call, "\"\", 16");
}
END_TEST

/* Values of the kernel's headers. */
START_TEST(flags_beyond_32_bits)
{
	uint64_t how[3] = { 1ULL << 40 | O_RDWR, 0, 0 };
	struct call_event call = call_of(SYS_openat2, -EINVAL);
	call.path[0] = BYTES("f");
	call.args[3] = 24;
	call.block[0] = MEMORY(how);
	prints(&call, "3, \"f\", {flags=O_RDWR|0x10000000000, resolve=0}, 24");
	call.args[3] = 23; /* too short to be read */
	prints(&call, "3, \"f\", 0x20, 23");
}
END_TEST

/* The kernel takes 108 bytes at most, and the one that is ready may be any of many. */
START_TEST(long_paths_and_many_descriptors)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char memory[sizeof(address) + 8];
	memset(address.sun_path, 'x', sizeof(address.sun_path));
	memset(memory, '~', sizeof(memory));
	memcpy(memory, &address, sizeof(address));
	struct call_event call = call_of(SYS_bind, -EINVAL);
	call.block[0] = MEMORY(memory);
	struct text out = { 0 };
	args_text(&out, &call);
	ck_assert(!memchr(out.data, '~', out.len));
	text_free(&out);

	struct pollfd fds[64];
	for (int i = 0; i < 64; i++)
		fds[i] = (struct pollfd){ .fd = i, .events = POLLIN, .revents = i == 40 ? POLLIN : 0 };
	call = call_of(SYS_poll, 1);
	call.args[1] = 64;
	call.block[0] = MEMORY(fds);
	returns(&call, "1 ([{fd=40, revents=POLLIN}])");
	ck_assert_uint_gt(syscall_copies(SYS_poll).block[0].limit, 40);
	ck_assert_int_eq(syscall_copies(SYS_ppoll).block[0].count, COUNT_UINT);
	ck_assert_int_eq(syscall_copies(SYS_semop).block[0].count, COUNT_UINT);
	ck_assert_int_eq(syscall_copies(SYS_readv).block[0].count, COUNT_ARG);
}
END_TEST

START_TEST(memory_of_the_machine)
{
	struct call_event call = call_of(SYS_mincore, 0);
	call.block[0] = BYTES("\1\0\1");
	prints(&call, "0x3, 16, [1, 0, 1]");
	uint64_t stats[5] = { 1, 2, 3, 4, 5 };
	call = call_of(451 /* cachestat */, 0);
	call.block[1] = MEMORY(stats);
	prints(&call,
		"3, 0x10, {nr_cache=1, nr_dirty=2, nr_writeback=3, nr_evicted=4, nr_recently_evicted=5}, 0x30");
	call = call_of(SYS_prctl, 0);
	call.args[0] = PR_SET_VMA;
	call.args[1] = 0;
	call.block[0] = BYTES("weights");
	prints(&call, "PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x20, 48, \"weights\"");
}
END_TEST

START_TEST(locks_and_flags_of_fcntl)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -5, .l_len = 7, .l_pid = 9
	};
	struct call_event call = call_of(SYS_fcntl, 0);
	call.block[0] = MEMORY(lock);
	call.args[1] = F_SETLK;
	prints(&call, "3, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_END, l_start=-5, l_len=7}");
	call.args[1] = F_GETLK;
	prints(&call, "3, F_GETLK, {l_type=F_WRLCK, l_whence=SEEK_END, l_start=-5, l_len=7, l_pid=9}");
	call.args[1] = F_DUPFD_CLOEXEC; /* its number looks like F_SETLK's to the kernel side */
	prints(&call, "3, F_DUPFD_CLOEXEC, 32");
	call.args[1] = F_GETFL;
	call.result = O_RDWR | 0100000;
	returns(&call, "0x8002 (flags O_RDWR|O_LARGEFILE)");
	call.result = 0;
	returns(&call, "0 (flags O_RDONLY)");
	call.args[1] = F_GETFD;
	returns(&call, "0");
	call.result = 1;
	returns(&call, "0x1 (flags FD_CLOEXEC)");
}
END_TEST

START_TEST(offsets_that_move)
{
	int64_t in = 107, out = 202;
	struct call_event call = call_of(SYS_sendfile, 100);
	call.args[3] = 5000;
	call.block[0] = MEMORY(in);
	prints(&call, "3, 16, [7] => [107], 5000");
	call.result = 0;
	prints(&call, "3, 16, [107], 5000");
	call = call_of(SYS_copy_file_range, 100);
	call.block[0] = MEMORY(in);
	call.block[1] = MEMORY(out);
	prints(&call, "3, [7], 32, [102], 64, 0x50");
	call.result = -EINVAL;
	prints(&call, "3, [107], 32, [202], 64, 0x50");
}
END_TEST

START_TEST(vectors_and_totals)
{
	struct iovec parts[2] = { { parts, 100 }, { NULL, 28 } };
	struct call_event call = call_of(SYS_writev, 128);
	call.block[0] = MEMORY(parts);
	call.args[2] = 2;
	prints(&call, "3, [{iov_base=..., iov_len=100}, {iov_base=NULL, iov_len=28}] /* 128 bytes */, 2");
	call.block[0].cut = true;
	prints(&call,
		"3, [{iov_base=..., iov_len=100}, {iov_base=NULL, iov_len=28}, ... /* 0x30 */] /* the first 2: 128 bytes */, 2");
	parts[0].iov_len = SIZE_MAX; /* their sum overflows */
	prints(&call,
		"3, [{iov_base=..., iov_len=18446744073709551615}, {iov_base=NULL, iov_len=28}, ... /* 0x30 */], 2");
	call.block[0] = BYTES("");
	prints(&call, "3, [], 2");
}
END_TEST

START_TEST(new_descriptors)
{
	int pair[2] = { 5, 6 };
	struct call_event call = call_of(SYS_socketpair, 0);
	call.args[0] = AF_UNIX;
	call.args[1] = SOCK_STREAM;
	call.args[2] = 0;
	call.block[0] = MEMORY(pair);
	call.file.path = BYTES("socket:[1]");
	call.other.path = BYTES("socket:[2]");
	prints(&call, "AF_UNIX, SOCK_STREAM, 0, [5<socket:[1]>, 6<socket:[2]>]");
}
END_TEST

START_TEST(events_of_descriptors)
{
	struct pollfd fds[3] = { { 4, POLLIN, POLLHUP }, { -1, POLLIN, 0 }, { 5, 0, POLLNVAL } };
	struct timespec limits[2] = { { 5, 0 }, { 0, 999 } }; /* before the call, and left after it */
	struct call_event call = call_of(SYS_ppoll, 2);
	call.args[1] = 3;
	call.args[3] = 0;
	call.args[4] = 8;
	call.block[0] = MEMORY(fds);
	call.block[1] = memory_of(&limits[1], sizeof(limits[1])); /* an older recording */
	prints(&call, "[{fd=4, events=POLLIN}, {fd=-1}, {fd=5, events=0}], 3, 0x20, NULL, 8");
	call.block[1] = MEMORY(limits);
	prints(&call,
		"[{fd=4, events=POLLIN}, {fd=-1}, {fd=5, events=0}], 3, {tv_sec=5, tv_nsec=0}, NULL, 8");
	returns(&call,
		"2 ([{fd=4, revents=POLLHUP}, {fd=5, revents=POLLNVAL}], left {tv_sec=0, tv_nsec=999})");
	call.result = 0;
	returns(&call, "0 (Timeout)");
	call.result = -EINTR;
	returns(&call, "-1 EINTR (Interrupted system call)");
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u64 = 0x8000000100000002 };
	call = call_of(SYS_epoll_wait, 1);
	call.block[0] = MEMORY(event);
	prints(&call, "3, [{events=EPOLLIN|EPOLLET, data={u32=2, u64=9223372041149743106}}], 32, 48");
	call.block[0] = BYTES("");
	prints(&call, "3, [], 32, 48");
}
END_TEST

/* ---- signals, processes, times ---- */

static void set_is(uint64_t set, const char *expected)
{
	struct text out = { 0 };
	sigset_text(&out, set);
	ck_assert_str_eq(done(&out), expected);
}

START_TEST(sets_of_signals)
{
	set_is(0, "[]");
	set_is(UINT64_MAX, "~[]");
	set_is(1, "[HUP]");
	set_is(1 | 1ULL << 31 | 1ULL << 63, "[HUP RTMIN RT_32]");
	set_is(~(1ULL << (SIGKILL - 1)), "~[KILL]");
	set_is((1ULL << 41) - 1,
		"[HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS RTMIN RT_1 RT_2 "
		"RT_3 RT_4 RT_5 RT_6 RT_7 RT_8 RT_9]");
}
END_TEST

static const struct {
	uint32_t status;
	const char *text;
} statuses[] = {
	{ 0, "[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]" },
	{ 255 << 8, "[{WIFEXITED(s) && WEXITSTATUS(s) == 255}]" },
	{ SIGKILL, "[{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}]" },
	{ SIGSEGV | 0x80, "[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}]" },
	{ SIGSTOP << 8 | 0x7f, "[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}]" },
	{ 0xffff, "[{WIFCONTINUED(s)}]" },
	{ 6 << 16 | SIGTRAP << 8 | 0x7f, "[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP} | 0x60000]" },
};

START_TEST(ends_of_children)
{
	char expected[200];
	struct call_event call = call_of(SYS_wait4, 77);
	call.args[2] = call.args[3] = 0;
	call.block[0] = MEMORY(statuses[_i].status);
	snprintf(expected, sizeof(expected), "3, %s, 0, NULL", statuses[_i].text);
	prints(&call, expected);
	call.result = 0; /* no child ended: the memory was not filled */
	prints(&call, "3, 0x10, 0, NULL");
}
END_TEST

START_TEST(limits)
{
	struct rlimit now = { 8192 * 1024, RLIM_INFINITY }, new = { 1024, 1025 };
	struct call_event call = call_of(SYS_prlimit64, 0);
	call.args[1] = RLIMIT_STACK;
	call.block[0] = MEMORY(new);
	call.block[1] = MEMORY(now);
	prints(&call,
		"3, RLIMIT_STACK, {rlim_cur=1024, rlim_max=1025}, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}");
	call.args[2] = call.args[3]; /* the same memory for both */
	prints(&call, "3, RLIMIT_STACK, 0x30, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}");
	call.result = -EPERM;
	call.block[1].data = NULL;
	prints(&call, "3, RLIMIT_STACK, {rlim_cur=1024, rlim_max=1025}, 0x30");
}
END_TEST

START_TEST(sleeps)
{
	struct timespec asked = { 2, 5 }, rest = { 1, 7 };
	struct call_event call = call_of(SYS_clock_nanosleep, -EINTR);
	call.args[0] = CLOCK_MONOTONIC;
	call.args[1] = 0;
	call.block[0] = MEMORY(asked);
	call.block[1] = MEMORY(rest);
	prints(&call, "CLOCK_MONOTONIC, 0, {tv_sec=2, tv_nsec=5}, {tv_sec=1, tv_nsec=7}");
	call.result = -516; /* ERESTART_RESTARTBLOCK */
	prints(&call, "CLOCK_MONOTONIC, 0, {tv_sec=2, tv_nsec=5}, {tv_sec=1, tv_nsec=7}");
	call.result = -EINVAL;
	prints(&call, "CLOCK_MONOTONIC, 0, {tv_sec=2, tv_nsec=5}, 0x30");
	call.args[1] = TIMER_ABSTIME;
	call.result = -EINTR;
	prints(&call, "CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=2, tv_nsec=5}, 0x30");
}
END_TEST

START_TEST(futexes)
{
	struct timespec limit = { 2, 5 };
	struct call_event call = call_of(SYS_futex, 0);
	call.args[1] = FUTEX_WAIT_PRIVATE;
	call.block[0] = MEMORY(limit);
	prints(&call, "0x3, FUTEX_WAIT_PRIVATE, 32, {tv_sec=2, tv_nsec=5}");
	call.args[1] = FUTEX_CMP_REQUEUE; /* a number there, whatever was copied with it */
	prints(&call, "0x3, FUTEX_CMP_REQUEUE, 32, 48, 0x40, 80");
	call.args[1] = FUTEX_WAKE_BITSET;
	prints(&call, "0x3, FUTEX_WAKE_BITSET, 32, 0x50");
}
END_TEST

START_TEST(words_of_prctl)
{
	struct call_event call = call_of(SYS_prctl, 0);
	call.args[0] = PR_SET_NAME;
	call.block[0] = BYTES("a\"b");
	prints(&call, "PR_SET_NAME, \"a\\\"b\"");
	call.args[0] = PR_SET_PDEATHSIG;
	call.args[1] = SIGKILL;
	prints(&call, "PR_SET_PDEATHSIG, SIGKILL");
	call.args[0] = PR_GET_DUMPABLE;
	call.result = 1;
	prints(&call, "PR_GET_DUMPABLE");
	returns(&call, "1 (SUID_DUMP_USER)");
	call.args[0] = 9999;
	prints(&call, "0x270f /* PR_??? */, 0x9, 0x20, 0x30, 0x40");
}
END_TEST

/* ---- parts ---- */

/* struct pair, whose second half may be missing. */
START_TEST(structs_from_lists_of_members)
{
	struct pair {
		int32_t number;
		uint32_t flags;
	} pair = { -5, 0 };
	static const struct field fields[] = { MEMBER(struct pair, number, SIGNED, NONE),
		MEMBER(struct pair, flags, HEX, NONE), MEMBERS_LEFT_OUT, MEMBERS_END };
	struct text out = { 0 };
	fields_text(&out, MEMORY(pair), fields);
	ck_assert_str_eq(done(&out), "{number=-5, flags=0, ...}");
	pair.flags = 0x10;
	fields_open_text(&out, MEMORY(pair), fields);
	text_str(&out, ", more=1}");
	ck_assert_str_eq(done(&out), "{number=-5, flags=0x10, ..., more=1}");
	fields_text(&out, memory_of(&pair, 4), fields);
	ck_assert_str_eq(done(&out), "{number=-5, flags=0, ...}");
}
END_TEST

/* ---- all of them ---- */

START_TEST(short_records_stay_short)
{
	static const long hot[] = { SYS_read, SYS_write, SYS_lseek, SYS_pread64, SYS_pwrite64, SYS_mmap,
		SYS_munmap, SYS_madvise, SYS_close, SYS_brk, SYS_mprotect };
	for (size_t i = 0; i < sizeof(hot) / sizeof(hot[0]); i++) {
		ck_assert_uint_eq(syscall_copies((unsigned)hot[i]).block[0].limit, 0);
		ck_assert(!(syscall_spec((unsigned)hot[i]).flags & CALL_COPIES));
	}
	struct call_copy copy = syscall_copies(SYS_fstat).block[0];
	ck_assert(copy.arg == 1 && copy.skip == 24 && copy.limit * copy.unit == 32);
	struct call_copies message = syscall_copies(SYS_recvmsg);
	ck_assert(message.block[3].limit && message.block[3].arg == 1 && message.block[3].counter == 40);
}
END_TEST

START_TEST(there_is_room_for_all_copies)
{
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		const struct syscall_info *info = syscall_info(nr);
		unsigned copies = 0;
		for (int i = 0; i < 6 && info->args[i] != ARG_NONE; i++)
			copies += memory_copy_count(memory_kind(info->args[i]));
		ck_assert_msg(copies <= CALL_BLOCKS, "%s has %u", info->name, copies);
		ck_assert_int_eq(copies > 0, syscall_copies(nr).block[0].limit > 0);
		if (command_arg(nr) < 0)
			ck_assert_int_eq(copies > 0, (syscall_spec(nr).flags & CALL_COPIES) != 0);
	}
}
END_TEST

/* Memory of every length with random bytes, each allocated separately so that the sanitizers detect its
 * end. */
START_TEST(any_bytes_give_valid_json)
{
	unsigned seed = (unsigned)_i, tried = 0;
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		if (!(syscall_spec(nr).flags & CALL_COPIES))
			continue;
		for (unsigned len = 0; len < 150; len += 1 + len / 20) {
			struct call_event call = call_of(nr, _i % 3 == 0 ? -EINTR : (int)(rand_r(&seed) % 4));
			for (int i = 0; i < 6; i++)
				call.args[i] = (uint64_t)(rand_r(&seed) % 70);
			char *bytes[CALL_BLOCKS];
			for (int i = 0; i < CALL_BLOCKS; i++) {
				bytes[i] = malloc(len ? len : 1);
				for (unsigned at = 0; at < len; at++)
					bytes[i][at] = (char)(rand_r(&seed) % 3 ? rand_r(&seed) : 0);
				call.block[i] = memory_of(bytes[i], len);
				call.block[i].cut = rand_r(&seed) % 2;
			}
			struct text out = { 0 };
			args_json(&out, &call);
			cJSON *json = cJSON_ParseWithLength(out.data, out.len);
			ck_assert_msg(cJSON_IsArray(json), "%u: %.*s", nr, (int)out.len, out.data);
			cJSON_Delete(json);
			text_clear(&out);
			args_text(&out, &call);
			result_text(&out, &call);
			ck_assert(!memchr(out.data, '\n', out.len) && !memchr(out.data, '\33', out.len));
			text_free(&out);
			for (int i = 0; i < CALL_BLOCKS; i++)
				free(bytes[i]);
			tried++;
		}
	}
	ck_assert_uint_gt(tried, 2000);
}
END_TEST

Suite *memory_suite(void)
{
	Suite *suite = suite_create("memory");
	TCase *tc = tcase_create("memory");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, stat_by_type);
	tcase_add_test(tc, strings_that_calls_fill);
	tcase_add_test(tc, flags_beyond_32_bits);
	tcase_add_test(tc, long_paths_and_many_descriptors);
	tcase_add_test(tc, memory_of_the_machine);
	tcase_add_test(tc, locks_and_flags_of_fcntl);
	tcase_add_test(tc, offsets_that_move);
	tcase_add_test(tc, vectors_and_totals);
	tcase_add_test(tc, new_descriptors);
	tcase_add_test(tc, events_of_descriptors);
	tcase_add_test(tc, sets_of_signals);
	tcase_add_loop_test(tc, ends_of_children, 0, sizeof(statuses) / sizeof(statuses[0]));
	tcase_add_test(tc, limits);
	tcase_add_test(tc, sleeps);
	tcase_add_test(tc, futexes);
	tcase_add_test(tc, words_of_prctl);
	tcase_add_test(tc, structs_from_lists_of_members);
	tcase_add_test(tc, short_records_stay_short);
	tcase_add_test(tc, there_is_room_for_all_copies);
	tcase_add_loop_test(tc, any_bytes_give_valid_json, 0, 6);
	suite_add_tcase(suite, tc);
	return suite;
}
