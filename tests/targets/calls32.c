/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * calls32 [PROGRAM]: 32-bit system calls, then, if there is one, an exec of PROGRAM by such a call. Built as a 64-bit
 * program and as a 32-bit one, without a C library. Where the kernel refuses such calls it ends by SIGSEGV, or cannot be
 * executed.
 */
#define NR_EXIT     1
#define NR_OPEN     5
#define NR_CLOSE    6
#define NR_EXECVE   11
#define NR_GETPID   20
#define NR_ACCESS   33
#define NR_UMASK    60
#define NR_DUP2     63
#define NR_MUNMAP   91
#define NR_WAIT4    114
#define NR_CLONE    120
#define NR_MPROTECT 125
#define NR_LLSEEK   140
#define NR_READ     3
#define NR_PREAD64  180
#define NR_VFORK    190
#define NR_MMAP2    192
#define NR_FSTAT64  197
#define NR_FCNTL64  221
#define NR_OPENAT   295

#define AT_FDCWD  (-100)
#define SIGCHLD   17
#define CLONE_VM  0x100
#define CLONE_VF  0x4000 /* CLONE_VFORK */
#define PAGE      4096
#define PROT_READ 1
#define PRIVATE   0x22 /* MAP_PRIVATE|MAP_ANONYMOUS */

typedef unsigned int word; /* a pointer too: the program lies low in the address space */

static char buffer[256], program[256];
static word argv[3], envp[1];

#define AT(pointer) ((word)(unsigned long)(pointer))

/* The sixth argument of every call is 0. */
static int call(word number, word a, word b, word c, word d, word e)
{
	int result;
#ifdef __i386__
	__asm__ volatile("push %%ebp\n\txor %%ebp, %%ebp\n\tint $0x80\n\tpop %%ebp"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory");
#else
	__asm__ volatile("push %%rbp\n\txor %%ebp, %%ebp\n\tint $0x80\n\tpop %%rbp"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
#endif
	return result;
}

static void files(void)
{
	static const char null[] = "/dev/null", none[] = "/no/such/file";
	int fd = call(NR_OPEN, AT(null), 0, 0, 0, 0);
	int zero = call(NR_OPENAT, (word)AT_FDCWD, AT("/dev/zero"), 0, 0, 0);
	call(NR_READ, (word)zero, AT(buffer), 100, 0, 0);
	call(NR_READ, (word)fd, AT(buffer), 100, 0, 0);
	call(NR_PREAD64, (word)zero, AT(buffer), 50, 7, 1);
	call(NR_LLSEEK, (word)fd, 1, 2, AT(buffer), 0);
	call(NR_FSTAT64, (word)fd, AT(buffer), 0, 0, 0);
	call(NR_DUP2, (word)fd, 9, 0, 0, 0);
	call(NR_FCNTL64, 9, 1, 0, 0, 0);
	call(NR_CLOSE, 9, 0, 0, 0, 0);
	call(NR_CLOSE, 9, 0, 0, 0, 0);
	call(NR_CLOSE, (word)zero, 0, 0, 0, 0);
	call(NR_ACCESS, AT(none), 4, 0, 0, 0);
	call(NR_OPEN, AT(none), 2, 0, 0, 0);
	call(NR_OPEN, AT(null), 0, 0, 0, 0);
}

static void others(void)
{
	int old = call(NR_UMASK, 022, 0, 0, 0, 0);
	int page = call(NR_MMAP2, 0, PAGE, PROT_READ, PRIVATE, (word)-1);
	call(NR_MPROTECT, (word)page, PAGE, 0, 0, 0);
	call(NR_MUNMAP, (word)page, PAGE, 0, 0, 0);
	call(NR_UMASK, (word)old, 0, 0, 0, 0);
	call(600, 1, 2, 3, 4, 5);
	call((word)-1, 1, 2, 3, 4, 5);
	call(NR_GETPID, 0, 0, 0, 0, 0);
}

/* One that has its own memory and runs before its parent goes on. */
static void children(void)
{
	for (word i = 0; i < 3; i++) {
		int child = call(NR_CLONE, CLONE_VF | SIGCHLD, 0, 0, 0, 0);
		if (child == 0) {
			call(NR_GETPID, 0, 0, 0, 0, 0);
			call(NR_EXIT, i, 0, 0, 0, 0);
		}
		call(NR_WAIT4, (word)child, AT(buffer), 0, 0, 0);
	}
}

/* `stack`: argc, the arguments, NULL. */
static __attribute__((used)) void begin(unsigned long *stack)
{
	const char *name = stack[0] > 1 ? (const char *)stack[2] : "";
	files();
	others();
	children();
	for (int i = 0; i < (int)sizeof(program) - 1 && name[i]; i++)
		program[i] = name[i];
	argv[0] = AT(program);
	argv[1] = 0;
	if (program[0])
		call(NR_EXECVE, AT(program), AT(argv), AT(envp), 0, 0);
	call(NR_EXIT, program[0] ? 2 : 0, 0, 0, 0, 0);
}

#ifdef __i386__
__asm__(".globl _start\n_start:\n\tmov %esp, %eax\n\tand $-16, %esp\n\tsub $12, %esp\n\tpush %eax\n\tcall begin\n");
#else
__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n");
#endif
