/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl list FILE: a table, or a JSON document. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/base/json.h"
#include "user/base/report.h"
#include "user/base/table.h"
#include "bundle/pagedbundle.h"
#include "command_line.h"
#include "commands.h"
#include "user/packing/input.h"
#include "user/packing/reports.h"

static const struct argp_option table[] = {
	{ "json", 'j', NULL, 0, "Print one JSON document", 0 },
	{ 0 },
};

static const char doc[] =
	"Lists the models of a bundle: size, where it begins in the file, name; and what else the bundle says of them.";

/* As 2026-11-23T14:06:04Z; a time that gmtime() cannot represent stays a number of seconds. */
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

static void add_kind(struct text *t, const struct pb_info *info)
{
	if (info->kind == PB_KIND_COMPRESSED)
		text_printf(t, "compressed: pages of %u bytes, zstd\n", info->page_bytes);
	if (info->extension > 1)
		text_printf(t, "extension: version %u, which is not known here\n", info->extension);
}

static void add_head(struct text *t, const char *file, const struct pb_paged *p, const struct pb_info *info)
{
	text_printf(t, "%s: %zu models, %llu bytes; made ", printable(file), pb_count(p),
		(unsigned long long)info->total_size);
	add_time(t, info->created_at);
	text_char(t, '\n');
	if (info->description_len) {
		text_str(t, "description: ");
		text_escaped(t, info->description, info->description_len < 200 ? info->description_len : 200);
		text_str(t, info->description_len < 200 ? "\n" : "...\n");
	}
	add_kind(t, info);
	struct pb_metadata pair;
	for (size_t i = 0; pb_metadata_at(p, i, &pair) == PB_OK; i++) {
		text_str(t, "meta ");
		text_escaped(t, pair.key, pair.key_len);
		text_char(t, '=');
		text_escaped(t, pair.value, pair.value_len < 200 ? pair.value_len : 200);
		text_str(t, pair.value_len < 200 ? "\n" : "...\n");
	}
}

static void add_components(struct text *t, const struct pb_paged *p)
{
	struct pb_component c;
	struct pb_model model;
	for (size_t i = 0; pb_component_at(p, i, &c) == PB_OK; i++) {
		text_str(t, "component ");
		text_escaped(t, c.name, c.name_len);
		for (size_t j = 0; j < c.count && pb_model_at(p, c.models[j], &model) == PB_OK; j++) {
			text_str(t, j ? ", " : ": ");
			text_escaped(t, model.name, model.name_len);
		}
		text_char(t, '\n');
	}
}

/* Columns for what only an extension can say appear only if the bundle has one. */
static void add_table(struct text *t, const char *file, const struct pb_paged *p, const struct pb_info *info)
{
	static const struct table_column plain[] = { { "size", 10, false }, { "offset", 10, false },
		{ "name", 0, true } };
	static const struct table_column extended[] = { { "size", 10, false }, { "stored", 10, false },
		{ "offset", 10, false }, { "align", 0, false }, { "checksum", 16, true },
		{ "name", 0, true } };
	struct table table;
	struct pb_model model;
	struct pb_storage storage;
	pb_storage_init(&storage);
	add_head(t, file, p, info);
	table_begin(&table, info->extension ? extended : plain, info->extension ? 6 : 3);
	for (size_t i = 0; pb_model_at(p, i, &model) == PB_OK && pb_storage_at(p, i, &storage) == PB_OK;
		i++) {
		table_u64(&table, model.size);
		if (info->extension)
			table_u64(&table, storage.stored);
		table_u64(&table, model.offset);
		if (info->extension) {
			table_u64(&table, storage.alignment);
			if (storage.has_checksum)
				text_printf(&table.cells, "%016llx", (unsigned long long)storage.checksum);
			table_cell(&table);
		}
		text_escaped(&table.cells, model.name, model.name_len);
		table_cell(&table);
	}
	table_end(&table, t);
	add_components(t, p);
}

/* An empty string, and not null, where the bundle has none. */
static void add_json_string(struct json *j, const char *bytes, size_t len)
{
	json_string(j, bytes ? bytes : "", len);
}

/* The metadata and the components, which only an extended bundle has. */
static void add_json_extension(struct json *j, const struct pb_paged *p, const struct pb_info *info)
{
	struct pb_metadata pair;
	struct pb_component c;
	struct pb_model model;
	json_field_str(j, "kind", info->kind == PB_KIND_COMPRESSED ? "compressed" : "plain");
	json_field_u64(j, "extension", info->extension);
	json_field_u64(j, "page_bytes", info->page_bytes);
	json_field_object(j, "metadata");
	for (size_t i = 0; pb_metadata_at(p, i, &pair) == PB_OK; i++) {
		json_begin_string(j);
		json_part(j, pair.key, pair.key_len);
		json_end_key(j);
		add_json_string(j, pair.value, pair.value_len);
	}
	json_end_object(j);
	json_field_array(j, "components");
	for (size_t i = 0; pb_component_at(p, i, &c) == PB_OK; i++) {
		json_begin_object(j);
		json_field_string(j, "name", c.name, c.name_len);
		json_field_array(j, "models");
		for (size_t k = 0; k < c.count && pb_model_at(p, c.models[k], &model) == PB_OK; k++)
			json_string(j, model.name, model.name_len);
		json_end_array(j);
		json_end_object(j);
	}
	json_end_array(j);
}

static void add_json_model(struct json *j, const struct pb_paged *p, size_t i)
{
	struct pb_model model;
	struct pb_storage storage;
	pb_storage_init(&storage);
	pb_model_at(p, i, &model);
	pb_storage_at(p, i, &storage);
	json_line(j);
	json_begin_object(j);
	json_field_string(j, "name", model.name, model.name_len);
	json_field_u64(j, "size", model.size);
	json_field_u64(j, "offset", model.offset);
	json_field_u64(j, "stored", storage.stored);
	json_field_u64(j, "pages", storage.pages);
	json_field_u64(j, "alignment", storage.alignment);
	if (storage.has_checksum) {
		json_key(j, "xxh3");
		text_printf(json_begin_string(j), "%016llx", (unsigned long long)storage.checksum);
		json_end_string(j);
	}
	json_end_object(j);
}

static void add_json(struct text *t, const char *file, const struct pb_paged *p, const struct pb_info *info)
{
	struct json document = { .text = t }, *j = &document;
	json_begin_object(j);
	json_field_str(j, "schema", "bundlectl-list/1");
	json_field_str(j, "file", file);
	json_field_u64(j, "header_version", info->header_version);
	json_field_u64(j, "manifest_version", info->manifest_version);
	json_field_u64(j, "created_at", info->created_at);
	json_key(j, "description");
	add_json_string(j, info->description, info->description_len);
	json_field_u64(j, "file_size", info->file_size);
	json_field_u64(j, "data_offset", info->data_offset);
	json_field_u64(j, "total_size", info->total_size);
	add_json_extension(j, p, info);
	json_field_array(j, "models");
	for (size_t i = 0; i < pb_count(p); i++)
		add_json_model(j, p, i);
	json_end_array(j);
	json_end_object(j);
	text_char(t, '\n');
}

int list_main(int argc, char **argv)
{
	const char *file = NULL;
	bool json = false;
	const struct command_line line = {
		.args_doc = "FILE",
		.doc = doc,
		.options = table,
		.values = (const struct option_value[]){ { 'j', .flag = &json }, { 0 } },
		.operands = (const struct operand[]){ { &file, "no bundle given" }, { 0 } },
		.surplus = "one bundle at a time",
	};
	command_line_parse(&line, argc, argv);
	struct pb_paged *p;
	struct input in;
	int status = input_open_bundle(&in, file, &p);
	if (status)
		return status;
	struct text out = { 0 };
	struct pb_info info;
	pb_info_init(&info);
	pb_info_get(p, &info);
	(json ? add_json : add_table)(&out, in.name, p, &info);
	pb_close(p);
	return print_text(&out);
}
