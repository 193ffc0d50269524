/* SPDX-License-Identifier: BSD-2-Clause */
#include "select_path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/modelfile/identity.h"
#include "select_links.h"

/* A selected file. NULL: not known. */
struct target {
	const char *given;
	char *absolute; /* without //, . and .. */
	char *resolved; /* without symbolic links too, as the kernel has it */
};

struct select_path {
	bool live;
	struct select_links *links;
	unsigned count;
	struct target targets[];
};

/* Resolves symbolic links; the last part of the path need not exist. */
static char *resolve(const char *absolute)
{
	char *whole = realpath(absolute, NULL);
	if (whole)
		return whole;
	const char *name = strrchr(absolute, '/');
	char *folder = strndup(absolute, name == absolute ? 1 : (size_t)(name - absolute));
	char *real = folder ? realpath(folder, NULL) : NULL;
	free(folder);
	if (real)
		whole = cwd_join(real, name + 1, strlen(name + 1));
	free(real);
	return whole;
}

static bool set_target(struct target *target, const char *given)
{
	char here[PATH_MAX];
	target->given = given;
	target->absolute = cwd_join(getcwd(here, sizeof(here)) ? here : "/", given, strlen(given));
	target->resolved = target->absolute ? resolve(target->absolute) : NULL;
	return target->absolute != NULL;
}

static void find_links(struct select_path *t, const struct target *target)
{
	struct stat st;
	if (target->resolved && stat(target->resolved, &st) == 0 && S_ISDIR(st.st_mode))
		select_links_find(t->links, target->resolved);
}

struct select_path *select_path_new(const struct selection *selection, bool live)
{
	unsigned count = selection->paths.count + selection->bundles.count;
	struct select_path *t = calloc(1, sizeof(*t) + count * sizeof(t->targets[0]));
	if (!t)
		return NULL;
	t->live = live;
	t->links = select_links_new();
	if (!t->links) {
		free(t);
		return NULL;
	}
	for (unsigned i = 0; i < count; i++) {
		bool bundle = i >= selection->paths.count;
		const char *given = bundle ? selection->bundles.items[i - selection->paths.count]
					   : selection->paths.items[i];
		struct target *target = &t->targets[t->count++];
		target->given = given;
		/* a bundle without a folder is selected by its name, in any folder */
		if ((bundle && !strchr(given, '/')) || set_target(target, given))
			continue;
		select_path_free(t);
		return NULL;
	}
	for (unsigned i = 0; live && i < t->count; i++)
		find_links(t, &t->targets[i]);
	return t;
}

void select_path_free(struct select_path *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < t->count; i++) {
		free(t->targets[i].absolute);
		free(t->targets[i].resolved);
	}
	select_links_free(t->links);
	free(t);
}

/* `path` is `top` or below it. */
static bool lies_in(const char *path, size_t len, const char *top)
{
	size_t top_len = top ? strlen(top) : 0;
	if (top_len == 1) /* the root */
		return len && path[0] == '/';
	return top_len && len >= top_len && memcmp(path, top, top_len) == 0 &&
	       (len == top_len || path[top_len] == '/');
}

static bool last_part_is(const char *path, size_t len, const char *name)
{
	size_t name_len = strlen(name);
	return len >= name_len && memcmp(path + len - name_len, name, name_len) == 0 &&
	       (len == name_len || path[len - name_len - 1] == '/');
}

static bool target_has(const struct target *target, const char *path, size_t len)
{
	if (!target->absolute)
		return last_part_is(path, len, target->given);
	return lies_in(path, len, target->absolute) || lies_in(path, len, target->resolved);
}

static bool any_has(const struct select_path *t, const char *path, size_t len)
{
	for (unsigned i = 0; i < t->count; i++)
		if (target_has(&t->targets[i], path, len))
			return true;
	return false;
}

bool select_path_file(const struct select_path *t, const struct file_ref *ref)
{
	if ((ref->path.data && any_has(t, ref->path.data, ref->path.len)) || select_links_has(t->links, ref))
		return true;
	for (unsigned i = 0; t->live && i < t->count; i++)
		if (t->targets[i].absolute && identity_is(&ref->id, t->targets[i].absolute))
			return true;
	return false;
}

void select_path_opened(struct select_path *t, const struct file_ref *ref)
{
	if (!select_path_file(t, ref))
		select_links_note(t->links, ref);
}

/* The folder is not known: compares the path as it was passed. */
static bool same_words(const struct select_path *t, struct span path)
{
	for (unsigned i = 0; i < t->count; i++) {
		const char *given = t->targets[i].given;
		if (target_has(&t->targets[i], path.data, path.len) ||
			(strlen(given) == path.len && memcmp(given, path.data, path.len) == 0))
			return true;
	}
	return false;
}

bool select_path_name(const struct select_path *t, struct cwd *cwd, uint32_t pid,
	const struct file_ref *folder, struct span path)
{
	if (!path.data || path.len == 0)
		return false;
	const char *from = "";
	char *known = NULL;
	if (path.data[0] != '/' && folder)
		from = known = folder->path.len ? strndup(folder->path.data, folder->path.len) : NULL;
	else if (path.data[0] != '/')
		from = cwd_of(cwd, pid);
	if (!from)
		return same_words(t, path);
	char *whole = cwd_join(from, path.data, path.len);
	bool found = whole && any_has(t, whole, strlen(whole));
	free(whole);
	free(known);
	return found;
}

bool select_path_bundle(const struct select_path *t, struct cwd *cwd, uint32_t pid, struct span path)
{
	if (select_path_name(t, cwd, pid, NULL, path))
		return true;
	const char *from = t->live && path.data ? cwd_of(cwd, pid) : NULL;
	char *whole = from || (path.len && path.data[0] == '/') ? cwd_join(from, path.data, path.len) : NULL;
	char *real = t->live && whole ? realpath(whole, NULL) : NULL;
	bool found = real && any_has(t, real, strlen(real));
	free(real);
	free(whole);
	return found;
}
