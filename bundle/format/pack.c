/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "bundle/base/error.h"

struct packer {
	ZSTD_CCtx *context;
	int level;
	size_t room;
	unsigned char out[];
};

struct packer *packer_new(size_t page_bytes, int level)
{
	size_t room = ZSTD_compressBound(page_bytes);
	struct packer *packer = malloc(sizeof(*packer) + room);
	if (!packer)
		return NULL;
	*packer = (struct packer){ ZSTD_createCCtx(), level, room };
	if (packer->context)
		return packer;
	free(packer);
	return NULL;
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	ZSTD_freeCCtx(packer->context);
	free(packer);
}

int packer_pack(struct packer *packer, const void *page, size_t size, struct packed *packed)
{
	size_t n = ZSTD_compressCCtx(packer->context, packer->out, packer->room, page, size, packer->level);
	if (ZSTD_isError(n))
		return fail(PB_ERR_MEMORY, "zstd: %s", ZSTD_getErrorName(n));
	*packed = n < size ? (struct packed){ packer->out, n } : (struct packed){ page, size };
	return PB_OK;
}

struct unpacker *unpacker_new(size_t page_bytes)
{
	struct unpacker *unpacker = malloc(sizeof(*unpacker));
	if (!unpacker)
		return NULL;
	unpacker->context = ZSTD_createDCtx();
	unpacker->stored = malloc(UNPACKER_STORED);
	unpacker->page = malloc(page_bytes);
	if (unpacker->context && unpacker->stored && unpacker->page)
		return unpacker;
	unpacker_free(unpacker);
	return NULL;
}

void unpacker_free(struct unpacker *unpacker)
{
	if (!unpacker)
		return;
	ZSTD_freeDCtx(unpacker->context);
	free(unpacker->stored);
	free(unpacker->page);
	free(unpacker);
}

int unpacker_unpack(
	struct unpacker *unpacker, const void *stored, size_t stored_size, void *page, size_t size)
{
	if (stored_size == size) {
		memcpy(page, stored, size);
		return PB_OK;
	}
	size_t n = ZSTD_decompressDCtx(unpacker->context, page, size, stored, stored_size);
	if (ZSTD_isError(n))
		return fail(PB_ERR_DAMAGED, "zstd: %s", ZSTD_getErrorName(n));
	return n == size ? PB_OK : fail(PB_ERR_DAMAGED, "a page of %zu bytes has %zu", size, n);
}
