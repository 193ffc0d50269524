/* SPDX-License-Identifier: BSD-2-Clause */
#include "pickle_calls.h"

#include <string.h>

/* Bytes of an element, by the name of a storage's class without "Storage", and by torch's name of the type. */
static const struct {
	const char *storage, *dtype;
	uint8_t bytes;
} element_types[] = {
	{ "Double", "float64", 8 },
	{ "Float", "float32", 4 },
	{ "Half", "float16", 2 },
	{ "BFloat16", "bfloat16", 2 },
	{ "Long", "int64", 8 },
	{ "Int", "int32", 4 },
	{ "Short", "int16", 2 },
	{ "Char", "int8", 1 },
	{ "Byte", "uint8", 1 },
	{ "Bool", "bool", 1 },
	{ "ComplexDouble", "complex128", 16 },
	{ "ComplexFloat", "complex64", 8 },
	{ "QInt8", "qint8", 1 },
	{ "QUInt8", "quint8", 1 },
	{ "QInt32", "qint32", 4 },
	{ "Untyped", "", 1 },
	{ "", "uint16", 2 },
	{ "", "uint32", 4 },
	{ "", "uint64", 8 },
	{ "", "float8_e4m3fn", 1 },
	{ "", "float8_e5m2", 1 },
};

/* The name after the last '\n' or '.' of a text. */
static const char *last_name(const struct pickle_machine *m, const struct pickle_value *value, size_t *len)
{
	const char *text = m->bytes + value->at, *end = text + value->len, *from = end;
	while (from > text && from[-1] != '\n' && from[-1] != '.')
		from--;
	*len = (size_t)(end - from);
	return from;
}

static bool is_called(const struct pickle_machine *m, uint32_t function, const char *name)
{
	const struct pickle_value *value = &m->values[function];
	size_t len;
	const char *last = last_name(m, value, &len);
	return value->type == PICKLE_GLOBAL && len == strlen(name) && memcmp(last, name, len) == 0;
}

/* The item at `index` of a list; 0: it has fewer, or is no list. */
static uint32_t item(const struct pickle_machine *m, uint32_t list, unsigned index)
{
	if (m->values[list].type != PICKLE_LIST)
		return 0;
	uint32_t child = m->values[list].first;
	while (child && index-- > 0)
		child = m->children[child].next;
	return child ? m->children[child].value : 0;
}

/* Bytes of an element; 0: not known. `suffix` follows the name. */
static unsigned element_bytes(const struct pickle_machine *m, uint32_t global, bool is_storage)
{
	size_t len, suffix = is_storage ? strlen("Storage") : 0;
	const char *name = last_name(m, &m->values[global], &len);
	if (m->values[global].type != PICKLE_GLOBAL || len <= suffix)
		return 0;
	for (size_t i = 0; i < sizeof(element_types) / sizeof(*element_types); i++) {
		const char *type = is_storage ? element_types[i].storage : element_types[i].dtype;
		if (strlen(type) == len - suffix && memcmp(type, name, len - suffix) == 0)
			return element_types[i].bytes;
	}
	return 0;
}

struct pickle_value pickle_storage(const struct pickle_machine *m, uint32_t id)
{
	struct pickle_value value = m->values[item(m, id, 2)];
	value.number = element_bytes(m, item(m, id, 1), true);
	value.type = value.type == PICKLE_STRING && value.number ? PICKLE_STORAGE : PICKLE_OTHER;
	return value;
}

/* The number of elements of a tensor with this tuple of sizes. False: damaged. */
static bool elements_of(const struct pickle_machine *m, uint32_t sizes, uint64_t *elements)
{
	*elements = 1;
	if (m->values[sizes].type != PICKLE_LIST)
		return false;
	for (uint32_t c = m->values[sizes].first; c; c = m->children[c].next) {
		const struct pickle_value *size = &m->values[m->children[c].value];
		if (size->type != PICKLE_NUMBER || __builtin_mul_overflow(*elements, size->number, elements))
			return false;
	}
	return true;
}

/* args: storage, offset in elements, sizes, ...; at index `dtype`, unless 0, the type of an untyped storage. */
static struct pickle_value tensor_of(const struct pickle_machine *m, uint32_t args, unsigned dtype)
{
	const struct pickle_value none = { .type = PICKLE_OTHER };
	uint32_t storage = item(m, args, 0);
	const struct pickle_value *offset = &m->values[item(m, args, 1)];
	struct pickle_value tensor = { .type = PICKLE_TENSOR, .storage = storage };
	uint64_t bytes = m->values[storage].number, elements;
	if (dtype && element_bytes(m, item(m, args, dtype), false))
		bytes = element_bytes(m, item(m, args, dtype), false);
	if (m->values[storage].type != PICKLE_STORAGE || offset->type != PICKLE_NUMBER ||
		!elements_of(m, item(m, args, 2), &elements) ||
		__builtin_mul_overflow(offset->number, bytes, &tensor.offset) ||
		__builtin_mul_overflow(elements, bytes, &tensor.number))
		return none;
	return tensor;
}

struct pickle_value pickle_call(const struct pickle_machine *m, uint32_t function, uint32_t args)
{
	if (is_called(m, function, "_rebuild_tensor_v2") || is_called(m, function, "_rebuild_tensor"))
		return tensor_of(m, args, 0);
	if (is_called(m, function, "_rebuild_tensor_v3"))
		return tensor_of(m, args, 6);
	/* a parameter, or a tensor of a class of its own, is made of a tensor */
	struct pickle_value inner = m->values[item(m, args, 0)];
	if (inner.type == PICKLE_TENSOR && (is_called(m, function, "_rebuild_parameter") ||
						   is_called(m, function, "_rebuild_parameter_with_state")))
		return inner;
	if (is_called(m, function, "_rebuild_from_type_v2"))
		return is_called(m, item(m, args, 0), "_rebuild_tensor_v2")
			       ? tensor_of(m, item(m, args, 2), 0)
			       : (struct pickle_value){ .type = PICKLE_DICT };
	return (struct pickle_value){ .type = PICKLE_DICT };
}
