/* SPDX-License-Identifier: BSD-2-Clause */
/* Events as the kernel side produces them, and the output of a sink: for the tests of the sinks. */
#ifndef TESTS_MADE_EVENT_H
#define TESTS_MADE_EVENT_H

#include <fcntl.h>
#include <errno.h>
#include "tests/checks.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/event/sink.h"
#include "user/calls/syscalls.h"

#define SPAN(s) ((struct span){ .data = "" s, .len = sizeof(s) - 1 })

enum { PID = 1234 };

static inline struct event made(uint16_t kind, uint64_t time_ns)
{
	return (struct event){
		.time_ns = time_ns, .duration_ns = NO_DURATION, .pid = PID, .tid = PID, .kind = kind
	};
}

static inline struct event made_app(
	uint16_t kind, struct span name, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct event ev = made(kind, 2000000000);
	ev.app = (struct app_event){
		.bundle = 1, .name = name, .args = { a, b, c, d }, .bundle_path = SPAN("/tmp/demo.apbundle")
	};
	return ev;
}

/* lseek(3</tmp/demo.apbundle>, 124, SEEK_SET) = 124 in 8.999 us */
static inline struct event made_lseek(void)
{
	struct event ev = made(EVENT_SYSCALL, 2000000000);
	ev.duration_ns = 8999;
	ev.call = (struct call_event){
		.nr = (uint32_t)syscall_number("lseek"),
		.args = { 3, 124, SEEK_SET },
		.result = 124,
		.returned = true,
		.file = { .id = { .ino = 77, .dev = 8 << 20 | 2 },
			.pos = 124,
			.path = SPAN("/tmp/demo.apbundle") },
	};
	return ev;
}

/* A read of 4096 bytes at 8192 through io_uring, with O_DIRECT, that took 3 us. */
static inline struct event made_uring(void)
{
	struct event ev = made(EVENT_URING, 2000000000);
	ev.duration_ns = 3000;
	ev.uring = (struct uring_event){
		.file = { .id = { .ino = 77, .dev = 8 << 20 | 2 }, .path = SPAN("/tmp/demo.gguf") },
		.start = 8192,
		.length = 4096,
		.result = 4000,
		.user_data = 7,
		.opcode = 22,
		.flags = URING_DIRECT,
	};
	return ev;
}

/* The output of a sink goes to a file in memory. */
static inline struct out made_out(void)
{
	struct out out;
	out_init(&out, memfd_create("out", MFD_CLOEXEC));
	ck_assert_int_ge(out.fd, 0);
	return out;
}

/* The whole output, terminated by a zero byte; closes the file. The caller frees it. */
static inline char *written(struct out *out)
{
	ck_assert_int_eq(out_flush(out), 0);
	off_t size = lseek(out->fd, 0, SEEK_END);
	char *text = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(pread(out->fd, text, (size_t)size, 0), size);
	text[size] = '\0';
	ck_assert_uint_eq(strlen(text), (size_t)size);
	close(out->fd);
	out_free(out);
	return text;
}

/* An output where the disk is full from the first byte on. */
static inline struct out full_out(void)
{
	struct out out;
	out_init(&out, open("/dev/full", O_WRONLY | O_CLOEXEC));
	ck_assert_int_ge(out.fd, 0);
	return out;
}

/* A sink that writes there reports the error for an event and again at the end; frees both. */
static inline void sink_meets_full_disk(struct sink *sink, struct out *out)
{
	static const struct run_result result;
	struct event ev = made_lseek();
	int err = 0;
	ck_assert_ptr_nonnull(sink);
	for (int i = 0; i < 10000 && err == 0; i++)
		err = sink->event(sink, &ev);
	ck_assert_int_eq(err, -ENOSPC);
	ck_assert_int_eq(sink->finish(sink, &result), -ENOSPC);
	sink->free(sink);
	close(out->fd);
	out_free(out);
}

#endif
