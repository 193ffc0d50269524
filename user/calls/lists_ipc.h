/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags and constants of System V queues, semaphores and shared memory, and of terminals. Included by flag_tables.c alone. */
/* clang-format off */

LIST(ipc_key) = { { 0, "IPC_PRIVATE" }, END };
LIST(ipc_mode) = { { 01000, "IPC_CREAT" }, { 02000, "IPC_EXCL" }, { 04000, "IPC_NOWAIT" }, END };
LIST(shm_mode) = {
	{ 01000, "IPC_CREAT" }, { 02000, "IPC_EXCL" }, { 04000, "SHM_HUGETLB" }, { 010000, "SHM_NORESERVE" }, END
};
LIST(shm_flags) = {
	{ 010000, "SHM_RDONLY" }, { 020000, "SHM_RND" }, { 040000, "SHM_REMAP" }, { 0100000, "SHM_EXEC" }, END
};
LIST(message_queue_flags) = {
	{ 04000, "IPC_NOWAIT" }, { 010000, "MSG_NOERROR" }, { 020000, "MSG_EXCEPT" }, { 040000, "MSG_COPY" }, END
};
LIST(msg_command) = {
	{ 0, "IPC_RMID" }, { 1, "IPC_SET" }, { 2, "IPC_STAT" }, { 3, "IPC_INFO" }, { 11, "MSG_STAT" }, { 12, "MSG_INFO" },
	{ 13, "MSG_STAT_ANY" }, END
};
LIST(sem_command) = {
	{ 0, "IPC_RMID" }, { 1, "IPC_SET" }, { 2, "IPC_STAT" }, { 3, "IPC_INFO" }, { 11, "GETPID" }, { 12, "GETVAL" },
	{ 13, "GETALL" }, { 14, "GETNCNT" }, { 15, "GETZCNT" }, { 16, "SETVAL" }, { 17, "SETALL" }, { 18, "SEM_STAT" },
	{ 19, "SEM_INFO" }, { 20, "SEM_STAT_ANY" }, END
};
LIST(shm_command) = {
	{ 0, "IPC_RMID" }, { 1, "IPC_SET" }, { 2, "IPC_STAT" }, { 3, "IPC_INFO" }, { 11, "SHM_LOCK" }, { 12, "SHM_UNLOCK" },
	{ 13, "SHM_STAT" }, { 14, "SHM_INFO" }, { 15, "SHM_STAT_ANY" }, END
};

LIST(queue_flags) = { { 0, "0" }, S(O_NONBLOCK), END };

LIST(input_modes) = {
	{ 01, "IGNBRK" }, { 02, "BRKINT" }, { 04, "IGNPAR" }, { 010, "PARMRK" }, { 020, "INPCK" }, { 040, "ISTRIP" },
	{ 0100, "INLCR" }, { 0200, "IGNCR" }, { 0400, "ICRNL" }, { 01000, "IUCLC" }, { 02000, "IXON" }, { 04000, "IXANY" },
	{ 010000, "IXOFF" }, { 020000, "IMAXBEL" }, { 040000, "IUTF8" }, END
};
LIST(output_modes) = {
	{ 01, "OPOST" }, { 02, "OLCUC" }, { 04, "ONLCR" }, { 010, "OCRNL" }, { 020, "ONOCR" }, { 040, "ONLRET" },
	{ 0100, "OFILL" }, { 0200, "OFDEL" }, END
};
LIST(newline_delay) = { { 0, "NL0" }, { 0x100, "NL1" }, END };
LIST(return_delay) = { { 0, "CR0" }, { 0x200, "CR1" }, { 0x400, "CR2" }, { 0x600, "CR3" }, END };
LIST(tab_delay) = { { 0, "TAB0" }, { 0x800, "TAB1" }, { 0x1000, "TAB2" }, { 0x1800, "XTABS" }, END };
LIST(backspace_delay) = { { 0, "BS0" }, { 0x2000, "BS1" }, END };
LIST(vertical_delay) = { { 0, "VT0" }, { 0x4000, "VT1" }, END };
LIST(form_delay) = { { 0, "FF0" }, { 0x8000, "FF1" }, END };
LIST(character_size) = { { 0, "CS5" }, { 020, "CS6" }, { 040, "CS7" }, { 060, "CS8" }, END };
LIST(control_modes) = {
	{ 0100, "CSTOPB" }, { 0200, "CREAD" }, { 0400, "PARENB" }, { 01000, "PARODD" }, { 02000, "HUPCL" },
	{ 04000, "CLOCAL" }, { 0x40000000, "CMSPAR" }, { 0x80000000, "CRTSCTS" }, END
};
LIST(local_modes) = {
	{ 01, "ISIG" }, { 02, "ICANON" }, { 04, "XCASE" }, { 010, "ECHO" }, { 020, "ECHOE" }, { 040, "ECHOK" },
	{ 0100, "ECHONL" }, { 0200, "NOFLSH" }, { 0100000, "IEXTEN" }, { 01000, "ECHOCTL" }, { 02000, "ECHOPRT" },
	{ 04000, "ECHOKE" }, { 010000, "FLUSHO" }, { 040000, "PENDIN" }, { 0400, "TOSTOP" }, { 0200000, "EXTPROC" }, END
};
LIST(baud) = {
	{ 0, "B0" }, { 1, "B50" }, { 2, "B75" }, { 3, "B110" }, { 4, "B134" }, { 5, "B150" }, { 6, "B200" }, { 7, "B300" },
	{ 8, "B600" }, { 9, "B1200" }, { 10, "B1800" }, { 11, "B2400" }, { 12, "B4800" }, { 13, "B9600" }, { 14, "B19200" },
	{ 15, "B38400" }, { 0x1000, "BOTHER" }, { 0x1001, "B57600" }, { 0x1002, "B115200" }, { 0x1003, "B230400" },
	{ 0x1004, "B460800" }, { 0x1005, "B500000" }, { 0x1006, "B576000" }, { 0x1007, "B921600" }, { 0x1008, "B1000000" },
	{ 0x1009, "B1152000" }, { 0x100a, "B1500000" }, { 0x100b, "B2000000" }, { 0x100c, "B2500000" },
	{ 0x100d, "B3000000" }, { 0x100e, "B3500000" }, { 0x100f, "B4000000" }, END
};
