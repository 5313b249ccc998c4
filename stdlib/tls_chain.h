/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_TLS_CHAIN_H
#define STDLIB_TLS_CHAIN_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "base/arena.h"
#include "value/type.h"
#include "value/value.h"

/*
 * What certificates say, and whether this machine believes them. It reads files (the trusted roots) and computes
 * signatures, so it belongs into a thread of the pool; it touches nothing but what it is given.
 */
struct tls_check {
	struct stack_st_X509 *chain; /* the server's own first; at least one */
	const char *name; /* that the server should have: of a host, or an address */
	const char *ca; /* file of trusted certificates; NULL: the system's */
	int security_level;
	struct arena *arena; /* of what follows */

	const struct value *certificates; /* a list */
	const struct value *reasons; /* why not, as sentences; an empty list when all is well */
	bool trusted; /* leads to a trusted root; times aside */
	bool name_matches;
	bool expired; /* one of them, now; or is not valid yet */
	int64_t days_left; /* of the server's own */
	int64_t least_days_left; /* of all that were sent */
	const char *error; /* the check could not be made; NULL otherwise */
};

/* The type of a value that stands for a certificate. */
extern const struct type tls_certificate_type;

void tls_check_run(struct tls_check *check);

#endif
