/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of terminals: struct termios of the kernel, which has fewer special characters than the C library's, and
 * struct termio, whose members have 16 bits. */
#include "flags.h"
#include "memory_fields.h"
#include "memory_printers.h"
#include "memory_read.h"

#define BAUD_MASK  0x100f
#define BAUD_SHIFT 16 /* of the speed of input, where it is another one */

/* The delays, each a value of some bits, then flags. */
static void output_text(struct text *out, uint64_t modes)
{
	static const enum arg_type delays[] = { ARG_NEWLINE_DELAY, ARG_RETURN_DELAY, ARG_TAB_DELAY,
		ARG_BACKSPACE_DELAY, ARG_VERTICAL_DELAY, ARG_FORM_DELAY };
	static const uint32_t masks[] = { 0x100, 0x600, 0x1800, 0x2000, 0x4000, 0x8000 };
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		text_str(out, i ? "|" : "");
		flags_text(out, delays[i], modes & masks[i]);
		modes &= ~(uint64_t)masks[i];
	}
	if (modes) {
		text_char(out, '|');
		flags_text(out, ARG_OUTPUT_MODES, modes);
	}
}

static void control_text(struct text *out, uint64_t modes)
{
	uint64_t input = modes >> BAUD_SHIFT & BAUD_MASK;
	flags_text(out, ARG_BAUD, modes & BAUD_MASK);
	if (input) {
		text_char(out, '|');
		flags_text(out, ARG_BAUD, input);
		text_str(out, "<<IBSHIFT");
	}
	modes &= ~(uint64_t)(BAUD_MASK | BAUD_MASK << BAUD_SHIFT);
	text_char(out, '|');
	flags_text(out, ARG_CONTROL_MODES, modes);
}

static void settings_text(struct text *out, struct span memory, size_t size)
{
	text_str(out, "{c_iflag=");
	flags_text(out, ARG_INPUT_MODES, memory_number(memory, 0, size));
	text_str(out, ", c_oflag=");
	output_text(out, memory_number(memory, size, size));
	text_str(out, ", c_cflag=");
	control_text(out, memory_number(memory, 2 * size, size));
	text_str(out, ", c_lflag=");
	flags_text(out, ARG_LOCAL_MODES, memory_number(memory, 3 * size, size));
	text_str(out, ", ...}");
}

PRINTER(termios)
{
	settings_text(out, arg->memory[0], 4);
}

PRINTER(termio)
{
	settings_text(out, arg->memory[0], 2);
}
