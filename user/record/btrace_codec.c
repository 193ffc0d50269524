/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record begins with a byte of kind and flags. If it is of another line than the record before it, a byte
 * of kind LINE_KIND comes first, with the number of the line. Numbers are LEB128; those that may go down
 * are stored as the difference from the previous one, with the sign in the lowest bit. Each field of a
 * system call is encoded by itself; other records are rare and are copied as they are, behind an encoded
 * header.
 */
#include "btrace_codec.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "leb128.h"

#define KIND_MASK 0x0f
#define SAME_TASK 0x10 /* pid, tid and cpu are those of the previous record of its line */
#define TIMED     0x20 /* of a call: it has a duration; of any other record: the kind is 16 higher */
#define SAME_FILE                                                                                            \
	0x40 /* of a call: on the file of the previous call of its line; of any other record: the kind is 32 higher */
#define HAS_LOST 0x80 /* events were lost right before it */

/* The byte that changes the line: the highest kind, which no record has; its other three bits are the
 * number. */
#define LINE_KIND       (KIND_MASK | TIMED)
#define LINE_BYTE(line) (LINE_KIND | ((line)&1) << 4 | ((line)&6) << 5)
#define BYTE_LINE(byte) (((byte) >> 4 & 1) | ((byte) >> 5 & 6))

/* The byte of a call has the number of its arguments and these flags. */
#define SHAPE_MORE  0x01
#define SHAPE_STACK 0x10

/* Not codes of kinds: of what would be a timed call, a call on the file before, both, and of the line. */
_Static_assert(EVENT_KINDS <= 50, "a kind fits into its bits");
#define NOT_A_KIND(KIND) ((KIND) == 31 || (KIND) == 34)
#define CHECK_KIND(number, ID, word, layer, role, meaning)                                                   \
	_Static_assert(!NOT_A_KIND(number), #ID " has a code that is no kind's");
FIXED_KINDS(CHECK_KIND)
_Static_assert(BTRACE_LINES == 8, "a line fits into its bits");
_Static_assert(
	EVENT_USER_STACK == KIND_MASK + 1 + EVENT_SYSCALL, "a timed call has this code: it is never written");

/* The most bytes of an encoded record without its variable part. */
#define PARTS_MAX 192

/* ---- a system call ---- */

static unsigned args_used(const __u64 args[6])
{
	unsigned used = 6;
	while (used && args[used - 1] == 0)
		used--;
	return used;
}

static bool same_file(const struct file_id *a, const struct file_id *b)
{
	return a->ino == b->ino && a->dev == b->dev && a->mode == b->mode && a->name == b->name;
}

static char *put_call(struct btrace_line *line, char *at, const struct event_syscall *call)
{
	unsigned used = args_used(call->args);
	uint64_t *before = line->args[call->nr % SYSCALL_MAX];
	at = put_number(at, call->nr);
	*at++ = (char)(used << 1 | (call->more ? SHAPE_MORE : 0) | (call->stack ? SHAPE_STACK : 0));
	for (unsigned i = 0; i < used; i++)
		at = put_difference(at, call->args[i], before[i]);
	memcpy(before, call->args, sizeof(call->args));
	at = put_difference(at, (uint64_t)call->result, 0);
	if (call->duration_ns != NO_DURATION)
		at = put_number(at, call->duration_ns);
	if (!same_file(&call->file.id, &line->file)) {
		memcpy(at, &call->file.id, sizeof(call->file.id));
		at += sizeof(call->file.id);
	}
	at = put_difference(at, (uint64_t)call->file.pos, (uint64_t)line->pos);
	if (call->stack)
		at = put_number(at, call->stack);
	line->file = call->file.id;
	line->pos = call->file.pos;
	return at;
}

static void get_call(struct btrace_line *line, struct source *in, unsigned flags, struct event_syscall *call)
{
	unsigned char shape;
	call->nr = (uint16_t)get_number(in);
	get_bytes(in, &shape, 1);
	unsigned used = (shape & ~SHAPE_STACK) >> 1;
	if (used > 6 || call->nr >= SYSCALL_MAX) {
		in->bad = true;
		return;
	}
	call->more = shape & SHAPE_MORE;
	uint64_t *before = line->args[call->nr];
	memset(call->args, 0, sizeof(call->args));
	for (unsigned i = 0; i < used; i++)
		call->args[i] = get_difference(in, before[i]);
	call->result = (int64_t)get_difference(in, 0);
	call->duration_ns = flags & TIMED ? get_number(in) : NO_DURATION;
	if (flags & SAME_FILE)
		call->file.id = line->file;
	else
		get_bytes(in, &call->file.id, sizeof(call->file.id));
	call->file.pos = (int64_t)get_difference(in, (uint64_t)line->pos);
	call->stack = shape & SHAPE_STACK ? (uint32_t)get_number(in) : 0;
}

static void remember_call(struct btrace_line *line, const struct event_syscall *call)
{
	memcpy(line->args[call->nr], call->args, sizeof(call->args));
	line->file = call->file.id;
	line->pos = call->file.pos;
}

/* ---- records ---- */

static unsigned record_flags(const struct btrace_line *line, const struct event_header *record, unsigned cpu)
{
	unsigned flags = (record->kind & KIND_MASK) | (record->kind & 16 ? TIMED : 0) |
			 (record->kind & 32 ? SAME_FILE : 0);
	if (record->pid == line->pid && record->tid == line->tid && cpu == line->cpu)
		flags |= SAME_TASK;
	if (record->lost_before)
		flags |= HAS_LOST;
	if (record->kind == EVENT_SYSCALL) {
		const struct event_syscall *call = (const void *)record;
		if (call->duration_ns != NO_DURATION)
			flags |= TIMED;
		if (same_file(&call->file.id, &line->file))
			flags |= SAME_FILE;
	}
	return flags;
}

/* Where the part of a record begins that is copied as it is. */
static size_t raw_start(const struct event_header *record)
{
	return record->kind == EVENT_SYSCALL ? sizeof(struct event_syscall) : sizeof(*record);
}

static struct btrace_line *line_of(struct btrace_memory *memory, unsigned line)
{
	memory->used |= 1u << line;
	return &memory->lines[line];
}

static void remember(struct btrace_memory *memory, struct btrace_line *line,
	const struct event_header *record, unsigned cpu)
{
	memory->time_ns = record->time_ns;
	memory->now = (unsigned)(line - memory->lines);
	line->pid = record->pid;
	line->tid = record->tid;
	line->cpu = cpu;
}

void btrace_forget(struct btrace_memory *memory)
{
	for (unsigned line = 0; line < BTRACE_LINES; line++)
		if (memory->used >> line & 1)
			memset(&memory->lines[line], 0, sizeof(memory->lines[line]));
	memory->time_ns = 0;
	memory->now = memory->used = 0;
}

void btrace_encode(
	struct btrace_memory *memory, struct text *out, const struct event_header *record, unsigned cpu)
{
	struct btrace_line *line = line_of(memory, cpu % BTRACE_LINES);
	unsigned flags = record_flags(line, record, cpu);
	bool is_call = record->kind == EVENT_SYSCALL;
	size_t start = raw_start(record);
	if (!text_room(out, PARTS_MAX))
		return;
	char *at = out->data + out->len;
	if (memory->now != cpu % BTRACE_LINES)
		*at++ = (char)LINE_BYTE(cpu % BTRACE_LINES);
	*at++ = (char)flags;
	at = put_difference(at, record->time_ns, memory->time_ns);
	if (!(flags & SAME_TASK))
		at = put_number(put_number(put_number(at, record->pid), record->tid), cpu);
	if (flags & HAS_LOST)
		at = put_number(at, record->lost_before);
	if (is_call)
		at = put_call(line, at, (const void *)record);
	bool raw = !is_call || ((const struct event_syscall *)(const void *)record)->more;
	if (raw)
		at = put_number(at, record->size - start);
	out->len = (size_t)(at - out->data);
	if (raw)
		text_add(out, (const char *)record + start, record->size - start);
	remember(memory, line, record, cpu);
}

/* The header, up to what the kinds have of their own. */
static void get_header(uint64_t time_ns, const struct btrace_line *line, struct source *in, unsigned flags,
	struct event_header *record, unsigned *cpu)
{
	record->kind = flags & KIND_MASK;
	if (record->kind != EVENT_SYSCALL)
		record->kind |= (flags & TIMED ? 16 : 0) | (flags & SAME_FILE ? 32 : 0);
	record->time_ns = get_difference(in, time_ns);
	record->pid = line->pid;
	record->tid = line->tid;
	*cpu = line->cpu;
	if (!(flags & SAME_TASK)) {
		record->pid = (uint32_t)get_number(in);
		record->tid = (uint32_t)get_number(in);
		*cpu = (unsigned)get_number(in);
	}
	record->lost_before = flags & HAS_LOST ? (uint32_t)get_number(in) : 0;
}

static void get_raw(struct source *in, struct event_header *record, size_t start)
{
	uint64_t len = get_number(in);
	if (len > RECORD_BYTES_MAX - 1 - start) {
		in->bad = true;
		return;
	}
	get_bytes(in, (char *)record + start, len);
	record->size = (uint16_t)(start + len);
}

long btrace_decode(struct btrace_memory *memory, const unsigned char *data, size_t len,
	struct event_header *record, unsigned *cpu)
{
	struct source in = { .at = data, .end = data + len };
	unsigned now = memory->now;
	unsigned char flags;
	get_bytes(&in, &flags, 1);
	if (!in.more && (flags & LINE_KIND) == LINE_KIND) {
		now = BYTE_LINE(flags);
		get_bytes(&in, &flags, 1);
	}
	if (in.more)
		return 0;
	struct btrace_line *line = line_of(memory, now);
	get_header(memory->time_ns, line, &in, flags, record, cpu);
	if (record->kind == 0 || record->kind >= EVENT_KINDS)
		return -EBADMSG;
	struct event_syscall *call = (void *)record;
	bool is_call = record->kind == EVENT_SYSCALL;
	record->size = (uint16_t)raw_start(record);
	if (is_call)
		get_call(line, &in, flags, call);
	if (!in.more && !in.bad && (!is_call || call->more))
		get_raw(&in, record, raw_start(record));
	if (in.bad)
		return -EBADMSG;
	if (in.more)
		return 0;
	if (is_call)
		remember_call(line, call);
	remember(memory, line, record, *cpu);
	return in.at - data;
}

/* ---- counts ---- */

#define COUNTS_MAX 256

void btrace_counts_put(struct text *out, const uint64_t counts[EVENT_KINDS])
{
	if (!text_room(out, (EVENT_KINDS + 1) * NUMBER_BYTES_MAX))
		return;
	char *at = put_number(out->data + out->len, EVENT_KINDS);
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		at = put_number(at, counts[kind]);
	out->len = (size_t)(at - out->data);
}

size_t btrace_counts_get(const unsigned char *data, size_t len, uint64_t counts[EVENT_KINDS])
{
	struct source in = { .at = data, .end = data + len };
	uint64_t kinds = get_number(&in);
	if (kinds > COUNTS_MAX)
		return 0;
	memset(counts, 0, EVENT_KINDS * sizeof(*counts));
	for (unsigned kind = 0; kind < kinds; kind++) {
		uint64_t count = get_number(&in);
		if (kind < EVENT_KINDS)
			counts[kind] = count;
	}
	return in.more || in.bad ? 0 : (size_t)(in.at - data);
}
