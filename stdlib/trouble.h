/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_TROUBLE_H
#define STDLIB_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "act/attempt.h"
#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/*
 * Why an action did not succeed: a class for expressions ("class" in its result) and a sentence for people.
 * A trouble is plain data; its sentence lives in the arena it was made in.
 */
enum trouble_class {
	TROUBLE_NONE, /* "": nothing went wrong on the way */
	TROUBLE_RESOLVE, /* the name has no address */
	TROUBLE_REFUSED, /* nobody listens there */
	TROUBLE_UNREACHABLE, /* no way leads there */
	TROUBLE_TIMEOUT, /* no answer in time */
	TROUBLE_TLS, /* no trusted, encrypted channel */
	TROUBLE_AUTH, /* the server does not accept these credentials */
	TROUBLE_UNREADY, /* the server is there and serves nobody now: it starts, stops, recovers or loads */
	TROUBLE_PROTOCOL, /* what answers does not speak the protocol */
	TROUBLE_SERVER, /* the server answered with an error or went away */
	TROUBLE_LIMIT, /* the answer is larger than allowed */
	TROUBLE_CANCELLED, /* we ended it before it was done */
	TROUBLE_MISSING, /* there is no such file */
	TROUBLE_PERMISSION, /* we may not, or nobody may */
	TROUBLE_TYPE, /* what is there is of another kind than is wanted: a folder, a pipe, a device */
	TROUBLE_EXISTS, /* something has that name already */
	TROUBLE_FULL, /* no space is left, or a quota is used up */
	TROUBLE_CHANGED, /* somebody else changed it meanwhile */
	TROUBLE_MISMATCH, /* it is not what was expected: a digest, a number */
	TROUBLE_FORMAT, /* a line of it cannot be understood */
	TROUBLE_IO /* the file system failed otherwise */
};

/* For the documentation of a "class" field: of what goes over a network, and of what files give. */
#define TROUBLE_DOC                                                                                \
	"What went wrong: resolve, refused, unreachable, timeout, tls, auth, unready, protocol, "  \
	"server, limit, cancelled; empty when nothing did."
#define TROUBLE_FILE_DOC                                                                           \
	"What went wrong: missing, permission, type, exists, full, changed, mismatch, format, "    \
	"limit, io, timeout, cancelled; empty when nothing did."

struct trouble {
	enum trouble_class class;
	bool unchanged; /* it is certain that nothing was changed */
	struct str why;
};

const char *trouble_name(enum trouble_class class);

/* With a formatted sentence. */
struct trouble trouble_of(struct arena *arena, enum trouble_class class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A system's error number on the way to peer ("127.0.0.1:5432"). */
struct trouble trouble_of_errno(struct arena *arena, int error, struct str peer);

/* The error number that a library names in words alone; false when it names none. */
bool trouble_find_errno(struct str text, int *ret_error);

/*
 * The attempt is cancelled while it was `doing` something ("connecting to 127.0.0.1:5432") since began_us (loop
 * clock): a timeout when its time is over, else "cancelled".
 */
struct trouble trouble_of_cancel(const struct attempt *attempt, int64_t began_us, struct str doing);

/* One line of foreign text for a sentence: well-formed UTF-8, no controls, trimmed, at most 300 bytes. */
struct str trouble_line(struct arena *arena, struct str text);

/*
 * Ends the attempt: adds "class" and "latency" (since began_us, loop clock) to the fields already in result. It is a
 * success when trouble is NULL.
 */
void trouble_finish(struct attempt *attempt, struct map_builder *result,
    const struct trouble *trouble, int64_t began_us);

#endif
