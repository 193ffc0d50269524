/* SPDX-License-Identifier: BSD-2-Clause */
#include "block_hooks.h"

#include "kernel_inside.h"
#include "user/base/report.h"

enum {
	BIOS_MAX =
		32768, /* bios, and those that never complete in a request, before the oldest is forgotten */
	REQUESTS_MAX = 16384, /* requests that devices work on */
};

static bool there(const char *tracepoint)
{
	return libbpf_find_vmlinux_btf_id(tracepoint, BPF_TRACE_RAW_TP) > 0;
}

void block_hooks_configure(struct kernel *kernel, bool wanted)
{
	struct bundletrace_bpf *skel = kernel->skel;
	bool can =
		wanted && there("block_bio_queue") && there("block_rq_issue") && there("block_rq_complete");
	bpf_program__set_autoload(skel->progs.on_bio_queue, can);
	bpf_program__set_autoload(skel->progs.on_bio_split, can && there("block_split"));
	bpf_program__set_autoload(skel->progs.on_request_issue, can);
	bpf_program__set_autoload(skel->progs.on_request_complete, can);
	bpf_program__set_autoload(skel->progs.find_direct_end, can);
	bpf_map__set_autocreate(skel->maps.block_bios, can);
	bpf_map__set_autocreate(skel->maps.block_issued, can);
	bpf_map__set_autocreate(skel->maps.block_walks, can);
	if (can) {
		bpf_map__set_max_entries(skel->maps.block_bios, BIOS_MAX);
		bpf_map__set_max_entries(skel->maps.block_issued, REQUESTS_MAX);
	}
	if (wanted && !can)
		report("no requests to disks: the kernel does not tell of them");
}

void block_hooks_find(const struct kernel *kernel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	const struct bpf_program *find = kernel->skel->progs.find_direct_end;
	if (bpf_program__autoload(find))
		bpf_prog_test_run_opts(bpf_program__fd(find), &opts);
}

static bool attach(const struct bpf_program *program, struct bpf_link **link)
{
	*link = bpf_program__autoload(program) ? bpf_program__attach(program) : NULL;
	return *link != NULL;
}

#define ATTACH(skel, name) attach((skel)->progs.name, &(skel)->links.name)

void block_hooks_attach(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	if (!bpf_program__autoload(skel->progs.on_request_complete))
		return;
	/* first what ends a request, then what begins one */
	kernel->sees.blocks = ATTACH(skel, on_request_complete);
	kernel->sees.blocks &= ATTACH(skel, on_request_issue);
	if (bpf_program__autoload(skel->progs.on_bio_split))
		kernel->sees.blocks &= ATTACH(skel, on_bio_split);
	kernel->sees.blocks &= ATTACH(skel, on_bio_queue);
}

uint64_t block_hooks_unseen(const struct kernel *kernel)
{
	int map = bpf_map__fd(kernel->skel->maps.block_issued);
	uint64_t key, *before = NULL, unseen = 0;
	struct block_issue issue;
	while (map >= 0 && bpf_map_get_next_key(map, before, &key) == 0) {
		before = &key;
		unseen += bpf_map_lookup_elem(map, &key, &issue) == 0 && issue.traced;
	}
	return unseen;
}

bool block_hooks_has(const struct bundletrace_bpf *skel, const struct bpf_program *program)
{
	return program == skel->progs.on_bio_queue || program == skel->progs.on_bio_split ||
	       program == skel->progs.on_request_issue || program == skel->progs.on_request_complete;
}
