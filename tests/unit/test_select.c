/* SPDX-License-Identifier: BSD-2-Clause */
/* Which events -P, --bundle and --model keep. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/suites.h"
#include "user/stage/select.h"
#include "made_event.h"

static struct selection selection;
static struct select *selects;

static void teardown(void)
{
	select_free(selects);
	free(selection.paths.items);
	free(selection.bundles.items);
	free(selection.models.items);
	selection = (struct selection){ 0 };
	selects = NULL;
}

static void begin(const char *path, const char *bundle, const char *model, struct cwd_options where)
{
	ck_assert(!selection_any(&selection));
	ck_assert(!path || selection_add(&selection.paths, path));
	ck_assert(!bundle || selection_add(&selection.bundles, bundle));
	ck_assert(!model || selection_add(&selection.models, model));
	ck_assert(selection_any(&selection));
	selects = select_new(&selection, &where);
	ck_assert_ptr_nonnull(selects);
}

static const struct cwd_options recorded = { .follow = true, .here = "/srv" };

static struct event call(const char *name, int64_t result)
{
	struct event ev = made(EVENT_SYSCALL, 1000);
	ev.call.nr = (uint32_t)syscall_number(name);
	ev.call.result = result;
	ev.call.returned = true;
	return ev;
}

static struct span span(const char *text)
{
	return (struct span){ text, (uint32_t)strlen(text), false };
}

static struct file_ref file(uint64_t ino, uint32_t opened, const char *path)
{
	return (struct file_ref){ .id = { .ino = ino, .dev = 8 << 20 | 1, .mode = 0100644 },
		.opened = opened,
		.path = span(path) };
}

static enum select_verdict on_file(uint64_t ino, uint32_t opened, const char *path)
{
	struct event ev = call("read", 10);
	ev.call.file = file(ino, opened, path);
	return select_event(selects, &ev);
}

static enum select_verdict on_path(const char *name, const char *path)
{
	struct event ev = call(name, -ENOENT);
	ev.call.path[0] = span(path);
	return select_event(selects, &ev);
}

START_TEST(a_file_by_its_path)
{
	begin("/m/a", NULL, NULL, recorded);
	ck_assert_int_eq(on_file(1, 1, "/m/a"), SELECT_IN);
	ck_assert_int_eq(on_file(2, 1, "/m/ab"), SELECT_OUT);
	ck_assert_int_eq(on_file(3, 1, "/n/m/a"), SELECT_OUT);
	ck_assert_int_eq(on_file(0, 0, ""), SELECT_OUT);
	/* renamed since: it is still the same open file; opened again by another name, it is another
	 * file */
	ck_assert_int_eq(on_file(1, 1, "/m/b"), SELECT_IN);
	ck_assert_int_eq(on_file(1, 0, ""), SELECT_IN); /* its close */
	ck_assert_int_eq(on_file(1, 2, "/m/b"), SELECT_OUT);
	struct event exit = made(EVENT_EXIT, 1000);
	ck_assert_int_eq(select_event(selects, &exit), SELECT_OUT);
}
END_TEST

START_TEST(all_below_a_folder)
{
	begin("/m/", NULL, NULL, recorded);
	ck_assert_int_eq(on_file(1, 1, "/m"), SELECT_IN);
	ck_assert_int_eq(on_file(2, 1, "/m/x/y"), SELECT_IN);
	ck_assert_int_eq(on_file(3, 1, "/mm/x"), SELECT_OUT);
	ck_assert_int_eq(on_path("access", "/m//./x/../../m/z"), SELECT_IN);
	ck_assert_int_eq(on_path("access", "/m/../x"), SELECT_OUT);
}
END_TEST

START_TEST(paths_that_are_relative)
{
	begin("/srv/a", NULL, NULL, recorded);
	ck_assert_int_eq(on_path("access", "a"), SELECT_IN);
	ck_assert_int_eq(on_path("access", "./b/../a"), SELECT_IN);
	struct event in_folder = call("openat", -EACCES);
	in_folder.call.args[0] = 5;
	in_folder.call.file = file(9, 1, "/srv");
	in_folder.call.path[0] = span("a");
	ck_assert_int_eq(select_event(selects, &in_folder), SELECT_IN);
	in_folder.call.file = file(10, 1, "/other");
	ck_assert_int_eq(select_event(selects, &in_folder), SELECT_OUT);
	/* it changes its folder, and its child begins there */
	struct event moves = call("chdir", 0), fork = made(EVENT_FORK, 1000);
	moves.call.path[0] = span("b");
	ck_assert_int_eq(select_event(selects, &moves), SELECT_OUT);
	ck_assert_int_eq(on_path("access", "a"), SELECT_OUT);
	ck_assert_int_eq(on_path("access", "../a"), SELECT_IN);
	fork.process.child_pid = fork.process.child_tid = 77;
	ck_assert_int_eq(select_event(selects, &fork), SELECT_OUT);
	struct event child = call("access", 0);
	child.pid = child.tid = 77;
	child.call.path[0] = span("../a");
	ck_assert_int_eq(select_event(selects, &child), SELECT_IN);
}
END_TEST

START_TEST(second_paths_and_descriptors)
{
	begin("/m/a", NULL, NULL, recorded);
	struct event rename = call("rename", 0), copy = call("sendfile", 10), exec = call("execve", 0);
	rename.call.path[0] = span("/x");
	rename.call.path[1] = span("/m/a");
	ck_assert_int_eq(select_event(selects, &rename), SELECT_IN);
	copy.call.file = file(1, 1, "/x");
	copy.call.other = file(2, 1, "/m/a");
	ck_assert_int_eq(select_event(selects, &copy), SELECT_IN);
	exec.call.path[0] = span("/bin/cat");
	exec.call.path[1] = span("/m/a"); /* the argument vector */
	ck_assert_int_eq(select_event(selects, &exec), SELECT_OUT);
	exec.call.path[0] = span("/m/a");
	ck_assert_int_eq(select_event(selects, &exec), SELECT_IN);
}
END_TEST

/* A cache event of bundle `id`, which was opened by that path. */
static enum select_verdict on_bundle(unsigned kind, uint64_t id, const char *path)
{
	struct event ev = made_app((uint16_t)kind, SPAN("encoder"), 0, 0, 0, 0);
	ev.app.bundle = id;
	ev.app.bundle_path = span(path);
	if (kind == EVENT_APP_OPEN)
		ev.app.name = span(path);
	return select_event(selects, &ev);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
	(void)st, (void)flag, (void)walk;
	return remove(path);
}

static int remove_all(const char *folder)
{
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

START_TEST(links_are_the_same_file)
{
	char folder[] = "/tmp/bundletrace-select-XXXXXX", name[64], link_name[64], symbolic[64];
	struct stat st;
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(name, sizeof(name), "%s/a", folder);
	snprintf(link_name, sizeof(link_name), "%s/b", folder);
	snprintf(symbolic, sizeof(symbolic), "%s/c", folder);
	close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ck_assert_int_eq(link(name, link_name), 0);
	ck_assert_int_eq(stat(name, &st), 0);
	begin(name, NULL, NULL, (struct cwd_options){ .live = true });
	struct event ev = call("read", 1);
	ev.call.file = file(st.st_ino, 1, link_name);
	ev.call.file.id.dev = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev));
	ck_assert_int_eq(select_event(selects, &ev), SELECT_IN);
	/* a bundle's link, of which only the path is known */
	ck_assert_int_eq(symlink(name, symbolic), 0);
	ck_assert_int_eq(on_bundle(EVENT_APP_OPEN, 1, symbolic), SELECT_IN);
	ck_assert_int_eq(on_bundle(EVENT_APP_OPEN, 2, folder), SELECT_OUT);
	/* the inode of a deleted file may be reused by the next open */
	unlink(name);
	ev.call.file.opened = 2;
	ck_assert_int_eq(select_event(selects, &ev), SELECT_OUT);
	unlink(link_name);
	unlink(symbolic);
	rmdir(folder);
}
END_TEST

/* As in a snapshot of Hugging Face: the folder has links to files that are kept elsewhere. */
START_TEST(links_in_a_folder)
{
	char top[] = "/tmp/bundletrace-select-XXXXXX", real[64], folder[64], blob[64], other[64], text[96];
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(folder, sizeof(folder), "%s/snapshot", top);
	snprintf(blob, sizeof(blob), "%s/blob", top);
	snprintf(other, sizeof(other), "%s/other", top);
	snprintf(real, sizeof(real), "%s/elsewhere", top);
	ck_assert(mkdir(folder, 0700) == 0 && mkdir(real, 0700) == 0);
	close(open(blob, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	close(open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	snprintf(text, sizeof(text), "%s/model", folder);
	ck_assert_int_eq(symlink("../blob", text), 0);
	snprintf(text, sizeof(text), "%s/sub", folder);
	ck_assert_int_eq(symlink("../elsewhere", text), 0);
	begin(folder, NULL, NULL, (struct cwd_options){ .live = true });
	ck_assert_int_eq(on_file(1, 1, blob), SELECT_IN);
	ck_assert_int_eq(on_file(2, 1, other), SELECT_OUT);
	snprintf(text, sizeof(text), "%s/file", real);
	ck_assert_int_eq(on_file(3, 1, text), SELECT_IN);
	/* a link that is made later is seen when it is used */
	struct event ev = call("openat", 3);
	snprintf(text, sizeof(text), "%s/later", folder);
	ev.call.path[0] = span(text);
	ev.call.args[0] = (uint32_t)AT_FDCWD;
	ev.call.other = file(2, 2, other);
	ck_assert_int_eq(select_event(selects, &ev), SELECT_IN);
	ck_assert_int_eq(on_file(2, 2, other), SELECT_IN);
	ck_assert_int_eq(remove_all(top), 0);
}
END_TEST

/* Relative to the folder that the kernel side reports, or to a descriptor's; where that is not known, to nothing. */
START_TEST(relative_to_a_known_folder)
{
	begin("/m", NULL, NULL, recorded);
	struct event ev = call("openat", -ENOENT);
	ev.call.path[0] = span("a");
	ev.call.args[0] = (uint32_t)AT_FDCWD;
	ck_assert_int_eq(select_event(selects, &ev), SELECT_OUT);
	ev.call.folder = file(7, 1, "/m");
	ck_assert_int_eq(select_event(selects, &ev), SELECT_IN);
	ev.call.folder = file(8, 1, "/x");
	ck_assert_int_eq(select_event(selects, &ev), SELECT_OUT);
	ev.call.args[0] = 5;
	ev.call.file = file(7, 1, "/m");
	ck_assert_int_eq(select_event(selects, &ev), SELECT_IN);
}
END_TEST

/* madvise and the like; a dup2 over a selected file's descriptor. */
START_TEST(mapped_and_replaced_files)
{
	begin("/m/a", NULL, NULL, recorded);
	struct event ev = call("madvise", 0);
	ev.call.mapped = file(1, 1, "/m/a");
	ck_assert_int_eq(select_event(selects, &ev), SELECT_IN);
	ev.call.mapped = file(2, 1, "/m/b");
	ck_assert_int_eq(select_event(selects, &ev), SELECT_OUT);
	ev = call("dup2", 5);
	ev.call.file = ev.call.other = file(2, 1, "/m/b");
	ck_assert_int_eq(select_event(selects, &ev), SELECT_OUT);
	ev.call.replaced = file(1, 1, "/m/a");
	ck_assert_int_eq(select_event(selects, &ev), SELECT_IN);
}
END_TEST

START_TEST(the_events_of_a_bundle)
{
	begin(NULL, "a.apbundle", NULL, recorded);
	ck_assert_int_eq(on_file(1, 1, "/x/a.apbundle"), SELECT_IN);
	ck_assert_int_eq(on_file(2, 1, "/x/aa.apbundle"), SELECT_OUT);
	ck_assert_int_eq(on_bundle(EVENT_APP_OPEN, 1, "/x/a.apbundle"), SELECT_IN);
	ck_assert_int_eq(on_bundle(EVENT_APP_OPEN, 2, "/x/b.apbundle"), SELECT_OUT);
	ck_assert_int_eq(on_bundle(EVENT_APP_MISS, 1, "/x/a.apbundle"), SELECT_IN);
	ck_assert_int_eq(on_bundle(EVENT_APP_MISS, 2, "/x/b.apbundle"), SELECT_OUT);
	ck_assert_int_eq(on_bundle(EVENT_APP_CLOSE, 1, "/x/a.apbundle"), SELECT_IN);
	/* the number now refers to another file */
	ck_assert_int_eq(on_bundle(EVENT_APP_OPEN, 1, "/x/b.apbundle"), SELECT_OUT);
	ck_assert_int_eq(on_bundle(EVENT_APP_HIT, 1, "/x/b.apbundle"), SELECT_OUT);
	struct event failed = made_app(EVENT_APP_ERROR, SPAN("/x/a.apbundle"), ENOENT, 0, 0, 0);
	failed.app.bundle = 0;
	failed.app.bundle_path = (struct span){ 0 };
	ck_assert_int_eq(select_event(selects, &failed), SELECT_IN);
}
END_TEST

/* The library opens by a relative path; the thread's own openat shows which file that is. */
START_TEST(a_bundle_by_what_its_thread_opened)
{
	begin("/m/a.apbundle", NULL, NULL, (struct cwd_options){ 0 });
	struct event open = call("openat", 3);
	open.call.path[0] = span("a.apbundle");
	open.call.other = file(1, 1, "/m/a.apbundle");
	ck_assert_int_eq(select_event(selects, &open), SELECT_IN);
	ck_assert_int_eq(on_bundle(EVENT_APP_OPEN, 1, "a.apbundle"), SELECT_IN);
	open.call.other = file(2, 1, "/n/a.apbundle");
	ck_assert_int_eq(select_event(selects, &open), SELECT_OUT);
	ck_assert_int_eq(on_bundle(EVENT_APP_OPEN, 2, "a.apbundle"), SELECT_OUT);
	ck_assert_int_eq(on_bundle(EVENT_APP_HIT, 1, "a.apbundle"), SELECT_IN);
	ck_assert_int_eq(on_bundle(EVENT_APP_HIT, 2, "a.apbundle"), SELECT_OUT);
}
END_TEST

START_TEST(models_by_pattern)
{
	begin(NULL, NULL, "enc*", recorded);
	ck_assert_int_eq(on_bundle(EVENT_APP_MISS, 1, "/x"), SELECT_IN);
	ck_assert_int_eq(on_bundle(EVENT_APP_OPEN, 1, "/x"), SELECT_CONTEXT);
	ck_assert_int_eq(on_bundle(EVENT_APP_CLOSE, 1, "/x"), SELECT_CONTEXT);
	ck_assert_int_eq(on_bundle(EVENT_APP_POLICY, 1, "/x"), SELECT_CONTEXT);
	struct event other = made_app(EVENT_APP_MISS, SPAN("decoder"), 0, 0, 0, 0);
	ck_assert_int_eq(select_event(selects, &other), SELECT_OUT);
	other.app.name = (struct span){ "enc\0der", 7, false };
	ck_assert_int_eq(select_event(selects, &other), SELECT_OUT);
	struct place place = { .first = SPAN("encoder") };
	struct event read = call("read", 1);
	read.call.file = file(1, 1, "/x");
	ck_assert_int_eq(select_event(selects, &read), SELECT_OUT);
	read.call.place = &place;
	ck_assert_int_eq(select_event(selects, &read), SELECT_IN);
	place.first = SPAN("decoder");
	ck_assert_int_eq(select_event(selects, &read), SELECT_OUT);
}
END_TEST

START_TEST(models_of_a_bundle)
{
	begin(NULL, "b", "encoder", recorded);
	ck_assert_int_eq(on_bundle(EVENT_APP_OPEN, 1, "/a"), SELECT_OUT);
	ck_assert_int_eq(on_bundle(EVENT_APP_OPEN, 2, "/b"), SELECT_CONTEXT);
	ck_assert_int_eq(on_bundle(EVENT_APP_MISS, 1, "/a"), SELECT_OUT);
	ck_assert_int_eq(on_bundle(EVENT_APP_MISS, 2, "/b"), SELECT_IN);
}
END_TEST

Suite *select_suite(void)
{
	Suite *suite = suite_create("select");
	TCase *tc = tcase_create("select");
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, a_file_by_its_path);
	tcase_add_test(tc, all_below_a_folder);
	tcase_add_test(tc, paths_that_are_relative);
	tcase_add_test(tc, second_paths_and_descriptors);
	tcase_add_test(tc, links_are_the_same_file);
	tcase_add_test(tc, links_in_a_folder);
	tcase_add_test(tc, relative_to_a_known_folder);
	tcase_add_test(tc, mapped_and_replaced_files);
	tcase_add_test(tc, the_events_of_a_bundle);
	tcase_add_test(tc, a_bundle_by_what_its_thread_opened);
	tcase_add_test(tc, models_by_pattern);
	tcase_add_test(tc, models_of_a_bundle);
	suite_add_tcase(suite, tc);
	return suite;
}
