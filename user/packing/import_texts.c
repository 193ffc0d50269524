/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"

/* Keeps a text that was allocated; NULL is taken. */
static const char *take(struct import_texts *texts, char *text)
{
	char **list = text ? reallocarray(texts->list, texts->count + 1, sizeof(*list)) : NULL;
	if (!list) {
		free(text);
		return NULL;
	}
	texts->list = list;
	list[texts->count++] = text;
	return text;
}

const char *import_keep(struct import_texts *texts, const char *text)
{
	return take(texts, strdup(text));
}

const char *import_keep_printf(struct import_texts *texts, const char *format, ...)
{
	va_list args;
	char *text;
	va_start(args, format);
	int made = vasprintf(&text, format, args);
	va_end(args);
	return take(texts, made < 0 ? NULL : text);
}

void import_texts_free(struct import_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		free(texts->list[i]);
	free(texts->list);
}
