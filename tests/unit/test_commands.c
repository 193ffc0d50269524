/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments that depend on the call's command, and the structs they point to. The texts are those that strace prints. */
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/suites.h"
#include "user/calls/args_text.h"
#include "user/calls/call_spec.h"
#include "user/calls/commands.h"
#include "user/calls/flags.h"
#include "user/calls/memory_kinds.h"
#include "user/calls/result_text.h"

static void check(struct call_event *call, const char *args)
{
	struct text out = { 0 };
	args_text(&out, call);
	text_char(&out, '\0');
	ck_assert_str_eq(out.data, args);
	text_free(&out);
}

static void check_result(struct call_event *call, const char *result)
{
	struct text out = { 0 };
	call->returned = true;
	result_text(&out, call);
	text_char(&out, '\0');
	ck_assert_str_eq(out.data, result);
	text_free(&out);
}

#define U32(n) (char)(n), (char)((n) >> 8), (char)((n) >> 16), (char)((n) >> 24)
#define U64(n) U32((uint64_t)(n)), U32((uint64_t)(n) >> 32)

/* A call's memory: bytes, kept by the test. */
struct bytes {
	char data[160];
	uint32_t len;
	bool cut;
};

static const struct {
	uint32_t nr;
	uint64_t args[6];
	int64_t result;
	struct bytes memory[2];
	const char *text;
} cases[] = {
	/* prctl */
	{ SYS_prctl, { PR_GET_KEEPCAPS, 1, 2, 3, 4 }, 0, { { { 0 }, 0, false } }, "PR_GET_KEEPCAPS" },
	{ SYS_prctl, { PR_TASK_PERF_EVENTS_DISABLE, 1, 2, 3, 4 }, 0, { { { 0 }, 0, false } },
		"PR_TASK_PERF_EVENTS_DISABLE" },
	{ SYS_prctl, { PR_SET_PDEATHSIG, 2 }, 0, { { { 0 }, 0, false } }, "PR_SET_PDEATHSIG, SIGINT" },
	{ SYS_prctl, { PR_SET_PDEATHSIG, 0xbadc0deddeadfeed }, 0, { { { 0 }, 0, false } },
		"PR_SET_PDEATHSIG, 13464652301225295597" },
	{ SYS_prctl, { PR_GET_PDEATHSIG, 8 }, 0, { { { U32(2) }, 4, false } }, "PR_GET_PDEATHSIG, [SIGINT]" },
	{ SYS_prctl, { PR_SET_TSC, 0 }, -EINVAL, { { { 0 }, 0, false } }, "PR_SET_TSC, 0 /* PR_TSC_??? */" },
	{ SYS_prctl, { 47 /* PR_CAP_AMBIENT */, 2, 13, 0, 0 }, 0, { { { 0 }, 0, false } },
		"PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0" },
	{ SYS_prctl, { 47, 4, 13, 0, 0 }, 0, { { { 0 }, 0, false } },
		"PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0xd, 0, 0" },
	{ SYS_prctl, { PR_MCE_KILL, 1, 0, 0, 0 }, 0, { { { 0 }, 0, false } },
		"PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 0, 0" },
	{ SYS_prctl, { PR_MCE_KILL, 0, 0, 0, 0 }, 0, { { { 0 }, 0, false } },
		"PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0" },
	{ SYS_prctl, { 50 /* PR_SVE_SET_VL */, 0x400ff }, 0, { { { 0 }, 0, false } },
		"PR_SVE_SET_VL, PR_SVE_SET_VL_ONEXEC|0xff" },
	{ SYS_prctl, { 62 /* PR_SCHED_CORE */, 1, 18211, 0, 0 }, -EINVAL, { { { 0 }, 0, false } },
		"PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 18211, 0 /* PIDTYPE_PID */, NULL" },
	{ SYS_prctl, { 0x53564d41 /* PR_SET_VMA */, 0, 0x7000, 2, 0x10 }, 0, { { "weights", 7, true } },
		"PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0x7000, 2, \"weights\"..." },
	{ SYS_prctl, { PR_SET_SECCOMP, 1, 0x10 }, 0, { { { 0 }, 0, false } },
		"PR_SET_SECCOMP, SECCOMP_MODE_STRICT" },
	{ SYS_arch_prctl, { 0x1004 /* ARCH_GET_GS */, 8 }, 0, { { { U64(0x7f00) }, 8, false } },
		"ARCH_GET_GS, [0x7f00]" },
	{ SYS_arch_prctl, { 0x1011 /* ARCH_GET_CPUID */, 8 }, 1, { { { 0 }, 0, false } }, "ARCH_GET_CPUID" },

	/* ioctl */
	{ SYS_ioctl, { 3, 0xc0045877 /* FIFREEZE */, 1 }, 0, { { { 0 }, 0, false } }, "3, FIFREEZE" },
	{ SYS_ioctl, { 3, 0x40049409 /* FICLONE */, 4 }, 0, { { { 0 }, 0, false } }, "3, FICLONE, 4" },
	{ SYS_ioctl, { 3, 0xc020660b /* FS_IOC_FIEMAP */, 8 }, -EBADF,
		{ { { U64(1), U64(2), U32(7), U32(9), U32(5) }, 32, false } },
		"3, FS_IOC_FIEMAP, {fm_start=1, fm_length=2, fm_flags=FIEMAP_FLAG_SYNC|FIEMAP_FLAG_XATTR|FIEMAP_FLAG_CACHE, fm_extent_count=5}" },
	{ SYS_ioctl, { 3, 0x40086602 /* FS_IOC_SETFLAGS */, 8 }, -EBADF, { { { U32(0xd000000) }, 4, false } },
		"3, FS_IOC_SETFLAGS, [0xd000000 /* FS_???_FL */]" },
	{ SYS_ioctl, { 3, 0x5416 /* TIOCMBIS */, 8 }, 0, { { { U32(6) }, 4, false } },
		"3, TIOCMBIS, [TIOCM_DTR|TIOCM_RTS]" },
	{ SYS_ioctl, { 3, 0x125d /* BLKROSET */, 8 }, 0, { { { U32(1) }, 4, false } }, "3, BLKROSET, [1]" },
	{ SYS_ioctl, { 3, 0x125e /* BLKROGET */, 0 }, 0, { { { 0 }, 0, false } }, "3, BLKROGET, NULL" },
	{ SYS_ioctl, { 3, 0x1277 /* BLKDISCARD */, 8 }, 0, { { { U64(1), U64(2) }, 16, false } },
		"3, BLKDISCARD, [1, 2]" },
	{ SYS_ioctl, { 3, 0x5204 /* of two drivers */ }, 0, { { { 0 }, 0, false } },
		"3, FASTRPC_IOCTL_INIT_ATTACH or RNDZAPENTCNT" },
	{ SYS_ioctl, { 3, 0x4c00 /* LOOP_SET_FD */, 0xffffffff00000005 }, 0, { { { 0 }, 0, false } },
		"3, LOOP_SET_FD, 5" },

	/* io_uring and libaio */
	{ SYS_io_uring_register, { 3, 2, 8, 3 }, 0, { { { U32(5), U32(6), U32(-1) }, 12, false } },
		"3, IORING_REGISTER_FILES, [5, 6, -1], 3" },
	{ SYS_io_uring_register, { 3, 0, 8, 1 }, 0, { { { U64(0x1000), U64(10) }, 16, false } },
		"3, IORING_REGISTER_BUFFERS, [{iov_base=0x1000, iov_len=10}], 1" },
	{ SYS_io_uring_register, { 3, 22, 8, 1 }, 0, { { { U64(0x1000), U32(8), U32(2) }, 40, false } },
		"3, IORING_REGISTER_PBUF_RING, {ring_addr=0x1000, ring_entries=8, bgid=2}, 1" },
	{ SYS_io_uring_register, { 3, 17, 8, 2 }, 0, { { { U32(4), U32(5) }, 8, false } },
		"3, IORING_REGISTER_IOWQ_AFF, [2 32 34], 2" },
	{ SYS_io_submit, { 0x7000, 1, 8 }, 1,
		{ { { U64(0xfeed), U32(0), U32(0), 0, 0, 11, 0, U32(3), U64(0x1000), U64(4096), U64(512) },
			64, false } },
		"0x7000, 1, [{aio_data=0xfeed, aio_lio_opcode=IOCB_CMD_PREAD, aio_reqprio=11, aio_fildes=3, aio_buf=0x1000, aio_nbytes=4096, aio_offset=512}]" },
	{ SYS_io_getevents, { 0x7000, 1, 2, 8, 0 }, 1,
		{ { { U64(0xfeed), U64(0x2000), U64(4096), U64(0) }, 32, false } },
		"0x7000, 1, 2, [{data=0xfeed, obj=0x2000, res=4096, res2=0}], NULL" },
	{ SYS_io_pgetevents, { 0x7000, 1, 2, 0, 0, 8 }, 0,
		{ { { U64(0x2000), U64(8) }, 16, false }, { { U64(1) }, 8, false } },
		"0x7000, 1, 2, [], NULL, 0x8" },

	/* structs that grow */
	{ SYS_openat2, { 3, 0, 8, 32 }, -E2BIG,
		{ { { U64(0), U64(0), U64(0), (char)0x80, (char)0x81, 0, 0, 0, 0, 0, 0 }, 32, false } },
		"3, NULL, {flags=O_RDONLY, resolve=0, /* bytes 24..31 */ \"\\x80\\x81\\x00\\x00\\x00\\x00\\x00\\x00\"}, 32" },
	{ SYS_openat2, { 3, 0, 8, 32 }, -EFAULT, { { { 0 }, 24, true } },
		"3, NULL, {flags=O_RDONLY, resolve=0, ???}, 32" },
	{ SYS_openat2, { 3, 0, 8, 32 }, -EFAULT, { { { 0 }, 16, true } }, "3, NULL, 0x8, 32" },

	/* futex */
	{ SYS_futex, { 0x10, FUTEX_LOCK_PI, 1, 0, 5, 6 }, 0, { { { 0 }, 0, false } },
		"0x10, FUTEX_LOCK_PI, NULL" },
	{ SYS_futex, { 0x10, FUTEX_UNLOCK_PI_PRIVATE, 1, 0, 5, 6 }, 0, { { { 0 }, 0, false } },
		"0x10, FUTEX_UNLOCK_PI_PRIVATE" },
	{ SYS_futex, { 0x10, FUTEX_WAKE_OP, 1, 2, 0x20, 0xa1001001 }, 0, { { { 0 }, 0, false } },
		"0x10, FUTEX_WAKE_OP, 1, 2, 0x20, FUTEX_OP_OPARG_SHIFT<<28|FUTEX_OP_OR<<28|0x1<<12|FUTEX_OP_CMP_NE<<24|0x1" },
	{ SYS_futex, { 0x10, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, 0, 5, 0xffffffff }, 0,
		{ { { 0 }, 0, false } },
		"0x10, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 1, NULL, FUTEX_BITSET_MATCH_ANY" },
	{ SYS_futex, { 0x10, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1 }, -ENOSYS, { { { 0 }, 0, false } },
		"0x10, 0x101 /* FUTEX_??? */, 1" },

	/* others */
	{ SYS_keyctl, { 0, -1, -2 }, 0, { { { 0 }, 0, false } },
		"KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, -2" },
	{ SYS_kcmp, { 1, 2, 0, 0xdec0ded300000017, 42 }, 0, { { { 0 }, 0, false } },
		"1, 2, KCMP_FILE, 23, 42" },
	{ SYS_kcmp, { 1, 2, 2, 3, 4 }, 0, { { { 0 }, 0, false } }, "1, 2, KCMP_FILES" },
	{ SYS_syslog, { 10, 5, 6 }, 0, { { { 0 }, 0, false } }, "10 /* SYSLOG_ACTION_SIZE_BUFFER */" },
	{ SYS_syslog, { 8, 5, 7 }, 0, { { { 0 }, 0, false } },
		"8 /* SYSLOG_ACTION_CONSOLE_LEVEL */, 0x5, 7 /* LOGLEVEL_DEBUG */" },
	{ SYS_swapon, { 0, 0x802a }, 0, { { { 0 }, 0, false } }, "NULL, SWAP_FLAG_PREFER|42" },
	{ SYS_unshare, { 1ull << 32 | 0x80 }, 0, { { { 0 }, 0, false } }, "CLONE_NEWTIME|0x100000000" },
	{ SYS_mbind, { 0x10, 5, 0x8002, 8, 65, 0 }, 0, { { { U64(1) }, 8, false } },
		"0x10, 5, MPOL_BIND|MPOL_F_STATIC_NODES, [0x00000000000001], 65, 0" },
	{ SYS_set_mempolicy, { 0xdefaced00000000, 0, 0 }, 0, { { { 0 }, 0, false } },
		"MPOL_DEFAULT, NULL, 0" },
	{ SYS_mmap, { 0, 5, 0, 0x54040022, -1, 0 }, 0, { { { 0 }, 0, false } },
		"NULL, 5, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, 0" },
	{ SYS_mount, { 0, 0, 0x10, MS_BIND, 0x20 }, 0, { { { 0 }, 0, false } },
		"NULL, NULL, 0x10, MS_BIND, 0x20" },
	{ SYS_personality, { 0xffffffff }, 0, { { { 0 }, 0, false } }, "0xffffffff" },
	{ SYS_ioprio_set, { 1, 0, 2 << 13 | 4 }, 0, { { { 0 }, 0, false } },
		"IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)" },
	{ SYS_fanotify_mark, { -1, 0, 0, -1, 0 }, 0, { { { 0 }, 0, false } }, "-1, 0, 0, FAN_NOFD, NULL" },
};

START_TEST(commands_as_strace_has_them)
{
	struct call_event call = { .nr = cases[_i].nr, .result = cases[_i].result, .returned = true };
	memcpy(call.args, cases[_i].args, sizeof(call.args));
	for (int i = 0; i < 2; i++)
		if (cases[_i].memory[i].len)
			call.block[i] = (struct span){ cases[_i].memory[i].data, cases[_i].memory[i].len,
				cases[_i].memory[i].cut };
	check(&call, cases[_i].text);
}
END_TEST

/* The table is in order, and what its commands copy fits. */
START_TEST(each_command_is_found)
{
	size_t count;
	const struct command *all = commands_all(&count);
	ck_assert(count > 200 && count <= COMMANDS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct syscall_info own;
		uint64_t args[6] = { 0 };
		int at = command_arg(all[i].nr);
		ck_assert_int_ge(at, 0);
		args[at] = 0xffffffff00000000 | all[i].number; /* the kernel uses the lower half */
		const struct syscall_info *info = command_info(all[i].nr, args, &own);
		ck_assert_msg(info == &own, "%s, %x is not found", info->name, all[i].number);
		unsigned copies = 0;
		for (int j = 0; j < 6 && info->args[j] != ARG_NONE; j++)
			copies += memory_copy_count(memory_kind(info->args[j]));
		ck_assert_msg(copies <= CALL_BLOCKS, "%s, %x has %u", info->name, all[i].number, copies);
		if (copies)
			ck_assert(syscall_spec(all[i].nr).flags & CALL_COPIES);
	}
}
END_TEST

START_TEST(results_of_commands)
{
	struct call_event call = { .nr = SYS_prctl, .args = { PR_GET_SECUREBITS }, .result = 3 };
	check_result(&call, "0x3 (SECBIT_NOROOT|SECBIT_NOROOT_LOCKED)");
	call.args[0] = PR_MCE_KILL_GET;
	call.result = 2;
	check_result(&call, "2 (PR_MCE_KILL_DEFAULT)");
	call = (struct call_event){
		.nr = SYS_ioctl, .args = { 3, 0xb703 /* NS_GET_NSTYPE */ }, .result = 0x10000000
	};
	check_result(&call, "268435456 (CLONE_NEWUSER)");
	call = (struct call_event){ .nr = SYS_modify_ldt, .result = 4294967258 };
	check_result(&call, "4294967258 ENOSYS (Function not implemented)");
	call = (struct call_event){ .nr = SYS_personality, .result = 0x4000000 };
	check_result(&call, "0x4000000 (PER_LINUX|STICKY_TIMEOUTS)");
	call = (struct call_event){ .nr = SYS_ioprio_get, .result = 0 };
	check_result(&call, "0 (IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0))");
}
END_TEST

Suite *commands_suite(void)
{
	Suite *suite = suite_create("commands");
	TCase *tc = tcase_create("commands");
	tcase_add_loop_test(tc, commands_as_strace_has_them, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tc, each_command_is_found);
	tcase_add_test(tc, results_of_commands);
	suite_add_tcase(suite, tc);
	return suite;
}
