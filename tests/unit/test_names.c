/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of functions: of C++ and Rust symbols, of Go's own table, of generated code; and whose they are. */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/unwind/code_owner.h"
#include "user/unwind/demangle.h"
#include "user/unwind/go_table.h"
#include "user/unwind/perf_map.h"

/* ---- symbols ---- */

/* What c++filt --no-params and rustfilt print. */
static const struct {
	const char *symbol, *name; /* NULL: it is not mangled */
} symbols[] = {
	{ "main", NULL },
	{ "_start", NULL },
	{ "", NULL },
	{ "_", NULL },
	{ "_Z", NULL },
	{ "_Zq", NULL },
	{ "_ZN4shop3BoxIlE5fetchEi", "shop::Box<long>::fetch" },
	{ "_ZNK4shop3BoxIlE5fetchEiNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE",
		"shop::Box<long>::fetch" },
	{ "_ZN4shop12_GLOBAL__N_16hiddenEi", "shop::(anonymous namespace)::hidden" },
	{ "_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int, std::allocator<int> >::push_back" },
	{ "_ZplRK1AS1_", "operator+" },
	{ "_ZN3std2io4Read11read_to_end17h0123456789abcdefE", "std::io::Read::read_to_end" },
	{ "_ZN47_$LT$std..fs..File$u20$as$u20$std..io..Read$GT$4read17h0123456789abcdefE",
		"<std::fs::File as std::io::Read>::read" },
	{ "_RNvC6_123foo3bar", "123foo::bar" },
	{ "_RNvCs4fqI2P2rA04_13const_generic4main", "const_generic::main" },
	{ "_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}" },
	{ "_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6OutputuEL_ECs1iopQbuBiw2_3std",
		"alloc::alloc::box_free::<dyn alloc::boxed::FnBox<(), Output = ()>>" },
};

START_TEST(of_symbols)
{
	char *name = demangle(symbols[_i].symbol);
	if (symbols[_i].name)
		ck_assert_msg(name && strcmp(name, symbols[_i].name) == 0, "%s: %s, not %s",
			symbols[_i].symbol, name ? name : "none", symbols[_i].name);
	else
		ck_assert_ptr_null(name);
	free(name);
}
END_TEST

/* A few hundred bytes that stand for 2^100 of them, and nests of brackets. */
START_TEST(of_hostile_symbols)
{
	char symbol[4000] = "_Z1fSt4pairIiiE";
	for (unsigned i = 0; i < 100; i++) {
		char part[24];
		snprintf(part, sizeof(part), "St4pairIS%.*s_S%.*s_E", i > 0, i ? &"0123456789"[i % 10] : "",
			i > 0, i ? &"0123456789"[i % 10] : "");
		strcat(symbol, part);
	}
	free(demangle(symbol));
	strcpy(symbol, "_Z1fI");
	for (unsigned i = 0; i < 60; i++)
		strcat(symbol, i ? "St4pairIT_T_E" : "St4pairIiiE");
	strcat(symbol, "EvT_");
	free(demangle(symbol));
	memset(symbol, 'P', sizeof(symbol) - 1);
	memcpy(symbol, "_Z1f", 4);
	symbol[sizeof(symbol) - 1] = '\0';
	ck_assert_ptr_null(demangle(symbol)); /* too long */
	symbol[1500] = '\0';
	free(demangle(symbol));
	unsigned seed = 1;
	for (unsigned run = 0; run < 20000; run++) {
		static const char *const starts[] = { "_Z", "_ZN", "_RNv", "_RIN", "_RYN" };
		static const char parts[] = "0123456789NEISTCRBYXMDGKLQabcfhijlmsuvw_PtS$.";
		unsigned len = 4 + (unsigned)rand_r(&seed) % 60;
		strcpy(symbol, starts[run % 5]);
		for (unsigned i = (unsigned)strlen(symbol); i < len; i++) {
			symbol[i] = parts[(unsigned)rand_r(&seed) % (sizeof(parts) - 1)];
			symbol[i + 1] = '\0';
		}
		free(demangle(symbol));
	}
}
END_TEST

/* ---- Go's table ---- */

/* A table of two functions, as the linker writes it: main.main at 0x401000 (48 bytes, a frame of 24 from its fourth byte
 * on; lines 10, 12 and a line of another file that was inlined), main.(*Shelf).Take at 0x401030 (16 bytes, no frame). */
enum { NAMES = 72, UNITS = 110, FILES = 122, VALUES = 150, INDEX = 200, GO_BYTES = 320 };
static uint8_t table[GO_BYTES];

static void put(unsigned at, uint64_t value, unsigned bytes)
{
	memcpy(table + at, &value, bytes);
}

static void put_function(
	unsigned at, unsigned entry, unsigned name, unsigned depth, unsigned file, unsigned line)
{
	put(at, entry, 4);
	put(at + 4, name, 4);
	put(at + 16, depth, 4);
	put(at + 20, file, 4);
	put(at + 24, line, 4);
}

static void make_table(uint32_t magic)
{
	memset(table, 0, sizeof(table));
	put(0, magic, 4);
	put(6, 1, 1);
	put(7, 8, 1);
	put(8, 2, 8);
	put(24, 0x401000, 8);
	put(32, NAMES, 8);
	put(40, UNITS, 8);
	put(48, FILES, 8);
	put(56, VALUES, 8);
	put(64, INDEX, 8);
	memcpy(table + NAMES, "\0main.main\0main.(*Shelf).Take", 30);
	put(UNITS, 0, 4);
	put(UNITS + 4, 11, 4);
	memcpy(table + FILES, "/src/go.go\0/lib/os/file.go", 26);
	/* changes of the value (2n, or 2n - 1 for -n) and lengths; the values begin at -1 */
	memcpy(table + VALUES,
		(const uint8_t[]){ 0, /* frames: */ 2, 4, 48, 44, 0, /* files: */ 2, 32, 2, 16, 0,
			/* lines: */ 22, 16, 4, 16, 30, 16, 0, /* second: */ 2, 16, 0, 62, 16, 0 },
		24);
	put(INDEX, 0, 4);
	put(INDEX + 4, 24, 4);
	put(INDEX + 8, 48, 4);
	put(INDEX + 12, 68, 4);
	put(INDEX + 16, 64, 4);
	put_function(INDEX + 24, 0, 1, 1, 6, 11);
	put_function(INDEX + 68, 48, 11, 18, 18, 21);
}

START_TEST(of_go)
{
	static const uint32_t magics[] = { 0xfffffff0, 0xfffffff1 };
	struct go_table go;
	struct go_place place;
	struct cfi_row row;
	make_table(magics[_i]);
	ck_assert(go_table_open(&go, table, sizeof(table), 0));
	ck_assert(go_table_find(&go, 0x401002, &place));
	ck_assert_str_eq(place.function, "main.main");
	ck_assert_str_eq(place.file, "/src/go.go");
	ck_assert_uint_eq(place.line, 10);
	ck_assert(go_table_find(&go, 0x401018, &place));
	ck_assert_uint_eq(place.line, 12);
	ck_assert(go_table_find(&go, 0x401028, &place));
	ck_assert_str_eq(place.function, "main.main");
	ck_assert_ptr_null(place.file); /* another file's code */
	ck_assert(go_table_find(&go, 0x401030, &place));
	ck_assert_str_eq(place.function, "main.(*Shelf).Take");
	ck_assert_uint_eq(place.line, 30);
	ck_assert(!go_table_find(&go, 0x401040, &place));
	ck_assert(!go_table_find(&go, 0x400fff, &place));
	ck_assert(go_table_row(&go, 0x401002, &row));
	ck_assert_int_eq(row.frame.offset, 8);
	ck_assert_int_eq(row.regs[REG_BP].kind, CFI_SAME);
	ck_assert(go_table_row(&go, 0x401010, &row));
	ck_assert_int_eq(row.frame.offset, 32);
	ck_assert_int_eq(row.regs[REG_BP].offset, -16);
	ck_assert_int_eq(row.regs[REG_RETURN].offset, -8);
}
END_TEST

/* Cut at any length, and with any bytes changed: nothing is read outside of the table. */
START_TEST(of_hostile_go)
{
	struct go_table go;
	struct go_place place;
	struct cfi_row row;
	unsigned seed = 7;
	for (unsigned run = 0; run < 20000; run++) {
		make_table(0xfffffff1);
		size_t len = run < sizeof(table) ? run : sizeof(table);
		uint8_t *copy = malloc(len + 1);
		for (unsigned i = 0; run >= sizeof(table) && i < 1 + run % 4; i++)
			table[8 + (unsigned)rand_r(&seed) % (sizeof(table) - 8)] = (uint8_t)rand_r(&seed);
		memcpy(copy, table, len);
		if (go_table_open(&go, copy, len, 0x401000))
			for (uint64_t address = 0x400ff0; address < 0x401050; address += 7) {
				if (go_table_find(&go, address, &place))
					ck_assert_uint_lt(strlen(place.function), len);
				go_table_row(&go, address, &row);
			}
		free(copy);
	}
	make_table(0xfffffffb); /* of Go 1.2 to 1.15 */
	ck_assert(!go_table_open(&go, table, sizeof(table), 0x401000));
}
END_TEST

/* ---- generated code ---- */

static void name_is(struct perf_map *map, uint64_t address, const char *name)
{
	const struct perf_symbol *symbol = perf_map_find(map, address);
	if (!name)
		ck_assert_ptr_null(symbol);
	else
		ck_assert(symbol && strlen(name) == symbol->len &&
			  memcmp(name, symbol->name, symbol->len) == 0);
}

START_TEST(of_generated_code)
{
	struct perf_map *map = perf_map_new(0, 0); /* no process: nothing is read */
	const char *text =
		"2000 10 py::take:/srv/a b.py\n1000 20 first one\nnonsense\n-\n3000 zz x\n4000 10 \n"
		"fffffffffffffff0 20 around\n1000 20 second\n0x5000 8 five\n6000 10 not complete";
	ck_assert(perf_map_take(map, strdup(text), strlen(text)));
	name_is(map, 0xfff, NULL);
	name_is(map, 0x1000, "second"); /* the later line */
	name_is(map, 0x101f, "second");
	name_is(map, 0x1020, NULL);
	name_is(map, 0x200f, "py::take:/srv/a b.py");
	name_is(map, 0x3000, NULL);
	name_is(map, 0x4000, NULL);
	name_is(map, 0x5000, "five");
	name_is(map, 0x6000, NULL);
	name_is(map, UINT64_MAX - 3, NULL);
	perf_map_free(map);
}
END_TEST

/* ---- whose code it is ---- */

START_TEST(of_modules)
{
	static const struct {
		const char *path;
		enum code_owner owner;
	} cases[] = {
		{ "/lib/x86_64-linux-gnu/libc.so.6", CODE_OF_RUNTIME },
		{ "/lib/libc-2.31.so", CODE_OF_RUNTIME },
		{ "/lib64/ld-linux-x86-64.so.2", CODE_OF_RUNTIME },
		{ "/usr/lib/libstdc++.so.6.0.30", CODE_OF_RUNTIME },
		{ "/usr/lib/libcurl.so.4", CODE_OF_PROGRAM },
		{ "/usr/lib/libmodel.so", CODE_OF_PROGRAM },
		{ "/srv/libc", CODE_OF_PROGRAM },
		{ "/usr/bin/python3.11", CODE_OF_LANGUAGE },
		{ "/usr/bin/python3.11-loader", CODE_OF_PROGRAM },
		{ "/usr/lib/libpython3.13.so.1.0", CODE_OF_LANGUAGE },
		{ "/usr/lib/python3.11/lib-dynload/_lzma.so", CODE_OF_LANGUAGE },
		{ "/usr/lib/python3/dist-packages/numpy/core.so", CODE_OF_PROGRAM },
		{ "/opt/libstd-0123456789abcdef.so", CODE_OF_LANGUAGE },
		{ "/usr/bin/node", CODE_OF_LANGUAGE },
		{ "/usr/libpagedbundle.so.0", CODE_OF_PROGRAM },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(code_owner_of_module(cases[i].path) == cases[i].owner, "%s", cases[i].path);
}
END_TEST

START_TEST(of_sources)
{
	static const struct {
		const char *function, *file;
		bool go, standard;
	} cases[] = {
		{ "main", "main.c", false, false },
		{ NULL, NULL, false, false },
		{ "std::vector<int>::push_back", "/usr/include/c++/12/bits/vector.h", false, true },
		{ "stdout_writer", "a.c", false, false },
		{ "<&std::fs::File as std::io::Read>::read", NULL, false, true },
		{ "<&mut core::slice::Iter<T>>::next", NULL, false, true },
		{ "<shelf::Reader as std::io::Read>::read", "src/main.rs", false, false },
		{ "__rust_begin", "/rustc/abc/library/std/src/sys.rs", false, true },
		{ "os.(*File).Read", "/usr/lib/go/src/os/file.go", true, true },
		{ "internal/poll.(*FD).Read", NULL, true, true },
		{ "main.main", "/src/main.go", true, false },
		{ "github.com/a/os.Read", NULL, true, false },
		{ "os.read", "os.c", false, false }, /* not Go */
		{ "open", "/usr/lib/python3.11/gzip.py", false, true },
		{ "load", "/usr/lib/python3.11/site-packages/model.py", false, false },
		{ "find_spec", "<frozen importlib._bootstrap>", false, true },
		{ "take", "/srv/take.py", false, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(code_owner_of_source(cases[i].function, cases[i].file, cases[i].go) ==
				      (cases[i].standard ? CODE_OF_LANGUAGE : CODE_OF_PROGRAM),
			"%s", cases[i].function);
}
END_TEST

Suite *names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tc = tcase_create("names");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, of_symbols, 0, sizeof(symbols) / sizeof(*symbols));
	tcase_add_test(tc, of_hostile_symbols);
	tcase_add_loop_test(tc, of_go, 0, 2);
	tcase_add_test(tc, of_hostile_go);
	tcase_add_test(tc, of_generated_code);
	tcase_add_test(tc, of_modules);
	tcase_add_test(tc, of_sources);
	suite_add_tcase(suite, tc);
	return suite;
}
