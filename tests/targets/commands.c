/* SPDX-License-Identifier: BSD-2-Clause */
/* commands DIR: makes calls whose arguments depend on a command, the same in each run, some failing. */
#pragma GCC diagnostic ignored "-Wunused-result"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/mempolicy.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void of_files(int fd)
{
	struct fiemap map = { .fm_length = 1 << 20, .fm_flags = FIEMAP_FLAG_SYNC, .fm_extent_count = 7 };
	int flags = FS_NODUMP_FL | FS_NOATIME_FL;
	uint64_t range[2] = { 4096, 8192 }, size = 5;
	int on = 1;
	ioctl(-1, FS_IOC_FIEMAP, &map);
	ioctl(-1, FS_IOC_SETFLAGS, &flags);
	ioctl(-1, FS_IOC_GETFLAGS, &flags);
	ioctl(-1, FIFREEZE, 0);
	ioctl(-1, BLKROSET, &on);
	ioctl(-1, BLKROGET, &on);
	ioctl(-1, BLKDISCARD, range);
	ioctl(-1, BLKGETSIZE64, &size);
	ioctl(-1, BLKRRPART, 0);
	ioctl(-1, TIOCMBIS, &(int){ TIOCM_DTR | TIOCM_RTS });
	ioctl(fd, TIOCGWINSZ, range);

	struct {
		uint64_t flags, mode, resolve, more;
	} how = { .flags = O_RDONLY | O_CLOEXEC, .more = 0x8180 };
	syscall(SYS_openat2, AT_FDCWD, "missing", &how, 24);
	syscall(SYS_openat2, AT_FDCWD, "missing", &how, 32);
	how.more = 0;
	syscall(SYS_openat2, AT_FDCWD, "missing", &how, 32);
}

static void of_processes(void)
{
	int number = 0;
	prctl(PR_GET_KEEPCAPS, 1, 2, 3, 4);
	prctl(PR_SET_PDEATHSIG, SIGINT);
	prctl(PR_GET_PDEATHSIG, &number);
	prctl(PR_SET_PDEATHSIG, 0);
	prctl(PR_GET_CHILD_SUBREAPER, &number);
	prctl(PR_GET_TSC, &number);
	prctl(PR_SET_TSC, 7);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 13, 0, 0);
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
	prctl(PR_MCE_KILL_GET, 0, 0, 0, 0);
	prctl(PR_GET_SECUREBITS);
	syscall(SYS_kcmp, -1, -1, 0 /* KCMP_FILE */, 3, 4);
	syscall(SYS_kcmp, -1, -1, 2 /* KCMP_FILES */, 3, 4);
	syscall(SYS_ioprio_get, 1, 0);
	syscall(SYS_ioprio_set, 1, -1, 2 << 13 | 4);
	syscall(SYS_personality, 0xffffffff);
	syscall(SYS_sched_getattr, 0, (char[48]){ 0 }, 48, 1 /* EINVAL */);
}

static void of_futexes(void)
{
	static uint32_t word[2];
	struct timespec soon = { 0, 1000 };
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 1, &soon, 0, 0);
	syscall(SYS_futex, word, FUTEX_WAKE, 1, 7, 7, 7);
	syscall(SYS_futex, word, FUTEX_WAKE_OP, 1, 1, &word[1],
		FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_GT, 0));
	syscall(SYS_futex, word, FUTEX_CMP_REQUEUE, 1, 2, &word[1], 0);
	syscall(SYS_futex, word, FUTEX_UNLOCK_PI, 1, 2, &word[1], 3);
	syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &soon, 0, -1);
	syscall(SYS_futex, word, 99, 1, 2, 3, 4);
}

static void of_memory(void)
{
	unsigned long nodes[2] = { 1, 0 };
	void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	syscall(SYS_mbind, map, 4096, MPOL_BIND | MPOL_F_STATIC_NODES, nodes, 65, 0);
	syscall(SYS_mbind, map, 4096, MPOL_BIND, nodes, 66, 0);
	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	syscall(SYS_unshare, 0x100000000);
}

static void of_requests(int fd)
{
	static char buffer[4096];
	aio_context_t context = 0;
	struct iocb read = { .aio_data = 0xfeed,
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = (uint32_t)fd,
		.aio_buf = (uintptr_t)buffer,
		.aio_nbytes = 100,
		.aio_offset = 3 };
	struct iocb *all[2] = { &read, &read };
	struct io_event events[4];
	if (syscall(SYS_io_setup, 4, &context))
		return;
	syscall(SYS_io_submit, context, 2, all);
	syscall(SYS_io_submit, context, -1l, all);
	syscall(SYS_io_getevents, context, 2, 4, events, NULL);
	read.aio_fildes = (uint32_t)-1;
	syscall(SYS_io_cancel, context, &read, events);
	syscall(SYS_io_destroy, context);
}

static void handler(int signal)
{
	(void)signal;
}

/* The mask that a handler's end restores, and timeouts that the calls lower. */
static void of_signals(int fd)
{
	struct timespec second = { 1, 0 };
	struct timeval soon = { 0, 1000 };
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	struct mmsghdr none = { 0 };
	sigset_t mask;
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigaddset(&mask, SIGCHLD);
	signal(SIGUSR1, handler);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	kill(getpid(), SIGUSR1);
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	syscall(SYS_ppoll, &readable, 1, &second, NULL, 8);
	syscall(SYS_ppoll, NULL, 0, &(struct timespec){ 0, 1000 }, NULL, 8);
	syscall(SYS_select, 0, NULL, NULL, NULL, &soon);
	syscall(SYS_pselect6, 0, NULL, NULL, NULL, &(struct timespec){ 0, 1000 }, NULL);
	syscall(SYS_recvmmsg, -1, &none, 0, 0, &(struct timespec){ 1, 5 });
	syscall(SYS_clone3, &(uint64_t[11]){ [9] = 33 }, 88);
	syscall(SYS_capget, &(uint32_t[2]){ 0x20080522, 0 }, (uint32_t[6]){ 0 });
	syscall(SYS_membarrier, 3, 1, 7);
}

/* Queues of System V: of what the kernel holds, nothing depends on other processes. */
static void of_queues(void)
{
	struct msqid_ds state;
	struct {
		long type;
		char text[8];
	} message = { 7, "message" };
	int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600), set = semget(IPC_PRIVATE, 2, 0600);
	int memory = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	msgctl(-1, IPC_STAT, &state);
	msgget(1234567, IPC_EXCL | 0700);
	msgctl(queue, IPC_RMID, NULL);
	syscall(SYS_msgsnd, -1, &message, 7, IPC_NOWAIT);
	syscall(SYS_msgrcv, -1, &message, 7, 7, IPC_NOWAIT);
	syscall(SYS_semctl, set, 0, IPC_RMID, NULL);
	shmat(-1, NULL, SHM_RDONLY);
	shmctl(memory, IPC_RMID, NULL);
}

static void of_interfaces(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char settings[64];
	ioctl(fd, SIOCGIFINDEX, &ifr);
	ioctl(fd, SIOCGIFNAME, &ifr);
	ioctl(fd, SIOCGIFFLAGS, &ifr);
	ioctl(fd, SIOCGIFMTU, &ifr);
	ioctl(-1, SIOCSIFMTU, &ifr);
	memset(ifr.ifr_name, 'x', sizeof(ifr.ifr_name));
	ioctl(fd, SIOCGIFINDEX, &ifr);
	ioctl(fd, TCGETS, settings);
	close(fd);
	fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	ioctl(fd, TCGETS, settings);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 2 || chdir(argv[1]))
		return 2;
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	write(fd, "some bytes of a file", 20);
	of_files(fd);
	of_processes();
	of_futexes();
	of_memory();
	of_requests(fd);
	of_signals(fd);
	of_queues();
	of_interfaces();
	return 0;
}
