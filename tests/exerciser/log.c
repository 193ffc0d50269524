/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the log of all calls as JSON. */
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "exerciser.h"

static void put_string(FILE *log, const char *s)
{
	size_t len = strlen(s);
	putc('"', log);
	for (size_t i = 0; i < len && i < PATH_MAX - 1; i++) {
		if (s[i] == '"' || s[i] == '\\')
			fprintf(log, "\\%c", s[i]);
		else if (s[i] == '\n')
			fputs("\\n", log);
		else if ((unsigned char)s[i] >= 0xf8) /* never occurs in UTF-8 */
			fputs("\xef\xbf\xbd", log);
		else
			putc(s[i], log);
	}
	fputs(len >= PATH_MAX ? "...\"" : "\"", log);
}

struct word {
	char kind;
	long value;
	const char *text;
};

static const struct word words[] = {
	{ 'W', SEEK_SET, "SEEK_SET" },
	{ 'W', SEEK_CUR, "SEEK_CUR" },
	{ 'W', SEEK_END, "SEEK_END" },
	{ 'C', 0, "0" },
	{ 'C', O_CLOEXEC, "O_CLOEXEC" },
	{ 'K', F_DUPFD, "F_DUPFD" },
	{ 'K', F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC" },
	{ 'K', F_GETFD, "F_GETFD" },
	{ 'K', F_GETFL, "F_GETFL" },
	{ 'F', O_RDONLY, "O_RDONLY" },
	{ 'F', O_RDWR, "O_RDWR" },
	{ 'F', O_RDWR | O_CREAT, "O_RDWR|O_CREAT" },
	{ 'F', O_WRONLY | O_CREAT | O_TRUNC, "O_WRONLY|O_CREAT|O_TRUNC" },
	{ 'F', O_RDWR | O_CREAT | O_APPEND, "O_RDWR|O_CREAT|O_APPEND" },
	{ 'F', O_RDWR | O_CREAT | O_EXCL, "O_RDWR|O_CREAT|O_EXCL" },
	{ 'F', O_RDONLY | O_CLOEXEC, "O_RDONLY|O_CLOEXEC" },
};

static void put_word(FILE *log, char kind, long value)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].kind == kind && words[i].value == value) {
			fprintf(log, "\"%s\"", words[i].text);
			return;
		}
	fputs("null", log);
}

static void put_arg(FILE *log, char kind, long value)
{
	switch (kind) {
	case 'd':
	case 'D':
	case 'n':
	case 'A':
		fprintf(log, "%ld", value);
		break;
	case 'm':
		fprintf(log, "\"0%lo\"", value);
		break;
	case 'p':
		if (value > 4096) {
			put_string(log, (const char *)value);
			break;
		}
		/* fall through */
	case 'x':
		fprintf(log, "\"0x%lx\"", value);
		break;
	case 'b':
		fputs(value ? "\"...\"" : "\"0x0\"", log);
		break;
	default:
		put_word(log, kind, value);
	}
}

/* Some calls use their last argument only for certain values of another. */
static bool is_used(char kind, const long args[6])
{
	return (kind != 'm' || args[2] & O_CREAT) &&
	       (kind != 'A' || args[1] == F_DUPFD || args[1] == F_DUPFD_CLOEXEC);
}

static void put_file(FILE *log, const char *key, const struct file_then *file)
{
	if (!file->inode)
		return;
	fprintf(log, ",\"%s\":{\"path\":", key);
	put_string(log, file->path);
	fprintf(log, ",\"dev\":\"%u:%u\",\"ino\":%lu,\"offset\":", major(file->inode->dev),
		minor(file->inode->dev), file->inode->ino);
	if (file->pos == POS_UNKNOWN)
		fputs("null}", log);
	else
		fprintf(log, "%ld}", file->pos);
}

static void put_record(FILE *log, const struct task *t, const struct record *r)
{
	const char *kinds = r->call->args + (*r->call->args == 'R');
	fprintf(log, "{\"seed\":%lu,\"tid\":%d,\"name\":\"%s\",\"args\":[", seed, t->tid, r->call->name);
	for (int i = 0; kinds[i] && is_used(kinds[i], r->args); i++) {
		fputs(i ? "," : "", log);
		put_arg(log, kinds[i], r->args[i]);
	}
	if (r->call->nr == SYS_exit || r->call->nr == SYS_exit_group)
		fputs("],\"result\":null", log);
	else
		fprintf(log, "],\"result\":%ld", r->result);
	if (r->result < 0)
		fprintf(log, ",\"error\":\"%s\"", strerrorname_np((int)-r->result));
	put_file(log, "file", &r->file);
	put_file(log, "other_file", &r->other);
	fputs("}\n", log);
}

void put_log(FILE *log)
{
	for (int i = 0; i < arena->count; i++)
		for (const struct record *r = arena->tasks[i]->first; r; r = r->next)
			put_record(log, arena->tasks[i], r);
}
