/* SPDX-License-Identifier: BSD-2-Clause */
#include "event_governor.h"

#include "kernel_detail.h"

#define SAMPLE_NS 250000000u

int event_governor_init(
	struct event_governor *governor, struct kernel *kernel, const struct filter *filter, double max)
{
	*governor = (struct event_governor){ .kernel = kernel };
	governor_init(&governor->governor, max, governor_events);
	return max > 0 ? event_costs_measure(kernel, filter, &governor->costs) : 0;
}

static double per_second(uint64_t now, uint64_t before, uint64_t passed_ns)
{
	return (double)(now - before) * 1e9 / (double)passed_ns;
}

bool event_governor_sample(struct event_governor *governor, uint64_t now_ns, struct event_rates *rates)
{
	struct kernel_activity now;
	uint64_t passed_ns = now_ns - governor->sampled_ns;
	bool first = governor->sampled_ns == 0;
	if (governor->governor.max <= 0 || passed_ns < SAMPLE_NS || kernel_activity(governor->kernel, &now))
		return false;
	*rates = (struct event_rates){ 0 };
	if (!first)
		*rates = (struct event_rates){
			.passed_ns = passed_ns,
			.calls = per_second(now.calls, governor->before.calls, passed_ns),
			.events = per_second(now.events, governor->before.events, passed_ns),
		};
	governor->sampled_ns = now_ns;
	governor->before = now;
	return true;
}

bool event_governor_update(struct event_governor *governor, uint64_t now_ns, const struct event_rates *rates)
{
	const struct event_costs *costs = &governor->costs;
	double shares[STEPS] = { 0 };
	for (enum detail detail = 0; rates && detail < DETAILS; detail++)
		shares[detail] =
			(rates->calls * costs->call_ns[detail] + rates->events * costs->app_ns[detail]) / 1e9;
	return governor_update(&governor->governor, now_ns, rates ? shares : NULL);
}

int event_governor_apply(const struct event_governor *governor)
{
	enum governor_step step = governor->governor.step;
	kernel_set_detail(governor->kernel, step < STEP_COUNT ? (enum detail)step : DETAIL_COUNT);
	return kernel_detach_frequent(governor->kernel, step == STEP_FEWER);
}
