/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioctl_request.h"

#include <linux/ioctl.h>
#include <stdlib.h>

#include "value_text.h"

static const struct named {
	uint32_t request;
	const char *name;
} table[] = {
#include "ioctl_table.h"
};

static int by_request(const void *a, const void *b)
{
	uint32_t one = ((const struct named *)a)->request, other = ((const struct named *)b)->request;
	return (one > other) - (one < other);
}

static void part(struct text *out, uint32_t value)
{
	text_add(out, ", ", 2);
	hex_text(out, value);
}

void ioctl_request_text(struct text *out, uint32_t request)
{
	static const char *const directions[] = { "_IOC_NONE", "_IOC_WRITE", "_IOC_READ",
		"_IOC_READ|_IOC_WRITE" };
	const struct named key = { .request = request };
	const struct named *found =
		bsearch(&key, table, sizeof(table) / sizeof(table[0]), sizeof(table[0]), by_request);
	if (found) {
		text_str(out, found->name);
		return;
	}
	text_str(out, "_IOC(");
	text_str(out, directions[_IOC_DIR(request)]);
	part(out, _IOC_TYPE(request));
	part(out, _IOC_NR(request));
	part(out, _IOC_SIZE(request));
	text_char(out, ')');
}
