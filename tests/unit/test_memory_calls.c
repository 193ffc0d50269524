/* SPDX-License-Identifier: BSD-2-Clause */
/* What single calls pass and get: options of sockets, control messages, strings, structs. The expected texts are what
 * strace 6.1 prints of the same memory. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>

#include "made_call.h"
#include "tests/suites.h"

/* ---- options of sockets ---- */

static void option_prints(
	long nr, int level, int option, struct span value, uint64_t size, const char *expected)
{
	char wanted[256];
	struct call_event call = call_of(nr, 0);
	call.args[1] = (uint64_t)level;
	call.args[2] = (uint64_t)option;
	call.args[4] = size;
	call.block[0] = value;
	struct text out = { 0 };
	args_text(&out, &call);
	snprintf(wanted, sizeof(wanted), ", %s, ", expected);
	const char *text = done(&out);
	ck_assert_msg(strstr(text, wanted), "no %s in %s", wanted, text);
}

START_TEST(options_that_are_set)
{
	static const struct {
		int level, option;
		struct span value;
		uint64_t size;
		const char *expected;
	} sets[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, { "\1\0\0\0", 4, false }, 5, "SO_KEEPALIVE, [1]" },
		{ SOL_SOCKET, SO_KEEPALIVE, { "\1\0\0", 3, false }, 3, "SO_KEEPALIVE, 0x30" },
		{ SOL_SOCKET, SO_TYPE, { "\1\0\0", 3, false }, 3, "SO_TYPE, \"\\1\\0\\0\"" },
		{ SOL_SOCKET, SO_TYPE, { "\1\0\0\0", 4, true }, 5, "SO_TYPE, 0x30" },
		{ SOL_SOCKET, SO_LINGER, { "\1\0\0\0\2\0\0\0", 8, false }, 8,
			"SO_LINGER, {l_onoff=1, l_linger=2}" },
		{ SOL_SOCKET, SO_LINGER, { "\1\0\0\0", 4, false }, 4, "SO_LINGER, 0x30" },
		{ SOL_SOCKET, SO_RCVTIMEO, { "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0", 16, false }, 16,
			"SO_RCVTIMEO_OLD, {tv_sec=1, tv_usec=2}" },
		{ IPPROTO_IP, IP_ADD_MEMBERSHIP, { "\340\0\0\3\177\0\0\1", 8, false }, 8,
			"IP_ADD_MEMBERSHIP, {imr_multiaddr=inet_addr(\"224.0.0.3\"), imr_interface=inet_addr(\"127.0.0.1\")}" },
		{ IPPROTO_IP, IP_ADD_MEMBERSHIP, { "\340\0\0\3\177\0\0", 7, false }, 7,
			"IP_ADD_MEMBERSHIP, 0x30" },
		{ SOL_PACKET, PACKET_ADD_MEMBERSHIP, { "\3\0\0\0\1\0\2\0\252\273......", 16, false }, 16,
			"PACKET_ADD_MEMBERSHIP, {mr_ifindex=3, mr_type=PACKET_MR_PROMISC, mr_alen=2, mr_address=aa:bb}" },
		{ SOL_PACKET, PACKET_ADD_MEMBERSHIP, { "\3\0\0\0\1\0\2\0\252\273......", 16, true }, 17,
			"PACKET_ADD_MEMBERSHIP, 0x30" },
		{ SOL_RAW, 1, { "\1\0\0\0", 4, false }, 4, "ICMP_FILTER, [ICMP_ECHOREPLY]" },
		{ SOL_RAW, 1, { "\376\377\377\377", 4, false }, 4, "ICMP_FILTER, ~[ICMP_ECHOREPLY]" },
		{ IPPROTO_TCP, 9999, { "0123456789abcdef0123456789abcdefX", 33, false }, 33,
			"0x270f /* TCP_??? */, \"0123456789abcdef0123456789abcdef\"..." },
	};
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		option_prints(SYS_setsockopt, sets[i].level, sets[i].option, sets[i].value, sets[i].size,
			sets[i].expected);
}
END_TEST

/* A buffer that is shorter than the struct gets its first bytes. */
START_TEST(options_that_are_read)
{
	static const char linger[8] = { 1, 0, 0, 0, 2, 0, 0, 0 }, user[12] = { 7, 0, 0, 0, 1 };
	option_prints(SYS_getsockopt, SOL_SOCKET, SO_LINGER, memory_of(linger, 7), 0x40,
		"SO_LINGER, {l_onoff=1, l_linger=\"\\x02\\x00\\x00\"}");
	option_prints(
		SYS_getsockopt, SOL_SOCKET, SO_LINGER, memory_of(linger, 4), 0x40, "SO_LINGER, {l_onoff=1}");
	option_prints(SYS_getsockopt, SOL_SOCKET, SO_PEERCRED, memory_of(user, 8), 0x40,
		"SO_PEERCRED, {pid=7, uid=1}");
	option_prints(SYS_getsockopt, SOL_SOCKET, SO_KEEPALIVE, memory_of(linger, 3), 0x40,
		"SO_KEEPALIVE, \"\\x01\\x00\\x00\"");
}
END_TEST

/* ---- messages ---- */

static void control_prints(const void *control, size_t copied, size_t size, const char *expected)
{
	char wanted[512];
	struct msghdr message = { .msg_control = (void *)0x1000, .msg_controllen = size };
	struct call_event call = call_of(SYS_sendmsg, 0);
	call.args[2] = 0;
	call.block[0] = MEMORY(message);
	call.block[3] = memory_of(control, copied);
	call.block[3].cut = copied < size;
	snprintf(wanted, sizeof(wanted),
		"3, {msg_name=NULL, msg_namelen=0, msg_iov=NULL, msg_iovlen=0, msg_control=%s, msg_controllen=%zu, msg_flags=0}, 0",
		expected, size);
	prints(&call, wanted);
}

START_TEST(control_messages)
{
	struct {
		size_t len;
		int level, type, data[60];
	} message = { CMSG_LEN(12), IPPROTO_IP, IP_PKTINFO, { 1, 0x0100007f, 0x0200007f } };
	control_prints(&message, 28, 28,
		"[{cmsg_len=28, cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, "
		"cmsg_data={ipi_ifindex=1, ipi_spec_dst=inet_addr(\"127.0.0.1\"), ipi_addr=inet_addr(\"127.0.0.2\")}}]");
	message.type = IP_TTL;
	message.len = CMSG_LEN(4);
	control_prints(
		&message, 20, 20, "[{cmsg_len=20, cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=[1]}]");
	message.len = CMSG_LEN(0);
	control_prints(&message, 16, 16, "[{cmsg_len=16, cmsg_level=SOL_IP, cmsg_type=IP_TTL}]");
	message.level = SOL_SOCKET;
	message.type = SO_TIMESTAMP;
	message.len = CMSG_LEN(16);
	control_prints(&message, 32, 32,
		"[{cmsg_len=32, cmsg_level=SOL_SOCKET, cmsg_type=SO_TIMESTAMP_OLD, cmsg_data={tv_sec=72058139498774529, tv_usec=33554559}}]");
	control_prints(&message, 16, 8, "0x1000");  /* no whole message has room */
	control_prints(&message, 24, 32, "0x1000"); /* not all of it could be read */
	message.type = 99;
	message.len = 3;
	control_prints(&message, 32, 32,
		"[{cmsg_len=3, cmsg_level=SOL_SOCKET, cmsg_type=0x63 /* SCM_??? */}, ... /* 0x1010 */]");
}
END_TEST

/* ---- strings ---- */

START_TEST(strings_of_calls)
{
	struct call_event call = call_of(SYS_mount, -ENOENT);
	call.path[0] = BYTES("/dev/a");
	call.path[1] = BYTES("/mnt");
	call.args[3] = MS_RDONLY;
	call.block[0] = BYTES("ext4");
	call.block[1] = BYTES("quota");
	prints(&call, "\"/dev/a\", \"/mnt\", \"ext4\", MS_RDONLY, \"quota\"");
	call.args[3] = MS_MGC_VAL;
	prints(&call, "\"/dev/a\", \"/mnt\", \"ext4\", MS_MGC_VAL, \"quota\"");
	call.args[3] = MS_REMOUNT;
	prints(&call, "\"/dev/a\", \"/mnt\", 0x20, MS_REMOUNT, \"quota\"");
	call.args[3] = MS_BIND;
	prints(&call, "\"/dev/a\", \"/mnt\", 0x20, MS_BIND, 0x40");
	call = call_of(SYS_delete_module, -ENOENT);
	call.args[1] = 0;
	call.block[0] = BYTES("0123456789abcdef0123456789abcdef");
	call.block[0].cut = true; /* memory ends without a zero byte */
	prints(&call, "\"0123456789abcdef0123456789abcdef\"..., 0");
	call.block[0].data = NULL;
	prints(&call, "0x3, 0");
}
END_TEST

/* ---- structs ---- */

START_TEST(arguments_of_clone3)
{
	uint64_t args[13] = { [4] = SIGCHLD };
	struct call_event call = call_of(SYS_clone3, -EINVAL);
	call.args[1] = 88;
	call.block[0] = memory_of(args, 88);
	prints(&call, "{flags=0, exit_signal=SIGCHLD, stack=NULL, stack_size=0}, 88");
	args[4] |= 1ULL << 32; /* is no signal: all 64 bits count */
	prints(&call, "{flags=0, exit_signal=4294967313, stack=NULL, stack_size=0}, 88");
	args[4] = 0;
	args[8] = 0x99;
	args[9] = 2;
	args[10] = 7;
	prints(&call,
		"{flags=0, exit_signal=0, stack=NULL, stack_size=0, set_tid=0x99, set_tid_size=2, cgroup=7}, 88");
	args[8] = args[9] = args[10] = 0;
	call.args[1] = 96;
	prints(&call, "{flags=0, exit_signal=0, stack=NULL, stack_size=0, ???}, 96");
	call.block[0].len = 96;
	prints(&call, "{flags=0, exit_signal=0, stack=NULL, stack_size=0}, 96");
	args[11] = 1;
	prints(&call,
		"{flags=0, exit_signal=0, stack=NULL, stack_size=0, /* bytes 88..95 */ \"\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"}, 96");
}
END_TEST

START_TEST(owners_and_signals_of_files)
{
	int32_t owner[2] = { 1, 77 };
	struct call_event call = call_of(SYS_fcntl, 0);
	call.args[1] = F_SETOWN_EX;
	call.block[1] = MEMORY(owner);
	prints(&call, "3, F_SETOWN_EX, {type=F_OWNER_PID, pid=77}");
	call.args[1] = F_GETOWN_EX;
	call.result = -EBADF;
	prints(&call, "3, F_GETOWN_EX, 0x20");
	call = call_of(SYS_fcntl, SIGIO);
	call.args[1] = F_GETSIG;
	returns(&call, "29 (SIGIO)");
	call.args[1] = F_NOTIFY;
	call.args[2] = DN_ACCESS | DN_CREATE;
	prints(&call, "3, F_NOTIFY, DN_ACCESS|DN_CREATE");
}
END_TEST

START_TEST(clocks)
{
	struct timex timex = { .modes = ADJ_OFFSET, .status = STA_UNSYNC, .offset = -1, .time.tv_sec = 5 };
	struct call_event call = call_of(SYS_adjtimex, TIME_ERROR);
	call.block[0] = memory_of(&timex, 208);
	prints(&call,
		"{modes=ADJ_OFFSET, offset=-1, freq=0, maxerror=0, esterror=0, status=STA_UNSYNC, constant=0, precision=0, tolerance=0, "
		"time={tv_sec=5, tv_usec=0}, tick=0, ppsfreq=0, jitter=0, shift=0, stabil=0, jitcnt=0, calcnt=0, errcnt=0, stbcnt=0, tai=0}");
	returns(&call, "5 (TIME_ERROR)");
	call = call_of(SYS_ioprio_set, 0);
	call.args[0] = 1;
	call.args[2] = 2 << 13 | 4;
	prints(&call, "IOPRIO_WHO_PROCESS, 16, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)");
	call = call_of(SYS_personality, 0x8);
	call.args[0] = UINT32_MAX;
	prints(&call, "0xffffffff");
	returns(&call, "0x8 (PER_LINUX32)");
}
END_TEST

/* waitid's result is 0 with a child and without one: the signal says which. */
START_TEST(children_that_were_waited_for)
{
	siginfo_t info = { 0 };
	struct rusage usage = { .ru_utime.tv_usec = 9 };
	struct call_event call = call_of(SYS_waitid, 0);
	call.args[0] = P_PID;
	call.args[3] = WEXITED;
	call.block[0] = memory_of(&info, 48);
	call.block[1] = memory_of(&usage, 32);
	prints(&call, "P_PID, 16, {}, WEXITED, 0x40");
	info.si_signo = SIGCHLD;
	info.si_code = CLD_EXITED;
	info.si_pid = 16;
	info.si_status = 3;
	info.si_utime = 1;
	prints(&call,
		"P_PID, 16, {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=16, si_uid=0, si_status=3, si_utime=1, si_stime=0}, WEXITED, "
		"{ru_utime={tv_sec=0, tv_usec=9}, ru_stime={tv_sec=0, tv_usec=0}, ...}");
	call = call_of(SYS_rt_sigtimedwait, SIGALRM);
	info = (siginfo_t){ .si_signo = SIGALRM, .si_code = SI_TKILL };
	info.si_pid = 5;
	call.block[1] = memory_of(&info, 48);
	call.args[2] = 0;
	prints(&call, "0x3, {si_signo=SIGALRM, si_code=SI_TKILL, si_pid=5, si_uid=0}, NULL, 48");
	returns(&call, "14 (SIGALRM)");
}
END_TEST

Suite *memory_calls_suite(void)
{
	Suite *suite = suite_create("memory_calls");
	TCase *tc = tcase_create("memory_calls");
	tcase_add_test(tc, options_that_are_set);
	tcase_add_test(tc, options_that_are_read);
	tcase_add_test(tc, control_messages);
	tcase_add_test(tc, strings_of_calls);
	tcase_add_test(tc, arguments_of_clone3);
	tcase_add_test(tc, owners_and_signals_of_files);
	tcase_add_test(tc, clocks);
	tcase_add_test(tc, children_that_were_waited_for);
	suite_add_tcase(suite, tc);
	return suite;
}
