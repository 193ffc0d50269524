/* SPDX-License-Identifier: BSD-2-Clause */
#include "phase_attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel_inside.h"
#include "multi_link.h"
#include "phase_spots.h"
#include "user/base/proc.h"
#include "user/base/report.h"

/* The places of a map in one file. */
struct phase_links {
	int file;       /* O_PATH */
	unsigned first; /* number of the first spot's site */
	struct phase_spots spots;
	int multi[2];            /* links to all places at entries, and at returns; -1: none */
	struct bpf_link **links; /* or one to each; NULL: none */
};

/* What became of a map. */
struct map_result {
	unsigned attached; /* files with some of its places */
	char *missing;     /* the first place that was missing in a file that has none of them, and why */
	uint8_t *reported; /* by phase: bit 0 its start, bit 1 its done */
};

struct kernel_phases {
	const struct probemaps *maps;
	struct map_result *results; /* by map */
	unsigned sites;             /* used in the BPF map */
};

/* ---- what is loaded ---- */

static bool make_results(struct kernel_phases *phases)
{
	phases->results = calloc(phases->maps->count, sizeof(*phases->results));
	for (unsigned i = 0; phases->results && i < phases->maps->count; i++) {
		phases->results[i].reported = calloc(phases->maps->all[i]->count, 1);
		if (!phases->results[i].reported)
			return false;
	}
	return phases->results != NULL;
}

int kernel_phases_configure(struct kernel *kernel, const struct probemaps *maps)
{
	struct bundletrace_bpf *skel = kernel->skel;
	bool wanted = maps && maps->phases;
	bool multi = wanted && kernel->multi_links;
	struct bpf_program *const programs[] = { skel->progs.phase_probe_multi,
		skel->progs.phase_return_multi, skel->progs.phase_probe, skel->progs.phase_return };
	for (unsigned i = 0; i < 4; i++)
		bpf_program__set_autoload(programs[i], i < 2 ? multi : wanted && !multi);
	for (unsigned i = 0; i < 2; i++)
		bpf_program__set_expected_attach_type(programs[i], (enum bpf_attach_type)ATTACH_UPROBE_MULTI);
	bpf_program__set_autoload(skel->progs.emit_unfinished_phases, wanted);
	bpf_map__set_autocreate(skel->maps.phase_sites, wanted);
	bpf_map__set_autocreate(skel->maps.phase_tasks, wanted);
	if (!wanted)
		return 0;
	kernel->phases = calloc(1, sizeof(*kernel->phases));
	if (!kernel->phases)
		return -ENOMEM;
	kernel->phases->maps = maps;
	return make_results(kernel->phases) ? 0 : -ENOMEM;
}

void kernel_phases_free(struct kernel *kernel)
{
	struct kernel_phases *phases = kernel->phases;
	for (unsigned i = 0; phases && phases->results && i < phases->maps->count; i++) {
		free(phases->results[i].reported);
		free(phases->results[i].missing);
	}
	if (phases)
		free(phases->results);
	free(phases);
	kernel->phases = NULL;
}

bool kernel_phases_wanted(const struct kernel *kernel)
{
	return kernel->phases != NULL;
}

/* ---- what is missing ---- */

struct problems {
	const struct phase_lookup *lookup;
	struct map_result *result;
	unsigned count;
	struct problem_text {
		uint8_t *reported, bit;
		char *line;
	} list[2 * PROBEMAP_PHASES_MAX];
};

/* May be called from any thread: so it does not use printable(). */
static void take_problem(void *ctx, const struct phase_problem *problem)
{
	struct problems *problems = ctx;
	const struct probemap *map = problems->lookup->map;
	struct text line = { 0 };
	if (problem->phase->optional || problems->count == 2 * PROBEMAP_PHASES_MAX)
		return;
	text_printf(&line, "probes: %s: %s: %s in ", map->name, problem->place->name, problem->why);
	text_escaped(&line, problems->lookup->path, strlen(problems->lookup->path));
	text_printf(&line, " (%s)", problem->advice);
	text_char(&line, '\0');
	if (line.failed)
		text_free(&line);
	problems->list[problems->count++] = (struct problem_text){
		.reported = &problems->result->reported[problem->phase - map->phases],
		.bit = problem->place == &problem->phase->done ? 2 : 1,
		.line = line.data,
	};
}

/* A file that has some places of the map lacks these; one with none may be a program whose library has them. */
static void report_problems(struct problems *problems, bool some)
{
	for (unsigned i = 0; i < problems->count; i++) {
		struct problem_text *problem = &problems->list[i];
		if (some && problem->line && !(*problem->reported & problem->bit)) {
			report("%s", problem->line);
			*problem->reported |= problem->bit;
		} else if (!some && problem->line && !problems->result->missing) {
			problems->result->missing = problem->line;
			problem->line = NULL;
		}
		free(problem->line);
	}
}

static void add_patterns(struct text *why, const struct probemap *map)
{
	char *const *files = map->files ? map->files : map->phases[0].files;
	unsigned count = map->files ? map->file_count : map->phases[0].file_count;
	for (unsigned i = 0; i < count; i++) {
		text_str(why, i ? ", " : "");
		text_escaped(why, files[i], strlen(files[i]));
	}
}

void kernel_phases_missing(struct kernel *kernel, unsigned number, struct text *why)
{
	pthread_mutex_lock(&kernel->binaries_lock);
	const struct map_result *result = &kernel->phases->results[number];
	const struct probemap *map = kernel->phases->maps->all[number];
	if (!result->attached && result->missing) {
		text_str(why, result->missing);
	} else if (!result->attached) {
		text_printf(why, "probes: %s: no traced process has a file that it is about (", map->name);
		add_patterns(why, map);
		text_str(why, "): its phases are not shown");
	}
	pthread_mutex_unlock(&kernel->binaries_lock);
}

/* ---- attaching ---- */

/* One link to all places at entries, or at returns. 0 or -errno. */
static int attach_multi(struct kernel *kernel, struct phase_links *links, const char *path, bool returns)
{
	unsigned all = links->spots.count, count = 0;
	uint64_t *numbers = calloc(3 * all, sizeof(*numbers));
	uint64_t *offsets = numbers, *semaphores = numbers + all, *cookies = numbers + 2 * all;
	bool only = kernel->only && proc_living_thread(kernel->only) == kernel->only;
	if (!numbers)
		return -ENOMEM;
	for (unsigned i = 0; i < all; i++) {
		const struct phase_spot *spot = &links->spots.all[i];
		if (spot->returns != returns)
			continue;
		offsets[count] = spot->offset;
		semaphores[count] = spot->semaphore;
		cookies[count++] = links->first + i;
	}
	int link =
		!count ? 0
		       : multi_link_create(&(struct multi_link){
				 .program = bpf_program__fd(returns ? kernel->skel->progs.phase_return_multi
								    : kernel->skel->progs.phase_probe_multi),
				 .path = path,
				 .offsets = offsets,
				 .semaphores = semaphores,
				 .cookies = cookies,
				 .count = count,
				 .only = only ? kernel->only : 0,
				 .returns = returns,
			 });
	free(numbers);
	if (count && link >= 0)
		links->multi[returns] = link;
	return link < 0 ? link : 0;
}

static int attach_each(struct kernel *kernel, struct phase_links *links, const char *path, bool returns)
{
	const struct phase_spots *spots = &links->spots;
	if (!links->links)
		links->links = calloc(spots->count, sizeof(struct bpf_link *));
	for (unsigned i = 0; links->links && i < spots->count; i++) {
		const struct phase_spot *spot = &spots->all[i];
		LIBBPF_OPTS(bpf_uprobe_opts, opts, .ref_ctr_offset = spot->semaphore,
			.bpf_cookie = links->first + i, .retprobe = returns);
		if (spot->returns != returns)
			continue;
		links->links[i] = bpf_program__attach_uprobe_opts(
			returns ? kernel->skel->progs.phase_return : kernel->skel->progs.phase_probe, -1,
			path, spot->offset, &opts);
		if (!links->links[i])
			return -errno;
	}
	return links->links ? 0 : -ENOMEM;
}

/* Returns first: a function whose entry is seen has its return seen. 0 or -errno. */
static int attach(struct kernel *kernel, struct phase_links *links)
{
	char path[64];
	int err = 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", links->file);
	for (int returns = 1; returns >= 0 && !err; returns--)
		err = (kernel->multi_links ? attach_multi : attach_each)(kernel, links, path, returns);
	if (err == -ESRCH && kernel->only) /* it has ended */
		err = 0;
	return err;
}

void phase_links_detach(struct phase_links *links)
{
	for (unsigned i = 0; links && i < 2; i++) {
		if (links->multi[i] >= 0)
			close(links->multi[i]);
		links->multi[i] = -1;
	}
	for (unsigned i = 0; links && links->links && i < links->spots.count; i++) {
		bpf_link__destroy(links->links[i]);
		links->links[i] = NULL;
	}
}

void phase_links_free(struct phase_links *links)
{
	if (!links)
		return;
	phase_links_detach(links);
	close(links->file);
	free(links->links);
	free(links->spots.all);
	free(links);
}

int phase_links_executed(struct kernel *kernel, struct phase_links *links)
{
	int link = links->multi[links->multi[0] < 0];
	if (!kernel->only || link < 0 || multi_link_only(link) == kernel->only)
		return 0;
	phase_links_detach(links);
	return attach(kernel, links);
}

/* Tells the kernel side what the spots are. 0 or -errno. */
static int number_sites(struct kernel *kernel, struct phase_links *links)
{
	struct kernel_phases *phases = kernel->phases;
	int map = bpf_map__fd(kernel->skel->maps.phase_sites), err = 0;
	if (links->spots.count > PHASE_SITES_MAX - phases->sites)
		return -E2BIG;
	links->first = phases->sites;
	for (unsigned i = 0; i < links->spots.count && !err; i++) {
		__u32 number = phases->sites++;
		if (bpf_map_update_elem(map, &number, &links->spots.all[i].site, BPF_ANY))
			err = -errno;
	}
	return err;
}

/* Adds the spots of a map in the file. How many, or -errno. */
static int add_map(
	struct kernel *kernel, unsigned number, int fd, const char *path, struct phase_links *links)
{
	struct map_result *result = &kernel->phases->results[number];
	struct phase_spots spots;
	struct problems *problems = calloc(1, sizeof(*problems));
	struct phase_lookup lookup = { .map = kernel->phases->maps->all[number],
		.path = path,
		.problem = take_problem,
		.ctx = problems };
	if (!problems)
		return -ENOMEM;
	problems->lookup = &lookup;
	problems->result = result;
	int got = phase_spots_find(&lookup, fd, &spots);
	report_problems(problems, spots.count > 0);
	free(problems);
	result->attached += spots.count > 0;
	struct phase_spot *all =
		got < 0 || !spots.count
			? NULL
			: reallocarray(links->spots.all, links->spots.count + spots.count, sizeof(*all));
	if (all) {
		memcpy(all + links->spots.count, spots.all, spots.count * sizeof(*all));
		links->spots.all = all;
		links->spots.count += spots.count;
	}
	free(spots.all);
	return got < 0 ? got : all ? (int)spots.count : spots.count ? -ENOMEM : 0;
}

/* The file's own name; a process may know it by another. */
static void real_name(int fd, const char *name, char path[4096])
{
	static const char deleted[] = " (deleted)";
	char link[64];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, 4095);
	if (len <= 0)
		len = snprintf(path, 4096, "%s", name);
	path[len < 4095 ? len : 4095] = '\0';
	size_t end = strlen(deleted);
	if ((size_t)len > end && strcmp(path + len - end, deleted) == 0)
		path[(size_t)len - end] = '\0';
}

static int find_spots(struct kernel *kernel, const char *name, struct phase_links *links)
{
	char path[4096], link[64];
	int sum = 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", links->file);
	int fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return 0;
	real_name(fd, name, path);
	for (unsigned i = 0; i < kernel->phases->maps->count && sum >= 0; i++) {
		int got = add_map(kernel, i, fd, path, links);
		sum = got == -ENOEXEC ? sum : got < 0 ? got : sum + got;
	}
	close(fd);
	return sum;
}

int phase_links_attach(struct kernel *kernel, int fd, const char *name, struct phase_links **out)
{
	struct phase_links *links = calloc(1, sizeof(*links));
	*out = NULL;
	if (!links)
		return -ENOMEM;
	links->multi[0] = links->multi[1] = -1;
	links->file = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int got = links->file < 0 ? -errno : find_spots(kernel, name, links), err = 0;
	if (got > 0)
		err = number_sites(kernel, links);
	if (got > 0 && !err)
		err = attach(kernel, links);
	if (got > 0 && !err) {
		*out = links;
		return got;
	}
	phase_links_free(links);
	return err ? err : got;
}
