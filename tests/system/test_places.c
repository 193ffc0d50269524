/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets by name: reads of real model files by real programs, as text and as JSON. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "tests/unit/model_files.h"
#include "traced.h"

static struct text made;
static const char *path; /* of the file that is read */

static void clean(void)
{
	text_free(&made);
	traced_end();
}

static void write_made(const char *name)
{
	path = scratch(name);
	FILE *file = fopen(path, "wbe");
	ck_assert_ptr_nonnull(file);
	ck_assert(!made.failed);
	ck_assert_uint_eq(fwrite(made.data, 1, made.len, file), made.len);
	ck_assert_int_eq(fclose(file), 0);
}

/* The lines of a text trace with a call on the file, from "name(" on, without the path. */
static const char *lines_on_file(const struct run *run)
{
	static char out[8192];
	char mark[512];
	size_t len = 0;
	snprintf(mark, sizeof(mark), "<%s>", path);
	for (const char *line = run->err; line && *line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		int n = (int)strcspn(line, "\n");
		const char *on = memmem(line, (size_t)n, mark, strlen(mark));
		if (!on || strncmp(line, "openat(", 7) == 0 || strncmp(line, "close(", 6) == 0 ||
			strncmp(line, "newfstatat(", 11) == 0 || strncmp(line, "fstat(", 6) == 0)
			continue;
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%.*s%.*s\n", (int)(on - line), line,
			(int)(line + n - on - (int)strlen(mark)), on + strlen(mark));
		ck_assert_uint_lt(len, sizeof(out));
	}
	out[len] = '\0';
	return out;
}

/* The system calls of a shell command on the file, which is its $0. */
static const char *traced_shell(const char *script)
{
	struct run *run = RUN(built("bundletrace"), "-f", "-e",
		"trace=read,pread64,lseek,write,mmap,fadvise64,openat,close", "--", "bash", "-c", script,
		path);
	code_is(run, 0);
	return lines_on_file(run);
}

static void has_line(const char *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void has_line(const char *lines, const char *format, ...)
{
	char line[512];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	ck_assert_msg(strstr(lines, line) != NULL, "no \"%s\" in:\n%s", line, lines);
}

/* dd reads `count` blocks of `bytes` from `skip` on (a seek, then reads). */
static const char *traced_dd(unsigned bytes, unsigned count, unsigned skip)
{
	char script[256];
	snprintf(script, sizeof(script),
		"dd if=\"$0\" of=/dev/null status=none bs=%u count=%u skip=%u iflag=skip_bytes", bytes, count,
		skip);
	return traced_shell(script);
}

START_TEST(gguf)
{
	unsigned data = (unsigned)put_gguf(&made, 3);
	write_made("tiny"); /* the format is recognized by the content, not by the name */
	const char *lines = traced_dd(64, 9, data);
	has_line(lines, "lseek(0, %u, SEEK_CUR) = %u [token_embd.weight+0]\n", data, data);
	has_line(lines, "read(0, ..., 64) = 64 [token_embd.weight+0]\n");
	has_line(lines, "read(0, ..., 64) = 64 [token_embd.weight+192]\n");
	has_line(lines, "read(0, ..., 64) = 64 [blk.0.attn_q.weight+0]\n");
	has_line(lines, "read(0, ..., 64) = 64 [blk.0.attn_q.weight+64]\n");
	has_line(lines, "read(0, ..., 64) = 64 [blk.0.attn_k.weight+64]\n");
	has_line(lines, "read(0, ..., 64) = 64 [output.weight+0]\n");
	lines = traced_dd(300, 1, data + 200);
	has_line(lines, "read(0, ..., 300) = 300 [token_embd.weight..blk.0.attn_k.weight]\n");
	lines = traced_dd(20, 1, data + 330);
	has_line(lines, "read(0, ..., 20) = 20\n"); /* padding */
	lines = traced_shell("cat \"$0\" > /dev/null");
	has_line(lines, ") = %zu [header..output.weight]\n", made.len);
}
END_TEST

START_TEST(safetensors)
{
	unsigned data = (unsigned)put_safetensors(&made);
	write_made("tiny.safetensors");
	const char *lines = traced_dd(16, 6, data);
	has_line(lines, "read(0, ..., 16) = 16 [wte+0]\n");
	has_line(lines, "read(0, ..., 16) = 16 [h.0.\\\"q\\\"+0]\n");
	has_line(lines, "read(0, ..., 16) = 16 [h.0.\\\"q\\\"+16]\n");
	has_line(lines, "read(0, ..., 16) = 16\n");
	has_line(lines, "read(0, ..., 16) = 16 [lm_head+0]\n");
	has_line(lines, "read(0, ..., 16) = 16 [lm_head+16]\n");
	lines = traced_dd(8, 1, 0);
	has_line(lines, "read(0, ..., 8) = 8 [header]\n");
	lines = traced_dd(90, 1, data + 4);
	has_line(lines, "read(0, ..., 90) = 90 [wte..lm_head]\n");
}
END_TEST

START_TEST(other_calls)
{
	unsigned data = (unsigned)put_gguf(&made, 2);
	char script[1024];
	write_made("tiny.gguf");
	snprintf(script, sizeof(script),
		"exec python3 -c 'import os, mmap, sys\n"
		"fd = os.open(sys.argv[1], os.O_RDWR)\n"
		"os.pread(fd, 10, %u)\n"
		"os.posix_fadvise(fd, %u, 100, os.POSIX_FADV_WILLNEED)\n"
		"mmap.mmap(fd, 0)\n"
		"os.lseek(fd, %u, 0)\n"
		"os.write(fd, b\"12345678\")\n"
		"os.pread(fd, 10, 1 << 40)\n"
		"' \"$0\"",
		data + 5, data + 250, data + 520);
	const char *lines = traced_shell(script);
	has_line(lines, "pread64(3, ..., 10, %u) = 10 [token_embd.weight+5]\n", data + 5);
	has_line(lines,
		"fadvise64(3, %u, 100, POSIX_FADV_WILLNEED) = 0 [token_embd.weight..blk.0.attn_q.weight]\n",
		data + 250);
	has_line(lines, "lseek(3, %u, SEEK_SET) = %u [output.weight+8]\n", data + 520, data + 520);
	has_line(lines, "write(3, ..., 8) = 8 [output.weight+8]\n");
	has_line(lines, "pread64(3, ..., 10, 1099511627776) = 0\n");
	ck_assert_ptr_nonnull(strstr(lines, "mmap("));
	ck_assert_ptr_nonnull(strstr(strstr(lines, "mmap("), " [header..output.weight]\n"));
}
END_TEST

START_TEST(bundle_that_stays)
{
	path = scratch("demo.apbundle");
	struct run *run = RUN(built("bundletrace"), "-T", "-e", "trace=read,lseek", "--",
		built("bundle_demo"), "--keep", path);
	code_is(run, 0);
	const char *lines = lines_on_file(run);
	has_line(lines, "read(3, ..., 20) = 20 [manifest] <0.");
	has_line(lines, "read(3, ..., 104) = 104 [manifest] <0.");
	has_line(lines, "lseek(3, 124, SEEK_SET) = 124 [encoder+0] <0.");
	has_line(lines, "read(3, ..., 500) = 500 [encoder+0] <0.");
	has_line(lines, "read(3, ..., 500) = 500 [decoder+0] <0.");
	has_line(lines, "read(3, ..., 300) = 300 [classifier+0] <0.");
}
END_TEST

/* The bundle is deleted before it can be read: its loads are named by the loader's own events. */
START_TEST(bundle_that_is_gone)
{
	static const char *const names[] = { "encoder", "decoder", "classifier" };
	path = scratch("demo.apbundle");
	struct traced t = TRACE(built("bundle_demo"), path);
	code_is(t.run, 0);
	ck_assert_int_ne(access(path, F_OK), 0);
	const cJSON *event;
	int reads = 0;
	cJSON_ArrayForEach(event, t.events)
	{
		if (!is_call(event, "read") || !file_path(event) || strcmp(file_path(event), path) != 0 ||
			num(event, "file.offset") <= 124)
			continue;
		ck_assert_int_lt(reads, 3);
		ck_assert_str_eq(str(event, "region.first"), names[reads++]);
		ck_assert_int_eq(num(event, "region.first_offset"), 0);
		ck_assert(!has(get(event, "region"), "last"));
	}
	ck_assert_int_eq(reads, 3);
}
END_TEST

/* The same from a recording, which may be read on another machine. */
START_TEST(bundle_of_a_recording)
{
	path = scratch("demo.apbundle");
	const char *recording = scratch("run.btrace");
	code_is(RUN(built("bundletrace"), "-o", recording, "--", built("bundle_demo"), path), 0);
	struct run *run = RUN(built("bundletrace"), "--read", recording);
	code_is(run, 0);
	ck_assert_msg(strstr(run->out, ") = 500 [encoder+0]") != NULL, "%s", run->out);
	ck_assert_ptr_nonnull(strstr(run->out, ") = 300 [classifier+0]"));
}
END_TEST

START_TEST(json)
{
	unsigned data = (unsigned)put_safetensors(&made);
	char skip[32], in[512];
	write_made("tiny.safetensors");
	snprintf(skip, sizeof(skip), "skip=%u", data + 20);
	snprintf(in, sizeof(in), "if=%s", path);
	struct traced t =
		TRACE("dd", in, "of=/dev/null", "status=none", "bs=60", "count=1", skip, "iflag=skip_bytes");
	code_is(t.run, 0);
	trace_is_whole(&t);
	const cJSON *event, *found = NULL;
	cJSON_ArrayForEach(event, t.events) if (is_call(event, "read") && num(event, "result") == 60) found =
		event;
	ck_assert_ptr_nonnull(found);
	ck_assert_str_eq(str(found, "region.first"), "h.0.\"q\"");
	ck_assert_int_eq(num(found, "region.first_offset"), 4);
	ck_assert_str_eq(str(found, "region.last"), "lm_head");
}
END_TEST

/* Open, but unlinked: the process's own descriptor leads to it, as long as the process lives. */
START_TEST(unlinked_file)
{
	put_gguf(&made, 3);
	write_made("tiny.gguf");
	const char *lines =
		traced_shell("exec 3< \"$0\"; rm \"$0\"; read -r -u 3 -N 4 x; sleep 1; [ \"$x\" = GGUF ]");
	has_line(lines, "read(3(deleted), ...");
	ck_assert_ptr_nonnull(strstr(lines, " [header"));
}
END_TEST

/* Another file under the same path, after the read: its names are not those of the file that was read. */
START_TEST(replaced_file)
{
	put_safetensors(&made);
	write_made("other");
	text_clear(&made);
	put_zeros(&made, 4096);
	write_made("tiny.gguf");
	struct run *run = RUN(built("bundletrace"), "-f", "-e", "trace=read", "--", "bash", "-c",
		"cat \"$0\" > /dev/null; mv \"$1\" \"$0\"", path, scratch("other"));
	code_is(run, 0);
	const char *lines = lines_on_file(run);
	has_line(lines, ") = 4096\n");
	ck_assert_msg(strstr(lines, " [") == NULL, "%s", lines);
}
END_TEST

/* A file that becomes a model file while it is being traced. */
START_TEST(file_made_while_traced)
{
	put_gguf(&made, 3);
	write_made("source");
	path = scratch("copy");
	struct run *run = RUN(built("bundletrace"), "-f", "-e", "trace=read,write,openat", "--", "bash", "-c",
		"echo not a model > \"$1\"; read x < \"$1\"; sleep 0.5; cat \"$0\" > \"$1\"; sleep 0.5; cat \"$1\" > /dev/null",
		scratch("source"), path);
	code_is(run, 0);
	const char *lines = lines_on_file(run);
	has_line(lines, ") = 12\n");
	has_line(lines, ") = %zu [header..output.weight]\n", made.len);
}
END_TEST

/* Damaged and false headers: the reads are shown without names. */
START_TEST(lying_file)
{
	put_gguf_head(&made, 3, UINT64_MAX, UINT64_MAX);
	put_string(&made, "general.alignment");
	put_zeros(&made, 9000);
	write_made("liar.gguf");
	const char *lines = traced_dd(9000, 1, 0);
	has_line(lines, "read(0, ..., 9000) = 9000\n");
	text_clear(&made);
	put_gguf_head(&made, 3, 1, 0);
	put_gguf_tensor(&made, "\033[31m\nread(9) = 1", 4, 1, 0, 0);
	put_zeros(&made, 200);
	write_made("names.gguf");
	lines = traced_dd(200, 1, 0);
	has_line(lines, "read(0, ..., 200) = 200 [header..\\33[31m\\nread(9) = 1]\n");
}
END_TEST

/* Aligned models, and compressed ones whose ranges in the file are shorter than the models. */
START_TEST(bundle_of_another_kind)
{
	static const char *const kinds[] = { "--checksum", "--compress" };
	char one[256], two[256];
	path = scratch("kind.apbundle");
	snprintf(one, sizeof(one), "one=%s", scratch("one"));
	snprintf(two, sizeof(two), "two=%s", scratch("two"));
	code_is(RUN("truncate", "-s", "300000", scratch("one")), 0);
	code_is(RUN("truncate", "-s", "50000", scratch("two")), 0);
	code_is(RUN(built("bundlectl"), "create", kinds[_i], path, one, two), 0);
	for (int i = 0; i < 2; i++) {
		struct run *run = RUN(built("bundletrace"), "-e", "trace=pread64", "--", built("bundlectl"),
			"extract", path, i ? "two" : "one", "-o", "/dev/null");
		code_is(run, 0);
		const char *lines = lines_on_file(run);
		has_line(lines, i ? "[two+0]\n" : "[one+0]\n");
		ck_assert_ptr_null(strstr(lines, i ? "[one+" : "[two+"));
	}
}
END_TEST

/* overlayfs, as in containers: stat() does not return the identity that the kernel side sees. */
START_TEST(file_in_a_container)
{
	unsigned data = (unsigned)put_gguf(&made, 3);
	const char *way = run_propagation();
	char script[2048];
	write_made("tiny.gguf");
	snprintf(script, sizeof(script),
		"set -e; d=$(dirname \"$0\"); mkdir $d/o; mount -t tmpfs t $d/o; mkdir $d/o/l $d/o/u $d/o/w $d/m\n"
		"cp \"$0\" $d/o/l/; mount -t overlay -o lowerdir=$d/o/l,upperdir=$d/o/u,workdir=$d/o/w o $d/m\n"
		"exec %s -e trace=read -- dd if=$d/m/tiny.gguf of=/dev/null status=none bs=64 count=1 skip=%u iflag=skip_bytes",
		built("bundletrace"), data);
	struct run *run = RUN("unshare", "--mount", "--propagation", way, "bash", "-c", script, path);
	code_is(run, 0);
	ck_assert_msg(strstr(run->err, "64) = 64 [token_embd.weight+0]\n") != NULL, "%s", run->err);
	/* and from outside: the tracer has none of these mounts */
	snprintf(script, sizeof(script),
		"exec %s -f -e trace=read -- unshare --mount --propagation %s bash -c 'set -e; d=$(dirname \"$0\"); mkdir $d/v; "
		"mount -t tmpfs t $d/v; cp \"$0\" $d/v/; exec 3< $d/v/tiny.gguf; read -r -N 4 x <&3; sleep 1' \"$0\"",
		built("bundletrace"), way);
	run = RUN("bash", "-c", script, path);
	code_is(run, 0);
	ck_assert_msg(strstr(run->err, "/v/tiny.gguf>, ...") != NULL, "%s", run->err);
	ck_assert_msg(strstr(strstr(run->err, "/v/tiny.gguf>, ..."), " [header") != NULL, "%s", run->err);
}
END_TEST

/* Calls on addresses are calls on the file mapped there: after parts were unmapped and moved, and in a
 * child. */
START_TEST(through_a_mapping)
{
	char one[256], two[256], bytes[32];
	size_t len;
	const char *bundle = scratch("m.apbundle"), *target = built("tests/targets/mapped");
	snprintf(one, sizeof(one), "one=%s", scratch("one"));
	snprintf(two, sizeof(two), "two=%s", scratch("two"));
	code_is(RUN("truncate", "-s", "8192", scratch("one")), 0);
	code_is(RUN("truncate", "-s", "16384", scratch("two")), 0);
	code_is(RUN(built("bundlectl"), "create", bundle, one, two), 0);
	file_text(bundle, &len);
	snprintf(bytes, sizeof(bytes), "%zu", len);
	struct run *run = RUN(built("bundletrace"), "-f", "-e",
		"trace=mmap,munmap,mremap,madvise,mincore,mlock,msync", "--", target, bundle, bytes, "8192");
	code_is(run, 0);
	has_line(run->err, ", 8192, MADV_SEQUENTIAL) = 0 [manifest..one]\n");
	has_line(run->err, ", %zu, MADV_WILLNEED) = 0 [one..two]\n", len - 8192);
	has_line(run->err, "MS_ASYNC) = 0 [one..two]\n");
	has_line(run->err, ", 4096, MADV_RANDOM) = 0 [one..two]\n");
	has_line(run->err, ", 8192) = 0 [manifest..one]\n");
	has_line(run->err, ", 4096, MADV_NORMAL) = 0 [one..two]\n");
	has_line(run->err, ", 4096, MADV_DONTNEED) = 0 [one..two]\n");
	has_line(run->err, ", 4096, MADV_DONTNEED) = -1 ENOMEM (Cannot allocate memory)\n");
	has_line(run->err, ", 4096, MADV_WILLNEED) = 0\n");
}
END_TEST

/* The process mapped it before it was traced. */
START_TEST(mapped_before_the_trace)
{
	unsigned data = (unsigned)put_gguf(&made, 3);
	write_made("model.gguf");
	char pid[16];
	const char *const argv[] = { "python3", "-c",
		"import mmap, sys, time\n"
		"f = open(sys.argv[1], 'r+b'); m = mmap.mmap(f.fileno(), 0)\n"
		"print('mapped', flush=True)\n"
		"for i in range(40): time.sleep(0.1); m.madvise(mmap.MADV_WILLNEED)\n",
		path, NULL };
	struct run *loader = run_start(&(struct run_spec){ .argv = argv });
	run_await(loader, "mapped");
	snprintf(pid, sizeof(pid), "%d", (int)loader->pid);
	struct run *run = RUN(built("bundletrace"), "-e", "trace=madvise", "-d", "1", "-p", pid);
	code_is(run, 0);
	ck_assert_uint_gt(data, 0);
	has_line(run->err, "MADV_WILLNEED) = 0 [header..output.weight]\n");
}
END_TEST

Suite *system_places_suite(void)
{
	Suite *suite = suite_create("system_places");
	TCase *tc = tcase_create("places");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, clean);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, gguf);
	tcase_add_test(tc, through_a_mapping);
	tcase_add_test(tc, mapped_before_the_trace);
	tcase_add_test(tc, safetensors);
	tcase_add_test(tc, other_calls);
	tcase_add_test(tc, bundle_that_stays);
	tcase_add_loop_test(tc, bundle_of_another_kind, 0, 2);
	tcase_add_test(tc, bundle_that_is_gone);
	tcase_add_test(tc, bundle_of_a_recording);
	tcase_add_test(tc, json);
	tcase_add_test(tc, unlinked_file);
	tcase_add_test(tc, replaced_file);
	tcase_add_test(tc, file_made_while_traced);
	tcase_add_test(tc, lying_file);
	tcase_add_test(tc, file_in_a_container);
	suite_add_tcase(suite, tc);
	return suite;
}
