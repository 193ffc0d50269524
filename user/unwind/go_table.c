/* SPDX-License-Identifier: BSD-2-Clause */
#include "go_table.h"

#include <string.h>

#define MAGIC_1_18  0xfffffff0u
#define MAGIC_1_20  0xfffffff1u
#define HEADER      72
#define FRAME_MAX   (1 << 30)
#define STEPS_MAX   100000 /* of a function's table of values */
#define FUNCTION_AT 40     /* bytes of a function's entry that are read */

/* ---- reading: 0 past the end ---- */

static uint32_t word_at(const struct go_table *t, uint64_t at)
{
	uint32_t word = 0;
	if (t->len >= sizeof(word) && at <= t->len - sizeof(word))
		memcpy(&word, t->bytes + at, sizeof(word));
	return word;
}

static uint64_t long_at(const struct go_table *t, uint64_t at)
{
	return word_at(t, at) | (uint64_t)word_at(t, at + 4) << 32;
}

/* NULL: it has no end within the table, or is empty. */
static const char *string_at(const struct go_table *t, uint64_t at)
{
	if (at >= t->len || !memchr(t->bytes + at, '\0', t->len - at) || !t->bytes[at])
		return NULL;
	return (const char *)t->bytes + at;
}

/* A number of 7 bits a byte, the lowest first. False: it does not end. */
static bool number_at(const struct go_table *t, uint64_t *at, uint32_t *number)
{
	*number = 0;
	for (unsigned shift = 0; shift < 35 && *at < t->len; shift += 7) {
		uint8_t byte = t->bytes[(*at)++];
		*number |= shift < 32 ? (uint32_t)(byte & 0x7f) << shift : 0;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

bool go_table_open(struct go_table *t, const void *bytes, size_t len, uint64_t text)
{
	*t = (struct go_table){ .bytes = bytes, .len = len };
	uint32_t magic = word_at(t, 0);
	/* two zero bytes, the alignment of instructions and the size of a pointer follow */
	if (len < HEADER || (magic != MAGIC_1_18 && magic != MAGIC_1_20) || word_at(t, 4) != 0x08010000)
		return false;
	t->functions = long_at(t, 8);
	t->text = long_at(t, 24) ? long_at(t, 24) : text;
	t->names = long_at(t, 32);
	t->units = long_at(t, 40);
	t->files = long_at(t, 48);
	t->values = long_at(t, 56);
	t->index = long_at(t, 64);
	return t->names < len && t->units <= len && t->files <= len && t->values < len && t->index < len &&
	       t->functions < (len - t->index) / 8;
}

/* ---- functions ---- */

static uint64_t entry_of(const struct go_table *t, uint64_t index)
{
	return word_at(t, t->index + 8 * index);
}

struct function {
	uint64_t at;    /* offset in the table */
	uint64_t start; /* of its code, from the start of the text */
	uint64_t code;  /* the address looked for, likewise */
};

static bool find(const struct go_table *t, uint64_t address, struct function *function)
{
	uint64_t low = 0, high = t->functions, code = address - t->text;
	if (address < t->text || high == 0 || code < entry_of(t, 0) || code >= entry_of(t, high))
		return false;
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		if (entry_of(t, middle) <= code)
			low = middle;
		else
			high = middle;
	}
	function->start = entry_of(t, low);
	function->at = t->index + word_at(t, t->index + 8 * low + 4);
	function->code = code;
	return function->start <= code && function->at <= t->len && t->len - function->at >= FUNCTION_AT;
}

/* Walks a function's table of (change of the value, length of code), which starts at -1, up to the code looked for.
 * `member`: offset of the table's own offset in the function's entry. */
static bool value_of(const struct go_table *t, const struct function *f, unsigned member, int32_t *value)
{
	uint64_t at = t->values + word_at(t, f->at + member), code = f->start;
	uint32_t change, length, sum = (uint32_t)-1;
	if (at == t->values) /* the function has no such table */
		return false;
	for (unsigned step = 0; step < STEPS_MAX; step++) {
		if (!number_at(t, &at, &change) || (change == 0 && step) || !number_at(t, &at, &length))
			return false;
		sum += change & 1 ? ~(change >> 1) : change >> 1;
		code += length;
		*value = (int32_t)sum;
		if (f->code < code)
			return true;
	}
	return false;
}

/* Offsets in a function's entry. */
enum { NAME = 4, STACK_DEPTH = 16, FILE_NUMBER = 20, LINE = 24, UNIT = 32 };

/* A function's own file is that of its first instruction. */
static const char *file_of(const struct go_table *t, const struct function *f)
{
	const struct function first = { f->at, f->start, f->start };
	int32_t number, own;
	if (!value_of(t, f, FILE_NUMBER, &number) || number < 0 || !value_of(t, &first, FILE_NUMBER, &own) ||
		own != number)
		return NULL;
	uint64_t at = t->units + 4 * ((uint64_t)word_at(t, f->at + UNIT) + (uint32_t)number);
	uint32_t file = word_at(t, at);
	return at >= t->files || file == UINT32_MAX ? NULL : string_at(t, t->files + file);
}

bool go_table_find(const struct go_table *t, uint64_t address, struct go_place *place)
{
	struct function f;
	int32_t line;
	if (!find(t, address, &f))
		return false;
	place->function = string_at(t, t->names + word_at(t, f.at + NAME));
	place->file = file_of(t, &f);
	place->line = value_of(t, &f, LINE, &line) && line > 0 ? (uint32_t)line : 0;
	return place->function != NULL;
}

/* A function with a frame keeps the caller's frame pointer right below its return address. */
bool go_table_row(const struct go_table *t, uint64_t address, struct cfi_row *row)
{
	struct function f;
	int32_t depth;
	if (!find(t, address, &f) || !value_of(t, &f, STACK_DEPTH, &depth) || depth < 0 || depth > FRAME_MAX)
		return false;
	*row = (struct cfi_row){ .frame = { .kind = CFI_REG, .reg = REG_SP, .offset = depth + 8 } };
	row->regs[REG_RETURN] = (struct cfi_rule){ .kind = CFI_AT_FRAME, .offset = -8 };
	row->regs[REG_BP] = depth ? (struct cfi_rule){ .kind = CFI_AT_FRAME, .offset = -16 }
				  : (struct cfi_rule){ .kind = CFI_SAME };
	return true;
}
