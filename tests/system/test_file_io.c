/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is summed up by file in the kernel (EVENT_FILE_IO), held against what the program did, and what the kernel counted
 * for it: getrusage() and /proc/PID/io. The records are read from the rings, as they come.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/kernel/kernel_counts.h"
#include "tests/sanitized.h"
#include "tests/suites.h"
#include "traced.h"

#define FILE_BYTES  (20 << 20)
#define TMPFS_MAGIC 0x01021994

/* The sums of one file, by operation. */
struct sums {
	struct {
		uint64_t count, bytes, others, errors, opens, major, total_ns, wait_ns, spread, records;
	} of[FILE_IO_OPS];
};

struct seen {
	struct sums file;
	uint64_t ino;
	uint32_t pid;
	unsigned foreign; /* records of other processes */
	unsigned unnamed; /* records of the file without a name */
};

static struct kernel *kernel;
static const char *path;
static uint32_t name; /* the number that the path was reported with, once for all runs; 0: not yet */

static void see_sums(struct seen *seen, const struct event_file_io *io)
{
	ck_assert_uint_lt(io->op, FILE_IO_OPS);
	seen->file.of[io->op].records++;
	seen->file.of[io->op].count += io->count;
	seen->file.of[io->op].bytes += io->bytes;
	seen->file.of[io->op].others += io->others;
	seen->file.of[io->op].errors += io->errors;
	seen->file.of[io->op].opens += io->opens;
	seen->file.of[io->op].major += io->major;
	seen->file.of[io->op].total_ns += io->total_ns;
	seen->file.of[io->op].wait_ns += io->wait_ns;
	for (int i = 0; i < IO_SPREAD; i++)
		seen->file.of[io->op].spread += io->spread[i];
	ck_assert_uint_le(io->max_ns, io->total_ns);
}

static int see(void *ctx, const struct event_header *record, unsigned cpu)
{
	struct seen *seen = ctx;
	(void)cpu;
	if (record->kind == EVENT_FILE) {
		const struct event_file *file = (const void *)record;
		size_t len = file->path_bytes & (STRING_LENGTH & ~PATH_DELETED);
		if (len == strlen(path) && memcmp(file->strings, path, len) == 0)
			name = file->id.name;
	}
	if (record->kind != EVENT_FILE_IO)
		return 0;
	const struct event_file_io *io = (const void *)record;
	seen->foreign += record->pid != seen->pid;
	if (io->id.ino != seen->ino)
		return 0;
	see_sums(seen, io);
	seen->unnamed += !name || io->id.name != name;
	return 0;
}

/* Forks a program that waits for a byte from *go. */
static pid_t fork_waiting(const char *const argv[], const char *output, int *go)
{
	int pipes[2];
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char byte;
		int out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (read(pipes[0], &byte, 1) == 1 && dup2(out, STDOUT_FILENO) == STDOUT_FILENO)
			execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	ck_assert_int_gt(pid, 0);
	close(pipes[0]);
	*go = pipes[1];
	return pid;
}

/* Runs a program on the file under trace to its end, and returns what the kernel side emitted. */
static struct seen trace_program(const char *const argv[])
{
	struct stat st;
	int go, status;
	ck_assert_int_eq(stat(path, &st), 0);
	pid_t pid = fork_waiting(argv, scratch("own"), &go);
	struct seen seen = { .ino = st.st_ino, .pid = (uint32_t)pid };
	ck_assert_int_eq(kernel_trace_command(kernel, pid), 0);
	ck_assert_int_eq(write(go, "", 1), 1);
	close(go);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_ge(rings_drain(kernel_rings(kernel), true, see, &seen), 0);
	return seen;
}

/* Runs tests/targets/pages in these ways under the kernel side; what it printed is *own. */
static struct seen trace_pages(const char *const ways[], const cJSON **own)
{
	const char *argv[16] = { built("tests/targets/pages"), path };
	int count = 2;
	for (; *ways; ways++)
		argv[count++] = *ways;
	struct seen seen = trace_program(argv);
	cJSON *json = cJSON_Parse(file_text(scratch("own"), NULL));
	ck_assert_ptr_nonnull(json);
	*own = json;
	return seen;
}

static void make_file(void)
{
	static char text[256];
	snprintf(text, sizeof(text), "%s", scratch("data"));
	path = text;
	name = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	char *block = calloc(1, 1 << 20);
	ck_assert(fd >= 0 && block);
	memset(block, 7, 1 << 20);
	for (int i = 0; i < FILE_BYTES >> 20; i++)
		ck_assert_int_eq(write(fd, block, 1 << 20), 1 << 20);
	ck_assert_int_eq(fsync(fd), 0);
	close(fd);
	free(block);
}

static void begin(void)
{
	static struct filter filter;
	struct text problem = { 0 };
	make_file();
	filter_init(&filter);
	ck_assert(filter_parse(&filter, "app=none", &problem));
	kernel = kernel_load(&(struct kernel_options){ .filter = &filter,
		.durations = true,
		.count_calls = true,
		.follow = true,
		.sum_files = true });
	ck_assert_ptr_nonnull(kernel);
	ck_assert_int_eq(kernel_attach(kernel), 0);
	kernel_begin(kernel);
}

static void end(void)
{
	kernel_free(kernel);
	kernel = NULL;
	traced_end();
}

static void nothing_lost(void)
{
	uint64_t lost[EVENT_KINDS][LOST_CAUSES];
	ck_assert_int_eq(kernel_lost(kernel, lost), 0);
	for (int kind = 0; kind < EVENT_KINDS; kind++)
		for (int cause = 0; cause < LOST_CAUSES; cause++)
			ck_assert_msg(lost[kind][cause] == 0, "%llu lost of kind %d, cause %d",
				(unsigned long long)lost[kind][cause], kind, cause);
}

static bool on_disk(void)
{
	struct statfs fs;
	ck_assert_int_eq(statfs(path, &fs), 0);
	return fs.f_type != TMPFS_MAGIC;
}

enum { READS = 1, FAULTS = 2, LARGE_PAGES = 4 };

static const struct {
	const char *how;
	int does;
} ways[] = {
	{ "sequential", READS },
	{ "random", READS },
	{ "threads", READS },
	{ "large", READS },
	{ "touch", FAULTS },
	{ "scan", FAULTS },
	{ "random-advice", FAULTS },
	{ "populate", FAULTS },
	{ "huge-advice", FAULTS | LARGE_PAGES },
};

/* What was read and faulted in, from storage (cold) or not. */
static void is_counted(int does, const char *const how[], bool cold)
{
	const cJSON *own;
	struct seen seen = trace_pages(how, &own);
	const cJSON *one = cJSON_GetArrayItem(own, 0);
	const struct sums *file = &seen.file;
	uint64_t faults = (uint64_t)(num(one, "minor") + num(one, "major"));
	ck_assert_uint_eq(seen.foreign, 0);
	ck_assert_uint_eq(seen.unnamed, 0);
	ck_assert_uint_eq(file->of[FILE_IO_READ].opens, 1);
	ck_assert_uint_eq(file->of[FILE_IO_WRITE].records, 0);
	if (does & READS) {
		ck_assert_uint_eq(file->of[FILE_IO_READ].bytes, (uint64_t)num(one, "bytes"));
		ck_assert_uint_eq(file->of[FILE_IO_READ].count, (uint64_t)num(one, "calls"));
		ck_assert_uint_eq(file->of[FILE_IO_READ].spread, file->of[FILE_IO_READ].count);
		ck_assert_uint_gt(file->of[FILE_IO_READ].total_ns, 0);
		ck_assert_uint_eq(file->of[FILE_IO_FAULT].count, 0);
	}
	if (does & FAULTS) {
		ck_assert_uint_eq(file->of[FILE_IO_MAP].count, 1);
		/* a fault that maps a whole page table at once cannot be seen everywhere; a sanitizer's runtime has faults of its
		 * own */
		if (does & LARGE_PAGES || SANITIZED)
			ck_assert_uint_le(file->of[FILE_IO_FAULT].count, faults);
		else
			ck_assert_uint_eq(file->of[FILE_IO_FAULT].count, faults);
		ck_assert_uint_eq(file->of[FILE_IO_FAULT].major, (uint64_t)num(one, "major"));
	}
	if (on_disk()) {
		ck_assert_uint_eq(file->of[FILE_IO_FILL].bytes, (uint64_t)num(one, "read_bytes"));
		ck_assert_uint_le(
			cold, file->of[FILE_IO_FILL]
				      .bytes); /* of a warm file, the machine may have taken pages away */
		ck_assert_uint_le(cold, file->of[FILE_IO_READ].wait_ns + file->of[FILE_IO_FAULT].wait_ns);
	}
	cJSON_Delete((cJSON *)own);
	nothing_lost();
}

START_TEST(as_the_program_did)
{
	const char *how = ways[_i].how;
	if (on_disk())
		is_counted(ways[_i].does, (const char *const[]){ "cold", how, NULL }, true);
	/* what a cold run has left out of the page cache is read first */
	RUN("cat", path);
	is_counted(ways[_i].does, (const char *const[]){ how, NULL }, false);
}
END_TEST

/* More calls at other places than there are records for: no byte is missing, and far fewer records come. */
START_TEST(storm_is_summed_up)
{
	const char *const argv[] = { built("tests/targets/storm"), "100000", "512", path, NULL };
	struct seen seen = trace_program(argv);
	ck_assert_uint_eq(seen.file.of[FILE_IO_READ].count, 100000);
	ck_assert_uint_eq(seen.file.of[FILE_IO_READ].bytes, 100000 * 512);
	ck_assert_uint_eq(seen.file.of[FILE_IO_READ].others, 100000);
	ck_assert_uint_lt(seen.file.of[FILE_IO_READ].records, 45000);
	nothing_lost();
}
END_TEST

/* The same file in use by a process that is not traced, and the task that lives when the trace ends. */
START_TEST(others_do_not_count)
{
	const cJSON *own;
	const char *const beside[] = { built("tests/targets/pages"), path, "cold", "scan", "sequential",
		"cold", "random", NULL };
	struct run *other = run_start(&(struct run_spec){ .argv = beside });
	struct seen seen = trace_pages((const char *const[]){ "sequential", NULL }, &own);
	run_wait(other);
	code_is(other, 0);
	ck_assert_uint_eq(seen.foreign, 0);
	ck_assert_uint_eq(
		seen.file.of[FILE_IO_READ].bytes, (uint64_t)num(cJSON_GetArrayItem(own, 0), "bytes"));
	ck_assert_uint_eq(seen.file.of[FILE_IO_FAULT].count, 0);
	if (on_disk())
		ck_assert_uint_eq(seen.file.of[FILE_IO_FILL].bytes,
			(uint64_t)num(cJSON_GetArrayItem(own, 0), "read_bytes"));
	cJSON_Delete((cJSON *)own);
}
END_TEST

START_TEST(what_still_runs_is_emitted)
{
	const char *const argv[] = { "/bin/sh", "-c", "read -r line < \"$0\"; exec sleep 60", path, NULL };
	struct stat st;
	int go, status;
	ck_assert_int_eq(stat(path, &st), 0);
	pid_t pid = fork_waiting(argv, scratch("own"), &go);
	struct seen seen = { .ino = st.st_ino, .pid = (uint32_t)pid };
	ck_assert_int_eq(kernel_trace_command(kernel, pid), 0);
	ck_assert_int_eq(write(go, "", 1), 1);
	close(go);
	usleep(500000);
	kernel_stop(kernel);
	usleep(2000);
	ck_assert_int_eq(kernel_emit_unfinished(kernel), 0);
	ck_assert_int_ge(rings_drain(kernel_rings(kernel), true, see, &seen), 0);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_uint_eq(seen.file.of[FILE_IO_READ].opens, 1);
	ck_assert_uint_gt(seen.file.of[FILE_IO_READ].bytes, 0);
}
END_TEST

Suite *system_file_io_suite(void)
{
	Suite *suite = suite_create("system_file_io");
	TCase *tc = tcase_create("file_io");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, as_the_program_did, 0, sizeof(ways) / sizeof(*ways));
	tcase_add_test(tc, storm_is_summed_up);
	tcase_add_test(tc, others_do_not_count);
	tcase_add_test(tc, what_still_runs_is_emitted);
	suite_add_tcase(suite, tc);
	return suite;
}
