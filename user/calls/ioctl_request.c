/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioctl_request.h"

#include <stdlib.h>
#include <sys/ioctl.h>

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
	text_str(out, value ? ", " : ", 0");
	if (value)
		text_hex(out, value);
}

static const struct named *find(uint32_t request)
{
	const struct named key = { .request = request };
	return bsearch(&key, table, sizeof(table) / sizeof(table[0]), sizeof(table[0]), by_request);
}

/* Of the old requests, whose numbers do not say what they take. */
static bool is_old_pointer(uint32_t request)
{
	switch (request) {
	case TCGETS ... TCSETAF:
	case TIOCGPGRP ... TIOCSWINSZ:
	case TIOCMGET ... TIOCMSET:
	case TIOCINQ:
	case TIOCGSID:
	case FIONBIO:
	case FIOASYNC:
	case FIOQSIZE:
		return true;
	default:
		return _IOC_TYPE(request) == 0x89; /* sockets */
	}
}

bool ioctl_takes_pointer(uint64_t request)
{
	uint32_t number = (uint32_t)request;
	return find(number) && (_IOC_DIR(number) != _IOC_NONE || is_old_pointer(number));
}

void ioctl_request_text(struct text *out, uint32_t request)
{
	static const char *const directions[] = { "_IOC_NONE", "_IOC_WRITE", "_IOC_READ",
		"_IOC_READ|_IOC_WRITE" };
	const struct named *found = find(request);
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
