/* SPDX-License-Identifier: BSD-2-Clause */
/* The members of structs that ioctl, prctl and other calls with a command take: for memory_kinds.c. */
#ifndef USER_CALLS_MEMORY_COMMANDS_H
#define USER_CALLS_MEMORY_COMMANDS_H

#include "memory_fields.h"

extern const struct field clone_range_fields[], entropy_fields[], epoll_slot_fields[], filter_fields[],
	fsxattr_fields[], fsxattr_set_fields[], net_port_fields[], notif_sizes_fields[],
	path_beneath_fields[], sysctl_fields[], trim_range_fields[], uffd_range_fields[],
	uring_buffers_fields[], uring_probe_fields[], uring_resources_fields[], uring_update2_fields[],
	uring_update_fields[], winsize_fields[];

extern const struct field message_fields[], msginfo_fields[], msqid_fields[], msqid_set_fields[],
	semid_fields[], semid_set_fields[], seminfo_fields[], shm_info_fields[], shmid_fields[],
	shmid_set_fields[], shminfo_fields[];

#endif
