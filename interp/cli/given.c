/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/given.h"

#include <string.h>

const struct value *given_params(const struct invocation *invocation, const struct runbook *runbook,
    struct arena *arena, struct diags *diags)
{
	struct param_given *given = arena_array(
	    arena, invocation->option_count + 1, sizeof(*given));
	size_t count = 0;

	for (size_t i = 0; i < invocation->option_count; i++) {
		const char *word = invocation->options[i].value;
		const char *equals;

		if (invocation->options[i].option->letter != 'p')
			continue;
		equals = strchr(word, '=');
		if (!equals) {
			complain("-p wants NAME=VALUE, not %s", word);
			return NULL;
		}
		given[count++] = (struct param_given){
		    {word, (size_t)(equals - word)}, str_from(equals + 1)};
	}
	return model_params(arena, runbook, given, count, diags);
}
