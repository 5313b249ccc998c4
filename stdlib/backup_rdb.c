/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_rdb.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

/*
 * From Redis' src/rdb.h and rdb.c: "REDIS" and four digits of version, entries (backup_rdb_types.c), the code 0xFF,
 * and since version 5 the CRC64 of all before it, the lowest byte first; 0 where the server was told to leave it out.
 */
enum { MAGIC_BYTES = 9, CHECKSUM_BYTES = 8, FIRST_WITH_CHECKSUM = 5 };

/* The upper two bits of a length's first byte, and what a string is where they are both set. */
enum { LENGTH_6, LENGTH_14, LENGTH_LONG, LENGTH_SPECIAL };
enum { SPECIAL_INT8, SPECIAL_INT16, SPECIAL_INT32, SPECIAL_LZF };

/* What a piece of a module's value is. */
enum { MODULE_END, MODULE_SIGNED, MODULE_UNSIGNED, MODULE_FLOAT, MODULE_DOUBLE, MODULE_STRING };

static const char in_head[] = "the first bytes of the RDB";
static const char in_end[] = "the end of the RDB: its last byte and checksum";

bool rdb_recognise(struct str head)
{
	return str_starts(head, STR("REDIS0"));
}

static void add_to_crc(void *self, struct str bytes)
{
	crc64_add(&((struct rdb *)self)->crc, bytes);
}

void rdb_begin(struct rdb *rdb, struct walk *walk)
{
	*rdb = (struct rdb){0};
	crc64_init(&rdb->crc);
	stream_tap(walk->stream, add_to_crc, rdb);
}

static bool read_head(struct rdb *rdb, struct walk *walk)
{
	char magic[MAGIC_BYTES];
	int64_t version;

	rdb->begun = true;
	if (!walk_take(walk, magic, sizeof(magic), in_head))
		return false;
	if (memcmp(magic, "REDIS", 5) != 0 || magic[5] != '0' ||
	    !units_int((struct str){magic + 5, 4}, &version) || version < 1)
		return walk_broken(walk, 0, "its first bytes are not those of an RDB");
	rdb->version = (int)version;
	return true;
}

static const char *inside(const struct rdb *rdb)
{
	return rdb->type ? rdb->type->name : "the RDB: its end is missing";
}

static bool take(struct rdb *rdb, struct walk *walk, unsigned char *into, size_t len)
{
	return walk_take(walk, into, len, inside(rdb));
}

/* *ret_special is set, and the length its kind, where the bits say that it is no length. */
static bool read_length(struct rdb *rdb, struct walk *walk, uint64_t *ret_length, bool *ret_special)
{
	uint64_t at = stream_offset(walk->stream);
	unsigned char bytes[9];
	size_t more;

	*ret_length = 0;
	if (!take(rdb, walk, bytes, 1))
		return false;
	*ret_special = bytes[0] >> 6 == LENGTH_SPECIAL;
	*ret_length = bytes[0] & 0x3F;
	if (bytes[0] >> 6 == LENGTH_6 || *ret_special)
		return true;
	if (bytes[0] >> 6 == LENGTH_LONG && *ret_length > 1)
		return walk_broken(
		    walk, at, "at byte %" PRIu64 " stands no length, in %s", at, inside(rdb));
	more = bytes[0] >> 6 == LENGTH_14 ? 1 : *ret_length ? 8 : 4;
	if (bytes[0] >> 6 == LENGTH_LONG)
		*ret_length = 0;
	if (!take(rdb, walk, bytes + 1, more))
		return false;
	for (size_t i = 1; i <= more; i++)
		*ret_length = *ret_length << 8 | bytes[i];
	return true;
}

static bool read_plain_length(struct rdb *rdb, struct walk *walk, uint64_t *ret_length)
{
	uint64_t at = stream_offset(walk->stream);
	bool special;

	if (!read_length(rdb, walk, ret_length, &special))
		return false;
	return !special ||
	    walk_broken(walk, at, "at byte %" PRIu64 " stands no length, in %s", at, inside(rdb));
}

/* A number instead of a string: as text, if it is a note. */
static bool read_number(struct rdb *rdb, struct walk *walk, uint64_t kind, char *into, size_t size)
{
	static const struct {
		size_t len;
		int64_t values; /* that fit; the upper half of them are negative */
	} kinds[] = {{1, 1 << 8}, {2, 1 << 16}, {4, INT64_C(1) << 32}};
	unsigned char bytes[4] = {0};
	int64_t number = 0;

	if (!take(rdb, walk, bytes, kinds[kind].len))
		return false;
	for (size_t i = kinds[kind].len; i > 0; i--)
		number = number * 256 + bytes[i - 1];
	if (number >= kinds[kind].values / 2)
		number -= kinds[kind].values;
	if (size)
		snprintf(into, size, "%" PRId64, number);
	return true;
}

/* Up to the bytes of the string, which are passed later; those of a note are taken if they fit. */
static bool read_string(struct rdb *rdb, struct walk *walk, char *into, size_t size)
{
	uint64_t at = stream_offset(walk->stream);
	uint64_t length, unpacked;
	bool special;

	if (!read_length(rdb, walk, &length, &special))
		return false;
	if (special && length <= SPECIAL_INT32)
		return read_number(rdb, walk, length, into, size);
	if (special && length != SPECIAL_LZF)
		return walk_broken(
		    walk, at, "at byte %" PRIu64 " stands no string, in %s", at, inside(rdb));
	if (special)
		return read_plain_length(rdb, walk, &rdb->left) &&
		    read_plain_length(rdb, walk, &unpacked);
	rdb->left = length;
	if (!size || length >= size)
		return true;
	rdb->left = 0;
	into[length] = '\0';
	return take(rdb, walk, (unsigned char *)into, length);
}

static void take_note(const struct rdb *rdb, struct backup *backup, const char *value)
{
	bool is_version = strcmp(rdb->note, "redis-ver") == 0 ||
	    strcmp(rdb->note, "valkey-ver") == 0;
	int64_t seconds;

	if (is_version)
		backup_text(
		    backup->server_version, sizeof(backup->server_version), str_from(value));
	else if (strcmp(rdb->note, "ctime") == 0 && units_int(str_from(value), &seconds) &&
	    seconds > 0 && seconds < INT64_C(1) << 33)
		backup->created_us = seconds * 1000000;
}

static bool step_string(struct rdb *rdb, struct walk *walk)
{
	char value[RDB_NOTE] = "";

	if (rdb->type->code != RDB_AUX)
		return read_string(rdb, walk, NULL, 0);
	if (*rdb->shape) /* the name; its value comes next */
		return read_string(rdb, walk, rdb->note, sizeof(rdb->note));
	if (!read_string(rdb, walk, value, sizeof(value)))
		return false;
	take_note(rdb, walk->backup, value);
	rdb->note[0] = '\0';
	return true;
}

static bool step_double(struct rdb *rdb, struct walk *walk)
{
	unsigned char length;

	if (!take(rdb, walk, &length, 1))
		return false;
	rdb->left = length >= 253 ? 0 : length; /* not a number, and the two infinities */
	return true;
}

/* One piece of a module's value; the shape moves on when it ends. */
static bool step_module(struct rdb *rdb, struct walk *walk)
{
	uint64_t at = stream_offset(walk->stream);
	uint64_t kind, number;

	if (!read_plain_length(rdb, walk, &kind))
		return false;
	if (kind == MODULE_END)
		return true;
	rdb->shape--;
	switch (kind) {
	case MODULE_SIGNED:
	case MODULE_UNSIGNED:
		return read_plain_length(rdb, walk, &number);
	case MODULE_FLOAT:
	case MODULE_DOUBLE:
		rdb->left = kind == MODULE_FLOAT ? 4 : 8;
		return true;
	case MODULE_STRING:
		return read_string(rdb, walk, NULL, 0);
	default:
		return walk_broken(
		    walk, at, "at byte %" PRIu64 " stands no piece of a module's value", at);
	}
}

/* Behind the ']' that closes the body. */
static const char *behind(const char *body)
{
	size_t depth = 1;

	for (; depth; body++)
		if (*body == '[')
			depth++;
		else if (*body == ']')
			depth--;
	return body;
}

static bool step_loop(struct rdb *rdb, struct walk *walk)
{
	uint64_t count;

	if (!read_plain_length(rdb, walk, &count))
		return false;
	if (count == 0) {
		rdb->shape = behind(rdb->shape);
		return true;
	}
	assert(rdb->depth < RDB_LOOPS);
	rdb->loops[rdb->depth].body = rdb->shape;
	rdb->loops[rdb->depth++].left = count;
	return true;
}

static bool step_shape(struct rdb *rdb, struct walk *walk)
{
	uint64_t number;

	switch (*rdb->shape++) {
	case 's':
		return step_string(rdb, walk);
	case 'l':
		return read_plain_length(rdb, walk, &number);
	case 'd':
		return step_double(rdb, walk);
	case 'm':
		return step_module(rdb, walk);
	case '[':
		return step_loop(rdb, walk);
	case ']':
		if (--rdb->loops[rdb->depth - 1].left)
			rdb->shape = rdb->loops[rdb->depth - 1].body;
		else
			rdb->depth--;
		return true;
	case 'o':
		rdb->left = 16;
		return true;
	default:
		rdb->left = (uint64_t)(rdb->shape[-1] - '0');
		return true;
	}
}

static bool wrong_end(struct rdb *rdb, struct walk *walk)
{
	uint64_t at = stream_offset(walk->stream);

	if (stream_trouble(walk->stream))
		return walk_cut(walk, "%s", in_end);
	if (rdb->blind)
		return walk_strange(walk, rdb->stranger_at,
		    "at byte %" PRIu64
		    " stands an entry of a kind that is not known here (%u), and "
		    "no checksum at the end says that it should",
		    rdb->stranger_at, rdb->stranger);
	return walk_broken(walk, at,
	    "the checksum at its end does not fit: what it holds is not what was written");
}

static bool read_end(struct rdb *rdb, struct walk *walk)
{
	unsigned char bytes[CHECKSUM_BYTES] = {0};
	uint64_t said = 0;

	stream_tap(walk->stream, NULL, NULL);
	if (rdb->version >= FIRST_WITH_CHECKSUM && !walk_take(walk, bytes, sizeof(bytes), in_end))
		return false;
	for (size_t i = CHECKSUM_BYTES; i > 0; i--)
		said = said << 8 | bytes[i - 1];
	if (said ? said != rdb->crc.value : rdb->blind)
		return wrong_end(rdb, walk);
	walk->backup->checksum = said != 0 || stream_has_checksum(walk->stream);
	rdb->whole = true;
	return false;
}

/* What stands before the last nine bytes is covered by them, whatever it is. */
static bool step_blind(struct rdb *rdb, struct walk *walk)
{
	struct str ahead = stream_look(walk->stream, STREAM_LOOK);
	unsigned char code;

	if (ahead.len > 1 + CHECKSUM_BYTES) {
		stream_pass(walk->stream, ahead.len - 1 - CHECKSUM_BYTES);
		return true;
	}
	if (!walk_take(walk, &code, 1, in_end))
		return false;
	return code == RDB_EOF ? read_end(rdb, walk) : wrong_end(rdb, walk);
}

static bool read_code(struct rdb *rdb, struct walk *walk)
{
	uint64_t at = stream_offset(walk->stream);
	unsigned char code;

	if (!take(rdb, walk, &code, 1))
		return false;
	if (code == RDB_EOF)
		return read_end(rdb, walk);
	rdb->type = rdb_type(code);
	if (!rdb->type) {
		rdb->blind = true;
		rdb->stranger = code;
		rdb->stranger_at = at;
		return true;
	}
	rdb->shape = rdb->type->shape;
	if (!rdb->type->is_key)
		return true;
	rdb->keys++;
	return read_string(rdb, walk, NULL, 0);
}

bool rdb_step(struct rdb *rdb, struct walk *walk)
{
	struct str bytes;

	if (!rdb->begun)
		return read_head(rdb, walk);
	if (rdb->blind)
		return step_blind(rdb, walk);
	if (rdb->left) {
		bytes = stream_look(walk->stream, 1);
		if (!bytes.len)
			return walk_cut(walk, "%s", inside(rdb));
		bytes = str_sub(
		    bytes, 0, rdb->left < STREAM_LOOK ? (size_t)rdb->left : STREAM_LOOK);
		stream_pass(walk->stream, bytes.len);
		rdb->left -= bytes.len;
		return true;
	}
	if (!rdb->type)
		return read_code(rdb, walk);
	if (*rdb->shape)
		return step_shape(rdb, walk);
	rdb->type = NULL;
	return true;
}
