/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls in a PyTorch pickle that make tensors, understood without being made. */
#ifndef USER_MODELFILE_PICKLE_CALLS_H
#define USER_MODELFILE_PICKLE_CALLS_H

#include "pickle_values.h"

/* The result of calling a global with a list of arguments: a tensor if it is one of PyTorch's functions that rebuild
 * tensors, a dictionary otherwise (an object that may get items). */
struct pickle_value pickle_call(const struct pickle_machine *m, uint32_t function, uint32_t args);

/* The storage that a persistent id ("storage", class, key, location, elements) stands for; PICKLE_OTHER: another id. */
struct pickle_value pickle_storage(const struct pickle_machine *m, uint32_t id);

#endif
