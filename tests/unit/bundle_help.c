/* SPDX-License-Identifier: BSD-2-Clause */
#include "bundle_help.h"

#include "tests/checks.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch_folder[64];

static char *next_path(void)
{
	static char paths[64][4096];
	static unsigned int next;
	return paths[next++ % 64];
}

static const char *join(const char *folder, const char *format, va_list args)
{
	char *path = next_path();
	int n = snprintf(path, 4096, "%s/", folder);
	vsnprintf(path + n, 4096 - (size_t)n, format, args);
	return path;
}

static const char *variable(const char *name, const char *otherwise)
{
	const char *value = getenv(name);
	return value && *value ? value : otherwise;
}

const char *source_path(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	const char *path = join(variable("BUNDLETRACE_SOURCE", "."), format, args);
	va_end(args);
	return path;
}

const char *fixture(const char *format, ...)
{
	char folder[4096];
	snprintf(folder, sizeof(folder), "%s/tests/fixtures", variable("BUNDLETRACE_SOURCE", "."));
	va_list args;
	va_start(args, format);
	const char *path = join(folder, format, args);
	va_end(args);
	return path;
}

const char *program(const char *name)
{
	char *path = next_path();
	snprintf(path, 4096, "%s/%s", variable("BUNDLETRACE_BUILD", "build"), name);
	return path;
}

const char *scratch_file(const char *format, ...)
{
	if (!scratch_folder[0]) {
		strcpy(scratch_folder, "/tmp/check-bundle-XXXXXX");
		ck_assert_msg(mkdtemp(scratch_folder) != NULL, "mkdtemp: %s", strerror(errno));
	}
	va_list args;
	va_start(args, format);
	const char *path = join(scratch_folder, format, args);
	va_end(args);
	return path;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void scratch_remove(void)
{
	if (scratch_folder[0])
		nftw(scratch_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	scratch_folder[0] = '\0';
}

char *slurp(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	char *data = NULL;
	size_t have = 0, n;
	do {
		data = realloc(data, have + 65537);
		ck_assert_ptr_nonnull(data);
		n = fread(data + have, 1, 65536, f);
		have += n;
	} while (n > 0);
	ck_assert(!ferror(f));
	fclose(f);
	data[have] = '\0';
	if (size)
		*size = have;
	return data;
}

/* Overwrites in place: ext4 flushes a file that was truncated to 0 bytes when it is closed. */
void spill(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, (const char *)data + done, size - done);
		ck_assert_msg(n > 0, "%s: %s", path, strerror(errno));
		done += (size_t)n;
	}
	struct stat st;
	ck_assert_int_eq(fstat(fd, &st), 0);
	if (S_ISREG(st.st_mode) && (size_t)st.st_size > size)
		ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	ck_assert_int_eq(close(fd), 0);
}

bool same_file(const char *a, const char *b)
{
	size_t a_size, b_size;
	char *a_data = slurp(a, &a_size), *b_data = slurp(b, &b_size);
	bool same = a_size == b_size && memcmp(a_data, b_data, a_size) == 0;
	free(a_data);
	free(b_data);
	return same;
}

cJSON *json_file(const char *path)
{
	char *text = slurp(path, NULL);
	cJSON *json = cJSON_Parse(text);
	ck_assert_msg(json != NULL, "%s: not JSON", path);
	free(text);
	return json;
}

const char *json_text(const cJSON *object, const char *field)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, field);
	ck_assert_msg(cJSON_IsString(item), "no string %s", field);
	return item->valuestring;
}

uint64_t json_number(const cJSON *object, const char *field)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, field);
	ck_assert_msg(cJSON_IsNumber(item), "no number %s", field);
	return (uint64_t)item->valuedouble;
}

const char *make_bundle(const char *name, unsigned int count, size_t size)
{
	struct pb_bundle *bundle = pb_bundle_new();
	char *data = malloc(size + 1);
	ck_assert(bundle && data);
	for (unsigned int i = 0; i < count; i++) {
		char model[32];
		snprintf(model, sizeof(model), "m%u", i);
		memset(data, (int)i, size);
		ck_assert_int_eq(pb_bundle_add(bundle, model, data, size), PB_OK);
	}
	const char *path = scratch_file("%s", name);
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	pb_bundle_free(bundle);
	free(data);
	return path;
}

struct pb_paged *open_paged(const char *path, uint64_t limit, bool prefetch, enum pb_policy policy)
{
	struct pb_config config;
	struct pb_paged *paged = NULL;
	pb_config_init(&config);
	config.max_memory = limit;
	config.raw_limit = true;
	config.prefetch = prefetch;
	config.policy = policy;
	int err = pb_open(path, &config, &paged);
	ck_assert_msg(err == PB_OK, "%s: %s: %s", path, pb_strerror(err), pb_error_detail());
	return paged;
}

struct pb_stats stats_of(const struct pb_paged *paged)
{
	struct pb_stats stats;
	pb_stats_init(&stats);
	pb_stats_get(paged, &stats);
	return stats;
}

void get_and_release(struct pb_paged *paged, const char *name)
{
	struct pb_view view;
	int err = pb_get(paged, name, &view);
	ck_assert_msg(err == PB_OK, "%s: %s: %s", name, pb_strerror(err), pb_error_detail());
	pb_release(&view);
}

char *run_here(int *status, int (*command)(int argc, char **argv), ...)
{
	static char text[65536];
	static int out = -1;
	char *argv[8];
	int argc = 0, kept[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };
	va_list args;
	va_start(args, command);
	while (argc < 7 && (argv[argc] = va_arg(args, char *)))
		argc++;
	argv[argc] = NULL;
	va_end(args);
	if (out < 0)
		out = memfd_create("output", MFD_CLOEXEC);
	ck_assert(out >= 0 && kept[0] >= 0 && kept[1] >= 0);
	ck_assert_int_eq(ftruncate(out, 0), 0);
	ck_assert_int_eq(lseek(out, 0, SEEK_SET), 0);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	*status = command(argc, argv);
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		dup2(kept[i], STDOUT_FILENO + i);
		close(kept[i]);
	}
	ssize_t n = pread(out, text, sizeof(text) - 1, 0);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

static void run_child(const char *path, char *const argv[], int out)
{
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execv(path, argv);
	_exit(127);
}

/* Waits for a child and returns what it wrote to `out`, which is closed. */
static char *end_child(pid_t pid, FILE *out, int *status)
{
	int wait_status;
	ck_assert_int_eq(waitpid(pid, &wait_status, 0), pid);
	*status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
	rewind(out);
	char *text = calloc(1, 1 << 20);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, out), (1 << 20) - 1);
	fclose(out);
	return text;
}

char *run_built(int *status, const char *name, ...)
{
	char *argv[32] = { (char *)name };
	va_list args;
	va_start(args, name);
	for (int i = 1; i < 31 && (argv[i] = va_arg(args, char *)); i++)
		;
	va_end(args);
	FILE *out = tmpfile();
	ck_assert_ptr_nonnull(out);
	const char *path = program(name);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run_child(path, argv, fileno(out));
	char *text = end_child(pid, out, status);
	ck_assert_msg(*status != 127, "%s: cannot be run", path);
	return text;
}

char *run_shell(int *status, const char *script)
{
	char *argv[] = { "sh", "-c", (char *)script, NULL },
	     *bundlectl = realpath(program("bundlectl"), NULL);
	const char *folder = scratch_file(".");
	FILE *out = tmpfile();
	ck_assert_msg(out && bundlectl, "%s: %s", program("bundlectl"), strerror(errno));
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0 && setenv("B", bundlectl, 1) == 0 && chdir(folder) == 0)
		run_child("/bin/sh", argv, fileno(out));
	if (pid == 0)
		_exit(127);
	free(bundlectl);
	return end_child(pid, out, status);
}

void want_text(const char *got, int status, int want_status, const char *text)
{
	ck_assert_msg(status == want_status, "exit status %d, not %d: %s", status, want_status, got);
	ck_assert_msg(strstr(got, text) != NULL, "no '%s' in: %s", text, got);
}
