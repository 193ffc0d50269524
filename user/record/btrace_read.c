/* SPDX-License-Identifier: BSD-2-Clause */
#include "btrace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/event/kinds.h"
#include "btrace_chunk.h"
#include "btrace_codec.h"
#include "btrace_json.h"

#define READ_BYTES (256u << 10)
#define UNCHECKED  5 /* the version before there were chunks */
#define END_TAG    0 /* in that version: where a record's kind would be */
/* Behind a chunk that is damaged the next one is searched from its head on, since bytes may be missing in it. A file
 * made to have this many bytes hashed in vain is believed its lengths. */
#define VAIN_MAX (256u << 20)

struct btrace_reader {
	int fd;
	struct btrace_head head;
	cJSON *head_json, *end_json;
	struct run_result result; /* what end_json has */
	struct btrace_memory memory;
	unsigned char *data; /* data[at .. len) is not decoded yet */
	size_t at, len, cap;
	uint64_t base; /* of `data` in the file */
	bool at_end;   /* of the file */

	struct btrace_chunk chunk;    /* the one at hand */
	bool begun;                   /* there was one */
	size_t left;                  /* bytes of its records, from `at` on */
	uint64_t next;                /* number of the next one */
	uint64_t counts[EVENT_KINDS]; /* of all records up to here, the missing ones too */
	uint64_t time_ns;             /* of the last record */
	uint64_t vain;                /* bytes hashed for chunks that were damaged */

	bool ended;         /* the end was read; or, without chunks, nothing follows */
	bool told;          /* what is wrong behind the last record was reported */
	bool pending;       /* `damage` is to be reported next */
	uint64_t undecoded; /* where a checked chunk could not be decoded; 0: nowhere */
	struct btrace_damage damage;
	uint64_t lost; /* of shown events, for lost_before of the next record */
	_Alignas(8) char record[RECORD_BYTES_MAX];
};

/* ---- bytes ---- */

static uint64_t offset(const struct btrace_reader *reader)
{
	return reader->base + reader->at;
}

static size_t have(const struct btrace_reader *reader)
{
	return reader->len - reader->at;
}

static int make_room(struct btrace_reader *reader, size_t need)
{
	if (have(reader) > 0)
		memmove(reader->data, reader->data + reader->at, have(reader));
	reader->base += reader->at;
	reader->len -= reader->at;
	reader->at = 0;
	if (need <= reader->cap)
		return 0;
	unsigned char *data = realloc(reader->data, need);
	if (!data)
		return -ENOMEM;
	reader->data = data;
	reader->cap = need;
	return 0;
}

/* Reads until `need` bytes are there or the file ends. 0 or -errno. */
static int fill(struct btrace_reader *reader, size_t need)
{
	if (have(reader) >= need || reader->at_end)
		return 0;
	int err = make_room(reader, need > READ_BYTES ? need : READ_BYTES);
	while (!err && reader->len < need && !reader->at_end) {
		ssize_t got = read(reader->fd, reader->data + reader->len, reader->cap - reader->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		reader->at_end = got == 0;
		reader->len += (size_t)got;
	}
	return err;
}

/* ---- chunks ---- */

/* Goes on to where the next chunk may begin, behind `at`. 0 or -errno. */
static int skip(struct btrace_reader *reader)
{
	reader->at++;
	while (true) {
		reader->at = btrace_chunk_find(reader->data, reader->at, reader->len);
		if (have(reader) || reader->at_end)
			return 0;
		int err = fill(reader, 1);
		if (err)
			return err;
	}
}

/* A head at `at`, with all its data: 1; 0: no such thing; or -errno. */
static int whole_chunk(struct btrace_reader *reader, struct btrace_chunk *chunk)
{
	int err = fill(reader, BTRACE_HEAD_BYTES);
	if (err || have(reader) < BTRACE_HEAD_BYTES || !btrace_chunk_get(reader->data + reader->at, chunk))
		return err;
	err = fill(reader, BTRACE_HEAD_BYTES + chunk->bytes);
	if (err || have(reader) < BTRACE_HEAD_BYTES + chunk->bytes)
		return err;
	const unsigned char *head = reader->data + reader->at;
	if (btrace_chunk_whole(head, head + BTRACE_HEAD_BYTES, chunk->bytes))
		return 1;
	reader->vain += chunk->bytes;
	if (reader->vain > VAIN_MAX)
		reader->at += BTRACE_HEAD_BYTES - 1 + chunk->bytes;
	return 0;
}

/* Finds the next chunk that belongs here; what lies before it is described in *damage. 1: `at` is behind its head; 0:
 * there is none; or -errno. */
static int find_chunk(struct btrace_reader *reader, struct btrace_chunk *chunk, struct btrace_damage *damage)
{
	int found;
	while ((found = whole_chunk(reader, chunk)) >= 0) {
		bool foreign = found && reader->begun && chunk->run != reader->chunk.run;
		if (found && !foreign && chunk->number >= reader->next) {
			damage->bytes = offset(reader) - damage->offset;
			reader->at += BTRACE_HEAD_BYTES;
			return 1;
		}
		if (found)
			damage->kind = foreign ? BTRACE_FOREIGN : BTRACE_MISPLACED;
		if (found)
			reader->at += BTRACE_HEAD_BYTES + chunk->bytes;
		else if (have(reader))
			found = skip(reader);
		if (found < 0)
			break;
		if (!have(reader) && reader->at_end) {
			damage->bytes = offset(reader) - damage->offset;
			return 0;
		}
	}
	return found;
}

/* Subtracts what was seen from what a chunk says was written before it. True: records are missing. */
static bool count_missing(
	struct btrace_reader *reader, const uint64_t counts[EVENT_KINDS], struct btrace_damage *damage)
{
	bool any = false;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
		uint64_t missing = counts[kind] - reader->counts[kind];
		any |= missing != 0;
		if (counts[kind] > reader->counts[kind]) {
			damage->missing[kind] = missing;
			reader->lost += kind_of(kind)->role == ROLE_SHOWN ? missing : 0;
		}
		reader->counts[kind] = counts[kind];
	}
	return any;
}

static void take_start(struct btrace_reader *reader, const struct btrace_chunk *chunk)
{
	reader->begun = true;
	reader->head.timed = chunk->timed;
	reader->head.start.start_time_ns = chunk->start_time_ns;
	reader->head.start.clock_offset_ns = chunk->clock_offset_ns;
}

static bool take_head(struct btrace_reader *reader, size_t bytes)
{
	if (reader->head_json)
		return false;
	reader->head_json = cJSON_ParseWithLength((const char *)reader->data + reader->at, bytes);
	if (!cJSON_IsObject(reader->head_json))
		return false;
	btrace_head_read(reader->head_json, &reader->head);
	return true;
}

static void take_end(struct btrace_reader *reader, size_t bytes)
{
	reader->end_json = cJSON_ParseWithLength((const char *)reader->data + reader->at, bytes);
	reader->ended = cJSON_IsObject(reader->end_json);
	if (reader->ended)
		btrace_end_read(reader->end_json, &reader->result);
}

/* Takes what a chunk has before its records. False: it has nothing to use, and belongs to the damage. */
static bool take_data(struct btrace_reader *reader, const struct btrace_chunk *chunk, bool *missing)
{
	uint64_t counts[EVENT_KINDS];
	size_t took = 0;
	if (chunk->kind == BTRACE_CHUNK_HEAD)
		return reader->damage.counted = take_head(reader, chunk->bytes);
	if (chunk->kind == BTRACE_CHUNK_RECORDS || chunk->kind == BTRACE_CHUNK_END)
		took = btrace_counts_get(reader->data + reader->at, chunk->bytes, counts);
	if (!took)
		return false;
	*missing = count_missing(reader, counts, &reader->damage);
	reader->at += took;
	reader->damage.counted = true;
	reader->damage.before_ns = chunk->time_ns;
	if (chunk->kind == BTRACE_CHUNK_RECORDS)
		reader->left = chunk->bytes - took;
	else
		take_end(reader, chunk->bytes - took);
	return true;
}

/* Goes to the next chunk; `pending` is set if there is damage before it. 1; 0: there is none; or -errno. */
static int next_chunk(struct btrace_reader *reader)
{
	struct btrace_damage *damage = &reader->damage;
	struct btrace_chunk chunk;
	bool taken, missing = false;
	*damage = (struct btrace_damage){
		.offset = reader->undecoded ? reader->undecoded : offset(reader),
		.chunk = reader->next,
		.after_ns = reader->time_ns,
	};
	reader->undecoded = 0;
	do {
		int found = find_chunk(reader, &chunk, damage);
		if (found <= 0)
			return found;
		if (!reader->begun)
			take_start(reader, &chunk);
		size_t end = reader->at + chunk.bytes;
		taken = take_data(reader, &chunk, &missing);
		if (!taken || chunk.kind != BTRACE_CHUNK_RECORDS)
			reader->at = end;
	} while (!taken);
	damage->head = !reader->head_json && reader->next == 0;
	reader->pending = damage->bytes || chunk.number != reader->next || missing;
	reader->chunk = chunk;
	reader->next = chunk.number + 1;
	btrace_forget(&reader->memory);
	return 1;
}

/* ---- a file ---- */

/* A file of the version before there were chunks: the head follows the magic, as the end will follow the last record,
 * behind four bytes of length. */
static cJSON *get_json(struct btrace_reader *reader)
{
	uint32_t len;
	if (fill(reader, sizeof(len)) || have(reader) < sizeof(len))
		return NULL;
	memcpy(&len, reader->data + reader->at, sizeof(len));
	if (len > BTRACE_BYTES_MAX || fill(reader, sizeof(len) + len) || have(reader) < sizeof(len) + len)
		return NULL;
	const char *text = (const char *)reader->data + reader->at + sizeof(len);
	reader->at += sizeof(len) + len;
	return cJSON_ParseWithLength(text, len);
}

static bool open_unchecked(struct btrace_reader *reader)
{
	reader->head.version = UNCHECKED;
	reader->at = BTRACE_MAGIC_BYTES;
	reader->head_json = get_json(reader);
	if (!cJSON_IsObject(reader->head_json))
		return false;
	btrace_head_read(reader->head_json, &reader->head);
	return true;
}

static bool magic_is(const struct btrace_reader *reader, size_t bytes)
{
	return have(reader) >= BTRACE_MAGIC_BYTES && memcmp(reader->data, BTRACE_MAGIC, bytes) == 0;
}

/* The first chunk that is whole; the magic, if it is damaged, is part of the damage. */
static bool open_chunks(struct btrace_reader *reader)
{
	bool magic = magic_is(reader, BTRACE_MAGIC_BYTES);
	reader->head.version = BTRACE_CHECKED;
	reader->at = magic ? BTRACE_MAGIC_BYTES : 0;
	return next_chunk(reader) > 0;
}

static bool open_file(struct btrace_reader *reader, const char **error)
{
	struct btrace_chunk first;
	if (fill(reader, BTRACE_MAGIC_BYTES + BTRACE_HEAD_BYTES))
		return false;
	bool ours = magic_is(reader, BTRACE_MAGIC_BYTES - 1);
	unsigned version = ours ? reader->data[BTRACE_MAGIC_BYTES - 1] : 0;
	bool chunks = have(reader) >= BTRACE_MAGIC_BYTES + BTRACE_HEAD_BYTES &&
		      btrace_chunk_get(reader->data + BTRACE_MAGIC_BYTES, &first);
	if (!chunks && version == UNCHECKED)
		return open_unchecked(reader);
	if (!chunks && ours && version != BTRACE_CHECKED)
		*error = "a trace file of another version of bundletrace (read it with the one that made it)";
	if (!chunks && version != BTRACE_CHECKED)
		return false;
	*error = "damaged: nothing in it can be read";
	return open_chunks(reader);
}

struct btrace_reader *btrace_reader_open(const char *path, const char **error)
{
	struct btrace_reader *reader = calloc(1, sizeof(*reader));
	*error = strerror(ENOMEM);
	if (!reader)
		return NULL;
	reader->fd = open(path, O_RDONLY | O_CLOEXEC);
	*error = reader->fd < 0 ? strerror(errno)
				: "not a trace file of bundletrace (make one with -o FILE.btrace)";
	if (reader->fd < 0 || !open_file(reader, error)) {
		btrace_reader_close(reader);
		return NULL;
	}
	return reader;
}

void btrace_reader_close(struct btrace_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	cJSON_Delete(reader->head_json);
	cJSON_Delete(reader->end_json);
	free((void *)reader->head.start.command);
	free((void *)reader->result.notes);
	free((void *)reader->result.calls);
	free(reader->data);
	free(reader);
}

const struct btrace_head *btrace_head(const struct btrace_reader *reader)
{
	return &reader->head;
}

/* ---- records ---- */

static int report_damage(struct btrace_reader *reader, struct btrace_item *item)
{
	reader->pending = false;
	item->damage = &reader->damage;
	return BTRACE_DAMAGE;
}

/* Behind the last chunk, once: what is wrong there. */
static int report_end(struct btrace_reader *reader, struct btrace_item *item)
{
	struct btrace_damage *damage = &reader->damage;
	struct stat st;
	int err = reader->ended ? fill(reader, 1) : 0;
	if (err || reader->told || (reader->ended && !have(reader)))
		return err;
	reader->told = true;
	if (!reader->ended) {
		damage->kind = BTRACE_NOT_ENDED;
		return report_damage(reader, item);
	}
	*damage = (struct btrace_damage){
		.kind = BTRACE_BEHIND, .offset = offset(reader), .bytes = have(reader)
	};
	if (fstat(reader->fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size > damage->offset)
		damage->bytes = (uint64_t)st.st_size - damage->offset;
	return report_damage(reader, item);
}

/* Decodes the next record of data[at .. at + bytes). BTRACE_RECORD; else there is none that can be decoded. */
static int decode(struct btrace_reader *reader, size_t bytes, struct btrace_item *item)
{
	struct event_header *record = (void *)reader->record;
	long took = btrace_decode(&reader->memory, reader->data + reader->at, bytes, record, &item->cpu);
	if (took <= 0)
		return took < 0 ? (int)took : BTRACE_ENDED;
	uint64_t lost = record->lost_before + reader->lost;
	record->lost_before = lost < UINT32_MAX ? (uint32_t)lost : UINT32_MAX;
	reader->lost = 0;
	reader->at += (size_t)took;
	reader->left -= reader->left ? (size_t)took : 0;
	reader->time_ns = record->time_ns;
	btrace_count(reader->counts, record);
	item->record = record;
	return BTRACE_RECORD;
}

static int read_checked(struct btrace_reader *reader, struct btrace_item *item)
{
	while (true) {
		if (reader->pending)
			return report_damage(reader, item);
		if (reader->left && decode(reader, reader->left, item) == BTRACE_RECORD)
			return BTRACE_RECORD;
		if (reader->left) { /* the checksum is right, so it was written so */
			reader->undecoded = offset(reader);
			reader->at += reader->left;
			reader->left = 0;
		}
		int found = reader->ended || reader->told ? 0 : next_chunk(reader);
		if (found < 0)
			return found;
		if (found == 0)
			return report_end(reader, item);
	}
}

static int read_unchecked(struct btrace_reader *reader, struct btrace_item *item)
{
	/* with less than two of the longest records left, read more: then only the end of the file cuts one
	 * off */
	int err = reader->ended || reader->told ? 0 : fill(reader, 2 * RECORD_BYTES_MAX);
	if (err || reader->ended || reader->told)
		return err;
	if (have(reader) && reader->data[reader->at] == END_TAG) {
		reader->at++;
		reader->end_json = get_json(reader);
		reader->ended = cJSON_IsObject(reader->end_json);
		if (reader->ended) {
			btrace_end_read(reader->end_json, &reader->result);
			return BTRACE_ENDED;
		}
	} else {
		int result = decode(reader, have(reader), item);
		if (result == BTRACE_RECORD)
			return result;
	}
	reader->told = true;
	reader->damage = (struct btrace_damage){
		.kind = BTRACE_NOT_ENDED,
		.offset = offset(reader),
		.bytes = have(reader),
		.after_ns = reader->time_ns,
	};
	return report_damage(reader, item);
}

int btrace_read(struct btrace_reader *reader, struct btrace_item *item)
{
	return reader->head.version == UNCHECKED ? read_unchecked(reader, item) : read_checked(reader, item);
}

bool btrace_result(struct btrace_reader *reader, struct run_result *result)
{
	*result = reader->result;
	result->durations = reader->head.timed;
	if (result->notes && !result->notes[0])
		result->notes = NULL;
	return reader->end_json && reader->ended;
}
