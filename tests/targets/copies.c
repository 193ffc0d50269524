/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * copies BUNDLE LIBRARY: has the library twice, in two link namespaces. Opens the bundle in both, prints "ready PID", and
 * for each line of standard input gets the first three models in both and prints "got N". At the line "fork" it creates a
 * child that prints "child PID" and waits.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pagedbundle.h>

enum { COPIES = 2, MODELS = 3 };

struct copy {
	int (*open)(const char *path, const struct pb_config *config, struct pb_paged **paged);
	int (*get_at)(struct pb_paged *paged, size_t index, struct pb_view *view);
	void (*release)(struct pb_view *view);
	int (*close)(struct pb_paged *paged);
	struct pb_paged *paged;
};

static void open_in(struct copy *copy, Lmid_t space, const char *library, const char *bundle)
{
	void *handle = dlmopen(space, library, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		fprintf(stderr, "copies: %s\n", dlerror());
		exit(2);
	}
	*(void **)&copy->open = dlsym(handle, "pb_open");
	*(void **)&copy->get_at = dlsym(handle, "pb_get_at");
	*(void **)&copy->release = dlsym(handle, "pb_release");
	*(void **)&copy->close = dlsym(handle, "pb_close");
	if (copy->open(bundle, NULL, &copy->paged))
		exit(2);
}

static void get_in(struct copy *copy)
{
	struct pb_view view;
	for (size_t i = 0; i < MODELS; i++) {
		if (copy->get_at(copy->paged, i, &view))
			exit(1);
		copy->release(&view);
	}
}

/* Returns true in the parent; the child waits to be killed. */
static bool fork_child(void)
{
	if (fork() != 0)
		return true;
	printf("child %d\n", (int)getpid());
	alarm(60);
	pause();
	return false;
}

int main(int argc, char **argv)
{
	static struct copy copies[COPIES];
	char line[64];
	if (argc < 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_in(&copies[0], LM_ID_BASE, argv[2], argv[1]);
	open_in(&copies[1], LM_ID_NEWLM, argv[2], argv[1]);
	printf("ready %d\n", (int)getpid());
	for (int n = 1; fgets(line, sizeof(line), stdin); n++) {
		if (strcmp(line, "fork\n") == 0 && fork_child())
			continue;
		for (int i = 0; i < COPIES; i++)
			get_in(&copies[i]);
		printf("got %d\n", n);
	}
	for (int i = 0; i < COPIES; i++)
		copies[i].close(copies[i].paged);
	return 0;
}
