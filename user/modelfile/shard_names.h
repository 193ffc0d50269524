/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of files in stores that keep them under the sum of their content, and have links with the names. */
#ifndef USER_MODELFILE_SHARD_NAMES_H
#define USER_MODELFILE_SHARD_NAMES_H

/* The link that leads to a file of the Hugging Face Hub's cache, of its newest snapshot: to MODEL/blobs/SUM it is
 * MODEL/snapshots/REVISION/model-00001-of-00002.safetensors. To be freed; NULL: the file is in no such folder, or nothing
 * leads to it. */
char *shard_names_link(const char *path);

#endif
