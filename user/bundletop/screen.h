/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen: totals, bundles, models, evictions; keys and mouse. */
#ifndef USER_BUNDLETOP_SCREEN_H
#define USER_BUNDLETOP_SCREEN_H

#include "watch.h"

/* True if the terminal can show it; else reported. */
bool screen_possible(void);

/* To the end: a key, a signal, or the processes asked for are gone. The terminal is as it was after it. 0 or
 * -errno. */
int screen_run(struct watch *watch, int signals);

/* Messages to standard error wait while the terminal is ours: hold returns what release is given. */
int messages_hold(int *kept);
void messages_release(int held, int kept);

#endif
