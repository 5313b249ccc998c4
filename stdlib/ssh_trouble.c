/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/ssh_trouble.h"

/* What ssh says, and what helps. */
static const struct {
	const char *says;
	const char *why; /* in place of its last words; NULL: those will do */
	const char *advice;
} troubles[] = {
    {"IDENTIFICATION HAS CHANGED", "its host key is another one than the one that is known",
	"somebody may be in between, or the machine is a new one: find out which before its old "
	"key "
	"is removed (ssh-keygen -R HOST)"},
    {"Host key verification failed", "its host key is not known here",
	"compare what `ssh-keyscan HOST` prints with what the machine's owner says, and put it "
	"into "
	"known_hosts"},
    {"Permission denied", NULL,
	"no key of yours opens it, and nothing is asked for: `ssh-add -l` lists the agent's"},
    {"Could not resolve hostname", NULL, ""},
};

static struct str last_line(struct str text)
{
	ptrdiff_t newline;

	text = str_trim(text);
	while ((newline = str_find(text, STR("\n"))) >= 0)
		text = str_sub(text, (size_t)newline + 1, text.len);
	return str_trim(text);
}

void ssh_trouble(struct arena *arena, struct str err, struct str out, struct str *ret_why,
    struct str *ret_advice)
{
	struct str last = last_line(err);

	*ret_advice = STR("");
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		if (str_find(err, str_from(troubles[i].says)) < 0)
			continue;
		*ret_advice = str_from(troubles[i].advice);
		if (troubles[i].why)
			last = str_from(troubles[i].why);
		break;
	}
	if (!last.len)
		last = last_line(out);
	if (!last.len)
		last = STR("ssh ended without a word");
	*ret_why = arena_str(arena, last);
}
