/* SPDX-License-Identifier: BSD-2-Clause */
/* All output of a sink arrives, however slow the reader; the wait for a reader that has stalled is
 * limited as configured. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/base/out.h"

enum { BYTES = 300000 };

static int ends[2]; /* read end, write end */
static int wake[2];
static int reader_go[2]; /* one byte for each time the callback was called */
static unsigned asked, enough_after;

static bool enough(void *ctx, unsigned stalled_ms)
{
	ck_assert_ptr_eq(ctx, ends);
	ck_assert_uint_lt(stalled_ms, 10000);
	ck_assert_int_eq(write(reader_go[1], "", 1), 1);
	return ++asked >= enough_after;
}

static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe2(wake, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(reader_go, O_CLOEXEC), 0);
	asked = 0;
	enough_after = UINT32_MAX;
}

/* A pipe, or a socket; writes to it block. */
static void open_ends(bool socket)
{
	ck_assert_int_eq(
		socket ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) : pipe2(ends, O_CLOEXEC),
		0);
}

static struct out begun(void)
{
	struct out out;
	out_init(&out, ends[1]);
	out_set_wait(&out, &(struct out_wait){ enough, ends, wake[0] });
	for (unsigned i = 0; i < BYTES; i++)
		text_char(&out.text, (char)(i % 251));
	return out;
}

/* An output that was never opened has nothing to close: not even descriptor 0. */
START_TEST(nothing_is_closed_that_was_not_opened)
{
	struct out out = { 0 };
	int zero = open("/dev/null", O_RDONLY);
	ck_assert_int_ge(dup2(zero, STDIN_FILENO), 0);
	out_free(&out);
	ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
	out_init(&out, STDIN_FILENO);
	out_free(&out);
	ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
	close(zero);
}
END_TEST

/* Other processes use the same pipe: whether their writes block does not change. */
START_TEST(others_still_block)
{
	open_ends(_i);
	struct out out = begun();
	ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	enough_after = 1;
	ck_assert_int_eq(out_flush(&out), -ECANCELED);
	ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	out_free(&out);
	ck_assert_int_ge(fcntl(ends[1], F_GETFD), 0);
}
END_TEST

START_TEST(who_does_not_read_is_asked_about)
{
	open_ends(_i);
	struct out out = begun();
	enough_after = 3;
	ck_assert_int_eq(out_flush(&out), -ECANCELED);
	ck_assert_uint_eq(asked, 3);
	ck_assert_int_eq(out_flush(&out), -ECANCELED); /* for good, and without calling it again */
	ck_assert_uint_eq(asked, 3);
	out_free(&out);
}
END_TEST

/* In parts, with pauses in which the callback is called. */
START_TEST(who_reads_slowly_gets_it_all)
{
	open_ends(_i);
	struct out out = begun();
	pid_t reader = fork();
	if (reader == 0) {
		static unsigned char bytes[20000];
		unsigned at = 0;
		close(ends[1]);
		out_free(&out);
		ck_assert_int_eq(read(reader_go[0], bytes, 1), 1); /* not before the writer had to wait */
		for (ssize_t got; (got = read(ends[0], bytes, sizeof(bytes))) > 0; usleep(1000))
			for (ssize_t i = 0; i < got; i++, at++)
				if (bytes[i] != at % 251)
					_exit(1);
		_exit(at == BYTES ? 0 : 2);
	}
	ck_assert_int_eq(out_flush(&out), 0);
	ck_assert_uint_ge(asked, 1);
	out_free(&out);
	close(ends[1]);
	close(ends[0]);
	int status;
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(who_is_gone_is_not_waited_for)
{
	open_ends(_i);
	struct out out = begun();
	close(ends[0]);
	ck_assert_int_eq(out_flush(&out), -EPIPE);
	ck_assert_uint_eq(asked, 0);
	out_free(&out);
}
END_TEST

Suite *out_suite(void)
{
	Suite *suite = suite_create("out");
	TCase *tc = tcase_create("out");
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, nothing_is_closed_that_was_not_opened);
	tcase_add_loop_test(tc, others_still_block, 0, 2);
	tcase_add_loop_test(tc, who_does_not_read_is_asked_about, 0, 2);
	tcase_add_loop_test(tc, who_reads_slowly_gets_it_all, 0, 2);
	tcase_add_loop_test(tc, who_is_gone_is_not_waited_for, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
