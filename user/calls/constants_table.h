/* SPDX-License-Identifier: BSD-2-Clause */
/* Made by scripts/gen-constants.sh from constants.tbl and the headers of the kernel: change that. */
/* clang-format off */
