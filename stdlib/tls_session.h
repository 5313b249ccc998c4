/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_TLS_SESSION_H
#define STDLIB_TLS_SESSION_H

#include <openssl/x509.h>

#include "act/loop.h"
#include "base/arena.h"
#include "stdlib/trouble.h"

/*
 * A handshake of TLS on a connected, non-blocking descriptor, which stays its holder's; nothing is believed of the
 * certificates, they are only taken. OpenSSL writes to the descriptor as it does: SIGPIPE must be ignored. A session
 * owns itself: it ends in `done` or in tls_session_cancel(), never both.
 */
struct tls_session;

struct tls_agreed {
	/* as sent, the server's own first; the caller's from now on; NULL: none came */
	struct stack_st_X509 *chain;
	const char *protocol; /* "TLSv1.3"; NULL without agreement. Static storage, as the next */
	const char *cipher;
	bool wants_certificate; /* the server asked for one of ours */
	int security_level; /* of this machine: what keys it finds too weak */
};

/*
 * Begins; server_name (NULL: none) goes to the server. *slot holds it while it runs and is NULL again when `done` is
 * called, never within this call. A trouble is NULL when both sides agreed; certificates may have come all the same.
 */
void tls_session_start(struct tls_session **slot, struct loop *loop, int fd,
    const char *server_name, struct arena *arena, struct str peer,
    void (*done)(void *self, const struct tls_agreed *agreed, const struct trouble *trouble),
    void *self);

/* `done` will not be called. Accepts a slot of NULL. */
void tls_session_cancel(struct tls_session **slot);

#endif
