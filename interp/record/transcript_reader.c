/* SPDX-License-Identifier: Apache-2.0 */
#include "record/transcript_reader.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"
#include "record/output_store.h"

enum { READ_SIZE = 256 << 10, WHY_MAX = 8192, LOST_LINES = 1 << 20 };

/* What stands next in the file. Each text holds its newline. */
enum piece {
	PIECE_LINE,
	PIECE_LONG, /* a part of a line that is too long */
	PIECE_LONG_END, /* its last part */
	PIECE_OPEN, /* the end of the file, without a newline */
	PIECE_NONE
};

struct reader {
	int fd; /* -1: all of the text is in the window */
	struct buf window;
	size_t at; /* where in the window the next piece begins */
	bool eof;
	bool in_long;
	bool follow; /* the end of the file is not the end */

	struct digest *digest;
	struct output_store *outputs; /* or NULL */
	bool (*wanted)(enum message_type type); /* or NULL: all are */
	bool finished; /* run.finished was read */
	bool sealed;
	bool over; /* the report is complete */
	struct buf why;
	struct buf signature;
	struct transcript_report report;
};

const char *const transcript_state_names[] = {
    "sealed", "incomplete", "torn", "damaged", "unreadable", "unsigned", NULL};

static struct reader *reader_new(int fd)
{
	struct reader *reader = mem_alloc(sizeof(*reader));

	reader->fd = fd;
	reader->digest = digest_new();
	buf_init(&reader->window, BUF_UNBOUNDED);
	buf_init(&reader->why, WHY_MAX);
	buf_init(&reader->signature, TRANSCRIPT_LINE);
	reader->report.state = TRANSCRIPT_INCOMPLETE;
	memcpy(reader->report.last_sha256, transcript_origin, sizeof(transcript_origin));
	return reader;
}

struct reader *reader_open(const char *path, struct buf *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us up */
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0) {
		buf_printf(error, "cannot open %s: %s", path, strerror(errno));
	} else if (!S_ISREG(status.st_mode)) {
		buf_printf(error, "cannot open %s: it is no regular file", path);
	} else {
		return reader_new(fd);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

struct reader *reader_open_text(struct str text)
{
	struct reader *reader = reader_new(-1);

	reader->window.ptr = (char *)(uintptr_t)text.ptr; /* borrowed: never changed, never freed */
	reader->window.len = text.len;
	reader->eof = true;
	return reader;
}

void reader_free(struct reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0) {
		close(reader->fd);
		buf_done(&reader->window);
	}
	digest_free(reader->digest);
	output_store_free(reader->outputs);
	buf_done(&reader->why);
	buf_done(&reader->signature);
	free(reader);
}

void reader_keep_outputs(struct reader *reader)
{
	if (!reader->outputs)
		reader->outputs = output_store_new();
}

void reader_only(struct reader *reader, bool (*wanted)(enum message_type type))
{
	assert(!reader->outputs);
	reader->wanted = wanted;
}

void reader_follow(struct reader *reader, bool follow)
{
	assert(reader->fd >= 0);
	reader->follow = follow;
}

/* Ends the reading with a sentence. */
static void end_with(struct reader *reader, enum transcript_state state, int64_t line)
{
	buf_byte(&reader->why, '\0');
	reader->report.state = state;
	reader->report.line = line;
	reader->report.why = reader->why.ptr;
	reader->over = true;
}

static void damaged(struct reader *reader, int64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void damaged(struct reader *reader, int64_t line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(&reader->why, format, args);
	va_end(args);
	end_with(reader, TRANSCRIPT_DAMAGED, line);
}

/* Reads on; false when reading failed. */
static bool fill(struct reader *reader)
{
	char *end;
	ssize_t len;

	buf_consume(&reader->window, reader->at);
	reader->at = 0;
	end = buf_reserve(&reader->window, READ_SIZE);
	do
		len = read(reader->fd, end, READ_SIZE);
	while (len < 0 && errno == EINTR);
	if (len < 0) {
		buf_printf(&reader->why, "cannot read it: %s", strerror(errno));
		end_with(reader, TRANSCRIPT_UNREADABLE, 0);
		return false;
	}
	buf_added(&reader->window, (size_t)len);
	reader->eof = len == 0;
	return true;
}

/* The next piece, valid until the call after; PIECE_NONE too when reading failed. */
static enum piece next_piece(struct reader *reader, struct str *ret_text)
{
	for (;;) {
		struct str rest = str_sub(buf_view(&reader->window), reader->at, SIZE_MAX);
		size_t bound = rest.len < TRANSCRIPT_LINE ? rest.len : TRANSCRIPT_LINE;
		const char *newline = bound ? memchr(rest.ptr, '\n', bound) : NULL;
		enum piece piece = PIECE_LINE;
		size_t len = bound;

		if (newline) {
			len = (size_t)(newline - rest.ptr) + 1;
			piece = reader->in_long ? PIECE_LONG_END : PIECE_LINE;
			reader->in_long = false;
		} else if (rest.len >= TRANSCRIPT_LINE) {
			piece = PIECE_LONG;
			reader->in_long = true;
		} else if (!reader->eof) {
			if (!fill(reader))
				return PIECE_NONE;
			continue;
		} else {
			piece = rest.len ? PIECE_OPEN : PIECE_NONE;
		}
		*ret_text = str_sub(rest, 0, len);
		reader->at += len;
		return piece;
	}
}

static struct str without_newline(struct str text)
{
	return str_sub(text, 0, text.len - 1);
}

/*
 * What follows the last valid line is no valid line. It is a torn tail when no valid line comes behind it, and the run
 * was still on its way: damage otherwise.
 */
static void end_behind(struct reader *reader, enum piece piece, struct str text, struct str why)
{
	struct transcript_report *report = &reader->report;
	struct arena *arena = arena_new();
	bool torn = report->lines > 0 && !reader->finished;
	int64_t line = report->lines + 1;
	int64_t bytes = 0;
	bool first = true;

	buf_str(&reader->why, why);
	for (; piece != PIECE_NONE; piece = next_piece(reader, &text), first = false) {
		struct line good;

		bytes += (int64_t)text.len;
		digest_add(reader->digest, text.ptr, text.len);
		torn = torn && piece != PIECE_LONG_END;
		if (torn && piece == PIECE_LINE && !first) {
			arena_reset(arena);
			torn = !message_decode(arena, without_newline(text), NULL, &good, &why);
		}
	}
	arena_free(arena);
	if (reader->over) /* reading failed */
		return;
	if (!torn) {
		end_with(reader, TRANSCRIPT_DAMAGED, line);
		return;
	}
	digest_hex(reader->digest, report->torn_sha256);
	report->torn_bytes = bytes;
	report->state = TRANSCRIPT_TORN;
	reader->over = true;
}

/* The next call reads on behind the last valid line. */
static void pause_there(struct reader *reader)
{
	buf_clear(&reader->window);
	reader->at = 0;
	reader->eof = false;
	if (lseek(reader->fd, reader->report.size, SEEK_SET) < 0) {
		buf_printf(&reader->why, "cannot read on in it: %s", strerror(errno));
		end_with(reader, TRANSCRIPT_UNREADABLE, 0);
	}
}

static void end_of_file(struct reader *reader)
{
	if (reader->sealed) {
		reader->report.state = TRANSCRIPT_SEALED;
		reader->over = true;
	} else if (reader->finished) {
		damaged(reader, reader->report.lines + 1,
		    "the run has finished, but its seal is missing");
	} else {
		reader->report.state = TRANSCRIPT_INCOMPLETE;
		reader->over = true;
	}
}

/* A seal is written in one way only, so that no byte of it can be changed. */
static bool is_canonical(const struct line *line, struct str text)
{
	struct buf again;
	bool same;

	buf_init(&again, TRANSCRIPT_LINE);
	same = line->known && message_encode(&line->message, line->prev.ptr, &again) &&
	    str_eq(buf_view(&again), text);
	buf_done(&again);
	return same;
}

/* Whether a valid line stands where it belongs; else the transcript is damaged. */
static bool is_in_place(struct reader *reader, const struct line *line, struct str text)
{
	const struct transcript_report *report = &reader->report;
	const struct message *message = &line->message;
	long long number = report->lines + 1;

	if (!str_is(line->prev, report->last_sha256)) {
		if (report->lines == 0)
			damaged(
			    reader, number, "prev is not 64 zeros, as the first line's must be");
		else
			damaged(reader, number, "prev does not match the SHA-256 of line %lld",
			    number - 1);
	} else if (message->seq != report->lines) {
		damaged(reader, number, "seq is %lld, not %lld", (long long)message->seq,
		    (long long)report->lines);
	} else if ((report->lines == 0) != (message->type == MESSAGE_RUN_STARTED)) {
		damaged(
		    reader, number, "run.started must be the first line, and stand nowhere else");
	} else if (message->type != MESSAGE_SEAL && message->t_us < report->last_t_us) {
		damaged(reader, number, "t_us goes back from %lld to %lld",
		    (long long)report->last_t_us, (long long)message->t_us);
	} else if (message->type == MESSAGE_SEAL && !reader->finished) {
		damaged(reader, number, "it is a seal, but the run has not finished");
	} else if (message->type == MESSAGE_SEAL && !is_canonical(line, text)) {
		damaged(reader, number, "the seal is not written as a seal must be");
	}
	return !reader->over;
}

/* What is told of signatures at both ends. */
static void take_signature(struct reader *reader, const struct line *line)
{
	struct transcript_report *report = &reader->report;
	const struct message *message = &line->message;

	if (!line->known)
		return;
	if (message->type == MESSAGE_RUN_STARTED)
		report->rehearsal = message->run_started.rehearsal != NULL;
	if (message->type == MESSAGE_RUN_STARTED && message->run_started.signer.len == DIGEST_HEX)
		memcpy(report->signer, message->run_started.signer.ptr, DIGEST_HEX);
	if (message->type == MESSAGE_RUN_RESUMED && message->run_resumed.signer.len == DIGEST_HEX)
		memcpy(report->signer, message->run_resumed.signer.ptr, DIGEST_HEX);
	if (message->type == MESSAGE_SEAL) {
		memcpy(report->sealed_sha256, line->prev.ptr, DIGEST_HEX);
		buf_str(&reader->signature, message->seal.signature);
		report->signature = buf_view(&reader->signature);
	}
}

/*
 * Operations are numbered as they begin, each by a line of its own, but for lines that could not be recorded. Whoever
 * reads a record keeps them by their numbers, and trusts that there are not many more of them than lines.
 */
static bool is_beyond(const struct message *message)
{
	return message->type == MESSAGE_START && message->start.op > message->seq + LOST_LINES;
}

/* Counts a line that is in its place. */
static void take(struct reader *reader, struct line *line, struct str text)
{
	struct transcript_report *report = &reader->report;
	const struct message *message = &line->message;

	if (line->known && message->type == MESSAGE_RUN_STARTED &&
	    message->run_started.format != TRANSCRIPT_FORMAT) {
		line->known = false;
		line->why = STR("the format is not known to this version");
	}
	if (line->known && is_beyond(message)) {
		line->known = false;
		line->why = STR(
		    "its operation has a number that is too high for what stands before it");
	}
	take_signature(reader, line);
	report->lines++;
	report->unknown += !line->known && line->class != CLASS_ASIDE;
	report->size += (int64_t)text.len;
	if (message->type != MESSAGE_SEAL) {
		report->last_at_us = message->at_us;
		report->last_t_us = message->t_us;
	}
	digest_add(reader->digest, text.ptr, text.len);
	digest_hex(reader->digest, report->last_sha256);
	reader->finished = reader->finished || message->type == MESSAGE_RUN_FINISHED;
	reader->sealed = message->type == MESSAGE_SEAL;
	if (!reader->outputs || !line->known)
		return;
	if (message->type == MESSAGE_OUTPUT)
		output_store_add(reader->outputs, message);
	else if (message->type == MESSAGE_FINISHED)
		output_store_forget(reader->outputs, message->finished.op);
}

/* Whether nobody wants more of a line than its head, which is told then. What frames a transcript is always read. */
static bool is_skipped(const struct reader *reader, struct str text, struct line *ret_head)
{
	if (!reader->wanted || !message_peek(without_newline(text), ret_head))
		return false;
	switch (ret_head->message.type) {
	case MESSAGE_RUN_STARTED:
	case MESSAGE_RUN_RESUMED:
	case MESSAGE_RUN_FINISHED:
		return false;
	default:
		ret_head->known = true;
		return !reader->wanted(ret_head->message.type);
	}
}

/* Reads one piece. False when that was the last; *ret_given: it is one that is wanted. */
static bool read_piece(
    struct reader *reader, struct arena *arena, struct line *ret_line, bool *ret_given)
{
	struct str why = STR("it is longer than a line may be");
	struct str text;
	struct line line;
	enum piece piece = next_piece(reader, &text);
	bool skipped = false;

	if (reader->follow && !reader->over && !reader->sealed &&
	    (piece == PIECE_NONE || piece == PIECE_OPEN)) {
		pause_there(reader);
		return false;
	}
	if (piece == PIECE_NONE) {
		if (!reader->over)
			end_of_file(reader);
		return false;
	}
	if (reader->sealed) {
		damaged(reader, reader->report.lines + 1, "it stands behind the seal");
		return false;
	}
	if (piece == PIECE_OPEN)
		why = STR("it has no newline");
	if (piece == PIECE_LINE)
		skipped = is_skipped(reader, text, &line);
	if (piece != PIECE_LINE ||
	    (!skipped &&
		!message_decode(arena, without_newline(text), reader->outputs, &line, &why))) {
		end_behind(reader, piece, text, why);
		return false;
	}
	if (!is_in_place(reader, &line, text))
		return false;
	take(reader, &line, text);
	*ret_given = !skipped;
	*ret_line = line;
	return true;
}

bool reader_next(struct reader *reader, struct arena *arena, struct line *ret_line)
{
	bool given = false;

	while (!given && !reader->over)
		if (!read_piece(reader, arena, ret_line, &given))
			return false;
	return given;
}

const struct transcript_report *reader_report(const struct reader *reader)
{
	return &reader->report;
}

static void say_incomplete(const struct transcript_report *report, struct buf *out)
{
	buf_text(out, "incomplete: the run has not finished, or was cut off (");
	if (report->lines == 0)
		buf_text(out, "no line yet");
	else
		buf_printf(out, "%lld line%s, last at ", (long long)report->lines,
		    report->lines == 1 ? "" : "s");
	if (report->lines)
		units_show_time(out, report->last_at_us);
	buf_byte(out, ')');
	if (report->state == TRANSCRIPT_TORN)
		buf_printf(out, "; behind them stand %lld bytes of a torn line, SHA-256 %s",
		    (long long)report->torn_bytes, report->torn_sha256);
}

enum transcript_state reader_verify(struct reader *reader, struct buf *out)
{
	const struct transcript_report *report = &reader->report;
	struct arena *arena = arena_new();
	struct line line;

	while (reader_next(reader, arena, &line))
		arena_reset(arena);
	arena_free(arena);
	if (report->state == TRANSCRIPT_DAMAGED) {
		buf_printf(out, "damaged: line %lld: %s", (long long)report->line, report->why);
	} else if (report->state == TRANSCRIPT_UNREADABLE) {
		buf_text(out, report->why);
	} else if (report->state == TRANSCRIPT_SEALED) {
		buf_printf(
		    out, "sealed: %lld lines, the chain holds, last at ", (long long)report->lines);
		units_show_time(out, report->last_at_us);
	} else {
		say_incomplete(report, out);
	}
	if (report->rehearsal && report->state != TRANSCRIPT_DAMAGED)
		buf_text(out, "; of a rehearsal");
	if (report->unknown)
		buf_printf(out, "; %lld of the lines are of a kind that this version does not know",
		    (long long)report->unknown);
	return report->state;
}
