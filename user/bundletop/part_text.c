/* SPDX-License-Identifier: BSD-2-Clause */
#include "part_text.h"

#include "user/base/units.h"

const char *parts_word(enum parts_of of, uint64_t count)
{
	static const char *const words[2][2] = { { "layer", "layers" }, { "tensor", "tensors" } };
	return words[of == PARTS_TENSORS][count != 1];
}

static void bytes(struct text *t, const char *word, uint64_t count)
{
	text_str(t, word);
	unit_bytes(t, count);
}

static void states(struct text *t, const struct part_sums *sums)
{
	static const enum part_state order[] = { PART_IN, PART_PARTLY, PART_OUT, PART_RELOADED };
	const char *comma = "";
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if (!sums->states[order[i]])
			continue;
		text_printf(t, "%s%u %s", comma, sums->states[order[i]], part_state_word(order[i]));
		comma = ", ";
	}
	if (sums->states[PART_UNKNOWN])
		text_printf(t, "%s%u not looked at yet", comma, sums->states[PART_UNKNOWN]);
}

void part_summary(struct text *t, const struct part_file *file, enum parts_of of)
{
	if (file->why) {
		text_printf(t, "its %s are not known: %s", parts_word(of, 2), file->why);
		return;
	}
	struct part_sums sums = part_list_sums(file->list);
	text_printf(t, "%u %s, inferred from the page cache: ", file->list->count,
		parts_word(of, file->list->count));
	states(t, &sums);
	bytes(t, "; came ", sums.last.came);
	bytes(t, ", went ", sums.last.went);
	bytes(t, ", back ", sums.last.back);
	if (!file->whole && sums.size)
		text_printf(t, "; only %llu%% of it was looked at in this interval",
			(unsigned long long)((double)sums.looked * 100 / (double)sums.size));
}
