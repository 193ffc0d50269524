/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* what cannot be remembered is determined again */
#include "select.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <uthash.h>

#include "user/modelfile/regions.h"
#include "select_path.h"
#include "user/calls/call_spec.h"
#include "user/event/event_range.h"

#define FILES_MAX   65536 /* above it the one that was added first is determined again */
#define BUNDLES_MAX 65536
#define OPENS       64 /* the last open of as many threads */

/* Whether a file is selected. */
struct seen_file {
	struct {
		uint64_t ino;
		uint32_t dev, name;
	} key;
	uint32_t opened; /* of file_ref, then: after another open the inode may be another file */
	bool selected;
	UT_hash_handle hh;
};

/* Whether a bundle that is open is selected. */
struct seen_bundle {
	struct {
		uint64_t pid, id;
	} key;
	bool selected;
	UT_hash_handle hh;
};

/* The last open of a thread: the library's open event comes right after its open of the file. */
struct last_open {
	uint32_t tid; /* 0: none */
	bool selected;
	struct text path; /* as it was passed */
};

struct select {
	struct select_path *targets; /* NULL: any file */
	struct cwd *cwd;             /* NULL: not needed, since any file is selected */
	const struct selection_list *models;
	const struct select_decided *decided; /* NULL: nobody wants to know */
	struct seen_file *files;
	struct seen_bundle *bundles;
	struct last_open opens[OPENS];
	struct call_spec specs[SYSCALL_MAX];
	struct text name; /* of a model, as a string for fnmatch() */
};

bool selection_add(struct selection_list *list, const char *item)
{
	const char **items = reallocarray(list->items, list->count + 1, sizeof(*items));
	if (!items)
		return false;
	list->items = items;
	list->items[list->count++] = item;
	return true;
}

bool selection_any(const struct selection *selection)
{
	return selection->paths.count || selection->bundles.count || selection->models.count;
}

struct select *select_new(const struct selection *selection, const struct cwd_options *where)
{
	struct select *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->models = &selection->models;
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++)
		s->specs[nr] = syscall_spec(nr);
	if (!selection->paths.count && !selection->bundles.count)
		return s;
	s->targets = select_path_new(selection, where->live);
	s->cwd = cwd_new(where);
	if (!s->targets || !s->cwd) {
		select_free(s);
		return NULL;
	}
	return s;
}

void select_set_decided(struct select *s, const struct select_decided *decided)
{
	s->decided = s->targets ? decided : NULL;
}

static void forget_file(struct select *s, struct seen_file *file)
{
	HASH_DEL(s->files, file);
	free(file);
}

static void forget_bundle(struct select *s, struct seen_bundle *bundle)
{
	HASH_DEL(s->bundles, bundle);
	free(bundle);
}

void select_free(struct select *s)
{
	if (!s)
		return;
	while (s->files)
		forget_file(s, s->files);
	while (s->bundles)
		forget_bundle(s, s->bundles);
	for (int i = 0; i < OPENS; i++)
		text_free(&s->opens[i].path);
	text_free(&s->name);
	select_path_free(s->targets);
	cwd_free(s->cwd);
	free(s);
}

/* ---- files ---- */

static void remember_file(struct select *s, const struct file_ref *ref, bool selected)
{
	if (HASH_COUNT(s->files) >= FILES_MAX)
		forget_file(s, s->files);
	struct seen_file *file = calloc(1, sizeof(*file));
	if (!file)
		return;
	file->key.ino = ref->id.ino;
	file->key.dev = ref->id.dev;
	file->key.name = ref->id.name;
	file->opened = ref->opened;
	file->selected = selected;
	HASH_ADD(hh, s->files, key, sizeof(file->key), file);
	if (!file->hh.tbl)
		free(file);
}

/* Determined once for each open of the file. A close has no number of an open, and gets the last answer. */
static bool file_selected(struct select *s, const struct file_ref *ref)
{
	struct seen_file *file, probe = { .key = { ref->id.ino, ref->id.dev, ref->id.name } };
	if (!ref->id.ino)
		return false;
	HASH_FIND(hh, s->files, &probe.key, sizeof(probe.key), file);
	if (file && (file->opened == ref->opened || ref->opened == 0))
		return file->selected;
	bool selected = select_path_file(s->targets, ref);
	if (s->decided)
		s->decided->file(s->decided->ctx, &ref->id, selected);
	if (!file) {
		remember_file(s, ref, selected);
		return selected;
	}
	file->opened = ref->opened;
	file->selected = selected;
	return selected;
}

/* ---- calls ---- */

/* The folder that a path argument is relative to: of the descriptor before it (its path may be unknown), or (NULL) the
 * working directory. */
static const struct file_ref *folder_of(const struct call_spec *spec, const struct call_event *call, int arg)
{
	if (arg == 0)
		return NULL;
	if (spec->fd_arg != arg - 1 && spec->fd_arg2 != arg - 1)
		return NULL;
	if ((int32_t)call->args[arg - 1] == AT_FDCWD)
		return call->folder.id.ino ? &call->folder : NULL;
	return spec->fd_arg == arg - 1 ? &call->file : &call->other;
}

static bool call_paths_selected(struct select *s, const struct event *ev)
{
	const struct call_event *call = &ev->call;
	const struct call_spec *spec = &s->specs[call->nr];
	/* the second of these is an argument vector */
	int paths = call->nr == SYS_execve || call->nr == SYS_execveat ? 1 : 2;
	for (int i = 0; i < paths; i++) {
		int arg = i == 0 ? spec->path_arg : spec->path_arg2;
		if (arg >= 0 && call->path[i].data &&
			select_path_name(
				s->targets, s->cwd, ev->pid, folder_of(spec, call, arg), call->path[i]))
			return true;
	}
	return false;
}

static void note_open(struct select *s, const struct event *ev, bool selected)
{
	const struct call_event *call = &ev->call;
	struct last_open *last = &s->opens[ev->tid % OPENS];
	if (!(s->specs[call->nr].flags & CALL_OPENS) || call->result < 0 || !call->path[0].data)
		return;
	last->tid = ev->tid;
	last->selected = selected;
	text_clear(&last->path);
	text_add(&last->path, call->path[0].data, call->path[0].len);
}

static bool call_file_selected(struct select *s, const struct event *ev)
{
	const struct call_event *call = &ev->call;
	bool named = call_paths_selected(s, ev);
	if (named && s->specs[call->nr].flags & CALL_OPENS && call->other.id.ino)
		select_path_opened(s->targets, &call->other);
	bool opened = file_selected(s, &call->other);
	note_open(s, ev, opened);
	return named || opened || file_selected(s, &call->file) || file_selected(s, &call->replaced) ||
	       file_selected(s, &call->mapped);
}

/* ---- cache events ---- */

static bool bundle_path_selected(struct select *s, const struct event *ev, struct span path)
{
	const struct last_open *last = &s->opens[ev->tid % OPENS];
	if (!path.data)
		return false;
	if (last->tid == ev->tid && last->path.len == path.len && path.len &&
		memcmp(last->path.data, path.data, path.len) == 0)
		return last->selected;
	return select_path_bundle(s->targets, s->cwd, ev->pid, path);
}

static uint64_t bundle_id(const struct event *ev)
{
	return ev->kind == EVENT_MODEL ? ev->model.bundle : ev->app.bundle;
}

static struct seen_bundle *find_bundle(struct select *s, const struct event *ev)
{
	struct seen_bundle probe, *bundle;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.pid = ev->pid;
	probe.key.id = bundle_id(ev);
	HASH_FIND(hh, s->bundles, &probe.key, sizeof(probe.key), bundle);
	return bundle;
}

static void remember_bundle(struct select *s, const struct event *ev, bool selected)
{
	struct seen_bundle *bundle = find_bundle(s, ev);
	if (s->decided)
		s->decided->bundle(s->decided->ctx, ev->pid, bundle_id(ev), selected);
	if (bundle) {
		bundle->selected = selected;
		return;
	}
	if (HASH_COUNT(s->bundles) >= BUNDLES_MAX)
		forget_bundle(s, s->bundles);
	bundle = calloc(1, sizeof(*bundle));
	if (!bundle)
		return;
	bundle->key.pid = ev->pid;
	bundle->key.id = bundle_id(ev);
	bundle->selected = selected;
	HASH_ADD(hh, s->bundles, key, sizeof(bundle->key), bundle);
	if (!bundle->hh.tbl)
		free(bundle);
}

/* A bundle's path is the one that was passed to open it. It may be relative, so it is checked at the open
 * event. */
static bool bundle_selected(struct select *s, const struct event *ev)
{
	struct span path = ev->kind == EVENT_MODEL ? ev->model.bundle_path : ev->app.bundle_path;
	if (bundle_id(ev) == 0) /* it could not be opened */
		return bundle_path_selected(s, ev, ev->app.name);
	struct seen_bundle *bundle = ev->kind == EVENT_APP_OPEN ? NULL : find_bundle(s, ev);
	bool selected = bundle ? bundle->selected : bundle_path_selected(s, ev, path);
	if (!bundle)
		remember_bundle(s, ev, selected);
	else if (ev->kind == EVENT_APP_CLOSE)
		forget_bundle(s, bundle);
	return selected;
}

/* ---- models ---- */

static bool model_selected(void *ctx, struct span name)
{
	struct select *s = ctx;
	text_clear(&s->name);
	text_add(&s->name, name.data, name.len);
	text_char(&s->name, '\0');
	if (!name.data || s->name.failed || strlen(s->name.data) != name.len)
		return false;
	for (unsigned i = 0; i < s->models->count; i++)
		if (fnmatch(s->models->items[i], s->name.data, 0) == 0)
			return true;
	return false;
}

/* ---- events ---- */

static enum select_verdict of_app(struct select *s, const struct event *ev)
{
	if (s->targets && !bundle_selected(s, ev))
		return SELECT_OUT;
	if (s->models->count == 0)
		return SELECT_IN;
	if (ev->kind == EVENT_APP_OPEN || ev->kind == EVENT_APP_CLOSE || ev->kind == EVENT_APP_POLICY)
		return SELECT_CONTEXT;
	struct span name = ev->kind == EVENT_MODEL ? ev->model.name : ev->app.name;
	return bundle_id(ev) && model_selected(s, name) ? SELECT_IN : SELECT_OUT;
}

static bool place_selected(struct select *s, const struct place *place)
{
	return s->models->count == 0 || (place && regions_any(place, model_selected, s));
}

static enum select_verdict of_syscall(struct select *s, const struct event *ev)
{
	bool selected = (!s->targets || call_file_selected(s, ev)) && place_selected(s, ev->call.place);
	return selected ? SELECT_IN : SELECT_OUT;
}

/* Of the layers below the system calls. */
static enum select_verdict of_range(struct select *s, const struct event *ev)
{
	struct event_range range;
	if (!event_range(ev, &range))
		return SELECT_OUT;
	bool named = ev->kind == EVENT_INFERRED
			     ? s->models->count == 0 || model_selected(s, ev->inferred.part)
			     : place_selected(s, range.place);
	bool selected = (!s->targets || file_selected(s, range.file)) && named;
	return selected ? SELECT_IN : SELECT_OUT;
}

/* A phase is about a file if its string is the path of one. */
static enum select_verdict of_phase(struct select *s, const struct event *ev)
{
	bool selected = s->targets && s->models->count == 0 && ev->phase.string.data &&
			select_path_name(s->targets, s->cwd, ev->pid, NULL, ev->phase.string);
	return selected ? SELECT_IN : SELECT_OUT;
}

/* Of process events, only an exec concerns a file. */
static enum select_verdict of_process(struct select *s, const struct event *ev)
{
	bool selected = s->targets && s->models->count == 0 && ev->kind == EVENT_EXEC &&
			select_path_name(s->targets, s->cwd, ev->pid, NULL, ev->process.file);
	return selected ? SELECT_IN : SELECT_OUT;
}

static enum select_verdict (*const by_layer[])(struct select *s, const struct event *ev) = {
	[LAYER_APP] = of_app,
	[LAYER_SYSCALL] = of_syscall,
	[LAYER_PROCESS] = of_process,
	[LAYER_PHASE] = of_phase,
};

enum select_verdict select_event(struct select *s, const struct event *ev)
{
	if (s->cwd)
		cwd_event(s->cwd, ev);
	enum layer layer = event_layer(ev);
	bool special = layer < sizeof(by_layer) / sizeof(*by_layer) && by_layer[layer];
	return special ? by_layer[layer](s, ev) : of_range(s, ev);
}
