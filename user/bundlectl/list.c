/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl list FILE: a table, or a JSON document. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/report.h"
#include "../common/table.h"
#include "bundlectl.h"

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print one JSON document", 0 },
	{ 0 },
};

static const char doc[] = "Lists the models of a bundle: name, size, where it begins in the file.";

/* 2026-11-23T14:06:04Z; a number of seconds that no calendar has stays one. */
static void add_time(struct text *t, uint64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm tm;
	char buf[64];
	if (seconds <= INT64_MAX && gmtime_r(&when, &tm) &&
		strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%SZ", &tm))
		text_str(t, buf);
	else
		text_printf(t, "%llu seconds after 1970", (unsigned long long)seconds);
}

static void add_table(
	struct text *t, const struct bundle_args *o, const struct pb_paged *p, const struct pb_info *info)
{
	static const struct table_column columns[] = { { "size", 10, false }, { "offset", 10, false },
		{ "name", 0, true } };
	text_printf(t, "%s: %zu models, %llu bytes; made ", printable(o->file), pb_count(p),
		(unsigned long long)info->total_size);
	add_time(t, info->created_at);
	text_char(t, '\n');
	if (info->description_len) {
		text_str(t, "description: ");
		text_escaped(t, info->description, info->description_len < 200 ? info->description_len : 200);
		text_str(t, info->description_len < 200 ? "\n" : "...\n");
	}
	struct table table;
	struct pb_model model;
	table_begin(&table, columns, 3);
	for (size_t i = 0; pb_model_at(p, i, &model) == PB_OK; i++) {
		table_u64(&table, model.size);
		table_u64(&table, model.offset);
		text_escaped(&table.cells, model.name, model.name_len);
		table_cell(&table);
	}
	table_end(&table, t);
}

static void add_json(
	struct text *t, const struct bundle_args *o, const struct pb_paged *p, const struct pb_info *info)
{
	text_str(t, "{\"schema\":\"bundlectl-list/1\",\"file\":\"");
	text_json(t, o->file, strlen(o->file));
	text_printf(t,
		"\",\"header_version\":%u,\"manifest_version\":%u,\"created_at\":%llu,\"description\":\"",
		info->header_version, info->manifest_version, (unsigned long long)info->created_at);
	text_json(t, info->description, info->description_len);
	text_printf(t, "\",\"file_size\":%llu,\"data_offset\":%llu,\"total_size\":%llu,\"models\":[",
		(unsigned long long)info->file_size, (unsigned long long)info->data_offset,
		(unsigned long long)info->total_size);
	struct pb_model model;
	for (size_t i = 0; pb_model_at(p, i, &model) == PB_OK; i++) {
		text_str(t, i ? ",\n{\"name\":\"" : "\n{\"name\":\"");
		text_json(t, model.name, model.name_len);
		text_printf(t, "\",\"size\":%llu,\"offset\":%llu}", (unsigned long long)model.size,
			(unsigned long long)model.offset);
	}
	text_str(t, "]}\n");
}

int list_main(int argc, char **argv)
{
	struct bundle_args o = bundle_args(argc, argv, options, doc);
	struct pb_paged *p;
	int err = pb_open(o.file, NULL, &p);
	if (err)
		return report_bundle(o.file, err);
	struct text out = { 0 };
	struct pb_info info;
	pb_info_init(&info);
	pb_info_get(p, &info);
	(o.flag ? add_json : add_table)(&out, &o, p, &info);
	pb_close(p);
	return print_text(&out);
}
