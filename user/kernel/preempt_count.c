/* SPDX-License-Identifier: BSD-2-Clause */
#include "preempt_count.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT_VARIABLE "__preempt_count" /* of each CPU */
#define COUNT_MASK     0xff              /* PREEMPT_MASK: what is above counts interrupts */

enum { ASK_MAX = 100 };

/* How often a program has found preemption possible, and disabled. */
enum { FOUND_POSSIBLE, FOUND_DISABLED, FOUND };

/* clang-format off */
#define MOVE(to, from)           { .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from) }
#define SET(to, number)          { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (number) }
#define ADD(to, number)          { .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (to), .imm = (number) }
#define AND(to, number)          { .code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = (to), .imm = (number) }
#define LOAD(to, from)           { .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (to), .src_reg = (from) }
#define STORE(to, offset, from)  { .code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = (to), .src_reg = (from), .off = (offset) }
#define COUNT(to)                { .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = (to), .src_reg = BPF_REG_1, .imm = BPF_ADD }
#define ADDRESS(to, kind, id)    { .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = (to), .src_reg = (kind), .imm = (id) }, { 0 }
#define CALL(helper)             { .code = BPF_JMP | BPF_CALL, .imm = (helper) }
#define SKIP_IF_0(register, n)   { .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = (register), .off = (n) }
#define EXIT                     { .code = BPF_JMP | BPF_EXIT }
/* clang-format on */

/* The number by which the kernel's types know a variable of it; < 0: it is not there. */
static int variable_id(const char *name)
{
	struct btf *types = btf__load_vmlinux_btf();
	int id = types ? btf__find_by_name_kind(types, name, BTF_KIND_VAR) : -1;
	btf__free(types);
	return id;
}

/* Loads a program that adds 1 to an element of `found`. A descriptor, or < 0: the kernel refuses it, where it has no
 * addresses of variables for example. */
static int load_program(int variable, int found)
{
	const struct bpf_insn program[] = {
		ADDRESS(BPF_REG_1, BPF_PSEUDO_BTF_ID, variable),
		CALL(BPF_FUNC_this_cpu_ptr),
		LOAD(BPF_REG_6, BPF_REG_0),
		AND(BPF_REG_6, COUNT_MASK),
		SKIP_IF_0(BPF_REG_6, 1),
		SET(BPF_REG_6, FOUND_DISABLED),
		STORE(BPF_REG_10, -4, BPF_REG_6),
		MOVE(BPF_REG_2, BPF_REG_10),
		ADD(BPF_REG_2, -4),
		ADDRESS(BPF_REG_1, BPF_PSEUDO_MAP_FD, found),
		CALL(BPF_FUNC_map_lookup_elem),
		SKIP_IF_0(BPF_REG_0, 2),
		SET(BPF_REG_1, 1),
		COUNT(BPF_REG_0),
		SET(BPF_REG_0, 0),
		EXIT,
	};
	return bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "preempt_count", "GPL", program,
		sizeof(program) / sizeof(*program), NULL);
}

/* Makes calls, and a fault in a page that was never touched. */
static void cause_hooks(void)
{
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	char *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return;
	*(volatile char *)page = 1;
	munmap(page, bytes);
}

static void close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

static uint64_t times_found(int found, uint32_t what)
{
	uint64_t times = 0;
	bpf_map_lookup_elem(found, &what, &times);
	return times;
}

/* What the program finds at one tracepoint, in any task. */
static enum hooks_preemption ask_at(const char *tracepoint, int variable)
{
	uint64_t possible = 0, disabled = 0;
	int found = bpf_map_create(
		BPF_MAP_TYPE_ARRAY, "preempt_found", sizeof(uint32_t), sizeof(uint64_t), FOUND, NULL);
	int program = found >= 0 ? load_program(variable, found) : -1;
	int link = program >= 0 ? bpf_raw_tracepoint_open(tracepoint, program) : -1;
	/* the program may itself be skipped */
	for (int i = 0; link >= 0 && i < ASK_MAX && !possible && !disabled; i++) {
		cause_hooks();
		possible = times_found(found, FOUND_POSSIBLE);
		disabled = times_found(found, FOUND_DISABLED);
	}
	close_one(link);
	close_one(program);
	close_one(found);
	return possible ? PREEMPTION_POSSIBLE : disabled ? PREEMPTION_DISABLED : PREEMPTION_UNKNOWN;
}

enum hooks_preemption preempt_count_ask(void)
{
	int variable = variable_id(COUNT_VARIABLE);
	if (variable <= 0)
		return PREEMPTION_UNKNOWN;
	enum hooks_preemption call = ask_at("sys_exit", variable);
	if (call != PREEMPTION_DISABLED)
		return call;
	enum hooks_preemption fault = ask_at("page_fault_user", variable);
	return fault == PREEMPTION_POSSIBLE ? PREEMPTION_OUTSIDE_CALLS : fault;
}
