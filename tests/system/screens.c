/* SPDX-License-Identifier: BSD-2-Clause */
#include "screens.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

struct run *tmux(const char *const words[])
{
	const char *argv[24] = { "tmux", "-f", "/dev/null", "-S", scratch("tmux") };
	int count = 5;
	for (; *words; words++)
		argv[count++] = *words;
	return run_program(argv);
}

const char *captured(void)
{
	struct run *run = TMUX("capture-pane", "-p");
	code_is(run, 0);
	return run->out;
}

const char *screen_with(const char *text)
{
	const char *screen = "";
	for (int i = 0; i < 200; i++) {
		screen = captured();
		if (strstr(screen, text))
			return screen;
		usleep(50000);
	}
	ck_abort_msg("\"%s\" is not on the screen:\n%s", text, screen);
}

void keys(const char *key)
{
	code_is(TMUX("send-keys", key), 0);
}

void open_screen(const char *size, const char *env, const char *arguments)
{
	char command[1024], width[8], *height;
	snprintf(width, sizeof(width), "%s", size);
	height = strchr(width, 'x');
	*height++ = '\0';
	snprintf(command, sizeof(command),
		"stty -g > %s; env LC_ALL=C.UTF-8 %s timeout --foreground 60 %s %s; echo \"code $?\"; stty -g > %s; sleep 60",
		scratch("before"), env, built("bundletop"), arguments, scratch("after"));
	code_is(TMUX("new-session", "-d", "-x", width, "-y", height, command), 0);
	char pipe[512];
	snprintf(pipe, sizeof(pipe), "cat > %s", scratch("raw"));
	code_is(TMUX("pipe-pane", pipe), 0);
}

void screen_end(void)
{
	TMUX("kill-server");
	traced_end();
}

void is_restored(const char *code)
{
	screen_with(code);
	struct stat st;
	for (int i = 0; i < 100 && (stat(scratch("after"), &st) || st.st_size == 0); i++)
		usleep(50000);
	ck_assert_str_eq(file_text(scratch("before"), NULL), file_text(scratch("after"), NULL));
	struct run *run = TMUX("display", "-p", "#{alternate_on} #{cursor_flag}");
	ck_assert_str_eq(run->out, "0 1\n");
}

void fits(const char *screen, int width, int height)
{
	int lines = 0;
	const char *last = screen;
	for (const char *line = screen; *line; lines++) {
		int columns = 0;
		for (last = line; *line && *line != '\n'; line++)
			columns += (*line & 0xc0) != 0x80;
		ck_assert_int_le(columns, width);
		line += *line == '\n';
	}
	ck_assert_int_eq(lines, height);
	ck_assert_msg(strncmp(last, "?help /filter", 13) == 0, "the last line is: %s", last);
}
