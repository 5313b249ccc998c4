/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/dns_message.h"

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>

#include "base/buf.h"
#include "stdlib/text.h"

/* What is left of a message, or of one record's contents within it. */
struct reader {
	struct arena *arena;
	struct str message;
	size_t at;
	size_t end;
	bool broken; /* it went past the end once; all that was read since is empty */
};

static const unsigned char *take(struct reader *reader, size_t len)
{
	static const unsigned char nothing[16];
	size_t at = reader->at;

	if (reader->broken || reader->end - at < len) {
		reader->broken = true;
		return nothing;
	}
	reader->at += len;
	return (const unsigned char *)reader->message.ptr + at;
}

static int64_t take_number(struct reader *reader, size_t bytes)
{
	const unsigned char *byte = take(reader, bytes);
	int64_t number = 0;

	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | byte[i];
	return number;
}

/* A name, perhaps compressed: it may lead to any earlier part of the message. */
static struct str take_name(struct reader *reader)
{
	const unsigned char *message = (const unsigned char *)reader->message.ptr;
	struct str name = {0};
	char *text = NULL;
	long used = 0;

	if (reader->broken ||
	    ares_expand_name(message + reader->at, message, (int)reader->message.len, &text,
		&used) != ARES_SUCCESS) {
		reader->broken = true;
		return name;
	}
	name = arena_str(reader->arena, str_from(*text ? text : "."));
	ares_free_string(text);
	take(reader, (size_t)used);
	return name;
}

static void add_int(struct map_builder *record, const char *name, int64_t number)
{
	map_add(record, name, value_int(record->arena, number));
}

static void add_seconds(struct map_builder *record, const char *name, int64_t seconds)
{
	map_add(record, name, value_duration(record->arena, seconds, 0));
}

/* The contents of a record, after the fields that all have. Each gives the record's text. */
static struct str read_a(struct reader *reader, struct map_builder *record)
{
	char text[INET_ADDRSTRLEN];

	(void)record;
	inet_ntop(AF_INET, take(reader, 4), text, sizeof(text));
	return arena_str(reader->arena, str_from(text));
}

static struct str read_aaaa(struct reader *reader, struct map_builder *record)
{
	char text[INET6_ADDRSTRLEN];

	(void)record;
	inet_ntop(AF_INET6, take(reader, 16), text, sizeof(text));
	return arena_str(reader->arena, str_from(text));
}

static struct str read_name(struct reader *reader, struct map_builder *record)
{
	(void)record;
	return take_name(reader);
}

static struct str read_mx(struct reader *reader, struct map_builder *record)
{
	add_int(record, "priority", take_number(reader, 2));
	return take_name(reader);
}

static struct str read_srv(struct reader *reader, struct map_builder *record)
{
	add_int(record, "priority", take_number(reader, 2));
	add_int(record, "weight", take_number(reader, 2));
	add_int(record, "port", take_number(reader, 2));
	return take_name(reader);
}

/* A text is cut into strings of 255 bytes; nobody who reads it wants to see where. */
static struct str read_txt(struct reader *reader, struct map_builder *record)
{
	struct buf buf;
	struct str text;

	(void)record;
	buf_init(&buf, BUF_UNBOUNDED);
	while (reader->at < reader->end && !reader->broken) {
		size_t len = (size_t)take_number(reader, 1);
		const unsigned char *bytes = take(reader, len);

		if (!reader->broken)
			buf_append(&buf, bytes, len);
	}
	text = arena_str(reader->arena, buf_view(&buf));
	buf_done(&buf);
	return text;
}

static struct str read_soa(struct reader *reader, struct map_builder *record)
{
	struct str primary = take_name(reader);

	map_add(record, "mailbox", text_value(record->arena, take_name(reader)));
	add_int(record, "serial", take_number(reader, 4));
	add_seconds(record, "refresh", take_number(reader, 4));
	add_seconds(record, "retry", take_number(reader, 4));
	add_seconds(record, "expire", take_number(reader, 4));
	add_seconds(record, "minimum", take_number(reader, 4));
	return primary;
}

const char *const dns_types[] = {
    "A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "PTR", "SOA", NULL};

/* In the order of dns_types. */
static const struct {
	int number;
	struct str (*read)(struct reader *reader, struct map_builder *record);
} kinds[] = {
    {ns_t_a, read_a},
    {ns_t_aaaa, read_aaaa},
    {ns_t_cname, read_name},
    {ns_t_mx, read_mx},
    {ns_t_txt, read_txt},
    {ns_t_ns, read_name},
    {ns_t_srv, read_srv},
    {ns_t_ptr, read_name},
    {ns_t_soa, read_soa},
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

static const struct field record_fields[] = {{"name", &type_string, "Whose record it is."},
    {"type", &type_string, "A, AAAA, CNAME and so on; TYPE46 for one that is not understood."},
    {"ttl", &type_duration, "How long it may be kept."},
    {"value", &type_string,
	"The address, the name it leads to, the text; of a SOA the primary server."},
    {"priority", &type_int, "Of MX and SRV: the lowest comes first."},
    {"weight", &type_int, "Of SRV: its share among those of equal priority."},
    {"port", &type_int, "Of SRV."},
    {"mailbox", &type_string, "Of SOA: who is responsible, with a point for the @."},
    {"serial", &type_int, "Of SOA: the version of the zone."},
    {"refresh", &type_duration, "Of SOA: how often secondaries look."},
    {"retry", &type_duration, "Of SOA: how soon they look again after a failure."},
    {"expire", &type_duration, "Of SOA: after what time without the primary they fall silent."},
    {"minimum", &type_duration, "Of SOA: how long it may be kept that a name does not exist."},
    {0}};

const struct type dns_record_type = {
    .kind = TYPE_OBJECT, .name = "a record", .fields = record_fields};

int dns_type_number(struct str name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (str_is(name, dns_types[i]))
			return kinds[i].number;
	return 0;
}

/* The records that are kept, while they are read. */
struct records {
	const struct value *all[DNS_RECORDS_MAX];
	const struct value *values[DNS_RECORDS_MAX];
	size_t all_count;
	size_t value_count;
};

static struct str read_contents(
    struct reader *reader, int number, size_t len, struct map_builder *record)
{
	struct reader contents = *reader;
	struct str text = {0};

	take(reader, len);
	contents.end = reader->at;
	for (size_t i = 0; i < KINDS && !reader->broken; i++) {
		if (kinds[i].number != number)
			continue;
		map_add(record, "type", value_string(record->arena, str_from(dns_types[i])));
		text = kinds[i].read(&contents, record);
		map_add(record, "value", text_value(record->arena, text));
		/* A name that is longer than the record's length says is a lie, too. */
		reader->broken = contents.broken || contents.at != contents.end;
		return text;
	}
	map_add(record, "type",
	    value_string(record->arena, arena_printf(record->arena, "TYPE%d", number)));
	return text;
}

static void read_record(
    struct reader *reader, int asked_type, struct records *kept, struct dns_answer *answer)
{
	struct map_builder record;
	struct str text;
	int64_t ttl_us;
	int number;

	map_begin(&record, reader->arena);
	map_add(&record, "name", text_value(reader->arena, take_name(reader)));
	number = (int)take_number(reader, 2);
	take(reader, 2); /* the class */
	ttl_us = take_number(reader, 4) * 1000000;
	map_add(&record, "ttl", value_duration_us(reader->arena, ttl_us));
	text = read_contents(reader, number, (size_t)take_number(reader, 2), &record);
	if (reader->broken)
		return;
	if (answer->ttl_us < 0 || ttl_us < answer->ttl_us)
		answer->ttl_us = ttl_us;
	if (number == ns_t_cname)
		answer->alias = text;
	answer->count += number == asked_type;
	if (number == asked_type && kept->value_count < DNS_RECORDS_MAX)
		kept->values[kept->value_count++] = text_value(reader->arena, text);
	if (kept->all_count < DNS_RECORDS_MAX)
		kept->all[kept->all_count++] = map_end(&record);
}

bool dns_message_read(
    struct arena *arena, struct str message, int asked_type, struct dns_answer *ret_answer)
{
	struct reader reader = {.arena = arena, .message = message, .end = message.len};
	struct records *kept = arena_alloc(arena, sizeof(*kept));
	struct dns_answer answer = {.ttl_us = -1};
	int64_t questions, answers;

	take(&reader, 2); /* the message's number */
	answer.authoritative = take_number(&reader, 2) & 0x0400;
	questions = take_number(&reader, 2);
	answers = take_number(&reader, 2);
	take(&reader, 4); /* what else there is */
	for (int64_t i = 0; i < questions && !reader.broken; i++) {
		take_name(&reader);
		take(&reader, 4);
	}
	for (int64_t i = 0; i < answers && !reader.broken; i++)
		read_record(&reader, asked_type, kept, &answer);
	if (reader.broken)
		return false;
	answer.records = value_list(arena, kept->all, kept->all_count);
	answer.values = value_list(arena, kept->values, kept->value_count);
	*ret_answer = answer;
	return true;
}
