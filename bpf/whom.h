/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Filters that select processes by their current name, user and control group. */
#ifndef BPF_WHOM_H
#define BPF_WHOM_H

#include "core.h"

#define PF_KTHREAD      0x200000 /* include/linux/sched.h */
#define HIERARCHIES_MAX 32
#define CGROUP_DEPTH    64

extern const volatile struct whom whom;
extern const volatile bool everyone; /* -a: any matching task of the machine is traced, not only members */

static __always_inline bool comm_matches(struct task_struct *leader)
{
	char comm[COMM_BYTES];
	if (bpf_probe_read_kernel(comm, sizeof(comm), leader->comm))
		return false;
	for (int i = 0; i < COMM_BYTES; i++) {
		if (comm[i] != whom.comm[i])
			return false;
		if (!comm[i])
			break;
	}
	return true;
}

/* The task's control group in the hierarchy of the filter; NULL: the hierarchy no longer exists. A css_set has a
 * link for every hierarchy, version 1 or 2, with or without controllers. */
static __always_inline struct cgroup *cgroup_of(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct list_head *head = (void *)set + bpf_core_field_offset(struct css_set, cgrp_links);
	struct list_head *at = BPF_CORE_READ(head, next);
	for (int i = 0; i < HIERARCHIES_MAX && at && at != head; i++) {
		struct cgrp_cset_link *link =
			(void *)at - bpf_core_field_offset(struct cgrp_cset_link, cgrp_link);
		struct cgroup *cgroup = BPF_CORE_READ(link, cgrp);
		if ((u32)BPF_CORE_READ(cgroup, root, hierarchy_id) == whom.hierarchy)
			return cgroup;
		at = BPF_CORE_READ(at, next);
	}
	return NULL;
}

static __always_inline bool cgroup_matches(struct task_struct *task)
{
	struct cgroup *cgroup = cgroup_of(task);
	for (int i = 0; i < CGROUP_DEPTH && cgroup; i++) {
		if (BPF_CORE_READ(cgroup, kn, id) == whom.cgroup)
			return true;
		cgroup = BPF_CORE_READ(cgroup, self.parent, cgroup);
	}
	return false;
}

static __noinline bool whom_chooses(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return false;
	/* -a means every process visible in the tracer's pid namespace */
	if (everyone && pid_level && !pid_seen(leader))
		return false;
	if (whom.by & WHOM_COMM && !comm_matches(leader))
		return false;
	if (whom.by & WHOM_UID && BPF_CORE_READ(leader, real_cred, euid.val) != whom.uid)
		return false;
	return !(whom.by & WHOM_CGROUP) || cgroup_matches(task);
}

static __always_inline bool task_matches(struct task_struct *task)
{
	return (!whom.by && !everyone) || whom_chooses(task);
}

#endif
