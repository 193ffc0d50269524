/* SPDX-License-Identifier: BSD-2-Clause */
#include "top_governor.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include "user/kernel/kernel_detail.h"

int top_governor_init(
	struct top_governor *governor, struct kernel *kernel, const struct filter *filter, double max)
{
	*governor = (struct top_governor){ .cpus = libbpf_num_possible_cpus() };
	governor->cpu_uses = calloc((size_t)governor->cpus, sizeof(*governor->cpu_uses));
	if (!governor->cpu_uses)
		return -ENOMEM;
	int err = event_governor_init(&governor->events, kernel, filter, max);
	governor_init(&governor->reads, governor->events.costs.use_ns > 0 ? max : 0, governor_reads);
	return err;
}

void top_governor_free(struct top_governor *governor)
{
	free(governor->cpu_uses);
}

static void keep_step(struct top_governor *governor, const struct governor *stepped, uint64_t now_ns)
{
	governor->steps[governor->stepped++ % STEPS_KEPT] =
		(struct top_step){ .time_ns = now_ns, .governor = *stepped };
}

uint64_t top_governor_first(const struct top_governor *governor, uint64_t from)
{
	uint64_t kept = governor->stepped > STEPS_KEPT ? governor->stepped - STEPS_KEPT : 0;
	return kept > from ? kept : from;
}

const struct top_step *top_governor_step(const struct top_governor *governor, uint64_t number)
{
	return &governor->steps[number % STEPS_KEPT];
}

/* `rate`: events per second of one thread. True if a step was taken. */
static bool update_events(struct top_governor *governor, double rate, uint64_t now_ns)
{
	struct event_governor *events = &governor->events;
	if (!event_governor_update(events, now_ns, &(struct event_rates){ .events = rate }))
		return false;
	keep_step(governor, &events->governor, now_ns);
	/* on failure the probes stay detached: the counters give the same numbers without them */
	event_governor_apply(events);
	return true;
}

/* Every call on a CPU pays for the hook, whether it reads or not. */
struct uses_cost {
	double all;   /* if all processes' reads are counted, of the busiest CPU's time */
	double users; /* if only those of processes that use model files */
};

static double higher(double a, double b)
{
	return a > b ? a : b;
}

/* The costs since the last sample; false: they cannot be read. */
static bool uses_cost(struct top_governor *governor, uint64_t passed_ns, struct uses_cost *cost)
{
	const struct event_costs *costs = &governor->events.costs;
	struct cpu_uses now[governor->cpus];
	*cost = (struct uses_cost){ 0 };
	if (kernel_cpu_uses(governor->events.kernel, now, governor->cpus))
		return false;
	for (int cpu = 0; cpu < governor->cpus; cpu++) {
		double calls = (double)(now[cpu].calls - governor->cpu_uses[cpu].calls);
		double reads = (double)(now[cpu].reads - governor->cpu_uses[cpu].reads);
		double users = reads * costs->use_ns + (calls - reads) * costs->skip_ns;
		governor->cpu_uses[cpu] = now[cpu];
		if (!passed_ns)
			continue;
		cost->all = higher(cost->all, calls * costs->use_ns / (double)passed_ns);
		cost->users = higher(cost->users, users / (double)passed_ns);
	}
	return true;
}

/* `passed_ns` 0: the first sample. True if a step was taken. */
static bool update_reads(struct top_governor *governor, uint64_t passed_ns, uint64_t now_ns)
{
	struct governor *reads = &governor->reads;
	struct uses_cost cost;
	if (reads->max <= 0 || !uses_cost(governor, passed_ns, &cost) || !passed_ns)
		return false;
	/* there is nothing between counting all processes' reads and those of model files' users */
	const double shares[STEPS] = { cost.all, cost.all, cost.users, 0 };
	if (!governor_update(reads, now_ns, reads->step == STEP_FEWER ? NULL : shares))
		return false;
	keep_step(governor, reads, now_ns);
	kernel_narrow_reads(governor->events.kernel, reads->step != STEP_ALL);
	kernel_count_reads(governor->events.kernel, reads->step != STEP_FEWER);
	return true;
}

bool top_governor_tick(struct top_governor *governor, struct processes *processes, uint64_t now_ns)
{
	struct event_rates rates;
	uint64_t reported = 0, most = 0;
	if (!event_governor_sample(&governor->events, now_ns, &rates))
		return false;
	for (struct process *process = processes->list; process; process = process->hh.next) {
		reported += process->events;
		most = process->events > most ? process->events : most;
		process->events = 0;
	}
	governor->event_rate = rates.events;
	bool stepped = update_reads(governor, rates.passed_ns, now_ns);
	if (!rates.passed_ns || governor->events.governor.step >= STEP_COUNT)
		return stepped;
	/* the busiest process's part in events that were lost or left out is that in the reported ones */
	double part = reported ? (double)most / (double)reported : 1;
	return update_events(governor, rates.events * part, now_ns) || stepped;
}

bool top_governor_reading(
	struct top_governor *governor, struct processes *processes, const struct state *state)
{
	enum governor_step step = governor->events.governor.step;
	double most = 0;
	if (step < STEP_COUNT || !state->interval_ns)
		return false;
	for (struct process *process = processes->list; process; process = process->hh.next)
		process->counted = 0;
	for (const struct bundle *bundle = state->bundles; bundle; bundle = bundle->hh.next) {
		struct process *process = processes_find(processes, (pid_t)bundle->key.pid);
		const struct cache_counts *last = &bundle->last;
		if (!process)
			continue;
		process->counted += (double)last->misses + (double)last->loads + (double)last->evictions +
				    (double)last->prefetched;
		most = process->counted > most ? process->counted : most;
	}
	double rate = most * 1e9 / (double)state->interval_ns;
	/* a process may lie in its counters: where the probes count too, they set the upper bound */
	if (step == STEP_COUNT && rate > governor->event_rate)
		rate = governor->event_rate;
	return update_events(governor, rate, state->now_ns);
}
