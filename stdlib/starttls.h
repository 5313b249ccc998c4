/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_STARTTLS_H
#define STDLIB_STARTTLS_H

#include "stdlib/talk.h"

/*
 * The words in plain text by which a client asks a server to go on encrypted. They are said on a descriptor that
 * stays its holder's. It ends in `done` or in starttls_cancel(), never both.
 */
struct starttls;

/* "smtp", "imap", "pop3", "postgres", ended by NULL. */
extern const char *const starttls_protocols[];

/*
 * Begins; protocol is one of those above. *slot holds it while it runs and is NULL again when `done` is called, never
 * within this call: with TALK_HEARD the handshake may begin, else `text` is what the server said last.
 */
void starttls_start(struct starttls **slot, struct loop *loop, int fd, struct str protocol,
    talk_done *done, void *self);

/* `done` will not be called. Accepts a slot of NULL. */
void starttls_cancel(struct starttls **slot);

#endif
