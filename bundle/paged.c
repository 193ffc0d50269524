/* SPDX-License-Identifier: BSD-2-Clause */
/* A paged bundle: opened, closed, asked. */
#include "paged.h"

#include <errno.h>
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
	if (mine->read != PB_READ_PREAD && mine->read != PB_READ_SEEK)
		return fail(PB_ERR_ARGUMENT, "config: no way to read %d", (int)mine->read);
	if (!mine->raw_limit && mine->max_memory < SMALLEST_LIMIT)
		mine->max_memory = SMALLEST_LIMIT;
	return PB_OK;
}

static void policy_changed(void *owner, const struct policy_change *change)
{
	struct pb_counters *c = &((struct pb_paged *)owner)->counters;
	c->policy = change->to;
	c->policy_changes++;
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
	if (!p->entries || !p->policy)
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
	p->counters.policy = p->config.policy == PB_POLICY_AUTO ? PB_POLICY_LRU : p->config.policy;
	p->baseline = p->counters;
}

static void paged_free(struct pb_paged *p)
{
	for (uint32_t i = 0; p->entries && i < p->manifest.count; i++)
		if (p->entries[i].data && p->entries[i].size)
			free(p->entries[i].data);
	policy_destroy(p->policy);
	free(p->entries);
	pool_free(&p->pool);
	manifest_free(&p->manifest);
	file_close(&p->file);
	free(p->path);
	free(p);
}

static int paged_fill(struct pb_paged *p, const char *path, const struct pb_config *config)
{
	int err = take_config(&p->config, config);
	if (err)
		return err;
	p->pool.limit = p->config.max_memory / 4;
	p->path = strdup(path);
	if (!p->path)
		return fail(PB_ERR_MEMORY, "%s", path);
	err = file_open(&p->file, path, p->config.read);
	if (!err)
		err = manifest_read(&p->manifest, &p->file);
	if (!err)
		err = make_entries(p);
	if (err)
		return err;
	start_counters(p);
	return open_list_add(&p->counters) ? PB_OK : fail(PB_ERR_MEMORY, "%s", path);
}

int pb_open(const char *path, const struct pb_config *config, struct pb_paged **paged)
{
	if (!path || !paged)
		return fail(PB_ERR_ARGUMENT, "pb_open needs a path");
	struct pb_paged *p = calloc(1, sizeof(*p));
	if (!p)
		return fail(PB_ERR_MEMORY, "%s", path);
	p->file.fd = -1;
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

int pb_close(struct pb_paged *p)
{
	if (!p)
		return PB_OK;
	if (p->views)
		return fail(PB_ERR_PINNED, "%s: %llu views", p->path, (unsigned long long)p->views);
	struct pb_counters *c = &p->counters;
	for (uint32_t i = 0; PROBE_ARMED(evict) && i < p->manifest.count; i++)
		if (p->entries[i].data)
			cache_drop(p, &p->entries[i], EVICT_CLOSE);
	if (PROBE_ARMED(close))
		probe_close(c->bundle, c->hits, c->misses, c->evictions, c->prefetches, c->bytes_loaded, c);
	open_list_remove(c);
	paged_free(p);
	return PB_OK;
}

struct entry *paged_find(const struct pb_paged *p, const char *name, size_t len)
{
	uint32_t index = names_find(&p->manifest.names, p->entries, sizeof(*p->entries), name, len);
	return index == NAMES_NONE ? NULL : &p->entries[index];
}

int paged_error(struct pb_paged *p, const char *name, int err)
{
	int keep = errno;
	p->counters.errors++;
	if (PROBE_ARMED(error))
		probe_error(p->counters.bundle, name, (uint64_t)error_errno(err));
	errno = keep;
	return err;
}

bool pb_is_cached(const struct pb_paged *p, const char *name)
{
	const struct entry *e = name ? paged_find(p, name, strlen(name)) : NULL;
	return e && e->data;
}

bool pb_is_cached_at(const struct pb_paged *p, size_t index)
{
	return index < p->manifest.count && p->entries[index].data;
}

void pb_stats_get(const struct pb_paged *p, struct pb_stats *stats)
{
	const struct pb_counters *c = &p->counters, *from = &p->baseline;
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
		.policy_changes = c->policy_changes - from->policy_changes,
		.policy = (enum pb_policy)c->policy,
	};
	memcpy(stats, &all, stats->struct_size < sizeof(all) ? stats->struct_size : sizeof(all));
}

void pb_stats_reset(struct pb_paged *p)
{
	p->baseline = p->counters;
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
