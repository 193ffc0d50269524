/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments and results as strace prints them, and as JSON. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cjson/cJSON.h>

#include "tests/suites.h"
#include "user/calls/args_text.h"
#include "user/calls/result_text.h"
#include "user/calls/syscalls.h"
#include "user/calls/flag_tables.h"
#include "user/calls/flags.h"

#define PATH(s)                                                                                              \
	{                                                                                                    \
		s, sizeof(s) - 1, false                                                                      \
	}
#define FILE_AT(s)                                                                                           \
	{                                                                                                    \
		.id = { .ino = 1 }, .path = PATH(s)                                                          \
	}

static const struct {
	struct call_event call;
	const char *text, *json;
} cases[] = {
	{ { .nr = SYS_lseek, .args = { 3, 124, SEEK_SET }, .file = FILE_AT("/tmp/demo.apbundle") },
		"3</tmp/demo.apbundle>, 124, SEEK_SET", "[3, 124, \"SEEK_SET\"]" },
	{ { .nr = SYS_lseek, .args = { 3, (uint64_t)-500, SEEK_END } }, "3, -500, SEEK_END",
		"[3, -500, \"SEEK_END\"]" },
	{ { .nr = SYS_lseek, .args = { 0xffffffffffULL, 0, 77 } }, "-1, 0, 0x4d /* SEEK_??? */",
		"[-1, 0, \"0x4d /* SEEK_??? */\"]" },
	{ { .nr = SYS_read, .args = { 3, 0x7ffd00001000, 500 }, .file = FILE_AT("/a") }, "3</a>, ..., 500",
		"[3, \"...\", 500]" },
	{ { .nr = SYS_read, .args = { 0, 0, 0 }, .file = FILE_AT("pipe:[42]") }, "0<pipe:[42]>, NULL, 0",
		"[0, \"0x0\", 0]" },
	{ { .nr = SYS_openat,
		  .args = { (uint32_t)AT_FDCWD, 0x1000, O_RDONLY | O_CLOEXEC, 0777 },
		  .path = { PATH("/etc/x") } },
		"AT_FDCWD, \"/etc/x\", O_RDONLY|O_CLOEXEC", "[-100, \"/etc/x\", \"O_RDONLY|O_CLOEXEC\"]" },
	{ { .nr = SYS_openat,
		  .args = { (uint32_t)AT_FDCWD, 0x1000, O_RDONLY },
		  .folder = FILE_AT("/home/u"),
		  .path = { PATH("x") } },
		"AT_FDCWD</home/u>, \"x\", O_RDONLY", "[-100, \"x\", \"O_RDONLY\"]" },
	{ { .nr = SYS_dup2, .args = { 3, 4 }, .result = 4, .file = FILE_AT("/a"), .replaced = FILE_AT("/b") },
		"3</a>, 4</b>", "[3, 4]" },
	{ { .nr = SYS_close,
		  .args = { 3 },
		  .file = { .id = { .ino = 1 }, .deleted = true, .path = PATH("/a") } },
		"3</a>(deleted)", "[3]" },
	{ { .nr = SYS_openat,
		  .args = { 5, 0x1000, O_WRONLY | O_CREAT | O_TRUNC, 0644 },
		  .file = FILE_AT("/d"),
		  .path = { PATH("f\n\"") } },
		"5</d>, \"f\\n\\\"\", O_WRONLY|O_CREAT|O_TRUNC, 0644",
		"[5, \"f\\n\\\"\", \"O_WRONLY|O_CREAT|O_TRUNC\", \"0644\"]" },
	{ { .nr = SYS_open, .args = { 0x1000, O_RDWR | O_TMPFILE, 0600 }, .path = { PATH("/tmp") } },
		"\"/tmp\", O_RDWR|O_TMPFILE, 0600", "[\"/tmp\", \"O_RDWR|O_TMPFILE\", \"0600\"]" },
	{ { .nr = SYS_open, .args = { 0x1000, O_RDONLY | O_DIRECTORY, 0600 }, .path = { PATH("/tmp") } },
		"\"/tmp\", O_RDONLY|O_DIRECTORY", "[\"/tmp\", \"O_RDONLY|O_DIRECTORY\"]" },
	{ { .nr = SYS_open, .args = { 0x1000, 3 | 1u << 30 }, .path = { { NULL, 0, false } } },
		"0x1000, O_ACCMODE|0x40000000", "[\"0x1000\", \"O_ACCMODE|0x40000000\"]" },
	{ { .nr = SYS_access, .args = { 0x1000, 0 }, .path = { PATH("") } }, "\"\", F_OK",
		"[\"\", \"F_OK\"]" },
	{ { .nr = SYS_access, .args = { 0x1000, 4 | 2 }, .path = { { "/long", 5, true } } },
		"\"/long\"..., R_OK|W_OK", "[\"/long...\", \"R_OK|W_OK\"]" },
	{ { .nr = SYS_renameat2,
		  .args = { 3, 0x1, 4, 0x2, 1 },
		  .file = FILE_AT("/a"),
		  .other = FILE_AT("/b"),
		  .path = { PATH("x"), PATH("y") } },
		"3</a>, \"x\", 4</b>, \"y\", RENAME_NOREPLACE",
		"[3, \"x\", 4, \"y\", \"RENAME_NOREPLACE\"]" },
	{ { .nr = SYS_mmap,
		  .args = { 0, 4096, PROT_READ, MAP_PRIVATE, 3, 0x26000 },
		  .file = FILE_AT("/lib/c") },
		"NULL, 4096, PROT_READ, MAP_PRIVATE, 3</lib/c>, 0x26000",
		"[\"0x0\", 4096, \"PROT_READ\", \"MAP_PRIVATE\", 3, 155648]" },
	{ { .nr = SYS_mmap,
		  .args = { 0x7f0000000000, 1, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, (uint32_t)-1,
			  0 } },
		"0x7f0000000000, 1, PROT_NONE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0",
		"[\"0x7f0000000000\", 1, \"PROT_NONE\", \"MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS\", -1, 0]" },
	{ { .nr = SYS_mremap, .args = { 0x1000, 1, 2, MREMAP_MAYMOVE, 0x99 } },
		"0x1000, 1, 2, MREMAP_MAYMOVE", "[\"0x1000\", 1, 2, \"MREMAP_MAYMOVE\"]" },
	{ { .nr = SYS_mremap, .args = { 0x1000, 1, 2, MREMAP_MAYMOVE | MREMAP_FIXED, 0x99 } },
		"0x1000, 1, 2, MREMAP_MAYMOVE|MREMAP_FIXED, 0x99",
		"[\"0x1000\", 1, 2, \"MREMAP_MAYMOVE|MREMAP_FIXED\", \"0x99\"]" },
	{ { .nr = SYS_madvise, .args = { 0x1000, 8192, MADV_WILLNEED } }, "0x1000, 8192, MADV_WILLNEED",
		"[\"0x1000\", 8192, \"MADV_WILLNEED\"]" },
	{ { .nr = SYS_fcntl, .args = { 3, F_GETFL, 0x99 } }, "3, F_GETFL", "[3, \"F_GETFL\"]" },
	{ { .nr = SYS_fcntl, .args = { 3, F_SETFL, O_RDWR | O_NONBLOCK } }, "3, F_SETFL, O_RDWR|O_NONBLOCK",
		"[3, \"F_SETFL\", \"O_RDWR|O_NONBLOCK\"]" },
	{ { .nr = SYS_fcntl, .args = { 3, F_DUPFD_CLOEXEC, 10 } }, "3, F_DUPFD_CLOEXEC, 10",
		"[3, \"F_DUPFD_CLOEXEC\", 10]" },
	{ { .nr = SYS_fcntl, .args = { 3, F_SETLK, 0x7ffd0000 } }, "3, F_SETLK, 0x7ffd0000",
		"[3, \"F_SETLK\", \"0x7ffd0000\"]" },
	{ { .nr = SYS_fcntl, .args = { 3, F_SETFD, FD_CLOEXEC } }, "3, F_SETFD, FD_CLOEXEC",
		"[3, \"F_SETFD\", \"FD_CLOEXEC\"]" },
	{ { .nr = SYS_tgkill, .args = { 1, 2, 35 } }, "1, 2, SIGRT_3", "[1, 2, \"SIGRT_3\"]" },
	{ { .nr = SYS_fcntl, .args = { 3, 4711, 0 } }, "3, 0x1267 /* F_??? */, 0",
		"[3, \"0x1267 /* F_??? */\", \"0x0\"]" },
	{ { .nr = SYS_ioctl, .args = { 1, TCGETS, 0x7ffd0000 } }, "1, TCGETS, 0x7ffd0000",
		"[1, \"TCGETS\", \"0x7ffd0000\"]" },
	{ { .nr = SYS_ioctl, .args = { 1, 0xdeadbeef, 0 } },
		"1, _IOC(_IOC_READ|_IOC_WRITE, 0xbe, 0xef, 0x1ead), 0",
		"[1, \"_IOC(_IOC_READ|_IOC_WRITE, 0xbe, 0xef, 0x1ead)\", \"0x0\"]" },
	{ { .nr = SYS_futex, .args = { 0x1000, FUTEX_WAKE_PRIVATE, 1, 5, 6, 7 } },
		"0x1000, FUTEX_WAKE_PRIVATE, 1", "[\"0x1000\", \"FUTEX_WAKE_PRIVATE\", 1]" },
	{ { .nr = SYS_futex, .args = { 0x1000, FUTEX_WAIT, 2, 0, 6, 7 } }, "0x1000, FUTEX_WAIT, 2, NULL",
		"[\"0x1000\", \"FUTEX_WAIT\", 2, \"0x0\"]" },
	{ { .nr = SYS_futex,
		  .args = { 0x1000, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 2, 0, 0, 0xffffffff } },
		"0x1000, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 2, NULL, FUTEX_BITSET_MATCH_ANY",
		"[\"0x1000\", \"FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME\", 2, \"0x0\", \"FUTEX_BITSET_MATCH_ANY\"]" },
	{ { .nr = SYS_futex, .args = { 0x1000, FUTEX_CMP_REQUEUE, 1, 7, 0x2000, 0 } },
		"0x1000, FUTEX_CMP_REQUEUE, 1, 7, 0x2000, 0",
		"[\"0x1000\", \"FUTEX_CMP_REQUEUE\", 1, 7, \"0x2000\", 0]" },
	{ { .nr = SYS_socket, .args = { AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0 } },
		"AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0", "[\"AF_UNIX\", \"SOCK_STREAM|SOCK_CLOEXEC\", 0]" },
	{ { .nr = SYS_clone, .args = { CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD, 0, 0, 0x10, 0 } },
		"child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x10",
		"[\"0x0\", \"CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD\", \"0x10\"]" },
	{ { .nr = SYS_clone, .args = { CLONE_VM | CLONE_THREAD, 0, 0, 0, 0 } },
		"child_stack=NULL, flags=CLONE_VM|CLONE_THREAD", "[\"0x0\", \"CLONE_VM|CLONE_THREAD\"]" },
	{ { .nr = SYS_clone,
		  .args = { CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, 0x1, 0x2, 0x3, 0x4 } },
		"child_stack=0x1, flags=CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID, parent_tid=0x2, tls=0x4, child_tidptr=0x3",
		"[\"0x1\", \"CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID\", \"0x2\", \"0x4\", \"0x3\"]" },
	{ { .nr = SYS_unshare, .args = { CLONE_NEWNS | 0x80 } }, "CLONE_NEWTIME|CLONE_NEWNS",
		"[\"CLONE_NEWTIME|CLONE_NEWNS\"]" },
	{ { .nr = SYS_kill, .args = { (uint32_t)-1, SIGTERM } }, "-1, SIGTERM", "[-1, \"SIGTERM\"]" },
	{ { .nr = SYS_chown, .args = { 0x1, (uint32_t)-1, 4294967294u }, .path = { PATH("/x") } },
		"\"/x\", -1, 4294967294", "[\"/x\", -1, 4294967294]" },
	{ { .nr = SYS_dup2,
		  .args = { 3, 4 },
		  .result = 4,
		  .returned = true,
		  .file = FILE_AT("/a"),
		  .other = FILE_AT("/a") },
		"3</a>, 4", "[3, 4]" },
	{ { .nr = SYS_dup2, .args = { 3, 4 }, .result = -EBADF, .returned = true, .other = FILE_AT("/b") },
		"3, 4</b>", "[3, 4]" },
	{ { .nr = SYS_execve, .args = { 0x10, 0x20, 0x30 }, .path = { PATH("/bin/ls") } },
		"\"/bin/ls\", 0x20, 0x30", "[\"/bin/ls\", \"0x20\", \"0x30\"]" },
	{ { .nr = SYS_execve, .args = { 0x10, 0x20, 0x30 }, .path = { PATH("/bin/ls"), PATH("ls\0-l\0\0") } },
		"\"/bin/ls\", [\"ls\", \"-l\", \"\"], [/* 48 vars */]",
		"[\"/bin/ls\", [\"ls\", \"-l\", \"\"], \"[/* 48 vars */]\"]" },
	{ { .nr = SYS_execve, .args = { 0x10, 0x20, 0 }, .path = { PATH("/x"), { "a\0b", 3, true } } },
		"\"/x\", [\"a\", \"b\"...], [/* 0 vars */]",
		"[\"/x\", [\"a\", \"b...\"], \"[/* 0 vars */]\"]" },
	{ { .nr = SYS_execve, .args = { 0x10, 0x20, 0 }, .path = { PATH("/x"), { "a\0", 2, true } } },
		"\"/x\", [\"a\", ...], [/* 0 vars */]", "[\"/x\", [\"a\", \"...\"], \"[/* 0 vars */]\"]" },
	{ { .nr = SYS_execve, .args = { 0x10, 0x20, 0 }, .path = { PATH("/x"), { "", 0, true } } },
		"\"/x\", [...], [/* 0 vars */]", "[\"/x\", [\"...\"], \"[/* 0 vars */]\"]" },
	{ { .nr = SYS_execveat,
		  .args = { 3, 0x10, 0x20, 0, 0x1000 },
		  .file = FILE_AT("/d"),
		  .path = { PATH(""), PATH("a\0") } },
		"3</d>, \"\", [\"a\"], [/* 0 vars */], AT_EMPTY_PATH",
		"[3, \"\", [\"a\"], \"[/* 0 vars */]\", \"AT_EMPTY_PATH\"]" },
	{ { .nr = SYS_execve,
		  .args = { 0x10, 0x20, 0x30 },
		  .result = -ENOENT,
		  .returned = true,
		  .path = { PATH("/x"), PATH("a\0b\0") },
		  .block = { PATH("\2\0\0\0") } },
		"\"/x\", [\"a\", \"b\"], 0x30 /* 2 vars */",
		"[\"/x\", [\"a\", \"b\"], \"0x30 /* 2 vars */\"]" },
	{ { .nr = SYS_mkdir, .args = { 0x1, 0xffff01ff }, .path = { PATH("d") } }, "\"d\", 0777",
		"[\"d\", \"0777\"]" },
	{ { .nr = SYS_setns, .args = { 3, 0xdead00000000 | CLONE_NEWNET } }, "3, CLONE_NEWNET",
		"[3, \"CLONE_NEWNET\"]" },
	{ { .nr = SYS_getsockopt, .args = { 3, SOL_SOCKET, 26, 0, 0 } },
		"3, SOL_SOCKET, SO_GET_FILTER, NULL, NULL",
		"[3, \"SOL_SOCKET\", \"SO_GET_FILTER\", \"0x0\", \"0x0\"]" },
	{ { .nr = SYS_ioctl, .args = { 3, 0x125d, 0x10 } }, "3, BLKROSET, 0x10",
		"[3, \"BLKROSET\", \"0x10\"]" },
	{ { .nr = SYS_ioctl, .args = { 3, 0x125e, 0x10 } }, "3, BLKROGET, 0x10",
		"[3, \"BLKROGET\", \"0x10\"]" },
	{ { .nr = SYS_mount,
		  .args = { 0x1, 0x2, 0x3, 0xc0ed0001, 0 },
		  .path = { PATH("dev"), PATH("/mnt") } },
		"\"dev\", \"/mnt\", 0x3, MS_MGC_VAL|MS_RDONLY, NULL",
		"[\"dev\", \"/mnt\", \"0x3\", \"MS_MGC_VAL|MS_RDONLY\", \"0x0\"]" },
	{ { .nr = SYS_prctl, .args = { PR_SET_PDEATHSIG, 0x100000009 } }, "PR_SET_PDEATHSIG, 4294967305",
		"[\"PR_SET_PDEATHSIG\", 4294967305]" },
	{ { .nr = SYS_mount, .args = { 0x1, 0x2, 0x3, 0, 0 }, .path = { PATH("dev"), PATH("/mnt") } },
		"\"dev\", \"/mnt\", 0x3, 0, NULL", "[\"dev\", \"/mnt\", \"0x3\", \"0\", \"0x0\"]" },
	{ { .nr = SYS_getpid, .args = { 1, 2, 3, 4, 5, 6 } }, "", "[]" },
	{ { .nr = 500, .args = { 1, 0, 3, 4, 5, UINT64_MAX } }, "0x1, 0, 0x3, 0x4, 0x5, 0xffffffffffffffff",
		"[\"0x1\", \"0x0\", \"0x3\", \"0x4\", \"0x5\", \"0xffffffffffffffff\"]" },
	{ { .nr = SYS_close, .args = { 3 }, .file = FILE_AT("/a<b>0\033[31m") }, "3</a\\74b\\0760\\33[31m>",
		"[3]" },
};

static const char *done(struct text *out)
{
	static char buf[1024];
	ck_assert(!out->failed && out->len < sizeof(buf));
	if (out->len)
		memcpy(buf, out->data, out->len);
	buf[out->len] = '\0';
	text_free(out);
	return buf;
}

START_TEST(arguments_as_strace_has_them)
{
	struct text out = { 0 };
	args_text(&out, &cases[_i].call);
	ck_assert_str_eq(done(&out), cases[_i].text);
	args_json(&out, &cases[_i].call);
	ck_assert_str_eq(done(&out), cases[_i].json);
}
END_TEST

/* Every call, known or not, with random registers and strings that may be missing. */
START_TEST(any_register_gives_valid_json)
{
	static const uint64_t values[] = { 0, 1, 0x7f, 0xff, 0x80000000, UINT32_MAX, 0x7ffd12345678,
		1ULL << 63, UINT64_MAX };
	static const char bytes[] = "a\0\"\\\xff\n>";
	int documents = 0;
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			struct call_event call = { .nr = nr, .result = (int64_t)values[v], .returned = true };
			for (int i = 0; i < 6; i++)
				call.args[i] =
					values[(v + (size_t)i * nr) % (sizeof(values) / sizeof(values[0]))];
			if (v % 2)
				call.path[0] = call.path[1] = call.file.path = call.other.path =
					(struct span){ bytes, sizeof(bytes) - 1, v % 4 == 1 };
			for (int i = 0; v % 2 && i < CALL_BLOCKS; i++)
				call.block[i] = call.path[0];
			struct text out = { 0 };
			args_json(&out, &call);
			cJSON *json = cJSON_ParseWithLength(out.data, out.len);
			ck_assert_msg(cJSON_IsArray(json), "%u: %.*s", nr, (int)out.len, out.data);
			cJSON_Delete(json);
			text_clear(&out);
			args_text(&out, &call);
			result_text(&out, &call);
			ck_assert(!memchr(out.data, '\n', out.len) && !memchr(out.data, '\0', out.len));
			text_free(&out);
			documents++;
		}
	}
	ck_assert_int_eq(documents, 9 * SYSCALL_MAX);
}
END_TEST

START_TEST(every_symbolic_type_has_a_table)
{
	for (enum arg_type type = ARG_SYMBOLS; type < ARG_TYPES; type++) {
		const struct symbols *table = &flag_tables[type - ARG_SYMBOLS];
		if (type == ARG_IOCTL_REQUEST) /* ioctl_request.c */
			continue;
		ck_assert_msg(table->values || table->flags, "type %d names nothing", (int)type);
		ck_assert_msg(
			!table->values == !table->mask ||
				(table->mask && (table->value_shown || table->decimal || table->permissions)),
			"type %d: values and their mask", (int)type);
		for (const struct symbol *s = table->values; s && s->name; s++) {
			struct text out = { 0 };
			flags_text(&out, type, s->value);
			const char *at = memmem(out.data, out.len, s->name, strlen(s->name));
			ck_assert_msg(table->numbered ? at != NULL : at == out.data, "%s prints as %.*s",
				s->name, (int)out.len, out.data);
			text_free(&out);
		}
		for (const struct symbol *s = table->flags; s && s->name; s++) {
			struct text out = { 0 };
			flags_text(&out, type, s->value);
			if (!(s->value & table->mask))
				ck_assert_msg(memmem(out.data, out.len, s->name, strlen(s->name)),
					"%s prints as %.*s", s->name, (int)out.len, out.data);
			text_free(&out);
		}
	}
}
END_TEST

static const struct {
	struct call_event call;
	const char *text;
} results[] = {
	{ { .nr = SYS_read, .result = 500, .returned = true }, "500" },
	{ { .nr = SYS_openat, .result = 3, .returned = true, .other = FILE_AT("/tmp/x") }, "3</tmp/x>" },
	{ { .nr = SYS_openat, .result = 3, .returned = true }, "3" },
	{ { .nr = SYS_openat, .result = -ENOENT, .returned = true, .other = FILE_AT("/tmp/x") },
		"-1 ENOENT (No such file or directory)" },
	{ { .nr = SYS_mmap, .result = 0x7f1234000000, .returned = true }, "0x7f1234000000" },
	{ { .nr = SYS_mmap, .result = -ENOMEM, .returned = true }, "-1 ENOMEM (Cannot allocate memory)" },
	{ { .nr = SYS_brk, .result = 0x5555, .returned = true }, "0x5555" },
	{ { .nr = SYS_umask, .result = 022, .returned = true }, "022" },
	{ { .nr = SYS_umask, .result = 0, .returned = true }, "000" },
	{ { .nr = SYS_read, .result = -512, .returned = true },
		"? ERESTARTSYS (To be restarted if SA_RESTART is set)" },
	{ { .nr = SYS_read, .result = -513, .returned = true }, "? ERESTARTNOINTR (To be restarted)" },
	{ { .nr = SYS_read, .result = -514, .returned = true },
		"? ERESTARTNOHAND (To be restarted if no handler)" },
	{ { .nr = SYS_nanosleep, .result = -516, .returned = true },
		"? ERESTART_RESTARTBLOCK (Interrupted by signal)" },
	{ { .nr = SYS_ioctl, .result = -515, .returned = true }, "-1 ENOIOCTLCMD (No ioctl command)" },
	{ { .nr = SYS_read, .result = -4000, .returned = true }, "-1 errno 4000" },
	{ { .nr = SYS_read, .result = -4096, .returned = true }, "-4096" },
	{ { .nr = SYS_exit_group, .returned = false }, "?" },
	{ { .nr = 500, .result = 7, .returned = true }, "7" },
};

START_TEST(results_as_strace_has_them)
{
	struct text out = { 0 };
	result_text(&out, &results[_i].call);
	ck_assert_str_eq(done(&out), results[_i].text);
}
END_TEST

Suite *args_suite(void)
{
	Suite *suite = suite_create("args");
	TCase *tc = tcase_create("args");
	tcase_add_loop_test(tc, arguments_as_strace_has_them, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, any_register_gives_valid_json);
	tcase_add_test(tc, every_symbolic_type_has_a_table);
	tcase_add_loop_test(tc, results_as_strace_has_them, 0, sizeof(results) / sizeof(results[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
