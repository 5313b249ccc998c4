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

/* The first line that has `word` in it; empty where there is none. */
static struct str line_with(struct str text, struct str word)
{
	ptrdiff_t at = str_find(text, word);
	size_t begin = at < 0 ? 0 : (size_t)at;
	size_t end = begin;

	if (at < 0)
		return STR("");
	while (begin > 0 && text.ptr[begin - 1] != '\n')
		begin--;
	while (end < text.len && text.ptr[end] != '\n' && text.ptr[end] != '\r')
		end++;
	return str_trim(str_sub(text, begin, end));
}

/* What ssh says of a key that is not the known one: that one's place, and the new one's fingerprint. */
static struct str with_key(struct arena *arena, struct str why, struct str err)
{
	struct str known = line_with(err, STR("Offending "));
	struct str sent = line_with(err, STR("SHA256:"));

	while (sent.len && sent.ptr[sent.len - 1] == '.')
		sent.len--;
	if (sent.len)
		why = arena_printf(arena, "%.*s, %.*s", STR_ARG(why), STR_ARG(sent));
	if (known.len)
		why = arena_printf(arena, "%.*s (%.*s)", STR_ARG(why), STR_ARG(known));
	return why;
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
			last = with_key(arena, str_from(troubles[i].why), err);
		break;
	}
	if (!last.len)
		last = last_line(out);
	if (!last.len)
		last = STR("ssh ended without a word");
	*ret_why = arena_str(arena, last);
}
