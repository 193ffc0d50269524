/* SPDX-License-Identifier: BSD-2-Clause */
#include "live_counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <gelf.h>

#include "user/base/proc.h"
#include "user/base/process_maps.h"
#include "elf_file.h"

#define NOTE_SECTION ".note.pagedbundle"
#define NOTE_OWNER   "pagedbundle"
#define NOTE_TYPE    1

enum { AT_ONCE = 256 }; /* models whose counters are read with one call */

/* As process_vm_readv(), in one call. The first thread of a process may have ended. Bytes or -errno. */
static ssize_t read_parts(pid_t pid, const struct iovec *local, const struct iovec *remote, unsigned count)
{
	ssize_t got = process_vm_readv(pid, local, count, remote, count, 0);
	if (got < 0 && errno == ESRCH) {
		pid_t living = proc_living_thread(pid);
		errno = ESRCH;
		if (living != pid)
			got = process_vm_readv(living, local, count, remote, count, 0);
	}
	if (got >= 0)
		return got;
	return errno == EFAULT ? -EBADMSG : -errno;
}

/* Copies exactly `size` bytes. 0 or -errno (-EBADMSG: they are not all mapped). */
static int read_memory(pid_t pid, uint64_t address, void *to, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)(uintptr_t)address, size };
	ssize_t got = read_parts(pid, &local, &remote, 1);
	if (got < 0)
		return (int)got;
	return (size_t)got == size ? 0 : -EBADMSG;
}

/* Copies up to `len` bytes (UINT64_MAX: up to a zero byte), as far as they can be read and COUNTERS_NAME_MAX allows.
 * Returns the length. */
static uint32_t read_string(pid_t pid, uint64_t address, uint64_t len, char *to)
{
	uint32_t want = len < COUNTERS_NAME_MAX ? (uint32_t)len : COUNTERS_NAME_MAX, have = 0;
	/* page by page: the next one may not be mapped */
	while (have < want) {
		uint64_t at = address + have, left = 4096 - (at & 4095);
		uint32_t part = want - have < left ? want - have : (uint32_t)left;
		if (!address || read_memory(pid, at, to + have, part))
			break;
		have += part;
		if (len == UINT64_MAX && memchr(to + have - part, 0, part))
			break;
	}
	to[have] = '\0';
	return len == UINT64_MAX ? (uint32_t)strlen(to) : have;
}

/* --- finding a list of open bundles --- */

static uint64_t note_address(Elf_Data *data)
{
	size_t next, name_at, desc_at;
	GElf_Nhdr note;
	for (size_t at = 0; data && (next = gelf_getnote(data, at, &note, &name_at, &desc_at)) > 0;
		at = next) {
		uint64_t address;
		if (note.n_type != NOTE_TYPE || note.n_namesz != sizeof(NOTE_OWNER) ||
			note.n_descsz != sizeof(address) ||
			memcmp((char *)data->d_buf + name_at, NOTE_OWNER, sizeof(NOTE_OWNER)) != 0)
			continue;
		memcpy(&address, (char *)data->d_buf + desc_at, sizeof(address));
		return address;
	}
	return 0;
}

static uint64_t elf_note(Elf *elf)
{
	size_t strings;
	if (elf_getshdrstrndx(elf, &strings) != 0)
		return 0;
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
		GElf_Shdr header;
		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_NOTE)
			continue;
		const char *name = elf_strptr(elf, strings, header.sh_name);
		if (name && strcmp(name, NOTE_SECTION) == 0)
			return note_address(elf_file_notes(scn, &header));
	}
	return 0;
}

/* The link-time address of the file's first byte. */
static uint64_t elf_base(Elf *elf)
{
	GElf_Phdr header;
	size_t count;
	if (elf_getphdrnum(elf, &count))
		return 0;
	for (size_t i = 0; i < count; i++)
		if (gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_LOAD)
			return header.p_vaddr - header.p_offset;
	return 0;
}

uint64_t counters_list_note(int fd)
{
	Elf *elf = elf_file_open(fd);
	uint64_t address = elf ? elf_note(elf) : 0;
	if (address)
		address -= elf_base(elf);
	elf_end(elf);
	return address;
}

struct search {
	pid_t pid;
	unsigned count, max;
	uint64_t *lists;
};

static bool search_map(void *ctx, const struct process_map *map)
{
	struct search *search = ctx;
	struct process_map_file file;
	if (map->offset)
		return true;
	process_map_file_open(&file, search->pid, map->start, map->end, map->path);
	/* opening a mapped device could block */
	int fd = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	process_map_file_close(&file);
	if (fd < 0)
		return true;
	uint64_t linked = counters_list_note(fd);
	close(fd);
	if (linked)
		search->lists[search->count++] = map->start + linked;
	return search->count < search->max;
}

int counters_find_lists(pid_t pid, uint64_t *lists, unsigned max)
{
	struct search search = { .pid = pid, .max = max, .lists = lists };
	int err = max ? process_maps_each(pid, search_map, &search) : 0;
	return err ? err : (int)search.count;
}

/* --- reading it --- */

/* Adds the hits that each thread counts for itself; those that cannot be read count as none. */
static void read_stripes(pid_t pid, struct counters_bundle *bundle)
{
	uint64_t addresses[PB_STRIPES], count = bundle->counters.stripe_count;
	bundle->stripes = 0;
	if (count > PB_STRIPES ||
		read_memory(pid, bundle->counters.stripes, addresses, count * sizeof(*addresses)))
		return;
	for (uint64_t i = 0; i < count; i++) {
		struct pb_stripe stripe;
		if (!addresses[i] || read_memory(pid, addresses[i], &stripe, sizeof(stripe)))
			continue;
		bundle->counters.hits += stripe.hits;
		bundle->stripe_models[bundle->stripes++] = stripe.models;
	}
}

/* Reads the counters at bundle->address, of whichever version of the library. 0 or -errno. */
static int read_bundle(pid_t pid, struct counters_bundle *bundle)
{
	struct pb_counters fresh = { 0 };
	const size_t least = offsetof(struct pb_counters, bundle);
	int err = read_memory(pid, bundle->address, &fresh, least);
	if (err)
		return err;
	if (fresh.version != PB_COUNTERS_VERSION || fresh.size < least)
		return -EBADMSG;
	err = read_memory(
		pid, bundle->address, &fresh, fresh.size < sizeof(fresh) ? fresh.size : sizeof(fresh));
	if (err)
		return err;
	bundle->counters = fresh;
	read_stripes(pid, bundle);
	return 0;
}

static int visit_bundle(pid_t pid, uint64_t address, uint64_t *left, counters_bundle_fn each, void *ctx)
{
	struct counters_bundle bundle = { .address = address, .left = left };
	int err = read_bundle(pid, &bundle);
	if (err)
		return err == -EBADMSG ? 0 : err;
	read_string(pid, bundle.counters.path, UINT64_MAX, bundle.path);
	return each(ctx, pid, &bundle);
}

int counters_each_bundle(pid_t pid, uint64_t list, counters_bundle_fn each, void *ctx)
{
	struct pb_open_list block;
	uint64_t left = COUNTERS_MODELS_MAX;
	for (int blocks = 0; list && blocks < COUNTERS_BLOCKS_MAX; blocks++, list = block.next) {
		int err = read_memory(pid, list, &block, sizeof(block));
		if (err)
			return err;
		if (block.magic != PB_OPEN_LIST_MAGIC || block.version != PB_OPEN_LIST_VERSION ||
			block.slots != PB_OPEN_LIST_SLOTS)
			return -EBADMSG;
		for (unsigned i = 0; i < PB_OPEN_LIST_SLOTS && !err; i++)
			if (block.bundles[i])
				err = visit_bundle(pid, block.bundles[i], &left, each, ctx);
		if (err)
			return err;
	}
	return 0;
}

uint32_t counters_model_name(pid_t pid, const struct pb_model_counters *model, char *name)
{
	return read_string(pid, model->name, model->name_len, name);
}

/* Adds the hits that the threads count of `count` models from `first` on. 0 or -errno. */
static int add_stripes(pid_t pid, const struct counters_bundle *bundle, uint32_t first, unsigned count,
	struct pb_model_counters *to)
{
	uint64_t words[AT_ONCE];
	for (unsigned s = 0; s < bundle->stripes; s++) {
		int err = read_memory(pid, bundle->stripe_models[s] + first * sizeof(*words), words,
			count * sizeof(*words));
		if (err)
			return err;
		for (unsigned i = 0; i < count; i++)
			to[i].hits += words[i] >> PB_VIEW_BITS;
	}
	return 0;
}

/* Reads the counters of `count` models from `first` on, which are not adjacent in the process. 0 or -errno. */
static int read_models(pid_t pid, const struct counters_bundle *bundle, uint32_t first, unsigned count,
	struct pb_model_counters *to)
{
	struct iovec local[AT_ONCE], remote[AT_ONCE];
	uint64_t address = bundle->counters.first_model + first * bundle->counters.next_model;
	for (unsigned i = 0; i < count; i++, address += bundle->counters.next_model) {
		local[i] = (struct iovec){ &to[i], sizeof(*to) };
		remote[i] = (struct iovec){ (void *)(uintptr_t)address, sizeof(*to) };
	}
	ssize_t got = read_parts(pid, local, remote, count);
	if (got < 0)
		return (int)got;
	return (size_t)got == count * sizeof(*to) ? add_stripes(pid, bundle, first, count, to) : -EBADMSG;
}

int counters_each_model(pid_t pid, const struct counters_bundle *bundle, counters_model_fn each, void *ctx)
{
	const struct pb_counters *c = &bundle->counters;
	struct pb_model_counters models[AT_ONCE];
	if (c->models > COUNTERS_MODELS_MAX || c->next_model < sizeof(models[0]))
		return c->models ? -EBADMSG : 0;
	if (c->models > *bundle->left)
		return -E2BIG;
	*bundle->left -= c->models;
	for (uint32_t first = 0; first < c->models; first += AT_ONCE) {
		unsigned count = c->models - first < AT_ONCE ? (unsigned)(c->models - first) : AT_ONCE;
		int err = read_models(pid, bundle, first, count, models);
		for (unsigned i = 0; i < count && !err; i++)
			err = each(ctx, bundle, first + i, &models[i]);
		if (err)
			return err;
	}
	return 0;
}
