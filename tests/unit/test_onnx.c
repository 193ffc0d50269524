/* SPDX-License-Identifier: BSD-2-Clause */
/* ONNX models: tensors in the file itself, and external data in others, at the offsets that the messages say. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/base/text.h"
#include "user/modelfile/external_data.h"
#include "user/modelfile/formats.h"
#include "bundle_help.h"
#include "onnx_messages.h"

/* A path in the test's folder, to be freed. */
static char *named(const char *name)
{
	return strdup(scratch_file("%s", name));
}

static struct regions *read_inside(const char *name)
{
	char *path = named(name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	struct regions *regions = regions_read(fd, (uint64_t)lseek(fd, 0, SEEK_END));
	close(fd);
	free(path);
	return regions;
}

static void is_at(const struct regions *regions, uint64_t offset, const char *name, uint64_t within)
{
	struct place place;
	ck_assert_msg(
		regions_find(regions, offset, 1, &place), "nothing at %llu", (unsigned long long)offset);
	ck_assert_uint_eq(place.first.len, strlen(name));
	ck_assert_mem_eq(place.first.data, name, place.first.len);
	ck_assert_uint_eq(place.offset, within);
	ck_assert_int_eq(place.header, strcmp(name, "header") == 0);
}

/* ---- tests ---- */

START_TEST(in_the_file_itself)
{
	struct text graph = { 0 }, first = onnx_inside("first", 40000), second = onnx_inside("second", 17);
	onnx_string(&graph, 2, "graph");
	onnx_message(&graph, 5, &first);
	onnx_message(&graph, 5, &second);
	struct text model = onnx_model(&graph);
	const char *data = memmem(model.data, model.len, "ZZZZ", 4);
	uint64_t start = (uint64_t)(data - model.data);
	char *path = named("inside.onnx");
	spill(path, model.data, model.len);
	free(path);
	struct regions *regions = read_inside("inside.onnx");
	ck_assert_ptr_nonnull(regions);
	ck_assert_str_eq(regions_format(regions), "onnx");
	is_at(regions, start, "first", 0);
	is_at(regions, start + 39999, "first", 39999);
	is_at(regions, model.len - 17, "second", 0);
	is_at(regions, 0, "header", 0);
	regions_free(regions);
	text_free(&model);
}
END_TEST

static void put_external(const char *model, const char *location)
{
	struct text t = { 0 };
	char *path = named(model);
	put_onnx_external(&t, location);
	spill(path, t.data, t.len);
	free(path);
	text_free(&t);
}

START_TEST(in_another_file)
{
	char *data = named("weights"), *model = named("model.onnx");
	put_external("model.onnx", "weights");
	struct regions *regions = external_data_read(data, 10000, model);
	ck_assert_ptr_nonnull(regions);
	ck_assert_str_eq(regions_format(regions), "onnx");
	is_at(regions, 0, "decoder.weight", 0);
	is_at(regions, 8192 + 999, "encoder.weight", 999);
	struct place place;
	ck_assert(!regions_find(regions, 5000, 1, &place));
	regions_free(regions);
	/* not of another folder, and not of a file that the model does not name */
	ck_assert_ptr_null(external_data_read("/elsewhere/weights", 10000, model));
	free(data);
	data = named("weights2");
	ck_assert_ptr_null(external_data_read(data, 10000, model));
	ck_assert_ptr_null(external_data_read(model, 10000, model));
	free(data);
	free(model);
}
END_TEST

START_TEST(by_the_usual_names)
{
	static const char *const names[] = { "model.onnx.data", "model.onnx_data", "model.bin" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char location[64], *data = named(names[i]);
		snprintf(location, sizeof(location), "./%s", names[i]);
		put_external("model.onnx", location);
		struct regions *regions = external_data_guess(data, 10000);
		ck_assert_msg(regions != NULL, "%s", names[i]);
		is_at(regions, 1, "decoder.weight", 1);
		regions_free(regions);
		free(data);
	}
	char *data = named("model.onnx.txt");
	ck_assert_ptr_null(external_data_guess(data, 10000));
	free(data);
	ck_assert_ptr_null(external_data_guess("/dev/zero.data", 10000));
}
END_TEST

/* Cut anywhere, or with a changed byte, it names nothing outside the file, or is refused. */
START_TEST(damaged)
{
	struct text graph = { 0 }, first = onnx_inside("first", 100),
		    second = onnx_external("second", "x.bin", "5", "7");
	onnx_message(&graph, 5, &first);
	onnx_message(&graph, 5, &second);
	struct text model = onnx_model(&graph);
	char *path = named("damaged.onnx"), *data = named("x.bin");
	for (size_t at = 0; at < model.len; at++)
		for (int change = 0; change < 4; change++) {
			char was = model.data[at];
			size_t len = change == 3 ? at : model.len;
			model.data[at] = (char)(was ^ (change == 0 ? 1 : change == 1 ? 0x80 : 0x18));
			spill(path, model.data, len);
			model.data[at] = was;
			struct regions *regions = read_inside("damaged.onnx");
			struct region_range range;
			for (uint32_t i = 0; regions && regions_at(regions, i, &range); i++)
				ck_assert_uint_le(range.start, range.end);
			regions_free(regions);
			regions_free(external_data_read(data, 100, path));
		}
	free(path);
	free(data);
	text_free(&model);
}
END_TEST

/* Other messages begin with a number too: a TensorFlow model's, for example. */
START_TEST(others)
{
	static const unsigned char tensorflow[HEADER_START] = { 0x08, 0x01, 0x12, 0x60, 0x0a, 0x05, 0x3a };
	static const unsigned char short_one[HEADER_START] = { 0x08, 0x08, 0x3a, 0x05 };
	static const unsigned char cut[HEADER_START] = { 0x08, 0x08, 0x12, 0x03, 'a', 'b', 'c' };
	ck_assert(!onnx_is(tensorflow, 1000));
	ck_assert(onnx_is(short_one, 1000));
	ck_assert(!onnx_is(short_one, 2));
	ck_assert(!onnx_is(cut, 1000));
}
END_TEST

Suite *onnx_suite(void)
{
	Suite *suite = suite_create("onnx");
	TCase *tc = tcase_create("onnx");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_test(tc, in_the_file_itself);
	tcase_add_test(tc, in_another_file);
	tcase_add_test(tc, by_the_usual_names);
	tcase_add_test(tc, damaged);
	tcase_add_test(tc, others);
	suite_add_tcase(suite, tc);
	return suite;
}
