/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_WIRE_H
#define LAUNCH_WIRE_H

#include <stdint.h>

#include "launch/protocol.h"

/*
 * What is said between the near end of a far step (reprise-reach) and its far end, through whatever carries three
 * standard streams there: ssh, docker exec, kubectl exec, sudo. The carrier runs `sh -c WIRE_BOOT NONCE`, which stands
 * on its command line and is the same for every step; all else goes over its standard input.
 *
 *      near end                                    far end
 *      a line of shell code              ──▶       is evaluated: it executes `reprise-launch far NONCE` where that lies
 *                                        ◀──       ready PID UID HOST          or: absent SYSTEM MACHINE
 *      a line of shell code              ──▶       after an `absent`: what to do instead
 *      frames                            ──▶       to a reprise-launch; what a shell gets see reach/script.h
 *                                        ◀──       began CONFINED WHY          or: failed EMPTY STAGE TROUBLE ERRNO
 *                                        ◀──       left PID COMMAND            any number, before:
 *                                        ◀──       end EMPTY STOPPED STATUS…
 *
 * The shell works in the C locale, since bash spoils bytes in others; rp_c is what LC_ALL was.
 *
 * What the far end says are marks: lines among what the step prints, each WIRE_MARK, the nonce, ":", the text and a
 * newline. The nonce is made for the step, so that nothing it prints can be taken for one.
 *
 * Both streams have their own first and last mark, a bare `ready` and `end` on standard error: what carries them may
 * bring one sooner than the other, and what stands before a `ready` is a login's or the carrier's.
 *
 * The near end keeps its side open until it has seen the end, and sends a ping now and then: a far end that reads an
 * end of file, or nothing for WIRE_SILENCE_MS, has lost the connection. It ends what it runs as a STOP would. What it
 * could not tell for that it leaves as WIRE_END_FILE, and waits a while for an inquiry, which is a SIGTERM and takes
 * the file away.
 */
#define WIRE_BOOT "rp_c=${LC_ALL+x$LC_ALL};LC_ALL=C;IFS= read -r rp_r;eval \"$rp_r\""
#define WIRE_MARK "\001"
/* In the folder for temporary files; the nonce stands for %s. */
#define WIRE_END_FILE "reprise-%s.end"

enum {
	WIRE_NONCE_LEN = 32, /* hexadecimal digits */
	WIRE_MARK_MAX = 1024, /* bytes of a mark's text */
	WIRE_CHUNK = 32 << 10, /* bytes of a DATA frame at most */
	WIRE_REQUEST_MAX = 16 << 20,
	WIRE_PING_MS = 5000,
	WIRE_SILENCE_MS = 30000,
	WIRE_INQUIRY_MS = 120000, /* how long a far end waits for whoever asks how it went, */
	WIRE_READING_MS = 10000, /* and for that to be read */
};

enum wire_kind {
	WIRE_REQUEST = 'R', /* a struct wire_request and its strings */
	WIRE_DATA = 'D', /* of standard input */
	WIRE_DATA_END = 'E',
	WIRE_STOP = 'T', /* an int64_t: the grace in microseconds */
	WIRE_PIPE = 'B', /* nobody reads the standard output any more */
	WIRE_PING = 'P'
};

/* Followed by `len` bytes. Both ends are built for one machine, so it is in that machine's layout. */
struct wire_head {
	uint32_t kind;
	uint32_t len;
};

/*
 * As protocol.h has it but for this: the environment holds only what is set over the login's, an empty folder means the
 * one that the login begins in, and relative ones are meant from there; where `writable` is 1 its path is the far end's
 * to choose.
 */
struct wire_request {
	int64_t grace_us; /* for what is ended without a STOP */
	struct launch_begin
	    begin; /* of the descriptors only LAUNCH_FD_IN means something: there will be DATA */
};

#endif
