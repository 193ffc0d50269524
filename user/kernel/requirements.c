/* SPDX-License-Identifier: BSD-2-Clause */
#include "requirements.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "user/base/proc.h"
#include "user/base/report.h"
#include "machine.h"

#define BTF_PATH        "/sys/kernel/btf/vmlinux"
#define UPROBE_PMU_PATH "/sys/bus/event_source/devices/uprobe/type"

static void explain(const char *what, const struct machine *machine, int err)
{
	struct text why = { 0 };
	machine_why(&why, machine, err);
	text_char(&why, '\0');
	report("%s: %s (%s)", what, strerror(-err), why.failed ? "out of memory" : why.data);
	text_free(&why);
}

static bool capabilities(const struct machine *machine)
{
	bool bpf = machine_has(machine, CAP_BPF), perfmon = machine_has(machine, CAP_PERFMON);
	if (machine_has(machine, CAP_SYS_ADMIN) || (bpf && perfmon))
		return true;
	if (!bpf && !perfmon)
		report("cannot use BPF: the capabilities CAP_BPF and CAP_PERFMON are missing (run it with sudo)");
	else if (!bpf)
		report("cannot use BPF: the capability CAP_BPF is missing (run it with sudo)");
	else
		report("cannot attach to tracepoints: the capability CAP_PERFMON is missing (run it with sudo)");
	return false;
}

/* Makes the smallest map that there is, which takes CAP_BPF alone. 0 or -errno. */
static int try_bpf(void)
{
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "try", sizeof(__u32), sizeof(__u32), 1, NULL);
	if (map < 0)
		return -errno;
	close(map);
	return 0;
}

static bool have_btf(const struct machine *machine)
{
	if (access(BTF_PATH, R_OK) == 0)
		return true;
	report("%s: %s: the kernel does not describe its types (it needs CONFIG_DEBUG_INFO_BTF, as the kernels of Debian 11 and newer, Ubuntu 20.10 and newer have it; is /sys "
	       "mounted?); Linux %s",
		BTF_PATH, strerror(errno), machine->release);
	return false;
}

bool requirements_met(void)
{
	struct machine machine;
	machine_look(&machine);
	if (!capabilities(&machine))
		return false;
	int err = try_bpf();
	if (err) {
		explain("cannot use BPF", &machine, err);
		return false;
	}
	return have_btf(&machine);
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
	struct machine machine;
	machine_look(&machine);
	explain(what, &machine, err);
}
