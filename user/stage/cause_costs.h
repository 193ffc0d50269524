/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums of operations as the costs of a load. */
#ifndef USER_STAGE_CAUSE_COSTS_H
#define USER_STAGE_CAUSE_COSTS_H

#include "off_cpu.h"
#include "user/event/load_costs.h"
#include "user/tables/file_counts.h"

/* `storage_seen`: pages that came from storage were observed. */
static inline struct load_costs load_costs_of(
	const struct file_sums *sums, const struct off_cpu_sums *off, bool storage_seen)
{
	return (struct load_costs){
		.calls = sums->read_calls,
		.call_bytes = sums->read_bytes,
		.call_ns = sums->call_ns,
		.requests = sums->uring_calls,
		.request_bytes = sums->uring_bytes,
		.faults = sums->faults,
		.major_faults = sums->major_faults,
		.fault_ns = sums->fault_ns,
		.storage_bytes = storage_seen ? sums->fill_bytes + sums->direct_bytes : COST_UNKNOWN,
		.disk_ns = sums->disk_ns,
		.blocked_ns = off->blocked_ns,
		.runnable_ns = off->runnable_ns,
	};
}

#endif
