/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_mappings.h"

#include <stdlib.h>

void file_mappings_init(struct file_mappings *mappings)
{
	*mappings = (struct file_mappings){ .known = true };
}

void file_mappings_free(struct file_mappings *mappings)
{
	free(mappings->list);
	mappings->list = NULL;
	mappings->count = 0;
}

/* Both lists are in the order of addresses: *at is where the search in the older one goes on. */
static const struct file_mapping *find_before(
	const struct file_mappings *mappings, const struct file_mapping *now, unsigned *at)
{
	while (*at < mappings->count && mappings->list[*at].end <= now->start)
		(*at)++;
	if (*at < mappings->count && mappings->list[*at].start < now->end)
		return &mappings->list[*at];
	return NULL;
}

struct change {
	uint64_t pages; /* more than at the last look */
	uint64_t fresh; /* mappings that are new */
	unsigned same;  /* mappings with the same bounds */
	bool fewer;     /* some mapping has fewer pages than before */
};

static struct change compare(
	const struct file_mappings *mappings, const struct file_mapping *now, unsigned count)
{
	struct change change = { 0 };
	unsigned at = 0;
	for (unsigned i = 0; i < count; i++) {
		const struct file_mapping *before = find_before(mappings, &now[i], &at);
		uint64_t pages = before ? before->pages : 0;
		change.fresh += !before;
		change.same += before && before->start == now[i].start && before->end == now[i].end;
		change.fewer |= now[i].pages < pages;
		change.pages += now[i].pages > pages ? now[i].pages - pages : 0;
	}
	return change;
}

void file_mappings_look(struct file_mappings *mappings, struct file_mapping *now, unsigned count,
	uint64_t faults, uint64_t maps, bool baseline)
{
	struct change change = compare(mappings, now, count);
	bool gone = change.same < mappings->count || change.fewer;
	uint64_t called = maps - mappings->maps;
	bool moved = mappings->looked && change.fresh > called; /* by mremap(): its pages are not new */
	bool short_lived = called > change.fresh;
	if (!baseline) {
		mappings->pages += change.pages;
		if (moved || (faults != mappings->faults && (gone || short_lived)))
			mappings->known = false;
	}
	mappings->looked = true;
	mappings->faults = faults;
	mappings->maps = maps;
	free(mappings->list);
	mappings->list = now;
	mappings->count = count;
}

void file_mappings_unseen(struct file_mappings *mappings, uint64_t faults)
{
	if (faults != mappings->faults)
		mappings->known = false;
	mappings->faults = faults;
}
