/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * .apbundle: docs/apbundle.md. libpagedbundle is not used: opening a bundle fires its probes, which would make the
 * tracer look like a loader, and it reads a manifest of any size, which a hostile file can make as large as
 * itself. Gaps between models belong to no region. What follows the models in the manifest (an extension) is
 * skipped. In the compressed kind a model reaches up to the next one, and offsets count its compressed bytes.
 */
#include "formats.h"
#include "regions_build.h"

#include <string.h>

#define FIXED_BYTES 20

FORMAT_IS(apbundle)
{
	return file_size >= FIXED_BYTES &&
	       (memcmp(start, "APBUNDLE", 8) == 0 || memcmp(start, "APBUNDLZ", 8) == 0);
}

static bool add_model(struct header *h, uint64_t data, bool compressed, struct regions *regions)
{
	struct region_name name = regions_take_name(regions, h, header_u32(h));
	uint64_t size = header_u64(h), offset = header_u64(h);
	if (h->failed)
		return false;
	if (offset > UINT64_MAX - data || size == UINT64_MAX)
		return true; /* beyond the end of any file */
	return regions_add(regions, data + offset, size && compressed ? REGION_TO_NEXT : size, name);
}

FORMAT_PARSE(apbundle)
{
	char magic[8];
	header_take(h, magic, sizeof(magic));
	header_skip(h, 4); /* version */
	uint64_t manifest = header_u64(h);
	if (h->failed || manifest > h->end - FIXED_BYTES)
		return false;
	h->end = FIXED_BYTES + manifest;
	header_skip(h, 12); /* version, created at */
	header_skip(h, header_u32(h));
	uint32_t count = header_u32(h);
	if (h->failed || !regions_add_header(regions, "manifest", FIXED_BYTES + manifest))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!add_model(h, FIXED_BYTES + manifest, magic[7] == 'Z', regions))
			return false;
	return true;
}
