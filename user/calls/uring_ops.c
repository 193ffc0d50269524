/* SPDX-License-Identifier: BSD-2-Clause */
#include "uring_ops.h"

enum what { OTHER, READS, WRITES, OPENS };

static const struct {
	const char *name;
	enum what what;
} ops[] = {
#define OP(number, name, what) [number] = { #name, what },
	URING_OPS(OP)
#undef OP
};

enum { OPS = sizeof(ops) / sizeof(ops[0]) };

void uring_op_text(struct text *t, uint8_t opcode)
{
	if (opcode < OPS) {
		text_str(t, ops[opcode].name);
		return;
	}
	text_str(t, "op_");
	text_u64(t, opcode);
}

static bool does(uint8_t opcode, enum what what)
{
	return opcode < OPS && ops[opcode].what == what;
}

bool uring_reads(uint8_t opcode)
{
	return does(opcode, READS);
}

bool uring_writes(uint8_t opcode)
{
	return does(opcode, WRITES);
}

bool uring_opens(uint8_t opcode)
{
	return does(opcode, OPENS);
}
