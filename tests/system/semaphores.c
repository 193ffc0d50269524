/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/checks.h"
#include "user/base/process_maps.h"
#include "semaphores.h"

/* Of a note of the section .note.stapsdt: three addresses (probe, base, semaphore), then provider, name and
 * arguments. */
static uint64_t semaphore_in(Elf_Data *data, const char *probe)
{
	GElf_Nhdr note;
	size_t name_at, desc_at, next;
	for (size_t at = 0; (next = gelf_getnote(data, at, &note, &name_at, &desc_at)) > 0; at = next) {
		const char *desc = (const char *)data->d_buf + desc_at, *provider = desc + 24;
		uint64_t semaphore;
		if (note.n_namesz != 8 || memcmp((const char *)data->d_buf + name_at, "stapsdt", 8) != 0)
			continue;
		memcpy(&semaphore, desc + 16, sizeof(semaphore));
		if (strcmp(provider, "pagedbundle") == 0 &&
			strcmp(provider + strlen(provider) + 1, probe) == 0)
			return semaphore;
	}
	return 0;
}

uint64_t semaphore_of(const char *file, const char *probe)
{
	uint64_t address = 0;
	elf_version(EV_CURRENT);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	ck_assert_ptr_nonnull(elf);
	for (Elf_Scn *section = NULL; !address && (section = elf_nextscn(elf, section));) {
		GElf_Shdr header;
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_NOTE)
			address = semaphore_in(elf_getdata(section, NULL), probe);
	}
	elf_end(elf);
	close(fd);
	ck_assert_msg(address != 0, "%s has no probe %s with a semaphore", file, probe);
	return address;
}

#define COPIES_MAX 8

struct copies {
	char file[4096];
	int count;
	uint64_t starts[COPIES_MAX];
};

static bool add_copy(void *ctx, const struct process_map *map)
{
	struct copies *copies = ctx;
	if (map->offset == 0 && copies->count < COPIES_MAX && strcmp(map->path, copies->file) == 0)
		copies->starts[copies->count++] = map->start;
	return true;
}

int semaphores_in(pid_t pid, const char *file, const char *probe, int *values, int max)
{
	struct copies copies = { .count = 0 };
	char path[64];
	ck_assert_ptr_nonnull(realpath(file, copies.file));
	process_maps_each(pid, add_copy, &copies);
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < copies.count && i < max; i++) {
		unsigned short value;
		off_t at = (off_t)(copies.starts[i] + semaphore_of(file, probe));
		ck_assert_int_eq(pread(fd, &value, sizeof(value), at), sizeof(value));
		values[i] = value;
	}
	close(fd);
	return copies.count;
}

int observers_in(pid_t pid, const char *file, const char *probe)
{
	int value;
	ck_assert_int_eq(semaphores_in(pid, file, probe, &value, 1), 1);
	return value;
}

static bool all_are(pid_t pid, const char *file, int count, int value)
{
	static const char *const probes[] = { "open", "load", "close" };
	int values[COPIES_MAX];
	for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++) {
		if (semaphores_in(pid, file, probes[i], values, COPIES_MAX) != count)
			return false;
		/* the kernel counts all copies in one */
		for (int j = 0; j < count; j++)
			if (value ? values[j] < value : values[j] != 0)
				return false;
	}
	return true;
}

bool semaphores_become(pid_t pid, const char *file, int count, int value)
{
	for (int i = 0; i < 3000; i++) {
		if (all_are(pid, file, count, value))
			return true;
		usleep(10000);
	}
	return false;
}
