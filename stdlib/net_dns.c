/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "stdlib/args.h"
#include "stdlib/dns_message.h"
#include "stdlib/dns_query.h"
#include "stdlib/registry.h"

/* net.dns: one question, and what the answer says. The name is taken as it stands, as dig does. */

static const struct param params[] = {
    {.name = "name",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
	.doc = "What to ask for, whole: no search domain is added. For PTR also an address."},
    {.name = "type",
	.kind = PARAM_STRING,
	.preset = "A",
	.choices = dns_types,
	.doc = "The type of the records."},
    {.name = "server",
	.kind = PARAM_STRING,
	.doc =
	    "Name or address of the server to ask; otherwise those of /etc/resolv.conf, in turn."},
    {.name = "port", .kind = PARAM_INT, .preset = "53", .doc = "Port of the server."},
    {.name = "tcp",
	.kind = PARAM_BOOL,
	.preset = "false",
	.doc = "Whether to ask over TCP at once; otherwise only where an answer was cut."},
    {0}};

static const struct type records_type = {.kind = TYPE_LIST, .of = &dns_record_type};
static const struct type values_type = {.kind = TYPE_LIST, .of = &type_string};

static const struct field results[] = {
    {"values", &values_type,
	"The addresses, names or texts of the type that was asked for: 256 at most."},
    {"count", &type_int, "How many of that type came."},
    {"records", &records_type, "All that came, aliases too: name, type, ttl, value; 256 at most."},
    {"ttl", &type_duration, "How long the answer may be kept; left out without a record."},
    {"rcode", &type_string,
	"What the server says of the question: NOERROR, NXDOMAIN, SERVFAIL and so on."},
    {"server", &type_string, "The address and port that answered."},
    {"tcp", &type_bool, "Whether the answer came over TCP."},
    {"authoritative", &type_bool, "Whether the server answers for the zone itself."},
    {"latency", &type_duration, "From the start to the answer or the failure."},
    {"class", &type_string, TROUBLE_DOC}, {0}};

static const char *const success_fields[] = {"count", "rcode", "class", NULL};

const struct action_spec net_dns_spec = {
    .name = "net.dns",
    .summary = "What a name server answers.",
    .params = params,
    .results = results,
    .success_doc = "a record of the type came",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 5000000,
};

struct lookup {
	struct attempt *attempt;
	int64_t began_us;
	const char *type;
	struct dns_question question;
	struct dns_query *query;
};

static const char *rcode_name(int rcode)
{
	static const char *const names[16] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
	    "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};

	return names[rcode] ? names[rcode] : "RESERVED";
}

static void add_answer(struct map_builder *result, const struct dns_answer *answer)
{
	struct arena *arena = result->arena;

	map_add(result, "values", answer->values);
	map_add(result, "count", value_int(arena, answer->count));
	map_add(result, "records", answer->records);
	if (answer->ttl_us >= 0)
		map_add(result, "ttl", value_duration_us(arena, answer->ttl_us));
	map_add(result, "authoritative", value_bool(answer->authoritative));
}

/* An answer without the records that were asked for. */
static struct trouble nothing_there(
    const struct lookup *lookup, const struct dns_reply *reply, const struct dns_answer *answer)
{
	struct arena *arena = lookup->attempt->arena;
	const char *name = lookup->question.name;

	if (reply->rcode == DNS_RCODE_NAME)
		return trouble_of(arena, TROUBLE_RESOLVE, "%.*s says that there is no %s",
		    STR_ARG(reply->server), name);
	if (reply->rcode != 0)
		return trouble_of(arena, TROUBLE_SERVER, "%.*s does not answer for %s: %s",
		    STR_ARG(reply->server), name, rcode_name(reply->rcode));
	if (answer->alias.len)
		return trouble_of(arena, TROUBLE_RESOLVE,
		    "%s is an alias of %.*s, of which %.*s knows no %s record", name,
		    STR_ARG(answer->alias), STR_ARG(reply->server), lookup->type);
	return trouble_of(arena, TROUBLE_RESOLVE, "%.*s knows %s, but no %s record of it",
	    STR_ARG(reply->server), name, lookup->type);
}

static void answered(void *self, const struct dns_reply *reply, const struct trouble *trouble)
{
	struct lookup *lookup = self;
	struct arena *arena = lookup->attempt->arena;
	struct dns_answer answer = {.ttl_us = -1};
	struct map_builder result;
	struct trouble own;
	bool readable = true;

	map_begin(&result, arena);
	if (reply->message.len)
		readable = dns_message_read(arena, reply->message, lookup->question.type, &answer);
	if (!readable) {
		own = trouble_of(arena, TROUBLE_PROTOCOL, "the answer of %.*s cannot be read",
		    STR_ARG(reply->server));
		trouble = &own;
	} else if (reply->message.len) {
		add_answer(&result, &answer);
	}
	if (reply->rcode >= 0) {
		map_add(&result, "rcode", value_string(arena, str_from(rcode_name(reply->rcode))));
		map_add(&result, "server", value_string(arena, reply->server));
		map_add(&result, "tcp", value_bool(reply->tcp));
	}
	if (!trouble && answer.count == 0) {
		own = nothing_there(lookup, reply, &answer);
		trouble = &own;
	}
	trouble_finish(lookup->attempt, &result, trouble, lookup->began_us);
}

/* "10.0.0.5" is asked for as "5.0.0.10.in-addr.arpa"; NULL for what is no address. */
static const char *reverse_name(struct arena *arena, const char *address)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[16];
	char name[80];
	size_t len = 0;

	if (inet_pton(AF_INET, address, bytes) == 1)
		return arena_printf(
		    arena, "%d.%d.%d.%d.in-addr.arpa", bytes[3], bytes[2], bytes[1], bytes[0])
		    .ptr;
	if (inet_pton(AF_INET6, address, bytes) != 1)
		return NULL;
	for (size_t i = sizeof(bytes); i-- > 0;) {
		name[len++] = digits[bytes[i] & 15];
		name[len++] = '.';
		name[len++] = digits[bytes[i] >> 4];
		name[len++] = '.';
	}
	return arena_printf(arena, "%.*sip6.arpa", (int)len, name).ptr;
}

static void start(struct attempt *attempt)
{
	struct lookup *lookup = arena_alloc(attempt->arena, sizeof(*lookup));
	struct dns_question *question = &lookup->question;
	const char *reverse = NULL;
	struct args args;
	struct str type;

	attempt->self = lookup;
	lookup->attempt = attempt;
	lookup->began_us = loop_clock_us();
	args_init(&args, attempt->args, attempt->arena);
	type = args_text(&args, "type");
	if (!type.len)
		type = STR("A");
	lookup->type = arena_cstr(attempt->arena, type);
	*question = (struct dns_question){
	    .name = args_cstr(&args, "name"),
	    .type = dns_type_number(type),
	    .server = args_text(&args, "server"),
	    .port = args_int(&args, "port", 53, 1, 65535),
	    .tcp = args_bool(&args, "tcp", false),
	};
	if (question->name && strcmp(lookup->type, "PTR") == 0)
		reverse = reverse_name(attempt->arena, question->name);
	if (reverse)
		question->name = reverse;
	if (args.wrong.len)
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
	else if (!question->name)
		attempt_error(attempt, "name is empty");
	else if (!question->type)
		attempt_error(attempt, "type %s is none that is understood here", lookup->type);
	else
		dns_query_start(attempt, question, &lookup->query, answered, lookup);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct lookup *lookup = attempt->self;
	struct trouble trouble = trouble_of_cancel(
	    attempt, lookup->began_us, dns_query_doing(lookup->query));
	struct map_builder result;

	(void)how;
	dns_query_cancel(&lookup->query);
	map_begin(&result, attempt->arena);
	trouble_finish(attempt, &result, &trouble, lookup->began_us);
}

const struct action_impl net_dns = {&net_dns_spec, start, cancel, NULL};
