/* SPDX-License-Identifier: BSD-2-Clause */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "reports.h"

/* Ensures room for one more item in an array that grows by doubling; false: out of memory. */
static bool make_room(void **items, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return true;
	uint32_t more = *room ? *room * 2 : 16;
	void *grown = more > *room ? reallocarray(*items, more, size) : NULL;
	if (!grown)
		return false;
	*items = grown;
	*room = more;
	return true;
}

int build_add_model(struct build *b, const char *name, size_t len)
{
	void *models = b->models;
	char *copy = malloc(len + 1);
	bool room = make_room(&models, b->model_count, &b->model_room, sizeof(*b->models));
	b->models = models;
	if (!room || !copy) {
		free(copy);
		return report_no_memory();
	}
	memcpy(copy, name, len);
	copy[len] = '\0';
	b->models[b->model_count++] = (struct build_model){ .name = copy, .name_len = len };
	return EXIT_SUCCESS;
}

int build_add_part(struct build *b, uint32_t model, struct build_part part)
{
	void *parts = b->parts;
	bool room = make_room(&parts, b->part_count, &b->part_room, sizeof(*b->parts));
	b->parts = parts;
	if (!room)
		return report_no_memory();
	part.model = model;
	part.seq = b->part_count;
	b->parts[b->part_count++] = part;
	b->models[model].size += part.size;
	return EXIT_SUCCESS;
}

int build_add_pair(struct build *b, const char *key, const char *value)
{
	struct build_pair *pairs = reallocarray(b->pairs, b->pair_count + 1, sizeof(*pairs));
	if (!pairs)
		return report_no_memory();
	b->pairs = pairs;
	pairs[b->pair_count++] = (struct build_pair){ key, value, strlen(key), strlen(value) };
	return EXIT_SUCCESS;
}

void build_free(struct build *b)
{
	for (uint32_t i = 0; i < b->model_count; i++)
		free(b->models[i].name);
	free(b->models);
	free(b->parts);
	free(b->pairs);
}
