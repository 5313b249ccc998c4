/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "stdlib/unpack.h"

/* Streams of each kind, fed in pieces of every size into rooms of every size. */

static struct buf plain;

static void pack(struct buf *into, enum packing packing, struct str text)
{
	char *room = buf_reserve(into, text.len + 1000);
	z_stream zlib = {0};

	if (packing == PACKED_ZSTD) {
		buf_added(into, ZSTD_compress(room, text.len + 1000, text.ptr, text.len, 3));
		return;
	}
	assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, packing == PACKED_GZIP ? 31 : 15, 8,
			     Z_DEFAULT_STRATEGY),
	    Z_OK);
	zlib.next_in = (Bytef *)(uintptr_t)text.ptr;
	zlib.avail_in = (uInt)text.len;
	zlib.next_out = (Bytef *)room;
	zlib.avail_out = (uInt)text.len + 1000;
	assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
	buf_added(into, zlib.total_out);
	deflateEnd(&zlib);
}

static void run(
    struct unpack *unpack, struct str packed, size_t piece, size_t room, struct buf *out)
{
	char *into = mem_alloc(room);

	while (packed.len && !unpack_broken(unpack)) {
		struct str part = str_sub(packed, 0, piece);
		size_t made;

		packed = str_sub(packed, part.len, packed.len);
		do {
			made = unpack_run(unpack, &part, into, room);
			buf_append(out, into, made);
		} while (made == room);
		assert_true(part.len == 0 || unpack_broken(unpack));
	}
	free(into);
}

static void unpacks_in_pieces(void **state)
{
	static const enum packing kinds[] = {PACKED_GZIP, PACKED_ZSTD, PACKED_ZLIB};
	static const size_t sizes[] = {1, 7, 1000, 1 << 20};

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		struct unpack *unpack = unpack_new(kinds[k]);
		struct buf packed, out;

		buf_init(&packed, BUF_UNBOUNDED);
		buf_init(&out, BUF_UNBOUNDED);
		pack(&packed, kinds[k], buf_view(&plain));
		for (size_t i = 0; i < 16; i++) {
			assert_false(unpack_begun(unpack));
			run(unpack, buf_view(&packed), sizes[i % 4], sizes[i / 4], &out);
			assert_true(unpack_ended(unpack));
			assert_true(str_eq(buf_view(&out), buf_view(&plain)));
			buf_clear(&out);
			unpack_reset(unpack);
		}
		run(unpack, str_sub(buf_view(&packed), 0, packed.len - 1), 100, 100, &out);
		assert_false(unpack_ended(unpack));
		assert_null(unpack_broken(unpack));
		unpack_free(unpack);
		buf_done(&packed);
		buf_done(&out);
	}
}

static void knows_what_follows(void **state)
{
	static const struct {
		enum packing packing;
		struct str more;
		bool ends;
	} cases[] = {
	    {PACKED_GZIP, {"\0\0\0", 3}, true},
	    {PACKED_GZIP, {"\0\0x", 3}, false},
	    {PACKED_GZIP, {"rubbish", 7}, false},
	    {PACKED_ZSTD, {"rubbish", 7}, false},
	    {PACKED_ZSTD, {"\x50\x2A\x4D\x18\x02\0\0\0ab", 10}, true}, /* a frame to be skipped */
	    {PACKED_ZLIB, {"x", 1}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct unpack *unpack = unpack_new(cases[i].packing);
		struct buf packed, out;

		buf_init(&packed, BUF_UNBOUNDED);
		buf_init(&out, BUF_UNBOUNDED);
		pack(&packed, cases[i].packing, STR("a"));
		if (cases[i].packing != PACKED_ZLIB)
			pack(&packed, cases[i].packing, STR("b"));
		buf_str(&packed, cases[i].more);
		run(unpack, buf_view(&packed), 5, 5, &out);
		assert_int_equal(unpack_ended(unpack), cases[i].ends);
		assert_int_equal(!unpack_broken(unpack), cases[i].ends);
		assert_false(unpack_too_large(unpack));
		unpack_free(unpack);
		buf_done(&packed);
		buf_done(&out);
	}
}

static void tells_them_apart(void **state)
{
	(void)state;
	assert_int_equal(packing_of(STR("\x1F\x8B\x08")), PACKED_GZIP);
	assert_int_equal(packing_of(STR("\x28\xB5\x2F\xFD")), PACKED_ZSTD);
	assert_int_equal(packing_of(STR("\x5F\x2A\x4D\x18")), PACKED_ZSTD);
	assert_int_equal(packing_of(STR("\x1F")), PACKED_NOT);
	assert_int_equal(packing_of(STR("")), PACKED_NOT);
	assert_true(packing_has_checksum(PACKED_ZSTD, STR("\x28\xB5\x2F\xFD\x04")));
	assert_false(packing_has_checksum(PACKED_ZSTD, STR("\x28\xB5\x2F\xFD\x20")));
	assert_true(packing_has_checksum(PACKED_GZIP, STR("")));
	assert_false(packing_has_checksum(PACKED_NOT, STR("")));
}

/* A window of 2 GiB: not ours to give, and no damage. */
static void refuses_a_giant_window(void **state)
{
	struct str packed = {"\x28\xB5\x2F\xFD\0\xA8\x01\0\0", 9};
	struct unpack *unpack = unpack_new(PACKED_ZSTD);
	char into[10];

	(void)state;
	assert_int_equal(unpack_run(unpack, &packed, into, sizeof(into)), 0);
	assert_non_null(unpack_broken(unpack));
	assert_true(unpack_too_large(unpack));
	unpack_free(unpack);
}

static int begin(void **state)
{
	(void)state;
	buf_init(&plain, BUF_UNBOUNDED);
	for (int i = 0; i < 1500; i++)
		buf_printf(&plain, "%d %d\n", i, i * i % 997);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	buf_done(&plain);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unpacks_in_pieces),
	    cmocka_unit_test(knows_what_follows),
	    cmocka_unit_test(tells_them_apart),
	    cmocka_unit_test(refuses_a_giant_window),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
