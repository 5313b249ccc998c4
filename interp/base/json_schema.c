/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_schema.h"

#include <stdio.h>

void json_schema_ref(struct json *json, const char *name)
{
	char target[96];

	snprintf(target, sizeof(target), "#/$defs/%.80s", name);
	json_put_text(json, "$ref", target);
}

void json_schema_words(struct json *json, const char *const *names)
{
	json_key(json, "enum");
	json_open_list(json);
	for (size_t i = 0; names[i]; i++)
		json_text(json, names[i]);
	json_close_list(json);
}
