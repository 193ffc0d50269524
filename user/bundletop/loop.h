/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef USER_BUNDLETOP_LOOP_H
#define USER_BUNDLETOP_LOOP_H

#include "watch.h"

enum { LOOP_TIME, LOOP_SIGNAL, LOOP_KEY, LOOP_OVER };

/* Takes in events until `until_ns`, a signal, a key (keys: -1 for none), or the end of the watched processes. Returns
 * LOOP_... or -errno. */
int loop_wait(struct watch *watch, int signals, int keys, uint64_t until_ns);

#endif
