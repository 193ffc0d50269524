/* SPDX-License-Identifier: BSD-2-Clause */
#include "command_line.h"

#include <stdlib.h>

#include "user/base/report.h"

static error_t set_option(const struct option_value *value, char *arg, struct argp_state *state)
{
	if (value->flag) {
		*value->flag = true;
		return 0;
	}
	const char *wrong = value->refuse ? value->refuse(arg) : NULL;
	if (wrong)
		argp_error(state, "%s: %s", printable(arg), wrong);
	*value->text = arg;
	return 0;
}

static error_t set_operand(const struct command_line *line, char *arg, struct argp_state *state)
{
	unsigned count = 0;
	while (line->operands[count].text)
		count++;
	if (state->arg_num < count) {
		*line->operands[state->arg_num].text = arg;
		return 0;
	}
	if (line->rest)
		return ARGP_ERR_UNKNOWN; /* argp then passes all that are left as ARGP_KEY_ARGS */
	argp_error(state, "%s", line->surplus);
	return 0;
}

static void check(const struct command_line *line, struct argp_state *state)
{
	for (const struct operand *operand = line->operands; operand->text; operand++)
		if (!*operand->text && operand->missing)
			argp_error(state, "%s", operand->missing);
	const char *wrong = line->check ? line->check(line->context) : NULL;
	if (wrong)
		argp_error(state, "%s", wrong);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct command_line *line = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		if (line->build)
			state->child_inputs[0] = line->build;
		return 0;
	case ARGP_KEY_ARG:
		return set_operand(line, arg, state);
	case ARGP_KEY_ARGS:
		*line->rest = state->argv + state->next;
		*line->rest_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		check(line, state);
		return 0;
	}
	for (const struct option_value *value = line->values; value && value->key; value++)
		if (value->key == key)
			return set_option(value, arg, state);
	return ARGP_ERR_UNKNOWN;
}

void command_line_parse(const struct command_line *line, int argc, char **argv)
{
	static const struct argp_child children[] = { { &build_options_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = {
		.options = line->options,
		.children = line->build ? children : NULL,
		.parser = parse,
		.args_doc = line->args_doc,
		.doc = line->doc,
	};
	argp_parse(&argp, argc, argv, 0, NULL, (void *)line);
}
