// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The io layer: what is summed up for each file beside calls. */
#include "call.h"
#include "io_run.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Emits what traced tasks have summed up. User space runs it once, after the end of the trace, when no hook changes it
 * any more. */
SEC("iter/task")
int emit_runs(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_state *state = task ? task_state_get(task) : NULL;
	if (state && state->flags & TASK_TRACED)
		io_flush(task, state);
	return 0;
}
