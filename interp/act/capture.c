/* SPDX-License-Identifier: Apache-2.0 */
#include "act/capture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"

enum { FIRST_CAPACITY = 4096 };

void capture_init(struct capture *capture, int64_t bound)
{
	size_t half = bound < 2 ? 1 : (size_t)bound / 2;

	*capture = (struct capture){.bound = half * 2, .half = half};
}

void capture_done(struct capture *capture)
{
	free(capture->bytes);
	digest_free(capture->middle);
	*capture = (struct capture){.bound = capture->bound, .half = capture->half};
}

static void make_room(struct capture *capture, size_t wanted)
{
	size_t capacity = capture->capacity ? capture->capacity : FIRST_CAPACITY;

	if (wanted <= capture->capacity)
		return;
	while (capacity < wanted)
		capacity *= 2;
	if (capacity > capture->bound)
		capacity = capture->bound;
	capture->bytes = mem_realloc(capture->bytes, capacity);
	capture->capacity = capacity;
}

/* Where the next byte goes in the ring; equally where its oldest byte is, once it has gone round. */
static size_t ring_at(const struct capture *capture)
{
	return ((size_t)capture->size - capture->half) % capture->half;
}

/* Takes the oldest len bytes (at most all) of the full ring into the digest, before they are overwritten. */
static void lose_oldest(struct capture *capture, size_t len)
{
	const char *ring = capture->bytes + capture->half;
	size_t at = ring_at(capture);
	size_t first = len < capture->half - at ? len : capture->half - at;

	digest_add(capture->middle, ring + at, first);
	digest_add(capture->middle, ring, len - first);
}

/* Appends to the full ring. */
static void roll(struct capture *capture, struct str bytes)
{
	char *ring = capture->bytes + capture->half;
	size_t half = capture->half;
	size_t first;
	size_t at;

	lose_oldest(capture, bytes.len < half ? bytes.len : half);
	if (bytes.len > half) {
		size_t passing = bytes.len - half;

		digest_add(capture->middle, bytes.ptr, passing);
		capture->size += (int64_t)passing;
		bytes = str_sub(bytes, passing, half);
	}
	at = ring_at(capture);
	first = bytes.len < half - at ? bytes.len : half - at;
	memcpy(ring + at, bytes.ptr, first);
	memcpy(ring, bytes.ptr + first, bytes.len - first);
	capture->size += (int64_t)bytes.len;
}

void capture_add(struct capture *capture, struct str bytes)
{
	if ((size_t)capture->size < capture->bound && bytes.len) {
		size_t room = capture->bound - (size_t)capture->size;
		size_t part = bytes.len < room ? bytes.len : room;

		make_room(capture, (size_t)capture->size + part);
		memcpy(capture->bytes + capture->size, bytes.ptr, part);
		capture->size += (int64_t)part;
		bytes = str_sub(bytes, part, bytes.len);
	}
	if (bytes.len == 0)
		return;
	if (!capture->middle)
		capture->middle = digest_new();
	roll(capture, bytes);
}

static void reverse(char *bytes, size_t len)
{
	for (size_t i = 0, j = len; i + 1 < j; i++) {
		char byte = bytes[i];

		bytes[i] = bytes[--j];
		bytes[j] = byte;
	}
}

/* Turns the ring so that its oldest byte comes first. */
static void unroll(struct capture *capture)
{
	char *ring = capture->bytes + capture->half;
	size_t at = ring_at(capture);

	reverse(ring, at);
	reverse(ring + at, capture->half - at);
	reverse(ring, capture->half);
}

const struct value *capture_value(struct capture *capture, struct arena *arena)
{
	struct clip *clip = arena_alloc(arena, sizeof(*clip));
	struct str text = {capture->bytes, (size_t)capture->size};
	char hex[DIGEST_HEX + 1];

	clip->size = capture->size;
	if (capture->middle) {
		unroll(capture);
		clip->head = (struct str){capture->bytes, capture->half};
		clip->tail = (struct str){capture->bytes + capture->half, capture->half};
		digest_hex(capture->middle, hex);
		clip->middle_sha256 = arena_str(arena, str_from(hex));
		text = (struct str){0};
	} else {
		clip->whole = true;
		clip->head = text;
		clip->tail = text;
	}
	if (capture->bytes)
		arena_defer(arena, free, capture->bytes);
	capture->bytes = NULL;
	capture_done(capture);
	return value_stream(arena, text, clip);
}
