/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_rdb_types.h"

/*
 * From Redis' src/rdb.h (the codes) and rdb.c (rdbLoadObject(), rdbLoadRioWithLoadingCtx(): what follows each), up to
 * version 12, which Redis 7.4 and 8 write. A stream is its blocks of entries, then lengths that count and bound them,
 * then groups: a name, lengths, entries not acknowledged (id, time, times delivered), consumers (name, times, ids).
 */
static const struct rdb_type types[] = {
    {0, true, "s", "a string"},
    {1, true, "[s]", "a list"},
    {2, true, "[s]", "a set"},
    {3, true, "[sd]", "a sorted set"},
    {4, true, "[ss]", "a hash"},
    {5, true, "[s8]", "a sorted set"},
    {7, true, "lm", "a module's value"},
    {9, true, "s", "a hash"},
    {10, true, "s", "a list"},
    {11, true, "s", "a set"},
    {12, true, "s", "a sorted set"},
    {13, true, "s", "a hash"},
    {14, true, "[s]", "a list"},
    {15, true, "[ss]lll[sll[o8l][s8[o]]]", "a stream"},
    {16, true, "s", "a hash"},
    {17, true, "s", "a sorted set"},
    {18, true, "[ls]", "a list"},
    {19, true, "[ss]llllllll[slll[o8l][s8[o]]]", "a stream"},
    {20, true, "s", "a set"},
    {21, true, "[ss]llllllll[slll[o8l][s88[o]]]", "a stream"},
    {24, true, "8[lss]", "a hash"},
    {25, true, "8s", "a hash"},
    {0xF4, false, "lll", "the size of a slot"},
    {0xF5, false, "s", "a library of functions"},
    {0xF7, false, "lm", "what a module keeps beside its keys"},
    {0xF8, false, "l", "how long a key was idle"},
    {0xF9, false, "1", "how often a key was used"},
    {RDB_AUX, false, "ss", "a note"},
    {0xFB, false, "ll", "the size of a database"},
    {0xFC, false, "8", "when a key expires"},
    {0xFD, false, "4", "when a key expires"},
    {0xFE, false, "l", "the number of a database"},
};

const struct rdb_type *rdb_type(unsigned char code)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].code == code)
			return &types[i];
	return NULL;
}
