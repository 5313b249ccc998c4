/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/person.h"

/* What stands for a number that is not there. */
enum { UNKNOWN = -1 };

static int64_t number_of(const struct value *person, const char *key)
{
	const struct value *number = value_get(person, key);

	return number && number->type == VALUE_INT ? number->integer : UNKNOWN;
}

/* Who somebody is as far as it is known: who logged in, else whose process it is. */
static int64_t identity(const struct value *person)
{
	int64_t login = number_of(person, "login");

	return login == UNKNOWN ? number_of(person, "uid") : login;
}

static bool has_login(const struct value *person)
{
	return number_of(person, "login") != UNKNOWN;
}

/* Neither the user nor a login tells the two apart, but they need not be one person. */
static bool is_unclear(const struct value *a, const struct value *b)
{
	return number_of(a, "uid") == number_of(b, "uid") && !(has_login(a) && has_login(b));
}

static bool is_person(const struct value *person)
{
	return person && person->type == VALUE_MAP && number_of(person, "uid") != UNKNOWN;
}

static struct str doubt(
    struct arena *arena, const struct value *earlier, const struct value *person)
{
	const struct value *other = value_get(earlier, "person");
	struct str who = value_text(value_get(earlier, "who"));

	if (!is_person(person) || !is_person(other))
		return arena_printf(arena,
		    "%.*s has agreed already, and it is not known who the other is", STR_ARG(who));
	if (is_unclear(person, other))
		return arena_printf(
		    arena, "%.*s has agreed already, and that is the same user", STR_ARG(who));
	if (identity(person) == identity(other))
		return arena_printf(
		    arena, "%.*s has agreed already, and that is the same login", STR_ARG(who));
	return (struct str){0};
}

struct str person_doubt(struct arena *arena, const struct value *agreed, const struct value *person)
{
	struct str why = {0};

	for (size_t i = 0; agreed && i < agreed->list.count && !why.len; i++)
		why = doubt(arena, agreed->list.items[i], person);
	return why;
}
