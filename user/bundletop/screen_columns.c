/* SPDX-License-Identifier: BSD-2-Clause */
/* The columns of the tables of bundles, models and files. */
#include <string.h>

#include "user/event/words.h"
#include "file_hits.h"
#include "model_sums.h"
#include "screen_parts.h"
#include "user/base/units.h"

#define BUNDLE const struct bundle *b = row
#define MODEL  const struct model *m = row
#define FILE_  const struct model_file *f = row
#define PART_  const struct file_part *p = row

static double per_second(const struct state *state, uint64_t count)
{
	return state->interval_ns ? (double)count * 1e9 / (double)state->interval_ns : 0;
}

static void escaped(struct text *t, const char *name)
{
	text_escaped(t, name, strlen(name));
}

/* A numeric column: its value for sorting, and how it is shown. */
#define NUMBER(name, KIND, expression, show)                                                                 \
	static double name##_value(const struct state *state, const void *row)                               \
	{                                                                                                    \
		KIND;                                                                                        \
		(void)state;                                                                                 \
		return (double)(expression);                                                                 \
	}                                                                                                    \
	static void name##_format(struct text *t, const struct state *state, const void *row)                \
	{                                                                                                    \
		KIND;                                                                                        \
		(void)state;                                                                                 \
		show(t, expression);                                                                         \
	}

#define TEXT(name, KIND, expression)                                                                         \
	static const char *name##_text(const void *row)                                                      \
	{                                                                                                    \
		KIND;                                                                                        \
		return expression;                                                                           \
	}                                                                                                    \
	static void name##_format(struct text *t, const struct state *state, const void *row)                \
	{                                                                                                    \
		(void)state;                                                                                 \
		escaped(t, name##_text(row));                                                                \
	}

/* Exact while it fits into the column. */
static void exact(struct text *t, uint64_t count)
{
	if (count < 10000000)
		text_u64(t, count);
	else
		unit_count(t, (double)count);
}

static void cached(struct text *t, int64_t bytes)
{
	if (bytes < 0)
		text_char(t, '-');
	else
		unit_bytes(t, (uint64_t)bytes);
}

static void count_or_none(struct text *t, double count)
{
	if (count < 0)
		text_char(t, '-');
	else
		unit_count(t, count);
}

NUMBER(b_pid, BUNDLE, b->key.pid, text_u64)
TEXT(b_comm, BUNDLE, b->comm)
TEXT(b_state, BUNDLE, bundle_state_word(b))
NUMBER(b_rate, BUNDLE, cache_counts_hit_rate(&b->last), unit_percent)
NUMBER(b_gets, BUNDLE, per_second(state, cache_counts_gets(&b->last)), unit_count)
NUMBER(b_loads, BUNDLE, per_second(state, b->last.loads), unit_count)
NUMBER(b_evictions, BUNDLE, per_second(state, b->last.evictions), unit_count)
NUMBER(b_reloads, BUNDLE, per_second(state, b->last.reloads), unit_count)
NUMBER(b_bytes, BUNDLE, (uint64_t)per_second(state, b->last.bytes_loaded), unit_bytes)
NUMBER(b_resident, BUNDLE, b->resident, unit_bytes)
NUMBER(b_limit, BUNDLE, b->limit, unit_bytes)
NUMBER(b_models, BUNDLE, b->models_in_file, exact)
NUMBER(b_p50, BUNDLE, latency_percentile(&b->load_ns, 50), unit_ns)
NUMBER(b_p99, BUNDLE, latency_percentile(&b->load_ns, 99), unit_ns)
TEXT(b_path, BUNDLE, b->path)

TEXT(m_state, MODEL, residence_word(m->residence))
NUMBER(m_size, MODEL, m->size, unit_bytes)
NUMBER(m_gets, MODEL, per_second(state, cache_counts_gets(&m->last)), unit_count)
NUMBER(m_hits, MODEL, m->total.hits, exact)
NUMBER(m_misses, MODEL, m->total.misses, exact)
NUMBER(m_reloads, MODEL, m->total.reloads, exact)
NUMBER(m_evictions, MODEL, m->total.evictions, exact)
NUMBER(m_used, MODEL, m->total.used, exact)
NUMBER(m_wasted, MODEL, m->total.wasted, exact)
NUMBER(m_p50, MODEL, latency_percentile(&m->load_ns, 50), unit_ns)
NUMBER(m_p99, MODEL, latency_percentile(&m->load_ns, 99), unit_ns)
TEXT(m_name, MODEL, m->name)

NUMBER(f_pid, FILE_, f->key.pid, text_u64)
TEXT(f_comm, FILE_, f->comm)
TEXT(f_format, FILE_, f->format)
NUMBER(f_size, FILE_, f->size, unit_bytes)
NUMBER(f_cached, FILE_, f->cached, cached)
NUMBER(f_reads, FILE_, f->last.partial ? -1 : per_second(state, f->last.reads), count_or_none)
NUMBER(f_bytes, FILE_, f->last.partial ? -1 : (int64_t)per_second(state, f->last.read_bytes), cached)
NUMBER(f_faults, FILE_, f->faults_unseen ? -1 : per_second(state, f->last.faults), count_or_none)
NUMBER(f_mapped, FILE_, f->hidden ? -1 : (int64_t)per_second(state, f->last.mapped_bytes), cached)
NUMBER(f_filled, FILE_, (uint64_t)per_second(state, f->last.filled_bytes), unit_bytes)
NUMBER(f_rate, FILE_, file_hits_rate(&f->last), unit_percent)
static const char *f_path_text(const void *row)
{
	FILE_;
	return f->path;
}

static void f_path_format(struct text *t, const struct state *state, const void *row)
{
	struct text name = model_sums_name(row);
	(void)state;
	text_escaped(t, name.data, name.len);
	t->failed |= name.failed;
	text_free(&name);
}

/* Of the last interval; negative: not all of the part was looked at in it. */
static int64_t looked(const struct file_part *p, uint64_t bytes)
{
	return p->looked == p->size ? (int64_t)bytes : -1;
}

TEXT(p_state, PART_, part_state_word(part_state(p)))
NUMBER(p_start, PART_, p->start, unit_bytes)
NUMBER(p_size, PART_, p->size, unit_bytes)
NUMBER(p_present, PART_, p->present, unit_bytes)
NUMBER(p_came, PART_, looked(p, p->last.came), cached)
NUMBER(p_went, PART_, looked(p, p->last.went), cached)
NUMBER(p_back, PART_, looked(p, p->last.back), cached)
NUMBER(p_reloads, PART_, p->total.reloads, exact)
NUMBER(p_all_went, PART_, p->total.went, unit_bytes)
NUMBER(p_all_back, PART_, p->total.back, unit_bytes)
NUMBER(p_tensors, PART_, p->tensors, exact)
TEXT(p_name, PART_, p->name)

static double m_evicted_value(const struct state *state, const void *row)
{
	MODEL;
	(void)state;
	return (double)m->evicted_ns;
}

static uint64_t ago(const struct state *state, uint64_t time_ns)
{
	return state->now_ns > time_ns ? state->now_ns - time_ns : 0;
}

static void m_evicted_format(struct text *t, const struct state *state, const void *row)
{
	MODEL;
	if (!m->evicted_ns) {
		text_char(t, '-');
		return;
	}
	unit_age(t, ago(state, m->evicted_ns));
	text_char(t, ' ');
	text_str(t, reason_word(m->reason));
}

static double m_age_value(const struct state *state, const void *row)
{
	MODEL;
	return m->loaded_ns ? (double)ago(state, m->loaded_ns) : -1;
}

static void m_age_format(struct text *t, const struct state *state, const void *row)
{
	MODEL;
	if (m->loaded_ns)
		unit_age(t, ago(state, m->loaded_ns));
	else
		text_char(t, '-');
}

#define COUNTED(title, width, rank, name)                                                                    \
	{                                                                                                    \
		title, width, rank, false, false, name##_format, name##_value, NULL                          \
	}
#define WORDS(title, width, rank, name)                                                                      \
	{                                                                                                    \
		title, width, rank, true, false, name##_format, NULL, name##_text                            \
	}

const struct column bundle_columns[] = {
	COUNTED("PID", 7, 0, b_pid),
	WORDS("PROCESS", 12, 12, b_comm),
	WORDS("STATE", 6, 0, b_state),
	COUNTED("HIT%", 5, 0, b_rate),
	COUNTED("GETS/s", 7, 5, b_gets),
	COUNTED("LOAD/s", 7, 6, b_loads),
	COUNTED("EVIC/s", 7, 7, b_evictions),
	COUNTED("RELD/s", 7, 1, b_reloads),
	COUNTED("BYTE/s", 7, 8, b_bytes),
	COUNTED("RESID", 6, 3, b_resident),
	COUNTED("LIMIT", 6, 2, b_limit),
	COUNTED("MODELS", 7, 13, b_models),
	COUNTED("P50", 5, 11, b_p50),
	COUNTED("P99", 5, 10, b_p99),
	{ "BUNDLE", 18, 0, true, true, b_path_format, NULL, b_path_text },
};
const unsigned bundle_column_count = sizeof(bundle_columns) / sizeof(*bundle_columns);

const struct column model_columns[] = {
	WORDS("STATE", 8, 0, m_state),
	COUNTED("SIZE", 6, 3, m_size),
	COUNTED("GETS/s", 7, 4, m_gets),
	COUNTED("HITS", 8, 2, m_hits),
	COUNTED("MISSES", 8, 5, m_misses),
	COUNTED("RELOADS", 8, 1, m_reloads),
	COUNTED("EVICTED", 8, 6, m_evictions),
	COUNTED("PFUSED", 7, 11, m_used),
	COUNTED("WASTED", 7, 12, m_wasted),
	COUNTED("P50", 5, 10, m_p50),
	COUNTED("P99", 5, 8, m_p99),
	{ "LAST EVICT", 13, 7, true, false, m_evicted_format, m_evicted_value, NULL },
	COUNTED("AGE", 5, 9, m_age),
	WORDS("MODEL", 8, 0, m_name),
};
const unsigned model_column_count = sizeof(model_columns) / sizeof(*model_columns);

const struct column file_columns[] = {
	COUNTED("PID", 7, 0, f_pid),
	WORDS("PROCESS", 12, 7, f_comm),
	WORDS("FORMAT", 11, 3, f_format),
	COUNTED("SIZE", 6, 5, f_size),
	COUNTED("CACHED", 6, 2, f_cached),
	COUNTED("READS/s", 7, 6, f_reads),
	COUNTED("READ/s", 6, 4, f_bytes),
	COUNTED("FAULT/s", 7, 9, f_faults),
	COUNTED("MAP/s", 6, 8, f_mapped),
	COUNTED("FILL/s", 7, 1, f_filled),
	COUNTED("HIT%", 5, 0, f_rate),
	{ "FILE", 18, 0, true, true, f_path_format, NULL, f_path_text },
};
const unsigned file_column_count = sizeof(file_columns) / sizeof(*file_columns);

const void *file_group(const void *row)
{
	FILE_;
	return f->sum ? f->sum : f;
}

const struct column part_columns[] = {
	WORDS("STATE", 8, 0, p_state),
	COUNTED("OFFSET", 7, 7, p_start),
	COUNTED("SIZE", 6, 3, p_size),
	COUNTED("CACHED", 7, 1, p_present),
	COUNTED("CAME", 6, 4, p_came),
	COUNTED("WENT", 6, 5, p_went),
	COUNTED("BACK", 6, 6, p_back),
	COUNTED("RELOADS", 8, 2, p_reloads),
	COUNTED("ALLWENT", 8, 9, p_all_went),
	COUNTED("ALLBACK", 8, 8, p_all_back),
	COUNTED("TENSORS", 8, 10, p_tensors),
	WORDS("PART", 12, 0, p_name),
};
const unsigned part_column_count = sizeof(part_columns) / sizeof(*part_columns);

enum look part_look(const struct state *state, const void *row)
{
	static const enum look looks[PART_STATES] = { [PART_UNKNOWN] = LOOK_DIM,
		[PART_OUT] = LOOK_PLAIN,
		[PART_PARTLY] = LOOK_BUSY,
		[PART_IN] = LOOK_GOOD,
		[PART_RELOADED] = LOOK_BAD };
	(void)state;
	return looks[part_state(row)];
}

enum look file_look(const struct state *state, const void *row)
{
	FILE_;
	(void)state;
	return f->ended_ns ? LOOK_DIM : f->last.filled_bytes ? LOOK_BUSY : LOOK_PLAIN;
}

enum look bundle_look(const struct state *state, const void *row)
{
	BUNDLE;
	(void)state;
	return b->end != BUNDLE_OPEN ? LOOK_DIM : b->thrash.models ? LOOK_BAD : LOOK_PLAIN;
}

enum look model_look(const struct state *state, const void *row)
{
	MODEL;
	if (model_thrashes(state, m))
		return LOOK_BAD;
	return m->residence == RESIDENT ? LOOK_GOOD : m->residence == LOADING ? LOOK_BUSY : LOOK_PLAIN;
}
