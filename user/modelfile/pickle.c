/* SPDX-License-Identifier: BSD-2-Clause */
#include "pickle.h"

#include "pickle_machine.h"
#include "user/base/text.h"

#define DEPTH_MAX      64
#define NAME_MAX_BYTES 4096

struct walk {
	struct pickle_machine machine;
	struct text name;
	bool (*found)(void *ctx, const struct pickle_tensor *tensor);
	void *ctx;
};

/* Keys that a Module has in between, and that its state_dict() does not name. */
static bool is_left_out(struct span key)
{
	static const char *const names[] = { "_parameters", "_modules", "_buffers" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (key.len == strlen(names[i]) && memcmp(key.data, names[i], key.len) == 0)
			return true;
	return false;
}

/* Appends a child's key to the name, or its place in a list. */
static void enter(struct walk *w, uint32_t key, enum pickle_type parent, uint64_t place)
{
	const struct pickle_value *value = &w->machine.values[key];
	struct span text = { w->machine.bytes + value->at, value->len, false };
	bool is_string = value->type == PICKLE_STRING, has_place = !key && parent == PICKLE_LIST;
	if ((!key && !has_place) || w->name.len > NAME_MAX_BYTES || (is_string && is_left_out(text)))
		return;
	if (w->name.len)
		text_char(&w->name, '.');
	if (is_string && text.len <= NAME_MAX_BYTES)
		text_add(&w->name, text.data, text.len);
	else if (has_place || value->type == PICKLE_NUMBER)
		text_u64(&w->name, has_place ? place : value->number);
	else
		text_char(&w->name, '?');
}

static bool emit(struct walk *w, const struct pickle_value *tensor)
{
	const struct pickle_value *storage = &w->machine.values[tensor->storage];
	struct pickle_tensor found = {
		.name = { w->name.data ? w->name.data : "", (uint32_t)w->name.len, false },
		.storage = { w->machine.bytes + storage->at, storage->len, false },
		.offset = tensor->offset,
		.size = tensor->number,
	};
	return !w->name.failed && w->found(w->ctx, &found);
}

/* Each value is visited once, by its first name: values may refer to each other in a circle. */
static bool visit(struct walk *w, uint32_t index, unsigned depth)
{
	struct pickle_value *value = &w->machine.values[index];
	if (value->walked || depth > DEPTH_MAX)
		return true;
	value->walked = index != 0;
	if (value->type == PICKLE_TENSOR)
		return emit(w, value);
	uint64_t place = 0;
	for (uint32_t c = value->first; c; c = w->machine.children[c].next, place++) {
		const struct pickle_child *child = &w->machine.children[c];
		size_t len = w->name.len;
		enter(w, child->key, value->type, place);
		bool go_on = visit(w, child->value, depth + 1);
		w->name.len = len;
		if (!go_on)
			return false;
	}
	return true;
}

bool pickle_tensors(const char *bytes, size_t size,
	bool (*found)(void *ctx, const struct pickle_tensor *tensor), void *ctx)
{
	struct walk w = { .found = found, .ctx = ctx };
	uint32_t root = size <= UINT32_MAX ? pickle_run(&w.machine, bytes, size) : 0;
	bool good = root && !w.machine.failed && visit(&w, root, 0);
	pickle_end(&w.machine);
	text_free(&w.name);
	return good;
}
