/* SPDX-License-Identifier: BSD-2-Clause */
#include "overhead.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include "user/kernel/kernel_steps.h"

#define TICK_NS 250000000u

int overhead_init(struct overhead *overhead, struct kernel *kernel, const struct filter *filter, double max)
{
	*overhead = (struct overhead){ .kernel = kernel, .cpus = libbpf_num_possible_cpus() };
	overhead->calls = calloc((size_t)overhead->cpus, sizeof(*overhead->calls));
	int err = !overhead->calls ? -ENOMEM : max > 0 ? calibrate(kernel, filter, &overhead->costs) : 0;
	budget_init(&overhead->budget, max, budget_events);
	budget_init(&overhead->reads, overhead->costs.use_ns > 0 ? max : 0, budget_reads);
	return err;
}

void overhead_end(struct overhead *overhead)
{
	free(overhead->calls);
}

static void note(struct overhead *overhead, const struct budget *budget, uint64_t now_ns)
{
	overhead->steps[overhead->stepped++ % OVERHEAD_STEPS] =
		(struct overhead_step){ .time_ns = now_ns, .budget = *budget };
}

static void apply(struct overhead *overhead)
{
	enum budget_step step = overhead->budget.step;
	kernel_detail(overhead->kernel, step < BUDGET_COUNT ? (enum detail)step : DETAIL_COUNT);
	/* probes that cannot be put back stay off: the counters tell as much without them */
	kernel_fewer(overhead->kernel, step == BUDGET_FEWER);
}

/* What so many events a second take of the thread that makes them. True if a step was taken. */
static bool look(struct overhead *overhead, double rate, uint64_t now_ns)
{
	double shares[BUDGET_STEPS] = { 0 };
	for (enum detail detail = 0; detail < DETAILS; detail++)
		shares[detail] = rate * overhead->costs.app_ns[detail] / 1e9;
	if (!budget_look(&overhead->budget, now_ns, shares))
		return false;
	note(overhead, &overhead->budget, now_ns);
	apply(overhead);
	return true;
}

/* How many events there were since the last time, of all processes. */
static uint64_t happened_since(struct overhead *overhead)
{
	struct kernel_happened all;
	if (kernel_happened(overhead->kernel, &all))
		return 0;
	uint64_t since = all.events - overhead->happened;
	overhead->happened = all.events;
	return since;
}

/* Every call of a processor pays for the hook, whether it reads or not. True if a step was taken. */
static bool look_at_reads(struct overhead *overhead, uint64_t passed_ns, uint64_t now_ns)
{
	uint64_t now[overhead->cpus], most = 0;
	struct budget *reads = &overhead->reads;
	if (reads->max <= 0 || kernel_cpu_calls(overhead->kernel, now, overhead->cpus))
		return false;
	for (int cpu = 0; cpu < overhead->cpus; cpu++) {
		uint64_t since = now[cpu] - overhead->calls[cpu];
		most = since > most ? since : most;
		overhead->calls[cpu] = now[cpu];
	}
	double share = (double)most / (double)passed_ns * overhead->costs.use_ns;
	const double shares[BUDGET_STEPS] = { share, share, share, 0 };
	if (!budget_look(reads, now_ns, reads->step == BUDGET_FEWER ? NULL : shares))
		return false;
	note(overhead, reads, now_ns);
	kernel_count_reads(overhead->kernel, reads->step != BUDGET_FEWER);
	return true;
}

bool overhead_tick(struct overhead *overhead, struct processes *processes, uint64_t now_ns)
{
	uint64_t passed_ns = now_ns - overhead->looked_ns, told = 0, most = 0;
	if (overhead->budget.max <= 0 || passed_ns < TICK_NS)
		return false;
	for (struct process *process = processes->list; process; process = process->hh.next) {
		told += process->events;
		most = process->events > most ? process->events : most;
		process->events = 0;
	}
	uint64_t happened = happened_since(overhead);
	bool first = overhead->looked_ns == 0;
	overhead->looked_ns = now_ns;
	overhead->told = (double)happened * 1e9 / (double)passed_ns;
	bool stepped = look_at_reads(overhead, first ? UINT64_MAX : passed_ns, now_ns);
	if (first || overhead->budget.step >= BUDGET_COUNT)
		return stepped;
	/* of what was not told, lost or left out, the busiest had its part */
	double part = told ? (double)most / (double)told : 1;
	return look(overhead, overhead->told * part, now_ns) || stepped;
}

bool overhead_reading(struct overhead *overhead, struct processes *processes, const struct state *state)
{
	double most = 0;
	if (overhead->budget.step < BUDGET_COUNT || !state->interval_ns)
		return false;
	for (struct process *process = processes->list; process; process = process->hh.next)
		process->counted = 0;
	for (const struct bundle *bundle = state->bundles; bundle; bundle = bundle->hh.next) {
		struct process *process = processes_find(processes, (pid_t)bundle->key.pid);
		const struct counts *last = &bundle->last;
		if (!process)
			continue;
		process->counted += (double)last->misses + (double)last->loads + (double)last->evictions +
				    (double)last->prefetches;
		most = process->counted > most ? process->counted : most;
	}
	double rate = most * 1e9 / (double)state->interval_ns;
	/* counters are what a process says of itself: where there are probes, they know better */
	if (overhead->budget.step == BUDGET_COUNT && rate > overhead->told)
		rate = overhead->told;
	return look(overhead, rate, state->now_ns);
}
