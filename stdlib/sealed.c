/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/sealed.h"

#include "base/buf.h"

bool sealed_within(const struct value *sealed)
{
	if (!sealed)
		return false;
	if (sealed->type == VALUE_LIST)
		for (size_t i = 0; i < sealed->list.count; i++)
			if (sealed_within(sealed->list.items[i]))
				return true;
	if (sealed->type == VALUE_MAP)
		for (size_t i = 0; i < sealed->map.count; i++)
			if (sealed_within(sealed->map.entries[i].value))
				return true;
	return sealed->type == VALUE_SECRET;
}

struct str sealed_text(struct arena *arena, const struct value *sealed)
{
	struct str text;
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	if (sealed->type == VALUE_SECRET) {
		for (size_t i = 0; i < sealed->secret.count; i++) {
			const struct secret_part *part = &sealed->secret.parts[i];

			buf_printf(&buf, part->is_secret ? "${{ secrets.%.*s }}" : "%.*s",
			    STR_ARG(part->text));
		}
	} else {
		value_show(sealed, &buf);
	}
	text = arena_str(arena, buf_view(&buf));
	buf_done(&buf);
	return text;
}
