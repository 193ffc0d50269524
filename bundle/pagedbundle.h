/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpagedbundle: models in one file (.apbundle), held in memory up to a limit.
 *
 *   struct pb_paged *paged;
 *   int err = pb_open("m.apbundle", NULL, &paged);
 *   if (err)
 *           complain(pb_strerror(err), pb_error_detail());
 *   struct pb_view view;
 *   err = pb_get(paged, "encoder", &view);
 *   if (!err) {
 *           use(view.data, view.size);
 *           pb_release(&view);
 *   }
 *   pb_close(paged);
 *
 * Conventions
 * - Functions that can fail return 0 (PB_OK) or a negative enum pb_error. On PB_ERR_IO errno says why.
 *   Out-parameters are written on success only, unless documented otherwise.
 * - The library never prints, never ends the process, and installs no signal handler.
 * - Sizes and offsets are bytes; times are seconds since 1970 or nanoseconds, as named.
 * - Names are UTF-8. Functions take them as C strings; a name in a file may contain a zero byte, and such a
 *   model is reached by its index (pb_find, pb_get_at).
 * - Threads: any number may use one handle concurrently, and pass views to each other; only pb_close must be
 *   the last call of all. A hit takes no lock. A model is read once however many threads ask for it: the others
 *   wait. What one thread prefetches, evicts or counts is visible to all. Each thread's calls take effect in
 *   its own order; when several threads hit, the policy may see only some of their hits. Threads are those
 *   that the C library knows of, not those of a bare clone().
 * - Threads may be cancelled: no function here is a cancellation point (asynchronous cancellation is not
 *   supported). Signal handlers must not call the library.
 * - fork() is allowed at any moment: the child has the handle as it was, with the views of all threads; models
 *   that other threads were reading are read again when asked for. Both processes may continue to use it,
 *   except with PB_READ_SEEK (they share the file's position): then only one of the two.
 * - Structs that may grow start with struct_size, set by their *_init macro; call that before filling one.
 */
#ifndef PAGEDBUNDLE_H
#define PAGEDBUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PB_API __attribute__((visibility("default")))

enum pb_error {
	PB_OK = 0,
	PB_ERR_ARGUMENT = -1,    /* an argument is invalid; nothing was done */
	PB_ERR_MEMORY = -2,      /* out of memory */
	PB_ERR_IO = -3,          /* a system call failed: see errno */
	PB_ERR_NOT_BUNDLE = -4,  /* not a regular file, or without the first bytes of a bundle */
	PB_ERR_FORMAT = -5,      /* the manifest is damaged */
	PB_ERR_TRUNCATED = -6,   /* the file ends too early */
	PB_ERR_BOUNDS = -7,      /* the model lies outside the file */
	PB_ERR_NOT_FOUND = -8,   /* no model of that name or index */
	PB_ERR_CHANGED = -9,     /* the file was changed since it was opened */
	PB_ERR_PINNED = -10,     /* a view of it is not released yet */
	PB_ERR_EXISTS = -11,     /* a model, key or component of that name was added before */
	PB_ERR_INCOMPLETE = -12, /* more or fewer bytes were written than declared */
	PB_ERR_LIMIT = -13,      /* it does not fit within the memory limit, which is a hard one */
	PB_ERR_DAMAGED = -14     /* a model's checksum differs from that of its bytes */
};

/* A short text in English for an error code; never NULL. */
PB_API const char *pb_strerror(int err);

/* What failed in the calling thread's last failing call: which file, model or bytes. Valid until the thread's
 * next failure. Control characters of names are replaced by '?'. Never NULL. */
PB_API const char *pb_error_detail(void);

/* The version of the library, such as "0.1.0". */
PB_API const char *pb_version(void);

/* A model as its bundle lists it. `name` is valid as long as the handle, and ends with a zero byte that
 * name_len does not count. */
struct pb_model {
	const char *name;
	size_t name_len;
	uint64_t size;
	uint64_t offset; /* in the file, from its start; UINT64_MAX if it passes 2^64-1; 0 in a bundle in
			    memory */
};

enum pb_kind {
	PB_KIND_PLAIN = 0,     /* models are stored uncompressed, with an extension or without */
	PB_KIND_COMPRESSED = 1 /* in pages, each compressed by zstd */
};

/* The contents of header and manifest. Pointers are valid as long as the handle. */
struct pb_info {
	size_t struct_size;
	const char *description; /* ends with a zero byte that description_len does not count */
	size_t description_len;
	uint64_t created_at; /* seconds since 1970 */
	uint32_t header_version, manifest_version;
	uint64_t data_offset; /* where the first model may start */
	uint64_t file_size;   /* 0 in a bundle in memory */
	uint64_t total_size;  /* of all models; UINT64_MAX if it passes 2^64-1 */
	enum pb_kind kind;
	uint32_t extension;  /* version of the extension of the original format; 0: none */
	uint32_t page_bytes; /* of a compressed bundle; else 0 */
	bool checksums;      /* each model has one */
};
#define pb_info_init(info) ((info)->struct_size = sizeof(*(info)))

/* --- a paged bundle: models read on demand, kept up to a limit --- */

struct pb_paged;

/*
 * Which model is evicted first when room is needed. docs/policies.md says which to choose when. Limits and
 * shares are bytes. A pinned model is skipped, and re-enters as a newcomer when it is released.
 */
enum pb_policy {
	PB_POLICY_LRU = 0,    /* least recently used: Mattson, Gecsei, Slutz, Traiger 1970 */
	PB_POLICY_LFU = 1,    /* least frequently used since it was loaded: Shah, Mitra, Matani 2010 */
	PB_POLICY_LFU_DA = 2, /* the same, with ageing: Arlitt, Cherkasova, Dilley, Friedrich, Jin 2000 */
	PB_POLICY_CLOCK = 3,  /* oldest, unless hit recently: Corbato 1968 */
	PB_POLICY_SIEVE =
		4, /* oldest without a hit, newcomers soon: Zhang, Yang, Yue, Vigfusson, Rashmi, NSDI 2024 */
	PB_POLICY_S3_FIFO =
		5, /* newcomers on probation in a small queue: Yang, Zhang, Qiu, Yue, Rashmi, SOSP 2023 */
	PB_POLICY_ARC = 6,  /* balances recency and frequency: Megiddo, Modha, FAST 2003 */
	PB_POLICY_GDSF = 7, /* fewest uses for its size: Cherkasova, HPL-98-69, 1998 */
	PB_POLICY_AUTO = 8  /* simulates these, except LFU, on a sample of the accesses, and uses the one
				  with the cheapest misses: SHARDS, Waldspurger, Park, Garthwaite, Ahmad, FAST 2015 */
};

/* Its name, such as "S3-FIFO"; NULL: there is no such policy. */
PB_API const char *pb_policy_name(enum pb_policy policy);
/* The policy of that name, in upper or lower case. false: there is none. */
PB_API bool pb_policy_find(const char *name, enum pb_policy *policy);

enum pb_read {
	PB_READ_PREAD = 0, /* pread */
	PB_READ_SEEK = 1,  /* lseek, then read */
	/* Views point into the mapped file, nothing is copied: a load asks the kernel to read (madvise WILLNEED),
	 * an eviction releases the pages (DONTNEED). See pb_copy_mapped. */
	PB_READ_MAPPED = 2,
	/* Past the page cache (O_DIRECT): IO with errno EINVAL where the file system does not support it. Models
	 * that begin at a multiple of 4096 are read without a copy. */
	PB_READ_DIRECT = 3
};

/* How the next models are predicted. */
enum pb_predict {
	PB_PREDICT_HISTORY =
		0,             /* what followed among the thread's last ten gets; never evicts to make room */
	PB_PREDICT_MARKOV = 1, /* what followed most often, over the whole run; older gets weigh less */
	PB_PREDICT_SEQUENCE = 2 /* the next ones in the file, while a thread follows its order */
};

struct pb_config {
	size_t struct_size;
	uint64_t max_memory; /* bytes of models to keep; below 1024 means 1024, unless raw_limit. Default 100
				MiB */
	uint32_t page_size;  /* with `pages`: a power of two from 512 on; else only recorded. Default 4096 */
	uint32_t prefetch_count; /* how many successors a prediction has at most. Default 2 */
	bool prefetch;           /* predict from past gets, and load ahead. Default true */
	bool raw_limit;          /* take max_memory as it is. Default false */
	enum pb_policy policy;   /* default PB_POLICY_LRU */
	enum pb_read read;       /* default PB_READ_PREAD */
	enum pb_predict predict; /* with prefetch. Default PB_PREDICT_HISTORY */
	/* Predicted models are loaded by a background thread of the bundle, which yields while a get reads;
	 * otherwise by the get that made the prediction, before it returns. Default false */
	bool prefetch_background;
	bool pages;              /* pb_read and pb_get_range cache single pages of models. Default false */
	bool hard_limit;         /* memory_used never exceeds max_memory: see pb_get. Default false */
	bool huge_pages;         /* ask the kernel for huge pages, for models from 2 MiB on. Default false */
	uint64_t prefetch_bytes; /* in the background: limit of bytes loaded and not asked for yet. 0: a
				    quarter of max_memory. Default 0 */
	bool verify;             /* check loaded models against their checksums, if they have any; pages
				    of compressed bundles are always checked. Default false */
};
/* Fills in the defaults. */
#define pb_config_init(config) pb_config_init_sized((config), sizeof(*(config)))
PB_API void pb_config_init_sized(struct pb_config *config, size_t size);

/* Counts since pb_open or pb_stats_reset; but memory_used, cached_count, cached_pages and policy are current. */
struct pb_stats {
	size_t struct_size;
	uint64_t hits, misses;    /* of pb_get; an unknown name is a miss */
	uint64_t evictions;       /* to make room and by pb_evict; not by pb_clear */
	uint64_t bytes_loaded;    /* on demand and ahead */
	uint64_t memory_used;     /* bytes of models in memory */
	uint64_t cached_count;    /* models in memory */
	uint64_t prefetches;      /* loads before any get: predicted, and by pb_hint */
	uint64_t prefetch_used;   /* prefetches that were hit later */
	uint64_t prefetch_wasted; /* prefetches that left memory before any hit */
	uint64_t reloads;         /* misses on a model that was in memory before */
	uint64_t cached_pages;    /* pages in memory. Hits, misses and the others count pages like models */
	uint64_t policy_changes;  /* of PB_POLICY_AUTO */
	enum pb_policy policy;    /* in use: never PB_POLICY_AUTO, but the one it has chosen */
};
#define pb_stats_init(stats) ((stats)->struct_size = sizeof(*(stats)))

/*
 * What an observer reads from the process's memory (docs/usdt.md, "Live counters"). Counters only grow while
 * the bundle is open (pb_stats_reset does not change them), except memory_used, resident_models and a model's
 * state. Each is written atomically; two of them may be of different moments. Later versions of the library may
 * append fields (see `size`) and never move one without a new `version`. Addresses are 8 bytes, in the
 * process.
 */
#define PB_COUNTERS_VERSION 3
struct pb_counters {
	uint32_t version; /* PB_COUNTERS_VERSION */
	uint32_t size;    /* bytes of this struct */
	uint64_t bundle;  /* id, unique within the process */
	uint64_t models, limit;
	uint64_t hits; /* without those in the stripes, which an observer must add */
	uint64_t misses, evictions, prefetches, bytes_loaded;
	uint64_t memory_used, resident_models;
	uint64_t reloads, prefetch_used, prefetch_wasted;
	uint64_t errors;       /* failed loads and lookups */
	uint64_t cleared;      /* models that pb_clear dropped */
	uint64_t path;         /* address: as given to pb_open, ends with a zero byte */
	uint64_t list;         /* address of the process's first struct pb_open_list */
	uint64_t first_model;  /* address of the first of `models` struct pb_model_counters ... */
	uint64_t next_model;   /* ... and bytes from each to the next */
	uint64_t loads;        /* on demand and ahead */
	uint64_t stripes;      /* address of PB_STRIPES addresses of struct pb_stripe, 0: none ... */
	uint64_t stripe_count; /* ... of which only the first stripe_count are in use */
	uint64_t policy;       /* enum pb_policy: in use, not PB_POLICY_AUTO */
	uint64_t policy_changes;
};

/* Each thread counts its hits in a stripe of its own. From the 64th thread on they share. */
#define PB_STRIPES   64
#define PB_VIEW_BITS 32
struct pb_stripe {
	uint64_t hits;   /* of all models */
	uint64_t models; /* address: 8 bytes for each model, its hits << PB_VIEW_BITS | unreleased views */
};

/* Of one model. */
struct pb_model_counters {
	uint64_t name; /* address: ends with a zero byte that name_len does not count */
	uint32_t name_len;
	uint32_t pad;
	uint64_t data; /* address; 0: not in memory */
	uint64_t size;
	uint64_t offset; /* in the file */
	uint8_t parked;  /* internal */
	uint8_t unused;  /* 1: prefetched, and not asked for yet */
	uint8_t left;    /* 1: it was evicted or cleared since the bundle was opened */
	uint8_t loading; /* 1: it is being read */
	uint32_t own_flags;
	uint64_t own[2]; /* internal */
	uint64_t hits;   /* without those in the stripes */
	uint64_t misses, reloads;
	uint64_t evictions; /* as pb_stats counts them */
	uint64_t loads;     /* on demand and ahead */
	uint64_t prefetches, prefetch_used, prefetch_wasted;
	uint64_t page_bytes; /* bytes of its pages that were read; `loads` counts loads of the whole model */
};

/* The open bundles of a process: a list of blocks; an ELF note has the address of the first (docs/usdt.md). */
#define PB_OPEN_LIST_MAGIC   0x73656c646e756270u /* "pbundles" in memory */
#define PB_OPEN_LIST_VERSION 1
#define PB_OPEN_LIST_SLOTS   61
struct pb_open_list {
	uint64_t magic; /* PB_OPEN_LIST_MAGIC */
	uint32_t version, slots;
	uint64_t next;                        /* address of the next block; 0: none */
	uint64_t bundles[PB_OPEN_LIST_SLOTS]; /* addresses of struct pb_counters; 0: a free slot */
};

/* A model in memory: data[0..size) does not change or move until pb_release. `data` is never NULL, and is
 * aligned to 64 bytes unless size is 0 or the file is mapped. `opaque` belongs to the library. */
struct pb_view {
	const void *data;
	size_t size;
	void *opaque[2];
};

/*
 * Opens a bundle and reads its manifest. `config` may be NULL: defaults. The file stays open and must not be
 * changed meanwhile (to replace a bundle, rename another file over it: the open one is not affected). Memory:
 * the manifest and about 400 bytes per model, 8 bytes per model for each thread (up to 64) that uses the
 * handle, the models that are loaded, and buffers kept for reuse: up to a quarter of the limit, or one buffer
 * if that is more; with PB_POLICY_AUTO at most 256 KiB more. Errors: ARGUMENT, MEMORY, IO, NOT_BUNDLE, FORMAT,
 * TRUNCATED.
 */
PB_API int pb_open(const char *path, const struct pb_config *config, struct pb_paged **paged);

/* Closes and frees. PB_ERR_PINNED, and it stays open, if a view is not released or a model is being read for
 * another thread. No other thread may be in a call with this handle, or make one later. NULL is fine. */
PB_API int pb_close(struct pb_paged *paged);

/*
 * Makes a view of a model, which is in memory or is read from the file. The view pins it: it is not evicted,
 * whatever the pressure, until every view of it is released. The policy evicts models until this one fits; if
 * nothing is left to evict it is loaded anyway, so memory_used can exceed the limit by what is pinned and by
 * one model. With a hard limit it never does, not even together with buffers kept for reuse, and a model that
 * does not fit beside pinned models and those that other threads are reading fails with LIMIT. With prefetch,
 * successors of this model may be loaded too; their failure is not this call's. If another thread is reading
 * the model, this call waits for it, and counts a miss; if that read fails, this call tries again itself.
 * Errors: NOT_FOUND, BOUNDS, TRUNCATED, CHANGED, DAMAGED, IO, MEMORY, LIMIT; all of them count as a miss.
 * PINNED: 2^31 views of the model are not released.
 */
PB_API int pb_get(struct pb_paged *paged, const char *name, struct pb_view *view);
PB_API int pb_get_at(struct pb_paged *paged, size_t index, struct pb_view *view);

/*
 * Makes views of several models, all or none. The reads of missing models overlap, by io_uring, or by threads
 * where the kernel refuses that or the bundle is opened with PB_READ_SEEK. Each counts as in pb_get, but the
 * predictor does not learn from it. A model may be named twice. After an error the views are cleared; models
 * that were read stay in memory. Errors: those of pb_get.
 */
PB_API int pb_get_many(struct pb_paged *paged, const size_t *models, size_t count, struct pb_view *views);

/* Loads those of several models that are not in memory, in the same way; each counts as in pb_hint. */
PB_API int pb_hint_many(struct pb_paged *paged, const size_t *models, size_t count);

/*
 * Copies model[offset, offset + size). With `pages` in the configuration, through pages that are cached beside
 * whole models, within the same limit, so that a model may be larger than the limit: each page is a hit or a
 * miss, missing neighbours are read by one call, and while a thread reads a model sequentially, a growing
 * number of pages is read ahead (with `prefetch`). Pages for which there is no room are read without caching.
 * A page costs some 300 bytes besides its data; and a model of which a page was evicted, one bit per page. A
 * model that is in memory as a whole serves the call as a hit; without `pages` it is loaded as a whole. Errors:
 * ARGUMENT (the range passes the model's end), and those of pb_get. After an error the buffer's contents are
 * undefined.
 */
PB_API int pb_read(struct pb_paged *paged, const char *name, uint64_t offset, size_t size, void *buffer);
PB_API int pb_read_at(struct pb_paged *paged, size_t index, uint64_t offset, size_t size, void *buffer);

/* The same as a view: of a page, which it pins, if the range lies within one; else of a copy, which the view
 * owns and which does not count as memory_used. Its data is not aligned. Errors: those of pb_read. */
PB_API int pb_get_range(
	struct pb_paged *paged, const char *name, uint64_t offset, size_t size, struct pb_view *view);
PB_API int pb_get_range_at(
	struct pb_paged *paged, size_t index, uint64_t offset, size_t size, struct pb_view *view);

/* Releases and clears a view; a cleared view is fine. Any thread may, but no two with the same struct. */
PB_API void pb_release(struct pb_view *view);

/* Whether a get would be a hit. Does not count as a use. */
PB_API bool pb_is_cached(const struct pb_paged *paged, const char *name);
PB_API bool pb_is_cached_at(const struct pb_paged *paged, size_t index);

/* Loads a model unless it is in memory, and makes room for it, as pb_get does; counts no hit and no miss. Does
 * nothing, without an error, for an unknown name or a model that another thread is reading. Errors: BOUNDS,
 * TRUNCATED, CHANGED, DAMAGED, IO, MEMORY. */
PB_API int pb_hint(struct pb_paged *paged, const char *name);
PB_API int pb_hint_at(struct pb_paged *paged, size_t index);

/*
 * Announces the order of the gets to come, as indexes: from then on the next prefetch_count models of it are
 * loaded ahead, instead of those that the predictor expects, at once or in the background as configured. Gets
 * of models that are not among the next 64 of the plan do not advance it. The plan is copied; count 0 ends it.
 * Without `prefetch` it does nothing. Errors: ARGUMENT, NOT_FOUND (an index), MEMORY.
 */
PB_API int pb_plan(struct pb_paged *paged, const size_t *models, size_t count);

/* Drops a model, and its pages, from memory. *evicted (may be NULL): whether it was in memory, which a model
 * that is still being read is not. Errors: PINNED. */
PB_API int pb_evict(struct pb_paged *paged, const char *name, bool *evicted);
PB_API int pb_evict_at(struct pb_paged *paged, size_t index, bool *evicted);

/* Drops all models and pages except pinned ones. Errors: PINNED if there were any. */
PB_API int pb_clear(struct pb_paged *paged);

/* Copies the counts; fields past the caller's struct_size are left out. */
PB_API void pb_stats_get(const struct pb_paged *paged, struct pb_stats *stats);
PB_API void pb_stats_reset(struct pb_paged *paged);
/* hits / (hits + misses), 0 without any. */
PB_API double pb_hit_rate(const struct pb_stats *stats);

/* Models are numbered from 0 in the order of the file. */
PB_API size_t pb_count(const struct pb_paged *paged);
PB_API int pb_model_at(const struct pb_paged *paged, size_t index, struct pb_model *model); /* NOT_FOUND */
PB_API int pb_find(
	const struct pb_paged *paged, const char *name, size_t name_len, size_t *index); /* NOT_FOUND */
PB_API void pb_info_get(const struct pb_paged *paged, struct pb_info *info);

/* Reads part of a model from the file, bypassing the cache: counts nothing and fires no probe. Errors:
 * NOT_FOUND, ARGUMENT (past the model's end), BOUNDS, TRUNCATED, CHANGED, DAMAGED, IO, MEMORY. */
PB_API int pb_fetch_at(struct pb_paged *paged, size_t index, uint64_t offset, size_t size, void *data);

/* How a model is stored. Fields past the caller's struct_size are left out. */
struct pb_storage {
	size_t struct_size;
	uint64_t stored;    /* bytes in the file, from pb_model's offset on */
	uint64_t checksum;  /* XXH3, 64 bits, of the model; 0 without one */
	uint64_t alignment; /* of its offset, as the file declares it; 1 if it does not */
	uint64_t pages;     /* of a compressed bundle; else 0 */
	bool has_checksum;
};
#define pb_storage_init(storage) ((storage)->struct_size = sizeof(*(storage)))
PB_API int pb_storage_at(
	const struct pb_paged *paged, size_t index, struct pb_storage *storage); /* NOT_FOUND */

/* Metadata: texts under unique keys, in the order of the file. Strings are valid as long as the handle, and end
 * with a zero byte that their length does not count. "version" and "architecture" are those of the models,
 * and keys that begin with "hyperparameters." name hyperparameters; all others are the application's. */
struct pb_metadata {
	const char *key, *value;
	size_t key_len, value_len;
};
PB_API size_t pb_metadata_count(const struct pb_paged *paged);
PB_API int pb_metadata_at(
	const struct pb_paged *paged, size_t index, struct pb_metadata *metadata); /* NOT_FOUND */
PB_API int pb_metadata_find(
	const struct pb_paged *paged, const char *key, struct pb_metadata *metadata); /* NOT_FOUND */

/* Components: named groups of models, as indexes in ascending order. */
struct pb_component {
	const char *name;
	size_t name_len;
	const uint32_t *models;
	size_t count;
};
PB_API size_t pb_component_count(const struct pb_paged *paged);
PB_API int pb_component_at(
	const struct pb_paged *paged, size_t index, struct pb_component *component); /* NOT_FOUND */
PB_API int pb_component_find(
	const struct pb_paged *paged, const char *name, struct pb_component *component); /* NOT_FOUND */

/* The configuration in use, with limits as the library adjusted them. */
PB_API void pb_config_get(const struct pb_paged *paged, struct pb_config *config);

/* --- a file mapped into memory --- */

struct pb_map;

enum pb_advice {
	PB_ADVICE_NORMAL = 0,
	PB_ADVICE_SEQUENTIAL = 1, /* it will be read from start to end */
	PB_ADVICE_RANDOM = 2,     /* it will be read in random order: read-ahead is useless */
	PB_ADVICE_WILLNEED = 3,   /* read it now, in the background */
	PB_ADVICE_DONTNEED = 4    /* this process does not need it for now */
};

/* Maps a regular file of any kind, for reading. It must not be truncated while it is mapped: a read past its
 * new end raises SIGBUS, except in pb_copy_mapped. Any number of threads may use it; pb_map_close must be the
 * last call. Errors: ARGUMENT, MEMORY, IO, NOT_BUNDLE (not a regular file). */
PB_API int pb_map_open(const char *path, struct pb_map **map);
PB_API void pb_map_close(struct pb_map *map); /* NULL is fine */

PB_API uint64_t pb_map_length(const struct pb_map *map);

/* The address of a part, valid until pb_map_close. Errors: ARGUMENT (the part passes the end), as for the
 * functions below. */
PB_API int pb_map_slice(const struct pb_map *map, uint64_t offset, uint64_t size, const void **data);

/* Advises the kernel how a part will be used. Errors: IO. */
PB_API int pb_map_advise(const struct pb_map *map, uint64_t offset, uint64_t size, enum pb_advice advice);

/* Reads a part and keeps it in memory until it is unlocked. Errors: IO (from mlock: errno ENOMEM past the
 * process's limit). */
PB_API int pb_map_lock(const struct pb_map *map, uint64_t offset, uint64_t size);
PB_API int pb_map_unlock(const struct pb_map *map, uint64_t offset, uint64_t size);

/* Copies from mapped memory: from a pb_map, or a view with PB_READ_MAPPED. If the file was truncated
 * meanwhile it fails, without a signal. Errors: TRUNCATED, IO. */
PB_API int pb_copy_mapped(void *to, const void *from, size_t size);

/* --- a bundle in memory --- */

struct pb_bundle;

/* An empty bundle; NULL when out of memory. */
PB_API struct pb_bundle *pb_bundle_new(void);
PB_API void pb_bundle_free(struct pb_bundle *bundle); /* NULL is fine */

/* Adds a copy of data[0..size). A second model of the same name replaces the data and keeps the index.
 * Errors: ARGUMENT (the name is not UTF-8 or longer than 4 GiB), MEMORY. */
PB_API int pb_bundle_add(struct pb_bundle *bundle, const char *name, const void *data, size_t size);

/* The model's bytes, owned by the bundle: valid until the model is replaced or the bundle freed. Errors:
 * NOT_FOUND. */
PB_API int pb_bundle_get(const struct pb_bundle *bundle, const char *name, const void **data, size_t *size);
PB_API int pb_bundle_get_at(const struct pb_bundle *bundle, size_t index, const void **data, size_t *size);

PB_API size_t pb_bundle_count(const struct pb_bundle *bundle);
PB_API uint64_t pb_bundle_total_size(const struct pb_bundle *bundle);
PB_API int pb_bundle_model_at(
	const struct pb_bundle *bundle, size_t index, struct pb_model *model); /* NOT_FOUND */
PB_API void pb_bundle_info_get(const struct pb_bundle *bundle, struct pb_info *info);

/* Errors: ARGUMENT (not UTF-8), MEMORY. */
PB_API int pb_bundle_set_description(struct pb_bundle *bundle, const char *text);
/* Seconds since 1970. Not set: the time of pb_bundle_save. */
PB_API void pb_bundle_set_created_at(struct pb_bundle *bundle, uint64_t seconds);

/* Writes the bundle; see pb_writer_open for how. Errors: those of the writer. */
PB_API int pb_bundle_save(const struct pb_bundle *bundle, const char *path);

/* Reads a whole bundle. Every model must be readable. Memory: the size of the file, or for a compressed bundle
 * that of all models, and about 150 bytes per model. Models of the same range share their bytes; metadata,
 * components and how models are stored are kept for pb_bundle_save. Errors: those of pb_open and pb_get. */
PB_API int pb_bundle_load(const char *path, struct pb_bundle **bundle);

/* --- writing a bundle of any size in little memory --- */

struct pb_writer;

/*
 * Starts a bundle that will be `path`. It is written to a file in the same folder without a name, or with a
 * temporary one, which pb_writer_commit syncs and renames, so that readers see the old file or the complete new
 * one. A symbolic link is followed where the kernel permits it; anything there that is not a regular file is
 * refused; the permissions of a replaced file are kept, without set-user-ID and the like. Errors: ARGUMENT, IO,
 * MEMORY.
 */
PB_API int pb_writer_open(const char *path, struct pb_writer **writer);

/*
 * Starts a bundle in an open, empty file, which must be seekable and at its beginning. The descriptor stays the
 * caller's, who keeps it open until the writer has gone and cares for the file's place and for bringing it to
 * disk: pb_writer_commit only completes its contents. After an error they are of no use. `name` is for messages.
 * Errors: ARGUMENT, MEMORY.
 */
PB_API int pb_writer_open_fd(int fd, const char *name, struct pb_writer **writer);

/* Description and time in the manifest; before the first byte is written. Default: empty, the current time.
 * Errors: ARGUMENT, MEMORY. */
PB_API int pb_writer_describe(struct pb_writer *writer, const char *text, size_t len);
PB_API int pb_writer_created_at(struct pb_writer *writer, uint64_t seconds);
/* Declares a model, in order. Errors: ARGUMENT, EXISTS, MEMORY. */
PB_API int pb_writer_add(struct pb_writer *writer, const char *name, size_t name_len, uint64_t size);

/* Declares a model with the bytes of another, `twin`, which was declared before and is no twin itself: they are
 * in the file once, and are not written again. The original reads such files too. Errors: ARGUMENT, EXISTS,
 * MEMORY. */
PB_API int pb_writer_add_twin(struct pb_writer *writer, const char *name, size_t name_len, size_t twin);

/*
 * What goes beyond the original format. With any of it, or with metadata or components, the file has an
 * extension, which the original ignores; it refuses compressed files. Otherwise files equal those of the
 * original, byte for byte.
 */
struct pb_writer_options {
	size_t struct_size;
	uint64_t alignment;  /* of models declared from now on: a power of two up to 2^30; 0: none.
				Default PB_ALIGNMENT */
	bool checksums;      /* of each model. Default true */
	bool compress;       /* in pages. Default false */
	int level;           /* zstd's. Default 3 */
	uint32_t page_bytes; /* a power of two, 4 KiB to 1 MiB. Default 64 KiB */
};
#define PB_ALIGNMENT 4096
/* Fills in the defaults. */
#define pb_writer_options_init(options) pb_writer_options_init_sized((options), sizeof(*(options)))
PB_API void pb_writer_options_init_sized(struct pb_writer_options *options, size_t size);
/* Before the first byte is written. Errors: ARGUMENT. */
PB_API int pb_writer_configure(struct pb_writer *writer, const struct pb_writer_options *options);
/* Errors: ARGUMENT, EXISTS, MEMORY. */
PB_API int pb_writer_metadata(
	struct pb_writer *writer, const char *key, size_t key_len, const char *value, size_t value_len);
/* A component of models that were declared before. Errors: ARGUMENT, EXISTS, MEMORY. */
PB_API int pb_writer_component(
	struct pb_writer *writer, const char *name, size_t name_len, const uint32_t *models, size_t count);

/* The bytes of all models, one after another, in any portions. Errors: IO, INCOMPLETE (more than declared). */
PB_API int pb_writer_write(struct pb_writer *writer, const void *data, size_t size);

/* Finishes: on success the file is on disk under its name. Frees the writer in any case. After an error the old
 * file is unchanged, except after an IO error of the last step, the folder's sync: then the new one is in
 * place. Errors: IO, INCOMPLETE. */
PB_API int pb_writer_commit(struct pb_writer *writer);
/* Removes the temporary file and frees the writer. NULL is fine. */
PB_API void pb_writer_abort(struct pb_writer *writer);

#ifdef __cplusplus
}
#endif

#endif
