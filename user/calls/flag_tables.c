/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Constants of the system's headers by name. A number stands where the oldest supported headers lack the name,
 * or where the C library's value differs from the kernel's.
 */
#include "flag_tables.h"

#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/mempolicy.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

/* clang-format off */
#define S(name)    { (uint32_t)(name), #name }
#define LIST(name) static const struct symbol name[]
#define END        { 0, NULL }

#include "constants_table.h"
#include "lists_files.h"
#include "lists_ipc.h"
#include "lists_processes.h"
#include "lists_sockets.h"

#define SYMBOLS(type, ...)             [ARG_##type - ARG_SYMBOLS] = { __VA_ARGS__ },
#define FLAGS(type, list, name)        SYMBOLS(type, .flags = (list), .unknown = (name))
#define CONSTANT(type, list, name)     SYMBOLS(type, .mask = UINT32_MAX, .values = (list), .unknown = (name))
#define WIDE_FLAGS(type, list, name)   SYMBOLS(type, .flags = (list), .wide = true, .unknown = (name))
#define WIDE_CONSTANT(type, list, name) SYMBOLS(type, .mask = UINT64_MAX, .values = (list), .wide = true, .unknown = (name))

const struct symbols flag_tables[ARG_TYPES - ARG_SYMBOLS] = {
#include "symbols.def"
};
