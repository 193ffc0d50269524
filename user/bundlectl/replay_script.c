/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bundle/pagedbundle.h"
#include "user/base/numbers.h"
#include "user/base/report.h"
#include "percent.h"

struct replay {
	const char *dir;
	struct pb_paged *paged; /* NULL: nothing is open */
	uint32_t *sorted;       /* indexes of models in the order of their names' bytes */
	struct text *out;
};

/* --- lines --- */

static void add_quoted(struct text *t, const char *s, size_t len)
{
	text_char(t, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '"' || c == '\\')
			text_char(t, '\\');
		if (c < 0x20)
			text_printf(t, "\\u%04x", c);
		else
			text_char(t, s[i]);
	}
	text_char(t, '"');
}

static void add_field(struct text *t, const char *name, uint64_t v)
{
	text_str(t, ",\"");
	text_str(t, name);
	text_str(t, "\":");
	text_u64(t, v);
}

static void begin_line(struct text *t, const char *op, const char *name, bool ok)
{
	text_str(t, "{\"op\":\"");
	text_str(t, op);
	text_str(t, "\",\"name\":");
	add_quoted(t, name, strlen(name));
	text_str(t, ok ? ",\"ok\":true" : ",\"ok\":false");
}

static void add_error(struct text *t, int err, const char *name)
{
	text_str(t, ",\"error\":");
	char *what = NULL;
	int len = err == PB_ERR_NOT_FOUND ? asprintf(&what, "Model '%s' not found", name)
					  : asprintf(&what, "%s: %s", pb_strerror(err), pb_error_detail());
	if (len < 0)
		t->failed = true;
	else
		add_quoted(t, what, (size_t)len);
	if (len >= 0)
		free(what);
}

static void add_cached(struct text *t, const struct replay *r)
{
	const char *comma = "";
	text_str(t, ",\"cached\":[");
	for (size_t i = 0; i < pb_count(r->paged); i++) {
		struct pb_model model;
		if (!pb_is_cached_at(r->paged, r->sorted[i]))
			continue;
		pb_model_at(r->paged, r->sorted[i], &model);
		text_str(t, comma);
		add_quoted(t, model.name, model.name_len);
		comma = ",";
	}
	text_char(t, ']');
}

static void end_line(const struct replay *r)
{
	struct text *t = r->out;
	if (r->paged) {
		struct pb_stats s;
		pb_stats_init(&s);
		pb_stats_get(r->paged, &s);
		add_field(t, "hits", s.hits);
		add_field(t, "misses", s.misses);
		add_field(t, "evictions", s.evictions);
		add_field(t, "bytes_loaded", s.bytes_loaded);
		add_field(t, "memory_used", s.memory_used);
		add_field(t, "prefetches", s.prefetches);
		add_field(t, "cached_count", s.cached_count);
		add_cached(t, r);
	}
	text_str(t, "}\n");
}

/* --- operations --- */

static void do_get(struct replay *r, const char *name)
{
	struct pb_view view;
	int err = pb_get(r->paged, name, &view);
	begin_line(r->out, "get", name, !err);
	if (err) {
		add_error(r->out, err, name);
	} else {
		add_field(r->out, "len", view.size);
		text_printf(r->out, ",\"crc32\":\"%08lx\"", crc32_z(0, view.data, view.size));
		pb_release(&view);
	}
	end_line(r);
}

static void do_hint(struct replay *r, const char *name)
{
	int err = pb_hint(r->paged, name);
	begin_line(r->out, "hint", name, !err);
	if (err)
		add_error(r->out, err, name);
	end_line(r);
}

static void do_evict(struct replay *r, const char *name)
{
	bool evicted = false;
	int err = pb_evict(r->paged, name, &evicted);
	begin_line(r->out, "evict", name, !err);
	if (err)
		add_error(r->out, err, name);
	else
		text_str(r->out, evicted ? ",\"evicted\":true" : ",\"evicted\":false");
	end_line(r);
}

static void do_clear(struct replay *r, const char *name)
{
	(void)name;
	int err = pb_clear(r->paged);
	begin_line(r->out, "clear", "", !err);
	end_line(r);
}

static void do_stats(struct replay *r, const char *name)
{
	(void)name;
	struct pb_stats s;
	pb_stats_init(&s);
	pb_stats_get(r->paged, &s);
	begin_line(r->out, "stats", "", true);
	text_printf(r->out, ",\"hit_rate\":%.6f", pb_hit_rate(&s));
	end_line(r);
}

static void do_names(struct replay *r, const char *name)
{
	(void)name;
	struct pb_model model;
	begin_line(r->out, "names", "", true);
	text_str(r->out, ",\"names\":[");
	for (size_t i = 0; pb_model_at(r->paged, i, &model) == PB_OK; i++) {
		if (i)
			text_char(r->out, ',');
		add_quoted(r->out, model.name, model.name_len);
	}
	text_char(r->out, ']');
	end_line(r);
}

static void do_meta(struct replay *r, const char *name)
{
	size_t index;
	struct pb_model model;
	struct pb_info info;
	pb_info_init(&info);
	pb_info_get(r->paged, &info);
	int err = pb_find(r->paged, name, strlen(name), &index);
	if (!err)
		err = pb_model_at(r->paged, index, &model);
	begin_line(r->out, "meta", name, !err);
	if (err) {
		add_error(r->out, err, name);
	} else {
		add_field(r->out, "size", model.size);
		add_field(r->out, "offset", model.offset - info.data_offset);
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

static void close_bundle(struct replay *r)
{
	pb_close(r->paged);
	r->paged = NULL;
	free(r->sorted);
	r->sorted = NULL;
}

static bool sort_names(struct replay *r)
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

/* One KEY=VALUE of an open line. */
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

static void add_config(struct text *t, const struct pb_paged *p)
{
	struct pb_config c;
	pb_config_init(&c);
	pb_config_get(p, &c);
	add_field(t, "models", pb_count(p));
	add_field(t, "max_memory", c.max_memory);
	add_field(t, "page_size", c.page_size);
	add_field(t, "prefetch", c.prefetch);
	add_field(t, "prefetch_count", c.prefetch_count);
	text_printf(t, ",\"eviction\":\"%s\"", pb_policy_name(c.policy));
}

static void open_bundle(struct replay *r, const char *path, const struct pb_config *config)
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
	begin_line(r->out, "open", path, !err);
	if (err)
		add_error(r->out, err, path);
	else
		add_config(r->out, r->paged);
	if (!r->out->failed)
		end_line(r);
}

/* --- scripts --- */

static const struct {
	const char *name;
	bool named; /* takes a NAME */
	void (*run)(struct replay *r, const char *name);
} operations[] = {
	{ "get", true, do_get },
	{ "hint", true, do_hint },
	{ "evict", true, do_evict },
	{ "clear", false, do_clear },
	{ "stats", false, do_stats },
	{ "names", false, do_names },
	{ "meta", true, do_meta },
};

static const char *run_open(struct replay *r, char *rest)
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

/* NULL, or what is wrong with the line. */
static const char *run_line(struct replay *r, char *line)
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

int replay_script(
	FILE *script, const char *script_name, const char *dir, struct text *out, int (*flush)(struct text *))
{
	struct replay r = { .dir = dir, .out = out };
	char *line = NULL;
	size_t cap = 0;
	unsigned long number = 0;
	int status = EXIT_SUCCESS;
	for (ssize_t len; !status && (len = getline(&line, &cap, script)) >= 0;) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		const char *wrong = run_line(&r, line);
		if (wrong) {
			report("%s:%lu: %s", printable(script_name), number, wrong);
			status = EXIT_FAILURE;
		} else if (out->failed) {
			report("out of memory");
			status = EXIT_FAILURE;
		} else if (flush) {
			status = flush(out);
		}
	}
	if (!status && ferror(script)) {
		report("%s: %s", printable(script_name), strerror(errno));
		status = EXIT_FAILURE;
	}
	free(line);
	close_bundle(&r);
	return status;
}
