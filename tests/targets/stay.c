/* SPDX-License-Identifier: BSD-2-Clause */
/* A loader that stays: opens a bundle, says "ready PID", and for each line of standard input gets its first
 * model and says "got N".   stay BUNDLE */
#include <stdio.h>
#include <unistd.h>

#include "../../bundle/pagedbundle.h"

int main(int argc, char **argv)
{
	struct pb_paged *paged;
	struct pb_model model;
	struct pb_view view;
	char line[64];
	if (argc != 2 || pb_open(argv[1], NULL, &paged) || pb_model_at(paged, 0, &model))
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready %d\n", (int)getpid());
	for (int i = 1; fgets(line, sizeof(line), stdin); i++) {
		if (pb_get(paged, model.name, &view))
			return 1;
		pb_release(&view);
		printf("got %d\n", i);
	}
	pb_close(paged);
	return 0;
}
