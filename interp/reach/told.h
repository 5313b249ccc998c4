/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REACH_TOLD_H
#define REACH_TOLD_H

#include <stdbool.h>

#include "reach/order.h"

/* An order that was read. Owns its memory for the life of the process. */
struct told {
	struct reach_order head;
	const char *nonce;
	const char *ending;
	const char *folder;
	const char *launcher;
	const char *stamp;
	char **carrier;
	char **aside; /* NULL: none */
	const char *bytes; /* of the request: head.begin.bytes */
};

/* Reads it from the descriptor; false when it makes no sense. */
bool told_read(int fd, long long offset, long long len, struct told *ret_told);

#endif
