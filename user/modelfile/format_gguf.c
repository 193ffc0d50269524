/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GGUF, versions 2 and 3, of both byte orders: key-value pairs of metadata, then the list of tensors, then their data,
 * which begins at the next multiple of the alignment. Version 1, whose lengths have four bytes, is recognized and
 * refused: its last writers are of 2023.
 */
#include "formats.h"
#include "regions_build.h"

#include <string.h>

#define ALIGNMENT_DEFAULT 32
#define DIMENSIONS_MAX    8
#define NESTING_MAX       4   /* of arrays in arrays */
#define VERSION_MAX       255 /* larger numbers are of no version, but of another file */

enum value_type {
	VALUE_UINT8,
	VALUE_INT8,
	VALUE_UINT16,
	VALUE_INT16,
	VALUE_UINT32,
	VALUE_INT32,
	VALUE_FLOAT32,
	VALUE_BOOL,
	VALUE_STRING,
	VALUE_ARRAY,
	VALUE_UINT64,
	VALUE_INT64,
	VALUE_FLOAT64,
	VALUE_TYPES
};

/* 0: the value carries its own size */
static const uint8_t value_bytes[VALUE_TYPES] = {
	[VALUE_UINT8] = 1,
	[VALUE_INT8] = 1,
	[VALUE_UINT16] = 2,
	[VALUE_INT16] = 2,
	[VALUE_UINT32] = 4,
	[VALUE_INT32] = 4,
	[VALUE_FLOAT32] = 4,
	[VALUE_BOOL] = 1,
	[VALUE_UINT64] = 8,
	[VALUE_INT64] = 8,
	[VALUE_FLOAT64] = 8,
};

/* How many weights and how many bytes a block of each type has. A tensor of a type that is not listed (withdrawn,
 * never stored, or newer) ends where the next one begins. */
static const struct {
	uint16_t weights, bytes;
} tensor_types[] = {
	[0] = { 1, 4 },      /* F32 */
	[1] = { 1, 2 },      /* F16 */
	[2] = { 32, 18 },    /* Q4_0 */
	[3] = { 32, 20 },    /* Q4_1 */
	[6] = { 32, 22 },    /* Q5_0 */
	[7] = { 32, 24 },    /* Q5_1 */
	[8] = { 32, 34 },    /* Q8_0 */
	[10] = { 256, 84 },  /* Q2_K */
	[11] = { 256, 110 }, /* Q3_K */
	[12] = { 256, 144 }, /* Q4_K */
	[13] = { 256, 176 }, /* Q5_K */
	[14] = { 256, 210 }, /* Q6_K */
	[15] = { 256, 292 }, /* Q8_K */
	[16] = { 256, 66 },  /* IQ2_XXS */
	[17] = { 256, 74 },  /* IQ2_XS */
	[18] = { 256, 98 },  /* IQ3_XXS */
	[19] = { 256, 50 },  /* IQ1_S */
	[20] = { 32, 18 },   /* IQ4_NL */
	[21] = { 256, 110 }, /* IQ3_S */
	[22] = { 256, 82 },  /* IQ2_S */
	[23] = { 256, 136 }, /* IQ4_XS */
	[24] = { 1, 1 },     /* I8 */
	[25] = { 1, 2 },     /* I16 */
	[26] = { 1, 4 },     /* I32 */
	[27] = { 1, 8 },     /* I64 */
	[28] = { 1, 8 },     /* F64 */
	[29] = { 256, 56 },  /* IQ1_M */
	[30] = { 1, 2 },     /* BF16 */
	[34] = { 256, 54 },  /* TQ1_0 */
	[35] = { 256, 66 },  /* TQ2_0 */
	[39] = { 32, 17 },   /* MXFP4 */
};

static uint32_t version_of(const unsigned char start[HEADER_START], bool big)
{
	uint32_t version = 0;
	for (int i = 0; i < 4; i++)
		version = version << 8 | start[big ? 4 + i : 7 - i];
	return version;
}

/* A small number, seen in one of the two byte orders. */
static bool is_version(uint32_t version)
{
	return version >= 1 && version <= VERSION_MAX;
}

FORMAT_IS(gguf)
{
	return file_size >= 16 && memcmp(start, "GGUF", 4) == 0 &&
	       (is_version(version_of(start, false)) || is_version(version_of(start, true)));
}

static void skip_string(struct header *h)
{
	header_skip(h, header_u64(h));
}

/* Each step consumes bytes of the header, so that a wrong count costs at most the header's length. */
static void skip_value(struct header *h, uint32_t type, unsigned depth)
{
	if (type == VALUE_STRING) {
		skip_string(h);
	} else if (type == VALUE_ARRAY && depth < NESTING_MAX) {
		uint32_t of = header_u32(h);
		uint64_t count = header_u64(h);
		if (of >= VALUE_TYPES)
			header_refuse(h, "an array of its metadata has no known type");
		else if (count > header_left(h))
			h->failed = true;
		else if (value_bytes[of])
			header_skip(h, count * value_bytes[of]);
		for (uint64_t i = 0; !h->failed && !value_bytes[of] && i < count; i++)
			skip_value(h, of, depth + 1);
	} else if (type < VALUE_TYPES && value_bytes[type]) {
		header_skip(h, value_bytes[type]);
	} else {
		header_refuse(h, "a value of its metadata has no known type");
	}
}

/* The numbers of the metadata that matter here. */
enum known_key { KEY_ALIGNMENT, KEY_SPLIT_NO, KEY_SPLIT_COUNT, KEY_SPLIT_TENSORS, KNOWN_KEYS };

static const char *const known_keys[KNOWN_KEYS] = {
	[KEY_ALIGNMENT] = "general.alignment",
	[KEY_SPLIT_NO] = "split.no",
	[KEY_SPLIT_COUNT] = "split.count",
	[KEY_SPLIT_TENSORS] = "split.tensors.count",
};

enum { KEY_MAX = 24 };

/* Takes a key. KNOWN_KEYS: one that does not matter. */
static enum known_key take_key(struct header *h)
{
	char key[KEY_MAX];
	uint64_t len = header_u64(h);
	unsigned known = 0;
	if (len > sizeof(key)) {
		header_skip(h, len);
		return KNOWN_KEYS;
	}
	header_take(h, key, len);
	while (known < KNOWN_KEYS &&
		(strlen(known_keys[known]) != len || memcmp(key, known_keys[known], len) != 0))
		known++;
	return known;
}

/* A number of any integer type; a negative one is too large for what it counts. */
static uint64_t take_integer(struct header *h, uint32_t type)
{
	unsigned char bytes[8] = { 0 };
	bool is_signed = type == VALUE_INT8 || type == VALUE_INT16 || type == VALUE_INT32;
	unsigned size = value_bytes[type];
	uint64_t v = 0;
	header_take(h, bytes, size);
	for (unsigned i = 0; i < size; i++)
		v = v << 8 | bytes[h->big ? i : size - 1 - i];
	return is_signed && v >> (size * 8 - 1) ? UINT64_MAX : v;
}

static bool is_integer(uint32_t type)
{
	return type < VALUE_TYPES && value_bytes[type] && type != VALUE_FLOAT32 && type != VALUE_FLOAT64 &&
	       type != VALUE_BOOL;
}

/* Takes one key and its value; keeps the number if it matters. */
static void take_pair(struct header *h, uint64_t known[KNOWN_KEYS])
{
	enum known_key key = take_key(h);
	uint32_t type = header_u32(h);
	if (key == KEY_ALIGNMENT ? type == VALUE_UINT32 : key != KNOWN_KEYS && is_integer(type))
		known[key] = take_integer(h, type);
	else
		skip_value(h, type, 0);
}

/* The bytes of that number of weights of a type; REGION_TO_NEXT if unknown. */
static uint64_t tensor_bytes(uint32_t type, uint64_t weights, bool overflow)
{
	uint64_t bytes;
	if (overflow || type >= sizeof(tensor_types) / sizeof(*tensor_types) || !tensor_types[type].weights)
		return REGION_TO_NEXT;
	if (weights % tensor_types[type].weights)
		return REGION_TO_NEXT; /* no type is stored in parts of blocks */
	if (__builtin_mul_overflow(weights / tensor_types[type].weights, tensor_types[type].bytes, &bytes))
		return REGION_TO_NEXT;
	return bytes;
}

/* One tensor of the list. Its offset counts from the start of the data, which is known only at the list's end. */
struct tensor {
	struct region_name name;
	uint64_t offset, bytes;
};

static struct tensor take_tensor(struct header *h, struct regions *regions)
{
	struct tensor tensor = { .name = regions_take_name(regions, h, header_u64(h)) };
	uint32_t dimensions = header_u32(h);
	uint64_t weights = 1;
	bool overflow = false;
	if (dimensions > DIMENSIONS_MAX)
		header_refuse(h, "a tensor has more than 8 dimensions");
	for (uint32_t i = 0; !h->failed && i < dimensions; i++)
		overflow |= __builtin_mul_overflow(weights, header_u64(h), &weights);
	uint32_t type = header_u32(h);
	tensor.offset = header_u64(h);
	tensor.bytes = tensor_bytes(type, weights, overflow);
	return tensor;
}

/* Takes magic and version, and learns the byte order of all that follows. */
static bool take_start(struct header *h)
{
	unsigned char start[HEADER_START] = { 0 };
	header_take(h, start, 8);
	h->big = !is_version(version_of(start, false));
	switch (version_of(start, h->big)) {
	case 1:
		return header_refuse(
			h, "GGUF version 1 (2 and 3 are known: convert it with the program that made it)");
	case 2:
	case 3:
		return true;
	}
	return header_refuse(h, "a version of GGUF that is not known (2 and 3 are)");
}

static uint32_t at_most(uint64_t number)
{
	return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

/* A part of a model says which one it is, but not of which model: that is in its name (shards.h). */
static bool set_split(struct regions *regions, const uint64_t known[KNOWN_KEYS])
{
	const struct shard shard = {
		.number = at_most(known[KEY_SPLIT_NO]),
		.count = at_most(known[KEY_SPLIT_COUNT]),
		.tensors = at_most(known[KEY_SPLIT_TENSORS]),
	};
	return shard.count < 2 || regions_set_shard(regions, &shard);
}

FORMAT_PARSE(gguf)
{
	if (!take_start(h))
		return false;
	uint64_t tensors = header_u64(h), pairs = header_u64(h);
	uint64_t known[KNOWN_KEYS] = { [KEY_ALIGNMENT] = ALIGNMENT_DEFAULT };
	for (uint64_t i = 0; !h->failed && i < pairs; i++)
		take_pair(h, known);
	uint64_t alignment = known[KEY_ALIGNMENT];
	if (alignment == 0 || alignment & (alignment - 1))
		header_refuse(h, "general.alignment is no power of two");
	for (uint64_t i = 0; !h->failed && i < tensors; i++) {
		struct tensor tensor = take_tensor(h, regions);
		if (!h->failed && !regions_add(regions, tensor.offset, tensor.bytes, tensor.name))
			return false;
	}
	uint64_t data = (header_pos(h) + alignment - 1) & ~(alignment - 1);
	regions_shift(regions, data);
	return !h->failed && regions_add_header(regions, "header", data) && set_split(regions, known);
}
