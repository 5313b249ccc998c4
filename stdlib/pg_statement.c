/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/pg_statement.h"

#include <inttypes.h>

#include "stdlib/pg_value.h"

const char *pg_settings(struct arena *arena, int64_t statement_us, int64_t lock_us, bool local)
{
	const char *scope = local ? "true" : "false";
	struct str statement = {0}, lock = {0};

	if (statement_us)
		statement = arena_printf(arena,
		    ", set_config('statement_timeout', '%" PRId64 "', %s)",
		    (statement_us + 999) / 1000, scope);
	if (lock_us)
		lock = arena_printf(arena, ", set_config('lock_timeout', '%" PRId64 "', %s)",
		    (lock_us + 999) / 1000, scope);
	return arena_printf(arena,
	    "SELECT set_config('timezone', 'UTC', %s), set_config('datestyle', 'ISO', %s), "
	    "set_config('intervalstyle', 'iso_8601', %s), "
	    "CASE WHEN current_setting('client_connection_check_interval', true) IS NOT NULL "
	    "AND version() LIKE '%%linux%%' "
	    "THEN set_config('client_connection_check_interval', '1s', %s) END%.*s%.*s",
	    scope, scope, scope, scope, STR_ARG(statement), STR_ARG(lock))
	    .ptr;
}

bool pg_values_read(struct args *args, const struct value *list, struct pg_statement *statement,
    struct str *ret_why)
{
	const char **values;
	struct str why;

	if (list->list.count > UINT16_MAX) {
		*ret_why = STR("values: PostgreSQL takes no more than 65535");
		return false;
	}
	values = arena_array(args->arena, list->list.count + 1, sizeof(*values));
	for (size_t i = 0; i < list->list.count; i++) {
		if (pg_param(args->arena, list->list.items[i], &values[i], &why))
			continue;
		*ret_why = arena_printf(
		    args->arena, "values: $%zu cannot be sent: %.*s", i + 1, STR_ARG(why));
		return false;
	}
	statement->values = values;
	statement->count = (int)list->list.count;
	return true;
}
