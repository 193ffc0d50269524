/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the places of a map are: names of functions, arguments of notes, and what is found in a program. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/kernel/phase_args.h"
#include "user/kernel/phase_names.h"
#include "user/kernel/phase_spots.h"

START_TEST(names_of_functions)
{
	ck_assert(phase_name_fits("load", "load"));
	ck_assert(phase_name_fits("load", "_Z4loadv") && phase_name_fits("load", "_ZL4loadPKc"));
	ck_assert(!phase_name_fits("load", "_Z5load2v") && !phase_name_fits("load", "_Z4loadIiEvT_"));
	ck_assert(!phase_name_fits("load", "load2") && !phase_name_fits("load", "load.cold"));
	ck_assert(!phase_name_fits("load", "_Z4load"));
	ck_assert(phase_name_fits("ns::C::load", "_ZN2ns1C4loadEv"));
	ck_assert(phase_name_fits("ns::C::load", "_ZNK2ns1C4loadEi"));
	ck_assert(!phase_name_fits("ns::C::load", "_ZN2ns1C4loadIiEEvv"));
	ck_assert(!phase_name_fits("ns::C::load", "_ZN2ns1C4load1xEv") &&
		  !phase_name_fits("ns::C", "_ZN2ns1C4loadEv"));
	ck_assert(!phase_name_fits("ns::C::load", "_ZN2ns1C4loadEv.cold"));
	ck_assert(!phase_name_fits("ns::C::load", "_ZN2ns99999999999999999999C4loadEv"));
	ck_assert(!phase_name_fits("ns::C::load", "_ZN2n"));
	ck_assert(phase_name_fits("load_*", "load_model") && phase_name_fits("_ZN2ns1C*", "_ZN2ns1C4loadEv"));
	ck_assert(!phase_name_fits("load_*", "load_model.part.0"));
}
END_TEST

START_TEST(returns_that_are_safe)
{
	ck_assert(phase_name_returns("load_model"));
	ck_assert(!phase_name_returns("_ZN2ns1C4loadEv") && !phase_name_returns("_RNvCs_1x"));
	ck_assert(!phase_name_returns("__sigsetjmp") && !phase_name_returns("vfork"));
}
END_TEST

/* Of the kernel's struct pt_regs. */
enum { R15 = 0, BX = 5 * 8, AX = 10 * 8, DI = 14 * 8, SP = 19 * 8 };

static void is(const struct phase_value *value, enum phase_from from, uint64_t number, int base, int bytes)
{
	ck_assert_int_eq(value->from, from);
	ck_assert_uint_eq(value->number, number);
	ck_assert_int_eq(value->base, base);
	ck_assert_int_eq(value->is_signed ? -value->bytes : value->bytes, bytes);
}

START_TEST(arguments_of_notes)
{
	static const char args[] =
		"-4@%r15d 8@-16(%rsp) 1@$7  2@%bx -8@$-5 4@(%rdi) 8@8(%rbx,%rdi,4) 8@(%rax,%rdi)";
	struct phase_value value;
	char text[128];
	ck_assert_ptr_null(phase_arg_of_note(args, 1, &value, text));
	is(&value, PHASE_FROM_REGISTER, 0, R15, -4);
	ck_assert_ptr_null(phase_arg_of_note(args, 2, &value, text));
	is(&value, PHASE_FROM_MEMORY, (uint64_t)-16, SP, 8);
	ck_assert_int_eq(value.indexed, 0);
	ck_assert_ptr_null(phase_arg_of_note(args, 3, &value, text));
	is(&value, PHASE_FROM_CONSTANT, 7, 0, 1);
	ck_assert_ptr_null(phase_arg_of_note(args, 4, &value, text));
	is(&value, PHASE_FROM_REGISTER, 0, BX, 2);
	ck_assert_ptr_null(phase_arg_of_note(args, 5, &value, text));
	is(&value, PHASE_FROM_CONSTANT, (uint64_t)-5, 0, -8);
	ck_assert_ptr_null(phase_arg_of_note(args, 6, &value, text));
	is(&value, PHASE_FROM_MEMORY, 0, DI, 4);
	ck_assert_ptr_null(phase_arg_of_note(args, -2, &value, text));
	is(&value, PHASE_FROM_MEMORY, 8, BX, 8);
	ck_assert_int_eq(value.index, DI);
	ck_assert_int_eq(value.indexed, 3);
	ck_assert_ptr_null(phase_arg_of_note(args, -1, &value, text));
	is(&value, PHASE_FROM_MEMORY, 0, AX, 8);
	ck_assert_int_eq(value.indexed, 1);
}
END_TEST

START_TEST(arguments_that_cannot_be_read)
{
	static const char *const args[] = { "", "4", "4@", "3@%eax", "4@%xmm0", "4@%ah", "4@NBuffers(%rip)",
		"4@8(%eax)", "4@8(%rax", "4@8(%rax,%rbx,3)", "4@$", "4@$x", "4@%rax4",
		"99999999999999999999@%rax", "4@8(,%rax,4)", "8@8(%rax,%rbx,", "4@%" };
	for (unsigned i = 0; i < sizeof(args) / sizeof(*args); i++) {
		struct phase_value value;
		char text[128];
		ck_assert_msg(phase_arg_of_note(args[i], 1, &value, text) != NULL, "%s", args[i]);
		ck_assert_ptr_nonnull(phase_arg_of_note(args[i], 2, &value, text));
		ck_assert_ptr_nonnull(phase_arg_of_note(args[i], -2, &value, text));
	}
}
END_TEST

/* ---- this program ---- */

int phase_spot_of_the_test(int number);

__attribute__((noinline, used)) int phase_spot_of_the_test(int number)
{
	__asm__ volatile("");
	return number;
}

struct problems {
	unsigned count;
	char last[256];
};

static void note(void *ctx, const struct phase_problem *problem)
{
	struct problems *problems = ctx;
	problems->count++;
	snprintf(problems->last, sizeof(problems->last), "%s: %s", problem->place->name, problem->why);
}

static int find(const char *phases, const char *name, struct phase_spots *spots, struct problems *problems)
{
	char *json;
	struct text why = { 0 };
	ck_assert_int_gt(
		asprintf(&json,
			"{\"format\":\"bundletrace-probes\",\"version\":1,\"name\":\"m\",\"files\":[\"check\"],\"phases\":[%s]}",
			phases),
		0);
	struct probemap *map = probemap_parse(json, strlen(json), &why);
	ck_assert_msg(map != NULL, "%.*s", (int)why.len, why.len ? why.data : "");
	int fd = open("/proc/self/exe", O_RDONLY);
	*problems = (struct problems){ 0 };
	int got = phase_spots_find(
		&(struct phase_lookup){ .map = map, .path = name, .problem = note, .ctx = problems }, fd,
		spots);
	close(fd);
	probemap_free(map);
	free(json);
	text_free(&why);
	return got;
}

START_TEST(a_function_and_its_return)
{
	struct phase_spots spots;
	struct problems problems;
	ck_assert_int_eq(
		find("{\"name\":\"a\",\"at\":\"phase_spot_of_the_test\",\"result\":\"s32\",\"args\":[{\"name\":\"n\",\"arg\":1,\"type\":\"s32\"}]}",
			"/x/check", &spots, &problems),
		1);
	ck_assert_uint_eq(problems.count, 0);
	ck_assert_uint_eq(spots.count, 2);
	const struct phase_spot *start = &spots.all[0], *done = &spots.all[1];
	ck_assert(!start->returns && start->site.role == PHASE_START && done->returns &&
		  done->site.role == PHASE_DONE);
	ck_assert_uint_eq(start->offset, done->offset);
	is(&start->site.args[0], PHASE_FROM_REGISTER, 0, DI, -4);
	is(&done->site.result, PHASE_FROM_REGISTER, 0, AX, -4);
	/* the bytes there are those of the function */
	unsigned char bytes[8];
	int fd = open("/proc/self/exe", O_RDONLY);
	ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), (off_t)start->offset), sizeof(bytes));
	ck_assert_int_eq(memcmp(bytes, (const void *)(uintptr_t)phase_spot_of_the_test, sizeof(bytes)), 0);
	close(fd);
	free(spots.all);
}
END_TEST

START_TEST(what_is_not_there)
{
	struct phase_spots spots;
	struct problems problems;
	/* another file */
	ck_assert_int_eq(find("{\"name\":\"a\",\"at\":\"main\"}", "/x/other", &spots, &problems), 0);
	ck_assert_uint_eq(spots.count + problems.count, 0);
	/* one of two phases is missing: the other is there */
	ck_assert_int_eq(
		find("{\"name\":\"a\",\"at\":\"no_such_function\"},{\"name\":\"b\",\"at\":\"main\",\"return\":false}",
			"check", &spots, &problems),
		2);
	ck_assert_str_eq(problems.last, "no_such_function: no such symbol");
	ck_assert_uint_eq(spots.count, 1);
	ck_assert_int_eq(spots.all[0].site.role, PHASE_POINT);
	ck_assert_int_eq(spots.all[0].site.phase, 1);
	free(spots.all);
	/* half of a pair is nothing */
	ck_assert_int_eq(
		find("{\"name\":\"a\",\"start\":\"main\",\"done\":\"usdt:x:y\"}", "check", &spots, &problems),
		1);
	ck_assert_str_eq(problems.last, "y: no such probe");
	ck_assert_uint_eq(spots.count, 0);
	free(spots.all);
	/* a pattern that fits too many */
	ck_assert_int_eq(find("{\"name\":\"a\",\"at\":\"text_*\"}", "check", &spots, &problems), 1);
	ck_assert_ptr_nonnull(strstr(problems.last, "too many"));
	ck_assert_uint_eq(spots.count, 0);
	free(spots.all);
}
END_TEST

/* The library's own probes, as any other provider's. */
START_TEST(probes_of_a_provider)
{
	struct phase_spots spots;
	struct problems problems;
	ck_assert_int_eq(
		find("{\"name\":\"a\",\"start\":\"usdt:pagedbundle:miss\",\"done\":\"usdt:pagedbundle:load\",\"args\":[{\"name\":\"size\",\"arg\":4,\"at\":\"done\"}],\"string\":{\"name\":\"model\",\"arg\":2}}",
			"check", &spots, &problems),
		1);
	ck_assert_uint_eq(problems.count, 0);
	ck_assert_uint_eq(spots.count, 2);
	ck_assert(spots.all[0].semaphore && spots.all[1].semaphore &&
		  spots.all[0].semaphore != spots.all[1].semaphore);
	ck_assert_int_eq(spots.all[1].site.role, PHASE_DONE);
	ck_assert_int_ne(spots.all[0].site.string.from, PHASE_FROM_NOWHERE); /* a register, or the stack */
	ck_assert_int_eq(spots.all[0].site.args[0].from, PHASE_FROM_NOWHERE);
	free(spots.all);
	ck_assert_int_eq(
		find("{\"name\":\"a\",\"at\":\"usdt:pagedbundle:miss\",\"args\":[{\"name\":\"x\",\"arg\":12}]}",
			"check", &spots, &problems),
		1);
	ck_assert_ptr_nonnull(strstr(problems.last, "none with the number 12"));
	ck_assert_uint_eq(spots.count, 0);
	free(spots.all);
}
END_TEST

Suite *phase_spots_suite(void)
{
	Suite *suite = suite_create("phase_spots");
	TCase *tc = tcase_create("phase_spots");
	tcase_add_test(tc, names_of_functions);
	tcase_add_test(tc, returns_that_are_safe);
	tcase_add_test(tc, arguments_of_notes);
	tcase_add_test(tc, arguments_that_cannot_be_read);
	tcase_add_test(tc, a_function_and_its_return);
	tcase_add_test(tc, what_is_not_there);
	tcase_add_test(tc, probes_of_a_provider);
	suite_add_tcase(suite, tc);
	return suite;
}
