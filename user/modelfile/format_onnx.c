/* SPDX-License-Identifier: BSD-2-Clause */
/* ONNX models: tensors in the model's own file. Those in other files are found by external_data.h. */
#include "formats.h"
#include "onnx_tensors.h"
#include "regions_build.h"

#define IR_VERSIONS 64 /* the first field is the version of the format: 13 in 2026 */

/* Of the model's message, as tags: the number of the field and how it is stored. */
enum {
	TAG_IR_VERSION = 0x08,
	TAG_PRODUCER_NAME = 0x12,
	TAG_PRODUCER_VERSION = 0x1a,
	TAG_DOMAIN = 0x22,
	TAG_MODEL_VERSION = 0x28,
	TAG_DOC_STRING = 0x32,
	TAG_GRAPH = 0x3a,
	TAG_OPSET_IMPORT = 0x42,
};

/* The end of the string whose length is at `at`; 0: it is no text, or longer than what is known of the file. */
static size_t text_end(const unsigned char start[HEADER_START], size_t at)
{
	size_t end = at + 1 + start[at];
	if (start[at] > 0x7f || end >= HEADER_START)
		return 0;
	for (size_t i = at + 1; i < end; i++)
		if (start[i] < ' ')
			return 0;
	return end;
}

/* A message has no mark of its own: it begins with the version of the format and with texts, before the graph or the sets of
 * operators. Others begin alike; parsing decides. */
FORMAT_IS(onnx)
{
	size_t at = 2;
	if (start[0] != TAG_IR_VERSION || start[1] == 0 || start[1] >= IR_VERSIONS)
		return false;
	while (at && at < HEADER_START - 1 && at < file_size)
		switch (start[at]) {
		case TAG_PRODUCER_NAME:
		case TAG_PRODUCER_VERSION:
		case TAG_DOMAIN:
		case TAG_DOC_STRING:
			at = text_end(start, at + 1);
			break;
		case TAG_MODEL_VERSION:
			for (at++; at < HEADER_START && start[at] & 0x80; at++)
				;
			at++;
			break;
		default:
			return start[at] == TAG_GRAPH || start[at] == TAG_OPSET_IMPORT;
		}
	return false;
}

struct inside {
	struct regions *regions;
	uint64_t first; /* where the first tensor's bytes begin */
};

static bool add_tensor(void *ctx, const struct onnx_tensor *tensor)
{
	struct inside *inside = ctx;
	if (tensor->location.len)
		return true;
	if (tensor->size && tensor->start < inside->first)
		inside->first = tensor->start;
	return regions_add(inside->regions, tensor->start, tensor->size,
		regions_keep_name(inside->regions, tensor->name.data, tensor->name.len));
}

FORMAT_PARSE(onnx)
{
	struct inside inside = { regions, h->file_size };
	return onnx_tensors(h, add_tensor, &inside) && regions_add_header(regions, "header", inside.first);
}
