/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities, segments of memory, images of a kernel. */
#include <linux/capability.h>
#include <string.h>

#include "flags.h"
#include "memory_fields.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "result.h"
#include "value_text.h"

#define SET_BYTES    12 /* three sets of 32 capabilities; of newer versions the upper 32 follow */
#define SEGMENTS_MAX 16 /* KEXEC_SEGMENT_MAX */

PRINTER(capability_header)
{
	static const struct field fields[] = { FLAGS("version", 0, 4, CAPABILITY_VERSION),
		FIELD("pid", 4, 4, SIGNED), MEMBERS_END };
	fields_text(out, arg->memory[0], fields);
}

static void capabilities_text(struct text *out, const char *name, uint64_t set)
{
	const char *between = "";
	text_str(out, name);
	if (!set)
		text_char(out, '0');
	for (unsigned bit = 0; bit < 64; bit++) {
		if (!(set >> bit & 1))
			continue;
		text_printf(out, "%s1<<", between);
		flags_text(out, ARG_CAPABILITY, bit);
		between = "|";
	}
}

/* How many sets there are depends on the version in the header, the argument before it. */
PRINTER(capability_sets)
{
	uint32_t version = memory_u32(call->block[0], 0);
	bool long_ones = version == _LINUX_CAPABILITY_VERSION_2 || version == _LINUX_CAPABILITY_VERSION_3;
	struct span memory = arg->memory[0];
	if (!call->block[0].data || (!long_ones && version != _LINUX_CAPABILITY_VERSION_1) ||
		memory.len < (long_ones ? 2 * SET_BYTES : SET_BYTES)) {
		pointer_text(out, arg->value);
		return;
	}
	static const char *const names[] = { "{effective=", ", permitted=", ", inheritable=" };
	for (size_t i = 0; i < 3; i++) {
		uint64_t upper = long_ones ? memory_u32(memory, SET_BYTES + 4 * i) : 0;
		capabilities_text(out, names[i], upper << 32 | memory_u32(memory, 4 * i));
	}
	text_char(out, '}');
}

static void entry_text(struct text *out, struct span memory)
{
	uint32_t entry = memory_u32(memory, 0);
	text_printf(out, "{entry_number=%lld", entry == UINT32_MAX ? -1LL : (long long)entry);
}

/* struct user_desc */
PRINTER(segment)
{
	static const struct {
		const char *name;
		uint8_t at, bits;
	} members[] = { { "seg_32bit", 0, 1 }, { "contents", 1, 2 }, { "read_exec_only", 3, 1 },
		{ "limit_in_pages", 4, 1 }, { "seg_not_present", 5, 1 }, { "useable", 6, 1 },
		{ "lm", 7, 1 } };
	struct span memory = arg->memory[0];
	uint32_t flags = memory_u32(memory, 12);
	entry_text(out, memory);
	text_printf(out, ", base_addr=%#08x, limit=%#08x", memory_u32(memory, 4), memory_u32(memory, 8));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		text_printf(out, ", %s=%u", members[i].name,
			flags >> members[i].at & ((1u << members[i].bits) - 1));
	text_char(out, '}');
}

/* What get_thread_area is asked for, and its answer. */
PRINTER(asked_segment)
{
	if (call->returned && !result_failed(call) && arg->memory[0].len >= 16) {
		print_segment(out, arg, call);
		return;
	}
	entry_text(out, arg->memory[0]);
	text_str(out, ", ...}");
}

static void kernel_segment(struct text *out, struct span element)
{
	static const struct field fields[] = { FIELD("buf", 0, 8, POINTER), FIELD("bufsz", 8, 8, UNSIGNED),
		FIELD("mem", 16, 8, POINTER), FIELD("memsz", 24, 8, UNSIGNED), MEMBERS_END };
	fields_text(out, element, fields);
}

PRINTER(kernel_segments)
{
	if (call->args[1] > SEGMENTS_MAX)
		pointer_text(out, arg->value);
	else
		elements_text(out, arg->memory[0], arg->value, 32, kernel_segment);
}
