/* SPDX-License-Identifier: BSD-2-Clause */
#include "requirements.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "user/base/proc.h"
#include "user/base/report.h"

#define BTF_PATH        "/sys/kernel/btf/vmlinux"
#define UPROBE_PMU_PATH "/sys/bus/event_source/devices/uprobe/type"

static bool have_capability(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

static bool capabilities(void)
{
	if (have_capability(CAP_SYS_ADMIN))
		return true;
	if (!have_capability(CAP_BPF)) {
		report("cannot use BPF: capability CAP_BPF is missing (run it with sudo)");
		return false;
	}
	if (!have_capability(CAP_PERFMON)) {
		report("cannot attach to tracepoints: capability CAP_PERFMON is missing (run it with sudo)");
		return false;
	}
	return true;
}

bool requirements_met(void)
{
	if (!capabilities())
		return false;
	if (bpf_prog_get_next_id(0, &(__u32){ 0 }) && errno == ENOSYS) {
		report("this kernel has no BPF (it needs CONFIG_BPF_SYSCALL)");
		return false;
	}
	if (access(BTF_PATH, R_OK)) {
		report("%s: %s: the kernel does not describe its types (it needs CONFIG_DEBUG_INFO_BTF, as the kernels of Debian 11 and newer, Ubuntu 20.10 and newer have it; is /sys "
		       "mounted?)",
			BTF_PATH, strerror(errno));
		return false;
	}
	return true;
}

bool requirements_kernel(int least_major, int least_minor)
{
	struct utsname name;
	int major, minor;
	if (uname(&name) || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		return false;
	return major > least_major || (major == least_major && minor >= least_minor);
}

bool requirements_uprobes(void)
{
	if (access(UPROBE_PMU_PATH, F_OK) == 0 || access("/sys/kernel/tracing/uprobe_events", F_OK) == 0 ||
		access("/sys/kernel/debug/tracing/uprobe_events", F_OK) == 0)
		return true;
	report("no cache events: the kernel offers no uprobes (if it has them, mount tracefs: mount -t tracefs tracefs /sys/kernel/tracing); system calls are traced");
	return false;
}

bool requirements_proc(void)
{
	char self[32] = "";
	if (readlink("/proc/self", self, sizeof(self) - 1) > 0 && proc_pid(self) == getpid())
		return true;
	report("/proc is that of another pid namespace, or not there: what runs already, and what is loaded later, gets no probes (mount one: mount -t proc proc /proc)");
	return false;
}

void requirements_explain(const char *what, int err)
{
	const char *advice = "run `bundletrace --debug` for what libbpf and the kernel say";
	if (err == -EACCES && geteuid() == 0)
		advice =
			"this kernel's verifier refuses them; `bundletrace --debug` shows why, please report it";
	else if (err == -EPERM || err == -EACCES)
		advice =
			"run it with sudo; in a container, it needs CAP_BPF, CAP_PERFMON and CAP_SYS_RESOURCE or CAP_SYS_ADMIN, and a seccomp profile that allows bpf()";
	else if (err == -ENOMEM)
		advice = "try a smaller --buffer";
	else if (err == -EINVAL || err == -ENOTSUP)
		advice = "it needs Linux 5.17 or newer; --debug "
			 "tells more";
	report("%s: %s (%s)", what, strerror(-err), advice);
}
