/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_files.h"

#include <stdio.h>
#include <string.h>

enum { U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 };

void put_number(struct text *t, uint64_t v, unsigned bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		text_char(t, (char)v);
}

void put_string(struct text *t, const char *s)
{
	put_number(t, strlen(s), 8);
	text_str(t, s);
}

void put_zeros(struct text *t, size_t up_to)
{
	while (t->len < up_to && !t->failed)
		text_char(t, 0);
}

void put_gguf_head(struct text *t, uint32_t version, uint64_t tensors, uint64_t pairs)
{
	text_str(t, "GGUF");
	put_number(t, version, 4);
	put_number(t, tensors, 8);
	put_number(t, pairs, 8);
}

void put_gguf_tensor(
	struct text *t, const char *name, uint64_t columns, uint64_t rows, uint32_t type, uint64_t offset)
{
	put_string(t, name);
	put_number(t, 2, 4);
	put_number(t, columns, 8);
	put_number(t, rows, 8);
	put_number(t, type, 4);
	put_number(t, offset, 8);
}

static void put_scalar(struct text *t, const char *key, unsigned type, unsigned bytes, uint64_t v)
{
	put_string(t, key);
	put_number(t, type, 4);
	put_number(t, v, bytes);
}

static void put_array(struct text *t, const char *key, unsigned type, uint64_t count)
{
	put_string(t, key);
	put_number(t, ARRAY, 4);
	put_number(t, type, 4);
	put_number(t, count, 8);
}

static unsigned put_scalars(struct text *t)
{
	put_scalar(t, "general.alignment", U32, 4, 64);
	put_scalar(t, "a.u8", U8, 1, 1);
	put_scalar(t, "a.i8", I8, 1, 1);
	put_scalar(t, "a.u16", U16, 2, 1);
	put_scalar(t, "a.i16", I16, 2, 1);
	put_scalar(t, "a.i32", I32, 4, 1);
	put_scalar(t, "a.f32", F32, 4, 1);
	put_scalar(t, "a.bool", BOOL, 1, 1);
	put_scalar(t, "a.u64", U64, 8, 1);
	put_scalar(t, "a.i64", I64, 8, 1);
	put_scalar(t, "a.f64", F64, 8, 1);
	put_string(t, "general.architecture");
	put_number(t, STRING, 4);
	put_string(t, "llama");
	return 12;
}

static unsigned put_arrays(struct text *t)
{
	put_array(t, "tokens", STRING, 3);
	put_string(t, "<s>");
	put_string(t, "");
	put_string(t, "general.alignment");
	put_array(t, "scores", F32, 2);
	put_number(t, 0, 8);
	put_array(t, "nothing", STRING, 0);
	put_array(t, "nested", ARRAY, 2);
	for (int i = 0; i < 2; i++) {
		put_number(t, U16, 4);
		put_number(t, 1, 8);
		put_number(t, 7, 2);
	}
	return 4;
}

size_t put_gguf(struct text *t, uint32_t version)
{
	struct text pairs = { 0 };
	unsigned count = put_scalars(&pairs);
	count += put_arrays(&pairs);
	put_gguf_head(t, version, 4, count);
	text_add(t, pairs.data, pairs.len);
	text_free(&pairs);
	put_gguf_tensor(t, "token_embd.weight", 16, 4, 0, 0);
	put_gguf_tensor(t, "blk.0.attn_q.weight", 64, 1, 8, 256);
	put_gguf_tensor(t, "blk.0.attn_k.weight", 64, 1, 200, 384);
	put_gguf_tensor(t, "output.weight", 32, 1, 1, 512);
	size_t data = (t->len + 63) / 64 * 64;
	put_zeros(t, data + GGUF_DATA_BYTES);
	return data;
}

size_t put_safetensors_json(struct text *t, const char *json)
{
	put_number(t, strlen(json), 8);
	text_str(t, json);
	return t->len;
}

size_t put_safetensors(struct text *t)
{
	size_t data = put_safetensors_json(t,
		"{\"__metadata__\":{\"format\":\"pt\",\"odd\":\"a]},{\\\"b\\\\\"},"
		"\"wte\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},\n"
		" \"h.0.\\u0022q\\\"\" : { \"dtype\": \"I64\", \"shape\": [4], \"data_offsets\": [16, 48] } ,\"empty\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[48,48]},"
		"\"lm_head\":{\"dtype\":\"F32\",\"shape\":[8],\"data_offsets\":[64,96]}}   ");
	put_zeros(t, data + SAFETENSORS_DATA_BYTES);
	return data;
}

size_t put_gguf_split(
	struct text *t, unsigned no, unsigned count, int of_all, unsigned first, unsigned tensors)
{
	char name[64];
	put_gguf_head(t, 3, tensors, 4);
	put_string(t, "general.name");
	put_number(t, STRING, 4);
	put_string(t, "split.no");
	put_scalar(t, "split.no", U16, 2, no);
	put_scalar(t, "split.count", U16, 2, count);
	put_scalar(t, "split.tensors.count", I32, 4, (uint64_t)of_all);
	for (unsigned i = 0; i < tensors; i++) {
		snprintf(name, sizeof(name), "blk.%u.weight", first + i);
		put_gguf_tensor(t, name, SHARD_TENSOR, 1, 24, i * SHARD_TENSOR);
	}
	size_t data = (t->len + 31) / 32 * 32;
	put_zeros(t, data + tensors * SHARD_TENSOR);
	return data;
}

size_t put_safetensors_shard(struct text *t, unsigned first, unsigned tensors)
{
	struct text json = { 0 };
	text_str(&json, "{\"__metadata__\":{\"format\":\"pt\"}");
	for (unsigned i = 0; i < tensors; i++)
		text_printf(&json,
			",\"blk.%u.weight\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[%u,%u]}",
			first + i, SHARD_TENSOR, i * SHARD_TENSOR, (i + 1) * SHARD_TENSOR);
	text_str(&json, "}");
	text_char(&json, '\0');
	size_t data = put_safetensors_json(t, json.data);
	text_free(&json);
	put_zeros(t, data + tensors * SHARD_TENSOR);
	return data;
}

void put_index(struct text *t, const struct index_entry *entries, unsigned count)
{
	unsigned tensor = 0;
	text_str(t, "{\n  \"metadata\": {\n    \"total_size\": 12345\n  },\n  \"weight_map\": {");
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < entries[i].tensors; j++, tensor++)
			text_printf(t, "%s\n    \"blk.%u.weight\": \"%s\"", tensor ? "," : "", tensor,
				entries[i].file);
	text_str(t, "\n  }\n}\n");
}
