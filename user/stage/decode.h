/* SPDX-License-Identifier: BSD-2-Clause */
/* From a record of the kernel side to a struct event, enriched with what earlier records told: paths,
 * bundles, execs. */
#ifndef USER_STAGE_DECODE_H
#define USER_STAGE_DECODE_H

#include "user/event/event.h"

struct decoder;

struct decoder *decoder_new(void); /* NULL: out of memory */
void decoder_free(struct decoder *decoder);

/* 1: *ev is an event, valid until the next call; 0: the record only told something; -EBADMSG: not a record.
 * `cpu` is the ring it came from. */
int decoder_take(struct decoder *decoder, const struct event_header *record, unsigned cpu, struct event *ev);

/* Records of these kinds (KIND_BIT) are missing before the next one: what they may have changed is forgotten. */
void decoder_gap(struct decoder *decoder, uint64_t kinds);

/* Call it for each event that is shown: fills ev->comm. The pid of an exit event is forgotten by the next record. */
void decoder_name(struct decoder *decoder, struct event *ev);

#endif
