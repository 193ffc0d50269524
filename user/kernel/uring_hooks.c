/* SPDX-License-Identifier: BSD-2-Clause */
#include "uring_hooks.h"

#include <stdlib.h>

#include <bpf/libbpf.h>

#include "kernel_inside.h"
#include "requirements.h"
#include "user/base/report.h"

struct uring_hooks uring_hooks_configure(struct bundletrace_bpf *skel, const struct filter *filter)
{
	bool wanted = filter_wants_layer(filter, FILTER_URING);
	struct uring_hooks hooks = { .submit = wanted &&
					       hooks_tracepoint_there("io_uring/io_uring_submit_req") };
	/* of the same name before 6.0 with the request as another argument */
	hooks.submit_before = wanted && !hooks.submit && requirements_kernel(6, 0) &&
			      hooks_tracepoint_there("io_uring/io_uring_submit_sqe");
	hooks.complete = hooks.submit || hooks.submit_before;
	bpf_map__set_autocreate(skel->maps.uring_requests, hooks.complete);
	bpf_map__set_autocreate(skel->maps.uring_places, hooks.complete);
	if (wanted && !hooks.complete && filter->layer_given)
		report("no requests of io_uring: the kernel does not tell them apart (Linux 6.0 and newer do, unless built without io_uring)");
	return hooks;
}

/* Of those in the table that most are in. */
static unsigned long places_taken(const struct bpf_map *map)
{
	uint32_t count = bpf_map__max_entries(map), next;
	size_t size = bpf_map__value_size(map);
	uint32_t *keys = calloc(count, sizeof(*keys));
	char *values = calloc(count, size);
	unsigned long taken = 0;
	if (keys && values &&
		bpf_map_lookup_batch(bpf_map__fd(map), NULL, &next, keys, values, &count, NULL) == 0)
		for (uint32_t i = 0; i < count; i++)
			taken += *(const uint64_t *)(const void *)(values + i * size) != 0;
	free(keys);
	free(values);
	return taken;
}

bool kernel_tells_requests(const struct kernel *kernel)
{
	return hook_loaded(kernel, HOOK_URING_COMPLETE) || hook_loaded(kernel, HOOK_URING_COMPLETE_NO_CAST);
}

unsigned long kernel_requests_unseen(const struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	unsigned long unseen = __atomic_load_n(&skel->bss->uring_unseen, __ATOMIC_ACQUIRE);
	int far = bpf_map__fd(skel->maps.uring_requests);
	uint64_t key, *before = NULL;
	if (far < 0)
		return 0;
	while (bpf_map_get_next_key(far, before, &key) == 0) {
		before = &key;
		unseen++;
	}
	return unseen + places_taken(skel->maps.uring_places);
}
