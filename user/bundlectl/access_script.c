/* SPDX-License-Identifier: BSD-2-Clause */
#include "access_script.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bundle/pagedbundle.h"
#include "user/base/json.h"
#include "user/base/numbers.h"
#include "user/base/report.h"
#include "user/packing/percent.h"
#include "user/packing/reports.h"

struct script {
	const char *dir;
	struct pb_paged *paged; /* NULL: nothing is open */
	uint32_t *sorted;       /* indexes of models, by the bytes of their names */
	struct text *out;
	struct json line; /* into out: the line that is being written */
};

/* --- lines --- */

/* Names keep their bytes, UTF-8 or not, so that they can be compared with those of the bundle. */
static void add_name(struct json *j, const char *s, size_t len)
{
	struct text *t = json_begin_string(j);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '"' || c == '\\')
			text_char(t, '\\');
		if (c < 0x20)
			text_printf(t, "\\u%04x", c);
		else
			text_char(t, s[i]);
	}
	json_end_string(j);
}

static struct json *begin_line(struct script *r, const char *op, const char *name, bool ok)
{
	struct json *j = &r->line;
	*j = (struct json){ .text = r->out };
	json_begin_object(j);
	json_field_str(j, "op", op);
	json_key(j, "name");
	add_name(j, name, strlen(name));
	json_field_bool(j, "ok", ok);
	return j;
}

static void add_error(struct json *j, int err, const char *name)
{
	char *what = NULL;
	int len = err == PB_ERR_NOT_FOUND ? asprintf(&what, "Model '%s' not found", name)
					  : asprintf(&what, "%s: %s", pb_strerror(err), pb_error_detail());
	if (len < 0) {
		j->text->failed = true;
		return;
	}
	json_key(j, "error");
	add_name(j, what, (size_t)len);
	free(what);
}

static void add_cached(struct json *j, const struct script *r)
{
	json_field_array(j, "cached");
	for (size_t i = 0; i < pb_count(r->paged); i++) {
		struct pb_model model;
		if (!pb_is_cached_at(r->paged, r->sorted[i]))
			continue;
		pb_model_at(r->paged, r->sorted[i], &model);
		add_name(j, model.name, model.name_len);
	}
	json_end_array(j);
}

static void end_line(struct script *r)
{
	struct json *j = &r->line;
	if (r->paged) {
		struct pb_stats s;
		pb_stats_init(&s);
		pb_stats_get(r->paged, &s);
		json_field_u64(j, "hits", s.hits);
		json_field_u64(j, "misses", s.misses);
		json_field_u64(j, "evictions", s.evictions);
		json_field_u64(j, "bytes_loaded", s.bytes_loaded);
		json_field_u64(j, "memory_used", s.memory_used);
		json_field_u64(j, "prefetches", s.prefetches);
		json_field_u64(j, "cached_count", s.cached_count);
		add_cached(j, r);
	}
	json_end_object(j);
	text_char(j->text, '\n');
}

/* --- operations --- */

static void do_get(struct script *r, const char *name)
{
	struct pb_view view;
	int err = pb_get(r->paged, name, &view);
	struct json *j = begin_line(r, "get", name, !err);
	if (err) {
		add_error(j, err, name);
	} else {
		json_field_u64(j, "len", view.size);
		json_key(j, "crc32");
		text_printf(json_begin_string(j), "%08lx", crc32_z(0, view.data, view.size));
		json_end_string(j);
		pb_release(&view);
	}
	end_line(r);
}

static void do_hint(struct script *r, const char *name)
{
	int err = pb_hint(r->paged, name);
	struct json *j = begin_line(r, "hint", name, !err);
	if (err)
		add_error(j, err, name);
	end_line(r);
}

static void do_evict(struct script *r, const char *name)
{
	bool evicted = false;
	int err = pb_evict(r->paged, name, &evicted);
	struct json *j = begin_line(r, "evict", name, !err);
	if (err)
		add_error(j, err, name);
	else
		json_field_bool(j, "evicted", evicted);
	end_line(r);
}

static void do_clear(struct script *r, const char *name)
{
	(void)name;
	int err = pb_clear(r->paged);
	begin_line(r, "clear", "", !err);
	end_line(r);
}

static void do_stats(struct script *r, const char *name)
{
	(void)name;
	struct pb_stats s;
	pb_stats_init(&s);
	pb_stats_get(r->paged, &s);
	struct json *j = begin_line(r, "stats", "", true);
	json_field_double(j, "hit_rate", pb_hit_rate(&s), 6);
	end_line(r);
}

static void do_names(struct script *r, const char *name)
{
	(void)name;
	struct pb_model model;
	struct json *j = begin_line(r, "names", "", true);
	json_field_array(j, "names");
	for (size_t i = 0; pb_model_at(r->paged, i, &model) == PB_OK; i++)
		add_name(j, model.name, model.name_len);
	json_end_array(j);
	end_line(r);
}

static void do_meta(struct script *r, const char *name)
{
	size_t index;
	struct pb_model model;
	struct pb_info info;
	pb_info_init(&info);
	pb_info_get(r->paged, &info);
	int err = pb_find(r->paged, name, strlen(name), &index);
	if (!err)
		err = pb_model_at(r->paged, index, &model);
	struct json *j = begin_line(r, "meta", name, !err);
	if (err) {
		add_error(j, err, name);
	} else {
		json_field_u64(j, "size", model.size);
		json_field_u64(j, "offset", model.offset - info.data_offset);
	}
	end_line(r);
}

/* --- opening --- */

static const struct pb_paged *sorting; /* qsort has no context */

static int by_name(const void *a, const void *b)
{
	struct pb_model x, y;
	pb_model_at(sorting, *(const uint32_t *)a, &x);
	pb_model_at(sorting, *(const uint32_t *)b, &y);
	int order = memcmp(x.name, y.name, x.name_len < y.name_len ? x.name_len : y.name_len);
	return order ? order : (x.name_len > y.name_len) - (x.name_len < y.name_len);
}

static void close_bundle(struct script *r)
{
	pb_close(r->paged);
	r->paged = NULL;
	free(r->sorted);
	r->sorted = NULL;
}

static bool sort_names(struct script *r)
{
	size_t count = pb_count(r->paged);
	r->sorted = calloc(count + 1, sizeof(*r->sorted));
	if (!r->sorted)
		return false;
	for (size_t i = 0; i < count; i++)
		r->sorted[i] = (uint32_t)i;
	sorting = r->paged;
	qsort(r->sorted, count, sizeof(*r->sorted), by_name);
	return true;
}

/* Applies one KEY=VALUE of an open line; false: unknown key or bad value. */
static bool parse_setting(char *setting, struct pb_config *c)
{
	uint64_t v = 0;
	char *value = strchr(setting, '=');
	if (!value)
		return false;
	*value++ = '\0';
	if (strcmp(setting, "eviction") == 0)
		return pb_policy_find(value, &c->policy);
	if (!number_whole(value, &v))
		return false;
	if (strcmp(setting, "max_memory") == 0 || strcmp(setting, "raw_max_memory") == 0) {
		c->max_memory = v;
		c->raw_limit = setting[0] == 'r';
		return true;
	}
	if (v > UINT32_MAX)
		return false;
	if (strcmp(setting, "prefetch") == 0)
		c->prefetch = v != 0;
	else if (strcmp(setting, "prefetch_count") == 0)
		c->prefetch_count = (uint32_t)v;
	else if (strcmp(setting, "page_size") == 0)
		c->page_size = (uint32_t)v;
	else
		return false;
	return true;
}

static void add_config(struct json *j, const struct pb_paged *p)
{
	struct pb_config c;
	pb_config_init(&c);
	pb_config_get(p, &c);
	json_field_u64(j, "models", pb_count(p));
	json_field_u64(j, "max_memory", c.max_memory);
	json_field_u64(j, "page_size", c.page_size);
	json_field_u64(j, "prefetch", c.prefetch);
	json_field_u64(j, "prefetch_count", c.prefetch_count);
	json_field_str(j, "eviction", pb_policy_name(c.policy));
}

static void open_bundle(struct script *r, const char *path, const struct pb_config *config)
{
	char *full = NULL;
	close_bundle(r);
	if (asprintf(&full, "%s%s%s", *path == '/' ? "" : r->dir, *path == '/' ? "" : "/", path) < 0) {
		r->out->failed = true;
		return;
	}
	int err = pb_open(full, config, &r->paged);
	free(full);
	if (err)
		r->paged = NULL;
	else if (!sort_names(r))
		r->out->failed = true;
	struct json *j = begin_line(r, "open", path, !err);
	if (err)
		add_error(j, err, path);
	else
		add_config(j, r->paged);
	if (!r->out->failed)
		end_line(r);
}

/* --- scripts --- */

static const struct {
	const char *name;
	bool named; /* takes a NAME */
	void (*run)(struct script *r, const char *name);
} operations[] = {
	{ "get", true, do_get },
	{ "hint", true, do_hint },
	{ "evict", true, do_evict },
	{ "clear", false, do_clear },
	{ "stats", false, do_stats },
	{ "names", false, do_names },
	{ "meta", true, do_meta },
};

static const char *run_open(struct script *r, char *rest)
{
	struct pb_config config;
	pb_config_init(&config);
	char *save, *path = strtok_r(rest, " \t", &save);
	if (!path || !percent_decode(path))
		return "open needs a path";
	for (char *setting; (setting = strtok_r(NULL, " \t", &save));)
		if (!parse_setting(setting, &config))
			return "a setting that open does not know, or a value that it cannot have";
	open_bundle(r, path, &config);
	return NULL;
}

/* Runs one line. Returns NULL, or what is wrong with it. */
static const char *run_line(struct script *r, char *line)
{
	char *save, *op = strtok_r(line, " \t", &save);
	if (!op || *op == '#')
		return NULL;
	if (strcmp(op, "open") == 0)
		return run_open(r, save);
	char *name = strtok_r(NULL, " \t", &save);
	if (name && strcmp(name, "\"\"") == 0)
		*name = '\0';
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		if (strcmp(op, operations[i].name) != 0)
			continue;
		if (!r->paged)
			return "no bundle is open";
		if (operations[i].named ? !name || !percent_decode(name) : name != NULL)
			return operations[i].named ? "it needs a name, percent-encoded" : "it takes no name";
		if (strtok_r(NULL, " \t", &save))
			return "something follows the name";
		operations[i].run(r, name ? name : "");
		return NULL;
	}
	return "no such operation";
}

int access_script_run(
	FILE *script, const char *script_name, const char *dir, struct text *out, int (*flush)(struct text *))
{
	struct script r = { .dir = dir, .out = out };
	char *line = NULL;
	size_t cap = 0;
	unsigned long number = 0;
	int status = EXIT_SUCCESS;
	while (!status && getline(&line, &cap, script) >= 0) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		const char *wrong = run_line(&r, line);
		if (wrong) {
			report("%s:%lu: %s", printable(script_name), number, wrong);
			status = EXIT_FAILURE;
		} else if (out->failed) {
			status = report_no_memory();
		} else if (flush) {
			status = flush(out);
		}
	}
	if (!status && ferror(script))
		status = report_errno(script_name);
	free(line);
	close_bundle(&r);
	return status;
}
