/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "stdlib/args.h"
#include "stdlib/chore.h"
#include "stdlib/dial.h"
#include "stdlib/registry.h"
#include "stdlib/starttls.h"
#include "stdlib/text.h"
#include "stdlib/tls_chain.h"
#include "stdlib/tls_session.h"

/*
 * net.tls: connects, perhaps asks for encryption in plain text, shakes hands without believing anything, and then looks
 * at what the server sent in libuv's pool. A wrong certificate is what it was made to find.
 */

static const struct param params[] = {{.name = "host",
					  .kind = PARAM_STRING,
					  .flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
					  .doc = "Name or address to connect to."},
    {.name = "port", .kind = PARAM_INT, .preset = "443", .doc = "Port to connect to."},
    {.name = "server_name",
	.kind = PARAM_STRING,
	.doc = "Name the certificate must bear, which the server is told; otherwise the host."},
    {.name = "starttls",
	.kind = PARAM_STRING,
	.choices = starttls_protocols,
	.doc = "What to speak until the server agrees to encrypt; otherwise TLS from the start."},
    {.name = "ca", .kind = PARAM_PATH, .doc = "Certificates to trust instead of the system's."},
    {0}};

static const struct type chain_type = {.kind = TYPE_LIST, .of = &tls_certificate_type};
static const struct type reasons_type = {.kind = TYPE_LIST, .of = &type_string};

static const struct field results[] = {
    {"trusted", &type_bool, "Whether the certificates lead to a trusted root, times aside."},
    {"name_matches", &type_bool, "Whether the server's certificate bears the name."},
    {"expired", &type_bool, "Whether one of them has expired, or is not valid yet."},
    {"reasons", &reasons_type, "Why not, a sentence each; empty when all is well."},
    {"days_left", &type_int, "Whole days until the server's certificate expires."},
    {"least_days_left", &type_int, "Of those that were sent, the days of the first to expire."},
    {"chain", &chain_type, "The certificates as sent, the server's own first: 32 at most."},
    {"protocol", &type_string, "What was agreed on: \"TLSv1.3\"."},
    {"cipher", &type_string, "And the cipher."},
    {"wants_certificate", &type_bool, "Whether the server asked for a certificate of ours."},
    {"address", &type_string,
	"The address that accepted, or was tried last; left out if none was."},
    {"latency", &type_duration, "From the look-up of the name to the verdict or the failure."},
    {"class", &type_string, TROUBLE_DOC}, {0}};

static const char *const success_fields[] = {
    "trusted", "name_matches", "expired", "reasons", "class", NULL};

const struct action_spec net_tls_spec = {
    .name = "net.tls",
    .summary = "What certificates a server has, and whether a client here would believe them.",
    .params = params,
    .results = results,
    .success_doc = "the certificates are trusted, bear the name and have not expired",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 10000000,
};

/* Dialling, asking in plain text, shaking hands, checking: one of the four is set. */
struct visit {
	struct attempt *attempt;
	int64_t began_us;
	const char *name; /* the certificate must bear */
	const char *ca;
	struct str protocol; /* to begin with, in plain text; may be empty */
	struct dial *dial;
	struct starttls *starttls;
	struct tls_session *session;
	struct chore *chore;
	int fd; /* -1 while there is none */
	struct str peer;
	struct str address;
	struct map_builder result;
	struct trouble trouble; /* of the handshake, told behind the certificates */
	bool agreed;
};

/* NULL: a success. */
static void finish(struct visit *visit, const struct trouble *trouble)
{
	dial_cancel(&visit->dial);
	starttls_cancel(&visit->starttls);
	tls_session_cancel(&visit->session);
	chore_drop(&visit->chore);
	if (visit->fd >= 0)
		close(visit->fd);
	if (visit->address.len)
		map_add(
		    &visit->result, "address", value_string(visit->attempt->arena, visit->address));
	trouble_finish(visit->attempt, &visit->result, trouble, visit->began_us);
}

static void check(void *job)
{
	tls_check_run(job);
}

static void free_check(void *job)
{
	struct tls_check *check = job;

	sk_X509_pop_free(check->chain, X509_free);
	arena_free(check->arena);
	free(check);
}

static const struct chore_kind checking = {check, free_check};

/* The sentence for people: everything that is wrong, and the handshake that failed first of all. */
static struct trouble trouble_of_check(struct visit *visit, const struct tls_check *check)
{
	struct arena *arena = visit->attempt->arena;
	struct str why = {0};

	if (!visit->agreed)
		return visit->trouble;
	for (size_t i = 0; i < check->reasons->list.count; i++)
		why = arena_printf(arena, "%.*s%s%.*s", STR_ARG(why), i ? "; " : "",
		    STR_ARG(value_text(check->reasons->list.items[i])));
	return trouble_of(arena, TROUBLE_TLS, "%.*s: %.*s", STR_ARG(visit->peer), STR_ARG(why));
}

static void checked(void *self, void *job)
{
	struct visit *visit = self;
	const struct tls_check *check = job;
	struct arena *arena = visit->attempt->arena;
	struct map_builder *result = &visit->result;
	struct trouble trouble;

	if (check->error) {
		trouble = trouble_of(arena, TROUBLE_TLS, "%s", check->error);
		finish(visit, &trouble);
		return;
	}
	map_add(result, "trusted", value_bool(check->trusted));
	map_add(result, "name_matches", value_bool(check->name_matches));
	map_add(result, "expired", value_bool(check->expired));
	map_add(result, "reasons", value_copy(arena, check->reasons));
	map_add(result, "days_left", value_int(arena, check->days_left));
	map_add(result, "least_days_left", value_int(arena, check->least_days_left));
	map_add(result, "chain", value_copy(arena, check->certificates));
	if (visit->agreed && check->reasons->list.count == 0) {
		finish(visit, NULL);
		return;
	}
	trouble = trouble_of_check(visit, check);
	finish(visit, &trouble);
}

static void start_check(struct visit *visit, const struct tls_agreed *agreed)
{
	struct tls_check *job = mem_alloc(sizeof(*job));

	job->arena = arena_new();
	job->chain = agreed->chain;
	job->name = arena_cstr(job->arena, str_from(visit->name));
	job->ca = visit->ca ? arena_cstr(job->arena, str_from(visit->ca)) : NULL;
	job->security_level = agreed->security_level;
	chore_start(visit->attempt->host->loop, &checking, job, &visit->chore, checked, visit);
}

static void shaken(void *self, const struct tls_agreed *agreed, const struct trouble *trouble)
{
	struct visit *visit = self;
	struct arena *arena = visit->attempt->arena;
	struct map_builder *result = &visit->result;

	if (agreed->protocol) {
		map_add(result, "protocol", value_string(arena, str_from(agreed->protocol)));
		map_add(result, "cipher", value_string(arena, str_from(agreed->cipher)));
	}
	if (agreed->protocol || agreed->chain)
		map_add(result, "wants_certificate", value_bool(agreed->wants_certificate));
	visit->agreed = !trouble;
	if (trouble)
		visit->trouble = *trouble;
	if (trouble && agreed->wants_certificate)
		visit->trouble.why = arena_printf(
		    arena, "%.*s; the server wants a certificate of ours", STR_ARG(trouble->why));
	if (agreed->chain) {
		start_check(visit, agreed);
		return;
	}
	if (!trouble)
		visit->trouble = trouble_of(
		    arena, TROUBLE_TLS, "%.*s has no certificate", STR_ARG(visit->peer));
	finish(visit, &visit->trouble);
}

static void shake_hands(struct visit *visit)
{
	unsigned char address[16];
	bool is_address = inet_pton(AF_INET, visit->name, address) == 1 ||
	    inet_pton(AF_INET6, visit->name, address) == 1;

	tls_session_start(&visit->session, visit->attempt->host->loop, visit->fd,
	    is_address ? NULL : visit->name, visit->attempt->arena, visit->peer, shaken, visit);
}

static void asked(void *self, enum talk_end end, struct str text, int error)
{
	struct visit *visit = self;
	struct arena *arena = visit->attempt->arena;
	struct trouble trouble;

	if (end == TALK_HEARD) {
		shake_hands(visit);
		return;
	}
	if (end == TALK_BROKEN)
		trouble = trouble_of_errno(arena, error, visit->peer);
	else if (text.len == 0)
		trouble = trouble_of(arena, TROUBLE_SERVER,
		    "%.*s closed the connection when it was asked for encryption",
		    STR_ARG(visit->peer));
	else
		trouble = trouble_of(arena, TROUBLE_PROTOCOL,
		    "%.*s does not begin encryption as %.*s has it, but says \"%.*s\"",
		    STR_ARG(visit->peer), STR_ARG(visit->protocol),
		    STR_ARG(trouble_line(arena, text)));
	finish(visit, &trouble);
}

static void dialled(void *self, const struct dialled *dialled, const struct trouble *trouble)
{
	struct visit *visit = self;

	visit->fd = dialled->fd;
	visit->peer = dialled->peer;
	visit->address = arena_str(visit->attempt->arena, str_from(dialled->address));
	if (trouble)
		finish(visit, trouble);
	else if (visit->protocol.len)
		starttls_start(&visit->starttls, visit->attempt->host->loop, visit->fd,
		    visit->protocol, asked, visit);
	else
		shake_hands(visit);
}

static bool is_protocol(struct str name)
{
	size_t at = 0;

	while (starttls_protocols[at] && !str_is(name, starttls_protocols[at]))
		at++;
	return starttls_protocols[at] != NULL;
}

static void start(struct attempt *attempt)
{
	struct visit *visit = arena_alloc(attempt->arena, sizeof(*visit));
	struct args args;
	struct str host;
	int64_t port;

	attempt->self = visit;
	visit->attempt = attempt;
	visit->began_us = loop_clock_us();
	visit->fd = -1;
	map_begin(&visit->result, attempt->arena);
	args_init(&args, attempt->args, attempt->arena);
	host = args_text(&args, "host");
	port = args_int(&args, "port", 443, 1, 65535);
	visit->name = args_cstr(&args, "server_name");
	visit->ca = args_cstr(&args, "ca");
	visit->protocol = args_text(&args, "starttls");
	if (!visit->name)
		visit->name = arena_cstr(attempt->arena, host);
	if (args.wrong.len)
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
	else if (!host.len)
		attempt_error(attempt, "host is empty");
	else if (visit->protocol.len && !is_protocol(visit->protocol))
		attempt_error(attempt, "starttls is smtp, imap, pop3 or postgres, not %.*s",
		    STR_ARG(visit->protocol));
	else
		dial_start(attempt, host, port, &visit->dial, dialled, visit);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct visit *visit = attempt->self;
	const char *doing = visit->starttls ? "asking for encryption of"
	    : visit->session                ? "agreeing on encryption with"
					    : "checking the certificates of";
	struct trouble trouble;

	(void)how;
	if (visit->dial)
		visit->address = arena_str(attempt->arena, str_from(dial_address(visit->dial)));
	trouble = trouble_of_cancel(attempt, visit->began_us,
	    visit->dial ? dial_doing(visit->dial)
			: arena_printf(attempt->arena, "%s %.*s", doing, STR_ARG(visit->peer)));
	finish(visit, &trouble);
}

const struct action_impl net_tls = {&net_tls_spec, start, cancel, NULL};
