/* SPDX-License-Identifier: BSD-2-Clause */
/* System V queues, semaphores and shared memory. The kernel's structs: the C library has others. */
#include "memory_commands.h"

#include "memory_fields.h"

#define OWNER          FIELD("uid", 4, 4, UNSIGNED), FIELD("gid", 8, 4, UNSIGNED), FIELD("mode", 20, 4, PERMISSIONS)
#define PERM_SET(name) STRUCT_OPEN(name), OWNER, STRUCT_CLOSE
#define PERM(name)                                                                                           \
	STRUCT_OPEN(name), OWNER, FIELD("key", 0, 4, UNSIGNED), FIELD("cuid", 12, 4, UNSIGNED),              \
		FIELD("cgid", 16, 4, UNSIGNED), STRUCT_CLOSE

const struct field msqid_fields[] = { PERM(msg_perm), FIELD("msg_stime", 48, 8, UNSIGNED),
	FIELD("msg_rtime", 56, 8, UNSIGNED), FIELD("msg_ctime", 64, 8, UNSIGNED),
	FIELD("msg_qnum", 80, 8, UNSIGNED), FIELD("msg_qbytes", 88, 8, UNSIGNED),
	FIELD("msg_lspid", 96, 4, SIGNED), FIELD("msg_lrpid", 100, 4, SIGNED), MEMBERS_END };

const struct field msqid_set_fields[] = { PERM_SET(msg_perm), FIELD("msg_qbytes", 88, 8, UNSIGNED),
	MEMBERS_END };

const struct field msginfo_fields[] = { FIELD("msgpool", 0, 4, SIGNED), FIELD("msgmap", 4, 4, SIGNED),
	FIELD("msgmax", 8, 4, SIGNED), FIELD("msgmnb", 12, 4, SIGNED), FIELD("msgmni", 16, 4, SIGNED),
	FIELD("msgssz", 20, 4, SIGNED), FIELD("msgtql", 24, 4, SIGNED), FIELD("msgseg", 28, 2, UNSIGNED),
	MEMBERS_END };

const struct field semid_fields[] = { PERM(sem_perm), FIELD("sem_otime", 48, 8, UNSIGNED),
	FIELD("sem_ctime", 64, 8, UNSIGNED), FIELD("sem_nsems", 80, 8, UNSIGNED), MEMBERS_END };

const struct field semid_set_fields[] = { PERM_SET(sem_perm), MEMBERS_END };

const struct field seminfo_fields[] = { FIELD("semmap", 0, 4, SIGNED), FIELD("semmni", 4, 4, SIGNED),
	FIELD("semmns", 8, 4, SIGNED), FIELD("semmnu", 12, 4, SIGNED), FIELD("semmsl", 16, 4, SIGNED),
	FIELD("semopm", 20, 4, SIGNED), FIELD("semume", 24, 4, SIGNED), FIELD("semusz", 28, 4, SIGNED),
	FIELD("semvmx", 32, 4, SIGNED), FIELD("semaem", 36, 4, SIGNED), MEMBERS_END };

const struct field shmid_fields[] = { PERM(shm_perm), FIELD("shm_segsz", 48, 8, UNSIGNED),
	FIELD("shm_cpid", 80, 4, SIGNED), FIELD("shm_lpid", 84, 4, SIGNED),
	FIELD("shm_nattch", 88, 8, UNSIGNED), FIELD("shm_atime", 56, 8, UNSIGNED),
	FIELD("shm_dtime", 64, 8, UNSIGNED), FIELD("shm_ctime", 72, 8, UNSIGNED), MEMBERS_END };

const struct field shmid_set_fields[] = { PERM_SET(shm_perm), MEMBERS_END };

const struct field shminfo_fields[] = { FIELD("shmmax", 0, 8, UNSIGNED), FIELD("shmmin", 8, 8, UNSIGNED),
	FIELD("shmmni", 16, 8, UNSIGNED), FIELD("shmseg", 24, 8, UNSIGNED), FIELD("shmall", 32, 8, UNSIGNED),
	MEMBERS_END };

const struct field shm_info_fields[] = { FIELD("used_ids", 0, 4, SIGNED), FIELD("shm_tot", 8, 8, UNSIGNED),
	FIELD("shm_rss", 16, 8, UNSIGNED), FIELD("shm_swp", 24, 8, UNSIGNED),
	FIELD("swap_attempts", 32, 8, UNSIGNED), FIELD("swap_successes", 40, 8, UNSIGNED), MEMBERS_END };

/* Like the buffer of read, a message's data is not shown. */
const struct field message_fields[] = { FIELD("mtype", 0, 8, SIGNED), FIELD("mtext=...", 0, 0, REST),
	MEMBERS_END };
