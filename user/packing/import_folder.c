/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/base/report.h"
#include "import.h"
#include "outfile.h"
#include "percent.h"
#include "reports.h"

enum { LEFT_OUT_SHOWN = 20 }; /* lines */

static bool is_text(const struct text *t, const char *s)
{
	return !t->failed && t->len == strlen(s) && memcmp(t->data, s, t->len) == 0;
}

/* Whether `path` is what extract calls a model of this name, in folders or in one. */
static bool is_path_of(const char *path, const char *model)
{
	struct text flat = { 0 }, deep = { 0 };
	percent_file_name(&flat, model, strlen(model));
	bool same =
		is_text(&flat, path) || (percent_path(&deep, model, strlen(model)) && is_text(&deep, path));
	text_free(&flat);
	text_free(&deep);
	return same;
}

/* Undoes the encoding of paths if the path is one that extract would make, so that extract and import are inverse; other
 * paths are taken as they are. */
static int add_model(struct build *b, const char *path)
{
	char *decoded = strdup(path);
	if (!decoded)
		return report_no_memory();
	bool is_encoded = percent_decode(decoded) && is_path_of(path, decoded);
	const char *model = is_encoded ? decoded : strcmp(path, "%") == 0 ? "" : path;
	int status = build_add_model(b, model, strlen(model));
	free(decoded);
	return status;
}

/* The walk through a folder. */
struct walk {
	struct build *b;
	struct import_texts *texts;
	size_t root; /* length of what paths begin with, before names */
	unsigned long left_out;
};

static int add_file(struct walk *w, const FTSENT *at)
{
	const char *path = import_keep(w->texts, at->fts_path);
	if (!path)
		return report_no_memory();
	int status = add_model(w->b, path + w->root);
	return status ? status : build_add_file(w->b, w->b->model_count - 1, path, at->fts_statp);
}

static int leave_out(struct walk *w, const FTSENT *at, const char *why)
{
	if (++w->left_out <= LEFT_OUT_SHOWN)
		report("%s: left out: %s", printable(at->fts_path), why);
	return EXIT_SUCCESS;
}

static int visit(struct walk *w, const FTSENT *at)
{
	switch (at->fts_info) {
	case FTS_D:
	case FTS_DP:
		return EXIT_SUCCESS;
	case FTS_F:
		return outfile_is(w->b->out, at->fts_statp) ? leave_out(w, at, "it is the output")
							    : add_file(w, at);
	case FTS_SL:
		return leave_out(w, at, "a symbolic link (--follow takes what it leads to)");
	case FTS_SLNONE:
		return leave_out(w, at, "a link that leads nowhere");
	case FTS_DC:
		return leave_out(w, at, "a link to a folder that it is in");
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		report("%s: %s", printable(at->fts_path), strerror(at->fts_errno));
		return EXIT_FAILURE;
	}
	return leave_out(w, at, "not a regular file");
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Reports what was not, and fails if nothing is left. */
static int end_walk(const struct walk *w, const char *folder)
{
	if (w->left_out > LEFT_OUT_SHOWN)
		report("%s: %lu more are left out", printable(folder), w->left_out - LEFT_OUT_SHOWN);
	if (!w->left_out || w->b->model_count > 0)
		return EXIT_SUCCESS;
	report("%s: nothing to import: all of it is left out", printable(folder));
	return EXIT_FAILURE;
}

int import_folder(struct build *b, const char *folder, bool follow, struct import_texts *texts)
{
	char *const roots[] = { (char *)folder, NULL };
	size_t root = strlen(folder);
	FTS *fts =
		fts_open(roots, (follow ? FTS_LOGICAL : FTS_PHYSICAL) | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	int status = fts ? EXIT_SUCCESS : EXIT_FAILURE;
	while (root > 0 && folder[root - 1] == '/')
		root--;
	struct walk w = { b, texts, folder[root] ? strlen(folder) : root + 1, 0 };
	while (!status) {
		errno = 0;
		FTSENT *at = fts_read(fts);
		if (!at)
			break;
		status = visit(&w, at);
	}
	if (!fts || (!status && errno))
		status = report_errno(folder);
	if (fts)
		fts_close(fts);
	return status ? status : end_walk(&w, folder);
}
