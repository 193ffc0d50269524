/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single values as text, in the form that strace gives them. They are used for arguments, for members of
 * structs and for results. Each function appends to `out`.
 */
#ifndef USER_CALLS_VALUE_TEXT_H
#define USER_CALLS_VALUE_TEXT_H

#include "user/base/text.h"
#include "user/event/event.h"

/* "a\n"; "a"... if the string was cut */
void quoted_text(struct text *out, struct span s);

/* </tmp/demo.apbundle>, </tmp/x>(deleted); nothing if the path is unknown (data NULL) */
void file_name_text(struct text *out, struct span path, bool deleted);

/* 3</tmp/demo.apbundle>; 3 if the path is unknown */
void fd_text(struct text *out, int64_t fd, const struct file_ref *file);

/* 0x7f1200, 0 */
void hex_text(struct text *out, uint64_t value);

/* 0x7f1200, NULL */
void pointer_text(struct text *out, uint64_t address);

/* 0644, 000: as printf's %#03o */
void permissions_text(struct text *out, uint64_t mode);

/* S_IFREG|S_ISUID|0755 */
void mode_text(struct text *out, uint32_t mode);

/* makedev(0x1, 0x3) */
void device_text(struct text *out, uint64_t device);

/* IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4) */
void ioprio_text(struct text *out, uint32_t priority);

/* What FUTEX_WAKE_OP does and compares: FUTEX_OP_ADD<<28|0x1<<12|FUTEX_OP_CMP_GT<<24|0 */
void futex_change_text(struct text *out, uint32_t change);

/* A resource limit: 8192*1024, RLIM64_INFINITY */
void limit_text(struct text *out, uint64_t limit);

/* [INT CHLD]; ~[KILL] where a set has most of the signals. Bit 0 is signal 1. */
void sigset_text(struct text *out, uint64_t set);

#endif
