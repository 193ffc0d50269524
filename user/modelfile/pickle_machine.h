/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the operations of a pickle (Lib/pickletools.py of CPython describes them), with values in place of objects. */
#ifndef USER_MODELFILE_PICKLE_MACHINE_H
#define USER_MODELFILE_PICKLE_MACHINE_H

#include "pickle_values.h"

/* Runs the pickle at `bytes`. Returns its result, an index in `values`; 0: damaged, an unknown operation, or no memory.
 * End it with pickle_end() in any case. */
uint32_t pickle_run(struct pickle_machine *m, const char *bytes, size_t size);
void pickle_end(struct pickle_machine *m);

#endif
