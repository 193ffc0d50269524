/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes in the programs are those of docs/usdt.md, in forms that every tracer can parse. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "bundle_help.h"

enum { PROBES = 32 };

struct probe {
	char name[32];
	int arguments, sites;
};

struct probes {
	struct probe all[PROBES];
	int count;
};

static struct probe *probe_called(struct probes *p, const char *name, size_t len)
{
	for (int i = 0; i < p->count; i++)
		if (strlen(p->all[i].name) == len && memcmp(p->all[i].name, name, len) == 0)
			return &p->all[i];
	ck_assert_int_lt(p->count, PROBES);
	ck_assert_uint_lt(len, sizeof(p->all[0].name));
	struct probe *fresh = &p->all[p->count++];
	*fresh = (struct probe){ 0 };
	memcpy(fresh->name, name, len);
	return fresh;
}

/* "### `name`" begins a probe; its rows "| argN | C type |" are its arguments, in order. */
static struct probes documented(void)
{
	struct probes p = { 0 };
	struct probe *now = NULL;
	char *save, *text = slurp(source_path("docs/usdt.md"), NULL);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		int number;
		if (strncmp(line, "### `", 5) == 0) {
			char *end = strchr(line + 5, '`');
			ck_assert_ptr_nonnull(end);
			now = probe_called(&p, line + 5, (size_t)(end - line - 5));
			now->sites++;
		} else if (line[0] == '#') {
			now = NULL;
		} else if (now && sscanf(line, "| arg%d |", &number) == 1) {
			ck_assert_msg(number == now->arguments, "%s: %s", now->name, line);
			ck_assert_msg(strstr(line, "| uint64_t |") || strstr(line, " * |"), "%s: %s",
				now->name, line);
			now->arguments++;
		}
	}
	free(text);
	return p;
}

/* 8@ and a register, a constant, or an offset with a register: what libbpf 1.1 can parse. */
static bool readable(const char *argument)
{
	if (strncmp(argument, "8@", 2) != 0)
		return false;
	const char *s = argument + 2;
	if (*s == '$')
		return isdigit((unsigned char)s[1 + (s[1] == '-')]);
	s += *s == '-';
	s += strspn(s, "0123456789");
	if (*s == '(')
		return s[1] == '%' && s[strcspn(s, ",)")] == ')';
	return *s == '%' && !strpbrk(s, "(,");
}

static int check_arguments(const char *probe, char *arguments)
{
	char *save;
	int count = 0;
	for (char *a = strtok_r(arguments, " \n", &save); a; a = strtok_r(NULL, " \n", &save)) {
		ck_assert_msg(readable(a), "%s: argument %s", probe, a);
		count++;
	}
	return count;
}

#if defined(__x86_64__)
static const bool forms_are_checked = true;
#else
static const bool forms_are_checked = false; /* other registers, other syntax */
#endif

static struct probes in_file(const char *path)
{
	struct probes p = { 0 };
	struct probe *now = NULL;
	char command[4200], line[1024];
	snprintf(command, sizeof(command), "readelf -W -n %s", path);
	FILE *notes = popen(command, "re");
	ck_assert_ptr_nonnull(notes);
	bool ours = false;
	while (fgets(line, sizeof(line), notes)) {
		unsigned long long semaphore;
		const char *at;
		if (strstr(line, "Provider:"))
			ours = strstr(line, "Provider: pagedbundle\n") != NULL;
		else if (ours && (at = strstr(line, "Name: ")))
			(now = probe_called(&p, at + 6, strcspn(at + 6, "\n")))->sites++;
		else if (ours && (at = strstr(line, "Semaphore: ")))
			ck_assert_msg(sscanf(at, "Semaphore: %llx", &semaphore) == 1 && semaphore, "%s: %s",
				path, line);
		else if (ours && now && (at = strstr(line, "Arguments:")) && forms_are_checked)
			now->arguments = check_arguments(now->name, (char *)at + 10);
	}
	ck_assert_int_eq(pclose(notes), 0);
	return p;
}

static void compare(const char *path)
{
	struct probes want = documented(), have = in_file(path);
	ck_assert_int_ge(want.count, 8);
	ck_assert_int_eq(have.count, want.count);
	for (int i = 0; i < want.count; i++) {
		const struct probe *w = &want.all[i];
		const struct probe *h = probe_called(&have, w->name, strlen(w->name));
		ck_assert_msg(h->sites == 1, "%s: %s has %d sites", path, w->name, h->sites);
		if (forms_are_checked)
			ck_assert_msg(h->arguments == w->arguments,
				"%s: %s has %d arguments, documented are %d", path, w->name, h->arguments,
				w->arguments);
	}
}

START_TEST(in_a_program)
{
	compare(program("bundle_demo"));
}
END_TEST

START_TEST(in_the_shared_library)
{
	compare(program("libpagedbundle.so"));
}
END_TEST

START_TEST(forms)
{
	ck_assert(
		readable("8@%rax") && readable("8@-8(%rbp)") && readable("8@$-1") && readable("8@16(%rsp)"));
	ck_assert(!readable("8@(%rdi,%rsi,8)") && !readable("4@%eax") && !readable("-8@%rax") &&
		  !readable("8@symbol(%rip)"));
}
END_TEST

Suite *probes_suite(void)
{
	Suite *suite = suite_create("probes");
	TCase *tc = tcase_create("probes");
	tcase_add_test(tc, in_a_program);
	tcase_add_test(tc, in_the_shared_library);
	tcase_add_test(tc, forms);
	suite_add_tcase(suite, tc);
	return suite;
}
