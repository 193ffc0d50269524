/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop's screen on a terminal of a fixed size, in tmux. */
#ifndef TESTS_SCREENS_H
#define TESTS_SCREENS_H

#include "harness.h"

/* A command of tmux; its words end with NULL. */
struct run *tmux(const char *const words[]);
#define TMUX(...) tmux((const char *const[]){ __VA_ARGS__, NULL })

/* bundletop in a shell that prints how it ended. All of its output goes to the file "raw" too. `size`: "80x24"; `env`: more of
 * the environment. */
void open_screen(const char *size, const char *env, const char *arguments);

/* A teardown. */
void screen_end(void);

/* What it shows. */
const char *captured(void);

/* Waits until the screen contains the text; returns the screen. */
const char *screen_with(const char *text);

void keys(const char *key);

/* Waits for the text; the terminal is in its original state. */
void is_restored(const char *code);

/* No line is wider than the screen, there are as many as it has, and the last lists the keys. */
void fits(const char *screen, int width, int height);

#endif
