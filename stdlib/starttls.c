/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/starttls.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

/* Something to say, and the answer that leads on: its last line begins with `last`, those before it with `more`. */
struct step {
	struct str say;
	const char *last;
	const char *more; /* NULL: there are none */
};

static const struct step smtp[] = {
    {{0}, "220 ", "220-"},
    {{"EHLO reprise\r\n", 14}, "250 ", "250-"},
    {{"STARTTLS\r\n", 10}, "220 ", "220-"},
    {{0}, NULL, NULL},
};
static const struct step imap[] = {
    {{0}, "* OK", NULL},
    {{"a STARTTLS\r\n", 12}, "a OK", "* "},
    {{0}, NULL, NULL},
};
static const struct step pop3[] = {
    {{0}, "+OK", NULL},
    {{"STLS\r\n", 6}, "+OK", NULL},
    {{0}, NULL, NULL},
};
/* A request of eight bytes, answered by a single letter without a line's end. */
static const struct step postgres[] = {
    {{"\0\0\0\x08\x04\xd2\x16\x2f", 8}, "S", NULL},
    {{0}, NULL, NULL},
};

const char *const starttls_protocols[] = {"smtp", "imap", "pop3", "postgres", NULL};

/* In the order of the names. */
static const struct step *const dialogues[] = {smtp, imap, pop3, postgres};

struct starttls {
	struct starttls **slot;
	struct loop *loop;
	int fd;
	const struct step *step;
	struct talk *talk;
	talk_done *done;
	void *self;
};

static enum heard judge(void *self, struct str text)
{
	const struct step *step = ((struct starttls *)self)->step;
	struct str last = str_from(step->last);

	while (text.len && (last.len == 1 || str_find(text, STR("\n")) >= 0)) {
		struct str line;

		str_line(&text, &line);
		if (str_starts(line, last))
			return HEARD_ALL;
		if (!step->more || !str_starts(line, str_from(step->more)))
			return HEARD_WRONG;
	}
	return HEARD_PART;
}

static void say(struct starttls *starttls);

static void talked(void *self, enum talk_end end, struct str text, int error)
{
	struct starttls *starttls = self;
	talk_done *done = starttls->done;
	void *owner = starttls->self;

	starttls->step++;
	if (end == TALK_HEARD && starttls->step->last) {
		say(starttls);
		return;
	}
	*starttls->slot = NULL;
	free(starttls);
	done(owner, end, text, error);
}

static void say(struct starttls *starttls)
{
	talk_start(&starttls->talk, starttls->loop, starttls->fd, starttls->step->say, judge,
	    talked, starttls);
}

void starttls_start(struct starttls **slot, struct loop *loop, int fd, struct str protocol,
    talk_done *done, void *self)
{
	struct starttls *starttls = mem_alloc(sizeof(*starttls));
	size_t at = 0;

	while (starttls_protocols[at] && !str_is(protocol, starttls_protocols[at]))
		at++;
	assert(starttls_protocols[at]);
	*starttls = (struct starttls){.slot = slot,
	    .loop = loop,
	    .fd = fd,
	    .step = dialogues[at],
	    .done = done,
	    .self = self};
	*slot = starttls;
	say(starttls);
}

void starttls_cancel(struct starttls **slot)
{
	struct starttls *starttls = *slot;

	if (!starttls)
		return;
	*slot = NULL;
	talk_cancel(&starttls->talk);
	free(starttls);
}
