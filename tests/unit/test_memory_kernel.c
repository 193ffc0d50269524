/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces, queues, terminals, capabilities, and what calls overwrite. The expected texts are what strace 6.1 prints of
 * the same memory, unless said otherwise. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <linux/userfaultfd.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/syscall.h>
#include <time.h>

#include "made_call.h"
#include "tests/suites.h"

/* A call whose second argument is a command, and whose third one points to the memory. */
static struct call_event command_of(long nr, int64_t result, uint64_t command, struct span memory)
{
	struct call_event call = call_of(nr, result);
	call.args[1] = command;
	call.block[0] = memory;
	return call;
}

static void request_prints(int64_t result, unsigned long request, struct span memory, const char *expected)
{
	char wanted[256];
	struct call_event call = command_of(SYS_ioctl, result, request, memory);
	snprintf(wanted, sizeof(wanted), "3, %s", expected);
	prints(&call, wanted);
}

/* ---- requests ---- */

START_TEST(numbers_of_ioctl)
{
	int number = -3;
	struct winsize size = { 24, 80, 0, 0 };
	struct call_event call = call_of(SYS_ioctl, 0);
	call.args[1] = FIONREAD;
	call.block[0] = MEMORY(number);
	prints(&call, "3, FIONREAD, [-3]");
	call.args[1] = TIOCGWINSZ;
	prints(&call, "3, TIOCGWINSZ, 0x20");
	call.block[0] = MEMORY(size);
	prints(&call, "3, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}");
	call.result = -ENOTTY; /* the kernel side copies nothing then */
	call.block[0] = (struct span){ 0 };
	prints(&call, "3, TIOCGWINSZ, 0x20");
	call.args[1] = 0xdead5413; /* only resembles it */
	call.result = 0;
	prints(&call, "3, _IOC(_IOC_READ|_IOC_WRITE, 0x54, 0x13, 0x1ead), 0x20");
}
END_TEST

/* ---- interfaces ---- */

START_TEST(interfaces)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_ifindex = 7 };
	request_prints(0, SIOCGIFINDEX, MEMORY(ifr), "SIOCGIFINDEX, {ifr_name=\"lo\", ifr_ifindex=7}");
	request_prints(-ENODEV, SIOCGIFINDEX, MEMORY(ifr), "SIOCGIFINDEX, {ifr_name=\"lo\"}");
	request_prints(0, SIOCGIFNAME, MEMORY(ifr), "SIOCGIFNAME, {ifr_ifindex=7, ifr_name=\"lo\"}");
	request_prints(-ENODEV, SIOCGIFNAME, MEMORY(ifr), "SIOCGIFNAME, {ifr_ifindex=7}");
	request_prints(-EPERM, SIOCSIFMTU, MEMORY(ifr), "SIOCSIFMTU, {ifr_name=\"lo\", ifr_mtu=7}");
	ifr.ifr_flags = IFF_UP | IFF_LOOPBACK;
	request_prints(-EPERM, SIOCSIFFLAGS, MEMORY(ifr),
		"SIOCSIFFLAGS, {ifr_name=\"lo\", ifr_flags=IFF_UP|IFF_LOOPBACK}");
	ifr.ifr_hwaddr = (struct sockaddr){ .sa_family = 1, .sa_data = { 2, 3, 4, 5, 6, 7 } };
	request_prints(0, SIOCGIFHWADDR, MEMORY(ifr),
		"SIOCGIFHWADDR, {ifr_name=\"lo\", ifr_hwaddr={sa_family=ARPHRD_ETHER, sa_data=02:03:04:05:06:07}}");
	memset(ifr.ifr_name, 'x', sizeof(ifr.ifr_name)); /* not closed: the kernel puts the zero byte there */
	request_prints(-ENODEV, SIOCGIFMTU, MEMORY(ifr), "SIOCGIFMTU, {ifr_name=\"xxxxxxxxxxxxxxx\"...}");
}
END_TEST

START_TEST(addresses_of_interfaces)
{
	struct ifreq ifr = { .ifr_name = "eth0" };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x01020304) };
	memcpy(&ifr.ifr_addr, &in, sizeof(in));
	request_prints(0, SIOCGIFNETMASK, MEMORY(ifr),
		"SIOCGIFNETMASK, {ifr_name=\"eth0\", ifr_netmask={sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr(\"1.2.3.4\")}}");
}
END_TEST

/* ---- System V ---- */

START_TEST(keys_modes_and_commands)
{
	struct call_event call = call_of(SYS_msgget, 5);
	call.args[0] = 0;
	call.args[1] = 03700;
	prints(&call, "IPC_PRIVATE, IPC_CREAT|IPC_EXCL|0700");
	call.args[0] = 0x12fdb97531;
	call.args[1] = 0;
	prints(&call, "0xfdb97531, 000");
	call = call_of(SYS_shmget, 5);
	call.args[2] = 21u << 26 | 05600;
	prints(&call, "0x3, 16, IPC_CREAT|SHM_HUGETLB|21<<SHM_HUGE_SHIFT|0600");
	call = call_of(SYS_semctl, 0);
	call.args[2] = 99;
	prints(&call, "3, 16, 0x63 /* SEM_??? */, 0x30");
}
END_TEST

START_TEST(queues_and_memory)
{
	uint32_t queue[30] = { [0] = 9,
		[1] = 1,
		[2] = 2,
		[3] = 3,
		[4] = 4,
		[5] = 0600,
		[20] = 5,
		[22] = 16384,
		[24] = 70,
		[25] = 71 };
	struct call_event call = command_of(SYS_msgctl, 0, IPC_STAT, MEMORY(queue));
	prints(&call,
		"3, IPC_STAT, {msg_perm={uid=1, gid=2, mode=0600, key=9, cuid=3, cgid=4}, msg_stime=0, msg_rtime=0, msg_ctime=0, msg_qnum=5, msg_qbytes=16384, msg_lspid=70, msg_lrpid=71}");
	call = command_of(SYS_msgctl, 0, IPC_SET, MEMORY(queue));
	prints(&call, "3, IPC_SET, {msg_perm={uid=1, gid=2, mode=0600}, msg_qbytes=16384}");
	call = command_of(SYS_msgctl, 0, IPC_RMID, (struct span){ 0 });
	prints(&call, "3, IPC_RMID, 0x20");
	uint64_t type = 77;
	call = command_of(SYS_msgsnd, 0, 0x10, MEMORY(type));
	call.args[3] = 04000;
	prints(&call, "3, {mtype=77, mtext=...}, 32, IPC_NOWAIT");
}
END_TEST

/* ---- terminals ---- */

START_TEST(terminals)
{
	uint32_t modes[9] = { 0x4500, 0x5, 0xbf | 0x1002u << 16, 0x8a3b };
	request_prints(0, TCGETS, MEMORY(modes),
		"TCGETS, {c_iflag=ICRNL|IXON|IUTF8, c_oflag=NL0|CR0|TAB0|BS0|VT0|FF0|OPOST|ONLCR, c_cflag=B38400|B115200<<IBSHIFT|CS8|CREAD, c_lflag=ISIG|ICANON|ECHO|ECHOE|ECHOK|IEXTEN|ECHOCTL|ECHOKE, ...}");
	request_prints(-ENOTTY, TCGETS, (struct span){ 0 }, "TCGETS, 0x20");
	uint16_t old[9] = { 0x1, 0x1800, 0x30, 0x8 };
	request_prints(0, TCSETA, MEMORY(old),
		"TCSETA, {c_iflag=IGNBRK, c_oflag=NL0|CR0|XTABS|BS0|VT0|FF0, c_cflag=B0|CS8, c_lflag=ECHO, ...}");
}
END_TEST

/* ---- processes ---- */

static struct call_event capabilities(long nr, int64_t result, const uint32_t header[2], struct span sets)
{
	struct call_event call = call_of(nr, result);
	call.block[0] = memory_of(header, 8);
	call.block[1] = sets;
	return call;
}

START_TEST(sets_of_capabilities)
{
	const uint32_t first[2] = { _LINUX_CAPABILITY_VERSION_1, 5 },
		       third[2] = { _LINUX_CAPABILITY_VERSION_3, 0 };
	const uint32_t sets[6] = { 1u << 1, 0, 0, 0, 1u << (CAP_BPF - 32), 0 };
	struct call_event call = capabilities(SYS_capset, 0, third, MEMORY(sets));
	prints(&call,
		"{version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_DAC_OVERRIDE, permitted=1<<CAP_BPF, inheritable=0}");
	call = capabilities(SYS_capset, 0, first, MEMORY(sets));
	prints(&call,
		"{version=_LINUX_CAPABILITY_VERSION_1, pid=5}, {effective=1<<CAP_DAC_OVERRIDE, permitted=0, inheritable=0}");
	call = capabilities(SYS_capset, -EFAULT, third, memory_of(sets, 12));
	prints(&call, "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}, 0x10");
	/* the version that the caller had in the header is lost: the kernel has put its own there */
	call = capabilities(SYS_capset, -EINVAL, third, MEMORY(sets));
	call.block[1] = (struct span){ 0 };
	prints(&call, "0x3, 0x10");
}
END_TEST

START_TEST(segments)
{
	const uint32_t segment[4] = { UINT32_MAX, 0x1000, 0xf, 1 | 2 << 1 | 1 << 6 };
	struct call_event call = call_of(SYS_modify_ldt, 0);
	call.args[0] = 1;
	call.args[2] = 16;
	call.block[0] = MEMORY(segment);
	prints(&call,
		"1, {entry_number=-1, base_addr=0x001000, limit=0x00000f, seg_32bit=1, contents=2, read_exec_only=0, limit_in_pages=0, seg_not_present=0, useable=1, lm=0}, 16");
	call.args[2] = 8;
	prints(&call, "1, 0x10, 8");
	call = call_of(SYS_get_thread_area, -ENOSYS);
	call.block[0] = memory_of((const uint32_t[]){ 12 }, 4);
	prints(&call, "{entry_number=12, ...}");
}
END_TEST

START_TEST(ids_of_a_clone)
{
	const uint64_t args[11] = { [8] = 0x1000, [9] = 2 };
	const int32_t ids[2] = { 7, -1 };
	struct call_event call = call_of(SYS_clone3, -EPERM);
	call.args[1] = sizeof(args);
	call.block[0] = MEMORY(args);
	call.block[1] = MEMORY(ids);
	prints(&call,
		"{flags=0, exit_signal=0, stack=NULL, stack_size=0, set_tid=[7, -1], set_tid_size=2}, 88");
	call.block[1] = (struct span){ 0 };
	prints(&call,
		"{flags=0, exit_signal=0, stack=NULL, stack_size=0, set_tid=0x1000, set_tid_size=2}, 88");
}
END_TEST

START_TEST(the_restored_mask)
{
	uint64_t mask = 1ULL << (SIGINT - 1) | 1ULL << (SIGCHLD - 1);
	struct call_event call = call_of(SYS_rt_sigreturn, 0);
	call.block[0] = MEMORY(mask);
	prints(&call, "{mask=[INT CHLD]}");
	call.block[0] = (struct span){ 0 }; /* an older recording */
	prints(&call, "...");
}
END_TEST

/* ---- what the call overwrites ---- */

START_TEST(overwritten)
{
	struct timespec limits[2] = { { 1, 5 }, { 0, 3 } };
	struct call_event call = call_of(SYS_recvmmsg, 1);
	call.args[3] = 0;
	call.block[0] = MEMORY(limits);
	prints(&call, "3, 0x10, 32, 0, {tv_sec=1, tv_nsec=5}");
	call = call_of(SYS_select, 0);
	call.block[0] = MEMORY(limits);
	prints(&call, "3, 0x10, 0x20, 0x30, {tv_sec=1, tv_usec=5}");

	const uint32_t attr[14] = { 56, 0, 1 };
	call = call_of(SYS_sched_setattr, -E2BIG);
	call.block[0] = MEMORY(attr);
	call.args[2] = 0;
	prints(&call, "3, 0x10 => {size=56}, 0");
	const uint32_t kept[14] = { 56, 0xdefaced, 8 /* SCHED_FLAG_KEEP_POLICY */ };
	call.result = 0;
	call.block[0] = MEMORY(kept);
	prints(&call,
		"3, {size=56, sched_flags=SCHED_FLAG_KEEP_POLICY, sched_nice=0, sched_priority=0, sched_runtime=0, sched_deadline=0, sched_period=0, sched_util_min=0, sched_util_max=0}, 0");

	/* strace has what was asked for too, and names the bits of ioctls */
	const uint64_t api[3] = { UFFD_API, UFFD_FEATURE_SIGBUS, 9 };
	call = command_of(SYS_ioctl, 0, UFFDIO_API, MEMORY(api));
	prints(&call, "3, UFFDIO_API, {api=0xaa => features=UFFD_FEATURE_SIGBUS, ioctls=0x9}");
	call.result = -EINVAL;
	prints(&call, "3, UFFDIO_API, {api=0xaa, features=UFFD_FEATURE_SIGBUS}");
}
END_TEST

START_TEST(queues_by_name)
{
	struct call_event call = call_of(SYS_mq_unlink, -ENOENT);
	call.block[0] = BYTES("queue");
	prints(&call, "\"queue\"");
	call.block[0].cut = true; /* no zero byte before memory that cannot be read */
	prints(&call, "0x3");
	uint64_t attr[8] = { 0xc2c1c0bfbebdbcbb, 1, 2, 3 };
	call = call_of(SYS_mq_getsetattr, 0);
	call.block[0] = MEMORY(attr);
	prints(&call, "3, {mq_flags=0xc2c1c0bfbebdbcbb, mq_maxmsg=1, mq_msgsize=2, mq_curmsgs=3}, 0x20");
}
END_TEST

Suite *memory_kernel_suite(void)
{
	Suite *suite = suite_create("memory_kernel");
	TCase *tc = tcase_create("kernel");
	tcase_add_test(tc, numbers_of_ioctl);
	tcase_add_test(tc, interfaces);
	tcase_add_test(tc, addresses_of_interfaces);
	tcase_add_test(tc, keys_modes_and_commands);
	tcase_add_test(tc, queues_and_memory);
	tcase_add_test(tc, terminals);
	tcase_add_test(tc, sets_of_capabilities);
	tcase_add_test(tc, segments);
	tcase_add_test(tc, ids_of_a_clone);
	tcase_add_test(tc, the_restored_mask);
	tcase_add_test(tc, overwritten);
	tcase_add_test(tc, queues_by_name);
	suite_add_tcase(suite, tc);
	return suite;
}
