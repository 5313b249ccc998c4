/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PG_TROUBLE_H
#define STDLIB_PG_TROUBLE_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "stdlib/trouble.h"

/* What libpq and the server say, as a class and a sentence. Everything returned lives in the arena. */
enum { PG_SQLSTATE = 5 };

/*
 * Why a connection could not be made or broke. The connection's error verbosity must have been PQERRORS_VERBOSE: there
 * is no other way to a code before login. ret_sqlstate is filled when the server gave one.
 */
struct trouble pg_trouble_of_connection(
    struct arena *arena, const PGconn *conn, struct str peer, char ret_sqlstate[PG_SQLSTATE + 1]);

/* Why a statement failed. */
struct trouble pg_trouble_of_result(struct arena *arena, const PGresult *result, struct str peer,
    char ret_sqlstate[PG_SQLSTATE + 1]);

#endif
