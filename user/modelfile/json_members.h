/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cuts the text of a JSON object into its members. cJSON would make a tree of the whole object, sixty-four bytes and more for
 * each number in it; here one member at a time is parsed, by whoever takes it.
 */
#ifndef USER_MODELFILE_JSON_MEMBERS_H
#define USER_MODELFILE_JSON_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

/* The texts of one member. Of the value it is only checked that it ends. */
struct json_member {
	const char *key, *key_end, *value, *value_end;
};

/* Returns false to stop. */
typedef bool (*json_members_take)(void *ctx, const struct json_member *member);

enum json_members {
	JSON_WHOLE,
	JSON_STOPPED, /* by `take` */
	JSON_BROKEN,  /* this is no object */
	JSON_FOLLOWED /* text follows the object */
};

/* Gives each member of the object that begins at `at`, which must be its bracket, to `take`. */
enum json_members json_members(const char *at, const char *end, json_members_take take, void *ctx);

/* The largest text of a value or key that is parsed: its tree then takes 40 MB at most. */
#define JSON_PIECE_MAX (1 << 20)

/* Parses a text that is one JSON value; NULL: it is not, or it is too long. */
cJSON *json_piece(const char *at, const char *end);

/* Whether a string has an escaped zero byte, at which cJSON would end it. */
bool json_has_zero(const char *at, const char *end);

/* Whether a member's key is that word, written without escapes. */
bool json_key_is(const struct json_member *member, const char *word);

#endif
