/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf_symbols.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf_file.h"

/* A browser has some million symbols, with 200 MB of names. */
#define SYMBOLS_BYTES_MAX ((uint64_t)64 << 20)
#define NAMES_BYTES_MAX   ((uint64_t)512 << 20)
#define BUILD_ID_MAX      64

static bool is_function(const GElf_Sym *symbol)
{
	return GELF_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF && symbol->st_value;
}

/* One table. False: it is too large. */
static bool table_each(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, elf_symbol_take take, void *ctx)
{
	GElf_Shdr names;
	Elf_Scn *strings = elf_getscn(elf, header->sh_link);
	if (!strings || !gelf_getshdr(strings, &names) || names.sh_type != SHT_STRTAB)
		return true;
	if (header->sh_size > SYMBOLS_BYTES_MAX || names.sh_size > NAMES_BYTES_MAX)
		return false;
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = data && header->sh_entsize == sizeof(Elf64_Sym) ? data->d_size / sizeof(Elf64_Sym) : 0;
	for (size_t i = 0; i < count; i++) {
		GElf_Sym symbol;
		if (!gelf_getsym(data, (int)i, &symbol) || !is_function(&symbol))
			continue;
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (name && *name)
			take(ctx, name, symbol.st_value);
	}
	return true;
}

bool elf_symbols_each(Elf *elf, elf_symbol_take take, void *ctx)
{
	bool whole = true;
	GElf_Shdr header;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));)
		if (gelf_getshdr(section, &header) &&
			(header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
			whole &= table_each(elf, section, &header, take, ctx);
	return whole;
}

/* ---- a section by its name ---- */

static Elf_Scn *section_of(Elf *elf, const char *wanted, GElf_Shdr *header)
{
	size_t strings;
	if (elf_getshdrstrndx(elf, &strings) != 0)
		return NULL;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		const char *name =
			gelf_getshdr(section, header) ? elf_strptr(elf, strings, header->sh_name) : NULL;
		if (name && strcmp(name, wanted) == 0)
			return section;
	}
	return NULL;
}

bool elf_is_go(Elf *elf)
{
	GElf_Shdr header;
	return section_of(elf, ".gopclntab", &header) || section_of(elf, ".go.buildinfo", &header) ||
	       section_of(elf, ".note.go.buildid", &header) ||
	       section_of(elf, ".data.rel.ro.gopclntab", &header);
}

char *elf_soname(Elf *elf)
{
	GElf_Shdr header;
	Elf_Scn *section = section_of(elf, ".dynamic", &header);
	if (!section || header.sh_type != SHT_DYNAMIC || header.sh_size > 1 << 20)
		return NULL;
	Elf_Data *data = elf_getdata(section, NULL);
	for (size_t i = 0; data && i < data->d_size / sizeof(Elf64_Dyn); i++) {
		GElf_Dyn entry;
		GElf_Shdr names;
		Elf_Scn *strings = elf_getscn(elf, header.sh_link);
		if (!gelf_getdyn(data, (int)i, &entry) || entry.d_tag != DT_SONAME)
			continue;
		if (!strings || !gelf_getshdr(strings, &names) || names.sh_size > NAMES_BYTES_MAX)
			return NULL;
		const char *name = elf_strptr(elf, header.sh_link, entry.d_un.d_val);
		return name ? strdup(name) : NULL;
	}
	return NULL;
}

/* ---- debug information ---- */

struct build_id {
	unsigned char bytes[BUILD_ID_MAX];
	size_t len; /* 0: it has none */
};

static struct build_id build_id_of(Elf *elf)
{
	struct build_id id = { .len = 0 };
	GElf_Shdr header;
	GElf_Nhdr note;
	size_t name, desc;
	Elf_Scn *section = section_of(elf, ".note.gnu.build-id", &header);
	Elf_Data *data = section && header.sh_type == SHT_NOTE ? elf_file_notes(section, &header) : NULL;
	if (!data || gelf_getnote(data, 0, &note, &name, &desc) == 0 || note.n_type != NT_GNU_BUILD_ID ||
		note.n_descsz < 2 || note.n_descsz > BUILD_ID_MAX)
		return id;
	memcpy(id.bytes, (const char *)data->d_buf + desc, note.n_descsz);
	id.len = note.n_descsz;
	return id;
}

/* The functions of a file if it has this build id. */
static bool debug_file_each(const char *path, const struct build_id *wanted, elf_symbol_take take, void *ctx)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	Elf *elf = fd < 0 ? NULL : elf_file_open(fd);
	struct build_id id = { .len = 0 };
	if (elf)
		id = build_id_of(elf);
	bool same = id.len == wanted->len && memcmp(id.bytes, wanted->bytes, id.len) == 0;
	if (elf && same)
		elf_symbols_each(elf, take, ctx);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return elf && same;
}

/* The name in .gnu_debuglink, which has no folder; NULL: there is none. */
static const char *debug_link(Elf *elf)
{
	GElf_Shdr header;
	Elf_Scn *section = section_of(elf, ".gnu_debuglink", &header);
	Elf_Data *data = section && header.sh_type == SHT_PROGBITS && header.sh_size <= 4096
				 ? elf_getdata(section, NULL)
				 : NULL;
	const char *name = data ? data->d_buf : NULL;
	return name && memchr(name, '\0', data->d_size) && *name && !strchr(name, '/') ? name : NULL;
}

bool elf_symbols_debug(Elf *elf, const char *path, elf_symbol_take take, void *ctx)
{
	const struct build_id id = build_id_of(elf);
	char hex[2 * BUILD_ID_MAX + 1] = "", debug[4096 + 512];
	const char *link = debug_link(elf), *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path) : 0;
	if (!id.len)
		return false;
	for (size_t i = 0; i < id.len; i++)
		snprintf(hex + 2 * i, 3, "%02x", id.bytes[i]);
	snprintf(debug, sizeof(debug), "/usr/lib/debug/.build-id/%.2s/%s.debug", hex, hex + 2);
	if (debug_file_each(debug, &id, take, ctx))
		return true;
	static const char *const places[] = { "%.*s/.debug/%s", "/usr/lib/debug%.*s/%s", "%.*s/%s" };
	for (unsigned i = 0; link && i < sizeof(places) / sizeof(*places); i++) {
		snprintf(debug, sizeof(debug), places[i], folder, path, link);
		if (debug_file_each(debug, &id, take, ctx))
			return true;
	}
	return false;
}
