/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "modules.h"

#include <dwarf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <elfutils/libdwfl.h>
#include <uthash.h>

#include "demangle.h"
#include "go_table.h"
#include "user/base/process_maps.h"

#define MODULES_MAX  4096
#define SEGMENTS_MAX 16
#define BUILD_ID_MAX 32

struct segment {
	uint64_t offset, bytes, address;
};

struct module {
	struct {
		uint64_t dev, ino;
	} key;
	struct code_map first; /* the mapping it was first seen in, without its path */
	char *path;
	enum code_owner owner;
	bool opened, go, python;
	Dwfl *dwfl; /* NULL: not opened, or it cannot be read */
	Dwfl_Module *dwfl_module;
	Dwarf_Addr bias; /* of libdwfl's addresses against the linked ones */
	Dwarf_CFI *cfi, *debug_cfi;
	Dwarf_Addr cfi_bias, debug_cfi_bias;
	struct go_table functions; /* if `go` */
	struct segment segments[SEGMENTS_MAX];
	unsigned segment_count;
	char build_id[2 * BUILD_ID_MAX + 1];
	UT_hash_handle hh;
};

struct modules {
	struct module *all;
};

static const Dwfl_Callbacks callbacks = {
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

struct modules *modules_new(bool debuginfod)
{
	if (!debuginfod)
		unsetenv("DEBUGINFOD_URLS"); /* libdw would ask them */
	return calloc(1, sizeof(struct modules));
}

void modules_free(struct modules *modules)
{
	if (!modules)
		return;
	while (modules->all) {
		struct module *module = modules->all;
		HASH_DEL(modules->all, module);
		dwfl_end(module->dwfl);
		free(module->path);
		free(module);
	}
	free(modules);
}

struct module *modules_get(struct modules *modules, const struct code_map *mapping)
{
	struct module probe, *module;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.dev = mapping->dev;
	probe.key.ino = mapping->ino;
	HASH_FIND(hh, modules->all, &probe.key, sizeof(probe.key), module);
	if (module || HASH_COUNT(modules->all) >= MODULES_MAX)
		return module;
	module = calloc(1, sizeof(*module));
	if (!module)
		return NULL;
	module->key = probe.key;
	module->first = *mapping;
	module->first.path = NULL;
	module->path = strdup(mapping->path);
	if (module->path) {
		module->owner = code_owner_of_module(module->path);
		const char *slash = strrchr(module->path, '/'), *file = slash ? slash + 1 : module->path;
		module->python = module->owner == CODE_OF_LANGUAGE &&
				 (strncmp(file, "python", 6) == 0 || strncmp(file, "libpython", 9) == 0);
		HASH_ADD(hh, modules->all, key, sizeof(module->key), module);
	}
	if (module->path && module->hh.tbl)
		return module;
	free(module->path);
	free(module);
	return NULL;
}

const char *module_path(const struct module *module)
{
	return module->path;
}

enum code_owner module_owner(const struct module *module)
{
	return module->owner;
}

bool module_is_python(const struct module *module)
{
	return module->python;
}

bool module_is_go(const struct module *module)
{
	return module->go;
}

/* ---- opening ---- */

/* Opens the path if it is the regular file that was mapped, else -1. The link in /proc/PID/map_files is
 * (`proven`). */
static int open_as(const struct module *module, const char *path, bool proven)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode) ||
			       (!proven && (st.st_dev != module->key.dev || st.st_ino != module->key.ino)))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_file(const struct module *module)
{
	char *path, link[PROCESS_MAP_LINK];
	process_map_link(link, module->first.pid, module->first.start, module->first.end);
	int fd = open_as(module, link, true);
	if (fd < 0 && asprintf(&path, "/proc/%d/root%s", module->first.pid, module->path) > 0) {
		fd = open_as(module, path, false);
		free(path);
	}
	return fd < 0 ? open_as(module, module->path, false) : fd;
}

static void take_segments(struct module *module, Elf *elf)
{
	size_t count = 0;
	GElf_Phdr header;
	if (elf_getphdrnum(elf, &count))
		return;
	for (size_t i = 0; i < count && module->segment_count < SEGMENTS_MAX; i++)
		if (gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_LOAD)
			module->segments[module->segment_count++] =
				(struct segment){ header.p_offset, header.p_filesz, header.p_vaddr };
}

static void take_build_id(struct module *module)
{
	const unsigned char *bits;
	GElf_Addr at;
	int bytes = dwfl_module_build_id(module->dwfl_module, &bits, &at);
	for (int i = 0; i < bytes && i < BUILD_ID_MAX; i++)
		sprintf(module->build_id + 2 * i, "%02x", bits[i]);
}

/* The table of a Go program, in a section of its own. */
static void take_go_table(struct module *module, Elf *elf)
{
	GElf_Shdr header;
	size_t names;
	Elf_Data *table = NULL;
	uint64_t text = 0;
	if (elf_getshdrstrndx(elf, &names))
		return;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		const char *name =
			gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
		if (!name)
			continue;
		if (strcmp(name, ".text") == 0)
			text = header.sh_addr;
		else if (strcmp(name, ".gopclntab") == 0 || strcmp(name, ".data.rel.ro.gopclntab") == 0)
			table = elf_rawdata(section, NULL);
	}
	module->go =
		table && table->d_buf && go_table_open(&module->functions, table->d_buf, table->d_size, text);
}

static void open_module(struct module *module)
{
	module->opened = true;
	int fd = open_file(module);
	if (fd < 0)
		return;
	module->dwfl = dwfl_begin(&callbacks);
	if (module->dwfl)
		module->dwfl_module = dwfl_report_offline(module->dwfl, module->path, module->path, fd);
	if (!module->dwfl_module) {
		close(fd);
		dwfl_end(module->dwfl);
		module->dwfl = NULL;
		return;
	}
	dwfl_report_end(module->dwfl, NULL, NULL);
	Elf *elf = dwfl_module_getelf(module->dwfl_module, &module->bias);
	if (!elf)
		return;
	take_segments(module, elf);
	take_build_id(module);
	take_go_table(module, elf);
	module->cfi = dwfl_module_eh_cfi(module->dwfl_module, &module->cfi_bias);
}

/* Opens the file at the first call. False: it cannot be read. */
static bool is_open(struct module *module)
{
	if (!module->opened)
		open_module(module);
	return module->segment_count > 0;
}

const char *module_build_id(struct module *module)
{
	is_open(module);
	return module->build_id;
}

uint64_t module_address(struct module *module, uint64_t file_offset)
{
	is_open(module);
	for (unsigned i = 0; i < module->segment_count; i++) {
		const struct segment *segment = &module->segments[i];
		if (file_offset >= segment->offset && file_offset - segment->offset < segment->bytes)
			return segment->address + (file_offset - segment->offset);
	}
	return file_offset;
}

bool module_cfi_row(struct module *module, uint64_t address, struct cfi_row *row)
{
	if (!is_open(module))
		return false;
	Dwarf_Addr at = address + module->bias;
	if (module->cfi && cfi_row_at(module->cfi, at - module->cfi_bias, row))
		return true;
	/* .debug_frame is in the debug information, which is searched only if .eh_frame has no row */
	if (!module->debug_cfi)
		module->debug_cfi = dwfl_module_dwarf_cfi(module->dwfl_module, &module->debug_cfi_bias);
	return (module->debug_cfi && cfi_row_at(module->debug_cfi, at - module->debug_cfi_bias, row)) ||
	       (module->go && go_table_row(&module->functions, address, row));
}

/* ---- lines ---- */

/* The compilation unit of an address. Clang writes no table of them: then every unit is searched. */
static Dwarf_Die *unit_of(struct module *module, Dwarf_Addr at, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module->dwfl_module, at, bias);
	if (unit)
		return unit;
	while ((unit = dwfl_module_nextcu(module->dwfl_module, unit, bias)))
		if (dwarf_haspc(unit, at - *bias) > 0)
			return unit;
	return NULL;
}

static const char *string_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	return dwarf_formstring(dwarf_attr_integrate(die, name, &attribute)); /* NULL if there is none */
}

/* The name of a function: with its namespaces, classes and modules if it is known by what it is linked. */
static char *name_of(Dwarf_Die *function)
{
	const char *name = string_of(function, DW_AT_name), *linked = string_of(function, DW_AT_linkage_name);
	char *whole = linked ? demangle(linked) : NULL;
	return whole || !name ? whole : strdup(name);
}

/* The path as it was given to the compiler: without the folder that the compiler ran in. */
static char *short_path(const char *path, const char *folder)
{
	size_t len = folder ? strlen(folder) : 0;
	if (len && strncmp(path, folder, len) == 0 && path[len] == '/')
		path += len + 1;
	return strdup(path);
}

/* The line that an inlined function is called on. */
static void take_call(Dwarf_Die *unit, Dwarf_Die *inlined, struct source *source)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Word file = 0, line = 0;
	size_t count;
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) ||
		dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) ||
		dwarf_getsrcfiles(unit, &files, &count) || file >= count || line == 0 || line > INT32_MAX)
		return;
	const char *path = dwarf_filesrc(files, file, NULL, NULL);
	source->file = path ? short_path(path, string_of(unit, DW_AT_comp_dir)) : NULL;
	source->line = source->file ? (uint32_t)line : 0;
}

/* The functions around the address, innermost first, with the line of the call in each outer one. Returns the
 * number of them. */
static unsigned take_functions(Dwarf_Die *unit, Dwarf_Addr at, struct source sources[SOURCES_MAX])
{
	Dwarf_Die *innermost = NULL, *scopes = NULL;
	unsigned taken = 0;
	/* for inlined code, dwarf_getscopes() lists the scopes of the function's definition; the second call
	 * lists those around the inlined code */
	int count = dwarf_getscopes(unit, at, &innermost);
	if (count > 0)
		count = dwarf_getscopes_die(&innermost[0], &scopes);
	free(innermost);
	for (int i = 0; i < count && taken < SOURCES_MAX; i++) {
		bool inlined = dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine;
		if (!inlined && dwarf_tag(&scopes[i]) != DW_TAG_subprogram)
			continue;
		sources[taken++].function = name_of(&scopes[i]);
		if (!inlined)
			break;
		if (taken < SOURCES_MAX)
			take_call(unit, &scopes[i], &sources[taken]);
	}
	free(scopes);
	return taken;
}

static unsigned take_lines(Dwarf_Die *unit, Dwarf_Addr at, struct source sources[SOURCES_MAX])
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, at);
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	int number = 0;
	if (!file || dwarf_lineno(line, &number) || number <= 0)
		return 0;
	sources[0].file = short_path(file, string_of(unit, DW_AT_comp_dir));
	sources[0].line = (uint32_t)number;
	return take_functions(unit, at, sources);
}

/* The function of the symbol table; the caller frees it. NULL: none is known. */
static char *symbol_name(struct module *module, Dwarf_Addr at)
{
	GElf_Off offset;
	GElf_Sym symbol;
	const char *name = dwfl_module_addrinfo(module->dwfl_module, at, &offset, &symbol, NULL, NULL, NULL);
	char *whole = name ? demangle(name) : NULL;
	return whole || !name ? whole : strdup(name);
}

/* A function that only its own file can name has no linked name in the debug information, but has a symbol. */
static void qualify(struct module *module, Dwarf_Addr at, struct source *function)
{
	char *whole = symbol_name(module, at);
	if (whole && function->function && strlen(whole) > strlen(function->function) &&
		strstr(whole, "::") && strstr(whole, function->function)) {
		free(function->function);
		function->function = whole;
	} else {
		free(whole);
	}
}

static bool take_go_place(const struct go_table *functions, uint64_t address, struct source *source)
{
	struct go_place place;
	if (!go_table_find(functions, address, &place))
		return false;
	source->function = strdup(place.function);
	source->file = place.file && place.line ? strdup(place.file) : NULL;
	source->line = source->file ? place.line : 0;
	return true;
}

unsigned module_sources(struct module *module, uint64_t address, struct source sources[SOURCES_MAX])
{
	Dwarf_Addr at = address + module->bias, bias = 0;
	memset(sources, 0, SOURCES_MAX * sizeof(*sources));
	if (!is_open(module))
		return 1;
	Dwarf_Die *unit = unit_of(module, at, &bias);
	unsigned count = unit ? take_lines(unit, at - bias, sources) : 0;
	if (count)
		qualify(module, at, &sources[count - 1]);
	if (count)
		return count;
	if (!module->go || !take_go_place(&module->functions, address, &sources[0]))
		sources[0].function = symbol_name(module, at);
	return 1;
}
