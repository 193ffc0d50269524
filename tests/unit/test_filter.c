/* SPDX-License-Identifier: BSD-2-Clause */
/* The -e option: what it selects, and the messages for wrong specifications. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/suites.h"
#include "user/calls/filter.h"
#include "user/calls/filter_grammar.h"
#include "user/calls/syscalls.h"

/* The error of a specification, or "" if it is accepted. */
static const char *parse(struct filter *f, const char *spec)
{
	static char buf[1024];
	struct text error = { 0 };
	bool taken = filter_parse(f, spec, &error);
	ck_assert_msg(taken == (error.len == 0), "an error without a text, or the other way round: %s", spec);
	ck_assert(!error.failed && error.len < sizeof(buf));
	if (error.len)
		memcpy(buf, error.data, error.len);
	buf[error.len] = '\0';
	text_free(&error);
	return buf;
}

/* The names of selected calls, in the order of their numbers: "read,open"; more than 20 as their number. */
static const char *wanted(const struct filter *f)
{
	static char buf[1024];
	int count = 0;
	buf[0] = '\0';
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		if (!f->wanted[nr] || !syscall_name(nr))
			continue;
		if (count < 20) {
			strcat(buf, count ? "," : "");
			strcat(buf, syscall_name(nr));
		}
		count++;
	}
	if (count > 20)
		snprintf(buf, sizeof(buf), "%d calls", count);
	return buf;
}

#define BASICS "read,write,open,close,stat,fstat,lseek,access,mkdir,rmdir,unlink,openat,newfstatat"

static const struct {
	const char *spec, *calls;
} taken[] = {
	{ "trace=open,read,write", "read,write,open" },
	{ "open", "open" },
	{ "t=open", "open" },
	{ "trace= open ,\tread ", "read,open" },
	{ "open,open", "open" },
	{ "trace=file", BASICS },
	{ "file,!close", "read,write,open,stat,fstat,lseek,access,mkdir,rmdir,unlink,openat,newfstatat" },
	{ "file,! close", "read,write,open,stat,fstat,lseek,access,mkdir,rmdir,unlink,openat,newfstatat" },
	{ "!close,file", "372 calls" }, /* strace's: everything but all of these */
	{ "lseek,!lseek,lseek", "" },
	{ "!close", "384 calls" },
	{ "!close,read", "383 calls" },
	{ "!close,!read", "383 calls" },
	{ "!file", "372 calls" },
	{ "all", "385 calls" },
	{ "!none", "385 calls" },
	{ "!all", "" },
	{ "none", "" },
	{ "none,dup", "dup" },
	{ "%pure", "getpid,getuid,getgid,geteuid,getegid,getppid,getpgrp,gettid" },
	{ "%creds,!/^set/,!/^get/", "capget,capset,prctl" },
	{ "%clock",
		"gettimeofday,adjtimex,settimeofday,time,clock_settime,clock_gettime,clock_getres,clock_adjtime" },
	{ "%ipc", "shmget,shmat,shmctl,semget,semop,semctl,shmdt,msgget,msgsnd,msgrcv,msgctl,semtimedop" },
	{ "/^open/", "open,openat,open_by_handle_at,open_tree,openat2,open_tree_attr" },
	{ "/^(read|write)v?$/", "read,write,readv,writev" },
	{ "/^p(read|write)v{0,1}2$/,/^dup.{0,1}$/", "dup,dup2,dup3,preadv2,pwritev2" },
	{ "/^rea[,]d$/", "" },
	{ "/^rea[d,]$/,close", "read,close" },
	{ "0,8", "read,lseek" },
	{ "syscall_8", "lseek" },
	{ "pread", "pread64" },
	{ "?opneat,?read", "read" },
};

START_TEST(specs_of_calls)
{
	struct filter f;
	filter_init(&f);
	ck_assert_str_eq(parse(&f, taken[_i].spec), "");
	ck_assert_str_eq(wanted(&f), taken[_i].calls);
	ck_assert(f.trace_given && !f.app_given);
	ck_assert(filter_any_call(&f) == (taken[_i].calls[0] != '\0'));
	ck_assert_uint_eq(f.app, FILTER_APP_ALL);
}
END_TEST

/* A few members of each class, and one that does not belong to it: the rest is in the table. */
START_TEST(classes)
{
	static const struct {
		const char *spec;
		int in[6], out;
	} want[] = {
		{ "network", { SYS_socket, SYS_connect, SYS_accept, SYS_bind, SYS_sendto, SYS_getsockopt },
			SYS_read },
		{ "process", { SYS_fork, SYS_clone3, SYS_execve, SYS_exit_group, SYS_waitid, SYS_tgkill },
			SYS_read },
		{ "memory", { SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_brk, SYS_madvise },
			SYS_read },
		{ "%file", { SYS_open, SYS_execve, SYS_rename, SYS_getcwd, SYS_statx, SYS_mount }, SYS_read },
		{ "%desc", { SYS_read, SYS_openat, SYS_mmap, SYS_socket, SYS_poll, SYS_pipe2 }, SYS_rename },
		{ "desc", { SYS_read, SYS_openat, SYS_mmap, SYS_socket, SYS_poll, SYS_pipe2 }, SYS_rename },
		{ "%signal",
			{ SYS_kill, SYS_rt_sigaction, SYS_pause, SYS_signalfd4, SYS_tkill, SYS_sigaltstack },
			SYS_read },
	};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct filter f;
		filter_init(&f);
		ck_assert_str_eq(parse(&f, want[i].spec), "");
		for (int k = 0; k < 6; k++)
			ck_assert_msg(f.wanted[want[i].in[k]], "%s lacks %s", want[i].spec,
				syscall_name((unsigned)want[i].in[k]));
		ck_assert_msg(!f.wanted[want[i].out], "%s has too much", want[i].spec);
	}
}
END_TEST

START_TEST(numbers_without_a_name)
{
	struct filter f;
	filter_init(&f);
	ck_assert(f.wanted[500]);
	ck_assert_str_eq(parse(&f, "!file"), "");
	ck_assert(f.wanted[500]);
	ck_assert_str_eq(parse(&f, "syscall_500,read"), "");
	ck_assert(f.wanted[500] && f.wanted[SYS_read] && !f.wanted[501]);
	ck_assert_str_eq(parse(&f, "/./"), "");
	ck_assert(!f.wanted[500]);
	ck_assert_str_eq(parse(&f, "!/./"), "");
	ck_assert(f.wanted[500]);
	ck_assert_str_eq(wanted(&f), "");
}
END_TEST

START_TEST(cache_events)
{
	static const struct {
		const char *spec;
		uint32_t mask;
	} want[] = {
		{ "app=miss,load", FILTER_APP(EVENT_APP_MISS) | FILTER_APP(EVENT_APP_LOAD) },
		{ "app=!hit", FILTER_APP_ALL & ~FILTER_APP(EVENT_APP_HIT) },
		{ "app=all,!hit,!open",
			FILTER_APP_ALL & ~FILTER_APP(EVENT_APP_HIT) & ~FILTER_APP(EVENT_APP_OPEN) },
		{ "app=none", 0 },
		{ "app=all", FILTER_APP_ALL },
		{ "app=/e.i/", FILTER_APP(EVENT_APP_EVICT) },
		{ "app=open,hit,miss,load,evict,prefetch,error,close,policy", FILTER_APP_ALL },
	};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct filter f;
		filter_init(&f);
		ck_assert_str_eq(parse(&f, want[i].spec), "");
		ck_assert_msg(f.app == want[i].mask, "%s: %x", want[i].spec, f.app);
		ck_assert(f.app_given && !f.trace_given && f.wanted[SYS_read]);
		ck_assert_int_eq(
			filter_wants_app(&f, EVENT_APP_MISS), !!(want[i].mask & FILTER_APP(EVENT_APP_MISS)));
		ck_assert(!filter_wants_app(&f, EVENT_SYSCALL) && !filter_wants_app(&f, EVENT_FORK));
	}
}
END_TEST

/* Requests of io_uring go with the call that makes them, unless they are asked for by themselves. */
START_TEST(layers)
{
	static const struct {
		const char *first, *second;
		bool uring;
	} want[] = {
		{ "all", "trace=all", true },
		{ "trace=openat", "app=none", false },
		{ "trace=io_uring_enter", "app=none", true },
		{ "trace=none", "layer=uring", true },
		{ "layer=all", "trace=none", true },
		{ "layer=none", "trace=all", false },
		{ "layer=!uring", "trace=all", false },
		{ "layer=none", "layer=uring", true },
	};
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		struct filter f;
		filter_init(&f);
		ck_assert_str_eq(parse(&f, want[i].first), "");
		ck_assert_str_eq(parse(&f, want[i].second), "");
		ck_assert_msg(filter_wants_layer(&f, FILTER_URING) == want[i].uring, "%s %s", want[i].first,
			want[i].second);
	}
}
END_TEST

/* The layer memory is the calls of that class, beside those of trace=. */
START_TEST(memory_is_calls)
{
	static const char *const orders[][2] = { { "trace=read", "layer=memory" },
		{ "layer=memory", "trace=read" } };
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		struct filter f;
		filter_init(&f);
		ck_assert_str_eq(parse(&f, orders[i][0]), "");
		ck_assert_str_eq(parse(&f, orders[i][1]), "");
		ck_assert(!f.wanted[SYS_madvise]);
		ck_assert(filter_complete(&f));
		ck_assert(f.wanted[SYS_read] && f.wanted[SYS_mmap] && f.wanted[SYS_madvise]);
		ck_assert(f.wanted[SYS_mlock] && f.wanted[SYS_munmap] && f.wanted[SYS_mremap]);
		ck_assert(!f.wanted[SYS_openat]);
		ck_assert(!filter_wants_lower(&f));
	}
}
END_TEST

START_TEST(the_last_of_a_kind_wins)
{
	struct filter f;
	filter_init(&f);
	ck_assert_str_eq(parse(&f, "trace=open"), "");
	ck_assert_str_eq(parse(&f, "app=miss"), "");
	ck_assert_str_eq(parse(&f, "read"), "");
	ck_assert_str_eq(wanted(&f), "read");
	ck_assert_uint_eq(f.app, FILTER_APP(EVENT_APP_MISS));
}
END_TEST

static const struct {
	const char *spec, *error;
} refused[] = {
	{ "trace=opneat", "unknown system call \"opneat\" (did you mean \"openat\"?)" },
	{ "read,!closs", "unknown system call \"closs\" (did you mean \"close\"?)" },
	{ "fiel", "unknown system call \"fiel\" (did you mean \"file\"?)" },
	{ "al", "unknown system call \"al\" (did you mean \"all\"?)" },
	{ "zzzzzzzz", "unknown system call \"zzzzzzzz\"" },
	{ "OPEN", "unknown system call \"OPEN\"" },
	{ "%netwrok", "unknown class \"%netwrok\" (did you mean \"%network\"?)" },
	{ "%", "unknown class \"%\"" },
	{ "%%stat", "unknown class \"%%stat\"" },
	{ "512", "unknown system call \"512\"" },
	{ "99999999999999999999", "unknown system call \"99999999999999999999\"" },
	{ "syscall_", "unknown system call \"syscall_\"" },
	{ "-1", "unknown system call \"-1\"" },
	{ "?", "unknown system call \"?\"" },
	{ "!!open", "unknown system call \"!open\" (did you mean \"open\"?)" },
	{ "\033[31m", "unknown system call \"\\33[31m\"" },
	{ "/(/", "bad regular expression \"/(/\": Unmatched ( or \\(" },
	{ "/read", "bad regular expression \"/read\": no closing /" },
	{ "/", "bad regular expression \"/\": no closing /" },
	{ "//", "bad regular expression \"//\": it is empty" },
	{ "/a/b/", "bad regular expression \"/a/b/\": text after the closing /" },
	{ "/a/b", "bad regular expression \"/a/b\": text after the closing /" },
	{ "///", "bad regular expression \"///\": text after the closing /" },
	{ "/((a{255}){255}){255}/",
		"bad regular expression \"/((a{255}){255}){255}/\": repeats more than 1000 times" },
	{ "/a{4294967297}/", "bad regular expression \"/a{4294967297}/\": repeats more than 1000 times" },
	{ "", "an empty name in the list of system calls \"\" (say none for none)" },
	{ "trace=", "an empty name in the list of system calls \"\" (say none for none)" },
	{ "trace=!", "an empty name in the list of system calls \"!\" (say none for none)" },
	{ "open,", "an empty name in the list of system calls \"open,\" (say none for none)" },
	{ "open,,read", "an empty name in the list of system calls \"open,,read\" (say none for none)" },
	{ " ", "an empty name in the list of system calls \" \" (say none for none)" },
	{ "app=", "an empty name in the list of cache events \"\" (say none for none)" },
	{ "app=mis", "unknown cache event \"mis\" (did you mean \"miss\"?)" },
	{ "app=read", "unknown cache event \"read\"" },
	{ "app=%file", "unknown cache event \"%file\"" },
	{ "app=1", "unknown cache event \"1\"" },
	{ "app=file", "unknown cache event \"file\"" },
	{ "app=syscall", "unknown cache event \"syscall\"" },
	{ "signal=none",
		"unknown kind of filter \"signal\" (trace= for system calls, app= for cache events, layer= for layers below them, fault= for page faults)" },
	{ "layer=blok", "unknown layer \"blok\" (did you mean \"block\"?)" },
	{ "layer=", "an empty name in the list of layers \"\" (say none for none)" },
	{ "=open", "unknown system call \"=open\" (did you mean \"open\"?)" },
};

START_TEST(errors_say_what_is_wrong)
{
	struct filter f, before;
	filter_init(&f);
	ck_assert_str_eq(parse(&f, "trace=dup"), "");
	before = f;
	ck_assert_str_eq(parse(&f, refused[_i].spec), refused[_i].error);
	ck_assert_mem_eq(&f, &before, sizeof(f));
}
END_TEST

/* Parsing a long input of each kind ends, with a short error text. */
START_TEST(very_long_specs)
{
	static const char *const units[] = { "a", "/", "!", ",", "(", "%", "{9", "open,", "[", "\\", "9", " ",
		"\xff" };
	enum { LENGTH = 100000 };
	char *spec = malloc(LENGTH + 16);
	ck_assert_ptr_nonnull(spec);
	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
		for (int regex = 0; regex < 2; regex++) {
			struct filter f;
			char *p = spec;
			if (regex)
				*p++ = '/';
			for (; p < spec + LENGTH; p += strlen(units[u]))
				strcpy(p, units[u]);
			if (regex)
				*p++ = '/';
			*p = '\0';
			filter_init(&f);
			const char *error = parse(&f, spec);
			ck_assert_uint_lt(strlen(error), 400);
			ck_assert_msg(error[0], "%s... was taken", units[u]);
		}
	}
	free(spec);
}
END_TEST

START_TEST(a_thousand_items)
{
	struct filter f;
	char *spec = malloc(1000 * 8 + 8);
	ck_assert_ptr_nonnull(spec);
	spec[0] = '\0';
	for (int i = 0; i < 1000; i++)
		memcpy(spec + 7 * i, "/^dup/,", 8);
	strcat(spec, "read");
	filter_init(&f);
	ck_assert_str_eq(parse(&f, spec), "");
	ck_assert_str_eq(wanted(&f), "read,dup,dup2,dup3");
	free(spec);
}
END_TEST

/* ---- the grammar, over a separate set ---- */

static const char *const colours[] = { "red", "green", NULL, "blue" };

static const char *colour(unsigned member)
{
	return colours[member];
}

static bool colour_in_class(unsigned member, unsigned class)
{
	return class >> member & 1;
}

static int other_colour(struct item item)
{
	return item_is(item, "2") ? 2 : -1;
}

static const struct name_class colour_classes[] = { { "warm", 1, 3 } };
static const struct name_set plain_colours = {
	.one = "colour", .many = "colours", .size = 4, .name = colour
};
static const struct name_set rich_colours = {
	.one = "colour",
	.many = "colours",
	.size = 4,
	.name = colour,
	.other_name = other_colour,
	.classes = colour_classes,
	.class_count = 1,
	.in_class = colour_in_class,
};

static const struct {
	const struct name_set *set;
	const char *list, *wanted; /* a digit for each member, or the error */
} lists[] = {
	{ &plain_colours, "red, blue", "1001" },
	{ &plain_colours, "/re/", "1100" },
	{ &plain_colours, "!red", "0111" },
	{ &plain_colours, "blue,all,!green", "1011" },
	{ &plain_colours, "?pink,green", "0100" },
	{ &plain_colours, "2", "unknown colour \"2\"" },
	{ &plain_colours, "%warm", "unknown colour \"%warm\"" },
	{ &plain_colours, "gren", "unknown colour \"gren\" (did you mean \"green\"?)" },
	{ &plain_colours, "red,", "an empty name in the list of colours \"red,\" (say none for none)" },
	{ &rich_colours, "2", "0010" },
	{ &rich_colours, "warm", "1100" },
	{ &rich_colours, "%warm", "1000" },
	{ &rich_colours, "warm,!%warm", "0100" },
	{ &rich_colours, "%wram", "unknown class \"%wram\" (did you mean \"%warm\"?)" },
};

START_TEST(lists_of_any_names)
{
	bool wanted[4] = { true, true, true, true };
	struct text error = { 0 };
	bool good = filter_list_parse(lists[_i].set, lists[_i].list, wanted, &error);
	for (int i = 0; good && i < 4; i++)
		text_char(&error, wanted[i] ? '1' : '0');
	text_char(&error, '\0');
	ck_assert_str_eq(error.data, lists[_i].wanted);
	text_free(&error);
}
END_TEST

Suite *filter_suite(void)
{
	Suite *suite = suite_create("filter");
	TCase *tc = tcase_create("filter");
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, specs_of_calls, 0, sizeof(taken) / sizeof(taken[0]));
	tcase_add_test(tc, classes);
	tcase_add_test(tc, numbers_without_a_name);
	tcase_add_test(tc, cache_events);
	tcase_add_test(tc, layers);
	tcase_add_test(tc, memory_is_calls);
	tcase_add_test(tc, the_last_of_a_kind_wins);
	tcase_add_loop_test(tc, errors_say_what_is_wrong, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tc, very_long_specs);
	tcase_add_test(tc, a_thousand_items);
	tcase_add_loop_test(tc, lists_of_any_names, 0, sizeof(lists) / sizeof(lists[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
