/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl extract: names come from the file and may be hostile, so they never lead out of the folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/report.h"
#include "bundlectl.h"
#include "percent.h"
#include "stream.h"

struct options {
	const char *file, *name;
	const char *out;    /* -o */
	const char *folder; /* --all */
	bool force;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'o':
		o->out = arg;
		return 0;
	case 'a':
		o->folder = arg;
		return 0;
	case 'f':
		o->force = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "one model at a time, or --all DIR");
		*(state->arg_num ? &o->name : &o->file) = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->file)
			argp_error(state, "no bundle given");
		if (!o->name == !o->folder)
			argp_error(state, "give a model's name or --all DIR, one of them");
		if (o->folder && o->out)
			argp_error(state, "-o names one file; --all writes many");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
	{ "output", 'o', "OUT", 0, "Write to this file; - is stdout (default: a file called like the model)",
		0 },
	{ "all", 'a', "DIR", 0, "Write every model to a file in this folder, made if it is missing", 0 },
	{ "force", 'f', NULL, 0, "Overwrite files called like a model", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE NAME\nFILE --all DIR",
	.doc = "Writes models out as files. A file is called like its model, with '/', '%', control characters and a leading dot written as %XX, so that no name leads out of the folder.",
};

struct source {
	const char *path;
	struct pb_paged *paged;
	struct meter meter;
};

static int copy_out(struct source *src, size_t index, int fd, const char *to)
{
	struct pb_model model;
	pb_model_at(src->paged, index, &model);
	int result = stream_model(
		src->paged, index, 0, model.size, stream_to_fd, &(struct stream_out){ fd, &src->meter });
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
static int extract_to(struct source *src, size_t index, const char *out)
{
	if (strcmp(out, "-") == 0)
		return copy_out(src, index, STDOUT_FILENO, "stdout");
	int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0) {
		report("%s: %s", printable(out), strerror(errno));
		return EXIT_FAILURE;
	}
	int status = copy_out(src, index, fd, out);
	if (close(fd) < 0 && !status) {
		report("%s: %s", printable(out), strerror(errno));
		status = EXIT_FAILURE;
	}
	return status;
}

/* To a file in a folder, named by the bundle: never through a link, never over a file without --force; what
 * could not be written whole is removed. */
static int extract_into(struct source *src, size_t index, int folder, bool force)
{
	struct pb_model model;
	pb_model_at(src->paged, index, &model);
	struct text name = { 0 };
	percent_file_name(&name, model.name, model.name_len);
	text_char(&name, '\0');
	if (name.failed) {
		report("out of memory");
		return EXIT_FAILURE;
	}
	if (force)
		unlinkat(folder, name.data, 0);
	int fd = openat(folder, name.data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	int status = EXIT_FAILURE;
	if (fd < 0) {
		report("%s: %s%s", printable(name.data), strerror(errno),
			errno == EEXIST ? " (--force overwrites it)" : "");
	} else {
		status = copy_out(src, index, fd, name.data);
		if (close(fd) < 0 && !status) {
			report("%s: %s", printable(name.data), strerror(errno));
			status = EXIT_FAILURE;
		}
		if (status)
			unlinkat(folder, name.data, 0);
	}
	text_free(&name);
	return status;
}

static int open_folder(const char *path)
{
	if (mkdir(path, 0777) < 0 && errno != EEXIST) {
		report("%s: %s", printable(path), strerror(errno));
		return -1;
	}
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		report("%s: %s", printable(path), strerror(errno));
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

static int extract_one(struct pb_paged *p, const struct options *o)
{
	struct source src = { o->file, p, { 0 } };
	struct pb_model model;
	size_t index;
	if (pb_find(p, o->name, strlen(o->name), &index) != PB_OK) {
		report("%s: %s: no such model (bundlectl list names them)", printable(o->file),
			printable(o->name));
		return EXIT_FAILURE;
	}
	pb_model_at(p, index, &model);
	if (!o->out || strcmp(o->out, "-") != 0)
		meter_start(&src.meter, "extract", model.size);
	return o->out ? extract_to(&src, index, o->out) : extract_into(&src, index, AT_FDCWD, o->force);
}

int extract_main(int argc, char **argv)
{
	struct options o = { 0 };
	struct pb_paged *p;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_FAILURE;
	int err = pb_open(o.file, NULL, &p);
	if (err)
		return report_bundle(o.file, err);
	int status = o.folder ? extract_folder(p, o.file, o.folder, o.force) : extract_one(p, &o);
	pb_close(p);
	return status;
}
