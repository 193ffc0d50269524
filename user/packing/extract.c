/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of models come from the bundle and may be hostile: percent_file_name() makes file names of them that never
 * lead out of the folder. */
#include "extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/report.h"
#include "model_stream.h"
#include "outfile.h"
#include "percent.h"
#include "reports.h"

struct source {
	const char *path;
	struct pb_paged *paged;
	struct meter meter;
};

static int copy_out(struct source *src, size_t index, int fd, const char *to)
{
	struct pb_model model;
	pb_model_at(src->paged, index, &model);
	int result = model_stream(
		src->paged, index, 0, model.size, model_write, &(struct model_out){ fd, &src->meter });
	int keep = errno;
	meter_hide(&src->meter);
	errno = keep;
	if (result < 0)
		return report_bundle(src->path, result);
	if (result > 0)
		report("%s to %s: %s", printable(src->path), printable(to), strerror(errno));
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* To a file named by the user. */
static int extract_to(struct source *src, size_t index, const char *path)
{
	struct outfile out;
	if (strcmp(path, "-") == 0)
		return copy_out(src, index, STDOUT_FILENO, "stdout");
	int status = outfile_overwrite(&out, path);
	return status ? status : outfile_close(&out, copy_out(src, index, out.fd, path));
}

/* To a file in a folder, named by the bundle. */
static int extract_into(struct source *src, size_t index, int folder, bool force)
{
	struct pb_model model;
	struct outfile out;
	pb_model_at(src->paged, index, &model);
	struct text name = { 0 };
	percent_file_name(&name, model.name, model.name_len);
	text_char(&name, '\0');
	int status = name.failed ? report_no_memory() : outfile_create(&out, folder, name.data, force);
	if (!status)
		status = outfile_close(&out, copy_out(src, index, out.fd, name.data));
	text_free(&name);
	return status;
}

/* Returns a file descriptor, or -1 and reports. */
static int open_folder(const char *path)
{
	int fd = -1;
	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		report_errno(path);
	return fd;
}

int extract_folder(struct pb_paged *p, const char *file, const char *path, bool force)
{
	struct source src = { file, p, { 0 } };
	struct pb_info info;
	pb_info_init(&info);
	pb_info_get(p, &info);
	meter_start(&src.meter, "extract", info.total_size);
	int folder = open_folder(path), status = folder < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	for (size_t i = 0; folder >= 0 && i < pb_count(p); i++)
		status |= extract_into(&src, i, folder, force);
	if (folder >= 0)
		close(folder);
	return status;
}

int extract_model(struct pb_paged *p, const char *file, size_t index, const char *out, bool force)
{
	struct source src = { file, p, { 0 } };
	struct pb_model model;
	pb_model_at(p, index, &model);
	if (!out || strcmp(out, "-") != 0)
		meter_start(&src.meter, "extract", model.size);
	return out ? extract_to(&src, index, out) : extract_into(&src, index, AT_FDCWD, force);
}
