/* SPDX-License-Identifier: Apache-2.0 */
#include "run/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "record/codec.h"
#include "run/control_line.h"
#include "run/control_socket.h"
#include "run/peer.h"

enum { BACKLOG = 64, PIECE = 4096 };

struct peer {
	uv_pipe_t pipe;
	struct control *control;
	struct peer *next;
	struct peer **link; /* what leads to it */
	const char *name; /* whose process it is */
	struct arena *arena;
	const struct value *person; /* likewise, as people are told apart */
	struct buf heard; /* what is no whole line yet */
};

struct control {
	uv_pipe_t server;
	struct control_options options;
	int folder;
	struct peer *peers;
	size_t count;
	bool waiting; /* one that there was no place for */
	char piece[PIECE];
};

static void admit(struct control *control);

static void hang_up(struct peer *peer)
{
	struct control *control = peer->control;

	*peer->link = peer->next;
	if (peer->next)
		peer->next->link = peer->link;
	control->count--;
	buf_done(&peer->heard);
	arena_free(peer->arena);
	loop_close((uv_handle_t *)&peer->pipe, peer);
}

/* False when it is not taken at once: who does not read is not told. */
static bool answer(struct peer *peer, const struct control_answer *with)
{
	struct buf line;
	uv_buf_t piece;
	bool taken;

	buf_init(&line, BUF_UNBOUNDED);
	control_put_answer(&line, with);
	piece = uv_buf_init(line.ptr, (unsigned)line.len);
	taken = uv_try_write((uv_stream_t *)&peer->pipe, &piece, 1) == (int)line.len;
	buf_done(&line);
	return taken;
}

static bool refuse(struct peer *peer, struct str why)
{
	const struct control_answer refusal = {.why = why};

	return answer(peer, &refusal);
}

/* "alice on /dev/pts/3" */
static struct str who_is(
    const struct peer *peer, struct arena *arena, const struct control_request *request)
{
	if (!request->terminal.len)
		return arena_printf(arena, "%s, without a terminal", peer->name);
	return arena_printf(arena, "%s on %.*s", peer->name, STR_ARG(request->terminal));
}

/* Appends a note; what became of it is in the answer, or a sentence in why. */
static bool take_note(struct peer *peer, struct arena *arena, const struct control_request *request,
    struct control_answer *taken, struct buf *why)
{
	const struct control_options *options = &peer->control->options;
	const struct redactor *redactor = secrets_redactor(options->secrets);
	struct message note = {.type = MESSAGE_NOTE};
	struct str text;

	if (!control_note_fits(request->text, why))
		return false;
	text = str_trim(request->text);
	note.note.who = redact_text(redactor, arena, who_is(peer, arena, request));
	note.note.text = redact_text(redactor, arena, text);
	if (!message_fits(&note)) {
		buf_text(why, "with its secrets masked the note is too long");
	} else if (engine_is_over(options->engine)) {
		buf_text(why, "the run is over, notes are taken only while it goes on");
	} else if (!engine_aside_now(options->engine, &note)) {
		buf_printf(why, "the note could not be recorded: %s",
		    engine_record_error(options->engine));
	} else {
		*taken = (struct control_answer){
		    .ok = true,
		    .line = note.seq + 1,
		    .masked = !str_eq(text, note.note.text),
		};
		return true;
	}
	return false;
}

/* Hands an answer to whoever asks, likewise. */
static bool take_answer(struct peer *peer, struct arena *arena,
    const struct control_request *request, struct control_answer *taken, struct buf *why)
{
	const struct control_options *options = &peer->control->options;
	struct message message = {.type = MESSAGE_ANSWERED};

	message.answered.id = request->id;
	message.answered.answer = request->approved ? ANSWER_APPROVED : ANSWER_DENIED;
	message.answered.digest = request->digest;
	message.answered.who = redact_text(
	    secrets_redactor(options->secrets), arena, who_is(peer, arena, request));
	message.answered.person = peer->person;
	if (engine_is_over(options->engine) || !options->answers.take) {
		buf_text(why, "nothing is asked here");
		return false;
	}
	if (!options->answers.take(options->answers.self, &message, why))
		return false;
	*taken = (struct control_answer){.ok = true, .line = message.seq + 1};
	return true;
}

static bool take(struct peer *peer, struct arena *arena, struct str line,
    struct control_answer *taken, struct buf *why)
{
	struct control_request request;

	if (!control_get_request(arena, line, &request, why))
		return false;
	if (request.what == CONTROL_DO_NOTE)
		return take_note(peer, arena, &request, taken, why);
	return take_answer(peer, arena, &request, taken, why);
}

static bool take_line(struct peer *peer, struct str line)
{
	struct arena *arena = arena_new();
	struct control_answer taken;
	struct buf why;
	bool told;

	buf_init(&why, BUF_UNBOUNDED);
	if (take(peer, arena, line, &taken, &why))
		told = answer(peer, &taken);
	else
		told = refuse(peer, buf_view(&why));
	buf_done(&why);
	arena_free(arena);
	return told;
}

/* Whole lines are answered; false when the connection is of no use any more. */
static bool take_lines(struct peer *peer)
{
	for (;;) {
		const char *newline = peer->heard.len
		    ? memchr(peer->heard.ptr, '\n', peer->heard.len)
		    : NULL;
		size_t len = newline ? (size_t)(newline - peer->heard.ptr) : 0;

		if (!newline && peer->heard.len < CONTROL_LINE)
			return true;
		if (!newline || len >= CONTROL_LINE) {
			refuse(peer, STR("the line is too long"));
			return false;
		}
		if (!take_line(peer, str_sub(buf_view(&peer->heard), 0, len)))
			return false;
		buf_consume(&peer->heard, len + 1);
	}
}

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_room)
{
	struct control *control = ((struct peer *)handle)->control;

	(void)wanted;
	*ret_room = uv_buf_init(control->piece, PIECE);
}

static void heard(uv_stream_t *stream, ssize_t got, const uv_buf_t *room)
{
	struct peer *peer = (struct peer *)stream;
	struct control *control = peer->control;

	if (got > 0)
		buf_append(&peer->heard, room->base, (size_t)got);
	if (got < 0 || !take_lines(peer)) {
		hang_up(peer);
		admit(control);
	}
}

/* Who it is; false when that is nobody who is heard. */
static bool identify(struct peer *peer)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	uv_os_fd_t fd;
	bool own;

	if (uv_fileno((const uv_handle_t *)&peer->pipe, &fd) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
		return false;
	own = credentials.uid == geteuid();
	if (!own && credentials.uid != 0)
		return false;
	peer->name = own ? peer->control->options.user : "root";
	peer->person = peer_person(peer->arena, credentials.uid, credentials.pid);
	return true;
}

/* Takes the one that waits, if there is a place for it. */
static void admit(struct control *control)
{
	struct peer *peer;

	if (!control->waiting || control->count >= CONTROL_PEERS)
		return;
	control->waiting = false;
	peer = mem_alloc(sizeof(*peer));
	peer->control = control;
	peer->arena = arena_new();
	buf_init(&peer->heard, CONTROL_LINE + PIECE);
	peer->next = control->peers;
	peer->link = &control->peers;
	if (peer->next)
		peer->next->link = &peer->next;
	control->peers = peer;
	control->count++;
	uv_pipe_init(&control->options.loop->uv, &peer->pipe, 0);
	if (uv_accept((uv_stream_t *)&control->server, (uv_stream_t *)&peer->pipe) != 0) {
		hang_up(peer);
		return;
	}
	if (!identify(peer)) {
		refuse(peer, STR("only root and the user who runs it are heard"));
		hang_up(peer);
	} else {
		uv_read_start((uv_stream_t *)&peer->pipe, give_room, heard);
	}
}

static void arrived(uv_stream_t *server, int status)
{
	struct control *control = (struct control *)server;

	if (status != 0)
		return;
	control->waiting = true;
	admit(control);
}

struct control *control_new(const struct control_options *options, struct buf *error)
{
	int folder = control_folder(options->dir);
	int fd = -1;
	struct control *control;
	int failed;

	if (folder < 0)
		buf_text(error, strerror(errno));
	else
		fd = control_bind(folder, error);
	if (fd < 0) {
		if (folder >= 0)
			close(folder);
		return NULL;
	}
	control = mem_alloc(sizeof(*control));
	control->options = *options;
	control->folder = folder;
	uv_pipe_init(&options->loop->uv, &control->server, 0);
	failed = uv_pipe_open(&control->server, fd);
	if (failed)
		close(fd);
	else
		failed = uv_listen((uv_stream_t *)&control->server, BACKLOG, arrived);
	if (!failed)
		return control;
	buf_text(error, uv_strerror(failed));
	control_free(control);
	return NULL;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	control_unbind(control->folder);
	close(control->folder);
	while (control->peers)
		hang_up(control->peers);
	loop_close((uv_handle_t *)&control->server, control);
}
