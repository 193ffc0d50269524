/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/base/report.h"
#include "import.h"
#include "percent.h"
#include "reports.h"

void import_paths_free(struct import_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->list[i]);
	free(paths->list);
}

static char *keep(struct import_paths *paths, const char *path)
{
	char **list = reallocarray(paths->list, paths->count + 1, sizeof(*list));
	if (!list)
		return NULL;
	paths->list = list;
	list[paths->count] = strdup(path);
	return list[paths->count] ? list[paths->count++] : NULL;
}

/* Undoes the encoding of percent_file_name() if the name is one that it would produce, so that extract and import are
 * inverse; other names are taken as they are. */
static int add_model(struct build *b, const char *name)
{
	struct text again = { 0 };
	char *decoded = strdup(name);
	bool is_encoded = decoded && percent_decode(decoded);
	if (is_encoded)
		percent_file_name(&again, decoded, strlen(decoded));
	is_encoded = is_encoded && !again.failed && again.len == strlen(name) &&
		     memcmp(again.data, name, again.len) == 0;
	const char *model = is_encoded ? decoded : strcmp(name, "%") == 0 ? "" : name;
	int status = build_add_model(b, model, strlen(model));
	free(decoded);
	text_free(&again);
	return status;
}

static int add_file(struct build *b, struct import_paths *paths, const FTSENT *at, const char *name)
{
	const char *path = keep(paths, at->fts_path);
	if (!path)
		return report_no_memory();
	int status = add_model(b, name);
	return status ? status
		      : build_add_part(b, b->model_count - 1,
				(struct build_part){ .path = path,
					.size = (uint64_t)at->fts_statp->st_size,
					.whole = true });
}

static int visit(struct build *b, struct import_paths *paths, const FTSENT *at, size_t root)
{
	switch (at->fts_info) {
	case FTS_D:
	case FTS_DP:
		return EXIT_SUCCESS;
	case FTS_F:
		return add_file(b, paths, at, at->fts_path + root);
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		report("%s: %s", printable(at->fts_path), strerror(at->fts_errno));
		return EXIT_FAILURE;
	}
	report("%s: not a regular file", printable(at->fts_path));
	return EXIT_FAILURE;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

int import_folder(struct build *b, const char *folder, struct import_paths *paths)
{
	char *const roots[] = { (char *)folder, NULL };
	size_t root = strlen(folder);
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	int status = fts ? EXIT_SUCCESS : EXIT_FAILURE;
	while (root > 0 && folder[root - 1] == '/')
		root--;
	while (!status) {
		errno = 0;
		FTSENT *at = fts_read(fts);
		if (!at)
			break;
		status = visit(b, paths, at, folder[root] ? strlen(folder) : root + 1);
	}
	if (!fts || (!status && errno))
		status = report_errno(folder);
	if (fts)
		fts_close(fts);
	return status;
}
