// SPDX-License-Identifier: BSD-2-Clause
/*
 * hostile SECONDS SEED: imitates libpagedbundle with an invalid list of open bundles and invalid counters, which it
 * changes continuously. Enough of the data is valid (bait) for observers to reach the invalid parts.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <pagedbundle.h>

enum { BUNDLES = 20, MODELS = 50, PAGE = 4096 };

struct pb_open_list hostile_list;

__asm__(".pushsection .note.pagedbundle,\"\",\"note\"\n"
	".balign 4\n"
	".4byte 2f-1f, 8, 1\n"
	"1: .asciz \"pagedbundle\"\n"
	"2: .balign 4\n"
	".8byte hostile_list\n"
	".popsection\n");

static struct pb_counters counters[BUNDLES];
static struct pb_model_counters models[MODELS];
static uint64_t words[MODELS], stripes[PB_STRIPES];
static struct pb_stripe stripe;
static const char name[] = "\033]0;owned\a\033[2J\033[31mred\n\xff\xfe\xc2\x9b\xe2\x80\xae";

static uint64_t draw(void)
{
	static const uint64_t edges[] = { 0, 1, 60, 4096, 1u << 20, (1u << 20) + 1, UINT32_MAX, 1ull << 40,
		INT64_MAX, UINT64_MAX - 1, UINT64_MAX };
	return random() % 2 ? edges[(size_t)random() % (sizeof(edges) / sizeof(*edges))]
			    : (uint64_t)random() << 33 ^ (uint64_t)random();
}

/* Overwrites 8 bytes of a struct, at a random multiple of 8, with a random value. */
static void scribble(void *at, size_t size)
{
	uint64_t value = draw();
	memcpy((char *)at + (size_t)random() % (size / 8) * 8, &value, sizeof(value));
}

/* A string without a zero byte that ends with the last mapped byte. */
static const char *open_end(void)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		exit(EXIT_FAILURE);
	munmap(pages + PAGE, PAGE);
	memset(pages, 'x', PAGE);
	return pages + PAGE - 100;
}

/* Fills in what the library would, with hostile names. */
static void bait(const char *end)
{
	hostile_list = (struct pb_open_list){
		.magic = PB_OPEN_LIST_MAGIC, .version = PB_OPEN_LIST_VERSION, .slots = PB_OPEN_LIST_SLOTS
	};
	stripe = (struct pb_stripe){ .hits = 1, .models = (uintptr_t)words };
	for (int i = 0; i < PB_STRIPES; i++)
		stripes[i] = i % 2 ? (uintptr_t)&stripe : 0;
	for (int i = 0; i < BUNDLES; i++) {
		hostile_list.bundles[i] = (uintptr_t)&counters[i];
		counters[i] = (struct pb_counters){
			.version = PB_COUNTERS_VERSION,
			.size = sizeof(counters[i]),
			.bundle = (uint64_t)i + 1,
			.models = MODELS,
			.limit = 1000,
			.path = (uintptr_t)(i % 3 ? name : end),
			.first_model = (uintptr_t)models,
			.next_model = sizeof(models[0]),
			.stripes = (uintptr_t)stripes,
			.stripe_count = PB_STRIPES,
		};
	}
	for (int i = 0; i < MODELS; i++)
		models[i] = (struct pb_model_counters){ .name = (uintptr_t)(i % 2 ? name : end),
			.name_len = i % 2 ? sizeof(name) - 1 : (uint32_t)draw(),
			.size = draw() };
}

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 200000 };
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	const char *end = open_end();
	srandom(argc > 2 ? (unsigned)atoi(argv[2]) : 1);
	bait(end);
	puts("ready");
	fflush(stdout);
	time_t until = time(NULL) + (time_t)seconds + 1;
	for (unsigned round = 0; time(NULL) < until; round++) {
		if (round % 100 == 0)
			bait(end);
		for (int i = 0; i < 3; i++) {
			scribble(&counters[random() % BUNDLES], sizeof(counters[0]));
			scribble(&models[random() % MODELS], sizeof(models[0]));
		}
		if (random() % 20 == 0)
			scribble(&stripe, sizeof(stripe));
		if (random() % 20 == 0)
			scribble(stripes, sizeof(stripes));
		if (random() % 200 == 0)
			scribble(&hostile_list, sizeof(hostile_list));
		if (random() % 200 == 0) /* a list that contains itself */
			hostile_list.next = (uintptr_t)&hostile_list;
		nanosleep(&pause, NULL);
	}
	return EXIT_SUCCESS;
}
