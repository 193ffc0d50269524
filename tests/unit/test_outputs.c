/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What bundlectl writes over, and what it leaves when it cannot write: old files stay, whole and as they were, and
 * nothing else is left behind. As programs, by a shell: the file system and the kernel are the observers.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "bundle_help.h"
#include "model_files.h"

enum { BIG = 3 << 20 };

/* big: 3 MiB of numbers; a, b: small; x.safetensors: one tensor of all of big; m: a bundle of a and b, s: x imported;
 * old: what outputs replace. */
static void make_files(void)
{
	static char big[BIG];
	struct text t = { 0 };
	char json[128];
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + i / 251);
	spill(scratch_file("big"), big, sizeof(big));
	spill(scratch_file("a"), "AAAA", 4);
	spill(scratch_file("b"), "BBBBBB", 6);
	spill(scratch_file("old"), "what was there", 14);
	snprintf(json, sizeof(json), "{\"t\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]}}", BIG,
		BIG);
	put_safetensors_json(&t, json);
	text_add(&t, big, sizeof(big));
	ck_assert(!t.failed);
	spill(scratch_file("x.safetensors"), t.data, t.len);
	text_free(&t);
	SHELL(0, "", "$B create m a=a b=b && $B import -t5 s x.safetensors && rm -f out; cp old out");
}

static const char *const commands[] = { "$B create -t5 $o a=big", "$B import -t5 $o x.safetensors",
	"$B convert s $o", "$B extract s t -o $o", "$B export -F safetensors s $o" };
enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

/* Runs a script in which `eval "$C"` is a command whose output is $o, and `eval "$L"` exits with 9 unless only the files of
 * make_files() are there. */
static void with_command(int want_status, const char *text, const char *script, const char *command)
{
	static const char left[] =
		"ls=$(echo $(ls -A)); [ \"$ls\" = \"a b big m old out s x.safetensors\" ] || { echo left: $ls; exit 9; }";
	char line[4096];
	int status;
	snprintf(line, sizeof(line), "export o=out C='%s' L='%s'; %s", command, left, script);
	char *got = run_shell(&status, line);
	ck_assert_msg(status == want_status && strstr(got, text), "%s: exit status %d, not %d with '%s': %s",
		line, status, want_status, text, got);
	free(got);
}

START_TEST(a_file_that_may_not_grow)
{
	make_files();
	with_command(1, "File too large",
		"(ulimit -f 100; eval \"$C\"); s=$?; cmp old out || exit 8; eval \"$L\"; exit $s",
		commands[_i]);
	with_command(0, "640",
		"chmod 640 out; eval \"$C\" && ! cmp -s old out && eval \"$L\" && stat -c %a out",
		commands[_i]);
}
END_TEST

/* In a mount namespace of its own. */
static bool no_namespaces(const char *what)
{
	int status;
	free(run_shell(&status, "unshare -rm mount -t tmpfs none /mnt"));
	if (status == 0)
		return false;
	fprintf(stderr, "left out, as it needs a mount namespace: %s\n", what);
	return true;
}

START_TEST(file_systems_that_are_full_or_read_only)
{
	make_files();
	if (no_namespaces("full file systems"))
		return;
	with_command(1, "No space left",
		"mkdir d; unshare -rm sh -c 'mount -t tmpfs -o size=1m none d && cp old d/out && cd d && ln -s ../a ../big "
		"../s ../x.safetensors . && head -c 900k ../big > fill; eval \"$C\"; s=$?; cmp out ../old || exit 8; "
		"[ $(ls -A | wc -l) = 6 ] || { ls -lA; exit 9; }; exit $s' 2>&1",
		commands[_i]);
	with_command(1, "Read-only file system",
		"unshare -rm sh -c 'mount -t tmpfs none d && cp old d/out && cd d && ln -s ../a ../big ../s ../x.safetensors . "
		"&& mount -o remount,ro . && eval \"$C\"; s=$?; cmp out ../old || exit 8; exit $s' 2>&1",
		commands[_i]);
}
END_TEST

/* Ended at any moment, the old file or the new one is there, whole, and nothing else. (A shell ignores SIGINT in what it
 * runs in the background.) */
START_TEST(ended_at_any_moment)
{
	make_files();
	with_command(0, "stopped",
		"cp -r . ../new.$$; (cd ../new.$$ && eval \"$C\"); i=0; while [ $i -lt 8 ]; do i=$((i + 1)); "
		"set -- INT TERM HUP KILL; shift $((i % 4)); eval \"exec env --default-signal=INT $C\" & p=$!; "
		"sleep 0.0$((i * 7 % 6))$((i % 9 + 1)); kill -$1 $p 2>/dev/null; wait $p 2>/dev/null; "
		"cmp -s out old || cmp -s out ../new.$$/out || { echo $1: neither; exit 8; }; cmp -s out old && k=$((k + 1)); "
		"[ $1 = KILL ] && rm -f .bundlectl-*; eval \"$L\"; cp old out; done; rm -r ../new.$$; echo stopped $k",
		commands[_i]);
}
END_TEST

/* Without /proc a file cannot get a name later: it has a temporary one, which is removed at a signal. */
START_TEST(temporary_names_are_removed)
{
	make_files();
	if (no_namespaces("temporary names"))
		return;
	with_command(0, "seen",
		"unshare -rm sh -c 'mount -t tmpfs none /proc; for s in INT TERM HUP QUIT; do i=0; "
		"eval \"exec env --default-signal=INT,QUIT $C\" & p=$!; while [ $i -lt 3000 ]; do i=$((i + 1)); "
		"for f in .bundlectl-*; do [ -e $f ] && { echo seen; i=9999; }; done; done; "
		"kill -$s $p 2>/dev/null; wait $p; cmp -s out old || cmp -s out big || cmp -s out x.safetensors || "
		"$B verify out || exit 8; eval \"$L\"; cp old out; done; eval \"$C\" && ! cmp -s out old && eval \"$L\"' 2>&1",
		commands[_i]);
	SHELL(0, "File exists",
		"unshare -rm sh -c 'mount -t tmpfs none /proc; $B extract s --all e && cmp e/t big && ! $B extract s --all e && "
		"$B extract -f s --all e && cmp e/t big && [ $(ls -A e | wc -l) = 2 ] && rm -r e' 2>&1");
}
END_TEST

/* What is no regular file stays what it is; a link stays a link, and what it leads to is replaced. */
START_TEST(what_is_no_regular_file)
{
	make_files();
	with_command(0, "",
		"mkfifo f; ln -s out l; ln -s l l2; ln -s nowhere n; mkdir d; for o in f n d / '' d/; do "
		"eval \"$C\" 2>/dev/null && { echo $o; exit 1; }; done; [ -p f ] && [ -d d ] && [ ! -e nowhere ] || exit 2; "
		"o=l2; eval \"$C\" && [ -L l2 ] && [ -L l ] && ! cmp -s out old || exit 3",
		commands[_i]);
	with_command(0, "",
		"ln -s /dev/null z; for o in /dev/null z; do eval \"$C\" || exit 1; done; [ -c /dev/null ] && [ -L z ] || exit 2; "
		"eval \"$C\"; o=one; eval \"$C\" || exit 3; for o in - /dev/stdout /dev/fd/1 /proc/self/fd/1; do "
		"{ echo before; eval \"$C\"; echo after; } > two; { echo before; cat one; echo after; } | cmp - two || exit 4; "
		"eval \"$C\" | cmp - one || exit 5; eval \"$C\" 2>/dev/null >/dev/full && exit 6; "
		"eval \"$C\" 2>/dev/null >&- && exit 7; done; o=/dev/full; eval \"$C\" 2>/dev/null && exit 8; "
		"o=/dev/stdin; eval \"$C\" 2>/dev/null < old && exit 9; grep -q there old",
		commands[_i]);
}
END_TEST

/* By whatever name. */
START_TEST(never_over_the_input)
{
	static const char *const to[] = { "$B extract $i t -o $o", "$B export -F safetensors $i $o",
		"$B create -t5 $o x=$i", "$B import -t5 $o $i" };
	make_files();
	with_command(0, "",
		"export i; mkdir d; case $C in *import*) i=x.safetensors;; *) i=s; esac; cp $i keep; ln $i d/hard; ln -s ../$i d/soft; "
		"for o in $i ./$i d/hard d/soft $(pwd)/$i /proc/self/cwd/$i /dev/fd/3; do eval \"$C\" 3<>$i 2>err && { echo $o; exit 1; }; "
		"cmp $i keep && cmp d/hard keep || exit 2; grep -q -e 'is the file that' -e 'is the output too' err || { cat err; exit 3; }; "
		"done; o=-; eval \"$C\" 2>err >>$i && exit 4; cmp $i keep || exit 5; unshare -rm true || exit 0; touch other; "
		"unshare -rm sh -c 'mount --bind $i other; o=other; eval \"$C\"' 2>err && exit 6; cmp $i keep || exit 7; "
		"grep -q -e 'is the file that' -e 'is the output too' err || { cat err; exit 8; }",
		to[_i]);
	SHELL(0, "", "cp s k; ln s h; $B convert -t5 s s && cmp h k && $B verify s");
	SHELL(1, "is the file that", "mkdir q; cd q; $B create q q=../a && $B extract -f q q");
	SHELL(0, "whole", "cd q; $B verify q");
}
END_TEST

/* Links and files that another user has put into a folder for everybody. */
START_TEST(baits)
{
	make_files();
	if (geteuid() != 0) {
		fprintf(stderr, "left out, as it needs root: another user's links\n");
		return;
	}
	SHELL(0, "",
		"[ $(cat /proc/sys/fs/protected_symlinks) = 0 ] && exit 0; mkdir -m 1777 w && chmod 755 . && cd w && "
		"setpriv --reuid=65534 --regid=65534 --clear-groups ln -s ../old l && ! $B create l a=../a && "
		"grep -qx 'what was there' ../old");
	SHELL(0, "",
		"mkdir -m 1777 v && chmod 755 . && cd v && setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "
		"'echo bait > f; chmod 4777 f' && ! $B create f a=../a && grep -qx bait f");
	/* elsewhere a file keeps its owner; set-user-ID is not for new bytes */
	SHELL(0, "65534:65534 640",
		"cp old o; chown 65534:65534 o; chmod 4640 o; $B create o a=a && stat -c '%u:%g %a' o");
}
END_TEST

START_TEST(standard_input_and_output)
{
	make_files();
	SHELL(0, "", "$B create -t5 k a=a b=b && $B create -t5 - a=a b=b | cmp - k");
	SHELL(0, "stdin: 2 models, 10 bytes", "$B list - < m");
	SHELL(0, "stdin: whole: 2 models", "cat m | $B verify -");
	SHELL(0, "", "cat m | $B extract - b -o - | cmp - b && $B extract - a -o - < m | cmp - a");
	SHELL(0, "", "(head -c 0; cat) < m | $B extract - --all e && cmp e/a a && cmp e/b b && rm -r e");
	SHELL(0, "",
		"cat x.safetensors | $B import -t5 - - | cmp - s && $B import -t5 - - < x.safetensors | cmp - s");
	SHELL(0, "",
		"cat s | $B export - - | cmp - x.safetensors && $B export -F safetensors - k < s && cmp k x.safetensors");
	SHELL(0, "", "cat s | $B convert --compress - - | $B convert - - | cmp - s");
	SHELL(0, "", "cat a | $B create -t5 k a=- b=b && $B create -t5 l a=a b=b && cmp k l");
	SHELL(1, "only once", "$B create k a=- b=- < a");
	SHELL(1, "standard input", "$B create - a=- b=- < a");
	SHELL(1, "stdin: not a bundle", "$B list - < x.safetensors");
	SHELL(1, "No such file", "cat a | TMPDIR=/nowhere $B create k a=-");
	/* what is read already is no part of it */
	SHELL(0, "",
		"{ head -c 2 > /dev/null; $B create -t5 k a=-; } < b; $B extract k a -o - | cmp -n 4 - b");
	/* messages never land in a file */
	SHELL(1, "",
		"cp m k; printf X | dd of=k bs=1 seek=0 conv=notrunc 2>/dev/null; $B extract k a -o o2 2>&- ; s=$?; [ ! -e o2 ] || exit 9; exit $s");
	SHELL(1, "", "$B list m >&- 2>/dev/null");
}
END_TEST

Suite *outputs_suite(void)
{
	Suite *suite = suite_create("outputs");
	TCase *tc = tcase_create("outputs");
	tcase_set_timeout(tc, 240);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_loop_test(tc, a_file_that_may_not_grow, 0, COMMANDS);
	tcase_add_loop_test(tc, file_systems_that_are_full_or_read_only, 0, COMMANDS);
	tcase_add_loop_test(tc, ended_at_any_moment, 0, COMMANDS);
	/* without /proc a sanitizer's runtime does not know its own program */
	if (!SANITIZED)
		tcase_add_loop_test(tc, temporary_names_are_removed, 0, COMMANDS);
	tcase_add_loop_test(tc, what_is_no_regular_file, 0, COMMANDS);
	tcase_add_loop_test(tc, never_over_the_input, 0, 4);
	tcase_add_test(tc, baits);
	tcase_add_test(tc, standard_input_and_output);
	suite_add_tcase(suite, tc);
	return suite;
}
