/* SPDX-License-Identifier: BSD-2-Clause */
/* Records as the kernel side submits them, and as it never should: cut anywhere, with false lengths.
 * Each record lies at the very end of its allocation, so that a sanitizer detects an access past its
 * end. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "tests/suites.h"
#include "user/stage/decode.h"
#include "user/calls/syscalls.h"

#define ROOM 512

/* A record under construction. */
union record {
	struct event_header head;
	struct event_file file;
	struct event_syscall call;
	struct event_syscall_more more;
	struct event_app app;
	struct event_process process;
	struct event_task task;
	char bytes[ROOM];
};

static struct decoder *decoder;
static struct event ev;

static void setup(void)
{
	decoder = decoder_new();
	ck_assert_ptr_nonnull(decoder);
}

static void teardown(void)
{
	decoder_free(decoder);
}

static union record made(uint16_t kind, size_t size)
{
	union record r;
	memset(&r, 0, sizeof(r));
	r.head = (struct event_header){
		.time_ns = 1000, .pid = 10, .tid = 11, .size = (uint16_t)size, .kind = kind, .lost_before = 3
	};
	return r;
}

/* Adds a string; returns the value for string_bytes. */
static uint16_t append(union record *r, const char *text, size_t len)
{
	ck_assert_uint_le(r->head.size + len, ROOM);
	memcpy(r->bytes + r->head.size, text, len);
	r->head.size = (uint16_t)(r->head.size + len);
	return (uint16_t)(STRING_HERE | len);
}

#define APPEND(r, text) append(r, text, sizeof(text) - 1)

/* Decodes a copy of exactly `size` bytes whose header claims `claimed`. The copy stays, since events
 * point into it. */
static int take_claiming(const union record *r, size_t size, size_t claimed)
{
	static char *copy;
	free(copy);
	copy = malloc(size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, r, size);
	((struct event_header *)(void *)copy)->size = (uint16_t)claimed;
	return decoder_take(decoder, (const void *)copy, 1, &ev);
}

static int take(const union record *r)
{
	return take_claiming(r, r->head.size, r->head.size);
}

static bool span_is(struct span s, const char *text)
{
	return s.data && s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

/* ---- the records ---- */

static union record file_record(uint64_t ino, const char *path)
{
	union record r = made(EVENT_FILE, offsetof(struct event_file, strings));
	r.file.id = (struct file_id){ .ino = ino, .dev = 8, .mode = S_IFREG };
	r.file.path_bytes = append(&r, path, strlen(path)) & STRING_LENGTH;
	return r;
}

static union record read_record(void)
{
	union record r = made(EVENT_SYSCALL, sizeof(struct event_syscall));
	r.call.nr = SYS_read;
	r.call.args[0] = 5;
	r.call.result = 512;
	r.call.duration_ns = 900;
	r.call.file = (struct file_at){ .id = { .ino = 42, .dev = 8, .mode = S_IFREG }, .pos = 1024 };
	return r;
}

static union record rename_record(void)
{
	union record r = made(EVENT_SYSCALL, offsetof(struct event_syscall_more, strings));
	r.call.nr = SYS_rename;
	r.call.more = 1;
	r.more.string_bytes[0] = APPEND(&r, "/old");
	r.more.string_bytes[1] = APPEND(&r, "/new name");
	return r;
}

static union record miss_record(void)
{
	union record r = made(EVENT_APP_MISS, offsetof(struct event_app, strings));
	r.app.bundle = 7;
	r.app.args[APP_OFFSET] = 124;
	r.app.args[APP_SIZE] = 500;
	r.app.name_bytes = APPEND(&r, "encoder");
	return r;
}

static union record exec_record(void)
{
	union record r = made(EVENT_EXEC, offsetof(struct event_process, strings));
	r.process.argc = 2;
	memcpy(r.process.comm, "sixteen bytes ok", 16); /* no zero byte */
	r.process.string_bytes[0] = APPEND(&r, "/bin/echo");
	r.process.string_bytes[1] = APPEND(&r, "echo\0hello");
	return r;
}

static union record task_record(
	uint32_t pid, uint32_t tid, uint32_t own_pid, uint32_t own_tid, uint32_t forked_by)
{
	union record r = made(EVENT_TASK, sizeof(struct event_task));
	r.head.pid = pid;
	r.head.tid = tid;
	r.task.own_pid = own_pid;
	r.task.own_tid = own_tid;
	r.task.forked_by = forked_by;
	return r;
}

static union record fork_record(uint32_t child_pid, uint32_t child_tid)
{
	union record r = made(EVENT_FORK, offsetof(struct event_process, strings));
	r.process.child_pid = child_pid;
	r.process.child_tid = child_tid;
	return r;
}

/* ---- valid records ---- */

START_TEST(header)
{
	union record r = read_record();
	ck_assert_int_eq(take(&r), 1);
	ck_assert_uint_eq(ev.time_ns, 1000);
	ck_assert_uint_eq(ev.pid, 10);
	ck_assert_uint_eq(ev.tid, 11);
	ck_assert_uint_eq(ev.kind, EVENT_SYSCALL);
	ck_assert_uint_eq(ev.cpu, 1);
	ck_assert_uint_eq(ev.lost_before, 3);
	ck_assert_uint_eq(ev.lost_since_ns, 0); /* the first of its ring */
	r.head.time_ns = 1500;
	ck_assert_int_eq(take(&r), 1);
	ck_assert_uint_eq(ev.lost_since_ns, 1000);
	r.head.time_ns = 1000;
	ck_assert_uint_eq(ev.duration_ns, 900);
	r.head.kind = 0;
	ck_assert_int_eq(take(&r), -EBADMSG);
	r.head.kind = EVENT_KINDS;
	ck_assert_int_eq(take(&r), -EBADMSG);
	r.head.kind = 0xffff;
	ck_assert_int_eq(take(&r), -EBADMSG);
}
END_TEST

static void call_is_of(uint32_t pid, uint32_t tid, uint32_t ns_pid, uint32_t ns_tid, bool first)
{
	union record r = read_record();
	r.head.pid = pid;
	r.head.tid = tid;
	ck_assert_int_eq(take(&r), 1);
	ck_assert_uint_eq(ev.tid, tid);
	ck_assert_uint_eq(ev.ns_pid, ns_pid);
	ck_assert_uint_eq(ev.ns_tid, ns_tid);
	ck_assert(ev.ns_first == first);
}

/* A fork into another pid namespace, a thread there, and both numbers again for tasks that have none. */
START_TEST(numbers_of_another_namespace)
{
	union record task = task_record(500, 500, 1, 1, 11), fork = fork_record(500, 500);
	ck_assert_int_eq(take(&task), 0);
	ck_assert_int_eq(take(&fork), 1);
	ck_assert_uint_eq(ev.process.child_ns_pid, 1);
	ck_assert_uint_eq(ev.process.child_ns_tid, 1);
	ck_assert_uint_eq(ev.ns_pid, 0);
	call_is_of(500, 500, 1, 1, true);
	call_is_of(500, 500, 1, 1, false);
	call_is_of(10, 11, 0, 0, false);
	task = task_record(500, 501, 1, 7, 500);
	ck_assert_int_eq(take(&task), 0);
	fork = fork_record(500, 501);
	fork.head.pid = fork.head.tid = 500;
	ck_assert_int_eq(take(&fork), 1);
	ck_assert_uint_eq(ev.process.child_ns_tid, 7);
	call_is_of(500, 501, 1, 7, true);
	fork = fork_record(500, 500);
	ck_assert_int_eq(take(&fork), 1);
	ck_assert_uint_eq(ev.process.child_ns_pid, 0);
	call_is_of(500, 500, 0, 0, false);
	call_is_of(500, 501, 1, 7, false);
	/* traced since it was attached to, then ended: its number is reused by a fork */
	task = task_record(600, 600, 3, 3, 0);
	ck_assert_int_eq(take(&task), 0);
	call_is_of(600, 600, 3, 3, true);
	fork = fork_record(600, 600);
	ck_assert_int_eq(take(&fork), 1);
	call_is_of(600, 600, 0, 0, false);
}
END_TEST

/* Beyond a large number, the oldest are forgotten. */
START_TEST(many_numbers)
{
	for (uint32_t i = 1; i <= 70000; i++) {
		union record task = task_record(i, i, i + 1, i + 1, 0);
		ck_assert_int_eq(take(&task), 0);
	}
	call_is_of(70000, 70000, 70001, 70001, true);
	call_is_of(1, 1, 0, 0, false);
}
END_TEST

START_TEST(a_call_and_its_file)
{
	union record r = read_record(), file = file_record(42, "/tmp/demo.apbundle");
	ck_assert_int_eq(take(&r), 1);
	ck_assert_ptr_null(ev.call.file.path.data);
	ck_assert_int_eq(take(&file), 0);
	ck_assert_int_eq(take(&r), 1);
	ck_assert_uint_eq(ev.call.nr, SYS_read);
	ck_assert_int_eq(ev.call.result, 512);
	ck_assert(ev.call.returned);
	ck_assert(span_is(ev.call.file.path, "/tmp/demo.apbundle"));
	ck_assert_int_eq(ev.call.file.pos, 1024);
	r.call.nr = SYSCALL_MAX;
	ck_assert_int_eq(take(&r), -EBADMSG);
	r.call.nr = SYS_exit_group;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(!ev.call.returned);
}
END_TEST

/* Its result is not known, and nothing is derived from it. */
START_TEST(a_call_that_has_not_returned)
{
	union record r = read_record();
	r.call.result = RESULT_UNFINISHED;
	r.call.duration_ns = NO_DURATION;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(ev.call.unfinished);
	ck_assert(!ev.call.returned);
	ck_assert_uint_eq(ev.call.file.id.ino, 42);
	r.call.result = RESULT_UNFINISHED + 1;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(!ev.call.unfinished);
	ck_assert(ev.call.returned);
}
END_TEST

/* The kernel side takes its file when the call begins. Where it did not, the file is not known, whatever the number stood
 * for before. */
START_TEST(a_close)
{
	union record r = read_record(), file = file_record(42, "/a");
	ck_assert_int_eq(take(&file), 0);
	ck_assert_int_eq(take(&r), 1);
	r.call.nr = SYS_close;
	r.call.result = 0;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.call.file.path, "/a"));
	memset(&r.call.file, 0, sizeof(r.call.file));
	ck_assert_int_eq(take(&r), 1);
	ck_assert_ptr_null(ev.call.file.path.data);
}
END_TEST

/* Two links of one file, one of which is removed. */
START_TEST(names_of_one_inode)
{
	union record a = file_record(42, "/a"), b = file_record(42, "/b"), r = read_record();
	a.file.id.name = 1;
	b.file.id.name = 2;
	b.file.path_bytes |= PATH_DELETED;
	ck_assert_int_eq(take(&a), 0);
	ck_assert_int_eq(take(&b), 0);
	r.call.file.id.name = 1;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.call.file.path, "/a") && !ev.call.file.deleted);
	r.call.file.id.name = 2;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.call.file.path, "/b") && ev.call.file.deleted);
}
END_TEST

static union record more_record(uint16_t nr, const struct file_at *file, const struct file_at *other)
{
	union record r = made(EVENT_SYSCALL, offsetof(struct event_syscall_more, strings));
	r.call.nr = nr;
	r.call.more = 1;
	r.call.file = *file;
	r.more.other = *other;
	return r;
}

static const struct file_at first = { .id = { .ino = 1, .dev = 8, .mode = S_IFREG } };
static const struct file_at second = { .id = { .ino = 2, .dev = 8, .mode = S_IFDIR } };
static const struct file_at no_file;

static void know_both(void)
{
	union record a = file_record(1, "/first"), b = file_record(2, "/second");
	ck_assert_int_eq(take(&a), 0);
	ck_assert_int_eq(take(&b), 0);
}

/* The new descriptor is of the first one's file; what was there before is the replaced one. */
START_TEST(a_dup2)
{
	union record r = more_record(SYS_dup2, &first, &second);
	know_both();
	r.call.args[1] = r.call.result = 7;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.call.file.path, "/first") && span_is(ev.call.other.path, "/first"));
	ck_assert(span_is(ev.call.replaced.path, "/second"));
	r.more.other = first;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.call.other.path, "/first"));
	ck_assert_uint_eq(ev.call.replaced.id.ino, 0);
	r.call.result = -EBADF;
	r.more.other = no_file;
	ck_assert_int_eq(take(&r), 1);
	ck_assert_uint_eq(ev.call.other.id.ino, 0);
	ck_assert_uint_eq(ev.call.replaced.id.ino, 0);
}
END_TEST

/* It comes in the place of the file of AT_FDCWD, the first or the second. */
START_TEST(the_working_directory)
{
	union record r = more_record(SYS_openat, &second, &first);
	know_both();
	r.call.args[0] = (uint32_t)AT_FDCWD;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.call.folder.path, "/second") && span_is(ev.call.other.path, "/first"));
	ck_assert_uint_eq(ev.call.file.id.ino, 0);
	r.call.args[0] = 4;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.call.file.path, "/second"));
	ck_assert_uint_eq(ev.call.folder.id.ino, 0);
	r = more_record(SYS_renameat, &first, &second);
	r.call.args[2] = (uint32_t)AT_FDCWD;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.call.folder.path, "/second") && span_is(ev.call.file.path, "/first"));
	ck_assert_uint_eq(ev.call.other.id.ino, 0);
}
END_TEST

START_TEST(two_paths)
{
	union record r = rename_record();
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.call.path[0], "/old"));
	ck_assert(span_is(ev.call.path[1], "/new name"));
	ck_assert(!ev.call.path[0].cut);
	r.more.string_bytes[0] |= STRING_CUT;
	r.more.string_bytes[1] = 0; /* not readable */
	ck_assert_int_eq(take(&r), 1);
	ck_assert(ev.call.path[0].cut);
	ck_assert_ptr_null(ev.call.path[1].data);
	r.more.string_bytes[0] = STRING_HERE; /* an empty one */
	ck_assert_int_eq(take(&r), 1);
	ck_assert_ptr_nonnull(ev.call.path[0].data);
	ck_assert_uint_eq(ev.call.path[0].len, 0);
}
END_TEST

START_TEST(a_cache_event)
{
	union record r = miss_record(), open = made(EVENT_APP_OPEN, offsetof(struct event_app, strings));
	ck_assert_int_eq(take(&r), 1);
	ck_assert_ptr_null(ev.app.bundle_path.data);
	open.app.bundle = 7;
	open.app.name_bytes = APPEND(&open, "/m.apbundle");
	ck_assert_int_eq(take(&open), 1);
	ck_assert(span_is(ev.app.name, "/m.apbundle"));
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.app.name, "encoder"));
	ck_assert(span_is(ev.app.bundle_path, "/m.apbundle"));
	ck_assert_uint_eq(ev.app.args[APP_OFFSET], 124);
	ck_assert_uint_eq(ev.app.args[APP_SIZE], 500);
	r.head.pid = 99; /* another process's bundle 7 */
	ck_assert_int_eq(take(&r), 1);
	ck_assert_ptr_null(ev.app.bundle_path.data);
	r.head.kind = EVENT_APP_LOAD;
	r.app.args[APP_LOAD_NS] = 9000;
	ck_assert_int_eq(take(&r), 1);
	ck_assert_uint_eq(ev.duration_ns, 9000);
}
END_TEST

/* The exec's strings belong to the execve that returns after it, and are used once. */
START_TEST(an_exec)
{
	union record r = exec_record(),
		     call = made(EVENT_SYSCALL, offsetof(struct event_syscall_more, strings));
	call.call.nr = SYS_execve;
	call.call.more = 1;
	ck_assert_int_eq(take(&r), 1);
	ck_assert(span_is(ev.process.file, "/bin/echo"));
	ck_assert_uint_eq(ev.process.argv.len, 10);
	ck_assert_uint_eq(ev.process.comm.len, 16);
	ck_assert_uint_eq(ev.process.argc, 2);
	call.head.tid = 12; /* another thread's */
	ck_assert_int_eq(take(&call), 1);
	ck_assert_ptr_null(ev.call.path[0].data);
	call.head.tid = 11;
	ck_assert_int_eq(take(&call), 1);
	ck_assert(span_is(ev.call.path[0], "/bin/echo"));
	ck_assert_mem_eq(ev.call.path[1].data, "echo\0hello", 10);
	ck_assert_int_eq(take(&call), 1);
	ck_assert_ptr_null(ev.call.path[0].data);
}
END_TEST

/* ---- invalid records ---- */

static union record record_of(int i)
{
	switch (i) {
	case 0:
		return file_record(42, "/tmp/demo.apbundle");
	case 1:
		return read_record();
	case 2:
		return rename_record();
	case 3:
		return miss_record();
	case 4:
		return exec_record();
	default:
		return task_record(500, 500, 1, 1, 11);
	}
}

enum { KINDS_WITH_STRINGS = 5, KINDS };

/* No truncated record is taken for a complete one, and none is read past its end. */
START_TEST(cut_anywhere)
{
	union record r = record_of(_i);
	int whole = take(&r);
	ck_assert_int_ge(whole, 0);
	for (uint32_t size = sizeof(struct event_header); size < r.head.size; size++)
		if (r.head.kind != EVENT_TASK ||
			size < offsetof(struct event_task, comm)) /* as in older recordings */
			ck_assert_msg(take_claiming(&r, size, size) == -EBADMSG, "taken with %u of %u bytes",
				size, r.head.size);
	for (uint32_t size = 0; size < sizeof(struct event_header); size++)
		ck_assert_int_eq(take_claiming(&r, sizeof(struct event_header), size), -EBADMSG);
	ck_assert_int_eq(take(&r), whole);
}
END_TEST

/* Each process is named once, at the first event that is shown, and again when it has executed a program. */
START_TEST(names_of_processes)
{
	union record task = task_record(10, 10, 0, 0, 0), read = read_record();
	memcpy(task.task.comm, "sixteen bytes ok", 16);
	ck_assert_int_eq(take(&task), 0);
	ck_assert_int_eq(take(&read), 1);
	ck_assert_ptr_null(ev.comm.data); /* not shown so far */
	decoder_name(decoder, &ev);
	ck_assert(span_is(ev.comm, "sixteen bytes ok"));
	ck_assert_uint_eq(ev.ns_pid, 0);
	ck_assert_int_eq(take(&read), 1);
	decoder_name(decoder, &ev);
	ck_assert_ptr_null(ev.comm.data);

	union record fork = fork_record(500, 500);
	strcpy(fork.process.comm, "child");
	ck_assert_int_eq(take(&fork), 1);
	decoder_name(decoder, &ev);
	ck_assert_ptr_null(ev.comm.data); /* the parent's event */
	read.head.pid = read.head.tid = 500;
	ck_assert_int_eq(take(&read), 1);
	decoder_name(decoder, &ev);
	ck_assert(span_is(ev.comm, "child"));

	union record exec = exec_record();
	exec.head.pid = exec.head.tid = 500;
	strcpy(exec.process.comm, "next");
	ck_assert_int_eq(take(&exec), 1);
	decoder_name(decoder, &ev);
	ck_assert(span_is(ev.comm, "next"));
}
END_TEST

/* An ended process's number may be another's, of which nothing is known. */
START_TEST(names_end_with_their_process)
{
	union record task = task_record(10, 10, 0, 0, 0), read = read_record();
	union record exit = made(EVENT_EXIT, offsetof(struct event_process, strings));
	strcpy(task.task.comm, "one");
	ck_assert_int_eq(take(&task), 0);
	exit.head.pid = exit.head.tid = 10;
	ck_assert_int_eq(take(&exit), 1);
	decoder_name(decoder, &ev);
	ck_assert(span_is(ev.comm, "one"));
	ck_assert_int_eq(take(&task), 0);
	ck_assert_int_eq(take(&exit), 1);
	ck_assert_int_eq(take(&read), 1);
	decoder_name(decoder, &ev);
	ck_assert_ptr_null(ev.comm.data);
}
END_TEST

static void lengths_lie(union record *r, uint16_t *length)
{
	uint16_t right = *length;
	for (uint32_t wrong = 0; wrong <= 0xffff; wrong++) {
		*length = (uint16_t)wrong;
		int got = take(r);
		bool here = r->head.kind == EVENT_FILE || wrong & STRING_HERE;
		uint32_t len = r->head.kind == EVENT_FILE ? wrong : here ? wrong & STRING_LENGTH : 0;
		if (r->head.kind == EVENT_FILE)
			len &= STRING_LENGTH & ~PATH_DELETED;
		if (len > r->head.size)
			ck_assert_int_eq(got, -EBADMSG);
		else
			ck_assert(got == -EBADMSG || got >= 0);
	}
	*length = right;
	ck_assert_int_ge(take(r), 0);
}

START_TEST(lengths_that_lie)
{
	union record r = record_of(_i);
	switch (r.head.kind) {
	case EVENT_FILE:
		lengths_lie(&r, &r.file.path_bytes);
		break;
	case EVENT_SYSCALL:
		if (!r.call.more)
			return; /* there is no length to falsify */
		lengths_lie(&r, &r.more.string_bytes[0]);
		lengths_lie(&r, &r.more.string_bytes[1]);
		break;
	case EVENT_EXEC:
		lengths_lie(&r, &r.process.string_bytes[0]);
		lengths_lie(&r, &r.process.string_bytes[1]);
		break;
	default:
		lengths_lie(&r, &r.app.name_bytes);
	}
}
END_TEST

/* A plain call that is marked as the head of a longer one. */
START_TEST(more_that_is_not_there)
{
	union record r = read_record();
	r.call.more = 1;
	ck_assert_int_eq(take(&r), -EBADMSG);
}
END_TEST

/* Random bytes after a header: every span of an accepted record lies within the record, or in data
 * learned earlier. */
START_TEST(random_bytes)
{
	uint64_t state = (uint64_t)_i + 1;
	int taken = 0;
	for (int i = 0; i < 50000; i++) {
		union record r;
		for (size_t at = 0; at < ROOM; at += 8) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			uint64_t word = state >> 16 & (i % 3 ? UINT64_MAX : 0xff); /* small numbers too */
			memcpy(r.bytes + at, &word, 8);
		}
		r.head.kind = (uint16_t)(state >> 40) % (EVENT_KINDS + 1);
		r.head.size = (uint16_t)(sizeof(struct event_header) +
					 (state >> 50) % (ROOM - sizeof(struct event_header)));
		if (r.head.size >= sizeof(struct event_syscall))
			r.call.nr %= SYSCALL_MAX + 1;
		int got = take(&r);
		ck_assert(got == -EBADMSG || got == 0 || got == 1);
		if (got != 1)
			continue;
		taken++;
		/* reads each byte that the event points at */
		struct span spans[] = { ev.call.path[0], ev.call.path[1], ev.call.file.path };
		volatile char sink = 0;
		for (size_t s = 0; ev.kind == EVENT_SYSCALL && s < 3; s++)
			for (uint32_t at = 0; spans[s].data && at < spans[s].len; at++)
				sink ^= spans[s].data[at];
		(void)sink;
	}
	ck_assert_int_gt(taken, 1000);
}
END_TEST

Suite *decode_suite(void)
{
	Suite *suite = suite_create("decode");
	TCase *tc = tcase_create("decode");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, header);
	tcase_add_test(tc, numbers_of_another_namespace);
	tcase_add_test(tc, many_numbers);
	tcase_add_test(tc, a_call_and_its_file);
	tcase_add_test(tc, a_call_that_has_not_returned);
	tcase_add_test(tc, a_close);
	tcase_add_test(tc, names_of_one_inode);
	tcase_add_test(tc, a_dup2);
	tcase_add_test(tc, the_working_directory);
	tcase_add_test(tc, two_paths);
	tcase_add_test(tc, a_cache_event);
	tcase_add_test(tc, an_exec);
	tcase_add_loop_test(tc, cut_anywhere, 0, KINDS);
	tcase_add_test(tc, names_of_processes);
	tcase_add_test(tc, names_end_with_their_process);
	tcase_add_loop_test(tc, lengths_that_lie, 0, KINDS_WITH_STRINGS);
	tcase_add_test(tc, more_that_is_not_there);
	tcase_add_loop_test(tc, random_bytes, 0, 4);
	suite_add_tcase(suite, tc);
	return suite;
}
