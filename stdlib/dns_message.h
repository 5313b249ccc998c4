/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_DNS_MESSAGE_H
#define STDLIB_DNS_MESSAGE_H

#include "base/arena.h"
#include "base/str.h"
#include "value/type.h"
#include "value/value.h"

/* What a message of the domain name system says: the records of its answer, as values in an arena. */

/* The types of records whose contents are understood: "A", "AAAA", …, ended by NULL. */
extern const char *const dns_types[];

/* The type of a value that stands for a record. */
extern const struct type dns_record_type;

/* The number of a type by its name; 0 for another. */
int dns_type_number(struct str name);

/* Records that are kept. */
enum { DNS_RECORDS_MAX = 256 };

struct dns_answer {
	const struct value *records; /* a list, all of the answer's: also the aliases on the way */
	const struct value *values; /* the text of each record of the type that was asked for */
	int64_t count; /* of those, also the ones that were not kept */
	int64_t ttl_us; /* the least of all; -1 without a record */
	struct str
	    alias; /* what the name is an alias of, at the end of all aliases; may be empty */
	bool authoritative;
};

/* Of a whole message; false when it cannot be read. */
bool dns_message_read(
    struct arena *arena, struct str message, int asked_type, struct dns_answer *ret_answer);

#endif
