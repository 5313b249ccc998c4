/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/talk.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "stdlib/watch.h"

/* Saying (say.len is what is left of it), then hearing. */
struct talk {
	struct talk **slot;
	struct watch *watch;
	int fd;
	struct str say;
	enum heard (*judge)(void *self, struct str text);
	talk_done *done;
	void *self;
	size_t len;
	char text[TALK_MAX];
};

struct str talk_text(const struct talk *talk)
{
	return (struct str){talk->text, talk->len};
}

/* The last thing that touches the talk. */
static void end(struct talk *talk, enum talk_end how, int error)
{
	*talk->slot = NULL;
	watch_free(talk->watch);
	talk->done(talk->self, how, talk_text(talk), error);
	free(talk);
}

static void say(struct talk *talk)
{
	ssize_t sent = send(talk->fd, talk->say.ptr, talk->say.len, MSG_NOSIGNAL);

	if (sent >= 0) {
		talk->say = str_sub(talk->say, (size_t)sent, talk->say.len);
		watch_for(talk->watch, talk->say.len ? UV_WRITABLE : UV_READABLE);
	} else if (errno != EAGAIN && errno != EINTR) {
		end(talk, TALK_BROKEN, errno);
	}
}

static void hear(struct talk *talk)
{
	ssize_t got = recv(talk->fd, talk->text + talk->len, TALK_MAX - talk->len, 0);
	enum heard heard;

	if (got < 0) {
		if (errno != EAGAIN && errno != EINTR)
			end(talk, TALK_BROKEN, errno);
		return;
	}
	if (got == 0) {
		end(talk, TALK_CLOSED, 0);
		return;
	}
	talk->len += (size_t)got;
	heard = talk->judge(talk->self, talk_text(talk));
	if (heard != HEARD_PART)
		end(talk, heard == HEARD_ALL ? TALK_HEARD : TALK_WRONG, 0);
	else if (talk->len == TALK_MAX)
		end(talk, TALK_FULL, 0);
}

/* What is wrong with the descriptor shows at the next call. */
static void seen(void *self, int events, bool failed)
{
	struct talk *talk = self;

	(void)events;
	(void)failed;
	if (talk->say.len)
		say(talk);
	else
		hear(talk);
}

void talk_start(struct talk **slot, struct loop *loop, int fd, struct str say,
    enum heard (*judge)(void *self, struct str text), talk_done *done, void *self)
{
	struct talk *talk = mem_alloc(sizeof(*talk));

	talk->slot = slot;
	talk->fd = fd;
	talk->say = say;
	talk->judge = judge;
	talk->done = done;
	talk->self = self;
	talk->watch = watch_new(loop, fd, seen, talk);
	*slot = talk;
	watch_for(talk->watch, say.len ? UV_WRITABLE : UV_READABLE);
}

void talk_cancel(struct talk **slot)
{
	struct talk *talk = *slot;

	if (!talk)
		return;
	*slot = NULL;
	watch_free(talk->watch);
	free(talk);
}
