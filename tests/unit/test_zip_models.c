/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zip archives of tensors, as PyTorch 1.13 (torch.save and torch.jit.save) and numpy 1.24 wrote them: each tensor's bytes have
 * its name, at the offsets that Python's zipfile finds. Cut or damaged ones are refused, or name nothing outside themselves.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/modelfile/formats.h"
#include "user/modelfile/pickle.h"
#include "bundle_help.h"

static struct regions *regions_of_bytes(int fd, const char *data, size_t size)
{
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(pwrite(fd, data, size, 0), (ssize_t)size);
	return regions_read(fd, size);
}

struct expected {
	uint64_t start, size;
	const char *name;
};

/* Compares the regions of a fixture with a list, which ends with a NULL name. Others between them are passed over. */
static void has_regions(const char *name, const char *format, const struct expected *expected)
{
	size_t size;
	char *bytes = slurp(fixture("models/%s", name), &size);
	int fd = memfd_create("model", MFD_CLOEXEC);
	struct regions *regions = regions_of_bytes(fd, bytes, size);
	close(fd);
	free(bytes);
	ck_assert_ptr_nonnull(regions);
	ck_assert_str_eq(regions_format(regions), format);
	struct region_range range;
	for (uint32_t i = 0; expected->name && regions_at(regions, i, &range); i++) {
		if (range.start != expected->start)
			continue;
		ck_assert_uint_eq(range.end - range.start, expected->size);
		ck_assert_uint_eq(range.name.len, strlen(expected->name));
		ck_assert_mem_eq(range.name.data, expected->name, range.name.len);
		expected++;
	}
	ck_assert_msg(!expected->name, "%s: no region %s", name, expected->name);
	regions_free(regions);
}

/* {'state_dict': ..., 'half': a slice of 'tied', 'p': a Parameter, 'list': [tensor]} */
START_TEST(a_checkpoint)
{
	has_regions("checkpoint.pt", "pytorch",
		(const struct expected[]){
			{ 0, 64, "header" },
			{ 64, 1119, "data.pkl" },
			{ 1280, 160, "state_dict.embed.weight" },
			{ 1536, 48, "state_dict.fc.weight" },
			{ 1664, 20, "p" },
			{ 1792, 12, "state_dict.fc.bias" },
			{ 1920, 12, "state_dict.bn.weight" },
			{ 2048, 12, "state_dict.bn.bias" },
			{ 2176, 12, "state_dict.bn.running_mean" },
			{ 2304, 12, "state_dict.bn.running_var" },
			{ 2432, 8, "state_dict.bn.num_batches_tracked" },
			{ 2560, 20, "tied" },
			{ 2580, 20, "half" },
			{ 2880, 16, "list.0" },
			{ 3008, 2, "version" },
			{ 3010, 937, "directory" },
			{ 0, 0, NULL },
		});
}
END_TEST

/* Its code stands in entries too, and names of modules are those of state_dict(). */
START_TEST(a_script)
{
	has_regions("script.pt", "pytorch",
		(const struct expected[]){
			{ 0, 64, "header" },
			{ 64, 160, "embed.weight" },
			{ 320, 48, "fc.weight" },
			{ 448, 12, "fc.bias" },
			{ 1088, 8, "bn.num_batches_tracked" },
			{ 1216, 881, "data.pkl" },
			{ 4096, 239, "code/__torch__/torch/nn/modules/linear.py" },
			{ 12288, 4, "constants.pkl" },
			{ 0, 0, NULL },
		});
}
END_TEST

START_TEST(numpy_archives)
{
	has_regions("arrays.npz", "npz",
		(const struct expected[]){
			{ 0, 55, "header" },
			{ 55, 176, "w" },
			{ 286, 131, "b" },
			{ 417, 124, "directory" },
			{ 0, 0, NULL },
		});
	has_regions("packed.npz", "npz", (const struct expected[]){ { 55, 903, "w" }, { 0, 0, NULL } });
}
END_TEST

/* All regions lie in the file, in order. */
static unsigned check_bounds(const struct regions *regions, uint64_t size)
{
	struct region_range range;
	uint64_t end = 0;
	uint32_t count = 0;
	for (; regions_at(regions, count, &range); count++) {
		ck_assert(range.start >= end && range.end > range.start && range.end <= size);
		end = range.end;
	}
	return count;
}

static const char *const archives[] = { "checkpoint.pt", "arrays.npz" };

START_TEST(cut_at_every_byte)
{
	size_t all;
	char *whole = slurp(fixture("models/%s", archives[_i]), &all);
	int fd = memfd_create("cut", MFD_CLOEXEC);
	for (size_t size = 0; size < all; size++) {
		struct regions *regions = regions_of_bytes(fd, whole, size);
		ck_assert_msg(!regions, "%s cut at %zu is taken for whole", archives[_i], size);
	}
	free(whole);
	close(fd);
}
END_TEST

/* A flipped byte: refused, or within bounds. */
START_TEST(every_byte_flipped)
{
	size_t size;
	char *whole = slurp(fixture("models/%s", archives[_i]), &size);
	int fd = memfd_create("flipped", MFD_CLOEXEC);
	unsigned taken = 0, refused = 0;
	for (size_t at = 0; at < size; at++) {
		char before = whole[at];
		whole[at] = (char)(before ^ (1 << at % 8));
		struct regions *regions = regions_of_bytes(fd, whole, size);
		if (regions)
			taken += check_bounds(regions, size) > 0;
		else
			refused++;
		regions_free(regions);
		whole[at] = before;
	}
	free(whole);
	close(fd);
	ck_assert_uint_gt(taken, 0);
	ck_assert_uint_gt(refused, 0);
}
END_TEST

static bool count_tensor(void *ctx, const struct pickle_tensor *tensor)
{
	unsigned *count = ctx;
	ck_assert_ptr_nonnull(tensor->name.data);
	(*count)++;
	return true;
}

static unsigned tensors_in(const char *pickle, size_t size, bool *good)
{
	unsigned count = 0;
	*good = pickle_tensors(pickle, size, count_tensor, &count);
	return count;
}

#define PICKLE(bytes) bytes, sizeof(bytes) - 1

/* Programs for the stack machine that no pickler writes. */
START_TEST(hostile_pickles)
{
	static const struct {
		const char *bytes;
		size_t size;
	} pickles[] = {
		{ PICKLE("") }, { PICKLE("\x80\x02") },  /* no end */
		{ PICKLE(".") },                         /* no result */
		{ PICKLE("(.") },                        /* a mark as result */
		{ PICKLE("}u.") },                       /* no mark */
		{ PICKLE("}(K\x01u.") },                 /* a key without a value */
		{ PICKLE("((s.") }, { PICKLE("}((s.") }, /* marks as key and value */
		{ PICKLE("K\x01\x87.") },                /* fewer values than the tuple has */
		{ PICKLE("h\x05.") },                    /* never stored */
		{ PICKLE("Nr\xff\xff\xff\xff.") },       /* an index without end */
		{ PICKLE("X\xff\xff\xff\xff"
			 "abc.") }, /* a string beyond the end */
		{ PICKLE("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
			 "abc.") },
		{ PICKLE("cos\nsystem") }, /* a line that does not end */
		{ PICKLE("R.") }, { PICKLE("cposix\nsystem\nR.") }, { PICKLE("Q.") }, { PICKLE("b.") },
		{ PICKLE("\xfe.") }, /* no such operation */
	};
	for (size_t i = 0; i < sizeof(pickles) / sizeof(*pickles); i++) {
		bool good;
		ck_assert_uint_eq(tensors_in(pickles[i].bytes, pickles[i].size, &good), 0);
		ck_assert_msg(!good, "pickle %zu is taken for a good one", i);
	}
}
END_TEST

/* A dictionary that contains itself, and a call that would harm: both end, and nothing is called. */
START_TEST(a_circle_and_a_call)
{
	bool good;
	ck_assert_uint_eq(tensors_in(PICKLE("}q\x01"
					    "(K\x01h\x01u."),
				  &good),
		0);
	ck_assert(good);
	ck_assert_uint_eq(tensors_in(PICKLE("cposix\nsystem\n(X\x04\0\0\0exittR."), &good), 0);
	ck_assert(good);
}
END_TEST

/* A million lists in lists, and as many values: an end in time, within the memory. */
START_TEST(deep_and_long_pickles)
{
	enum { SIZE = SANITIZED ? 200000 : 4000000 };
	char *deep = malloc(SIZE);
	bool good;
	ck_assert_ptr_nonnull(deep);
	memset(deep, ']', SIZE);
	memset(deep + SIZE / 2, 'a', SIZE / 2 - 1);
	deep[SIZE - 1] = '.';
	ck_assert_uint_eq(tensors_in(deep, SIZE, &good), 0);
	memset(deep, 'N', SIZE - 1);
	ck_assert_uint_eq(tensors_in(deep, SIZE, &good), 0);
	ck_assert_int_eq(good, SIZE < 1 << 21);
	free(deep);
}
END_TEST

/* Random operations. */
START_TEST(random_pickles)
{
	enum { ROUNDS = SANITIZED ? 2000 : 20000 };
	static const char operations[] = "XTBUCV\x8c\x93KM\x8aJN\x88)]}tl\x85\x86\x87"
					 "daesu(012qh\x94RbQ\x81";
	unsigned seed = 5;
	char bytes[200];
	for (unsigned i = 0; i < ROUNDS; i++) {
		bool good;
		for (size_t at = 0; at < sizeof(bytes) - 1; at++)
			bytes[at] = rand_r(&seed) % 4
					    ? operations[(unsigned)rand_r(&seed) % (sizeof(operations) - 1)]
					    : (char)(rand_r(&seed) % 4);
		bytes[sizeof(bytes) - 1] = '.';
		tensors_in(bytes, sizeof(bytes), &good);
	}
}
END_TEST

Suite *zip_models_suite(void)
{
	Suite *s = suite_create("zip_models");
	TCase *t = tcase_create("zip_models");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_checkpoint);
	tcase_add_test(t, a_script);
	tcase_add_test(t, numpy_archives);
	tcase_add_loop_test(t, cut_at_every_byte, 0, 2);
	tcase_add_loop_test(t, every_byte_flipped, 0, 2);
	tcase_add_test(t, hostile_pickles);
	tcase_add_test(t, a_circle_and_a_call);
	tcase_add_test(t, deep_and_long_pickles);
	tcase_add_test(t, random_pickles);
	suite_add_tcase(s, t);
	return s;
}
