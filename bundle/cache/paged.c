/* SPDX-License-Identifier: BSD-2-Clause */
/* A paged bundle: opened, closed, asked. */
#include "paged.h"

#include "bundle/format/layout.h"
#include "bundle/policy/table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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

/* The caller may have been built with an older, shorter struct: the rest is defaults. */
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

static void start_counters(struct pb_paged *p)
{
	static atomic_uint_least64_t last_id;
	p->counters.version = PB_COUNTERS_VERSION;
	p->counters.size = sizeof(p->counters);
	p->counters.bundle = atomic_fetch_add(&last_id, 1) + 1;
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
		if (p->entries[i].memory && p->entries[i].size && !p->map)
			free(buffer_around(p->entries[i].memory, p->entries[i].capacity).data);
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

/* Of all models; under the lock. */
static uint64_t views_left(const struct pb_paged *p)
{
	uint64_t views = p->pages.pinned;
	for (uint32_t i = 0; i < p->manifest.count; i++)
		views += cache_views(p, &p->entries[i]);
	return views;
}

static void drop_all(struct pb_paged *p)
{
	for (uint32_t i = 0; i < p->manifest.count; i++)
		if (p->entries[i].data && cache_take_away(p, &p->entries[i]))
			cache_drop(p, &p->entries[i], EVICT_CLOSE);
	pages_drop_all(p, EVICT_CLOSE);
}

int pb_close(struct pb_paged *p)
{
	if (!p)
		return PB_OK;
	ahead_stop(p);
	cache_lock(p);
	uint64_t views = views_left(p);
	if (views || p->loading) {
		cache_unlock(p);
		return fail(PB_ERR_PINNED, "%s: %" PRIu64 " views", p->path, views);
	}
	struct pb_counters *c = &p->counters;
	if (PROBE_ARMED(evict))
		drop_all(p);
	if (PROBE_ARMED(close))
		probe_close(c->bundle, c->hits + paged_hits(p), c->misses, c->evictions, c->prefetches,
			c->bytes_loaded, c);
	cache_unlock(p);
	open_list_remove(c);
	fork_unregister(p);
	paged_free(p);
	return PB_OK;
}

struct stripe *paged_stripe_new(struct pb_paged *p)
{
	uint32_t id = thread_id();
	struct pb_counters *c = &p->counters;
	cache_lock(p);
	bool others = c->stripe_count > 0;
	struct stripe *s = p->stripes[id]; /* of a thread that shares the number */
	if (!s && (s = others ? stripe_new(p, p->manifest.count) : p->first)) {
		SET(p->several, others);
		__atomic_store_n(&p->stripes[id], s, __ATOMIC_RELEASE);
		if (id >= c->stripe_count)
			__atomic_store_n(&c->stripe_count, id + 1, __ATOMIC_RELEASE);
	}
	cache_unlock(p);
	return s ? s : p->first; /* no memory: with another thread, and so more slowly */
}

uint64_t paged_hits(const struct pb_paged *p)
{
	uint64_t hits = 0;
	for (unsigned int i = 0; i < THREAD_IDS; i++) {
		const struct stripe *s = __atomic_load_n(&p->stripes[i], __ATOMIC_ACQUIRE);
		hits += s ? SEEN(s->hits) : 0;
	}
	return hits;
}

struct entry *paged_find(const struct pb_paged *p, const char *name, size_t len)
{
	uint32_t index = names_find(&p->manifest.names, p->entries, sizeof(*p->entries), name, len);
	return index == NAMES_NONE ? NULL : &p->entries[index];
}

int paged_error(struct pb_paged *p, const char *name, int err)
{
	int keep = errno;
	COUNT(p->counters.errors, 1);
	if (PROBE_ARMED(error))
		probe_error(p->counters.bundle, name, (uint64_t)error_errno(err));
	errno = keep;
	return err;
}

/* The lock, for those who only ask. */
static void look(const struct pb_paged *p)
{
	pthread_mutex_lock((pthread_mutex_t *)&p->lock);
}

static void looked(const struct pb_paged *p)
{
	pthread_mutex_unlock((pthread_mutex_t *)&p->lock);
}

/* An eviction that meets a view takes the model away for a moment: what seems to be absent is looked at
 * twice. */
static bool is_cached(const struct pb_paged *p, const struct entry *e)
{
	if (SEEN(e->data))
		return true;
	look(p);
	bool resident = e->data;
	looked(p);
	return resident;
}

bool pb_is_cached(const struct pb_paged *p, const char *name)
{
	const struct entry *e = name ? paged_find(p, name, strlen(name)) : NULL;
	return e && is_cached(p, e);
}

bool pb_is_cached_at(const struct pb_paged *p, size_t index)
{
	return index < p->manifest.count && is_cached(p, &p->entries[index]);
}

static struct pb_counters counters_now(const struct pb_paged *p)
{
	struct pb_counters c = p->counters;
	c.hits += paged_hits(p);
	return c;
}

void pb_stats_get(const struct pb_paged *p, struct pb_stats *stats)
{
	look(p);
	const struct pb_counters now = counters_now(p), base = p->baseline, *c = &now, *from = &base;
	uint64_t pages = p->pages.resident;
	looked(p);
	struct pb_stats all = {
		.struct_size = stats->struct_size,
		.hits = c->hits - from->hits,
		.misses = c->misses - from->misses,
		.evictions = c->evictions - from->evictions,
		.bytes_loaded = c->bytes_loaded - from->bytes_loaded,
		.memory_used = c->memory_used,
		.cached_count = c->resident_models,
		.prefetches = c->prefetches - from->prefetches,
		.prefetch_used = c->prefetch_used - from->prefetch_used,
		.prefetch_wasted = c->prefetch_wasted - from->prefetch_wasted,
		.reloads = c->reloads - from->reloads,
		.cached_pages = pages,
		.policy_changes = c->policy_changes - from->policy_changes,
		.policy = (enum pb_policy)c->policy,
	};
	memcpy(stats, &all, stats->struct_size < sizeof(all) ? stats->struct_size : sizeof(all));
}

void pb_stats_reset(struct pb_paged *p)
{
	look(p);
	p->baseline = counters_now(p);
	looked(p);
}

double pb_hit_rate(const struct pb_stats *stats)
{
	uint64_t gets = stats->hits + stats->misses;
	return gets ? (double)stats->hits / (double)gets : 0.0;
}

size_t pb_count(const struct pb_paged *p)
{
	return p->manifest.count;
}

int pb_model_at(const struct pb_paged *p, size_t index, struct pb_model *model)
{
	return manifest_model_at(&p->manifest, index, model);
}

int pb_find(const struct pb_paged *p, const char *name, size_t name_len, size_t *index)
{
	const struct entry *e = paged_find(p, name, name_len);
	if (!e)
		return fail(PB_ERR_NOT_FOUND, "model '%.*s'", name_len < 256 ? (int)name_len : 256, name);
	*index = (size_t)(e - p->entries);
	return PB_OK;
}

void pb_info_get(const struct pb_paged *p, struct pb_info *info)
{
	manifest_info(&p->manifest, info, p->file.size);
}

void pb_config_get(const struct pb_paged *p, struct pb_config *config)
{
	size_t size = config->struct_size;
	memcpy(config, &p->config, size < sizeof(p->config) ? size : sizeof(p->config));
	config->struct_size = size;
}
