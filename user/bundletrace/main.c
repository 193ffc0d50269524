/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>

#include <bpf/libbpf.h>

#include "user/base/report.h"
#include "options.h"
#include "replay.h"
#include "trace.h"

static bool debug;

/* libbpf's messages are for --debug: what the user needs is in our own. */
static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return debug ? vfprintf(stderr, format, args) : 0;
}

int main(int argc, char **argv)
{
	static struct options options; /* until the process ends */
	report_program("bundletrace");
	options_parse(&options, argc, argv);
	debug = options.debug;
	report_debugging(debug);
	libbpf_set_print(print_libbpf);
	return options.read ? replay_run(&options) : trace_run(&options);
}
