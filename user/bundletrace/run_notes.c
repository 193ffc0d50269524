/* SPDX-License-Identifier: BSD-2-Clause */
#include "run_notes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "phase_maps.h"
#include "user/base/report.h"
#include "user/kernel/attach.h"

void run_notes_add(struct run_notes *notes, const char *format, ...)
{
	va_list args;
	char *note;
	va_start(args, format);
	int len = vasprintf(&note, format, args);
	va_end(args);
	if (len < 0)
		return;
	if (notes->count == RUN_NOTES_MAX) {
		free(note);
		return;
	}
	notes->list[notes->count++] = note;
	report("%s", note);
}

static void add_late(struct run_notes *notes, const struct late *late, bool command, bool phases)
{
	char others[64] = "";
	if (late->count > 1)
		snprintf(others, sizeof(others), ", and so may those of %u others", late->count - 1);
	run_notes_add(notes, "%s was %s: its %s of the first %llu ms may be missing%s%s%s",
		late->path ? printable(late->path) : "a file",
		late->library ? "loaded while the process ran" : "started by another program",
		phases ? "cache events or phases" : "cache events",
		(unsigned long long)(late->ns / 1000000 + 1), others,
		command ? " (name it in the command" : "",
		!command        ? ""
		: late->library ? " or in LD_PRELOAD)"
				: ", or trace it alone)");
}

/* What may be missing, because the code of some process could not be seen. */
static void add_unseen(struct run_notes *notes, const struct unseen *unseen)
{
	run_notes_add(notes, "cannot see what process %d has mapped: cache events may be missing (%s)",
		(int)unseen->pid,
		unseen->err == -EACCES
			? "for another user's process, it takes CAP_SYS_PTRACE"
			: "one of its files was removed or replaced; CAP_CHECKPOINT_RESTORE and CAP_DAC_READ_SEARCH reach it");
}

/* What was attached does not fire, or did not from the start. */
static void add_unarmed(
	struct run_notes *notes, const struct binaries *binaries, struct late_attach *late_attach)
{
	struct late_armed armed = late_attach_armed(late_attach);
	struct attach_results results;
	struct text t = { 0 };
	attach_results(binaries->kernel, &results);
	attach_refused_text(&t, &results);
	if (t.len && !t.failed)
		run_notes_add(notes, "%.*s", (int)t.len, t.data);
	text_free(&t);
	if (armed.count)
		run_notes_add(notes,
			"%s: the kernel armed other bytes than its probes (data that shares a page of the file, or a file mapped twice), which was put right: cache events of the first %llu ms may be missing in %u process%s",
			printable(armed.path), (unsigned long long)(armed.ns / 1000000 + 1), armed.count,
			armed.count > 1 ? "es" : "");
}

/* The notes on what is missing of the cache's events, if there is something. */
static void add_probes(struct run_notes *notes, const struct binaries *binaries,
	struct late_attach *late_attach, const char *program, bool phases)
{
	add_unarmed(notes, binaries, late_attach);
	if (!binaries->refused && binaries->unseen.count)
		add_unseen(notes, &binaries->unseen);
	else if (!binaries->refused && !binaries->probes && !phases)
		run_notes_add(notes,
			"no probe of libpagedbundle in %s or its libraries: only system calls are shown",
			program ? printable(program) : "the traced processes");
	else if (!binaries->refused && binaries->late.count)
		add_late(notes, &binaries->late, program != NULL, phases);
}

static void add_missing(void *ctx, const char *why)
{
	run_notes_add(ctx, "%s", why);
}

void run_notes_take(struct run_notes *notes, const struct options *options, const struct kernel *kernel,
	const struct binaries *binaries, struct late_attach *late_attach, const char *program)
{
	unsigned long left = kernel_children_left(kernel), unseen = kernel_requests_unseen(kernel);
	bool phases = phase_maps_wanted(options) != NULL;
	if (options->filter.app || phases)
		add_probes(notes, binaries, late_attach, program, phases);
	phase_maps_missing(phase_maps_wanted(options), binaries->kernel, add_missing, notes);
	if (left)
		run_notes_add(notes, "%lu child process%s not traced (-f follows %s)", left,
			left > 1 ? "es were" : " was", left > 1 ? "them" : "it");
	if (unseen)
		run_notes_add(notes,
			"%lu request%s of io_uring %s not seen to complete (under way at the end, or without a completion)",
			unseen, unseen > 1 ? "s" : "", unseen > 1 ? "were" : "was");
}

void run_notes_free(struct run_notes *notes)
{
	for (unsigned i = 0; i < notes->count; i++)
		free((char *)notes->list[i]);
}
