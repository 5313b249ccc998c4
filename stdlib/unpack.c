/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/unpack.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/mem.h"

struct unpack {
	enum packing packing;
	z_stream zlib;
	ZSTD_DStream *zstd;
	bool begun;
	bool inside; /* a member has begun and not ended */
	bool padding; /* zeros follow the last member: what fills up the blocks of a tape */
	const char *broken;
	bool too_large;
};

/* How zlib reads: 15 bits of window, and 16 for the header of gzip. */
enum { ZLIB_BITS = 15, GZIP_BITS = 31 };

enum packing packing_of(struct str head)
{
	const unsigned char *bytes = (const unsigned char *)head.ptr;

	if (head.len >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B)
		return PACKED_GZIP;
	if (head.len >= 4 && memcmp(bytes, "\x28\xB5\x2F\xFD", 4) == 0)
		return PACKED_ZSTD;
	/* A frame to be skipped, as pzstd writes first. */
	if (head.len >= 4 && (bytes[0] & 0xF0) == 0x50 && memcmp(bytes + 1, "\x2A\x4D\x18", 3) == 0)
		return PACKED_ZSTD;
	return PACKED_NOT;
}

const char *packing_name(enum packing packing)
{
	static const char *const names[] = {"none", "gzip", "zstd", "zlib"};

	return names[packing];
}

bool packing_has_checksum(enum packing packing, struct str head)
{
	enum { FRAME_HEADER = 4, CHECKSUM_FLAG = 4 };

	if (packing == PACKED_ZSTD)
		return head.len > FRAME_HEADER && (head.ptr[FRAME_HEADER] & CHECKSUM_FLAG);
	return packing != PACKED_NOT;
}

struct unpack *unpack_new(enum packing packing)
{
	struct unpack *unpack = mem_alloc(sizeof(*unpack));
	int status = Z_OK;

	assert(packing != PACKED_NOT);
	unpack->packing = packing;
	if (packing == PACKED_ZSTD)
		unpack->zstd = ZSTD_createDStream();
	else
		status = inflateInit2(
		    &unpack->zlib, packing == PACKED_GZIP ? GZIP_BITS : ZLIB_BITS);
	/* As everywhere: without memory nothing that follows could be trusted. */
	if (status != Z_OK || (packing == PACKED_ZSTD && !unpack->zstd))
		abort();
	return unpack;
}

void unpack_free(struct unpack *unpack)
{
	if (!unpack)
		return;
	if (unpack->packing == PACKED_ZSTD)
		ZSTD_freeDStream(unpack->zstd);
	else
		inflateEnd(&unpack->zlib);
	free(unpack);
}

void unpack_reset(struct unpack *unpack)
{
	if (unpack->packing == PACKED_ZSTD)
		ZSTD_DCtx_reset(unpack->zstd, ZSTD_reset_session_only);
	else
		inflateReset(&unpack->zlib);
	unpack->begun = unpack->inside = unpack->padding = false;
	unpack->broken = NULL;
}

static size_t run_zlib(struct unpack *unpack, struct str *input, char *into, size_t room)
{
	size_t in = input->len < UINT32_MAX ? input->len : UINT32_MAX;
	size_t out = room < UINT32_MAX ? room : UINT32_MAX;
	int status;

	unpack->zlib.next_in = (Bytef *)(uintptr_t)input->ptr;
	unpack->zlib.avail_in = (uInt)in;
	unpack->zlib.next_out = (Bytef *)into;
	unpack->zlib.avail_out = (uInt)out;
	status = inflate(&unpack->zlib, Z_NO_FLUSH);
	*input = str_sub(*input, in - unpack->zlib.avail_in, input->len);
	if (status == Z_STREAM_END) {
		unpack->inside = false;
		inflateReset(&unpack->zlib);
	} else if (status == Z_MEM_ERROR) {
		abort();
	} else if (status != Z_OK && status != Z_BUF_ERROR) {
		unpack->broken = unpack->zlib.msg ? unpack->zlib.msg : "invalid data";
	}
	return out - unpack->zlib.avail_out;
}

static size_t run_zstd(struct unpack *unpack, struct str *input, char *into, size_t room)
{
	ZSTD_inBuffer in = {input->ptr, input->len, 0};
	ZSTD_outBuffer out = {into, room, 0};
	size_t status = ZSTD_decompressStream(unpack->zstd, &out, &in);

	*input = str_sub(*input, in.pos, input->len);
	if (ZSTD_isError(status)) {
		unpack->broken = ZSTD_getErrorName(status);
		unpack->too_large = ZSTD_getErrorCode(status) ==
		    ZSTD_error_frameParameter_windowTooLarge;
	}
	if (status == 0)
		unpack->inside = false;
	return out.pos;
}

/*
 * Between two members: another one may begin, or zeros up to the end. False when there is nothing to unpack, or
 * something that should not be there.
 */
static bool begin_member(struct unpack *unpack, struct str *input)
{
	if (unpack->begun && unpack->packing == PACKED_GZIP)
		for (; input->len && input->ptr[0] == 0; *input = str_sub(*input, 1, input->len))
			unpack->padding = true;
	if (!input->len)
		return false;
	if (unpack->padding ||
	    (unpack->begun && unpack->packing == PACKED_GZIP && (uint8_t)input->ptr[0] != 0x1F))
		unpack->broken = "something else follows its end";
	else if (unpack->begun && unpack->packing == PACKED_ZLIB)
		unpack->broken = "something follows its end";
	unpack->begun = unpack->inside = true;
	return !unpack->broken;
}

size_t unpack_run(struct unpack *unpack, struct str *input, char *into, size_t room)
{
	size_t made = 0;

	while (!unpack->broken && made < room) {
		size_t before = input->len;
		size_t part;

		if (!unpack->inside && !begin_member(unpack, input))
			break;
		part = unpack->packing == PACKED_ZSTD
		    ? run_zstd(unpack, input, into + made, room - made)
		    : run_zlib(unpack, input, into + made, room - made);
		made += part;
		if (!part && input->len == before && unpack->inside)
			break;
	}
	return made;
}

const char *unpack_broken(const struct unpack *unpack)
{
	return unpack->broken;
}

bool unpack_too_large(const struct unpack *unpack)
{
	return unpack->too_large;
}

bool unpack_ended(const struct unpack *unpack)
{
	return unpack->begun && !unpack->inside && !unpack->broken;
}

bool unpack_begun(const struct unpack *unpack)
{
	return unpack->begun;
}
