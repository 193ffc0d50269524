/* SPDX-License-Identifier: BSD-2-Clause */
/* Gets models from a bundle in a chosen pattern: deterministic work for tests, measurements and trials. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <pagedbundle.h>

enum pattern { SEQUENTIAL, CYCLIC, ZIPF, HOTCOLD, PAIRS, PATTERNS };

struct options {
	uint64_t models, size_min, size_max, count, seed;
	double duration; /* seconds; 0: count gets */
	double stay;     /* seconds that the bundle stays open after that */
	double report;   /* seconds between two lines; 0: none */
	enum pattern pattern;
	struct pb_config config;
	const char *bundle, *file;
	bool keep, touch, cold, json;
};

/* --- options --- */

enum {
	OPT_MODELS = 256,
	OPT_SIZES,
	OPT_BUNDLE,
	OPT_FILE,
	OPT_KEEP,
	OPT_COUNT,
	OPT_DURATION,
	OPT_STAY,
	OPT_REPORT,
	OPT_PREFETCH,
	OPT_POLICY,
	OPT_READ,
	OPT_SEED,
	OPT_TOUCH,
	OPT_COLD,
	OPT_JSON
};

static const struct argp_option table[] = {
	{ "models", OPT_MODELS, "N", 0, "How many models (64)", 0 },
	{ "size", 's', "BYTES", 0, "Of each model; K, M and G count 1024s (64K)", 0 },
	{ "sizes", OPT_SIZES, "MIN-MAX", 0, "Sizes drawn evenly between these instead", 0 },
	{ "bundle", OPT_BUNDLE, "FILE", 0, "Use this bundle instead of making one", 0 },
	{ "file", OPT_FILE, "PATH", 0, "Where to make the bundle (/tmp/bundle_load-PID.apbundle)", 0 },
	{ "keep", OPT_KEEP, NULL, 0, "Leave it there", 0 },
	{ "pattern", 'p', "PATTERN", 0,
		"sequential: all models in order, over and over (default); cyclic: the same with just so many that they pass "
		"the limit; zipf: model i with weight 1/(i+1); hotcold: nine gets of ten go to a tenth of the models; pairs: a random even model, then the one after it",
		0 },
	{ "count", OPT_COUNT, "N", 0, "How many gets (1000)", 0 },
	{ "duration", OPT_DURATION, "SECONDS", 0, "Until this time has passed, or SIGINT, instead", 0 },
	{ "stay", OPT_STAY, "SECONDS", 0, "Keep the bundle open so long when all is printed", 0 },
	{ "report", OPT_REPORT, "SECONDS", 0,
		"Print, each time so much has passed, the seconds since the start and the gets per second",
		0 },
	{ "limit", 'l', "BYTES", 0, "Memory limit of the cache (100M)", 0 },
	{ "prefetch", OPT_PREFETCH, "N|off", 0, "Successors to prefetch (2)", 0 },
	{ "policy", OPT_POLICY, "POLICY", 0,
		"Which model is evicted: lru (default), lfu, lfu-da, clock, sieve, s3-fifo, arc, gdsf, auto",
		0 },
	{ "read", OPT_READ, "pread|seek", 0, "How models are read (pread)", 0 },
	{ "seed", OPT_SEED, "N", 0, "Of sizes and pattern (1)", 0 },
	{ "touch", OPT_TOUCH, NULL, 0, "Read every byte of what was got", 0 },
	{ "cold", OPT_COLD, NULL, 0, "Drop a model from the page cache before it is loaded: from the disk",
		0 },
	{ "json", OPT_JSON, NULL, 0, "Print one JSON object", 0 },
	{ 0 },
};

static uint64_t parse_bytes(struct argp_state *state, const char *s, char stop, const char **rest)
{
	char *end;
	errno = 0;
	unsigned long long v = strtoull(s, &end, 10);
	unsigned int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
	if (errno || end == s || *s == '-' || end[shift > 0] != stop || v > UINT64_MAX >> shift)
		argp_error(state, "%s: not a number of bytes", s);
	*rest = end + (shift > 0) + 1;
	return v << shift;
}

static uint64_t parse_number(struct argp_state *state, const char *s)
{
	const char *rest;
	return parse_bytes(state, s, '\0', &rest);
}

static double parse_seconds(struct argp_state *state, const char *s)
{
	double seconds = strtod(s, NULL);
	if (!(seconds > 0))
		argp_error(state, "%s: not a number of seconds", s);
	return seconds;
}

static int parse_choice(struct argp_state *state, const char *s, const char *const *choices, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(s, choices[i]) == 0)
			return i;
	argp_error(state, "%s: no such choice", s);
	return 0;
}

static void parse_config(struct argp_state *state, struct pb_config *c, int key, const char *arg)
{
	static const char *const reads[] = { "pread", "seek" };
	if (key == OPT_POLICY && !pb_policy_find(arg, &c->policy))
		argp_error(state, "%s: no such policy", arg);
	if (key == 'l')
		c->max_memory = parse_number(state, arg);
	else if (key == OPT_READ)
		c->read = (enum pb_read)parse_choice(state, arg, reads, 2);
	else if (key == OPT_PREFETCH && strcmp(arg, "off") == 0)
		c->prefetch = false;
	else if (key == OPT_PREFETCH)
		c->prefetch_count = (uint32_t)parse_number(state, arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const patterns[] = { "sequential", "cyclic", "zipf", "hotcold", "pairs" };
	struct options *o = state->input;
	const char *rest;
	switch (key) {
	case OPT_MODELS:
		o->models = parse_number(state, arg);
		if (o->models == 0 || o->models > 10000000)
			argp_error(state, "%s: 1 to 10000000 models", arg);
		return 0;
	case 's':
		o->size_min = o->size_max = parse_number(state, arg);
		return 0;
	case OPT_SIZES:
		o->size_min = parse_bytes(state, arg, '-', &rest);
		o->size_max = parse_number(state, rest);
		if (o->size_max < o->size_min)
			argp_error(state, "%s: the greatest size comes second", arg);
		return 0;
	case OPT_BUNDLE:
		o->bundle = arg;
		return 0;
	case OPT_FILE:
		o->file = arg;
		return 0;
	case OPT_KEEP:
		o->keep = true;
		return 0;
	case 'p':
		o->pattern = (enum pattern)parse_choice(state, arg, patterns, PATTERNS);
		return 0;
	case OPT_COUNT:
		o->count = parse_number(state, arg);
		return 0;
	case OPT_DURATION:
		o->duration = parse_seconds(state, arg);
		return 0;
	case OPT_REPORT:
		o->report = parse_seconds(state, arg);
		return 0;
	case OPT_STAY:
		o->stay = strtod(arg, NULL);
		if (!(o->stay > 0))
			argp_error(state, "%s: not a number of seconds", arg);
		return 0;
	case 'l':
	case OPT_PREFETCH:
	case OPT_POLICY:
	case OPT_READ:
		parse_config(state, &o->config, key, arg);
		return 0;
	case OPT_SEED:
		o->seed = parse_number(state, arg);
		return 0;
	case OPT_TOUCH:
		o->touch = true;
		return 0;
	case OPT_COLD:
		o->cold = true;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "%s: it takes options only", arg);
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = table,
	.parser = parse,
	.doc = "Makes a bundle, gets models from it in a pattern, prints what the cache did.",
};

static void die(const char *what, int err)
{
	fprintf(stderr, "bundle_load: %s: %s (%s)\n", what, pb_strerror(err), pb_error_detail());
	exit(EXIT_FAILURE);
}

/* --- the bundle --- */

/* SplitMix64. */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static uint64_t draw_below(uint64_t *state, uint64_t bound)
{
	return (uint64_t)((unsigned __int128)draw(state) * bound >> 64);
}

static uint64_t draw_size(const struct options *o, uint64_t *state)
{
	uint64_t span = o->size_max - o->size_min;
	return o->size_min + (span == UINT64_MAX ? draw(state) : draw_below(state, span + 1));
}

static int write_model(struct pb_writer *w, uint64_t size, uint64_t *state)
{
	static uint64_t portion[8192];
	int err = PB_OK;
	while (!err && size > 0) {
		size_t n = size < sizeof(portion) ? (size_t)size : sizeof(portion);
		for (size_t i = 0; i < (n + 7) / 8; i++)
			portion[i] = draw(state);
		err = pb_writer_write(w, portion, n);
		size -= n;
	}
	return err;
}

static void make_bundle(const struct options *o, const char *path)
{
	struct pb_writer *w;
	uint64_t state = o->seed;
	int err = pb_writer_open(path, &w);
	if (err)
		die(path, err);
	for (uint64_t i = 0; !err && i < o->models; i++) {
		char name[32];
		int len = snprintf(name, sizeof(name), "m%04" PRIu64, i);
		err = pb_writer_add(w, name, (size_t)len, draw_size(o, &state));
	}
	uint64_t sizes = o->seed, bytes = ~o->seed; /* the same sizes again */
	for (uint64_t i = 0; !err && i < o->models; i++)
		err = write_model(w, draw_size(o, &sizes), &bytes);
	if (err)
		pb_writer_abort(w);
	else
		err = pb_writer_commit(w);
	if (err)
		die(path, err);
}

/* --- the work --- */

struct work {
	int fd; /* of the bundle, for --cold */
	const struct options *o;
	struct pb_paged *paged;
	const char **names;
	uint64_t models, round; /* models in a round of sequential and cyclic */
	uint64_t state;
	double *zipf;  /* sums of weights */
	uint64_t pair; /* the model to get next, plus 1; 0: draw one */
	uint64_t gets;
	double seconds;
};

static void *need(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);
	if (!p)
		die("memory", PB_ERR_MEMORY);
	return p;
}

static uint64_t models_past_limit(const struct work *w)
{
	uint64_t sum = 0, i = 0;
	struct pb_model model;
	while (i < w->models && sum <= w->o->config.max_memory && pb_model_at(w->paged, i, &model) == PB_OK) {
		sum += model.size;
		i++;
	}
	return i;
}

static void prepare(struct work *w)
{
	w->models = pb_count(w->paged);
	if (w->models == 0)
		die("bundle", PB_ERR_NOT_FOUND);
	w->names = need(w->models, sizeof(*w->names));
	w->zipf = need(w->models, sizeof(*w->zipf));
	for (uint64_t i = 0; i < w->models; i++) {
		struct pb_model model;
		pb_model_at(w->paged, i, &model);
		w->names[i] = model.name;
		w->zipf[i] = (i ? w->zipf[i - 1] : 0) + 1.0 / (double)(i + 1);
	}
	w->round = w->o->pattern == CYCLIC ? models_past_limit(w) : w->models;
	w->state = w->o->seed ^ 0x6c6f6164;
}

static uint64_t draw_zipf(struct work *w)
{
	double at = (double)(draw(&w->state) >> 11) / (double)(1ull << 53) * w->zipf[w->models - 1];
	uint64_t low = 0, high = w->models - 1;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (w->zipf[middle] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t draw_hotcold(struct work *w)
{
	uint64_t hot = (w->models + 9) / 10, cold = w->models - hot;
	if (cold == 0 || draw_below(&w->state, 10) < 9)
		return draw_below(&w->state, hot);
	return hot + draw_below(&w->state, cold);
}

static uint64_t draw_pair(struct work *w)
{
	if (w->pair) {
		uint64_t second = w->pair - 1;
		w->pair = 0;
		return second;
	}
	uint64_t first = draw_below(&w->state, (w->models + 1) / 2) * 2;
	if (first + 1 < w->models)
		w->pair = first + 2;
	return first;
}

static uint64_t next_model(struct work *w)
{
	switch (w->o->pattern) {
	case ZIPF:
		return draw_zipf(w);
	case HOTCOLD:
		return draw_hotcold(w);
	case PAIRS:
		return draw_pair(w);
	default:
		return w->gets % w->round;
	}
}

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void read_bytes(const struct pb_view *view)
{
	const unsigned char *bytes = view->data;
	uint64_t sum = 0;
	for (size_t i = 0; i < view->size; i++)
		sum += bytes[i];
	__asm__ volatile("" : : "r"(sum)); /* so that it is not optimized away */
}

/* The file's bytes of a model that the next get has to load. */
static void chill(const struct work *w, const char *name)
{
	struct pb_model model;
	size_t index;
	if (!pb_is_cached(w->paged, name) && pb_find(w->paged, name, strlen(name), &index) == PB_OK &&
		pb_model_at(w->paged, index, &model) == PB_OK)
		posix_fadvise(w->fd, (off_t)model.offset, (off_t)model.size, POSIX_FADV_DONTNEED);
}

/* What was done since the last line. */
struct reporter {
	double start, last;
	uint64_t gets;
};

static void report(const struct work *w, struct reporter *r)
{
	double at = now();
	if (at - r->last < w->o->report)
		return;
	printf("%.3f %.0f\n", at - r->start, (double)(w->gets - r->gets) / (at - r->last));
	fflush(stdout);
	r->last = at;
	r->gets = w->gets;
}

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static void run(struct work *w)
{
	double start = now(), end = w->o->duration > 0 ? start + w->o->duration : 0;
	struct reporter reporter = { .start = start, .last = start };
	/* looking at the clock at each get would be a tenth of a hit */
	while (end > 0 ? w->gets % 64 || (now() < end && !interrupted) : w->gets < w->o->count) {
		const char *name = w->names[next_model(w)];
		struct pb_view view;
		if (w->o->cold)
			chill(w, name);
		int err = pb_get(w->paged, name, &view);
		if (err)
			die(name, err);
		if (w->o->touch)
			read_bytes(&view);
		pb_release(&view);
		w->gets++;
		if (w->o->report > 0 && w->gets % 64 == 0)
			report(w, &reporter);
	}
	w->seconds = now() - start;
}

static void print_stats(const struct work *w)
{
	struct pb_stats s;
	pb_stats_init(&s);
	pb_stats_get(w->paged, &s);
	const struct {
		const char *name;
		uint64_t value;
	} fields[] = { { "gets", w->gets }, { "hits", s.hits }, { "misses", s.misses },
		{ "evictions", s.evictions }, { "reloads", s.reloads }, { "bytes_loaded", s.bytes_loaded },
		{ "prefetches", s.prefetches }, { "used", s.prefetch_used }, { "wasted", s.prefetch_wasted },
		{ "policy_changes", s.policy_changes } };
	bool json = w->o->json;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		printf(json ? "%s\"%s\":%" PRIu64 : "%s%s %" PRIu64,
			i      ? json ? "," : " "
			: json ? "{"
			       : "",
			fields[i].name, fields[i].value);
	printf(json ? ",\"seconds\":%.6f,\"gets_per_second\":%.0f}\n"
		    : " seconds %.6f gets_per_second %.0f\n",
		w->seconds, w->seconds > 0 ? (double)w->gets / w->seconds : 0);
}

static void stay(double seconds)
{
	struct timespec left = { .tv_sec = (time_t)seconds };
	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static const char *made; /* to be removed at the end, however that comes */

static void remove_made(void)
{
	unlink(made);
}

int main(int argc, char **argv)
{
	struct options o = {
		.models = 64, .size_min = 64 << 10, .size_max = 64 << 10, .count = 1000, .seed = 1
	};
	pb_config_init(&o.config);
	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_FAILURE;
	static char own[64];
	snprintf(own, sizeof(own), "/tmp/bundle_load-%d.apbundle", (int)getpid());
	const char *path = o.bundle ? o.bundle : o.file ? o.file : own;
	if (!o.bundle)
		make_bundle(&o, path);
	if (!o.bundle && !o.keep) {
		made = path;
		atexit(remove_made);
	}
	if (o.duration > 0)
		signal(SIGINT, interrupt);
	struct work w = { .o = &o, .fd = o.cold ? open(path, O_RDONLY | O_CLOEXEC) : -1 };
	int err = pb_open(path, &o.config, &w.paged);
	if (err)
		die(path, err);
	prepare(&w);
	run(&w);
	print_stats(&w);
	fflush(stdout);
	stay(o.stay);
	pb_close(w.paged);
	if (w.fd >= 0)
		close(w.fd);
	free(w.names);
	free(w.zipf);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
