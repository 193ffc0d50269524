/* SPDX-License-Identifier: BSD-2-Clause */
/* What forbids BPF is called by its name, on machines that are made up here. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "user/kernel/machine.h"
#include "tests/suites.h"

#define ALL    (~0ull)
#define FEW    (1ull << CAP_BPF | 1ull << CAP_PERFMON)
#define NEW    .release = "6.18.1-test", .major = 6, .minor = 18
#define LOCKED .lockdown = "confidentiality"

static const struct {
	struct machine machine;
	int err;
	const char *says;
	const char *not_said; /* NULL: nothing */
} machines[] = {
	{ { NEW, .capabilities = 0 }, -EPERM, "CAP_BPF and CAP_PERFMON", "seccomp" },
	{ { NEW, .capabilities = ALL, .seccomp = 2 }, -EPERM, "seccomp filter", "verifier" },
	{ { NEW, .capabilities = ALL, .seccomp = 2 }, -ENOSYS, "seccomp filter", "CONFIG_BPF" },
	{ { NEW, .capabilities = ALL }, -ENOSYS, "CONFIG_BPF_SYSCALL", "seccomp" },
	{ { NEW, .capabilities = ALL, .user_namespace = true, .seccomp = 2 }, -EPERM, "user namespace",
		"seccomp" },
	{ { NEW, .capabilities = ALL, LOCKED }, -EPERM, "locked down", "5.17" },
	{ { NEW, .capabilities = ALL, LOCKED }, -EINVAL, "locked down", "5.17" },
	{ { NEW, .capabilities = ALL, .lockdown = "integrity" }, -EINVAL, "verifier", "locked" },
	{ { NEW, .capabilities = FEW, .paranoid = 3 }, -EACCES, "perf_event_paranoid is 3", "verifier" },
	{ { NEW, .capabilities = ALL, .paranoid = 3 }, -EACCES, "verifier", "paranoid" },
	{ { NEW, .capabilities = FEW }, -EINVAL, "sudo", "5.17" },
	{ { .release = "5.10.0-test", .major = 5, .minor = 10, .capabilities = ALL }, -EINVAL,
		"needs Linux 5.17 or newer, this is Linux 5.10.0-test", "verifier" },
	{ { .release = "6.1.0-test", .major = 6, .minor = 1, .capabilities = FEW }, -EINVAL,
		"before Linux 6.2 it takes CAP_SYS_ADMIN", "5.17" },
	{ { NEW, .capabilities = ALL }, -ENOMEM, "not enough memory", "verifier" },
};

START_TEST(why)
{
	struct text t = { 0 };
	machine_why(&t, &machines[_i].machine, machines[_i].err);
	text_char(&t, '\0');
	ck_assert_ptr_nonnull(t.data);
	ck_assert_msg(strstr(t.data, machines[_i].says) != NULL, "%s", t.data);
	if (machines[_i].not_said)
		ck_assert_msg(!strstr(t.data, machines[_i].not_said), "%s", t.data);
	if (machines[_i].err != -ENOMEM)
		ck_assert_msg(strstr(t.data, machines[_i].machine.release) != NULL, "%s", t.data);
	text_free(&t);
}
END_TEST

START_TEST(this_one)
{
	struct machine machine;
	machine_look(&machine);
	ck_assert_int_ge(machine.major, 5);
	ck_assert(strlen(machine.release) > 0);
	ck_assert_int_ge(machine.seccomp, 0);
	ck_assert_int_le(machine.seccomp, 2);
}
END_TEST

Suite *machine_suite(void)
{
	Suite *suite = suite_create("machine");
	TCase *tc = tcase_create("machine");
	tcase_add_loop_test(tc, why, 0, (int)(sizeof(machines) / sizeof(*machines)));
	tcase_add_test(tc, this_one);
	suite_add_tcase(suite, tc);
	return suite;
}
