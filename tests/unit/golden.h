/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_GOLDEN_H
#define UNIT_GOLDEN_H

#include <stdio.h>
#include <stdlib.h>

#include "base/source.h"

/* Holds a text against the file tests/unit/FOLDER/golden/NAME; UPDATE=1 writes that anew. Behind cmocka.h. */
static inline void golden_in(const char *folder, const char *name, struct str text)
{
	char path[512];
	struct source *wanted;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/unit/%s/golden/%s", SOURCE_DIR, folder, name);
	if (getenv("UPDATE")) {
		file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
		assert_int_equal(fclose(file), 0);
		return;
	}
	wanted = source_read(path);
	assert_non_null(wanted);
	if (!str_eq(text, (struct str){wanted->bytes, wanted->len}))
		fail_msg("%s wants something else than\n%.*s", path, STR_ARG(text));
	source_free(wanted);
}

#endif
