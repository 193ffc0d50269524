/* SPDX-License-Identifier: BSD-2-Clause */
/* Data read from files with code: the link addresses of their segments, the rows of their call frame
 * information, and the functions that are inlined at an address. */
#include <elf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/base/process_maps.h"
#include "user/unwind/modules.h"

/* ---- a constructed file ---- */

#define SEGMENTS      17 /* one more than are kept */
#define SEGMENT_BYTES 0x100u
#define ID_BYTES      33 /* one more than are kept */

/* Segment i contains the file's bytes from 0x1000 * (i + 1) on, and is linked 0x400000 above them. */
static const char *made_file(void)
{
	static char path[64];
	struct {
		Elf64_Ehdr head;
		Elf64_Phdr segments[SEGMENTS + 1]; /* and the note */
		Elf64_Nhdr note;
		char owner[4];
		unsigned char id[(ID_BYTES + 3) / 4 * 4];
	} file = {
		.head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				  EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_phoff = sizeof(Elf64_Ehdr),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = SEGMENTS + 1 },
		.note = { .n_namesz = 4, .n_descsz = ID_BYTES, .n_type = NT_GNU_BUILD_ID },
		.owner = "GNU",
	};
	for (unsigned i = 0; i < ID_BYTES; i++)
		file.id[i] = (unsigned char)(0xa0 + i);
	file.segments[SEGMENTS] = (Elf64_Phdr){ .p_type = PT_NOTE,
		.p_offset = offsetof(__typeof__(file), note),
		.p_filesz = sizeof(file) - offsetof(__typeof__(file), note),
		.p_align = 4 };
	for (unsigned i = 0; i < SEGMENTS; i++)
		file.segments[i] = (Elf64_Phdr){ .p_type = PT_LOAD,
			.p_flags = PF_R | PF_X,
			.p_offset = 0x1000 * (i + 1),
			.p_vaddr = 0x400000 + 0x1000 * (i + 1),
			.p_filesz = SEGMENT_BYTES,
			.p_memsz = 2 * SEGMENT_BYTES,
			.p_align = 0x1000 };
	snprintf(path, sizeof(path), "/tmp/bundletrace-modules-%d", getpid());
	FILE *out = fopen(path, "we");
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(&file, sizeof(file), 1, out), 1);
	ck_assert_int_eq(ftruncate(fileno(out), 0x1000 * (SEGMENTS + 1)), 0);
	ck_assert_int_eq(fclose(out), 0);
	return path;
}

static struct module *module_of(struct modules *modules, const char *path)
{
	struct stat st;
	ck_assert_int_eq(stat(path, &st), 0);
	return modules_get(modules,
		&(struct code_map){ .pid = getpid(), .path = path, .dev = st.st_dev, .ino = st.st_ino });
}

START_TEST(segments)
{
	static const struct {
		uint64_t offset;
		bool linked; /* in a segment; otherwise its address is unknown, and it stays an offset */
	} cases[] = {
		{ 0xfff, false }, { 0x1000, true }, { 0x10ff, true },
		{ 0x1100, false }, /* memory that is not backed by the file */
		{ 0x2000, true }, { 0x10000, true }, { 0x100ff, true },
		{ 0x11000, false }, /* the seventeenth segment */
	};
	const char *path = made_file();
	struct modules *modules = modules_new(false);
	struct module *module = module_of(modules, path);
	ck_assert_ptr_nonnull(module);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_uint_eq(module_address(module, cases[i].offset),
			cases[i].offset + (cases[i].linked ? 0x400000 : 0));
	ck_assert_str_eq(
		module_build_id(module), "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf");
	modules_free(modules);
	unlink(path);
}
END_TEST

/* A limited number of files is kept; known ones stay. */
START_TEST(file_limit)
{
	struct modules *modules = modules_new(false);
	struct code_map mapping = { .pid = getpid(), .path = "/nowhere", .dev = 1 };
	struct module *first = NULL, *last = NULL;
	for (mapping.ino = 1; mapping.ino <= 4096; mapping.ino++) {
		last = modules_get(modules, &mapping);
		ck_assert_ptr_nonnull(last);
		if (!first)
			first = last;
	}
	ck_assert_ptr_null(modules_get(modules, &mapping));
	mapping.ino = 4096;
	ck_assert_ptr_eq(modules_get(modules, &mapping), last);
	mapping.ino = 1;
	ck_assert_ptr_eq(modules_get(modules, &mapping), first);
	ck_assert_uint_eq(module_address(first, 0x1234), 0x1234); /* it cannot be read */
	modules_free(modules);
}
END_TEST

/* ---- this program ---- */

struct wanted {
	uint64_t address;
	struct modules *modules;
	struct module *module;
	uint64_t offset;
};

static bool is_wanted(void *ctx, const struct process_map *map)
{
	struct wanted *wanted = ctx;
	if (wanted->address < map->start || wanted->address >= map->end)
		return true;
	wanted->offset = wanted->address - map->start + map->offset;
	wanted->module = modules_get(wanted->modules,
		&(struct code_map){ .pid = getpid(), .path = map->path, .dev = map->dev, .ino = map->ino });
	return false;
}

/* The module of an address of this program, and the address as linked there. */
static struct module *own_module(struct modules *modules, const void *code, uint64_t *linked)
{
	struct wanted wanted = { .address = (uintptr_t)code, .modules = modules };
	ck_assert_int_eq(process_maps_each(getpid(), is_wanted, &wanted), 0);
	ck_assert_ptr_nonnull(wanted.module);
	*linked = module_address(wanted.module, wanted.offset);
	return wanted.module;
}

/* Functions of one instruction each, with all forms of descriptions of the caller's frame; never called.
 * The last register that is kept has the number 16. */
#define DESCRIBED(name, directives)                                                                          \
	__asm__(".text\n" #name ": .cfi_startproc\n" directives "nop\n.cfi_endproc\n");                      \
	extern const char name[]
#define FRAME(expression)     ".cfi_escape 0x0f, " expression "\n"
#define SAVED_R12(expression) ".cfi_escape 0x10, 12, " expression "\n"

DESCRIBED(plain, ".cfi_offset 12, -24\n");
DESCRIBED(frame_0, FRAME("2, 0x70, 8"));           /* breg0 8 */
DESCRIBED(frame_16, FRAME("2, 0x80, 8"));          /* breg16 8 */
DESCRIBED(frame_17, FRAME("2, 0x81, 8"));          /* breg17 8 */
DESCRIBED(framex_16, FRAME("3, 0x92, 16, 8"));     /* bregx 16 8 */
DESCRIBED(framex_17, FRAME("3, 0x92, 17, 8"));     /* bregx 17 8 */
DESCRIBED(loaded, FRAME("3, 0x77, 8, 0x06"));      /* breg7 8, deref */
DESCRIBED(added, FRAME("4, 0x77, 8, 0x23, 8"));    /* breg7 8, plus_uconst 8 */
DESCRIBED(three, FRAME("4, 0x77, 8, 0x06, 0x06")); /* breg7 8, deref, deref */
DESCRIBED(r12_16, ".cfi_register 12, 16\n");
DESCRIBED(r12_17, ".cfi_register 12, 17\n");
DESCRIBED(r12_at_frame, SAVED_R12("2, 0x23, 40"));     /* plus_uconst 40 */
DESCRIBED(r12_at_16, SAVED_R12("2, 0x80, 16"));        /* breg16 16 */
DESCRIBED(r12_at_17, SAVED_R12("2, 0x81, 16"));        /* breg17 16 */
DESCRIBED(r12_loaded, SAVED_R12("3, 0x77, 16, 0x06")); /* breg7 16, deref */

static void same_rule(const struct cfi_rule *rule, const struct cfi_rule *expected)
{
	ck_assert_int_eq(rule->kind, expected->kind);
	ck_assert_int_eq(rule->reg, expected->reg);
	ck_assert_int_eq(rule->offset, expected->offset);
}

START_TEST(rows)
{
	static const struct {
		const char *code;
		bool known;
		struct cfi_rule frame, r12;
	} cases[] = {
		{ plain, true, { 8, CFI_REG, REG_SP }, { -24, CFI_AT_FRAME, 0 } },
		{ frame_0, true, { 8, CFI_REG, 0 }, { 0, CFI_SAME, 0 } },
		{ frame_16, true, { 8, CFI_REG, 16 }, { 0, CFI_SAME, 0 } },
		{ frame_17, false, { 0, 0, 0 }, { 0, 0, 0 } },
		{ framex_16, true, { 8, CFI_REG, 16 }, { 0, CFI_SAME, 0 } },
		{ framex_17, false, { 0, 0, 0 }, { 0, 0, 0 } },
		{ loaded, true, { 8, CFI_AT_REG, REG_SP }, { 0, CFI_SAME, 0 } },
		{ added, false, { 0, 0, 0 }, { 0, 0, 0 } },
		{ three, false, { 0, 0, 0 }, { 0, 0, 0 } },
		{ r12_16, true, { 8, CFI_REG, REG_SP }, { 0, CFI_REG, 16 } },
		{ r12_17, true, { 8, CFI_REG, REG_SP }, { 0, CFI_UNDEFINED, 0 } },
		{ r12_at_frame, true, { 8, CFI_REG, REG_SP }, { 40, CFI_AT_FRAME, 0 } },
		{ r12_at_16, true, { 8, CFI_REG, REG_SP }, { 16, CFI_AT_REG, 16 } },
		{ r12_loaded, true, { 8, CFI_REG, REG_SP }, { 0, CFI_UNDEFINED, 0 } },
	};
	struct modules *modules = modules_new(false);
	struct cfi_row row;
	uint64_t linked;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct module *module = own_module(modules, cases[i].code, &linked);
		ck_assert_msg(module_cfi_row(module, linked, &row) == cases[i].known, "case %zu", i);
		if (!cases[i].known)
			continue;
		same_rule(&row.frame, &cases[i].frame);
		same_rule(&row.regs[REG_R12], &cases[i].r12);
		same_rule(&row.regs[REG_RETURN], &(struct cfi_rule){ -8, CFI_AT_FRAME, 0 });
	}
	struct module *module = own_module(modules, r12_at_17, &linked);
	ck_assert(module_cfi_row(module, linked, &row));
	ck_assert_int_eq(row.regs[REG_R12].kind, CFI_UNDEFINED); /* this register is not known */
	modules_free(modules);
}
END_TEST

/* Ten functions, nine of them inlined in the next, on consecutive lines. */
#define INLINED static inline __attribute__((always_inline)) const void *
/* clang-format off */
enum { INNERMOST_LINE = __LINE__ + 1 };
INLINED level9(void) { const void *at; __asm__ volatile("1: lea 1b(%%rip), %0" : "=r"(at)); return at; }
INLINED level8(void) { return level9(); }
INLINED level7(void) { return level8(); }
INLINED level6(void) { return level7(); }
INLINED level5(void) { return level6(); }
INLINED level4(void) { return level5(); }
INLINED level3(void) { return level4(); }
INLINED level2(void) { return level3(); }
INLINED level1(void) { return level2(); }
static __attribute__((noinline)) const void *level0(void) { return level1(); }
/* clang-format on */

START_TEST(inlined_functions)
{
	struct modules *modules = modules_new(false);
	struct source sources[SOURCES_MAX];
	uint64_t linked;
	struct module *module = own_module(modules, level0(), &linked);
	ck_assert_uint_eq(module_sources(module, linked, sources), SOURCES_MAX);
	for (unsigned i = 0; i < SOURCES_MAX; i++) {
		char name[8];
		snprintf(name, sizeof(name), "level%u", 9 - i);
		ck_assert_str_eq(sources[i].function, name);
		ck_assert_str_eq(sources[i].file, "tests/unit/test_modules.c");
		ck_assert_uint_eq(sources[i].line, INNERMOST_LINE + i);
		free(sources[i].function);
		free(sources[i].file);
	}
	modules_free(modules);
}
END_TEST

Suite *modules_suite(void)
{
	Suite *suite = suite_create("modules");
	TCase *tc = tcase_create("modules");
	tcase_add_test(tc, segments);
	tcase_add_test(tc, file_limit);
	tcase_add_test(tc, rows);
	tcase_add_test(tc, inlined_functions);
	suite_add_tcase(suite, tc);
	return suite;
}
