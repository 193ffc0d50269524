/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formats of model files whose header names byte ranges of the file. A new format is a row here and a file
 * format_NAME.c, which defines NAME_is() and NAME_parse().
 */
#ifndef USER_MODELFILE_FORMATS_H
#define USER_MODELFILE_FORMATS_H

#include "header.h"
#include "regions.h"

/* Asked in this order. */
#define MODEL_FORMATS(X)                                                                                     \
	X(apbundle)                                                                                          \
	X(gguf)                                                                                              \
	X(pytorch)                                                                                           \
	X(npz)                                                                                               \
	X(onnx)                                                                                              \
	X(safetensors)

/* True if a file of `file_size` bytes that begins so is in the format. */
#define FORMAT_IS(name) bool name##_is(const unsigned char start[HEADER_START], uint64_t file_size)

/* Adds the regions of the header, which is read from the file's first byte on. False if it is damaged, or no
 * memory: header_refuse() says why; a failure of the header's reader or of a name need not be reported. */
#define FORMAT_PARSE(name) bool name##_parse(struct header *h, struct regions *regions)

#define DECLARE(name)                                                                                        \
	FORMAT_IS(name);                                                                                     \
	FORMAT_PARSE(name);
MODEL_FORMATS(DECLARE)
#undef DECLARE

/* The name of the format of the file behind `fd`, which has `size` bytes, by its first bytes: "gguf". NULL: none
 * of these. */
const char *regions_format_of(int fd, uint64_t size);

/* Reads the regions of the file behind `fd`, which has `size` bytes; its content decides the format. NULL: no such
 * format, a damaged header, one beyond HEADER_MAX bytes or REGIONS_MAX regions, or no memory. Free with
 * regions_free(). */
struct regions *regions_read(int fd, uint64_t size);

/* The same; says in a static text why there are none. */
struct regions *regions_read_or_why(int fd, uint64_t size, const char **why);

#endif
