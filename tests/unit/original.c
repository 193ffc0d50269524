/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules: the magic must match, versions are not checked, a manifest has at least 16 bytes, its surplus
 * bytes are ignored, the last of two entries with one name counts, offsets are relative to 20 +
 * manifest_len, gaps are permitted.
 */
#include "original.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

struct walk {
	const char *at, *end;
	bool bad;
};

static uint64_t take(struct walk *w, size_t bytes)
{
	uint64_t v = 0;
	if ((size_t)(w->end - w->at) < bytes) {
		w->bad = true;
		return 0;
	}
	memcpy(&v, w->at, bytes);
	w->at += bytes;
	return le64toh(v);
}

static const char *take_text(struct walk *w, size_t *len)
{
	*len = (size_t)take(w, 4);
	const char *text = w->at;
	if ((size_t)(w->end - w->at) < *len) {
		w->bad = true;
		return NULL;
	}
	w->at += *len;
	return text;
}

struct found {
	uint64_t size, offset;
	bool there;
};

/* Searches for a name (NULL: all must lie in the file); returns the number of entries, -1 if the file is
 * refused. */
static int walk(const char *file, size_t size, const char *name, struct found *found)
{
	struct walk w = { file + 8, file + size, false };
	size_t len;
	if (size < 20 || memcmp(file, "APBUNDLE", 8) != 0)
		return -1;
	take(&w, 4);
	uint64_t manifest = take(&w, 8);
	if (manifest < 16 || manifest > size - 20)
		return -1;
	w.end = file + 20 + manifest;
	take(&w, 4);
	take(&w, 8);
	take_text(&w, &len);
	uint32_t count = (uint32_t)take(&w, 4);
	for (uint32_t i = 0; !w.bad && i < count; i++) {
		const char *its_name = take_text(&w, &len);
		uint64_t its_size = take(&w, 8), offset = take(&w, 8);
		if (w.bad)
			break;
		if (!name && its_size &&
			(offset > size - 20 - manifest || its_size > size - 20 - manifest - offset))
			return -1;
		if (name && len == strlen(name) && memcmp(its_name, name, len) == 0)
			*found = (struct found){ its_size, 20 + manifest + offset, true };
	}
	return w.bad ? -1 : (int)count;
}

bool original_get(const char *file, size_t size, const char *name, const char **data, size_t *data_size)
{
	struct found found = { 0 };
	if (walk(file, size, name, &found) < 0 || !found.there)
		return false;
	if (found.size && (found.offset > size || found.size > size - found.offset))
		return false;
	*data = file + found.offset;
	*data_size = (size_t)found.size;
	return true;
}

int original_count(const char *file, size_t size)
{
	return walk(file, size, NULL, NULL);
}
