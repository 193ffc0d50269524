/* SPDX-License-Identifier: BSD-2-Clause */
#include "counter_events.h"

#include <errno.h>
#include <string.h>

#include "user/base/clock.h"
#include "user/base/report.h"
#include "user/kernel/live_counters.h"

/* For all processes together, at the end. */
#define ALL_MS_MAX 5000

struct reading {
	struct output *output;
	pid_t pid;
	bool from_nothing; /* everything counted so far belongs to the trace: the baseline is 0 */
	uint32_t flags;
	unsigned failed;
	uint64_t until_ms;
};

static int take_model(
	void *ctx, const struct counters_bundle *bundle, uint32_t index, const struct pb_model_counters *c)
{
	struct reading *reading = ctx;
	char name[COUNTERS_NAME_MAX + 1];
	(void)index;
	if (!(c->hits | c->misses | c->loads))
		return 0;
	uint32_t len = counters_model_name(reading->pid, c, name);
	struct event ev = {
		.time_ns = clock_monotonic_ns(),
		.duration_ns = NO_DURATION,
		.pid = (uint32_t)reading->pid,
		.tid = (uint32_t)reading->pid,
		.kind = EVENT_MODEL,
		.model = {
			.bundle = bundle->counters.bundle,
			/* as probes report names: up to the first zero byte */
			.name = { name, (uint32_t)strnlen(name, len), len < c->name_len },
			.bundle_path = { bundle->path, (uint32_t)strlen(bundle->path), false },
			.counts = {
				[MODEL_HITS] = c->hits,
				[MODEL_MISSES] = c->misses,
				[MODEL_RELOADS] = c->reloads,
				[MODEL_EVICTIONS] = c->evictions,
				[MODEL_LOADS] = c->loads,
				[MODEL_PREFETCHES] = c->prefetches,
				[MODEL_USED] = c->prefetch_used,
				[MODEL_WASTED] = c->prefetch_wasted,
				[MODEL_SIZE] = c->size,
			},
			.flags = reading->flags | (c->unused ? MODEL_UNUSED : 0),
		},
	};
	if (reading->from_nothing)
		memset(ev.model.counts, 0, sizeof(ev.model.counts));
	return output_event(reading->output, &ev);
}

static int take_bundle(void *ctx, pid_t pid, const struct counters_bundle *bundle)
{
	(void)pid;
	return counters_each_model(((struct reading *)ctx)->pid, bundle, take_model, ctx);
}

void counter_events_begin(struct kernel *kernel, struct output *output, pid_t pid, bool baseline)
{
	struct reading reading = {
		.output = output, .pid = pid, .from_nothing = !baseline, .flags = MODEL_BASELINE
	};
	uint64_t lists[LIVE_LISTS];
	int count = counters_find_lists(pid, lists, LIVE_LISTS);
	for (int i = 0; i < count; i++) {
		int err = kernel_add_list(kernel, pid, lists[i]);
		/* of a list that its probes have registered, a second baseline would subtract real counts */
		if ((!err || (err == -EEXIST && !baseline)) &&
			counters_each_bundle(pid, lists[i], take_bundle, &reading) == -E2BIG)
			report("process %d: it has more models than can be counted (its hits are not exact)",
				pid);
	}
}

static int take_process(void *ctx, pid_t pid, uint64_t list)
{
	struct reading *reading = ctx;
	if (clock_monotonic_ms() >= reading->until_ms) {
		reading->failed++;
		return 0;
	}
	reading->pid = pid;
	reading->failed += counters_each_bundle(pid, list, take_bundle, reading) < 0;
	return 0;
}

unsigned counter_events_end(struct kernel *kernel, struct output *output)
{
	struct reading reading = { .output = output, .until_ms = clock_monotonic_ms() + ALL_MS_MAX };
	kernel_lists(kernel, take_process, &reading);
	return reading.failed;
}
