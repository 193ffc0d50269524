/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen: totals, bundles, models, evictions; keys and mouse. */
#ifndef USER_BUNDLETOP_SCREEN_H
#define USER_BUNDLETOP_SCREEN_H

#include "watch.h"

/* True if the terminal can show it; else reported. */
bool screen_possible(void);

/* Runs until a key, a signal, or the end of the watched processes. Restores the terminal. 0 or -errno. */
int screen_run(struct watch *watch, int signals);

/* Holds back messages to standard error while the screen is shown. messages_hold() returns the descriptor that
 * messages_release() takes, and stores the original one in *kept. */
int messages_hold(int *kept);
void messages_release(int held, int kept);

#endif
