/* SPDX-License-Identifier: BSD-2-Clause */
#include "phase_maps.h"

#include <stdlib.h>
#include <unistd.h>

#include "usage.h"
#include "user/base/clock.h"
#include "user/base/report.h"
#include "user/kernel/phase_attach.h"
#include "user/probemap/bundled.h"

/* The file that the argument names, to be freed. */
static char *path_of(const char *option, const char *arg)
{
	struct text names = { 0 };
	if (!bundled_is_word(arg)) {
		char *copy = strdup(arg);
		if (!copy)
			usage_no_memory();
		return copy;
	}
	char *path = bundled_find(arg, &names);
	if (path)
		return path;
	report("%s %s: no map of that name comes with bundletrace (there are: %.*s; a file is named by its path, or ends in .json)",
		option, printable(arg), names.len ? (int)names.len : 4, names.len ? names.data : "none");
	exit(EXIT_USAGE);
}

void phase_maps_add(struct probemaps *maps, const char *option, const char *arg)
{
	struct text why = { 0 };
	char *path = path_of(option, arg);
	if (!probemaps_add(maps, path, &why)) {
		report("%s %s: %.*s (docs/probes.md describes such files)", option, printable(path),
			(int)why.len, why.len ? why.data : "");
		exit(EXIT_USAGE);
	}
	text_free(&why);
	free(path);
}

const struct probemaps *phase_maps_wanted(const struct options *options)
{
	bool wanted =
		options->maps.phases && filter_wants_layer(&options->filter, FILTER_PHASE) && !options->read;
	return wanted ? &options->maps : NULL;
}

int phase_maps_define(const struct probemaps *maps, struct output *output)
{
	union {
		struct event_phase_map record;
		char bytes[PHASE_RECORD_MAX];
	} room;
	uint64_t now_ns = clock_monotonic_ns();
	int err = 0;
	for (unsigned i = 0; maps && i < maps->count; i++)
		for (unsigned phase = 0; phase < maps->all[i]->count && err >= 0; phase++) {
			const struct phase_info info = probemap_info(maps->all[i], phase);
			phases_record(&room.record, &info, now_ns, (uint32_t)getpid());
			err = output_record(output, &room.record.head, 0);
		}
	return err < 0 ? err : 0;
}

void phase_maps_missing(const struct probemaps *maps, struct kernel *kernel,
	void (*note)(void *ctx, const char *why), void *ctx)
{
	for (unsigned i = 0; maps && kernel_phases_wanted(kernel) && i < maps->count; i++) {
		struct text why = { 0 };
		kernel_phases_missing(kernel, i, &why);
		if (why.len)
			text_char(&why, '\0');
		if (why.len && !why.failed)
			note(ctx, why.data);
		text_free(&why);
	}
}
