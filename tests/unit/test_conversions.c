/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl beyond the original format: create with options, verify, convert, import and export. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/bundlectl/commands.h"
#include "user/packing/tensors.h"
#include "extended_files.h"
#include "model_files.h"
#include "original.h"

#define FAILS(status, text, ...) WANT(status, text, "bundlectl", __VA_ARGS__)
#define SAYS(text, ...)          WANT(0, text, "bundlectl", __VA_ARGS__)
#define DOES(...)                WANT(0, "", "bundlectl", __VA_ARGS__)

static struct text made;

static void clean(void)
{
	text_free(&made);
	scratch_remove();
}

static char *named(const char *name, const char *file)
{
	static char buffers[8][4200];
	static unsigned next;
	char *buffer = buffers[next++ % 8];
	snprintf(buffer, sizeof(buffers[0]), "%s=%s", name, scratch_file("%s", file));
	return buffer;
}

/* Files a (100,000 bytes that shrink), b (300), c (same as a), e (empty). */
static void make_inputs(void)
{
	static char a[100000];
	fill_one(a, sizeof(a));
	spill(scratch_file("a"), a, sizeof(a));
	spill(scratch_file("b"), a + 5000, 300);
	spill(scratch_file("c"), a, sizeof(a));
	spill(scratch_file("e"), "", 0);
}

#define INPUTS named("a", "a"), named("b", "b"), named("c", "c"), named("e", "e")

static cJSON *list(const char *path)
{
	int status;
	char *text = run_built(&status, "bundlectl", "list", "--json", path, (char *)NULL);
	cJSON *json = cJSON_Parse(text);
	ck_assert_msg(status == 0 && json, "%s", text);
	free(text);
	return json;
}

static const cJSON *model_of(const cJSON *json, int i)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItem(json, "models"), i);
}

START_TEST(create_with_all_options)
{
	const char *out = scratch_file("x");
	make_inputs();
	DOES("create", "--align=64K", "--checksum", "--meta", "version=1.0", "--meta",
		"empty=", "--component", "both=a,%62", out, INPUTS);
	cJSON *json = list(out);
	ck_assert_str_eq(json_text(json, "kind"), "plain");
	ck_assert_uint_eq(json_number(json, "extension"), 1);
	ck_assert_str_eq(json_text(cJSON_GetObjectItem(json, "metadata"), "version"), "1.0");
	ck_assert_str_eq(json_text(cJSON_GetObjectItem(json, "metadata"), "empty"), "");
	const cJSON *component = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "components"), 0);
	ck_assert_str_eq(json_text(component, "name"), "both");
	ck_assert_str_eq(cJSON_GetArrayItem(cJSON_GetObjectItem(component, "models"), 1)->valuestring, "b");
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(json_number(model_of(json, i), "offset") % 65536, 0);
		ck_assert_uint_eq(json_number(model_of(json, i), "alignment"), 65536);
		ck_assert_uint_eq(strlen(json_text(model_of(json, i), "xxh3")), 16);
	}
	cJSON_Delete(json);
	SAYS("component both: a, b\n", "list", out);
	SAYS("meta version=1.0\n", "list", out);
	size_t size;
	char *file = slurp(out, &size);
	ck_assert_int_eq(original_count(file, size), 4);
	free(file);
	/* each of these options aligns to 4 KiB by default; pages need no alignment */
	DOES("create", "--meta", "k=v", out, INPUTS);
	json = list(out);
	ck_assert_uint_eq(json_number(model_of(json, 1), "offset") % 4096, 0);
	cJSON_Delete(json);
	DOES("create", "--meta", "k=v", "--align=1", out, INPUTS);
	json = list(out);
	ck_assert_uint_eq(
		json_number(model_of(json, 1), "offset"), json_number(json, "data_offset") + 100000);
	cJSON_Delete(json);
	DOES("create", "--compress=9", out, INPUTS);
	json = list(out);
	ck_assert_str_eq(json_text(json, "kind"), "compressed");
	ck_assert_uint_lt(json_number(json, "file_size"), 150000);
	ck_assert_uint_eq(json_number(model_of(json, 0), "pages"), 2);
	cJSON_Delete(json);
	SAYS("compressed: pages of 65536 bytes", "list", out);
	DOES("extract", out, "a", "-o", scratch_file("back"));
	ck_assert(same_file(scratch_file("back"), scratch_file("a")));
}
END_TEST

START_TEST(options_that_make_no_sense)
{
	make_inputs();
	const char *out = scratch_file("x"), *in = named("a", "a");
	FAILS(2, "not a power of two", "create", "--align=3", out, in);
	FAILS(2, "not a power of two", "create", "--align=-4", out, in);
	FAILS(2, "not a power of two", "create", "--align=4T", out, in);
	FAILS(2, "not a power of two", "create", "--align=2048M", out, in);
	FAILS(2, "not a level", "create", "--compress=100", out, in);
	FAILS(2, "not a level", "create", "--compress=x", out, in);
	FAILS(2, "not KEY=VALUE", "create", "--meta", "k", out, in);
	FAILS(2, "not KEY=VALUE", "create", "--meta", "=v", out, in);
	FAILS(2, "not NAME=MODEL", "create", "--component", "c", out, in);
	FAILS(2, "no model 'x'", "create", "--component", "c=a,x", out, in);
	FAILS(1, "is there twice", "create", "--meta", "k=1", "--meta", "k=2", out, in);
	FAILS(2, "original format", "convert", "--plain", "--checksum", out, out);
	FAILS(2, "given", "convert", out);
	FAILS(2, "given", "import", out);
	FAILS(2, "given", "export", out);
	FAILS(2, "not folder", "export", "--format=zip", out, out);
	FAILS(1, "No such file", "import", out, scratch_file("missing"));
	FAILS(1, "no folder, and no whole", "import", out, scratch_file("a"));
	FAILS(2, "--layers is for", "import", "--layers", out, scratch_file("."));
	ck_assert_int_ne(access(out, F_OK), 0);
	DOES("create", out, in);
	FAILS(1, "was not imported from GGUF", "export", out, scratch_file("x.gguf"));
	FAILS(1, "convert takes bundles", "import", scratch_file("y"), out);
}
END_TEST

/* Every sequence of conversions gives the same bytes in the end. */
START_TEST(convert_between_kinds)
{
	make_inputs();
	const char *plain = scratch_file("p"), *aligned = scratch_file("x"), *packed = scratch_file("z"),
		   *back = scratch_file("back");
	DOES("create", "-t", "5", "-d", "text", plain, INPUTS);
	DOES("convert", plain, back);
	ck_assert(same_file(plain, back));
	DOES("convert", "--align", "--meta", "k=v", "--component", "c=b", plain, aligned);
	DOES("convert", "--compress", aligned, packed);
	SAYS("whole: 4 models", "verify", aligned);
	SAYS("whole: 4 models", "verify", packed);
	SAYS("meta k=v\n", "list", packed);
	SAYS("component c: b\n", "list", packed);
	DOES("convert", packed, back);
	ck_assert(same_file(aligned, back));
	DOES("convert", "--plain", packed, back);
	ck_assert(same_file(plain, back));
	/* onto itself; given options replace the earlier ones */
	DOES("convert", "--meta", "k=w", "--meta", "l=m", "-d", "other", packed, packed);
	SAYS("meta k=w\nmeta l=m\n", "list", packed);
	SAYS("description: other\n", "list", packed);
	/* damaged data does not get a new checksum */
	size_t size;
	char *file = slurp(aligned, &size);
	file[size - 200] ^= 1;
	spill(aligned, file, size);
	free(file);
	FAILS(1, "model 'c': damaged", "convert", aligned, back);
	FAILS(1, "model 'c': damaged", "verify", aligned);
	ck_assert(same_file(plain, back));
}
END_TEST

START_TEST(equal_models_once)
{
	static const char *const kinds[] = { "-t5", "--checksum", "--compress" };
	make_inputs();
	const char *out = scratch_file("d"), *again = scratch_file("again"), *whole = scratch_file("whole");
	DOES("create", "-t5", kinds[_i], "--dedup", out, INPUTS, named("b2", "b"));
	cJSON *json = list(out);
	ck_assert_uint_eq(json_number(model_of(json, 0), "offset"), json_number(model_of(json, 2), "offset"));
	ck_assert_uint_eq(json_number(model_of(json, 1), "offset"), json_number(model_of(json, 4), "offset"));
	ck_assert_uint_lt(json_number(json, "file_size"), 120000);
	ck_assert_uint_eq(json_number(json, "total_size"), 200600);
	cJSON_Delete(json);
	SAYS("whole: 5 models", "verify", out);
	DOES("extract", out, "c", "-o", scratch_file("back"));
	ck_assert(same_file(scratch_file("back"), scratch_file("c")));
	/* shared bytes stay shared; equal ones become shared on request */
	DOES("convert", out, again);
	if (_i < 2)
		ck_assert(same_file(out, again));
	DOES("create", "-t5", kinds[_i], whole, INPUTS, named("b2", "b"));
	if (_i < 2)
		DOES("convert", "--dedup", whole, again);
	else
		DOES("convert", "--dedup", "--compress", whole, again);
	ck_assert(same_file(out, again));
	size_t size, n;
	const char *data;
	char *file = slurp(out, &size);
	ck_assert(original_get(file, size, "c", &data, &n) == (_i < 2));
	free(file);
}
END_TEST

START_TEST(folders_there_and_back)
{
	make_inputs();
	ck_assert_int_eq(mkdir(scratch_file("in"), 0777), 0);
	ck_assert_int_eq(mkdir(scratch_file("in/sub"), 0777), 0);
	spill(scratch_file("in/100%%"), "1", 1);
	spill(scratch_file("in/%%2Ehidden"), "22", 2);
	spill(scratch_file("in/sub/deep"), "333", 3);
	spill(scratch_file("in/plain"), "4444", 4);
	const char *bundle = scratch_file("x"), *again = scratch_file("again");
	DOES("import", "-t5", bundle, scratch_file("in/"));
	cJSON *json = list(bundle);
	static const char *const names[] = { ".hidden", "100%", "plain", "sub/deep" };
	for (int i = 0; i < 4; i++)
		ck_assert_str_eq(json_text(model_of(json, i), "name"), names[i]);
	ck_assert_uint_eq(json_number(json, "extension"), 0);
	cJSON_Delete(json);
	DOES("export", bundle, scratch_file("out"));
	FAILS(1, "--force", "export", bundle, scratch_file("out"));
	ck_assert_int_eq(access(scratch_file("out/sub/deep"), F_OK), 0);
	DOES("import", "-t5", again, scratch_file("out"));
	ck_assert(same_file(bundle, again));
	/* as earlier versions wrote folders */
	ck_assert_int_eq(rename(scratch_file("out/sub/deep"), scratch_file("out/sub%%2Fdeep")), 0);
	DOES("import", "-t5", again, scratch_file("out"));
	ck_assert(same_file(bundle, again));
}
END_TEST

/* By tensor and by layer, in each kind. */
static void round_trip(const char *ending, int variant)
{
	static const char *const split[] = { "-t5", "--layers" }, *const kind[] = { "-t5", "--compress",
		"--dedup" };
	const char *in = scratch_file("in.%s", ending), *bundle = scratch_file("x"),
		   *out = scratch_file("out.%s", ending);
	spill(in, made.data, made.len);
	DOES("import", split[variant % 2], kind[variant / 2], bundle, in);
	SAYS("whole: ", "verify", bundle);
	DOES("export", bundle, out);
	ck_assert(same_file(in, out));
}

/* Not all zeros, so that misplaced bytes show. */
static void number_bytes(size_t from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		made.data[from + i] = (char)(i * 5 + 1);
}

START_TEST(safetensors_there_and_back)
{
	size_t data = put_safetensors(&made);
	number_bytes(data, 48);
	number_bytes(data + 64, 32);
	round_trip("safetensors", _i);
	cJSON *json = list(scratch_file("x"));
	ck_assert_str_eq(json_text(cJSON_GetObjectItem(json, "metadata"), "import.format"), "safetensors");
	ck_assert_str_eq(json_text(model_of(json, 0), "name"), ".header");
	ck_assert_str_eq(json_text(model_of(json, 2), "name"), _i % 2 ? "h.0" : "h.0.\"q\"");
	cJSON_Delete(json);
}
END_TEST

START_TEST(gguf_there_and_back)
{
	size_t data = put_gguf(&made, 3);
	number_bytes(data, 256 + 68);
	number_bytes(data + 384, 128 + 64);
	round_trip("gguf", _i);
	cJSON *json = list(scratch_file("x"));
	ck_assert_str_eq(json_text(model_of(json, 2), "name"), _i % 2 ? "blk.0" : "blk.0.attn_q.weight");
	ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "models")), _i % 2 ? 4 : 5);
	cJSON_Delete(json);
}
END_TEST

/* A bundle of arbitrary models, as tensors of bytes; after import the models are the same. */
START_TEST(any_bundle_as_safetensors)
{
	make_inputs();
	const char *bundle = scratch_file("x"), *out = scratch_file("x.safetensors"),
		   *again = scratch_file("again");
	DOES("create", "--meta", "a=\"b\"", bundle, INPUTS, named("odd\n\"name", "b"));
	DOES("export", bundle, out);
	DOES("import", again, out);
	DOES("extract", again, "odd\n\"name", "-o", scratch_file("back"));
	ck_assert(same_file(scratch_file("back"), scratch_file("b")));
	DOES("extract", "--force", again, "a", "-o", scratch_file("back"));
	ck_assert(same_file(scratch_file("back"), scratch_file("a")));
	DOES("export", again, scratch_file("twice.safetensors"));
	ck_assert(same_file(out, scratch_file("twice.safetensors")));
	spill(scratch_file("__metadata__"), "x", 1);
	DOES("create", bundle, named("__metadata__", "b"));
	FAILS(1, "cannot be called", "export", bundle, out);
}
END_TEST

/* Bytes that belong to no tensor are kept, and reported. */
START_TEST(bytes_of_no_tensor)
{
	size_t data = put_safetensors(&made);
	const char *in = scratch_file("in.safetensors"), *bundle = scratch_file("x");
	char text[128];
	spill(in, made.data, made.len);
	int status;
	char *quiet = run_built(&status, "bundlectl", "import", bundle, in, (char *)NULL);
	ck_assert_str_eq(quiet, "");
	free(quiet);
	made.data[data + 50] = 1;
	text_char(&made, 'x');
	spill(in, made.data, made.len);
	round_trip("safetensors", 0);
	round_trip("safetensors", 3);
	snprintf(text, sizeof(text), "bytes %zu to %zu are not told of", data + 48, data + 64);
	SAYS(text, "import", bundle, in);
	snprintf(text, sizeof(text), "bytes %zu to %zu are not told of", data + 96, data + 97);
	SAYS(text, "import", bundle, in);
}
END_TEST

/* A bundle whose metadata says, falsely, that it was a safetensors file. */
START_TEST(export_of_a_liar)
{
	size_t data = put_safetensors(&made);
	const char *in = scratch_file("in.safetensors"), *bundle = scratch_file("x"),
		   *out = scratch_file("out.safetensors");
	spill(in, made.data, made.len);
	spill(scratch_file("header"), made.data, data);
	spill(scratch_file("b"), made.data, 16);
	static const char *const size[] = { "import.size=1000000", "import.size=9999999999999999999999",
		"import.size=x", "import.size=5", "import.size=-1" };
	static const char *const why[] = { "has no model", "size is damaged", "size is damaged",
		"size is damaged", "size is damaged" };
	for (size_t i = 0; i < sizeof(size) / sizeof(*size); i++) {
		DOES("create", "--meta", "import.format=safetensors", "--meta", size[i], bundle,
			named(".header", "header"), named("wte", "b"));
		FAILS(1, why[i], "export", bundle, out);
	}
	DOES("import", bundle, in);
	DOES("convert", "--meta", "import.format=gguf", bundle, bundle);
	FAILS(1, "header is damaged", "export", "--format=gguf", bundle, out);
	DOES("create", "--meta", "import.format=safetensors", bundle, named("wte", "b"));
	FAILS(1, "header or its size is gone", "export", bundle, out);
	ck_assert_int_ne(access(out, F_OK), 0);
	/* truncated: missing bytes are not made up */
	spill(in, made.data, made.len - 1);
	FAILS(1, "passes its end", "import", bundle, in);
}
END_TEST

START_TEST(names_of_layers)
{
	static const struct {
		const char *tensor, *layer;
	} cases[] = { { "blk.0.attn_q.weight", "blk.0" }, { "model.layers.12.mlp.up", "model.layers.12" },
		{ "output.weight", "output.weight" }, { "h.11", "h.11" }, { "5.x", "5.x" }, { "", "" },
		{ "a..b", "a..b" }, { "v1.x.2x.3.y", "v1.x.2x.3" } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_uint_eq(
			tensors_layer(cases[i].tensor, strlen(cases[i].tensor)), strlen(cases[i].layer));
}
END_TEST

/* The output of verify, run in this process: thousands of files are tried. */
static const char *verify_here(const char *path, int *status)
{
	return run_here(status, verify_main, "bundlectl verify", path, (char *)NULL);
}

static void flip(int fd, char *file, size_t at, char bits)
{
	file[at] ^= bits;
	ck_assert_int_eq(pwrite(fd, &file[at], 1, (off_t)at), 1);
}

/* verify detects a change of any byte, wherever it is in the file. */
START_TEST(every_byte_flipped)
{
	size_t size;
	int status;
	const char *path = make_extended("x", (enum extended_kind)_i, 200);
	char *file = slurp(path, &size);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	SAYS("whole", "verify", path);
	srand(3);
	for (size_t at = 0; at < size; at++) {
		char bit = (char)(1 << rand() % 8);
		flip(fd, file, at, bit);
		const char *got = verify_here(path, &status);
		ck_assert_msg(status == EXIT_FAILURE && *got, "byte %zu of %zu: %s", at, size, got);
		flip(fd, file, at, bit);
	}
	/* everything is restored, and still valid */
	const char *got = verify_here(path, &status);
	ck_assert_msg(status == EXIT_SUCCESS, "%s", got);
	/* one byte too few or too many is detected as well */
	ck_assert_int_eq(ftruncate(fd, (off_t)size - 1), 0);
	FAILS(1, "", "verify", path);
	ck_assert_int_eq(pwrite(fd, &file[size - 1], 1, (off_t)size - 1), 1);
	ck_assert_int_eq(ftruncate(fd, (off_t)size + 1), 0);
	FAILS(1, "bytes behind the last model", "verify", path);
	close(fd);
	free(file);
}
END_TEST

START_TEST(random_bits_of_a_large_file)
{
	size_t size;
	int status;
	const char *path = make_extended("x", (enum extended_kind)_i, 3000000);
	char *file = slurp(path, &size);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	srand(5);
	for (int round = 0; round < 60; round++) {
		size_t at = ((size_t)rand() << 15 ^ (size_t)rand()) % size;
		flip(fd, file, at, (char)(1 << round % 8));
		const char *got = verify_here(path, &status);
		want_text(got, status, EXIT_FAILURE, "damaged");
		flip(fd, file, at, (char)(1 << round % 8));
	}
	SAYS("whole", "verify", path);
	close(fd);
	free(file);
}
END_TEST

Suite *conversions_suite(void)
{
	Suite *suite = suite_create("conversions");
	TCase *tc = tcase_create("conversions");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, clean);
	tcase_add_test(tc, create_with_all_options);
	tcase_add_test(tc, options_that_make_no_sense);
	tcase_add_test(tc, convert_between_kinds);
	tcase_add_loop_test(tc, equal_models_once, 0, 3);
	tcase_add_test(tc, folders_there_and_back);
	tcase_add_loop_test(tc, safetensors_there_and_back, 0, 6);
	tcase_add_loop_test(tc, gguf_there_and_back, 0, 6);
	tcase_add_test(tc, any_bundle_as_safetensors);
	tcase_add_test(tc, bytes_of_no_tensor);
	tcase_add_test(tc, export_of_a_liar);
	tcase_add_test(tc, names_of_layers);
	tcase_add_loop_test(tc, every_byte_flipped, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	tcase_add_loop_test(tc, random_bits_of_a_large_file, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	suite_add_tcase(suite, tc);
	return suite;
}
