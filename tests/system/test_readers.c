/* SPDX-License-Identifier: BSD-2-Clause */
/* The tracer traces neither itself nor the processes that read its output: each event of theirs would
 * cause another. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "events_of.h"

/* A shell that writes its process id to a file and executes a program; and the tracer, started in the
 * same way. */
#define TOLD(name, program) "sh -c 'echo $$ > " name ".pid; exec " program "'"
#define TRACER(more)        TOLD("tracer", "\"$TRACER\" -a -d 1 -e app=none --format jsonl " more)

/* Runs a shell command in the test's own folder, where it leaves the trace in out.jsonl. */
static struct run *run_here(const char *command, bool terminal)
{
	char line[4096], tracer[4200] = "TRACER=";
	snprintf(line, sizeof(line), "cd %s; %s", scratch("."), command);
	ck_assert_ptr_nonnull(realpath(built("bundletrace"), tracer + strlen(tracer)));
	struct run *run =
		run_start(&(struct run_spec){ .argv = (const char *const[]){ "bash", "-c", line, NULL },
			.env = (const char *const[]){ tracer, NULL },
			.terminal = terminal,
			.seconds = 50 });
	run_wait(run);
	code_is(run, 0);
	return run;
}

static pid_t told(const char *name)
{
	char file[64];
	snprintf(file, sizeof(file), "%s.pid", name);
	return (pid_t)atoi(file_text(scratch(file), NULL));
}

static int events_told(const char *name)
{
	return cJSON_GetArraySize(events_of(scratch("out.jsonl"), told(name)));
}

/* At the same time a process reads another pipe, not the tracer's: that one is traced. */
#define OTHER                                                                                                \
	"(for i in $(seq 200); do sleep 0.1; [ -e done ] && break; echo x; done) | " TOLD(                   \
		"other", "cat") " > other.out & "

static void only_others_are_traced(const char *const readers[])
{
	for (; *readers; readers++)
		ck_assert_msg(events_told(*readers) == 0, "%d events of %s", events_told(*readers), *readers);
	ck_assert_int_eq(events_told("tracer"), 0);
	ck_assert_int_gt(events_told("other"), 0);
}

/* All the ways in which output goes through pipes, one after the other. */
START_TEST(readers_of_pipes)
{
	static const struct {
		const char *command;
		const char *const readers[4];
	} ways[] = {
		{ OTHER TRACER("") " | " TOLD("reader", "cat") " > out.jsonl; touch done; wait",
			{ "reader" } },
		/* the end of the pipeline reads what the tracer's reader prints */
		{ OTHER TRACER("") " | " TOLD("reader", "tee out.jsonl") " | " TOLD(
			  "second", "cat") " > x; touch done; wait",
			{ "reader", "second" } },
		{ OTHER TRACER("") " | tee >(" TOLD("second", "cat") " > out.jsonl) > x; touch done; wait",
			{ "second" } },
		/* a named FIFO */
		{ "mkfifo fifo; " TOLD("reader", "cat fifo") " > out.jsonl & " OTHER TRACER(
			  "") " > fifo; touch done; wait",
			{ "reader" } },
		{ "mkfifo fifo; " TOLD("reader", "cat fifo") " > out.jsonl & " OTHER TRACER(
			  "-o fifo") "; touch done; wait",
			{ "reader" } },
		/* standard error, although the events go elsewhere */
		{ OTHER TRACER("-o out.jsonl") " 2>&1 | " TOLD("reader", "cat") " > x; touch done; wait",
			{ "reader" } },
		/* a growing file is read as well */
		{ "touch out.jsonl; " TOLD("reader", "tail -f out.jsonl") " > x & " OTHER TRACER(
			  "-o out.jsonl") "; kill $(cat reader.pid); touch done; wait",
			{ "reader" } },
	};
	run_here(ways[_i].command, false);
	only_others_are_traced(ways[_i].readers);
}
END_TEST
#define WAYS 7

/* The tracer writes to a socket, and a process that announces itself reads its other end. */
static const char through_a_socket[] =
	"import os, socket, sys\n"
	"a, b = socket.socketpair()\n"
	"if sys.argv[1] == 'remote':\n"
	"    listening = socket.create_server(('127.0.0.1', 0))\n"
	"    a = socket.create_connection(listening.getsockname())\n"
	"    b = listening.accept()[0]\n"
	"def tell(name):\n"
	"    open(name, 'w').write(str(os.getpid()))\n"
	"if os.fork() == 0:\n"
	"    a.close()\n"
	"    tell('reader.pid')\n"
	"    out = open('out.jsonl', 'wb')\n"
	"    while (got := b.recv(65536)):\n"
	"        out.write(got)\n"
	"    out.close()\n"
	"    open('read', 'w')\n"
	"    os._exit(0)\n"
	"b.close()\n"
	"tell('tracer.pid')\n"
	"os.dup2(a.fileno(), 1)\n"
	"tracer = os.environ['TRACER']\n"
	"os.execv(tracer, [tracer, '-a', '-d', '1', '-e', 'app=none', '-e', 'read,write', '--format', 'jsonl'])\n";

#define UNTIL_READ "; while [ ! -e read ]; do sleep 0.05; done; touch done; wait"

START_TEST(sockets)
{
	write_file(scratch("through.py"), through_a_socket, 0644);
	struct run *run = run_here(OTHER "python3 through.py local" UNTIL_READ, false);
	ck_assert_str_eq(run->err, "");
	only_others_are_traced((const char *const[]){ "reader", NULL });
	/* the process at the other end of that socket may be on another machine */
	run = run_here("rm read done; python3 through.py remote" UNTIL_READ, false);
	ck_assert_msg(strstr(run->err, "the output goes to a socket") != NULL, "%s", run->err);
}
END_TEST

/* Processes that a filter starts for each line belong to the filter. */
START_TEST(children_of_a_reader)
{
	run_here(
		"cp /bin/true whomtrue; " TRACER(
			"-e trace=execve") " | while read -r line; do ./whomtrue; echo \"$line\" >> out.jsonl; done; ./whomtrue",
		false);
	ck_assert_ptr_null(strstr(file_text(scratch("out.jsonl"), NULL), "whomtrue"));
}
END_TEST

/* But a program that starts the trace, and reads it, also starts what is to be traced. */
START_TEST(children_of_the_one_who_asked)
{
	run_here(
		"cp /bin/true whomtrue; echo $$ > asker.pid; coproc " TRACER(
			"") "; while kill -0 $COPROC_PID; do sleep 0.1; ./whomtrue; done > kill.out 2>&1 & cat <&${COPROC[0]} > out.jsonl; wait",
		false);
	ck_assert_int_eq(events_told("asker"), 0);
	ck_assert_ptr_nonnull(strstr(file_text(scratch("out.jsonl"), NULL), "./whomtrue"));
}
END_TEST

/* True if a line of the text belongs to that process. */
static bool text_has(const char *text, pid_t pid)
{
	char front[32];
	snprintf(front, sizeof(front), "[pid %5d] ", (int)pid);
	return strstr(text, front) != NULL;
}

/* The processes that show the terminal: here script, which writes to a terminal itself, and this test,
 * which shows that one. */
START_TEST(terminals)
{
	run_here(
		OTHER TOLD("script",
			"script -qc \"exec \\$TRACER -a -d 1 -e app=none -e trace=read,write,poll\" x") "; touch done; wait",
		true);
	const char *text = file_text(scratch("x"), NULL);
	ck_assert(text_has(text, told("other")));
	ck_assert(!text_has(text, told("script")));
	ck_assert(!text_has(text, getpid()));
}
END_TEST

/* With -p: a trace that would feed itself is refused. */
START_TEST(a_named_reader)
{
	char line[512];
	snprintf(line, sizeof(line), "%s",
		"mkfifo fifo; cat < fifo > x & sleep 0.1; \"$TRACER\" -p $! > fifo 2>&1; echo $? > code; cat > y < /dev/null & \"$TRACER\" -d 0.1 -p $$ -o z; echo $? > second");
	run_here(line, false);
	ck_assert_str_eq(file_text(scratch("code"), NULL), "1\n");
	ck_assert_ptr_nonnull(strstr(file_text(scratch("x"), NULL), "takes what is printed here"));
	ck_assert_str_eq(file_text(scratch("second"), NULL), "0\n");
}
END_TEST

/* -o of a FIFO waits until somebody reads it, and says so; a signal ends that. */
START_TEST(a_fifo_that_nobody_reads)
{
	char line[512];
	snprintf(line, sizeof(line), "%s",
		"mkfifo fifo; \"$TRACER\" -e trace=exit_group -o fifo -- true 2> waits & sleep 1; kill -TERM $!; wait $!; "
		"echo $? > code; \"$TRACER\" -e trace=exit_group -o fifo -- true 2> again & sleep 1; cat fifo > x; wait $!; "
		"echo $? > second");
	run_here(line, false);
	ck_assert_ptr_nonnull(
		strstr(file_text(scratch("waits"), NULL), "fifo: waiting for a program that reads it"));
	ck_assert_ptr_nonnull(strstr(file_text(scratch("waits"), NULL), "fifo: nobody reads it"));
	ck_assert_str_eq(file_text(scratch("code"), NULL), "1\n");
	ck_assert_ptr_nonnull(strstr(file_text(scratch("x"), NULL), "exit_group(0"));
	ck_assert_str_eq(file_text(scratch("second"), NULL), "0\n");
}
END_TEST

Suite *system_readers_suite(void)
{
	Suite *suite = suite_create("system_readers");
	TCase *tc = tcase_create("readers");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, watch_free);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, readers_of_pipes, 0, WAYS);
	tcase_add_test(tc, sockets);
	tcase_add_test(tc, children_of_a_reader);
	tcase_add_test(tc, children_of_the_one_who_asked);
	tcase_add_test(tc, terminals);
	tcase_add_test(tc, a_named_reader);
	tcase_add_test(tc, a_fifo_that_nobody_reads);
	suite_add_tcase(suite, tc);
	return suite;
}
