/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/dns_query.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stdlib/ares_loop.h"
#include "stdlib/chore.h"
#include "stdlib/resolve.h"

/*
 * c-ares asks each server up to TRIES times, and waits PATIENCE_MS for the first round, twice as long for the next. One
 * that says SERVFAIL has answered: to ask another would hide it. EDNS_BYTES of an answer travel in one datagram without
 * being torn on the way.
 */
enum { TRIES = 4, PATIENCE_MS = 1000, EDNS_BYTES = 1232 };

enum { RCODE_AT = 3 }; /* the byte of a message whose lower half is the rcode */

/* Looking up the server (resolve is set), reading resolv.conf (chore is set), or asking. */
struct dns_query {
	struct attempt *attempt;
	struct dns_question question;
	struct dns_query **slot;
	void (*done)(void *self, const struct dns_reply *reply, const struct trouble *trouble);
	void *self;
	struct resolve *resolve;
	struct resolved found;
	struct chore *chore;
	struct ares_link *link;
	struct str asked; /* for people: "10.0.0.2:53, 10.0.0.3:53" */
	bool over; /* c-ares has said what follows */
	int status;
	struct str message;
};

/* A channel being made, in the pool: c-ares reads its configuration from files. */
struct making {
	ares_channel channel;
	int status;
	struct ares_options options;
	int mask;
};

static void make_channel(void *job)
{
	struct making *making = job;

	making->status = ares_init_options(&making->channel, &making->options, making->mask);
}

static void free_making(void *job)
{
	struct making *making = job;

	if (making->channel)
		ares_destroy(making->channel);
	free(making);
}

static const struct chore_kind making_kind = {make_channel, free_making};

static void query_free(struct dns_query *query)
{
	resolve_cancel(&query->resolve);
	chore_drop(&query->chore);
	ares_link_free(query->link);
	free(query);
}

/* The last thing that touches the query. */
static void end(
    struct dns_query *query, const struct dns_reply *reply, const struct trouble *trouble)
{
	void (*done)(
	    void *self, const struct dns_reply *reply, const struct trouble *trouble) = query->done;
	void *self = query->self;

	*query->slot = NULL;
	query_free(query);
	done(self, reply, trouble);
}

static const struct {
	int status;
	int rcode; /* -1: no answer */
	enum trouble_class class;
	const char *says; /* behind those that were asked */
} statuses[] = {
    {ARES_SUCCESS, ns_r_noerror, TROUBLE_NONE, NULL},
    {ARES_ENODATA, ns_r_noerror, TROUBLE_NONE, NULL},
    {ARES_ENOTFOUND, ns_r_nxdomain, TROUBLE_NONE, NULL},
    {ARES_EFORMERR, ns_r_formerr, TROUBLE_NONE, NULL},
    {ARES_ESERVFAIL, ns_r_servfail, TROUBLE_NONE, NULL},
    {ARES_ENOTIMP, ns_r_notimpl, TROUBLE_NONE, NULL},
    {ARES_EREFUSED, ns_r_refused, TROUBLE_NONE, NULL},
    {ARES_ECONNREFUSED, -1, TROUBLE_REFUSED, "refused the question: no server listens there"},
    {ARES_ETIMEOUT, -1, TROUBLE_TIMEOUT, "did not answer, although asked again and again"},
    {ARES_EBADRESP, -1, TROUBLE_PROTOCOL, "answered what is no message of DNS"},
};

static void finish(struct dns_query *query)
{
	struct arena *arena = query->attempt->arena;
	struct dns_reply reply = {.rcode = -1, .message = query->message};
	struct trouble trouble = trouble_of(arena, TROUBLE_SERVER, "asking %.*s failed: %s",
	    STR_ARG(query->asked), ares_strerror(query->status));

	reply.server = arena_str(arena, str_from(ares_link_answerer(query->link, &reply.tcp)));
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		if (statuses[i].status != query->status)
			continue;
		reply.rcode = statuses[i].rcode;
		trouble.class = statuses[i].class;
		if (statuses[i].says)
			trouble.why = arena_printf(
			    arena, "%.*s %s", STR_ARG(query->asked), statuses[i].says);
	}
	if (query->message.len > RCODE_AT) /* c-ares has a word for the common ones only */
		reply.rcode = query->message.ptr[RCODE_AT] & 15;
	if (query->status == ARES_EBADNAME)
		trouble = trouble_of(
		    arena, TROUBLE_RESOLVE, "%s is no name of a domain", query->question.name);
	end(query, &reply, reply.rcode < 0 ? &trouble : NULL);
}

/* c-ares': what it has to say; it must not be freed from within. */
static void answered(void *self, int status, int timeouts, unsigned char *bytes, int len)
{
	struct dns_query *query = self;

	(void)timeouts;
	if (status == ARES_EDESTRUCTION)
		return;
	query->over = true;
	query->status = status;
	if (bytes)
		query->message = arena_str(
		    query->attempt->arena, (struct str){(const char *)bytes, (size_t)len});
}

/* The last thing that touches the query. */
static void turned(void *self)
{
	struct dns_query *query = self;

	if (query->over)
		finish(query);
	else
		ares_link_go_on(query->link);
}

/* The servers that were named, instead of those of resolv.conf. */
static int set_servers(struct dns_query *query)
{
	struct ares_addr_port_node nodes[RESOLVE_MAX] = {0};

	for (size_t i = 0; i < query->found.count; i++) {
		struct ares_addr_port_node *node = &nodes[i];

		node->family = strchr(query->found.address[i], ':') ? AF_INET6 : AF_INET;
		inet_pton(node->family, query->found.address[i], &node->addr);
		if (i + 1 < query->found.count)
			node->next = &nodes[i + 1];
	}
	if (query->found.count == 0)
		return ARES_SUCCESS;
	return ares_set_servers_ports(ares_link_channel(query->link), nodes);
}

static void name_servers(struct dns_query *query)
{
	struct arena *arena = query->attempt->arena;
	struct ares_addr_port_node *nodes = NULL;
	char address[INET6_ADDRSTRLEN];

	ares_get_servers_ports(ares_link_channel(query->link), &nodes);
	for (struct ares_addr_port_node *node = nodes; node; node = node->next) {
		inet_ntop(node->family, &node->addr, address, sizeof(address));
		query->asked = arena_printf(arena,
		    node->family == AF_INET6 ? "%.*s%s[%s]:%d" : "%.*s%s%s:%d",
		    STR_ARG(query->asked), query->asked.len ? ", " : "", address,
		    (int)query->question.port);
	}
	ares_free_data(nodes);
}

static void made(void *self, void *job)
{
	struct dns_query *query = self;
	struct making *making = job;

	query->status = making->status;
	if (query->status == ARES_SUCCESS) {
		ares_link_take(query->link, making->channel);
		making->channel = NULL; /* the link's now */
		query->status = set_servers(query);
	}
	if (query->status != ARES_SUCCESS) {
		finish(query);
		return;
	}
	name_servers(query);
	ares_query(ares_link_channel(query->link), query->question.name, ns_c_in,
	    query->question.type, answered, query);
	turned(query);
}

static void make(struct dns_query *query)
{
	struct making *making = mem_alloc(sizeof(*making));

	making->options = (struct ares_options){
	    .flags = ARES_FLAG_EDNS | ARES_FLAG_NOCHECKRESP |
		(query->question.tcp ? ARES_FLAG_USEVC : 0),
	    .timeout = PATIENCE_MS,
	    .tries = TRIES,
	    .ednspsz = EDNS_BYTES,
	    .udp_port = (unsigned short)query->question.port,
	    .tcp_port = (unsigned short)query->question.port,
	};
	making->mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
	    ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT | ARES_OPT_NOROTATE |
	    ares_link_options(query->link, &making->options);
	chore_start(query->attempt->host->loop, &making_kind, making, &query->chore, made, query);
}

static void resolved(void *self, const struct resolved *found)
{
	struct dns_query *query = self;
	const struct dns_reply reply = {.rcode = -1};
	struct trouble trouble;

	if (found->error) {
		trouble = trouble_of(query->attempt->arena, TROUBLE_RESOLVE,
		    "the server %.*s has no address: %s", STR_ARG(query->question.server),
		    found->error);
		end(query, &reply, &trouble);
		return;
	}
	query->found = *found;
	make(query);
}

void dns_query_start(struct attempt *attempt, const struct dns_question *question,
    struct dns_query **slot,
    void (*done)(void *self, const struct dns_reply *reply, const struct trouble *trouble),
    void *self)
{
	struct dns_query *query = mem_alloc(sizeof(*query));

	*query = (struct dns_query){
	    .attempt = attempt, .question = *question, .slot = slot, .done = done, .self = self};
	query->link = ares_link_new(attempt->host->loop, turned, query);
	*slot = query;
	if (question->server.len)
		resolve_start(
		    attempt->host->loop, question->server, &query->resolve, resolved, query);
	else
		make(query);
}

void dns_query_cancel(struct dns_query **slot)
{
	struct dns_query *query = *slot;

	if (!query)
		return;
	*slot = NULL;
	query_free(query);
}

struct str dns_query_doing(const struct dns_query *query)
{
	struct arena *arena = query->attempt->arena;

	if (query->resolve)
		return arena_printf(
		    arena, "looking up the server %.*s", STR_ARG(query->question.server));
	return arena_printf(arena, "asking %.*s for %s",
	    STR_ARG(query->asked.len ? query->asked : STR("the servers of /etc/resolv.conf")),
	    query->question.name);
}
