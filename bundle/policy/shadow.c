/* SPDX-License-Identifier: BSD-2-Clause */
#include "shadow.h"

#include <stdlib.h>

bool shadow_init(struct shadow *s, const struct policy_row *row, uint32_t nodes, uint64_t limit)
{
	struct policy_setup setup = { .nodes = nodes, .limit = limit };
	*s = (struct shadow){ .row = row, .limit = limit };
	s->policy = policy_new(row, &setup);
	s->nodes = calloc(nodes ? nodes : 1, sizeof(*s->nodes));
	if (s->policy && s->nodes)
		return true;
	shadow_free(s);
	return false;
}

void shadow_free(struct shadow *s)
{
	policy_destroy(s->policy);
	free(s->nodes);
	*s = (struct shadow){ 0 };
}

static bool fits(const struct shadow *s, uint64_t size)
{
	return s->used <= s->limit && size <= s->limit - s->used;
}

static void load(struct shadow *s, struct policy_node *node)
{
	struct policy_node *victim;
	policy_miss(s->policy, node);
	while (!fits(s, node->size) && (victim = policy_victim(s->policy, node))) {
		policy_evict(s->policy, victim);
		victim->uses = 0;
		s->used -= victim->size;
	}
	node->uses = 1;
	s->used += node->size;
	policy_insert(s->policy, node);
}

void shadow_access(struct shadow *s, uint32_t number, uint64_t size)
{
	struct policy_node *node = &s->nodes[number];
	if (node->uses) {
		policy_touch(s->policy, node);
		return;
	}
	node->id = number;
	node->size = size;
	s->cost += policy_cost(size);
	load(s, node);
}
