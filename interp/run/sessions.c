/* SPDX-License-Identifier: Apache-2.0 */
#include "run/sessions.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

struct shared {
	struct shared *next;
	struct session session;
	char *name;
	struct borrower *holder;
	bool lent; /* the holder knows */
	struct borrower *waiting;
};

struct sessions {
	struct shared *all;
	struct loop_timer *turn;
};

static void lend_all(void *self)
{
	struct sessions *sessions = self;

	for (struct shared *shared = sessions->all; shared; shared = shared->next) {
		if (!shared->holder && shared->waiting) {
			shared->holder = shared->waiting;
			shared->waiting = shared->waiting->next;
			shared->lent = false;
		}
		if (shared->holder && !shared->lent) {
			shared->lent = true;
			shared->holder->lend(shared->holder, &shared->session);
		}
	}
}

struct sessions *sessions_new(struct loop *loop)
{
	struct sessions *sessions = mem_alloc(sizeof(*sessions));

	sessions->turn = loop_timer_new(loop, lend_all, sessions);
	return sessions;
}

void sessions_free(struct sessions *sessions)
{
	if (!sessions)
		return;
	while (sessions->all) {
		struct shared *shared = sessions->all;

		assert(!shared->holder && !shared->waiting);
		sessions->all = shared->next;
		if (shared->session.resource)
			shared->session.close(shared->session.resource);
		free(shared->name);
		free(shared);
	}
	loop_timer_free(sessions->turn);
	free(sessions);
}

static struct shared *find(struct sessions *sessions, struct str name)
{
	struct shared *shared = sessions->all;

	while (shared && !str_is(name, shared->name))
		shared = shared->next;
	if (shared)
		return shared;
	shared = mem_alloc(sizeof(*shared));
	shared->name = mem_strndup(name.ptr, name.len);
	shared->session.name = shared->name;
	shared->next = sessions->all;
	sessions->all = shared;
	return shared;
}

void sessions_lose(struct sessions *sessions, struct str name)
{
	find(sessions, name)->session.lost = true;
}

void sessions_borrow(struct sessions *sessions, struct str name, struct borrower *borrower)
{
	struct borrower **last = &find(sessions, name)->waiting;

	borrower->next = NULL;
	while (*last)
		last = &(*last)->next;
	*last = borrower;
	loop_timer_start(sessions->turn, 0);
}

static bool take_out(struct borrower **link, struct borrower *borrower)
{
	while (*link && *link != borrower)
		link = &(*link)->next;
	if (!*link)
		return false;
	*link = borrower->next;
	return true;
}

void sessions_return(struct sessions *sessions, struct borrower *borrower)
{
	for (struct shared *shared = sessions->all; shared; shared = shared->next) {
		if (shared->holder == borrower) {
			shared->holder = NULL;
			loop_timer_start(sessions->turn, 0);
			return;
		}
		if (take_out(&shared->waiting, borrower))
			return;
	}
}
