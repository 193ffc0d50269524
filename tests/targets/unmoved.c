/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unmoved BUNDLE N: a loader whose notes have no base while the file has one: the linker drops the library's section
 * .stapsdt.base and keeps the one below. Whoever moves the notes by it writes into `table`. Gets N models; its status
 * is 1 if the table has changed.
 */
#define VALUES 65536
#define VALUE  7

#ifdef TABLE

__attribute__((section("unmoved_table"))) unsigned short table[VALUES] = { [0 ... VALUES - 1] = VALUE };

#else

#include <stdio.h>
#include <stdlib.h>

#include <pagedbundle.h>

extern unsigned short table[VALUES];

__asm__(".pushsection .stapsdt.base, \"aR\", @progbits\n\t.byte 0\n\t.popsection");

int main(int argc, char **argv)
{
	struct pb_paged *paged;
	struct pb_view view;
	if (argc < 3 || pb_open(argv[1], NULL, &paged))
		return 2;
	for (size_t i = 0; i < (size_t)atoi(argv[2]); i++) {
		if (pb_get_at(paged, i, &view))
			return 2;
		pb_release(&view);
	}
	pb_close(paged);
	int changed = 0;
	for (int i = 0; i < VALUES; i++)
		changed += ((volatile unsigned short *)table)[i] != VALUE;
	printf("%d changed\n", changed);
	return changed != 0;
}

#endif
