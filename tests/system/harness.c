/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include "tests/checks.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_SECONDS 50
#define SCRATCH         "/tmp/bundletrace-test-" /* then the process id of the runner */
#define LOOK_MS         5

/* A run, and the harness's own data about it. */
struct job {
	struct run run;
	int out, err; /* files in memory: writing to them never blocks */
	int keys;     /* run_type() writes to this; or -1 */
	int pidfd;
	double deadline;
	bool ended;
	struct job *next;
};

/* What harness_end() removes. Reachable until then, so that a failed test leaks nothing. */
struct kept {
	struct kept *next;
	char text[];
};

static struct job *jobs;
static struct kept *kept;
static char *scratch_dir;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static char *keep(size_t bytes)
{
	struct kept *k = malloc(sizeof(*k) + bytes);
	ck_assert_ptr_nonnull(k);
	k->next = kept;
	kept = k;
	return k->text;
}

/* ---- starting ---- */

static int file_in_memory(const char *text)
{
	int fd = memfd_create("run", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	if (text) {
		ssize_t len = (ssize_t)strlen(text);
		ck_assert_int_eq(write(fd, text, (size_t)len), len);
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	}
	return fd;
}

/* Standard input of the run; the write end goes to *keys if the test types. */
static int open_input(const struct run_spec *spec, int *keys)
{
	int ends[2];
	*keys = -1;
	if (spec->terminal) {
		ck_assert_int_eq(openpty(keys, &ends[0], NULL, NULL, NULL), 0);
		fcntl(*keys, F_SETFD, FD_CLOEXEC);
		fcntl(ends[0], F_SETFD, FD_CLOEXEC);
		return ends[0];
	}
	if (spec->keys) {
		ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
		*keys = ends[1];
		return ends[0];
	}
	if (spec->input)
		return file_in_memory(spec->input);
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void __attribute__((noreturn)) become(const struct run_spec *spec, int in, int out, int err)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (spec->terminal) {
		setsid();
		ioctl(in, TIOCSCTTY, 0);
	} else {
		setpgid(0, 0);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* in a sanitizer build: the leak check at the end of a program would be in the trace */
	putenv("ASAN_OPTIONS=detect_leaks=0");
	for (const char *const *env = spec->env; env && *env; env++)
		putenv((char *)*env);
	/* append: the files must not share a position with the test */
	fcntl(out, F_SETFL, O_APPEND);
	fcntl(err, F_SETFL, O_APPEND);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 || close_range(3, ~0u, 0))
		_exit(125);
	execvp(spec->argv[0], (char *const *)spec->argv);
	dprintf(2, "cannot run %s: %s\n", spec->argv[0], strerror(errno));
	_exit(125);
}

/* On a slow machine, CK_TIMEOUT_MULTIPLIER extends the time limits of tests, and those of the programs they run. */
static double patience(void)
{
	const char *multiplier = getenv("CK_TIMEOUT_MULTIPLIER");
	double times = multiplier ? strtod(multiplier, NULL) : 1;
	return times >= 1 ? times : 1;
}

struct run *run_start(const struct run_spec *spec)
{
	struct job *job = calloc(1, sizeof(*job));
	ck_assert_ptr_nonnull(job);
	job->out = file_in_memory(NULL);
	job->err = file_in_memory(NULL);
	int in = open_input(spec, &job->keys);
	ck_assert_int_ge(in, 0);
	job->deadline = now() + (spec->seconds ? spec->seconds : DEFAULT_SECONDS) * patience();
	job->run.pid = fork();
	ck_assert_int_ge(job->run.pid, 0);
	if (job->run.pid == 0)
		become(spec, in, job->out, job->err);
	if (!spec->terminal)
		setpgid(job->run.pid, job->run.pid);
	job->next = jobs;
	jobs = job;
	job->pidfd = pidfd_open(job->run.pid, 0);
	ck_assert_int_ge(job->pidfd, 0);
	close(in);
	return &job->run;
}

/* ---- while it runs ---- */

/* The whole file, terminated by a zero byte. */
static char *all_of(int fd, size_t *len)
{
	struct stat st;
	ck_assert_int_eq(fstat(fd, &st), 0);
	char *text = keep((size_t)st.st_size + 1);
	ssize_t got = pread(fd, text, (size_t)st.st_size, 0);
	ck_assert_int_ge(got, 0);
	text[got] = '\0';
	if (len)
		*len = (size_t)got;
	return text;
}

static bool said(const struct job *job, const char *text)
{
	return strstr(all_of(job->out, NULL), text) || strstr(all_of(job->err, NULL), text);
}

const char *run_said(struct run *run)
{
	return all_of(((struct job *)run)->out, NULL);
}

const char *run_terminal(struct run *run)
{
	struct job *job = (struct job *)run;
	size_t room = 65536, len = 0;
	char *text = keep(room);
	struct pollfd more = { .fd = job->keys, .events = POLLIN };
	while (len < room - 1 && poll(&more, 1, 0) > 0) {
		ssize_t got = read(job->keys, text + len, room - 1 - len);
		if (got <= 0) /* no process has the terminal open any more */
			break;
		len += (size_t)got;
	}
	text[len] = '\0';
	return text;
}

/* After a run has been waited for, processes that it left behind may still write. */
void run_await(struct run *run, const char *text)
{
	struct job *job = (struct job *)run;
	while (!said(job, text)) {
		struct pollfd end = { .fd = job->ended ? -1 : job->pidfd, .events = POLLIN };
		bool ended = poll(&end, 1, LOOK_MS) > 0;
		if (ended && said(job, text))
			return;
		ck_assert_msg(!ended && now() < job->deadline, "never said \"%s\", but:\n%s%s", text,
			all_of(job->out, NULL), all_of(job->err, NULL));
	}
}

void run_type(struct run *run, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);
	ck_assert_int_eq(write(((struct job *)run)->keys, text, (size_t)len), len);
}

void run_wait(struct run *run)
{
	struct job *job = (struct job *)run;
	struct pollfd end = { .fd = job->pidfd, .events = POLLIN };
	double left = job->deadline - now();
	bool ended = poll(&end, 1, left > 0 ? (int)(left * 1000) : 0) > 0;
	run->out = all_of(job->out, &run->out_len);
	run->err = all_of(job->err, &run->err_len);
	ck_assert_msg(ended, "still runs at its limit, after this:\n%s%s", run->out, run->err);
	struct rusage usage;
	ck_assert_int_eq(wait4(run->pid, &run->status, 0, &usage), run->pid);
	run->max_rss_kb = usage.ru_maxrss;
	job->ended = true;
}

struct run *run_program(const char *const argv[])
{
	struct run *run = run_start(&(struct run_spec){ .argv = argv });
	run_wait(run);
	return run;
}

int run_code(const struct run *run)
{
	return WIFSIGNALED(run->status) ? 128 + WTERMSIG(run->status) : WEXITSTATUS(run->status);
}

void code_is(const struct run *run, int code)
{
	ck_assert_msg(run_code(run) == code, "ended with %d, not %d:\n%.2000s%.2000s", run_code(run), code,
		run->out, run->err);
}

const char *run_propagation(void)
{
	return run_code(RUN("unshare", "--mount", "true")) == 0 ? "private" : "unchanged";
}

/* ---- the end ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void end_job(struct job *job)
{
	kill(-job->run.pid, SIGKILL);
	if (!job->ended)
		waitpid(job->run.pid, NULL, 0);
	const int fds[] = { job->out, job->err, job->keys, job->pidfd };
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(job);
}

void harness_end(void)
{
	while (jobs) {
		struct job *next = jobs->next;
		end_job(jobs);
		jobs = next;
	}
	if (scratch_dir)
		nftw(scratch_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	scratch_dir = NULL;
	while (kept) {
		struct kept *next = kept->next;
		free(kept);
		kept = next;
	}
}

void need_tracefs(void)
{
	const char *events = "/sys/kernel/tracing/events";
	if (access(events, F_OK) != 0)
		mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	ck_assert_msg(access(events, F_OK) == 0, "no %s: mount -t tracefs tracefs /sys/kernel/tracing", events);
}

void harness_clean(void)
{
	char pattern[64];
	glob_t found;
	snprintf(pattern, sizeof(pattern), SCRATCH "%d-*", (int)getpid());
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			nftw(found.gl_pathv[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
	globfree(&found);
}

/* ---- files ---- */

static const char *joined(const char *dir, const char *name)
{
	size_t len = strlen(dir) + strlen(name) + 2;
	char *path = keep(len);
	snprintf(path, len, "%s/%s", dir, name);
	return path;
}

const char *built(const char *name)
{
	const char *build = getenv("BUNDLETRACE_BUILD");
	return joined(build ? build : "build", name);
}

const char *scratch(const char *name)
{
	if (!scratch_dir) {
		scratch_dir = keep(64);
		snprintf(scratch_dir, 64, SCRATCH "%d-XXXXXX", (int)getppid());
		ck_assert_ptr_nonnull(mkdtemp(scratch_dir));
		ck_assert_int_eq(chmod(scratch_dir, 0755), 0);
	}
	return joined(scratch_dir, name);
}

char *file_text(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	char *text = all_of(fd, len);
	close(fd);
	return text;
}

void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t len = (ssize_t)strlen(text);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, (size_t)len), len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

int harness_first_seed(void)
{
	const char *first = getenv("BUNDLETRACE_FIRST_SEED");
	return first && atoi(first) > 0 ? atoi(first) : 1;
}
