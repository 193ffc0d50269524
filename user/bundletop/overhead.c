/* SPDX-License-Identifier: BSD-2-Clause */
#include "overhead.h"

#include "../bundletrace/kernel_steps.h"

#define TICK_NS 250000000u

int overhead_init(struct overhead *overhead, struct kernel *kernel, const struct filter *filter, double max)
{
	*overhead = (struct overhead){ .kernel = kernel };
	budget_init(&overhead->budget, max);
	return max > 0 ? calibrate(kernel, filter, &overhead->costs) : 0;
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
	struct budget *budget = &overhead->budget;
	if (!budget_look(budget, now_ns, shares))
		return false;
	overhead->steps[overhead->stepped++ % OVERHEAD_STEPS] =
		(struct overhead_step){ .time_ns = now_ns, .budget = *budget };
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
	if (first || overhead->budget.step >= BUDGET_COUNT)
		return false;
	/* of what was not told, lost or left out, the busiest had its part */
	double part = told ? (double)most / (double)told : 1;
	return look(overhead, overhead->told * part, now_ns);
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
