/* SPDX-License-Identifier: BSD-2-Clause */
/* The named byte ranges of a file, read from its header: right for valid files, harmless for hostile
 * ones. */
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/modelfile/formats.h"
#include "user/modelfile/regions_build.h"
#include "extended_files.h"
#include "model_files.h"

static struct text file;

/* The regions of a file with these bytes, which may be truncated. */
static struct regions *regions_of(const char *data, size_t size)
{
	int fd = memfd_create("model", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	struct regions *regions = regions_read(fd, size);
	close(fd);
	return regions;
}

static struct regions *regions_of_file(void)
{
	ck_assert(!file.failed);
	struct regions *regions = regions_of(file.data, file.len);
	text_free(&file);
	return regions;
}

static void is_refused(void)
{
	struct regions *regions = regions_of_file();
	ck_assert_ptr_null(regions);
}

/* A place as text: first+offset, first..last, header; "" for none. */
static const char *at(const struct regions *regions, uint64_t offset, uint64_t length)
{
	static char buf[256];
	struct place p;
	buf[0] = '\0';
	if (!regions_find(regions, offset, length, &p))
		return buf;
	int n = snprintf(buf, sizeof(buf), "%.*s", (int)p.first.len, p.first.data);
	if (p.last.data)
		snprintf(buf + n, sizeof(buf) - (size_t)n, "..%.*s", (int)p.last.len, p.last.data);
	else if (!p.header)
		snprintf(buf + n, sizeof(buf) - (size_t)n, "+%llu", (unsigned long long)p.offset);
	return buf;
}

/* With a sanitizer: no names have memory yet. */
START_TEST(a_tensor_without_a_name)
{
	put_gguf_head(&file, 3, 1, 0);
	put_gguf_tensor(&file, "", 64, 1, 24, 0);
	put_zeros(&file, 256);
	regions_free(regions_of_file());
}
END_TEST

#define AT(offset, length, expected) ck_assert_str_eq(at(regions, offset, length), expected)

START_TEST(a_gguf_file)
{
	size_t data = put_gguf(&file, (uint32_t)_i);
	struct regions *regions = regions_of_file();
	ck_assert_ptr_nonnull(regions);
	AT(0, 24, "header");
	AT(data - 1, 1, "header");
	AT(data, 256, "token_embd.weight+0");
	AT(data + 255, 1, "token_embd.weight+255");
	AT(data + 255, 2, "token_embd.weight..blk.0.attn_q.weight");
	AT(data + 256, 68, "blk.0.attn_q.weight+0");
	AT(data + 256 + 67, 1, "blk.0.attn_q.weight+67");
	AT(data + 256 + 68, 60, ""); /* padding */
	AT(data + 256 + 60, 60, "blk.0.attn_q.weight+60");
	AT(data + 256 + 68, 61, "blk.0.attn_k.weight+0");
	AT(data + 384, 128, "blk.0.attn_k.weight+0"); /* up to the next one */
	AT(data + 511, 1, "blk.0.attn_k.weight+127");
	AT(data + 512, 64, "output.weight+0");
	AT(data + 576, 1, "");
	AT(0, UINT64_MAX, "header..output.weight");
	AT(data + 100, UINT64_MAX, "token_embd.weight..output.weight");
	AT(data + 40, 0, "token_embd.weight+40"); /* an lseek to this offset */
	AT(data + 576, 0, "");
	AT(UINT64_MAX, UINT64_MAX, "");
	regions_free(regions);
}
END_TEST

START_TEST(a_safetensors_file)
{
	size_t data = put_safetensors(&file);
	struct regions *regions = regions_of_file();
	ck_assert_ptr_nonnull(regions);
	AT(0, 8, "header");
	AT(8, data - 8, "header");
	AT(data, 16, "wte+0");
	AT(data + 16, 32, "h.0.\"q\"+0");
	AT(data + 47, 1, "h.0.\"q\"+31");
	AT(data + 48, 16, "");
	AT(data + 50, 15, "lm_head+0");
	AT(data + 8, 60, "wte..lm_head");
	AT(data + 95, 1, "lm_head+31");
	AT(data + 96, 1, "");
	regions_free(regions);
}
END_TEST

/* Compares with the library's view of a bundle: every model that has bytes is found, and its bytes have
 * no other name. */
static unsigned same_as_the_library(const char *path)
{
	size_t size;
	unsigned compared = 0;
	char *bytes = slurp(path, &size);
	struct regions *regions = regions_of(bytes, size);
	struct pb_paged *paged;
	free(bytes);
	int err = pb_open(path, NULL, &paged);
	ck_assert_msg((err == PB_OK) == (regions != NULL), "%s: %s", path, pb_strerror(err));
	if (err)
		return 0;
	struct pb_info info;
	pb_info_init(&info);
	pb_info_get(paged, &info);
	AT(0, info.data_offset, "manifest");
	for (size_t i = 0; i < pb_count(paged); i++) {
		struct pb_model model;
		char expected[256];
		ck_assert_int_eq(pb_model_at(paged, i, &model), PB_OK);
		snprintf(expected, sizeof(expected), "%s+0", model.name);
		if (model.size == 0 || model.size > size)
			continue;
		AT(model.offset, model.size, expected);
		AT(model.offset, 1, expected);
		snprintf(expected, sizeof(expected), "%s+%llu", model.name,
			(unsigned long long)model.size - 1);
		AT(model.offset + model.size - 1, 0, expected);
		compared++;
	}
	pb_close(paged);
	regions_free(regions);
	return compared;
}

START_TEST(bundles_as_the_library_reads_them)
{
	static const char *const names[] = { "demo3", "empty", "longdesc", "many200", "single", "unicode",
		"uniform64", "zerolen" };
	unsigned compared = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		compared += same_as_the_library(fixture("bundles/%s.apbundle", names[i]));
	ck_assert_uint_gt(compared, 260);
	ck_assert_uint_eq(same_as_the_library(make_bundle("made.apbundle", 7, 100)), 7);
	scratch_remove();
}
END_TEST

/* Aligned models, gaps without a name, an extension that belongs to the manifest. Bytes that several
 * models share have the name of the last. In the compressed kind a model extends to the next. */
START_TEST(bundles_with_an_extension)
{
	size_t size;
	struct pb_model two;
	const char *path = make_extended("x", (enum extended_kind)_i, 20000);
	char *bytes = slurp(path, &size);
	uint64_t data = data_offset_of(bytes), first = (data + 63) / 64 * 64;
	struct regions *regions = regions_of(bytes, size);
	struct pb_paged *p = open_paged(path, 1 << 20, false, PB_POLICY_LRU);
	ck_assert_ptr_nonnull(regions);
	ck_assert_str_eq(regions_format(regions), "apbundle");
	ck_assert_int_eq(pb_model_at(p, 2, &two), PB_OK);
	AT(0, 20, "manifest");
	AT(data - 1, 1, "manifest");
	AT(first, 10, "again+0");
	AT(first + 1000, 1, "again+1000");
	AT(two.offset, 1, "two+0");
	/* its last byte; before it a gap, which in the compressed kind belongs to the previous model */
	struct place place;
	ck_assert(regions_find(regions, size - 1, 1, &place));
	ck_assert_uint_eq(place.offset, size - 1 - two.offset);
	bool gap = regions_find(regions, two.offset - 1, 1, &place);
	ck_assert(gap == (_i == EXTENDED_COMPRESSED || (two.offset - first) == 20000));
	AT(size, 1, "");
	pb_close(p);
	regions_free(regions);
	free(bytes);
	scratch_remove();
}
END_TEST

START_TEST(damaged_bundles_as_the_library_reads_them)
{
	cJSON *list = json_file(fixture("corrupt/corrupt.json"));
	const cJSON *one, *files = cJSON_IsArray(list) ? list : cJSON_GetObjectItem(list, "files");
	unsigned count = 0;
	cJSON_ArrayForEach(one, files)
	{
		/* each byte of overlapping models has only one name */
		const char *name = json_text(one, "file");
		if (strcmp(name, "overlap.apbundle") == 0 || strcmp(name, "sizes_overflow_sum.apbundle") == 0)
			continue;
		same_as_the_library(fixture("corrupt/%s", name));
		count++;
	}
	ck_assert_uint_gt(count, 20);
	cJSON_Delete(list);
}
END_TEST

static void put_bundle_head(struct text *t, uint64_t manifest, uint32_t models)
{
	text_str(t, "APBUNDLE");
	put_number(t, 1, 4);
	put_number(t, manifest, 8);
	put_number(t, 1, 4);
	put_number(t, 0, 8);
	put_number(t, 0, 4);
	put_number(t, models, 4);
}

static void put_model(struct text *t, char name, uint64_t size, uint64_t offset)
{
	put_number(t, 1, 4);
	text_char(t, name);
	put_number(t, size, 8);
	put_number(t, offset, 8);
}

/* The fault of a file with these two tensors of 32 and 16 bytes, and their names. */
static enum regions_fault fault_of(uint64_t one, uint64_t other, size_t bytes, const char *names)
{
	struct span a, b;
	char text[64];
	put_gguf_head(&file, 3, 2, 0);
	put_gguf_tensor(&file, "one", 8, 1, 0, one);
	put_gguf_tensor(&file, "other", 4, 1, 0, other);
	put_zeros(&file, (file.len + 31) / 32 * 32 + bytes);
	struct regions *regions = regions_of_file();
	ck_assert_ptr_nonnull(regions);
	enum regions_fault fault = regions_fault(regions, &a, &b);
	snprintf(text, sizeof(text), "%.*s %.*s", (int)a.len, a.data, (int)b.len, b.data);
	if (fault)
		ck_assert_str_eq(text, names);
	regions_free(regions);
	return fault;
}

START_TEST(faults_of_headers)
{
	ck_assert_int_eq(fault_of(0, 32, 48, ""), REGIONS_SOUND);
	ck_assert_int_eq(fault_of(64, 0, 96, ""), REGIONS_SOUND);
	ck_assert_int_eq(fault_of(0, 0, 96, "one other"), REGIONS_OVERLAP);
	ck_assert_int_eq(fault_of(0, 31, 96, "one other"), REGIONS_OVERLAP);
	ck_assert_int_eq(fault_of(15, 0, 96, "other one"), REGIONS_OVERLAP);
	ck_assert_int_eq(fault_of(0, 32, 47, "other other"), REGIONS_BEYOND);
	ck_assert_int_eq(fault_of(64, 0, 95, "one one"), REGIONS_BEYOND);
	ck_assert_int_eq(fault_of(UINT64_MAX - 8, 0, 96, "one one"), REGIONS_BEYOND);
}
END_TEST

START_TEST(gaps_and_overlaps)
{
	put_bundle_head(&file, 20 + 5 * 21, 5);
	size_t data = file.len + 5 * 21;
	put_model(&file, 'c', 10, 50);
	put_model(&file, 'a', 30, 10);
	put_model(&file, 'b', 10, 20); /* inside a */
	put_model(&file, 'x', UINT64_MAX, 60);
	put_model(&file, 'y', 10, UINT64_MAX - 5);
	put_zeros(&file, data + 60);
	struct regions *regions = regions_of_file();
	ck_assert_ptr_nonnull(regions);
	AT(data, 10, "");
	AT(data + 10, 10, "a+0");
	AT(data + 19, 2, "a..b");
	AT(data + 20, 10, "b+0");
	AT(data + 30, 20, "");
	AT(data + 45, 10, "c+0");
	AT(data + 60, 100, "");
	AT(0, data + 60, "manifest..c");
	regions_free(regions);
}
END_TEST

START_TEST(no_format)
{
	static const char *const contents[] = { "", "A", "APBUNDL", "GGUF", "\177ELF\2\1\1",
		"{\"a\":{\"data_offsets\":[0,1]}}", "#!/bin/sh\necho {\n" };
	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		text_str(&file, contents[i]);
		is_refused();
	}
	for (uint32_t version = 0; version < 6; version++) {
		if (version == 2 || version == 3)
			continue;
		put_gguf(&file, version);
		is_refused();
	}
	put_gguf(&file, 3u << 24); /* big-endian */
	is_refused();
}
END_TEST

static const char *format_of_file(void)
{
	int fd = memfd_create("model", MFD_CLOEXEC);
	ck_assert(fd >= 0 && write(fd, file.data, file.len) == (ssize_t)file.len);
	const char *name = regions_format_of(fd, file.len);
	close(fd);
	text_free(&file);
	return name ? name : "none";
}

START_TEST(formats_by_the_first_bytes)
{
	/* recognized, though not all are read */
	static const uint32_t versions[] = { 1, 2, 3, 4, 1u << 24, 3u << 24 };
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		put_gguf(&file, versions[i]);
		ck_assert_str_eq(format_of_file(), "gguf");
	}
	put_gguf(&file, 0x20736920); /* "GGUF is ..." */
	ck_assert_str_eq(format_of_file(), "none");
	put_gguf(&file, 3);
	ck_assert_str_eq(format_of_file(), "gguf");
	put_safetensors(&file);
	ck_assert_str_eq(format_of_file(), "safetensors");
	text_add(&file, "APBUNDLZ\1\0\0\0\0\0\0\0\0\0\0\0", 20);
	ck_assert_str_eq(format_of_file(), "apbundle");
	text_add(&file, "APBUNDLE\1\0\0\0\0\0\0\0\0\0\0", 19);
	ck_assert_str_eq(format_of_file(), "none");
	ck_assert_str_eq(format_of_file(), "none"); /* an empty file */
}
END_TEST

/* ---- hostile files ---- */

/* Any well-formed answer is accepted: names within bounds, found again where they begin. */
static void sound(const struct regions *regions, size_t size)
{
	struct place p;
	if (!regions)
		return;
	ck_assert_uint_lt(regions_bytes(regions), (1u << 20) + 2 * size);
	for (uint64_t offset = 0; offset < size + 100; offset += 7) {
		if (!regions_find(regions, offset, 9, &p))
			continue;
		uint64_t sum = p.first.len ? (unsigned char)p.first.data[p.first.len - 1] : 0;
		sum += p.last.len ? (unsigned char)p.last.data[p.last.len - 1] : 0;
		ck_assert_uint_le(sum, 510);
		ck_assert_uint_le(p.first.len, size + 16);
	}
	regions_find(regions, UINT64_MAX - 1, UINT64_MAX, &p);
}

/* A whole file of each format, and the size of its header. */
static struct text whole(int format, size_t *header)
{
	struct text t = { 0 };
	if (format == 0) {
		size_t size;
		char *bytes = slurp(fixture("bundles/demo3.apbundle"), &size);
		text_add(&t, bytes, size);
		free(bytes);
		*header = 20 + (unsigned char)t.data[12];
	} else if (format == 1) {
		*header = put_gguf(&t, 3);
	} else {
		*header = put_safetensors(&t);
	}
	ck_assert(!t.failed && t.len > *header);
	return t;
}

START_TEST(every_truncation)
{
	size_t header, refused = 0;
	struct text t = whole(_i, &header);
	for (size_t size = 0; size < t.len; size++) {
		/* in memory of exactly that size, for the sanitizer */
		struct regions *regions = regions_of(t.data, size);
		sound(regions, size);
		/* GGUF: only padding may be missing */
		if (size + (_i == 1 ? 64 : 0) < header)
			ck_assert_msg(regions == NULL, "%zu of %zu bytes", size, header);
		if (size >= header)
			ck_assert_msg(regions != NULL, "%zu of %zu bytes", size, header);
		refused += regions == NULL;
		regions_free(regions);
	}
	ck_assert_uint_gt(refused, 50);
	text_free(&t);
}
END_TEST

START_TEST(every_byte_changed)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff, '"', '\\', '[', ']', '{', '}', ',' };
	size_t header;
	unsigned good = 0, bad = 0;
	struct text t = whole(_i, &header);
	for (size_t i = 0; i < header; i++) {
		char kept = t.data[i];
		for (size_t v = 0; v < sizeof(values); v++) {
			t.data[i] = (char)values[v];
			struct regions *regions = regions_of(t.data, t.len);
			sound(regions, t.len);
			good += regions != NULL;
			bad += regions == NULL;
			regions_free(regions);
		}
		t.data[i] = kept;
	}
	ck_assert_uint_gt(good, 100);
	ck_assert_uint_gt(bad, 100);
	text_free(&t);
}
END_TEST

/* Two or more bytes at a time, at positions from a fixed seed. */
START_TEST(many_bytes_changed)
{
	size_t header;
	unsigned seed = 7;
	struct text t = whole(_i, &header);
	char *copy = malloc(t.len);
	ck_assert_ptr_nonnull(copy);
	for (int round = 0; round < 4000; round++) {
		memcpy(copy, t.data, t.len);
		for (int n = 2 + rand_r(&seed) % 6; n > 0; n--)
			copy[rand_r(&seed) % header] = (char)rand_r(&seed);
		struct regions *regions = regions_of(copy, t.len);
		sound(regions, t.len);
		regions_free(regions);
	}
	free(copy);
	text_free(&t);
}
END_TEST

START_TEST(lying_numbers)
{
	static const uint64_t lies[] = { 5, 1000, UINT32_MAX, 1ull << 32, 1ull << 61, INT64_MAX, UINT64_MAX,
		UINT64_MAX - 23 };
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		put_gguf_head(&file, 3, lies[i], 0); /* tensors */
		put_gguf_tensor(&file, "t", 1, 1, 0, 0);
		put_zeros(&file, 100);
		is_refused();
		put_gguf_head(&file, 3, 0, lies[i]); /* pairs */
		put_zeros(&file, 64);
		is_refused();
		put_gguf_head(&file, 3, 0, 1); /* a key's length */
		put_number(&file, lies[i], 8);
		put_zeros(&file, 34);
		is_refused();
		put_gguf_head(&file, 3, 0, 1); /* an array's length: of bytes, strings, arrays */
		put_string(&file, "k");
		put_number(&file, 9, 4);
		put_number(&file, i % 2 ? 8 : i % 3 ? 9 : 10, 4);
		put_number(&file, lies[i], 8);
		put_zeros(&file, 60);
		is_refused();
		put_safetensors_json(&file, "{}");
		memcpy(file.data, &lies[i], 8);
		is_refused();
		put_bundle_head(&file, 20, (uint32_t)lies[i] | 1);
		is_refused();
	}
}
END_TEST

START_TEST(alignments)
{
	for (uint64_t alignment = 0; alignment < 70; alignment++) {
		bool fine = alignment && !(alignment & (alignment - 1));
		put_gguf_head(&file, 3, 1, 1);
		put_string(&file, "general.alignment");
		put_number(&file, 4, 4);
		put_number(&file, alignment, 4);
		put_gguf_tensor(&file, "t", 1, 1, 0, 0);
		size_t header = file.len;
		put_zeros(&file, header + 100);
		struct regions *regions = regions_of_file();
		ck_assert(fine == (regions != NULL));
		if (fine)
			AT((header + alignment - 1) / alignment * alignment, 4, "t+0");
		regions_free(regions);
	}
}
END_TEST

/* Sizes and offsets that overflow 2^64. */
START_TEST(overflows)
{
	put_gguf_head(&file, 2, 4, 0);
	put_gguf_tensor(&file, "far", 4, 1, 0, UINT64_MAX - 2);
	put_gguf_tensor(&file, "wide", 1ull << 33, 1ull << 33, 0, 0);
	put_gguf_tensor(&file, "heavy", 1ull << 62, 1, 0, 64);
	put_gguf_tensor(&file, "good", 4, 1, 0, 32);
	size_t data = (file.len + 31) / 32 * 32;
	put_zeros(&file, data + 100);
	struct regions *regions = regions_of_file();
	ck_assert_ptr_nonnull(regions);
	AT(data, 32, "wide+0"); /* up to the next one */
	AT(data + 32, 16, "good+0");
	AT(data + 64, 36, "heavy+0"); /* up to the end */
	AT(data + 100, 1000, "");
	regions_free(regions);
}
END_TEST

START_TEST(json_that_is_not_right)
{
	static const char *const texts[] = { "{", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1}", "{\"a\":{}}",
		"{\"a\":{\"data_offsets\":[0]}}", "{\"a\":{\"data_offsets\":[0,1,2]}}",
		"{\"a\":{\"data_offsets\":{\"x\":0,\"y\":1}}}", "{\"a\":{\"data_offsets\":[2,1]}}",
		"{\"a\":{\"data_offsets\":[-1,1]}}", "{\"a\":{\"data_offsets\":[0,1.5]}}",
		"{\"a\":{\"data_offsets\":[0,1e300]}}", "{\"a\":{\"data_offsets\":[0,1]}},",
		"{\"a\":{\"data_offsets\":[0,1]},}", "{\"a\":{\"data_offsets\":[0,1]}}x",
		"{\"a\":{\"data_offsets\":[0,1]}", "{\"a\":{\"data_offsets\":[0,1]}]", "{a:1}",
		"{\"__metadata__\":", "{\"a\\", "{\"a" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		put_safetensors_json(&file, texts[i]);
		put_zeros(&file, file.len + 16);
		is_refused();
	}
	put_safetensors_json(&file, "{}");
	struct regions *regions = regions_of_file();
	ck_assert_ptr_nonnull(regions);
	AT(0, 100, "header");
	regions_free(regions);
}
END_TEST

/* ---- bounds ---- */

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A file of a terabyte that is nearly all hole. */
START_TEST(header_as_long_as_the_file)
{
	uint64_t size = 1ull << 40;
	int fd = memfd_create("hole", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	if (_i == 0)
		put_bundle_head(&file, size - 20, UINT32_MAX);
	else if (_i == 1)
		put_gguf_head(&file, 3, INT64_MAX, INT64_MAX);
	else
		put_safetensors_json(&file, "{\"a\":{\"data_offsets\":[0,1]}}");
	if (_i == 2)
		memcpy(file.data, &(uint64_t){ size - 8 }, 8);
	ck_assert_int_eq(write(fd, file.data, file.len), (ssize_t)file.len);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	double start = seconds();
	ck_assert_ptr_null(regions_read(fd, size));
	ck_assert(seconds() - start < 5);
	close(fd);
	text_free(&file);
}
END_TEST

/* As many regions as are kept, and one more. */
START_TEST(as_many_as_are_kept)
{
	for (unsigned more = 0; more < 2; more++) {
		put_gguf_head(&file, 3, REGIONS_MAX - 1 + more, 0);
		for (unsigned i = 0; i < REGIONS_MAX - 1 + more; i++)
			put_gguf_tensor(&file, "t", 1, 1, 24, REGIONS_MAX - i);
		double start = seconds();
		struct regions *regions = regions_of_file();
		ck_assert(seconds() - start < 10);
		ck_assert_msg((regions != NULL) == !more, "%u", REGIONS_MAX - 1 + more);
		if (regions)
			ck_assert_uint_lt(regions_bytes(regions), 64u << 20);
		regions_free(regions);
	}
}
END_TEST

/* Brackets nested as deep as the header is long: neither our code nor the JSON parser recurses into
 * them. */
START_TEST(deep_nesting)
{
	static const char start[] = "{\"a\":";
	text_str(&file, "12345678");
	text_str(&file, start);
	for (unsigned i = 0; i < 8u << 20; i++)
		text_char(&file, '[');
	memcpy(file.data, &(uint64_t){ file.len - 8 }, 8);
	double before = seconds();
	is_refused();
	put_gguf_head(&file, 3, 0, 1);
	put_string(&file, "k");
	put_number(&file, 9, 4);
	for (unsigned i = 0; i < 1u << 20; i++) {
		put_number(&file, 9, 4);
		put_number(&file, 1, 8);
	}
	is_refused();
	ck_assert(seconds() - before < 10);
}
END_TEST

Suite *regions_suite(void)
{
	Suite *suite = suite_create("regions");
	TCase *tc = tcase_create("files");
	tcase_add_test(tc, a_tensor_without_a_name);
	tcase_add_loop_test(tc, a_gguf_file, 2, 4);
	tcase_add_test(tc, a_safetensors_file);
	tcase_add_test(tc, bundles_as_the_library_reads_them);
	tcase_add_loop_test(tc, bundles_with_an_extension, EXTENDED_PLAIN, EXTENDED_COMPRESSED + 1);
	tcase_add_test(tc, damaged_bundles_as_the_library_reads_them);
	tcase_add_test(tc, faults_of_headers);
	tcase_add_test(tc, gaps_and_overlaps);
	tcase_add_test(tc, no_format);
	tcase_add_test(tc, formats_by_the_first_bytes);
	suite_add_tcase(suite, tc);
	tc = tcase_create("hostile");
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, every_truncation, 0, 3);
	tcase_add_loop_test(tc, every_byte_changed, 0, 3);
	tcase_add_loop_test(tc, many_bytes_changed, 0, 3);
	tcase_add_test(tc, lying_numbers);
	tcase_add_test(tc, alignments);
	tcase_add_test(tc, overflows);
	tcase_add_test(tc, json_that_is_not_right);
	tcase_add_loop_test(tc, header_as_long_as_the_file, 0, 3);
	tcase_add_test(tc, as_many_as_are_kept);
	tcase_add_test(tc, deep_nesting);
	suite_add_tcase(suite, tc);
	return suite;
}
