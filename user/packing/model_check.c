/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_check.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

bool model_check_start(struct model_check *c, const struct pb_paged *paged, size_t index)
{
	struct pb_storage storage;
	*c = (struct model_check){ 0 };
	pb_storage_init(&storage);
	if (pb_storage_at(paged, index, &storage) != PB_OK || !storage.has_checksum)
		return true;
	c->want = storage.checksum;
	c->state = XXH3_createState();
	if (c->state)
		XXH3_64bits_reset(c->state);
	return c->state;
}

void model_check_add(struct model_check *c, const void *data, size_t size)
{
	if (c->state)
		XXH3_64bits_update(c->state, data, size);
}

bool model_check_end(struct model_check *c)
{
	bool same = !c->state || XXH3_64bits_digest(c->state) == c->want;
	XXH3_freeState(c->state);
	c->state = NULL;
	return same;
}
