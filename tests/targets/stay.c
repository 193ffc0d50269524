/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loader that stays: opens a bundle, says "ready", and for each line of standard input gets its first model
 * and says how many observers its probes `open`, `hit` and `miss` have.   stay BUNDLE
 */
#include <stdio.h>

#include "../../bundle/pagedbundle.h"
#include "../../bundle/probes.h"

static int armed(const volatile unsigned short *semaphore)
{
	return *semaphore;
}

int main(int argc, char **argv)
{
	struct pb_paged *paged;
	struct pb_model model;
	struct pb_view view;
	char line[64];
	if (argc != 2 || pb_open(argv[1], NULL, &paged) || pb_model_at(paged, 0, &model))
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	for (int i = 1; fgets(line, sizeof(line), stdin); i++) {
		if (pb_get(paged, model.name, &view))
			return 1;
		pb_release(&view);
		printf("%d: open %d hit %d miss %d\n", i, armed(&pagedbundle_open_semaphore),
			armed(&pagedbundle_hit_semaphore), armed(&pagedbundle_miss_semaphore));
	}
	pb_close(paged);
	return 0;
}
