/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of a name server's answer on arbitrary bytes; what it understood is a value like any other. */
#include <stdlib.h>

#include "fuzz.h"
#include "stdlib/dns_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct dns_answer answer;

	if (dns_message_read(arena, (struct str){(const char *)data, size},
		dns_type_number(STR("A")), &answer)) {
		if (answer.count < (int64_t)answer.values->list.count ||
		    answer.records->list.count > DNS_RECORDS_MAX)
			abort();
		value_fits(answer.records, 1 << 20);
	}
	arena_free(arena);
	return 0;
}
