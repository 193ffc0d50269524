/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the extension's block. The file may be hostile: a length that passes its record is an error, and
 * memory is bounded by the block's length. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/base/error.h"
#include "extension_records.h"
#include "format.h"
#include "hash.h"
#include "manifest_layout.h"

struct block {
	uint32_t version, records;
	uint64_t end; /* of the records: a file offset */
};

static int damaged(const char *what)
{
	return fail(PB_ERR_FORMAT, "its extension: %s", what);
}

/* Whether the manifest's last bytes are the block's end mark. */
static int ends_marked(const struct stream *s, bool *marked)
{
	char mark[MARK_BYTES];
	*marked = false;
	if (stream_left(s) < sizeof(mark))
		return PB_OK;
	int err = file_read(s->file, mark, sizeof(mark), s->end - sizeof(mark));
	*marked = !err && memcmp(mark, EXTENSION_END, sizeof(mark)) == 0;
	return err;
}

static int starts_marked(struct stream *s, bool *marked)
{
	char mark[MARK_BYTES];
	*marked = false;
	if (stream_left(s) < sizeof(mark))
		return PB_OK;
	int err = stream_take(s, mark, sizeof(mark));
	*marked = !err && memcmp(mark, EXTENSION_START, sizeof(mark)) == 0;
	return err;
}

/* An extended file has three marks. Unless all or none are there it is damaged: losing one must not turn it
 * into a plain file. */
static int find_block(const struct manifest *m, struct stream *s, bool *there)
{
	bool start, end;
	int err = ends_marked(s, &end);
	if (!err)
		err = starts_marked(s, &start);
	if (err)
		return err;
	*there = m->version == EXTENDED_VERSION || m->compressed || start || end;
	return *there && !(m->version == EXTENDED_VERSION && start && end)
		       ? damaged("its beginning, its end or the list of models before it")
		       : PB_OK;
}

/* Checks the checksum at `end` of all bytes before it. */
static int check_hash(const struct stream *s, uint64_t end)
{
	unsigned char stored[8];
	struct hash *hash = hash_new();
	unsigned char *window = malloc(sizeof(s->window));
	int err = hash && window ? PB_OK : fail(PB_ERR_MEMORY, "checking the manifest");
	if (!err)
		hash_add(hash, s->header, HEADER_BYTES);
	for (uint64_t pos = HEADER_BYTES; !err && pos < end;) {
		size_t n = end - pos < sizeof(s->window) ? (size_t)(end - pos) : sizeof(s->window);
		err = file_read(s->file, window, n, pos);
		if (!err)
			hash_add(hash, window, n);
		pos += n;
	}
	if (!err)
		err = file_read(s->file, stored, sizeof(stored), end);
	if (!err && get_number(stored, 8) != hash_end(hash))
		err = damaged("the manifest's checksum differs");
	hash_free(hash);
	free(window);
	return err;
}

/* Reads what follows the start mark, and checks the block's length and checksum. */
static int read_head(struct stream *s, struct block *b)
{
	uint64_t length, begin = stream_pos(s) - MARK_BYTES;
	int err = stream_u32(s, &b->version);
	if (!err)
		err = stream_u32(s, &b->records);
	if (!err)
		err = stream_u64(s, &length);
	if (err)
		return err;
	if (length != s->end - begin || length < BLOCK_HEAD_BYTES + BLOCK_TAIL_BYTES)
		return damaged("its length is not that of the surplus");
	b->end = s->end - BLOCK_TAIL_BYTES;
	return check_hash(s, b->end);
}

static int read_pair(struct manifest *m, struct stream *s)
{
	char *key = NULL, *value = NULL;
	uint32_t key_len, value_len;
	int err = stream_text(s, "a key of the metadata", &key, &key_len);
	if (!err)
		err = stream_text(s, "a value of the metadata", &value, &value_len);
	if (err) {
		free(key);
		return err;
	}
	struct pair pair = { { key, key_len }, { value, value_len } };
	err = extension_enter_pair(&m->extension, &pair);
	return err == PB_ERR_EXISTS ? damaged("a key is there twice") : err;
}

static int read_component_models(const struct manifest *m, struct stream *s, struct component *c)
{
	uint32_t count;
	int err = stream_u32(s, &count);
	if (err)
		return err;
	if (count > m->count || count > stream_left(s) / 4)
		return damaged("a component has more models than there are");
	c->models = malloc((count ? count : 1) * sizeof(*c->models));
	if (!c->models)
		return fail(PB_ERR_MEMORY, "a component of %u models", count);
	for (c->count = 0; c->count < count; c->count++) {
		uint32_t *at = &c->models[c->count];
		err = stream_u32(s, at);
		if (err)
			return err;
		if (*at >= m->count || (c->count && *at <= at[-1]))
			return damaged("a component's models are not in order");
	}
	return PB_OK;
}

static int read_component(struct manifest *m, struct stream *s)
{
	struct component component = { 0 };
	char *name;
	int err = stream_text(s, "a component's name", &name, &component.name.len);
	if (err)
		return err;
	component.name.bytes = name;
	err = read_component_models(m, s, &component);
	if (err) {
		free(name);
		free(component.models);
		return err;
	}
	err = extension_enter_component(&m->extension, &component);
	return err == PB_ERR_EXISTS ? damaged("a component is there twice") : err;
}

static int read_checksums(struct manifest *m, struct stream *s)
{
	uint32_t method;
	int err = stream_u32(s, &method);
	if (err || method != CHECKSUM_XXH3)
		return err; /* an unknown method: treated as no checksums */
	if (m->extension.checksums)
		return damaged("checksums are there twice");
	m->extension.checksums = true;
	for (uint32_t i = 0; !err && i < m->count; i++)
		err = stream_u64(s, &m->models[i].checksum);
	return err;
}

static int read_alignments(struct manifest *m, struct stream *s)
{
	if (m->extension.aligned)
		return damaged("alignments are there twice");
	m->extension.aligned = true;
	for (uint32_t i = 0; i < m->count; i++) {
		struct model *model = &m->models[i];
		int err = stream_take(s, &model->alignment_log2, 1);
		if (err)
			return err;
		if (model->alignment_log2 > ALIGNMENT_LOG2_MAX)
			return damaged("an alignment of more than 1 GiB");
		if (manifest_aligned(m, model, model->offset) != model->offset)
			return damaged("a model is not aligned as it says");
	}
	return PB_OK;
}

/* Sizes and checksums of all pages; sizes are summed up to each page's end. */
static int read_page_table(struct manifest *m, struct stream *s)
{
	struct extension *x = &m->extension;
	struct page *page = x->pages;
	for (uint32_t i = 0; i < m->count; i++) {
		uint64_t end = 0;
		for (uint64_t left = m->models[i].size; left > 0; page++) {
			unsigned char bytes[PAGE_RECORD_BYTES];
			int err = stream_take(s, bytes, sizeof(bytes));
			if (err)
				return err;
			uint64_t raw = left < x->page_bytes ? left : x->page_bytes;
			uint64_t stored = get_number(bytes, 4);
			if (stored == 0 || stored > raw)
				return damaged("a page is larger than what it holds");
			*page = (struct page){ end += stored, get_number(bytes + 4, 8) };
			left -= raw;
		}
	}
	return PB_OK;
}

static int read_pages(struct manifest *m, struct stream *s, uint64_t length)
{
	struct extension *x = &m->extension;
	uint32_t method;
	int err = stream_u32(s, &method);
	if (!err && (x->page_bytes || !m->compressed))
		err = damaged("a table of pages that does not belong there");
	if (!err)
		err = stream_u32(s, &x->page_bytes);
	if (err)
		return err;
	if (method != COMPRESSION_ZSTD)
		return damaged("a compression that is not known");
	if (x->page_bytes < PAGE_BYTES_MIN || x->page_bytes > PAGE_BYTES_MAX ||
		x->page_bytes & (x->page_bytes - 1))
		return damaged("the size of its pages");
	uint64_t most = (length - PAGES_HEAD_BYTES) / PAGE_RECORD_BYTES;
	err = extension_count_pages(m, most);
	if (!err && x->page_count != most)
		err = damaged("its models have fewer pages than its table");
	if (err)
		return err;
	x->pages = malloc(most ? most * sizeof(*x->pages) : 1);
	return x->pages ? read_page_table(m, s) : fail(PB_ERR_MEMORY, "a table of %" PRIu64 " pages", most);
}

static int read_body(struct manifest *m, struct stream *s, uint32_t kind, uint64_t length)
{
	switch (kind) {
	case RECORD_PAIR:
		return read_pair(m, s);
	case RECORD_COMPONENT:
		return read_component(m, s);
	case RECORD_CHECKSUMS:
		if (length != 4 + 8 * (uint64_t)m->count)
			return damaged("the number of checksums");
		return read_checksums(m, s);
	case RECORD_ALIGNMENTS:
		if (length != m->count)
			return damaged("the number of alignments");
		return read_alignments(m, s);
	case RECORD_PAGES:
		if (length < PAGES_HEAD_BYTES || (length - PAGES_HEAD_BYTES) % PAGE_RECORD_BYTES)
			return damaged("the table of pages");
		return read_pages(m, s, length);
	}
	return stream_skip(s, length); /* unknown: of a later version */
}

static int read_record(struct manifest *m, struct stream *s, const struct block *b)
{
	uint32_t kind;
	uint64_t length;
	int err = stream_u32(s, &kind);
	if (!err)
		err = stream_u64(s, &length);
	if (err)
		return err;
	uint64_t begin = stream_pos(s);
	if (begin > b->end || length > b->end - begin)
		return damaged("a record passes its end");
	err = read_body(m, s, kind, length);
	/* skip the checksums of an unknown method */
	if (!err && kind == RECORD_CHECKSUMS && !m->extension.checksums)
		err = stream_skip(s, begin + length - stream_pos(s));
	if (!err && stream_pos(s) != begin + length)
		err = damaged("a record is not as long as it says");
	return err;
}

int extension_read(struct manifest *m, struct stream *s)
{
	struct block block;
	bool there;
	int err = find_block(m, s, &there);
	if (err || !there)
		return err;
	err = read_head(s, &block);
	if (err)
		return err;
	m->extension.version = block.version;
	if (block.version != EXTENSION_VERSION)
		return m->compressed ? damaged("a version of the compressed kind that is not known") : PB_OK;
	for (uint32_t i = 0; !err && i < block.records; i++)
		err = read_record(m, s, &block);
	if (!err && stream_pos(s) != block.end)
		err = damaged("it holds more than its records");
	if (!err && m->compressed && !m->extension.page_bytes)
		err = damaged("no table of pages in a compressed bundle");
	return err;
}
