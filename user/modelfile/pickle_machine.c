/* SPDX-License-Identifier: BSD-2-Clause */
#include "pickle_machine.h"

#include <stdlib.h>
#include <string.h>

#include "pickle_calls.h"

#define MARK      UINT32_MAX /* on the stack: the start of an operation's arguments */
#define COUNT_MAX (1u << 21) /* of each kind of item; a model has some twenty a tensor */

/* ---- growing arrays ---- */

/* Room for one more item of `bytes` bytes. False, and the machine has failed, beyond COUNT_MAX or without memory. */
static bool make_room(struct pickle_machine *m, void **items, uint32_t count, uint32_t *room, size_t bytes)
{
	if (count < *room)
		return true;
	uint32_t more = *room ? *room * 2 : 256;
	void *grown = more <= COUNT_MAX ? reallocarray(*items, more, bytes) : NULL;
	if (!grown) {
		m->failed = true;
		return false;
	}
	*items = grown;
	*room = more;
	return true;
}

#define ROOM(m, items)                                                                                       \
	make_room(m, (void **)&(m)->items, (m)->items##_count, &(m)->items##_room, sizeof(*(m)->items))

static uint32_t add_value(struct pickle_machine *m, struct pickle_value value)
{
	if (!ROOM(m, values))
		return 0;
	m->values[m->values_count] = value;
	return m->values_count++;
}

static void add_child(struct pickle_machine *m, uint32_t parent, uint32_t key, uint32_t value)
{
	if (!ROOM(m, children))
		return;
	uint32_t index = m->children_count++;
	struct pickle_value *to = &m->values[parent];
	m->children[index] = (struct pickle_child){ key, value, 0 };
	if (to->last)
		m->children[to->last].next = index;
	else
		to->first = index;
	to->last = index;
}

/* ---- the stack ---- */

static void push(struct pickle_machine *m, uint32_t index)
{
	if (ROOM(m, stack))
		m->stack[m->stack_count++] = index;
}

static void push_value(struct pickle_machine *m, struct pickle_value value)
{
	push(m, add_value(m, value));
}

static void push_type(struct pickle_machine *m, enum pickle_type type)
{
	push_value(m, (struct pickle_value){ .type = type });
}

/* The top of the stack, which stays there; 0, and the machine has failed: there is none. */
static uint32_t top(struct pickle_machine *m)
{
	if (m->stack_count > 0 && m->stack[m->stack_count - 1] != MARK)
		return m->stack[m->stack_count - 1];
	m->failed = true;
	return 0;
}

static uint32_t pop(struct pickle_machine *m)
{
	uint32_t index = top(m);
	m->stack_count -= !m->failed;
	return index;
}

/* The position after the last mark. */
static uint32_t after_mark(struct pickle_machine *m)
{
	for (uint32_t at = m->stack_count; at > 0; at--)
		if (m->stack[at - 1] == MARK)
			return at;
	m->failed = true;
	return m->stack_count;
}

/* Makes one list or tuple of what is on the stack from `from` on, and drops `marks` marks before that. */
static void collect(struct pickle_machine *m, uint32_t from, uint32_t marks)
{
	uint32_t list = add_value(m, (struct pickle_value){ .type = PICKLE_LIST });
	for (uint32_t i = from; !m->failed && i < m->stack_count; i++)
		add_child(m, list, 0, m->stack[i]);
	if (m->failed)
		return;
	m->stack_count = from - marks;
	push(m, list);
}

static void collect_top(struct pickle_machine *m, uint32_t count)
{
	if (m->stack_count < count) {
		m->failed = true;
		return;
	}
	for (uint32_t i = m->stack_count - count; i < m->stack_count; i++)
		m->failed |= m->stack[i] == MARK;
	collect(m, m->stack_count - count, 0);
}

/* Adds what is on the stack from `from` on to the value before that (and before `marks` marks). */
static void add_items(struct pickle_machine *m, uint32_t from, uint32_t marks, bool pairs)
{
	if (m->failed || from < marks + 1 || m->stack[from - marks - 1] == MARK ||
		(pairs && (m->stack_count - from) % 2 != 0)) {
		m->failed = true;
		return;
	}
	uint32_t to = m->stack[from - marks - 1];
	for (uint32_t i = from; !m->failed && i < m->stack_count; i += 1 + pairs) {
		if (m->stack[i] == MARK)
			m->failed = true;
		else
			add_child(m, to, pairs ? m->stack[i] : 0, m->stack[i + pairs]);
	}
	m->stack_count = from - marks;
}

/* {} with the pairs after the mark. */
static void make_dict(struct pickle_machine *m)
{
	uint32_t from = after_mark(m), dict = add_value(m, (struct pickle_value){ .type = PICKLE_DICT });
	if (m->failed)
		return;
	m->stack[from - 1] = dict;
	add_items(m, from, 0, true);
}

/* ---- the pickle's bytes ---- */

static uint64_t take_number(struct pickle_machine *m, unsigned bytes)
{
	uint64_t v = 0;
	if (bytes > m->size - m->at) {
		m->failed = true;
		return 0;
	}
	for (unsigned i = bytes; i > 0; i--)
		v = v << 8 | (unsigned char)m->bytes[m->at + i - 1];
	m->at += bytes;
	return v;
}

/* A value whose text is the next `len` bytes. */
static struct pickle_value take_text(struct pickle_machine *m, enum pickle_type type, uint64_t len)
{
	struct pickle_value value = { .type = type, .at = (uint32_t)m->at };
	if (m->failed || len > m->size - m->at) {
		m->failed = true;
		return value;
	}
	value.len = (uint32_t)len;
	m->at += len;
	return value;
}

/* A value whose text ends before the next line feed. */
static struct pickle_value take_line(struct pickle_machine *m, enum pickle_type type)
{
	const char *end = memchr(m->bytes + m->at, '\n', m->size - m->at);
	struct pickle_value value = { 0 };
	if (!end) {
		m->failed = true;
		return value;
	}
	value = take_text(m, type, (uint64_t)(end - (m->bytes + m->at)));
	m->at++;
	return value;
}

/* Two lines, a module and a name in it, as one text. */
static struct pickle_value take_global(struct pickle_machine *m)
{
	struct pickle_value module = take_line(m, PICKLE_GLOBAL), name = take_line(m, PICKLE_GLOBAL);
	module.len += 1 + name.len;
	return module;
}

/* A whole number of `bytes` bytes; a negative one, or one of more than 64 bits, is no size of anything. */
static void push_number(struct pickle_machine *m, uint64_t bytes, bool has_sign)
{
	struct pickle_value value = { .type = PICKLE_NUMBER };
	if (bytes > 8) {
		take_text(m, PICKLE_OTHER, bytes);
		value.type = PICKLE_OTHER;
	} else {
		value.number = take_number(m, (unsigned)bytes);
		if (has_sign && bytes > 0 && value.number >> (bytes * 8 - 1))
			value.type = PICKLE_OTHER;
	}
	push_value(m, value);
}

static void memo_put(struct pickle_machine *m, uint64_t index)
{
	uint32_t value = top(m);
	if (index > m->size) /* each entry took an operation */
		m->failed = true;
	while (!m->failed && m->memo_count <= index && ROOM(m, memo))
		m->memo[m->memo_count++] = 0;
	if (!m->failed)
		m->memo[index] = value;
}

static void memo_get(struct pickle_machine *m, uint64_t index)
{
	if (index >= m->memo_count || !m->memo[index])
		m->failed = true;
	else
		push(m, m->memo[index]);
}

/* ---- operations ---- */

/* A call of a function with a tuple of arguments, both on the stack. */
static void call(struct pickle_machine *m)
{
	uint32_t args = pop(m), function = pop(m);
	if (!m->failed)
		push_value(m, pickle_call(m, function, args));
}

/* The state of an object on the stack becomes a child of it: a tensor has none. */
static void build(struct pickle_machine *m)
{
	uint32_t state = pop(m), object = top(m);
	if (m->failed || m->values[object].type == PICKLE_TENSOR)
		return;
	m->values[object].type = PICKLE_DICT;
	add_child(m, object, 0, state);
}

static void persistent(struct pickle_machine *m)
{
	uint32_t id = pop(m);
	if (!m->failed)
		push_value(m, pickle_storage(m, id));
}

/* A global whose module and name are strings on the stack: the name alone is kept. */
static void stack_global(struct pickle_machine *m)
{
	uint32_t name = pop(m);
	pop(m);
	if (m->failed)
		return;
	struct pickle_value value = m->values[name];
	value.type = value.type == PICKLE_STRING ? PICKLE_GLOBAL : PICKLE_OTHER;
	push_value(m, value);
}

/* Drops the two or three values that an object is made of; the object has no children yet. */
static void new_object(struct pickle_machine *m, int args)
{
	for (int i = 0; i < args; i++)
		pop(m);
	push_type(m, PICKLE_DICT);
}

static void pop_mark(struct pickle_machine *m)
{
	uint32_t from = after_mark(m);
	if (!m->failed)
		m->stack_count = from - 1;
}

/* Strings, and bytes, which are shown nowhere but may be keys. */
static bool text_operation(struct pickle_machine *m, unsigned char op)
{
	switch (op) {
	case 'X':
	case 'T':
	case 'B':
		push_value(m, take_text(m, PICKLE_STRING, take_number(m, 4)));
		return true;
	case 0x8c:
	case 'U':
	case 'C':
		push_value(m, take_text(m, PICKLE_STRING, take_number(m, 1)));
		return true;
	case 0x8d:
	case 0x8e:
	case 0x96:
		push_value(m, take_text(m, PICKLE_STRING, take_number(m, 8)));
		return true;
	case 'V':
		push_value(m, take_line(m, PICKLE_STRING));
		return true;
	case 'c':
		push_value(m, take_global(m));
		return true;
	case 0x93:
		stack_global(m);
		return true;
	}
	return false;
}

static bool number_operation(struct pickle_machine *m, unsigned char op)
{
	switch (op) {
	case 'J':
		push_number(m, 4, true);
		return true;
	case 'K':
		push_number(m, 1, false);
		return true;
	case 'M':
		push_number(m, 2, false);
		return true;
	case 0x8a:
		push_number(m, take_number(m, 1), true);
		return true;
	case 0x8b:
		push_number(m, take_number(m, 4), true);
		return true;
	case 'G':
		take_number(m, 8);
		push_type(m, PICKLE_OTHER);
		return true;
	case 'I':
	case 'L':
	case 'F':
	case 'S':
		push_value(m, take_line(m, PICKLE_OTHER));
		return true;
	case 'N':
	case 0x88:
	case 0x89:
		push_type(m, PICKLE_OTHER);
		return true;
	}
	return false;
}

static bool container_operation(struct pickle_machine *m, unsigned char op)
{
	switch (op) {
	case ')':
	case ']':
	case 0x8f:
		push_type(m, PICKLE_LIST);
		return true;
	case '}':
		push_type(m, PICKLE_DICT);
		return true;
	case 't':
	case 'l':
	case 0x91:
		collect(m, after_mark(m), 1);
		return true;
	case 0x85:
	case 0x86:
	case 0x87:
		collect_top(m, op - 0x84u);
		return true;
	case 'd':
		make_dict(m);
		return true;
	case 'a':
		add_items(m, m->stack_count ? m->stack_count - 1 : 0, 0, false);
		return true;
	case 'e':
	case 0x90:
		add_items(m, after_mark(m), 1, false);
		return true;
	case 's':
		add_items(m, m->stack_count > 1 ? m->stack_count - 2 : 0, 0, true);
		return true;
	case 'u':
		add_items(m, after_mark(m), 1, true);
		return true;
	}
	return false;
}

static bool object_operation(struct pickle_machine *m, unsigned char op)
{
	switch (op) {
	case 'R':
		call(m);
		return true;
	case 'b':
		build(m);
		return true;
	case 'Q':
		persistent(m);
		return true;
	case 0x81:
		new_object(m, 2);
		return true;
	case 0x92:
		new_object(m, 3);
		return true;
	}
	return false;
}

static bool stack_operation(struct pickle_machine *m, unsigned char op)
{
	switch (op) {
	case '(':
		push(m, MARK);
		return true;
	case '0':
		pop(m);
		return true;
	case '1':
		pop_mark(m);
		return true;
	case '2':
		push(m, top(m));
		return true;
	case 'q':
		memo_put(m, take_number(m, 1));
		return true;
	case 'r':
		memo_put(m, take_number(m, 4));
		return true;
	case 0x94:
		memo_put(m, m->memo_count);
		return true;
	case 'h':
		memo_get(m, take_number(m, 1));
		return true;
	case 'j':
		memo_get(m, take_number(m, 4));
		return true;
	case 0x80:
		take_number(m, 1); /* the protocol's version */
		return true;
	case 0x95:
		take_number(m, 8); /* the length of a frame */
		return true;
	}
	return false;
}

uint32_t pickle_run(struct pickle_machine *m, const char *bytes, size_t size)
{
	*m = (struct pickle_machine){ .bytes = bytes, .size = size };
	/* index 0 of both stands for none */
	add_value(m, (struct pickle_value){ .type = PICKLE_OTHER });
	if (ROOM(m, children))
		m->children[m->children_count++] = (struct pickle_child){ 0 };
	while (!m->failed && m->at < size) {
		unsigned char op = (unsigned char)bytes[m->at++];
		if (op == '.')
			return pop(m);
		if (!text_operation(m, op) && !number_operation(m, op) && !container_operation(m, op) &&
			!object_operation(m, op) && !stack_operation(m, op))
			m->failed = true;
	}
	return 0;
}

void pickle_end(struct pickle_machine *m)
{
	free(m->values);
	free(m->children);
	free(m->stack);
	free(m->memo);
}
