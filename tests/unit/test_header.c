/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded reader of model files' headers. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/modelfile/header.h"

/* Across windows, and up to the file's end: after a failure all further reads fail. */
START_TEST(the_reader_of_headers)
{
	enum { SIZE = 2 * HEADER_WINDOW + 10 };
	static unsigned char bytes[SIZE], read[HEADER_WINDOW];
	for (int i = 0; i < SIZE; i++)
		bytes[i] = (unsigned char)(i * 7 + i / 256);
	int fd = memfd_create("header", MFD_CLOEXEC);
	ck_assert(fd >= 0 && write(fd, bytes, SIZE) == SIZE);
	static struct header h;
	header_open(&h, fd, SIZE);
	header_skip(&h, HEADER_WINDOW - 3);
	header_take(&h, read, 7);
	ck_assert_mem_eq(read, bytes + HEADER_WINDOW - 3, 7);
	ck_assert_uint_eq(header_pos(&h), HEADER_WINDOW + 4);
	header_take(&h, read, HEADER_WINDOW);
	ck_assert_mem_eq(read, bytes + HEADER_WINDOW + 4, HEADER_WINDOW);
	ck_assert_uint_eq(header_left(&h), 6);
	const unsigned char *last = bytes + SIZE - 6;
	ck_assert_uint_eq(header_u32(&h),
		last[0] | (uint32_t)last[1] << 8 | (uint32_t)last[2] << 16 | (uint32_t)last[3] << 24);
	ck_assert(!h.failed);
	ck_assert_uint_eq(header_u64(&h), 0);
	ck_assert(h.failed && header_left(&h) == 0);
	memset(read, 0xff, 2);
	header_take(&h, read, 2);
	ck_assert(read[0] == 0 && read[1] == 0);
	/* the other byte order, and the first reason of several */
	header_open(&h, fd, SIZE);
	h.big = true;
	ck_assert_uint_eq(header_u32(&h),
		(uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]);
	ck_assert(!header_refuse(&h, "one") && !header_refuse(&h, "two"));
	ck_assert_str_eq(h.why, "one");
	close(fd);
}
END_TEST

Suite *header_suite(void)
{
	Suite *suite = suite_create("header");
	TCase *tc = tcase_create("header");
	tcase_add_test(tc, the_reader_of_headers);
	suite_add_tcase(suite, tc);
	return suite;
}
