/* SPDX-License-Identifier: BSD-2-Clause */
#include "table.h"

#include <strings.h>

#define ROW(number_, name_, ops_, candidate_)                                                                \
	[number_] = { .number = number_, .name = name_, .ops = &ops_, .candidate = candidate_ },
static const struct policy_row rows[] = { POLICIES(ROW) };

static const struct policy_table table = { rows, sizeof(rows) / sizeof(*rows) };

const struct policy_row *policy_find(enum pb_policy number)
{
	return (unsigned int)number < table.count ? &rows[number] : NULL;
}

struct policy *policy_create(enum pb_policy number, const struct policy_setup *setup)
{
	struct policy_setup with_table = *setup;
	with_table.table = &table;
	return policy_new(&rows[number], &with_table);
}

const char *pb_policy_name(enum pb_policy number)
{
	const struct policy_row *row = policy_find(number);
	return row ? row->name : NULL;
}

bool pb_policy_find(const char *name, enum pb_policy *number)
{
	for (uint32_t i = 0; i < table.count; i++)
		if (name && strcasecmp(name, rows[i].name) == 0) {
			*number = rows[i].number;
			return true;
		}
	return false;
}
