/* SPDX-License-Identifier: BSD-2-Clause */
#include "phase_args.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Offsets of registers in the kernel's struct pt_regs of x86-64: 8 bytes each, in this order. */
enum { R15, R14, R13, R12, BP, BX, R11, R10, R9, R8, AX, CX, DX, SI, DI, ORIG_AX, IP, CS, FLAGS, SP };

#define OFFSET(reg) ((uint16_t)((reg)*8))

/* The names of a register: of 8, 4, 2 and 1 bytes. */
static const struct {
	const char *names[4];
	uint8_t number;
} registers[] = {
	{ { "rax", "eax", "ax", "al" }, AX },
	{ { "rbx", "ebx", "bx", "bl" }, BX },
	{ { "rcx", "ecx", "cx", "cl" }, CX },
	{ { "rdx", "edx", "dx", "dl" }, DX },
	{ { "rsi", "esi", "si", "sil" }, SI },
	{ { "rdi", "edi", "di", "dil" }, DI },
	{ { "rbp", "ebp", "bp", "bpl" }, BP },
	{ { "rsp", "esp", "sp", "spl" }, SP },
	{ { "r8", "r8d", "r8w", "r8b" }, R8 },
	{ { "r9", "r9d", "r9w", "r9b" }, R9 },
	{ { "r10", "r10d", "r10w", "r10b" }, R10 },
	{ { "r11", "r11d", "r11w", "r11b" }, R11 },
	{ { "r12", "r12d", "r12w", "r12b" }, R12 },
	{ { "r13", "r13d", "r13w", "r13b" }, R13 },
	{ { "r14", "r14d", "r14w", "r14b" }, R14 },
	{ { "r15", "r15d", "r15w", "r15b" }, R15 },
};

struct phase_value phase_arg_of_function(int number, int bytes)
{
	static const uint8_t order[] = { DI, SI, DX, CX, R8, R9 };
	return (struct phase_value){
		.from = PHASE_FROM_REGISTER,
		.base = OFFSET(order[number - 1]),
		.bytes = (uint8_t)abs(bytes),
		.is_signed = bytes < 0,
	};
}

struct phase_value phase_arg_result(int bytes)
{
	return (struct phase_value){
		.from = PHASE_FROM_REGISTER,
		.base = OFFSET(AX),
		.bytes = (uint8_t)abs(bytes),
		.is_signed = bytes < 0,
	};
}

/* ---- notes ---- */

/* Reads %name at *at. `whole`: of 8 bytes only, as in an address. */
static bool take_register(const char **at, bool whole, uint16_t *offset)
{
	size_t len = strspn(*at + 1, "abcdefghijklmnopqrstuvwxyz0123456789");
	if (**at != '%')
		return false;
	for (size_t i = 0; i < sizeof(registers) / sizeof(*registers); i++)
		for (int size = 0; size < (whole ? 1 : 4); size++) {
			const char *name = registers[i].names[size];
			if (strlen(name) != len || memcmp(name, *at + 1, len) != 0)
				continue;
			*offset = OFFSET(registers[i].number);
			*at += len + 1;
			return true;
		}
	return false;
}

static bool take_number(const char **at, int64_t *number)
{
	char *end;
	errno = 0;
	*number = strtoll(*at, &end, 0);
	bool any = end != *at && errno == 0;
	*at = end;
	return any;
}

/* OFFSET(%base), OFFSET(%base,%index,SCALE); the offset may be missing, and the scale. */
static bool take_memory(const char **at, struct phase_value *value)
{
	int64_t offset = 0, scale = 1;
	if (**at != '(' && !take_number(at, &offset))
		return false;
	value->from = PHASE_FROM_MEMORY;
	value->number = (uint64_t)offset;
	if (*(*at)++ != '(' || !take_register(at, true, &value->base))
		return false;
	if (**at == ',') {
		(*at)++;
		if (!take_register(at, true, &value->index))
			return false;
		if (**at == ',') {
			(*at)++;
			if (!take_number(at, &scale))
				return false;
		}
		if (scale != 1 && scale != 2 && scale != 4 && scale != 8)
			return false;
		value->indexed = (uint8_t)(1 + __builtin_ctzll((unsigned long long)scale));
	}
	return *(*at)++ == ')';
}

/* One argument: BYTES@WHERE. */
static bool take_arg(const char *at, struct phase_value *value)
{
	int64_t bytes, constant;
	*value = (struct phase_value){ .from = PHASE_FROM_NOWHERE };
	if (!take_number(&at, &bytes) || *at++ != '@')
		return false;
	int64_t size = bytes < 0 ? -bytes : bytes;
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return false;
	value->bytes = (uint8_t)size;
	value->is_signed = bytes < 0;
	bool right;
	if (*at == '$') {
		at++;
		right = take_number(&at, &constant);
		value->from = PHASE_FROM_CONSTANT;
		value->number = (uint64_t)constant;
	} else if (*at == '%') {
		value->from = PHASE_FROM_REGISTER;
		right = take_register(&at, false, &value->base);
	} else {
		right = take_memory(&at, value);
	}
	return right && (*at == '\0' || *at == ' ');
}

/* The beginnings of the arguments; they are separated by spaces. Returns how many. */
static int split(const char *args, const char *all[], int most)
{
	int count = 0;
	for (const char *at = args + strspn(args, " "); *at && count < most; at += strspn(at, " ")) {
		all[count++] = at;
		at += strcspn(at, " ");
	}
	return count;
}

const char *phase_arg_of_note(const char *args, int number, struct phase_value *value, char text[128])
{
	const char *all[32];
	int count = split(args, all, 32), at = number > 0 ? number - 1 : count + number;
	if (at < 0 || at >= count) {
		snprintf(text, 128, "has %d arguments, and none with the number %d", count, number);
		return text;
	}
	if (take_arg(all[at], value))
		return NULL;
	snprintf(text, 128, "has an argument %d that cannot be read (%.*s)", at + 1,
		(int)(strcspn(all[at], " ") < 60 ? strcspn(all[at], " ") : 60), all[at]);
	return text;
}
