/* SPDX-License-Identifier: BSD-2-Clause */
/* Odd model files and folders: imported and made again byte for byte, or refused with the reason; and damage that no
 * output hides. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/bundlectl/commands.h"
#include "user/modelfile/header.h"
#include "extended_files.h"
#include "model_files.h"

static struct text made;

static void clean(void)
{
	text_free(&made);
	scratch_remove();
}

/* Writes what was made to a file. */
static const char *keep(const char *name)
{
	const char *path = scratch_file("%s", name);
	ck_assert(!made.failed);
	spill(path, made.data, made.len);
	text_free(&made);
	return path;
}

/* Imported by tensor and by layer, plain and compressed, and to a pipe and a file. */
static void comes_back(const char *in)
{
	static const char *const ways[] = { "", "--layers", "--compress", "--layers --compress --dedup" };
	char script[512];
	const char *name = strrchr(in, '/') + 1, *ending = strrchr(in, '.') + 1;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		snprintf(script, sizeof(script),
			"$B import %s k %s && $B verify k && $B export k back.%s && cmp back.%s %s && $B export k - | cmp - %s; s=$?; rm -f k; exit $s",
			ways[i], name, ending, ending, name, name);
		SHELL(0, "whole", script);
	}
}

static void is_refused(const char *in, const char *why)
{
	char script[512];
	snprintf(script, sizeof(script), "$B import k %s", strrchr(in, '/') + 1);
	SHELL(1, why, script);
	ck_assert_int_ne(access(scratch_file("k"), F_OK), 0);
}

/* --- GGUF --- */

/* As converters write a vocabulary alone: nothing behind the header, not even padding. */
START_TEST(gguf_without_padding)
{
	for (unsigned pairs = 0; pairs < 2; pairs++) {
		put_gguf_head(&made, 3, pairs, pairs);
		if (pairs) {
			put_string(&made, "general.name");
			put_number(&made, 8, 4);
			put_string(&made, "abc");
			put_gguf_tensor(&made, "none", 0, 1, 0, 0); /* without bytes */
		}
		ck_assert_uint_ne(made.len % 32, 0);
		comes_back(keep("v.gguf"));
	}
	size_t data = put_gguf(&made, 3);
	made.len = data + 512 + 64; /* the last tensor's end */
	comes_back(keep("v.gguf"));
	put_gguf(&made, 3);
	made.len = data + 512 + 63;
	is_refused(keep("v.gguf"), "tensor 'output.weight' passes its end");
}
END_TEST

static void put_big(uint64_t v, unsigned bytes)
{
	while (bytes-- > 0)
		text_char(&made, (char)(v >> bytes * 8));
}

static void put_big_string(const char *s)
{
	put_big(strlen(s), 8);
	text_str(&made, s);
}

START_TEST(gguf_of_the_other_byte_order)
{
	text_str(&made, "GGUF");
	put_big(3, 4);
	put_big(1, 8);
	put_big(1, 8);
	put_big_string("general.alignment");
	put_big(4, 4);
	put_big(64, 4);
	put_big_string("blk.0.w");
	put_big(1, 4);
	put_big(5, 8);
	put_big(0, 4);
	put_big(0, 8);
	put_zeros(&made, (made.len + 63) / 64 * 64);
	text_add(&made, "12345678901234567890", 20);
	comes_back(keep("b.gguf"));
	SHELL(0, "12345678901234567890", "$B import k b.gguf; $B extract k blk.0.w -o -");
}
END_TEST

START_TEST(gguf_versions)
{
	static const struct {
		uint32_t version;
		const char *why;
	} cases[] = { { 1, "GGUF version 1" }, { 4, "a version of GGUF that is not known" },
		{ 1u << 24, "GGUF version 1" }, { 0, "no whole safetensors or GGUF file" } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_gguf(&made, cases[i].version);
		is_refused(keep("v.gguf"), cases[i].why);
	}
}
END_TEST

/* Bytes of two tensors could be given back only to one of them. */
START_TEST(gguf_tensors_that_share_bytes)
{
	static const uint64_t second[] = { 0, 16, 31 };
	for (size_t i = 0; i < sizeof(second) / sizeof(*second); i++) {
		put_gguf_head(&made, 3, 2, 0);
		put_gguf_tensor(&made, "one", 8, 1, 0, 0); /* 32 bytes */
		put_gguf_tensor(&made, "other", 4, 1, 0, second[i]);
		put_zeros(&made, (made.len + 31) / 32 * 32 + 64);
		is_refused(keep("v.gguf"), "its tensors 'one' and 'other' share bytes");
	}
	put_gguf_head(&made, 3, 1, 0);
	put_gguf_tensor(&made, "far", 4, 1, 0, UINT64_MAX - 2);
	put_zeros(&made, made.len + 64);
	is_refused(keep("v.gguf"), "tensor 'far' passes its end");
	put_gguf_head(&made, 3, 1, 0);
	put_gguf_tensor(&made, "unknown", 4, 1, 200, 4096);
	put_zeros(&made, made.len + 64);
	is_refused(keep("v.gguf"), "tensor 'unknown' passes its end");
}
END_TEST

START_TEST(gguf_names)
{
	put_gguf_head(&made, 3, 1, 0);
	put_number(&made, 3, 8);
	text_add(&made, "a\0b", 3);
	put_number(&made, 1, 4);
	put_number(&made, 4, 8);
	put_number(&made, 0, 4);
	put_number(&made, 0, 8);
	put_zeros(&made, (made.len + 31) / 32 * 32 + 16);
	is_refused(keep("v.gguf"), "'a\\0b' has a zero byte");
	put_gguf_head(&made, 3, 4, 0);
	put_gguf_tensor(&made, "", 1, 1, 0, 0);
	put_gguf_tensor(&made, ".header", 1, 1, 0, 32);
	put_gguf_tensor(&made, ".header.1", 1, 1, 0, 64);
	put_gguf_tensor(&made, ".gaps", 1, 1, 0, 96);
	size_t data = (made.len + 31) / 32 * 32;
	put_zeros(&made, data + 128);
	for (size_t i = data; i < made.len; i++)
		made.data[i] = (char)(i * 3 + 1); /* the padding too */
	comes_back(keep("n.gguf"));
}
END_TEST

/* --- safetensors --- */

static const char *put_json(const char *json, const char *data)
{
	put_safetensors_json(&made, json);
	text_str(&made, data);
	return keep("t.safetensors");
}

START_TEST(safetensors_that_are_odd)
{
#define T(name, from, to) "\"" name "\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[" #from "," #to "]}"
	comes_back(put_json("{" T(".header", 0, 4) "," T("x", 4, 8) "}", "abcdefgh"));
	comes_back(put_json("{" T(".gaps", 1, 4) "," T(".header", 5, 8) "}", "abcdefghij"));
	comes_back(put_json("{" T("h.0.a", 0, 2) "," T("h.1.a", 2, 4) "," T("h.0", 4, 6) "}", "abcdefgh"));
	comes_back(put_json("{}", ""));
	is_refused(put_json("{}this is no JSON", "abcd"), "text follows the JSON of its header");
	is_refused(put_json("{" T("a", 0, 4) "}x", "abcd"), "text follows the JSON of its header");
	is_refused(put_json("{" T("a", 0, 4) ",}", "abcd"), "its header is not JSON");
	is_refused(put_json("{" T("a\\u0000b", 0, 4) "}", "abcd"), "a tensor's name has a zero byte");
	is_refused(put_json("{" T("a", 0, 4) "," T("b", 0, 4) "}", "abcd"), "'a' and 'b' share bytes");
	is_refused(put_json("{" T("a", 2, 4) "," T("b", 0, 3) "}", "abcd"), "'b' and 'a' share bytes");
	is_refused(put_json("{" T("a", 0, 5) "}", "abcd"), "tensor 'a' passes its end");
	is_refused(put_json("{" T("a", 0, 2) "," T("a", 2, 4) "}", "abcd"), "two models are called 'a'");
	is_refused(put_json("{" T("a", 2, 1) "}", "abcd"), "no good data_offsets");
	comes_back(put_json("{" T("a\\\\u0000b", 0, 4) "}", "abcd"));
#undef T
}
END_TEST

static void put_many(char c, size_t count)
{
	ck_assert(text_room(&made, count));
	memset(made.data + made.len, c, count);
	made.len += count;
}

/* One tensor of four bytes, and text of that length in its name, in its entry or in the metadata. */
static const char *put_long(const char *before, char c, size_t count, const char *behind)
{
	put_number(&made, strlen(before) + count + strlen(behind), 8);
	text_str(&made, before);
	put_many(c, count);
	text_str(&made, behind);
	text_str(&made, "abcd");
	return keep("l.safetensors");
}

#define TENSOR "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}"

/* Up to the 100,000,000 bytes that the format permits, and one more. */
START_TEST(safetensors_with_long_headers)
{
	static const char before[] = "{\"__metadata__\":{\"k\":\"", behind[] = "\"},\"a\":" TENSOR "}";
	size_t rest = 100000000 - strlen(before) - strlen(behind);
	put_long("{\"", 'n', 9000, "\":" TENSOR "}");
	comes_back(
		put_long("{\"a\":{\"dtype\":\"U8\",", ' ', 9000, "\"shape\":[4],\"data_offsets\":[0,4]}}"));
	is_refused(put_long("{\"", 'n', 1 << 20, "\":" TENSOR "}"), "longer than 1048576 bytes");
	put_long(before, 'x', rest, behind);
	SHELL(0, "",
		"$B import k l.safetensors && $B export k back.safetensors && cmp back.safetensors l.safetensors; rm k");
	is_refused(put_long(before, 'x', rest + 1, behind), "its header is longer than 100000000 bytes");
}
END_TEST

/* --- folders --- */

START_TEST(folders_with_links)
{
	SHELL(0, "",
		"mkdir -p m/blobs m/snap/sub; echo 1 > m/blobs/x; echo 22 > m/blobs/y; ln -s ../blobs/x m/snap/config; "
		"ln -s ../../blobs/y m/snap/sub/model; ln -s ../snap m/snap/round; ln -s nowhere m/snap/broken; mkfifo m/snap/pipe");
	SHELL(1, "m/snap: nothing to import: all of it is left out", "$B import k m/snap");
	SHELL(0, "m/snap/config: left out: a symbolic link (--follow takes what it leads to)",
		"$B import k m");
	SHELL(0, "2 models, 5 bytes", "$B list k");
	SHELL(0, "m/snap/pipe: left out: not a regular file", "$B import --follow k m/snap");
	SHELL(0, "m/snap/round: left out: a link to a folder that it is in", "$B import -L k m/snap");
	SHELL(0, "m/snap/broken: left out: a link that leads nowhere", "$B import -L k m/snap");
	SHELL(0, "2 models, 5 bytes", "$B list k");
	SHELL(0, "",
		"$B export k d && [ \"$(find d -type f | sort | xargs)\" = 'd/config d/sub/model' ] && cmp d/sub/model m/blobs/y");
	SHELL(2, "--follow is for folders", "$B import -L k2 m/blobs/x");
	SHELL(0, "2 models, 5 bytes", "ln -s m/snap link; $B import -L k link/ 2>/dev/null; $B list k");
}
END_TEST

/* The output does not become a part of itself, by whatever name it is found. */
START_TEST(a_folder_with_the_output)
{
	SHELL(0, "", "mkdir g; echo 1 > g/a; $B import -t5 g/out g && ln g/out g/sub; cp g/out keep");
	SHELL(0, "g/out: left out: it is the output", "$B import -t5 g/out g/");
	SHELL(0, "1 models", "rm -f g/sub; $B import -t5 g/out g; $B list g/out; cmp g/out keep");
	SHELL(0, "",
		"mkdir e; $B import -t5 k e && $B export k back && [ -d back ] && [ -z \"$(ls -A back)\" ]");
}
END_TEST

/* Names that cannot be paths, that need each other's place, and that are too long for one file name. */
START_TEST(names_as_folders)
{
	SHELL(0, "",
		"echo 1 > x; p=$(printf 'p%.0s' $(seq 90)); mkdir -p f/$p/$p/$p/.dot; echo z > f/$p/$p/$p/.dot/leaf; echo y > f/$p/%41; "
		"$B import -t5 l f && $B extract l --all d && cmp d/$p/$p/$p/%2Edot/leaf f/$p/$p/$p/.dot/leaf && "
		"$B import -t5 again d && cmp again l");
	SHELL(0, "",
		"$B create -t5 k a=x a/b=x a/b/c=x /abs=x x//y=x z/=x .=x ..=x ./q=x u/../v=x w/.=x %2F=x c/d=x && $B export k o && "
		"(cd o; find . -type f | sort | xargs) > got; echo ./%252F ./%2E ./%2E%2Fq ./%2E. ./%2Fabs ./a ./a%2Fb ./a%2Fb%2Fc ./c/d "
		"./u%2F..%2Fv ./w%2F. ./x%2F%2Fy ./z%2F | tr ' ' '\\n' | sort | xargs | cmp - got && $B import -t5 k2 o && "
		"$B list k2 | sort > 1; $B list k | sort > 2; [ $(wc -l < 1) = 15 ] && [ $(wc -l < 2) = 15 ]");
}
END_TEST

/* Only a bundle that was imported has the header of a file in it. */
START_TEST(a_model_called_header)
{
	SHELL(0, "abc",
		"printf abc > a; $B create k .header=a .gaps=a && $B export k x.safetensors && $B import l x.safetensors && "
		"$B extract l .gaps -o - | cmp - a && $B extract l .header -o - && $B list l | grep -q .header.1");
	SHELL(2, "a folder cannot be written to stdout", "$B export -F folder k -");
}
END_TEST

START_TEST(create_of_what_has_no_size)
{
	SHELL(2, "no model given", "$B create k");
	SHELL(1, "/proc/cpuinfo: has bytes, although its size is 0", "$B create k a=/proc/cpuinfo");
	SHELL(0, "", ": > e; $B create k a=e && $B extract k a -o - | cmp - e");
	SHELL(1, "left out", "mkdir q; ln -s /proc/cpuinfo q/c; $B import k q");
	SHELL(1, "q/c: has bytes, although its size is 0", "$B import -L k q");
	/* a size of 4096, and fewer bytes */
	SHELL(1, "its size changed while it was read",
		"$B create k a=/sys/kernel/mm/transparent_hugepage/enabled || $B create k a=/sys/kernel/uevent_seqnum");
}
END_TEST

/* --- damage --- */

/* Removes the files in a folder, and it; returns whether each was as it is in another folder. */
static bool remove_same(const char *folder, const char *as)
{
	bool same = true;
	DIR *dir = opendir(folder);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		char a[4200], b[4200];
		snprintf(a, sizeof(a), "%s/%s", folder, e->d_name);
		snprintf(b, sizeof(b), "%s/%s", as, e->d_name);
		if (e->d_type != DT_REG)
			continue;
		same = same && access(b, F_OK) == 0 && same_file(a, b);
		unlink(a);
	}
	closedir(dir);
	rmdir(folder);
	return same;
}

/* Any byte changed: an output is what it would be without the change, or there is a failure and no output. */
START_TEST(every_byte_of_a_bundle)
{
	size_t size, failed = 0;
	int status, data = (int)put_safetensors(&made);
	for (size_t i = 0; i < SAFETENSORS_DATA_BYTES; i++)
		made.data[(size_t)data + i] = (char)(i + 1);
	keep("x.safetensors");
	SHELL(0, "",
		_i == 0   ? "$B import --align=1 k x.safetensors"
		: _i == 1 ? "$B import --layers --compress k x.safetensors"
			  : "$B import --layers k x.safetensors");
	SHELL(0, "", "$B extract k --all want");
	const char *path = scratch_file("k"), *all = scratch_file("all"), *want = scratch_file("want"),
		   *in = scratch_file("x.safetensors"), *out = scratch_file("y.safetensors");
	char *file = slurp(path, &size);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	for (size_t at = 0; at<size; at += at> 1500 && _i == 2 ? 97 : 1) {
		char wrong = (char)(file[at] ^ (1 << at % 8));
		ck_assert_int_eq(pwrite(fd, &wrong, 1, (off_t)at), 1);
		const char *got =
			run_here(&status, extract_main, "extract", path, "--all", all, (char *)NULL);
		ck_assert_msg(status == 0 || *got, "byte %zu", at);
		ck_assert_msg(
			access(all, F_OK) != 0 || remove_same(all, want), "extract, byte %zu: %s", at, got);
		got = run_here(&status, export_main, "export", path, out, (char *)NULL);
		ck_assert_msg((status == 0) == (access(out, F_OK) == 0), "byte %zu: %s", at, got);
		ck_assert_msg(status != 0 || same_file(in, out), "export, byte %zu", at);
		failed += status != 0;
		unlink(out);
		ck_assert_int_eq(pwrite(fd, &file[at], 1, (off_t)at), 1);
	}
	ck_assert_uint_gt(failed, 300);
	close(fd);
	free(file);
}
END_TEST

Suite *imports_suite(void)
{
	Suite *suite = suite_create("imports");
	TCase *tc = tcase_create("imports");
	tcase_set_timeout(tc, 240);
	tcase_add_checked_fixture(tc, NULL, clean);
	tcase_add_test(tc, gguf_without_padding);
	tcase_add_test(tc, gguf_of_the_other_byte_order);
	tcase_add_test(tc, gguf_versions);
	tcase_add_test(tc, gguf_tensors_that_share_bytes);
	tcase_add_test(tc, gguf_names);
	tcase_add_test(tc, safetensors_that_are_odd);
	tcase_add_test(tc, safetensors_with_long_headers);
	tcase_add_test(tc, folders_with_links);
	tcase_add_test(tc, a_folder_with_the_output);
	tcase_add_test(tc, names_as_folders);
	tcase_add_test(tc, a_model_called_header);
	tcase_add_test(tc, create_of_what_has_no_size);
	tcase_add_loop_test(tc, every_byte_of_a_bundle, 0, 3);
	suite_add_tcase(suite, tc);
	return suite;
}
