/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_name.h"

void model_name_text(struct text *t, const struct model_stats *m, uint32_t most)
{
	uint32_t len = m->name_len < most ? m->name_len : most;
	while (len < m->name_len && len > most - 4 && (m->name[len] & 0xc0) == 0x80)
		len--; /* not within a UTF-8 character */
	if (m->name_len == 0)
		text_str(t, "\"\"");
	text_escaped(t, m->name, len);
	if (m->cut || len < m->name_len)
		text_str(t, "...");
}
