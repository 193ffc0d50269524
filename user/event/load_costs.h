/* SPDX-License-Identifier: BSD-2-Clause */
/* What served a load: calls, requests, faults, and the pages that came from storage meanwhile. */
#ifndef USER_EVENT_LOAD_COSTS_H
#define USER_EVENT_LOAD_COSTS_H

#include <stdint.h>

#define COST_UNKNOWN UINT64_MAX

/* Numbers of what was observed; all of uint64_t: they are added as an array. Times are nanoseconds. */
struct load_costs {
	uint64_t calls, call_bytes; /* that read */
	uint64_t call_ns; /* in all calls of the load's thread, and of calls of others that read its bytes */
	uint64_t requests, request_bytes; /* of io_uring */
	uint64_t faults, major_faults;
	uint64_t fault_ns; /* in faults that had to read, or waited for who did */
	uint64_t
		storage_bytes; /* came into the page cache, or were read with O_DIRECT; COST_UNKNOWN: not observed */
	uint64_t disk_ns;    /* of call_ns and fault_ns: waited for the disk */
	uint64_t blocked_ns; /* off the CPU: waited for what is not the disk: a lock, a timer */
	uint64_t
		runnable_ns; /* off the CPU: waited for one; what follows a wait for the disk is in disk_ns too */
};

#define LOAD_COSTS (sizeof(struct load_costs) / sizeof(uint64_t))

#endif
