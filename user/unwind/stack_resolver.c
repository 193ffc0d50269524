/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "stack_resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "code_locations.h"
#include "unwind.h"

#define STACKS_MAX  (1u << 18)
#define PENDING     1024 /* a power of two */
#define PENDING_TRY 8
#define RECORD_MAX  65536

/* A stack that was emitted. */
struct known_stack {
	uint32_t id;
	UT_hash_handle hh;
	uint32_t frames[]; /* the key: that of struct stack_key */
};

/* A task's stack, between its record and that of its event. */
struct pending {
	uint32_t tid, mark, id;
};

struct stack_resolver {
	bool all;
	struct modules *modules;
	struct address_spaces *spaces;
	struct code_locations *locations;
	uint32_t frames; /* number of frames emitted: the last id */
	struct known_stack *stacks;
	uint64_t dropped;
	bool needs_more;
	bool python, python_named; /* seen in any stack */
	struct pending pending[PENDING];
	/* the stack that is being resolved */
	struct code_location *walked[STACK_FRAMES_MAX];
	unsigned count;
	bool cut; /* frames further out are missing */
	_Alignas(8) char record[RECORD_MAX];
};

struct stack_resolver *stack_resolver_new(const struct stack_resolver_options *options)
{
	struct stack_resolver *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->all = options->all;
	s->modules = modules_new(options->debuginfod);
	s->locations = code_locations_new();
	s->spaces = s->modules && s->locations ? address_spaces_new(s->modules, options->command) : NULL;
	if (s->spaces)
		return s;
	int err = errno;
	stack_resolver_free(s);
	errno = err;
	return NULL;
}

void stack_resolver_free(struct stack_resolver *s)
{
	if (!s)
		return;
	while (s->stacks) {
		struct known_stack *stack = s->stacks;
		HASH_DEL(s->stacks, stack);
		free(stack);
	}
	code_locations_free(s->locations);
	address_spaces_free(s->spaces);
	modules_free(s->modules);
	free(s);
}

bool stack_resolver_needs_more(const struct stack_resolver *s)
{
	return s->needs_more;
}

bool stack_resolver_python_unnamed(const struct stack_resolver *s)
{
	return s->python && !s->python_named;
}

uint64_t stack_resolver_dropped(const struct stack_resolver *s)
{
	return s->dropped;
}

/* ---- unwinding ---- */

/* Adds a frame. True: it is the last one that is wanted, or that there is room for. */
static bool add_location(struct stack_resolver *s, struct address_space *space, uint64_t address, bool probe)
{
	struct code_location *location = code_locations_get(s->locations, space, address);
	if (!location || s->count == STACK_FRAMES_MAX) {
		s->cut = true;
		return true;
	}
	s->walked[s->count++] = location;
	s->python |= location->key.module && module_is_python(location->key.module);
	s->python_named |= location->python;
	return !s->all && s->count > probe && code_location_weight(location) == WEIGHT_MOST;
}

/* Continues with the return addresses that the kernel side found by frame pointers, after `last`. */
static void add_by_frame_pointers(struct stack_resolver *s, struct address_space *space,
	const struct event_user_stack *record, uint64_t last)
{
	const uint64_t *addresses = (const void *)(record->stack + record->room);
	unsigned from = 0;
	for (unsigned i = 0; i < record->frames && !from; i++)
		if (addresses[i] == last)
			from = i + 1;
	s->cut = from == record->frames;
	for (unsigned i = from; i < record->frames; i++) {
		/* where the register was no frame pointer, the addresses are arbitrary */
		s->cut = !code_location_is_code(code_locations_get(s->locations, space, addresses[i] - 1));
		if (s->cut || add_location(s, space, addresses[i] - 1, record->probe))
			return;
	}
}

/* A return address is looked up one byte before it, inside the call: the call may be the last instruction of
 * its function. */
static void walk(struct stack_resolver *s, struct address_space *space, const struct event_user_stack *record)
{
	struct unwind u;
	enum unwind_end end = UNWIND_ON;
	bool behind = !record->probe;
	s->count = 0;
	s->cut = false;
	if (!unwind_start(&u, record))
		return;
	while (!add_location(s, space, u.regs[REG_RETURN] - behind, record->probe)) {
		const struct cfi_row *row = code_location_cfi(s->walked[s->count - 1]);
		end = s->walked[s->count - 1]->python ? unwind_step_trampoline(&u)
		      : row                           ? unwind_step(&u, row)
						      : unwind_step_fp(&u);
		if (end != UNWIND_ON)
			break;
		behind = !(row && row->signal);
	}
	s->cut |= end == UNWIND_LOST;
	if (end == UNWIND_LOST && record->frames)
		add_by_frame_pointers(s, space, record, u.regs[REG_RETURN]);
}

/* The location that says most about the program: the innermost in its own code with a line; without one, the innermost
 * in its own code; else of its language's library or interpreter. A probe is in a function of its own: what counts is
 * who called that. */
static unsigned own_location(struct stack_resolver *s, bool probe)
{
	unsigned own = STACK_NONE_OWN;
	int most = WEIGHT_NONE;
	for (unsigned i = probe && s->count > 1; i < s->count && most < WEIGHT_MOST; i++) {
		int weight = code_location_weight(s->walked[i]);
		if (weight <= most)
			continue;
		most = weight;
		own = i;
	}
	return own;
}

/* ---- records ---- */

static void start_record(
	struct stack_resolver *s, const struct event_header *like, unsigned kind, size_t size)
{
	struct event_header *head = (void *)s->record;
	memset(head, 0, size);
	head->time_ns = like->time_ns;
	head->pid = like->pid;
	head->tid = like->tid;
	head->size = (uint16_t)size;
	head->kind = (uint16_t)kind;
}

/* Appends a string, cut to the longest path; returns its event_frame.string_bytes. */
static uint16_t add_string(struct stack_resolver *s, const char *string)
{
	struct event_header *head = (void *)s->record;
	if (!string)
		return 0;
	size_t len = strnlen(string, PATH_BYTES);
	memcpy(s->record + head->size, string, len);
	head->size = (uint16_t)(head->size + len);
	return (uint16_t)(STRING_HERE | len);
}

/* Where emitted records go. */
struct record_target {
	const struct event_header *like; /* the record that they precede: they have its time and task */
	unsigned cpu;
	timeline_take take;
	void *ctx;
};

static int emit_frame(struct stack_resolver *s, const struct code_location *location, unsigned nth,
	const struct record_target *to)
{
	static const struct source unknown;
	const struct source *source = location->sources ? &location->sources[nth] : &unknown;
	struct module *module = location->key.module;
	struct event_frame *frame = (void *)s->record;
	start_record(s, to->like, EVENT_FRAME, offsetof(struct event_frame, strings));
	frame->address = location->key.address;
	frame->id = location->id + nth;
	frame->line = source->line;
	frame->string_bytes[0] = add_string(s, module ? module_path(module) : NULL);
	frame->string_bytes[1] = add_string(s, module ? module_build_id(module) : NULL);
	frame->string_bytes[2] = add_string(s, source->function);
	frame->string_bytes[3] = add_string(s, source->file);
	return to->take(to->ctx, &frame->head, to->cpu);
}

static int emit_location(
	struct stack_resolver *s, struct code_location *location, const struct record_target *to)
{
	unsigned count = code_location_sources(location);
	int err = 0;
	if (location->id)
		return 0;
	location->id = s->frames + 1;
	s->frames += count;
	for (unsigned i = 0; i < count && !err; i++)
		err = emit_frame(s, location, i, to);
	return err;
}

/* What distinguishes stacks: the frames' ids, then the index of the program's own frame and whether it is
 * cut. */
struct stack_key {
	uint32_t frames[STACK_FRAMES_MAX + 1];
	unsigned count, own;
};

/* Fills the key from the frames that were walked, and emits the new ones. 0 or what `take` returned. */
static int make_key(
	struct stack_resolver *s, bool probe, struct stack_key *key, const struct record_target *to)
{
	unsigned own = own_location(s, probe);
	int err = 0;
	key->count = 0;
	key->own = STACK_NONE_OWN;
	s->needs_more |=
		s->cut && (own == STACK_NONE_OWN || code_location_weight(s->walked[own]) < WEIGHT_MOST);
	if (!s->all && own != STACK_NONE_OWN)
		s->count = own + 1;
	for (unsigned i = 0; i < s->count && !err; i++) {
		err = emit_location(s, s->walked[i], to);
		unsigned best = i == own ? s->walked[i]->best_source : 0;
		unsigned from = s->all ? 0 : best, to_source = s->all ? s->walked[i]->source_count : best + 1;
		for (unsigned k = from; k < to_source && key->count < STACK_FRAMES_MAX; k++) {
			if (i == own && k == best)
				key->own = key->count;
			key->frames[key->count++] = s->walked[i]->id + k;
		}
	}
	key->frames[key->count] = key->own | (uint32_t)s->cut << 16;
	return err;
}

static int emit_stack(
	struct stack_resolver *s, uint32_t id, const struct stack_key *key, const struct record_target *to)
{
	struct event_stack *record = (void *)s->record;
	size_t bytes = key->count * sizeof(uint32_t);
	start_record(s, to->like, EVENT_STACK, offsetof(struct event_stack, frames) + bytes);
	record->id = id;
	record->own = (uint16_t)key->own;
	record->flags = (uint16_t)((s->cut ? STACK_CUT : 0) | (s->all ? STACK_WHOLE : 0));
	record->count = key->count;
	memcpy(record->frames, key->frames, bytes);
	return to->take(to->ctx, &record->head, to->cpu);
}

/* Gives the stack the next number. NULL: it is dropped. */
static struct known_stack *keep_stack(struct stack_resolver *s, const struct stack_key *key)
{
	size_t bytes = (key->count + 1) * sizeof(uint32_t);
	struct known_stack *stack =
		HASH_COUNT(s->stacks) < STACKS_MAX ? malloc(sizeof(*stack) + bytes) : NULL;
	if (!stack)
		return NULL;
	memcpy(stack->frames, key->frames, bytes);
	stack->id = HASH_COUNT(s->stacks) + 1;
	HASH_ADD(hh, s->stacks, frames[0], bytes, stack);
	if (stack->hh.tbl)
		return stack;
	free(stack);
	return NULL;
}

/* The number of the stack that was walked, which is emitted if it is new. *id 0: it is dropped. */
static int identify(struct stack_resolver *s, bool probe, const struct record_target *to, uint32_t *id)
{
	struct stack_key key;
	struct known_stack *stack;
	int err = make_key(s, probe, &key, to);
	if (err)
		return err;
	HASH_FIND(hh, s->stacks, key.frames, (key.count + 1) * sizeof(uint32_t), stack);
	bool known = stack != NULL;
	if (!known)
		stack = keep_stack(s, &key);
	*id = stack ? stack->id : 0;
	s->dropped += !stack;
	return known || !stack ? 0 : emit_stack(s, stack->id, &key, to);
}

/* ---- stacks and their events ---- */

/* The slot of a task's pending stack, or the one to use for it. */
static struct pending *pending_of(struct stack_resolver *s, uint32_t tid)
{
	struct pending *free_slot = NULL;
	for (unsigned i = 0; i < PENDING_TRY; i++) {
		struct pending *pending = &s->pending[(tid + i) % PENDING];
		if (pending->tid == tid)
			return pending;
		if (!free_slot && pending->id == 0)
			free_slot = pending;
	}
	return free_slot ? free_slot : &s->pending[tid % PENDING];
}

static int take_stack(struct stack_resolver *s, const struct event_user_stack *record, unsigned cpu,
	timeline_take take, void *ctx)
{
	struct pending *pending = pending_of(s, record->head.tid);
	*pending = (struct pending){ .tid = record->head.tid, .mark = (uint32_t)record->head.time_ns | 1 };
	address_spaces_advance(s->spaces, record->head.time_ns);
	struct address_space *space = address_spaces_find(s->spaces, (pid_t)record->head.pid);
	if (!space)
		return -ENOMEM;
	walk(s, space, record);
	const struct record_target to = { &record->head, cpu, take, ctx };
	return s->count ? identify(s, record->probe, &to, &pending->id) : 0;
}

/* The number of the stack that a record's mark stands for. STACK_LEFT_OUT: it had one that could not be taken or
 * kept. */
static uint32_t stack_of_mark(struct stack_resolver *s, const struct event_header *record, uint32_t mark)
{
	struct pending *pending = pending_of(s, record->tid);
	bool found = pending->tid == record->tid && pending->mark == mark && pending->id;
	uint32_t id = found ? pending->id : STACK_LEFT_OUT;
	pending->id = 0;
	return id;
}

/* Where a record has its stack; 0: it has none. */
static size_t stack_member(const struct event_header *record)
{
	if (record->kind == EVENT_SYSCALL && record->size >= sizeof(struct event_syscall))
		return offsetof(struct event_syscall, stack);
	if (KIND_IS_PROBE(record->kind) && record->size >= offsetof(struct event_app, strings))
		return offsetof(struct event_app, stack);
	return 0;
}

int stack_resolver_fd(const struct stack_resolver *s)
{
	return address_spaces_fd(s->spaces);
}

void stack_resolver_advance(struct stack_resolver *s, uint64_t before_ns)
{
	address_spaces_advance(s->spaces, before_ns);
}

int stack_resolver_take(struct stack_resolver *s, const struct event_header *record, unsigned cpu,
	timeline_take take, void *ctx)
{
	size_t at = stack_member(record);
	uint32_t mark = 0;
	if (record->kind == EVENT_USER_STACK)
		return take_stack(s, (const void *)record, cpu, take, ctx);
	if (at)
		memcpy(&mark, (const char *)record + at, sizeof(mark));
	if (mark == 0 || mark == STACK_LEFT_OUT)
		return take(ctx, record, cpu);
	/* a copy: the record may still be in the kernel side's own memory */
	memcpy(s->record, record, record->size);
	mark = stack_of_mark(s, record, mark);
	memcpy(s->record + at, &mark, sizeof(mark));
	return take(ctx, (const struct event_header *)(const void *)s->record, cpu);
}
