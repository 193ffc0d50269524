/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of models come from the bundle and may be hostile: percent_path() and percent_file_name() make paths of them that
 * never lead out of the folder, and no link in it is followed. */
#include "extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/report.h"
#include "model_stream.h"
#include "percent.h"
#include "reports.h"

struct copy {
	const struct extract *x;
	struct meter meter;
};

static int copy_out(struct copy *c, size_t index, struct outfile *to)
{
	struct model_check check;
	const struct model_out out = { c->x->paged, c->x->bundle->name, to, &c->meter, &check };
	int status = model_copy(&out, index);
	meter_hide(&c->meter);
	return outfile_close(to, status);
}

/* --- into a folder --- */

/* A model called "a" needs the name that the folder of "a/b" would have. */
static bool is_model_in_the_way(struct pb_paged *p, const struct pb_model *model)
{
	size_t index;
	for (size_t i = 0; i < model->name_len; i++)
		if (model->name[i] == '/' && pb_find(p, model->name, i, &index) == PB_OK)
			return true;
	return false;
}

/* Opens the folder of the last component of a path, made if it is missing. Returns -1 and reports. */
static int open_below(int folder, char *path, const char *shown)
{
	int fd = openat(folder, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (char *slash; fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
		*slash = '\0';
		int below = -1;
		if (mkdirat(fd, path, 0777) == 0 || errno == EEXIST)
			below = openat(fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int keep = errno;
		close(fd);
		errno = keep;
		*slash = '/';
		fd = below;
	}
	if (fd < 0)
		report_errno(shown);
	return fd;
}

static int write_below(struct copy *c, size_t index, int folder, char *path)
{
	struct outfile out;
	int below = open_below(folder, path, path);
	if (below < 0)
		return EXIT_FAILURE;
	const char *slash = strrchr(path, '/');
	const struct outfile_place place = { below, slash ? slash + 1 : path, path };
	int status = outfile_open_in(&out, place, &c->x->bundle->st, c->x->force);
	if (!status)
		status = copy_out(c, index, &out);
	close(below);
	return status;
}

/* To a file in a folder, named by the bundle. */
static int extract_into(struct copy *c, size_t index, int folder, bool folders)
{
	struct pb_model model;
	struct text path = { 0 };
	pb_model_at(c->x->paged, index, &model);
	if (!folders || is_model_in_the_way(c->x->paged, &model) ||
		!percent_path(&path, model.name, model.name_len))
		percent_file_name(&path, model.name, model.name_len);
	text_char(&path, '\0');
	int status = path.failed ? report_no_memory() : write_below(c, index, folder, path.data);
	text_free(&path);
	return status;
}

/* Returns a file descriptor, or -1 and reports. */
static int open_folder(const char *path, bool *made)
{
	int fd = -1;
	*made = mkdir(path, 0777) == 0;
	if (*made || errno == EEXIST)
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		report_errno(path);
	return fd;
}

int extract_folder(const struct extract *x, const char *path)
{
	struct copy c = { .x = x };
	struct pb_info info;
	bool made;
	pb_info_init(&info);
	pb_info_get(x->paged, &info);
	meter_start(&c.meter, "extract", info.total_size);
	int folder = open_folder(path, &made), status = folder < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	for (size_t i = 0; folder >= 0 && i < pb_count(x->paged); i++)
		status |= extract_into(&c, i, folder, true);
	if (folder >= 0)
		close(folder);
	if (status && made)
		rmdir(path); /* if nothing is in it */
	return status;
}

/* --- a single one --- */

int extract_model(const struct extract *x, size_t index, const char *path)
{
	struct copy c = { .x = x };
	struct pb_model model;
	struct outfile out;
	pb_model_at(x->paged, index, &model);
	if (!path || strcmp(path, "-") != 0)
		meter_start(&c.meter, "extract", model.size);
	if (!path)
		return extract_into(&c, index, AT_FDCWD, false);
	int status = outfile_open(&out, path, &x->bundle->st, 0);
	return status ? status : copy_out(&c, index, &out);
}
