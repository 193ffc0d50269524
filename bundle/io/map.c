/* SPDX-License-Identifier: BSD-2-Clause */
#include "map.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bundle/base/error.h"
#include "file.h"

struct pb_map {
	struct file file;
	const char *data; /* NULL: it is empty */
};

int map_file(struct file *f, const char **data)
{
	*data = NULL;
	if (f->size == 0)
		return PB_OK;
	void *at = f->size <= SIZE_MAX ? mmap(NULL, (size_t)f->size, PROT_READ, MAP_SHARED, f->fd, 0)
				       : MAP_FAILED;
	if (at == MAP_FAILED)
		return fail(PB_ERR_IO, "mmap of %" PRIu64 " bytes: %s", f->size, strerror(errno));
	*data = at;
	return PB_OK;
}

void map_drop(const struct file *f, const char *data)
{
	if (data)
		munmap((void *)data, (size_t)f->size);
}

/* madvise requires a start on a page boundary; it rounds the end up itself. */
int map_advise(const char *data, uint64_t offset, uint64_t size, int advice)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), from = offset & ~(page - 1);
	if (size && madvise((void *)(data + from), (size_t)(offset + size - from), advice) < 0)
		return fail(PB_ERR_IO, "madvise: %s", strerror(errno));
	return PB_OK;
}

int pb_map_open(const char *path, struct pb_map **map)
{
	if (!path || !map)
		return fail(PB_ERR_ARGUMENT, "pb_map_open needs a path");
	struct pb_map *m = calloc(1, sizeof(*m));
	if (!m)
		return fail(PB_ERR_MEMORY, "%s", path);
	int err = file_open(&m->file, path, PB_READ_PREAD);
	if (!err)
		err = map_file(&m->file, &m->data);
	if (err) {
		int keep = errno;
		pb_map_close(m);
		errno = keep;
		return err;
	}
	*map = m;
	return PB_OK;
}

void pb_map_close(struct pb_map *m)
{
	if (!m)
		return;
	map_drop(&m->file, m->data);
	file_close(&m->file);
	free(m);
}

uint64_t pb_map_length(const struct pb_map *m)
{
	return m->file.size;
}

static int check_range(const struct pb_map *m, uint64_t offset, uint64_t size)
{
	if (offset <= m->file.size && size <= m->file.size - offset)
		return PB_OK;
	return fail(PB_ERR_ARGUMENT, "%" PRIu64 " bytes at %" PRIu64 " of a file of %" PRIu64, size, offset,
		m->file.size);
}

int pb_map_slice(const struct pb_map *m, uint64_t offset, uint64_t size, const void **data)
{
	int err = check_range(m, offset, size);
	if (!err)
		*data = m->data ? m->data + offset : "";
	return err;
}

int pb_map_advise(const struct pb_map *m, uint64_t offset, uint64_t size, enum pb_advice advice)
{
	static const int kernels[] = {
		[PB_ADVICE_NORMAL] = MADV_NORMAL,
		[PB_ADVICE_SEQUENTIAL] = MADV_SEQUENTIAL,
		[PB_ADVICE_RANDOM] = MADV_RANDOM,
		[PB_ADVICE_WILLNEED] = MADV_WILLNEED,
		[PB_ADVICE_DONTNEED] = MADV_DONTNEED,
	};
	if ((unsigned int)advice >= sizeof(kernels) / sizeof(*kernels))
		return fail(PB_ERR_ARGUMENT, "no advice %d", (int)advice);
	int err = check_range(m, offset, size);
	return err ? err : map_advise(m->data, offset, size, kernels[advice]);
}

int pb_map_lock(const struct pb_map *m, uint64_t offset, uint64_t size)
{
	int err = check_range(m, offset, size);
	if (!err && size && mlock(m->data + offset, (size_t)size) < 0)
		err = fail(PB_ERR_IO, "mlock of %" PRIu64 " bytes: %s", size, strerror(errno));
	return err;
}

int pb_map_unlock(const struct pb_map *m, uint64_t offset, uint64_t size)
{
	int err = check_range(m, offset, size);
	if (!err && size && munlock(m->data + offset, (size_t)size) < 0)
		err = fail(PB_ERR_IO, "munlock: %s", strerror(errno));
	return err;
}

/* The kernel copies: for a page past the end of the file process_vm_readv fails with EFAULT, where a load
 * instruction would raise SIGBUS. */
int pb_copy_mapped(void *to, const void *from, size_t size)
{
	for (size_t done = 0; done < size;) {
		struct iovec into = { (char *)to + done, size - done };
		struct iovec out = { (char *)from + done, size - done };
		ssize_t n = process_vm_readv(getpid(), &into, 1, &out, 1, 0);
		if (n < 0 && errno == EFAULT)
			return fail(PB_ERR_TRUNCATED, "the file ended while it was mapped");
		if (n < 0)
			return fail(PB_ERR_IO, "process_vm_readv: %s", strerror(errno));
		done += (size_t)n;
	}
	return PB_OK;
}
