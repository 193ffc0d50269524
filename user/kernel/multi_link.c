/* SPDX-License-Identifier: BSD-2-Clause */
#include "multi_link.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#define PROBES_AT_RETURN 1 /* BPF_F_UPROBE_MULTI_RETURN */

int multi_link_create(const struct multi_link *multi)
{
	/* the first fields of union bpf_attr for BPF_LINK_CREATE */
	struct {
		__u32 program, target, type, flags;
		__aligned_u64 path, offsets, semaphores, cookies;
		__u32 count, probe_flags, pid, pad;
	} attr = {
		.program = (__u32)multi->program,
		.type = ATTACH_UPROBE_MULTI,
		.path = (uintptr_t)multi->path,
		.offsets = (uintptr_t)multi->offsets,
		.semaphores = (uintptr_t)multi->semaphores,
		.cookies = (uintptr_t)multi->cookies,
		.count = multi->count,
		.probe_flags = multi->returns ? PROBES_AT_RETURN : 0,
		.pid = (__u32)multi->only,
	};
	int link = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return link < 0 ? -errno : link;
}

pid_t multi_link_only(int link)
{
	/* struct bpf_link_info of such a link */
	struct {
		__u32 type, id, program, pad;
		__aligned_u64 path, offsets, semaphores, cookies;
		__u32 path_size, count, flags, pid;
	} info = { 0 };
	__u32 size = sizeof(info);
	return bpf_obj_get_info_by_fd(link, &info, &size) ? 0 : (pid_t)info.pid;
}
