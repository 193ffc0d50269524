/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "extension_records.h"
#include "format.h"
#include "hash.h"

/* --- lengths of records, without their heads --- */

static uint64_t pair_bytes(const struct pair *pair)
{
	return 4 + (uint64_t)pair->key.len + 4 + pair->value.len;
}

static uint64_t component_bytes(const struct component *c)
{
	return 4 + (uint64_t)c->name.len + 4 + 4 * (uint64_t)c->count;
}

static uint64_t checksums_bytes(const struct manifest *m)
{
	return 4 + 8 * (uint64_t)m->count;
}

static uint64_t pages_bytes(const struct extension *x)
{
	return PAGES_HEAD_BYTES + PAGE_RECORD_BYTES * x->page_count;
}

static uint32_t record_count(const struct extension *x)
{
	return x->pair_count + x->component_count + x->checksums + x->aligned + (x->page_bytes != 0);
}

uint64_t extension_size(const struct manifest *m)
{
	const struct extension *x = &m->extension;
	if (!x->version)
		return 0;
	uint64_t size = BLOCK_HEAD_BYTES + BLOCK_TAIL_BYTES + RECORD_HEAD_BYTES * (uint64_t)record_count(x);
	for (uint32_t i = 0; i < x->pair_count; i++)
		size += pair_bytes(&x->pairs[i]);
	for (uint32_t i = 0; i < x->component_count; i++)
		size += component_bytes(&x->components[i]);
	size += x->checksums ? checksums_bytes(m) : 0;
	size += x->aligned ? m->count : 0;
	return size + (x->page_bytes ? pages_bytes(x) : 0);
}

/* --- the records --- */

static unsigned char *put_head(unsigned char *p, enum record kind, uint64_t length)
{
	return put_number(put_number(p, kind, 4), length, 8);
}

static unsigned char *put_pair(unsigned char *p, const struct pair *pair)
{
	p = put_head(p, RECORD_PAIR, pair_bytes(pair));
	p = put_text(p, pair->key.bytes, pair->key.len);
	return put_text(p, pair->value.bytes, pair->value.len);
}

static unsigned char *put_component(unsigned char *p, const struct component *c)
{
	p = put_head(p, RECORD_COMPONENT, component_bytes(c));
	p = put_text(p, c->name.bytes, c->name.len);
	p = put_number(p, c->count, 4);
	for (uint32_t i = 0; i < c->count; i++)
		p = put_number(p, c->models[i], 4);
	return p;
}

static unsigned char *put_checksums(unsigned char *p, const struct manifest *m)
{
	p = put_head(p, RECORD_CHECKSUMS, checksums_bytes(m));
	p = put_number(p, CHECKSUM_XXH3, 4);
	for (uint32_t i = 0; i < m->count; i++)
		p = put_number(p, m->models[i].checksum, 8);
	return p;
}

static unsigned char *put_alignments(unsigned char *p, const struct manifest *m)
{
	p = put_head(p, RECORD_ALIGNMENTS, m->count);
	for (uint32_t i = 0; i < m->count; i++)
		*p++ = m->models[i].alignment_log2;
	return p;
}

static unsigned char *put_pages(unsigned char *p, const struct manifest *m)
{
	const struct extension *x = &m->extension;
	p = put_head(p, RECORD_PAGES, pages_bytes(x));
	p = put_number(p, COMPRESSION_ZSTD, 4);
	p = put_number(p, x->page_bytes, 4);
	const struct page *page = x->pages;
	for (uint32_t i = 0; i < m->count; i++) {
		uint64_t from = 0, next = i + 1 < m->count ? m->models[i + 1].first_page : x->page_count;
		for (; page < x->pages + next; from = page++->end) {
			p = put_number(p, page->end - from, 4);
			p = put_number(p, page->checksum, 8);
		}
	}
	return p;
}

unsigned char *extension_put(const struct manifest *m, const unsigned char *file, unsigned char *p)
{
	const struct extension *x = &m->extension;
	if (!x->version)
		return p;
	memcpy(p, EXTENSION_START, MARK_BYTES);
	p = put_number(p + MARK_BYTES, x->version, 4);
	p = put_number(p, record_count(x), 4);
	p = put_number(p, extension_size(m), 8);
	for (uint32_t i = 0; i < x->pair_count; i++)
		p = put_pair(p, &x->pairs[i]);
	for (uint32_t i = 0; i < x->component_count; i++)
		p = put_component(p, &x->components[i]);
	if (x->checksums)
		p = put_checksums(p, m);
	if (x->aligned)
		p = put_alignments(p, m);
	if (x->page_bytes)
		p = put_pages(p, m);
	p = put_number(p, hash_of(file, (size_t)(p - file)), 8);
	memcpy(p, EXTENSION_END, MARK_BYTES);
	return p + MARK_BYTES;
}
