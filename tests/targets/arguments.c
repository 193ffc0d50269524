/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arguments DIR              makes calls with arguments behind pointers, the same in each run, some failing
 * arguments DIR misleading   makes calls whose arguments mislead a tracer: overwritten, cut short, or invalid
 */
/* The tracer shows what the calls return; many are to fail. */
#pragma GCC diagnostic ignored "-Wunused-result"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *volatile nowhere = (void *)0x10;

static char bytes[4096];

/* A link's target longer than most buffers. */
static void long_link(void)
{
	char name[3001];
	memset(name, 'n', 3000);
	name[3000] = '\0';
	for (int i = 200; i < 3000; i += 200)
		name[i] = '/';
	(void)!symlink(name, "long");
	(void)!readlink("long", bytes, sizeof(bytes));
}

static void files(void)
{
	int fd = open("plain", O_RDWR | O_CREAT | O_TRUNC, 0640), dir;
	(void)!write(fd, bytes, 1424);
	struct stat st;
	syscall(SYS_stat, "plain", &st);
	syscall(SYS_fstat, fd, &st);
	syscall(SYS_lstat, ".", &st);
	syscall(SYS_stat, "missing", &st);
	syscall(SYS_stat, "plain", nowhere);
	syscall(SYS_fstat, 99, &st);
	syscall(SYS_newfstatat, AT_FDCWD, "/dev/null", &st, 0);
	chmod("plain", 04755);
	syscall(SYS_newfstatat, AT_FDCWD, "plain", &st, AT_SYMLINK_NOFOLLOW);
	mkfifo("fifo", 0600);
	lstat("fifo", &st);
	struct statx x;
	syscall(SYS_statx, AT_FDCWD, "plain", AT_STATX_SYNC_AS_STAT, STATX_TYPE | STATX_MODE | STATX_SIZE,
		&x);
	syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &x);
	syscall(SYS_statx, AT_FDCWD, "missing", 0, STATX_ALL, &x);
	(void)!symlink("../where/it\n\"points\"", "link");
	(void)!readlink("link", bytes, sizeof(bytes));
	(void)!readlink("link", bytes, 3);
	long_link();
	(void)!readlinkat(AT_FDCWD, "plain", bytes, sizeof(bytes)); /* EINVAL */
	(void)!getcwd(bytes, sizeof(bytes));
	(void)!syscall(SYS_getcwd, bytes, 1); /* ERANGE */
	for (int i = 0; i < 40; i++) {
		char name[] = "entry-00";
		name[6] += (char)(i / 10), name[7] += (char)(i % 10);
		close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	}
	dir = open(".", O_RDONLY | O_DIRECTORY);
	syscall(SYS_getdents64, dir, bytes, sizeof(bytes));
	syscall(SYS_getdents64, dir, bytes, sizeof(bytes));
	syscall(SYS_getdents64, fd, bytes, sizeof(bytes)); /* ENOTDIR */
	close(dir);
	struct timespec times[2] = { { 1000000000, 5 }, { 1500000000, 7 } };
	utimensat(AT_FDCWD, "plain", times, 0);
	times[0].tv_nsec = UTIME_NOW, times[1].tv_nsec = UTIME_OMIT;
	futimens(fd, times);
	utimensat(AT_FDCWD, "plain", NULL, AT_SYMLINK_NOFOLLOW);
	struct timeval tv[2] = { { 1, 2 }, { 3, 4 } };
	syscall(SYS_utimes, "plain", tv);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 20 };
	fcntl(fd, F_SETLK, &lock);
	fcntl(fd, F_GETLK, &lock);
	lock.l_type = F_UNLCK;
	fcntl(fd, F_OFD_SETLKW, &lock);
	fcntl(fd, F_GETFD);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_GETFD);
	fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, O_RDWR | O_APPEND);
	fcntl(fd, F_DUPFD_CLOEXEC, 50);
	fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, 4096);
	posix_fadvise(fd, 0, 4096, POSIX_FADV_SEQUENTIAL);
	readahead(fd, 0, 4096);
	sync_file_range(fd, 0, 4096, SYNC_FILE_RANGE_WRITE);
	struct statfs fs;
	statfs("missing", &fs);
	statfs("/proc", &fs);
	close(50);
	close(fd);
}

static void vectors(void)
{
	struct iovec parts[3];
	int fd = open("vectors", O_RDWR | O_CREAT | O_TRUNC, 0644),
	    copy = open("copy", O_RDWR | O_CREAT, 0644);
	for (int i = 0; i < 3; i++)
		parts[i] = (struct iovec){ bytes + i, (size_t)(100 + i) };
	writev(fd, parts, 3);
	lseek(fd, 0, SEEK_SET);
	readv(fd, parts, 2);
	preadv(fd, parts, 2, 10);
	pwritev2(fd, parts, 1, 20, RWF_DSYNC);
	readv(fd, nowhere, 2); /* EFAULT */
	writev(fd, parts, 0);
	off_t at = 7;
	sendfile(copy, fd, &at, 100);
	sendfile(copy, fd, NULL, 100);
	loff_t in = 1, out = 2;
	copy_file_range(fd, &in, copy, &out, 50, 0);
	struct iovec other = { bytes + 1000, 123 };
	process_vm_readv(getpid(), parts, 1, &other, 1, 0);
	close(fd);
	close(copy);
}

static void pipes(void)
{
	int ends[2];
	syscall(SYS_pipe, ends);
	close(ends[0]);
	close(ends[1]);
	pipe2(ends, O_CLOEXEC | O_NONBLOCK);
	struct pollfd polled[3] = { { ends[0], POLLIN, 0 }, { ends[1], POLLOUT | POLLERR, 0 }, { -1, 0, 0 } };
	poll(polled, 2, 0);
	poll(polled, 1, 1);
	syscall(SYS_poll, polled, 0, 0);
	poll(polled, 3, -1);
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET, .data.u64 = 7 }, got[4];
	epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &ev);
	ev.events = EPOLLOUT;
	epoll_ctl(ep, EPOLL_CTL_ADD, ends[1], &ev);
	ev.events = EPOLLOUT | EPOLLRDHUP;
	epoll_ctl(ep, EPOLL_CTL_MOD, ends[1], &ev);
	syscall(SYS_epoll_wait, ep, got, 4, 0);
	epoll_ctl(ep, EPOLL_CTL_DEL, ends[1], NULL);
	syscall(SYS_epoll_wait, ep, got, 4, 0);
	int ready;
	ioctl(ends[0], FIONREAD, &ready);
	ioctl(ends[0], FIONBIO, &(int){ 1 });
	ioctl(ends[0], TCGETS, bytes); /* ENOTTY */
	close(ep);
	close(ends[0]);
	close(ends[1]);
	pipe2(nowhere, 0); /* EFAULT */
}

static void send_and_receive(int ends[2])
{
	char control[CMSG_SPACE(2 * sizeof(int))] = { 0 }, back[CMSG_SPACE(2 * sizeof(int))];
	struct iovec part[2] = { { bytes, 5 }, { bytes, 6 } };
	struct msghdr message = {
		.msg_iov = part, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	*head = (struct cmsghdr){ CMSG_LEN(2 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(head), (int[]){ ends[0], ends[1] }, 2 * sizeof(int));
	sendmsg(ends[1], &message, MSG_NOSIGNAL);
	message.msg_control = back;
	recvmsg(ends[0], &message, MSG_CMSG_CLOEXEC);
	message = (struct msghdr){ .msg_iov = part, .msg_iovlen = 1 };
	sendmsg(ends[1], &message, 0);
	recvmsg(ends[0], &message, MSG_DONTWAIT);
	recvmsg(ends[0], &message, MSG_DONTWAIT); /* EAGAIN */
}

static void datagrams(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) }, from;
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP);
	bind(fd, (void *)&in, sizeof(in));
	getsockname(fd, (void *)&in, &len);
	sendto(fd, bytes, 5, 0, (void *)&in, sizeof(in));
	len = sizeof(from);
	recvfrom(fd, bytes, 10, MSG_DONTWAIT, (void *)&from, &len);
	sendto(fd, bytes, 5, 0, (void *)&in, sizeof(in));
	memset(&from, 'x', sizeof(from));
	len = 1;
	recvfrom(fd, bytes, 10, MSG_DONTWAIT, (void *)&from, &len);
	struct iovec part = { bytes, 3 };
	struct msghdr message = {
		.msg_name = &in, .msg_namelen = sizeof(in), .msg_iov = &part, .msg_iovlen = 1
	};
	sendmsg(fd, &message, 0);
	recvmsg(fd, &message, 0);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 2 }, sizeof(struct linger));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ 1, 2 }, sizeof(struct timeval));
	close(fd);
	fd = socket(AF_NETLINK, SOCK_RAW, 0);
	bind(fd, (void *)&(struct sockaddr_nl){ .nl_family = AF_NETLINK }, sizeof(struct sockaddr_nl));
	connect(fd, (void *)&(struct sockaddr_storage){ .ss_family = AF_UNSPEC }, 16);
	connect(fd, (void *)&in, 1);
	close(fd);
}

static void credentials(int ends[2])
{
	char control[100];
	struct iovec part = { bytes, 3 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	socklen_t len = sizeof(struct ucred);
	setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int));
	(void)!write(ends[1], "abc", 3);
	recvmsg(ends[0], &message, 0);
	getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, control, &len);
}

static void sockets(void)
{
	int ends[2];
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
	send_and_receive(ends);
	credentials(ends);
	sendto(ends[0], bytes, 10, MSG_DONTWAIT, NULL, 0);
	recvfrom(ends[1], bytes, 20, 0, NULL, NULL);
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "missing.sock" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), one = 1;
	connect(fd, (void *)&un, sizeof(un));
	connect(fd, (void *)&un, offsetof(struct sockaddr_un, sun_path) + 5);
	memcpy(un.sun_path, "\0abstract\0\1", 11);
	connect(fd, (void *)&un, offsetof(struct sockaddr_un, sun_path) + 11);
	connect(fd, (void *)&un, sizeof(sa_family_t));
	connect(fd, nowhere, sizeof(un)); /* EFAULT */
	strcpy(un.sun_path, "here.sock");
	bind(fd, (void *)&un, sizeof(un));
	listen(fd, 5);
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	connect(client, (void *)&un, sizeof(un));
	struct sockaddr_storage from;
	socklen_t len = 2;
	close(accept4(fd, NULL, NULL, SOCK_CLOEXEC));
	len = sizeof(from);
	getpeername(client, (void *)&from, &len);
	/* less room than the address takes */
	memset(&from, 'x', sizeof(from));
	len = 7;
	getsockname(fd, (void *)&from, &len);
	len = 1;
	getpeername(client, (void *)&from, &len);
	close(client);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0x7f000001)
	};
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	len = sizeof(one);
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &one, &len);
	connect(fd, (void *)&in, sizeof(in)); /* ECONNREFUSED */
	len = sizeof(in);
	in.sin_port = 0;
	bind(fd, (void *)&in, sizeof(in));
	close(fd);
	datagrams();
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(9),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
		.sin6_scope_id = 0 };
	connect(fd, (void *)&in6, sizeof(in6));
	sendto(fd, bytes, 10, 0, (void *)&in6, sizeof(in6));
	len = sizeof(in6);
	getpeername(fd, (void *)&in6, &len);
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

static void on_signal(int number)
{
	(void)number;
}

static void signals(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN }, old;
	sigset_t set;
	sigaction(SIGUSR1, &action, &old);
	action.sa_handler = on_signal;
	action.sa_flags = SA_RESTART;
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGTERM);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGUSR1, NULL, &old);
	action.sa_handler = SIG_DFL;
	sigaction(SIGUSR1, &action, &old);
	sigemptyset(&set);
	sigaddset(&set, SIGINT), sigaddset(&set, SIGCHLD), sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, NULL, &set);
	sigfillset(&set);
	sigdelset(&set, SIGUSR2);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, &old.sa_mask);
	stack_t stack = { .ss_sp = bytes, .ss_size = 4096, .ss_flags = 0 };
	sigaltstack(&stack, NULL);
	sigaltstack(NULL, &stack);
}

static void times(void)
{
	struct timespec brief = { 0, 1000 }, left;
	syscall(SYS_nanosleep, &brief, NULL);
	syscall(SYS_nanosleep, &brief, &left);
	syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &brief, NULL);
	syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &(struct timespec){ 1, 2 }, NULL);
	brief.tv_nsec = -1;
	syscall(SYS_nanosleep, &brief, NULL); /* EINVAL */
	syscall(SYS_clock_getres, CLOCK_MONOTONIC, &left);
	unsigned word = 1;
	syscall(SYS_futex, &word, 128 /* FUTEX_WAIT_PRIVATE */, 1, &(struct timespec){ 0, 1000 });
	syscall(SYS_futex, &word, 128, 2, NULL); /* EAGAIN */
	syscall(SYS_futex, &word, 129, 1);
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct itimerspec each = { { 1, 2 }, { 1000, 4 } }, before;
	timerfd_settime(fd, 0, &each, &before);
	timerfd_settime(fd, 0, &each, NULL);
	struct itimerval interval = { { 0, 0 }, { 1000, 5 } };
	setitimer(ITIMER_REAL, &interval, NULL);
	interval = (struct itimerval){ { 0, 0 }, { 0, 0 } };
	syscall(SYS_setitimer, ITIMER_REAL, &interval, NULL);
	close(fd);
}

static void limits(void)
{
	struct rlimit limit = { 1024, 4096 }, old;
	syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &old);
	limit.rlim_cur = 0, limit.rlim_max = old.rlim_max;
	syscall(SYS_setrlimit, RLIMIT_CORE, &limit);
	syscall(SYS_getrlimit, RLIMIT_CORE, &old);
	prctl(PR_SET_NAME, "new\nname");
	prctl(PR_GET_DUMPABLE);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_GET_NAME, bytes);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	struct utsname names;
	uname(&names);
	cpu_set_t cpus;
	syscall(SYS_sched_getaffinity, 0, sizeof(cpus), &cpus);
	syscall(SYS_sched_setaffinity, 0, sizeof(cpus), &cpus);
	int fd = memfd_create("in memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *map =
		mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	mprotect(map, 4096, PROT_READ | PROT_EXEC);
	madvise(map, 4096, MADV_DONTNEED);
	mlock(map, 4096);
	munlock(map, 4096);
	munmap(map, 8192);
	fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK);
	fcntl(fd, F_GET_SEALS);
	close(fd);
	syscall(SYS_openat2, AT_FDCWD, "plain", &(uint64_t[3]){ O_RDONLY | O_CLOEXEC, 0, 8 }, 24);
	close(3);
}

static void child(int how)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		if (how < 0)
			raise(-how);
		_exit(how);
	}
	waitpid(pid, &status, 0);
}

static void children(void)
{
	child(0);
	child(3);
	child(-SIGKILL);
	waitpid(-1, NULL, WNOHANG); /* ECHILD */
}

/* Calls that overwrite their argument with their result. */
static void overwritten(void)
{
	struct rlimit limit;
	struct timespec brief = { 0, 1000 };
	struct pollfd none = { .fd = -1 };
	sigset_t set;
	sigemptyset(&set);
	getrlimit(RLIMIT_CORE, &limit);
	syscall(SYS_prlimit64, 0, RLIMIT_CORE, &limit, &limit);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, &set, 8);
	syscall(SYS_ppoll, &none, 1, &brief, NULL, 8);
	syscall(SYS_select, 0, NULL, NULL, NULL, &(struct timeval){ 0, 10 });
}

static void many(void)
{
	struct iovec parts[40];
	int fd = open("many", O_RDWR | O_CREAT | O_TRUNC, 0600);
	for (int i = 0; i < 40; i++)
		parts[i] = (struct iovec){ bytes, (size_t)(100 + i) };
	writev(fd, parts, 40);
	writev(fd, parts, 32);
	close(fd);
}

/* Arguments that reach past `end`, the end of mapped memory. */
static void too_short(char *end)
{
	int ends[2], fd = open("short", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct iovec *part = (void *)(end - sizeof(*part));
	*part = (struct iovec){ bytes, 7 };
	writev(fd, part, 1);
	writev(fd, part, 2);       /* EFAULT */
	writev(fd, part, 1 << 20); /* EINVAL */
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	ioctl(ends[0], FIONREAD, end - sizeof(int));
	ioctl(ends[0], FIONREAD, end - 2); /* EFAULT */
	connect(ends[0], (void *)(end - 3), 100);
	poll((void *)(end - 8), 1000000, 0);
	strcpy(end - 4, "abc");
	prctl(PR_SET_NAME, end - 4);
	sendmsg(ends[0], (void *)(end - 8), 0);
	close(ends[0]);
	close(ends[1]);
	close(fd);
}

static void lying(void)
{
	int ends[2];
	char control[64];
	memset(control, 0x7f, sizeof(control));
	struct iovec part = { bytes, 5 };
	struct msghdr message = { .msg_name = nowhere,
		.msg_namelen = 99,
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	memset(un.sun_path, '"', sizeof(un.sun_path)); /* no zero byte */
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	sendmsg(ends[0], &message, 0);
	message.msg_name = NULL;
	sendmsg(ends[0], &message, 0);
	message.msg_iovlen = 1ul << 60;
	sendmsg(ends[0], &message, 0);
	connect(ends[0], (void *)&un, sizeof(un));
	connect(ends[0], (void *)&un, 0x7fffffff);
	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &un, 0xffffffff);
	syscall(SYS_clone3, &un, 1ul << 40);
	syscall(SYS_getdents64, open(".", O_RDONLY), nowhere, 4096);
	syscall(SYS_epoll_wait, ends[0], nowhere, 5, 0);
}

static void misleading(void)
{
	char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(map + 4096, 4096);
	overwritten();
	many();
	too_short(map + 4096);
	lying();
}

int main(int argc, char **argv)
{
	void (*const parts[])(void) = { files, vectors, pipes, sockets, signals, times, limits, children };
	if (argc < 2 || chdir(argv[1]))
		return 2;
	memset(bytes, 'x', sizeof(bytes));
	if (argc == 3)
		misleading();
	for (size_t i = 0; argc != 3 && i < sizeof(parts) / sizeof(*parts); i++)
		parts[i]();
	return 0;
}
