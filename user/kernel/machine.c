/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "user/base/numbers.h"
#include "user/base/proc.h"

#define LOCKDOWN_PATH  "/sys/kernel/security/lockdown"
#define PARANOID_PATH  "/proc/sys/kernel/perf_event_paranoid"
#define EVERY_USER     4294967295u /* users in the map of the initial user namespace */
#define CAPABILITY(c)  (1ull << (c))
#define PARANOID_USUAL 2 /* above it, some distributions' kernels ask for CAP_SYS_ADMIN */

/* --- looking --- */

/* Reads a small file as a string; "": it cannot be read. */
static void read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, size - 1);
	text[got > 0 ? got : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static void look_at_release(struct machine *machine)
{
	struct utsname name;
	if (uname(&name))
		return;
	snprintf(machine->release, sizeof(machine->release), "%s", name.release);
	if (sscanf(name.release, "%d.%d", &machine->major, &machine->minor) != 2)
		machine->major = machine->minor = 0;
}

static uint64_t capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	if (syscall(SYS_capget, &header, data))
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

/* The initial user namespace maps every user to itself. */
static bool in_user_namespace(void)
{
	char text[128];
	unsigned inside, outside, count;
	if (proc_read(0, "uid_map", text, sizeof(text)) <= 0)
		return false;
	return sscanf(text, "%u %u %u", &inside, &outside, &count) != 3 || inside || outside ||
	       count != EVERY_USER;
}

static int seccomp_mode(void)
{
	char text[4096];
	uint64_t mode = 0;
	if (proc_read(0, "status", text, sizeof(text)) <= 0)
		return 0;
	const char *line = strstr(text, "\nSeccomp:\t");
	if (line)
		number_start(line + strlen("\nSeccomp:\t"), &mode);
	return (int)mode;
}

/* The word in brackets: "none [integrity] confidentiality". */
static void look_at_lockdown(struct machine *machine)
{
	char text[128];
	read_file(LOCKDOWN_PATH, text, sizeof(text));
	char *word = strchr(text, '['), *end = word ? strchr(word, ']') : NULL;
	if (!end)
		return;
	*end = '\0';
	snprintf(machine->lockdown, sizeof(machine->lockdown), "%s", word + 1);
}

void machine_look(struct machine *machine)
{
	char text[32];
	uint64_t paranoid = 0;
	*machine = (struct machine){ 0 };
	look_at_release(machine);
	machine->capabilities = capabilities();
	machine->user_namespace = in_user_namespace();
	machine->seccomp = seccomp_mode();
	look_at_lockdown(machine);
	read_file(PARANOID_PATH, text, sizeof(text));
	if (number_start(text, &paranoid))
		machine->paranoid = (int)paranoid;
}

bool machine_has(const struct machine *machine, int capability)
{
	return machine->capabilities & CAPABILITY(capability);
}

/* --- words --- */

static bool may_use_bpf(const struct machine *machine)
{
	return machine_has(machine, CAP_SYS_ADMIN) ||
	       (machine_has(machine, CAP_BPF) && machine_has(machine, CAP_PERFMON));
}

static bool is_locked(const struct machine *machine)
{
	return strcmp(machine->lockdown, "confidentiality") == 0;
}

static bool is_older(const struct machine *machine, int major, int minor)
{
	return machine->major &&
	       (machine->major < major || (machine->major == major && machine->minor < minor));
}

static void say_refused(struct text *t, const struct machine *machine)
{
	if (!may_use_bpf(machine))
		text_str(t, "it needs CAP_BPF and CAP_PERFMON: run it with sudo");
	else if (machine->user_namespace)
		text_str(t,
			"in a user namespace, such as that of a rootless container, no capability allows BPF: run it outside");
	else if (machine->seccomp)
		text_str(t,
			"a seccomp filter of this process, as containers have one, forbids it: allow bpf() and perf_event_open() in its profile");
	else if (is_locked(machine))
		text_str(t,
			"the kernel is locked down for confidentiality, so that BPF may not read its memory: boot it with lockdown=integrity or less");
	else if (machine->paranoid > PARANOID_USUAL && !machine_has(machine, CAP_SYS_ADMIN))
		text_printf(t,
			"kernel.perf_event_paranoid is %d, which takes CAP_SYS_ADMIN on this kernel: run it with sudo, or set it to %d",
			machine->paranoid, PARANOID_USUAL);
	else
		return;
	text_printf(t, "; Linux %s", machine->release);
}

/* What the programs or the kernel lack. */
static void say_lacking(struct text *t, const struct machine *machine, int err)
{
	if (is_older(machine, LINUX_MAJOR, LINUX_MINOR))
		text_printf(t, "it needs Linux %d.%d or newer, this is", LINUX_MAJOR, LINUX_MINOR);
	else if (is_older(machine, 6, 2) && !machine_has(machine, CAP_SYS_ADMIN))
		text_str(t, "before Linux 6.2 it takes CAP_SYS_ADMIN: run it with sudo; this is");
	else if (is_locked(machine))
		text_str(t,
			"the kernel is locked down for confidentiality, so that BPF may not read its memory: boot it with lockdown=integrity or less;");
	else if (err == -ENOENT && access("/sys/kernel/tracing/events", F_OK) != 0)
		text_str(t,
			"classic tracepoints are found in tracefs: mount -t tracefs tracefs /sys/kernel/tracing;");
	else if (!machine_has(machine, CAP_SYS_ADMIN) && (err == -EINVAL || err == -EPERM || err == -EACCES))
		text_str(t, "try it with sudo, and --debug tells what was refused;");
	else if (err == -EACCES || err == -EINVAL)
		text_str(t, "this kernel's verifier refuses it, --debug shows why: please report it;");
	else
		text_str(t, "--debug tells what libbpf and the kernel say;");
	text_printf(t, " Linux %s", machine->release);
}

void machine_why(struct text *t, const struct machine *machine, int err)
{
	size_t before = t->len;
	if (err == -ENOMEM) {
		text_str(t, "there is not enough memory for the rings and tables of the kernel side");
		return;
	}
	if (err == -ENOSYS && !machine->seccomp) {
		text_printf(
			t, "the kernel has no BPF, it needs CONFIG_BPF_SYSCALL; Linux %s", machine->release);
		return;
	}
	if (err == -EPERM || err == -EACCES || err == -ENOSYS)
		say_refused(t, machine);
	if (t->len == before)
		say_lacking(t, machine, err);
}
