/* SPDX-License-Identifier: BSD-2-Clause */
#include "tensors.h"

#include <stdbool.h>
#include <stdio.h>

size_t tensors_layer(const char *name, size_t len)
{
	bool number = true; /* all characters of this part are digits so far */
	for (size_t i = 0, begin = 0; i <= len; i++) {
		if (i < len && name[i] != '.') {
			number &= name[i] >= '0' && name[i] <= '9';
			continue;
		}
		if (number && i > begin && begin > 0)
			return i;
		begin = i + 1;
		number = true;
	}
	return len;
}

void tensors_word(char word_of[TENSORS_WORD_MAX], const char *word, uint32_t number)
{
	if (number)
		snprintf(word_of, TENSORS_WORD_MAX, "%s.%u", word, number);
	else
		snprintf(word_of, TENSORS_WORD_MAX, "%s", word);
}
