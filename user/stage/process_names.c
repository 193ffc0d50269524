/* SPDX-License-Identifier: BSD-2-Clause */
#include "process_names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#define PROCESSES_MAX 65536

struct process_names {
	uint32_t pid;
	bool taken;
	unsigned char len;
	char comm[16];
	UT_hash_handle hh;
};

static struct process_names *find(struct process_names *known, uint32_t pid)
{
	struct process_names *process;
	HASH_FIND(hh, known, &pid, sizeof(pid), process);
	return process;
}

static void forget(struct process_names **known, struct process_names *process)
{
	HASH_DEL(*known, process);
	free(process);
}

void process_names_learn(struct process_names **known, uint32_t pid, const char *comm, size_t len)
{
	struct process_names *process = find(*known, pid);
	if (len > sizeof(process->comm))
		len = sizeof(process->comm);
	if (!process) {
		if (HASH_COUNT(*known) >= PROCESSES_MAX)
			forget(known, *known);
		process = calloc(1, sizeof(*process));
		if (!process)
			return;
		process->pid = pid;
		HASH_ADD(hh, *known, pid, sizeof(process->pid), process);
	}
	process->taken = false;
	process->len = (unsigned char)len;
	memcpy(process->comm, comm, len);
}

struct span process_names_take(struct process_names *known, uint32_t pid)
{
	struct process_names *process = known ? find(known, pid) : NULL;
	if (!process || process->taken)
		return (struct span){ 0 };
	process->taken = true;
	return (struct span){ process->comm, process->len, false };
}

void process_names_forget(struct process_names **known, uint32_t pid)
{
	struct process_names *process = *known ? find(*known, pid) : NULL;
	if (process)
		forget(known, process);
}

void process_names_free(struct process_names **known)
{
	while (*known)
		forget(known, *known);
}
