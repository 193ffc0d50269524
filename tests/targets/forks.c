/* SPDX-License-Identifier: BSD-2-Clause */
/* forks N: forks N children, one after the other; child i calls lseek(FD, i, SEEK_SET) and exits with status
 * i % 100. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0, fd = open("/dev/null", O_RDONLY);
	if (count < 1 || fd < 0)
		return 2;
	for (int i = 0; i < count; i++) {
		int status;
		pid_t pid = fork();
		if (pid == 0) {
			lseek(fd, i, SEEK_SET);
			_exit(i % 100);
		}
		if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != i % 100)
			return 1;
	}
	return 0;
}
