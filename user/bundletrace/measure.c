/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/modelfile/device_speed.h"
#include "user/modelfile/identity.h"

static uint64_t from_storage(const struct file_stats *file)
{
	const struct file_sums *sums = &file->counts.sums;
	return sums->fill_bytes + sums->direct_bytes;
}

/* NULL: none came from storage. */
static const struct file_stats *most_read(const struct file_table *table)
{
	const struct file_stats *most = NULL;
	for (const struct file_stats *f = table->files; f; f = f->hh.next)
		if (from_storage(f) > (most ? from_storage(most) : 0))
			most = f;
	return most;
}

/* Why it could not be measured; NULL: it was. */
static const char *measure(const struct file_stats *file, struct device_measure *to)
{
	const struct file_id id = { .ino = file->key.ino, .dev = (uint32_t)file->key.dev, .mode = S_IFREG };
	struct device_speed speed;
	struct stat st;
	if (!file->path || file->path_cut || file->path_deleted)
		return "its path is not known, or it has been removed";
	to->path = strndup(file->path, file->path_len);
	if (!to->path)
		return "out of memory";
	to->path_len = file->path_len;
	int fd = identity_open(&id, to->path, &st);
	if (fd < 0)
		return "its path does not lead to it, or it may not be opened";
	const char *why = device_speed_measure(fd, &speed);
	close(fd);
	to->err = speed.err;
	if (why)
		return why;
	to->dev = speed.dev;
	to->bytes = speed.bytes;
	to->ns = speed.ns;
	to->request_bytes = SPEED_REQUEST_BYTES;
	to->at_once = SPEED_AT_ONCE;
	return NULL;
}

void measure_device(struct file_table *table)
{
	const struct file_stats *file = most_read(table);
	table->measured = true;
	table->measure.why = file ? measure(file, &table->measure) : "no file was read from storage";
}
