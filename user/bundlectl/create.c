/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl create OUT NAME=FILE...: inputs are streamed, so a bundle may be larger than memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/report.h"
#include "bundlectl.h"
#include "stream.h"

struct options {
	const char *out;
	char **inputs; /* NAME=FILE, the rest of argv */
	int count;
	const char *description;
	bool dated;
	uint64_t created_at;
};

static int parse_seconds(const char *arg, uint64_t *seconds)
{
	char *end;
	errno = 0;
	unsigned long long v = strtoull(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-')
		return -1;
	*seconds = v;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'd':
		o->description = arg;
		return 0;
	case 't':
		o->dated = true;
		if (parse_seconds(arg, &o->created_at) < 0)
			argp_error(state, "%s: not a number of seconds since 1970", printable(arg));
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			return ARGP_ERR_UNKNOWN; /* so that the rest comes at once */
		o->out = arg;
		return 0;
	case ARGP_KEY_ARGS:
		o->inputs = state->argv + state->next;
		o->count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no output file given");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option table[] = {
	{ "description", 'd', "TEXT", 0, "Text that the bundle carries", 0 },
	{ "created-at", 't', "SECONDS", 0,
		"Time of creation since 1970, for reproducible files (default: now)", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = table,
	.parser = parse,
	.args_doc = "OUT NAME=FILE...",
	.doc = "Makes the bundle OUT of FILEs, in this order. OUT appears, or is replaced, at once and "
	       "whole.\v"
	       "Example: bundlectl create m.apbundle encoder=enc.bin decoder=dec.bin",
};

struct input {
	const char *name, *path;
	size_t name_len;
	uint64_t size;
};

static int fail_input(const struct input *in, const char *why)
{
	report("%s: %s", printable(in->path), why);
	return EXIT_FAILURE;
}

static int look_at_input(struct input *in, const char *arg)
{
	const char *equals = strchr(arg, '=');
	if (!equals || equals == arg || !equals[1]) {
		report("%s: not NAME=FILE (give each model a name and a file)", printable(arg));
		return EXIT_USAGE;
	}
	*in = (struct input){ arg, equals + 1, (size_t)(equals - arg), 0 };
	struct stat st;
	if (stat(in->path, &st) < 0)
		return fail_input(in, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail_input(in, "not a regular file (its size must be known at the start)");
	in->size = (uint64_t)st.st_size;
	return 0;
}

static int to_writer(void *context, const void *data, size_t size)
{
	int err = pb_writer_write(context, data, size);
	return err < 0 ? err - 1 : 0; /* -1 is a failed read */
}

static int copy_open_input(struct pb_writer *w, const struct input *in, int fd, const char *out)
{
	int result = stream_range(fd, 0, in->size, to_writer, w);
	char more;
	if (result == 0 && pread(fd, &more, 1, (off_t)in->size) > 0)
		result = 1;
	if (result == 1)
		return fail_input(in, "its size changed while it was read");
	if (result == -1)
		return fail_input(in, strerror(errno));
	return result ? report_bundle(out, result + 1) : 0;
}

static int copy_input(struct pb_writer *w, const struct input *in, const char *out)
{
	int fd = open(in->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_input(in, strerror(errno));
	int status = copy_open_input(w, in, fd, out);
	close(fd);
	return status;
}

static int declare(struct pb_writer *w, const struct options *o, const struct input *inputs)
{
	int err = PB_OK;
	if (o->description)
		err = pb_writer_describe(w, o->description, strlen(o->description));
	if (!err && o->dated)
		err = pb_writer_created_at(w, o->created_at);
	for (int i = 0; !err && i < o->count; i++)
		err = pb_writer_add(w, inputs[i].name, inputs[i].name_len, inputs[i].size);
	return err ? report_bundle(o->out, err) : 0;
}

static int write_bundle(const struct options *o, const struct input *inputs)
{
	struct pb_writer *w;
	int err = pb_writer_open(o->out, &w);
	if (err)
		return report_bundle(o->out, err);
	int status = declare(w, o, inputs);
	for (int i = 0; !status && i < o->count; i++)
		status = copy_input(w, &inputs[i], o->out);
	if (status) {
		pb_writer_abort(w);
		return status;
	}
	err = pb_writer_commit(w);
	return err ? report_bundle(o->out, err) : EXIT_SUCCESS;
}

int create_main(int argc, char **argv)
{
	struct options o = { 0 };
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_FAILURE;
	struct input *inputs = calloc((size_t)o.count + 1, sizeof(*inputs));
	int status = 0;
	if (!inputs) {
		report("out of memory");
		return EXIT_FAILURE;
	}
	for (int i = 0; !status && i < o.count; i++)
		status = look_at_input(&inputs[i], o.inputs[i]);
	if (!status)
		status = write_bundle(&o, inputs);
	free(inputs);
	return status;
}
