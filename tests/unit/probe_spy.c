/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe_spy.h"

#include <fcntl.h>
#include <gelf.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/checks.h"

#if defined(__x86_64__)

enum { CALLS = 16, ARGUMENTS = 8, NOP = 0x90, BREAKPOINT = 0xcc };

static const struct {
	const char *name;
	int number;
} registers[] = { { "rax", REG_RAX }, { "rbx", REG_RBX }, { "rcx", REG_RCX }, { "rdx", REG_RDX },
	{ "rsi", REG_RSI }, { "rdi", REG_RDI }, { "rbp", REG_RBP }, { "rsp", REG_RSP }, { "r8", REG_R8 },
	{ "r9", REG_R9 }, { "r10", REG_R10 }, { "r11", REG_R11 }, { "r12", REG_R12 }, { "r13", REG_R13 },
	{ "r14", REG_R14 }, { "r15", REG_R15 } };

/* The value of a register, or of memory at an offset from it. */
struct argument {
	int number;
	long offset;
	bool memory;
};

/* The contents of a probe's note: addresses as linked, then three strings. */
struct note {
	uint64_t site, base, semaphore;
	char strings[];
};

static struct argument arguments[ARGUMENTS];
static unsigned int argument_count;
static unsigned int calls; /* read and written by atomic operations only */
static uint64_t kept[CALLS][ARGUMENTS];

static void on_breakpoint(int number, siginfo_t *info, void *context)
{
	const greg_t *values = ((ucontext_t *)context)->uc_mcontext.gregs;
	unsigned int call = __atomic_fetch_add(&calls, 1, __ATOMIC_SEQ_CST);
	(void)number;
	(void)info;
	for (unsigned int i = 0; call < CALLS && i < argument_count; i++) {
		uint64_t value = (uint64_t)values[arguments[i].number];
		kept[call][i] = arguments[i].memory
					? *(const uint64_t *)(value + (uint64_t)arguments[i].offset)
					: value;
	}
}

/* "8@%rdi" or "8@16(%rsp)". */
static struct argument parse(const char *text)
{
	struct argument a = { .number = -1 };
	const char *name = strchr(text, '%');
	ck_assert_msg(name && strncmp(text, "8@", 2) == 0, "argument %s", text);
	a.memory = name[-1] == '(';
	a.offset = a.memory ? strtol(text + 2, NULL, 10) : 0;
	size_t len = strcspn(++name, ")");
	for (size_t i = 0; i < sizeof(registers) / sizeof(*registers); i++)
		if (strlen(registers[i].name) == len && memcmp(registers[i].name, name, len) == 0)
			a.number = registers[i].number;
	ck_assert_msg(a.number >= 0, "argument %s", text);
	return a;
}

static int first_object(struct dl_phdr_info *info, size_t size, void *bias)
{
	(void)size;
	*(uint64_t *)bias = info->dlpi_addr;
	return 1; /* the program itself */
}

static bool arm(const struct note *note)
{
	uint64_t bias = 0, page = (uint64_t)sysconf(_SC_PAGESIZE);
	dl_iterate_phdr(first_object, &bias);
	unsigned char *site = (unsigned char *)(note->site + bias);
	const char *provider = note->strings, *name = provider + strlen(provider) + 1;
	char *save, *text = strdup(name + strlen(name) + 1);
	for (char *a = strtok_r(text, " ", &save); a; a = strtok_r(NULL, " ", &save)) {
		ck_assert_uint_lt(argument_count, ARGUMENTS);
		arguments[argument_count++] = parse(a);
	}
	free(text);
	if (*site == BREAKPOINT)
		return false;
	ck_assert_uint_eq(*site, NOP); /* no instruction to step over */
	struct sigaction action = { .sa_sigaction = on_breakpoint, .sa_flags = SA_SIGINFO };
	ck_assert_int_eq(sigaction(SIGTRAP, &action, NULL), 0);
	void *start = (void *)((uint64_t)site & ~(page - 1));
	ck_assert_int_eq(mprotect(start, page, PROT_READ | PROT_WRITE | PROT_EXEC), 0);
	*site = BREAKPOINT;
	++*(unsigned short *)(note->semaphore + bias);
	return true;
}

/* NULL: the section has none. */
static const struct note *find(Elf_Data *data, const char *probe)
{
	GElf_Nhdr head;
	size_t name, desc;
	for (size_t at = 0; (at = gelf_getnote(data, at, &head, &name, &desc)) > 0;) {
		const struct note *note = (const struct note *)((const char *)data->d_buf + desc);
		const char *called = note->strings + strlen(note->strings) + 1;
		if (strcmp(note->strings, "pagedbundle") == 0 && strcmp(called, probe) == 0)
			return note;
	}
	return NULL;
}

bool probe_spy(const char *probe)
{
	size_t names;
	const struct note *note = NULL;
	elf_version(EV_CURRENT);
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	ck_assert_ptr_nonnull(elf);
	ck_assert_int_eq(elf_getshdrstrndx(elf, &names), 0);
	for (Elf_Scn *scn = NULL; !note && (scn = elf_nextscn(elf, scn));) {
		GElf_Shdr head;
		ck_assert_ptr_nonnull(gelf_getshdr(scn, &head));
		if (strcmp(elf_strptr(elf, names, head.sh_name), ".note.stapsdt") == 0)
			note = find(elf_getdata(scn, NULL), probe);
	}
	ck_assert_msg(note, "there is no probe %s", probe);
	bool armed = arm(note);
	elf_end(elf);
	close(fd);
	return armed;
}

#else

enum { CALLS = 1, ARGUMENTS = 1 };
static unsigned int calls;
static uint64_t kept[CALLS][ARGUMENTS];

bool probe_spy(const char *probe)
{
	(void)probe;
	return false;
}

#endif

unsigned int probe_spy_calls(void)
{
	return calls;
}

uint64_t probe_spy_argument(unsigned int call, unsigned int argument)
{
	ck_assert(call < CALLS && argument < ARGUMENTS);
	return kept[call][argument];
}
