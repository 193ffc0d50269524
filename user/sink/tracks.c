/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "tracks.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct tracks *tracks, struct track *track)
{
	HASH_DEL(tracks->threads, track);
	free(track);
}

static void forget_bundle(struct tracks *tracks, struct resident *resident)
{
	HASH_DEL(tracks->bundles, resident);
	free(resident);
}

void tracks_free(struct tracks *tracks)
{
	while (tracks->threads)
		forget(tracks, tracks->threads);
	while (tracks->bundles)
		forget_bundle(tracks, tracks->bundles);
}

/* ---- threads ---- */

struct track *tracks_get(struct tracks *tracks, uint32_t pid, uint32_t tid, bool *made)
{
	struct track *track;
	*made = false;
	HASH_FIND(hh, tracks->threads, &tid, sizeof(tid), track);
	if (track && track->pid == pid)
		return track;
	if (track) /* of an ended thread whose number was reused */
		forget(tracks, track);
	if (HASH_COUNT(tracks->threads) >= TRACKS_THREADS)
		forget(tracks, tracks->threads);
	track = calloc(1, sizeof(*track));
	if (!track)
		return NULL;
	track->tid = tid;
	track->pid = pid;
	HASH_ADD(hh, tracks->threads, tid, sizeof(track->tid), track);
	if (!track->hh.tbl) {
		free(track);
		return NULL;
	}
	*made = true;
	return track;
}

void tracks_end(struct tracks *tracks, uint32_t tid)
{
	struct track *track;
	HASH_FIND(hh, tracks->threads, &tid, sizeof(tid), track);
	if (track)
		forget(tracks, track);
}

/* Merges the two neighbouring stretches with the smallest gap. */
static void make_room(struct track *track)
{
	struct stretch *busy = track->busy;
	unsigned closest = 0;
	for (unsigned i = 1; i + 1 < track->busy_count; i++)
		if (busy[i + 1].from - busy[i].to < busy[closest + 1].from - busy[closest].to)
			closest = i;
	busy[closest].to = busy[closest + 1].to;
	track->busy_count--;
	memmove(&busy[closest + 1], &busy[closest + 2], (track->busy_count - closest - 1) * sizeof(*busy));
}

static void note_busy(struct track *track, uint64_t from, uint64_t to)
{
	if (track->busy_count == STRETCHES)
		make_room(track);
	track->busy[track->busy_count++] = (struct stretch){ from, to };
}

/* No later load contains anything from before ns. */
static void close_at(struct track *track, uint64_t ns)
{
	track->last_ns = track->floor_ns = ns;
	track->busy_count = 0;
}

uint64_t track_call(struct track *track, uint64_t to_ns, uint64_t duration_ns)
{
	uint64_t from = duration_ns <= to_ns ? to_ns - duration_ns : 0;
	if (from <= track->last_ns) /* one later, so that a load around this call can begin before it */
		from = track->last_ns + 1;
	if (from > to_ns)
		from = to_ns;
	note_busy(track, from, to_ns);
	track->last_ns = to_ns;
	return from;
}

void track_miss(struct track *track, uint64_t ns, const struct app_event *app)
{
	track->missed = true;
	track->miss_ns = ns;
	track->miss_bundle = app->bundle;
	track->miss_offset = app->args[APP_OFFSET];
	track->miss_size = app->args[APP_SIZE];
	close_at(track, ns + 1);
}

bool track_loaded(struct track *track, const struct app_event *app)
{
	bool same = track->missed && track->miss_bundle == app->bundle &&
		    track->miss_offset == app->args[APP_OFFSET] && track->miss_size == app->args[APP_SIZE];
	track->missed = track->missed && !same;
	return same;
}

/* When a load began that took duration_ns and ended between the end of the thread's last system call and to_ns: before
 * every call that it may contain. */
static uint64_t load_start(const struct track *track, uint64_t to_ns, uint64_t duration_ns)
{
	unsigned n = track->busy_count;
	uint64_t last = n ? track->busy[n - 1].to : to_ns;
	uint64_t earliest = duration_ns <= last ? last - duration_ns : 0;
	uint64_t from = duration_ns <= to_ns ? to_ns - duration_ns : 0;
	while (n > 0 && track->busy[n - 1].to > earliest) {
		n--;
		if (track->busy[n].from && track->busy[n].from <= from)
			from = track->busy[n].from -
			       1; /* earlier than the call: viewers nest by start time */
	}
	return from;
}

uint64_t track_load(struct track *track, uint64_t to_ns, uint64_t duration_ns)
{
	uint64_t from = load_start(track, to_ns, duration_ns);
	if (from < track->floor_ns)
		from = track->floor_ns;
	if (from > to_ns)
		from = to_ns;
	close_at(track, to_ns);
	return from;
}

/* ---- bundles ---- */

static struct resident *bundle_of(struct tracks *tracks, const struct event *ev)
{
	struct resident_key key = { ev->app.bundle, ev->pid };
	struct resident *resident;
	HASH_FIND(hh, tracks->bundles, &key, sizeof(key), resident);
	if (resident)
		return resident;
	if (HASH_COUNT(tracks->bundles) >= TRACKS_BUNDLES)
		forget_bundle(tracks, tracks->bundles);
	resident = calloc(1, sizeof(*resident));
	if (!resident)
		return NULL;
	resident->key = key;
	HASH_ADD(hh, tracks->bundles, key, sizeof(key), resident);
	if (!resident->hh.tbl) {
		free(resident);
		return NULL;
	}
	return resident;
}

bool tracks_resident(struct tracks *tracks, const struct event *ev, uint64_t *bytes)
{
	const uint64_t *args = ev->app.args;
	if (ev->kind != EVENT_APP_OPEN && ev->kind != EVENT_APP_LOAD && ev->kind != EVENT_APP_EVICT &&
		ev->kind != EVENT_APP_CLOSE)
		return false;
	struct resident *resident = bundle_of(tracks, ev);
	if (!resident)
		return false;
	if (ev->kind == EVENT_APP_EVICT)
		resident->bytes = args[APP_EVICT_RESIDENT];
	else if (ev->kind != EVENT_APP_LOAD)
		resident->bytes = 0;
	else if (__builtin_add_overflow(resident->bytes, args[APP_SIZE], &resident->bytes))
		resident->bytes = UINT64_MAX;
	*bytes = resident->bytes;
	if (ev->kind == EVENT_APP_CLOSE)
		forget_bundle(tracks, resident);
	return true;
}

bool tracks_drop(struct tracks *tracks, uint32_t pid, uint64_t *bundle)
{
	struct resident *resident, *next;
	HASH_ITER (hh, tracks->bundles, resident, next) {
		if (resident->key.pid != pid)
			continue;
		*bundle = resident->key.bundle;
		forget_bundle(tracks, resident);
		return true;
	}
	return false;
}
