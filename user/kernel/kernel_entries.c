/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_entries.h"

#include <errno.h>
#include <stdio.h>

#include "kernel_inside.h"
#include "requirements.h"
#include "user/calls/syscalls.h"

void entries_configure(struct kernel *kernel, bool wanted)
{
	bpf_program__set_autoload(kernel->skel->progs.on_enter_call, wanted);
}

/* True if something of the call is to be kept from its entry. */
static bool has_entry(const struct kernel *kernel, unsigned nr)
{
	unsigned flags = kernel->skel->rodata->call_specs[nr].flags;
	return flags & CALL_LENGTH && flags & CALL_WANTED;
}

int entries_attach(struct kernel *kernel)
{
	struct bpf_program *program = kernel->skel->progs.on_enter_call;
	unsigned count = 0;
	for (unsigned nr = 0; nr < SYSCALL_MAX && bpf_program__autoload(program); nr++) {
		if (!has_entry(kernel, nr))
			continue;
		char name[64];
		snprintf(name, sizeof(name), "sys_enter_%s", syscall_info(nr)->name);
		if (count == ENTRIES_MAX)
			return -E2BIG;
		kernel->entries[count] = bpf_program__attach_tracepoint(program, "syscalls", name);
		if (!kernel->entries[count++]) {
			int err = -errno;
			requirements_explain(name, err);
			return err;
		}
	}
	return 0;
}

void entries_detach(struct kernel *kernel)
{
	for (unsigned i = 0; i < ENTRIES_MAX; i++) {
		bpf_link__destroy(kernel->entries[i]);
		kernel->entries[i] = NULL;
	}
}
