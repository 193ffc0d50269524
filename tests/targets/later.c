/* SPDX-License-Identifier: BSD-2-Clause */
/* later BUNDLE [LIBRARY]: a loader that loads the library with dlopen. Prints "ready PID", reads the library's path
 * from a line of standard input, or takes it from the command line ("-": the preloaded one), prints "loaded", and
 * gets all models for each further line, or 100 times. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pagedbundle.h>

static struct {
	int (*open)(const char *path, const struct pb_config *config, struct pb_paged **paged);
	size_t (*count)(const struct pb_paged *paged);
	int (*get_at)(struct pb_paged *paged, size_t index, struct pb_view *view);
	void (*release)(struct pb_view *view);
	int (*close)(struct pb_paged *paged);
} pb;

static void load(const char *path)
{
	void *library = dlopen(strcmp(path, "-") == 0 ? NULL : path, RTLD_NOW);
	if (!library) {
		fprintf(stderr, "later: %s\n", dlerror());
		exit(2);
	}
	*(void **)&pb.open = dlsym(library, "pb_open");
	*(void **)&pb.count = dlsym(library, "pb_count");
	*(void **)&pb.get_at = dlsym(library, "pb_get_at");
	*(void **)&pb.release = dlsym(library, "pb_release");
	*(void **)&pb.close = dlsym(library, "pb_close");
	if (!pb.open || !pb.count || !pb.get_at || !pb.release || !pb.close)
		exit(2);
	printf("loaded\n");
}

static void get_all(struct pb_paged *paged)
{
	struct pb_view view;
	for (size_t i = 0; i < pb.count(paged); i++) {
		if (pb.get_at(paged, i, &view))
			exit(1);
		pb.release(&view);
	}
}

int main(int argc, char **argv)
{
	struct pb_paged *paged;
	char line[4096] = "";
	if (argc < 2 || argc > 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready %d\n", (int)getpid());
	if (argc == 2 && fgets(line, sizeof(line), stdin))
		line[strcspn(line, "\n")] = '\0';
	load(argc == 3 ? argv[2] : line);
	if (pb.open(argv[1], NULL, &paged))
		return 1;
	for (int i = 1; argc == 3 ? i <= 100 : fgets(line, sizeof(line), stdin) != NULL; i++) {
		get_all(paged);
		printf("got %d\n", i);
	}
	pb.close(paged);
	return 0;
}
