/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens and closes a bundle. */

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/format/manifest_layout.h"
#include "bundle/io/map.h"
#include "bundle/observe/copies.h"
#include "bundle/observe/open_list.h"
#include "bundle/policy/table.h"
#include "cache.h"
#include "fork.h"
#include "memory.h"

#define DEFAULT_LIMIT  (100ull << 20)
#define SMALLEST_LIMIT 1024

void pb_config_init_sized(struct pb_config *config, size_t size)
{
	struct pb_config all = {
		.struct_size = size,
		.max_memory = DEFAULT_LIMIT,
		.page_size = 4096,
		.prefetch_count = 2,
		.prefetch = true,
	};
	memcpy(config, &all, size < sizeof(all) ? size : sizeof(all));
}

/* Copies and checks it. The caller may have been built with an older, shorter struct: the rest is defaults. */
static int take_config(struct pb_config *mine, const struct pb_config *config)
{
	pb_config_init(mine);
	if (config) {
		if (config->struct_size < offsetof(struct pb_config, page_size) ||
			config->struct_size > sizeof(*mine))
			return fail(PB_ERR_ARGUMENT, "config: struct_size is %zu (call pb_config_init first)",
				config->struct_size);
		memcpy(mine, config, config->struct_size);
		mine->struct_size = sizeof(*mine);
	}
	if (!policy_find(mine->policy))
		return fail(PB_ERR_ARGUMENT, "config: no policy %d", (int)mine->policy);
	if ((unsigned int)mine->read > PB_READ_DIRECT)
		return fail(PB_ERR_ARGUMENT, "config: no way to read %d", (int)mine->read);
	if (!predictor_find(mine->predict))
		return fail(PB_ERR_ARGUMENT, "config: no predictor %d", (int)mine->predict);
	if (!mine->raw_limit && mine->max_memory < SMALLEST_LIMIT)
		mine->max_memory = SMALLEST_LIMIT;
	if (mine->prefetch_bytes == 0)
		mine->prefetch_bytes = mine->max_memory / 4;
	return PB_OK;
}

static void policy_changed(void *owner, const struct policy_change *change)
{
	struct pb_counters *c = &((struct pb_paged *)owner)->counters;
	SET(c->policy, change->to);
	COUNT(c->policy_changes, 1);
	if (PROBE_ARMED(policy))
		probe_policy(c->bundle, pb_policy_name(change->to), change->from, change->to,
			change->cost_from, change->cost_to);
}

static int make_entries(struct pb_paged *p)
{
	const struct manifest *m = &p->manifest;
	size_t bytes = (m->count ? m->count : 1) * sizeof(struct entry);
	p->entries = aligned_alloc(_Alignof(struct entry), bytes);
	struct policy_setup setup = {
		.nodes = m->count, .limit = p->config.max_memory, .changed = policy_changed, .owner = p
	};
	if (p->entries)
		memset(p->entries, 0, bytes);
	p->policy = policy_create(p->config.policy, &setup);
	p->first = stripe_new(p, m->count);
	if (p->predictor_ops->create)
		p->predictor = p->predictor_ops->create(m->count);
	if (!p->entries || !p->policy || !p->first || (p->predictor_ops->create && !p->predictor))
		return fail(PB_ERR_MEMORY, "%u models", m->count);
	for (uint32_t i = 0; i < m->count; i++) {
		p->entries[i].name = m->models[i].name;
		p->entries[i].size = m->models[i].size;
		p->entries[i].offset = manifest_file_offset(m, &m->models[i]);
		p->entries[i].node = (struct policy_node){ .id = i, .size = m->models[i].size };
	}
	return PB_OK;
}

/* Unique in the process, for whoever observes it. */
static uint64_t next_id(void)
{
	static atomic_uint_least64_t last_id;
	uint_least64_t none = 0, first = atomic_load(&last_id) ? 0 : copies_first_id();
	if (first)
		atomic_compare_exchange_strong(&last_id, &none, first);
	return atomic_fetch_add(&last_id, 1) + 1;
}

static void start_counters(struct pb_paged *p)
{
	p->counters.version = PB_COUNTERS_VERSION;
	p->counters.size = sizeof(p->counters);
	p->counters.bundle = next_id();
	p->counters.models = p->manifest.count;
	p->counters.limit = p->config.max_memory;
	p->counters.path = (uintptr_t)p->path;
	p->counters.first_model = (uintptr_t)p->entries;
	p->counters.next_model = sizeof(*p->entries);
	p->counters.stripes = (uintptr_t)p->stripes;
	p->counters.policy = p->config.policy == PB_POLICY_AUTO ? PB_POLICY_LRU : p->config.policy;
	p->baseline = p->counters;
}

static void paged_free(struct pb_paged *p)
{
	for (uint32_t i = 0; p->entries && i < p->manifest.count; i++)
		memory_free(p, &p->entries[i]);
	policy_destroy(p->policy);
	free(p->entries);
	for (unsigned int i = 0; i < THREAD_IDS; i++)
		if (p->stripes[i] != p->first)
			free(p->stripes[i]);
	free(p->first);
	if (p->predictor)
		p->predictor_ops->destroy(p->predictor);
	if (p->plan)
		predict_plan.destroy(p->plan);
	pages_destroy(p);
	pool_free(&p->pool);
	source_close(&p->source);
	manifest_free(&p->manifest);
	map_drop(&p->file, p->map);
	file_close(&p->file);
	overlap_free(&p->overlap);
	pthread_cond_destroy(&p->ahead.work);
	pthread_cond_destroy(&p->loaded);
	pthread_mutex_destroy(&p->predict_lock);
	pthread_mutex_destroy(&p->lock);
	free(p->path);
	free(p);
}

static int paged_fill(struct pb_paged *p, const char *path, const struct pb_config *config)
{
	int err = take_config(&p->config, config);
	if (err)
		return err;
	p->predictor_ops = predictor_find(p->config.predict);
	p->pool.limit = p->config.max_memory / 4;
	p->path = strdup(path);
	if (!p->path)
		return fail(PB_ERR_MEMORY, "%s", path);
	err = file_open(&p->file, path, p->config.read);
	if (!err && p->config.read == PB_READ_MAPPED)
		err = map_file(&p->file, &p->map);
	if (!err)
		err = manifest_read(&p->manifest, &p->file);
	if (!err && p->map && p->manifest.compressed)
		err = fail(PB_ERR_ARGUMENT, "%s: compressed: it cannot be mapped", path);
	if (!err)
		err = make_entries(p);
	if (!err && p->config.pages)
		err = pages_create(p);
	if (err)
		return err;
	source_init(&p->source, &p->manifest, &p->file, p->config.verify);
	start_counters(p);
	if (!fork_register(p))
		return fail(PB_ERR_MEMORY, "%s", path);
	if (open_list_add(&p->counters))
		return PB_OK;
	fork_unregister(p);
	return fail(PB_ERR_MEMORY, "%s", path);
}

static struct pb_paged *paged_new(void)
{
	struct pb_paged *p = aligned_alloc(_Alignof(struct pb_paged), sizeof(*p));
	if (!p)
		return NULL;
	memset(p, 0, sizeof(*p));
	p->file.fd = -1;
	pthread_mutex_init(&p->lock, NULL);
	pthread_mutex_init(&p->predict_lock, NULL);
	overlap_init(&p->overlap);
	pthread_cond_init(&p->loaded, NULL);
	pthread_cond_init(&p->ahead.work, NULL);
	return p;
}

int pb_open(const char *path, const struct pb_config *config, struct pb_paged **paged)
{
	if (!path || !paged)
		return fail(PB_ERR_ARGUMENT, "pb_open needs a path");
	struct pb_paged *p = paged_new();
	if (!p)
		return fail(PB_ERR_MEMORY, "%s", path);
	int err = paged_fill(p, path, config);
	if (err) {
		int keep = errno;
		if (PROBE_ARMED(error))
			probe_error(0, path, (uint64_t)error_errno(err));
		paged_free(p);
		errno = keep;
		return err;
	}
	if (PROBE_ARMED(open))
		probe_open(p->counters.bundle, p->path, p->manifest.count, p->manifest.data_offset,
			p->config.max_memory, &p->counters);
	*paged = p;
	return PB_OK;
}

/* Of all models and pages. Under the lock. */
static uint64_t views_left(const struct pb_paged *p)
{
	uint64_t views = p->pages.pinned;
	for (uint32_t i = 0; i < p->manifest.count; i++)
		views += cache_pins(p, &p->entries[i]);
	return views;
}

int pb_close(struct pb_paged *p)
{
	if (!p)
		return PB_OK;
	ahead_stop(p);
	handle_lock(p);
	uint64_t views = views_left(p);
	if (views || p->loading) {
		handle_unlock(p);
		return fail(PB_ERR_PINNED, "%s: %" PRIu64 " views", p->path, views);
	}
	struct pb_counters *c = &p->counters;
	if (PROBE_ARMED(evict))
		cache_drop_all(p, EVICT_CLOSE);
	if (PROBE_ARMED(close))
		probe_close(c->bundle, c->hits + handle_hits(p), c->misses, c->evictions, c->prefetches,
			c->bytes_loaded, c);
	handle_unlock(p);
	open_list_remove(c);
	fork_unregister(p);
	paged_free(p);
	return PB_OK;
}
