/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cast.h"
#include "view/actual_path.h"
#include "view/rendering.h"

static size_t count(struct str text, const char *needle)
{
	size_t found = 0;
	ptrdiff_t at;

	while ((at = str_find(text, str_from(needle))) >= 0) {
		text = str_sub(text, (size_t)at + 1, text.len);
		found++;
	}
	return found;
}

static void render(const struct cast *cast, bool with_plan, struct buf *out)
{
	const struct rendering_about about = {
	    .plan = with_plan ? cast->load.plan : NULL,
	    .path = "runs/t.jsonl",
	    .state = STR("sealed: 24 lines, the chain holds"),
	    .verified = TRANSCRIPT_SEALED,
	};
	void *page = rendering_html.new(&about);

	for (size_t i = 0; i < cast->count; i++)
		rendering_html.see(page, &cast->items[i]);
	buf_init(out, BUF_UNBOUNDED);
	rendering_html.put(page, out);
	rendering_html.free(page);
}

/* Whatever a run was like, the page is whole, and no text of the record is markup. tests/report reads it in earnest. */
static void test_pages(void **state)
{
	static void (*const casts[])(struct cast *) = {
	    cast_recovered, cast_failed, cast_resumed, cast_hostile};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(casts) / sizeof(*casts); i++) {
		struct cast cast;
		struct buf page;

		casts[i / 2](&cast);
		render(&cast, i % 2, &page);
		assert_true(str_starts(buf_view(&page), STR("<!DOCTYPE html>\n<html ")));
		assert_true(str_ends(buf_view(&page), STR("</body>\n</html>\n")));
		assert_int_equal(count(buf_view(&page), "<script"), 1);
		assert_int_equal(
		    count(buf_view(&page), "<details"), count(buf_view(&page), "</details"));
		assert_int_equal(count(buf_view(&page), "\x1b"), 0);
		assert_int_equal(count(buf_view(&page), "\xE2\x80\xAE"), 0);
		assert_int_equal(count(buf_view(&page), "\xFF"), 0);
		assert_int_equal(count(buf_view(&page), "id=\"h-graph\""), i % 2);
		buf_done(&page);
		cast_done(&cast);
	}
}

struct wanted {
	const char *node;
	int64_t from_s;
	int64_t to_s;
	int64_t people_s;
};

static void check_path(struct cast *cast, const struct wanted *wanted, size_t wanted_count)
{
	struct chronicle *chronicle = chronicle_new(cast->load.plan);
	struct actual_path path;

	for (size_t i = 0; i < cast->count; i++)
		chronicle_see(chronicle, &cast->items[i]);
	chronicle_weigh(chronicle);
	actual_path_init(&path, chronicle);
	for (size_t i = 0; i < path.count; i++) {
		const struct actual_part *part = &path.parts[i];

		assert_true(i < wanted_count);
		assert_true(part->step
			? str_is(chronicle->summary.steps[part->step - 1].node, wanted[i].node)
			: wanted[i].node[0] == '\0');
		assert_int_equal(part->from_t_us, wanted[i].from_s * 1000000);
		assert_int_equal(part->to_t_us, wanted[i].to_s * 1000000);
		assert_int_equal(part->people_us, wanted[i].people_s * 1000000);
		assert_true(!part->step || path.steps[part->step - 1]);
	}
	assert_int_equal(path.count, wanted_count);
	actual_path_done(&path);
	chronicle_free(chronicle);
}

/* The block was asked about before it began; its last step waited for the one before, that for the answer. */
static void test_path(void **state)
{
	static const struct wanted recovered[] = {
	    {"restart", 0, 7, 0},
	    {"restore", 7, 9, 1},
	    {"restore/drop", 9, 13, 0},
	    {"restore/load", 13, 17, 0},
	    {"", 17, 22, 0},
	};
	struct cast cast;

	(void)state;
	cast_recovered(&cast);
	check_path(&cast, recovered, sizeof(recovered) / sizeof(*recovered));
	cast_done(&cast);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pages),
	    cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
