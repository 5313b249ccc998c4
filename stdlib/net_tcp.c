/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "stdlib/args.h"
#include "stdlib/dial.h"
#include "stdlib/registry.h"
#include "stdlib/talk.h"
#include "stdlib/text.h"

/* net.tcp: connects, and where a text is expected, talks until it has come. */

static const struct param params[] = {{.name = "host",
					  .kind = PARAM_STRING,
					  .flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
					  .doc = "Name or address to connect to."},
    {.name = "port", .kind = PARAM_INT, .flags = PARAM_REQUIRED, .doc = "Port to connect to."},
    {.name = "send",
	.kind = PARAM_STRING,
	.doc = "Text to send once connected, as it is: write \"…\\r\\n\" for a line."},
    {.name = "expect",
	.kind = PARAM_STRING,
	.doc = "Text that must then come within 4 KiB; without it, nothing is read."},
    {0}};

static const struct field results[] = {
    {"open", &type_bool, "Whether the port accepted the connection."},
    {"address", &type_string,
	"The address that accepted, or was tried last; left out if none was."},
    {"banner", &type_string, "What came, where a text was expected: 4 KiB at most."},
    {"latency", &type_duration, "From the look-up of the name to the answer or the failure."},
    {"class", &type_string, TROUBLE_DOC}, {0}};

static const char *const success_fields[] = {"open", "class", NULL};

const struct action_spec net_tcp_spec = {
    .name = "net.tcp",
    .summary = "Whether a port accepts connections, and perhaps what it says.",
    .params = params,
    .results = results,
    .success_doc = "the port accepted the connection, and the expected text came",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 5000000,
};

/* Dialling, then perhaps talking (fd is set), then over. */
struct tcp {
	struct attempt *attempt;
	int64_t began_us;
	struct str send;
	struct str expect;
	struct dial *dial;
	struct talk *talk;
	int fd; /* -1 while there is none */
	struct str peer;
	struct str address;
	struct str banner;
};

/* NULL: a success. */
static void finish(struct tcp *tcp, const struct trouble *trouble)
{
	struct arena *arena = tcp->attempt->arena;
	struct map_builder result;

	map_begin(&result, arena);
	map_add(&result, "open", value_bool(tcp->fd >= 0));
	if (tcp->address.len)
		map_add(&result, "address", value_string(arena, tcp->address));
	if (tcp->fd >= 0 && tcp->expect.len)
		map_add(&result, "banner", text_value(arena, tcp->banner));
	dial_cancel(&tcp->dial);
	talk_cancel(&tcp->talk);
	if (tcp->fd >= 0)
		close(tcp->fd);
	trouble_finish(tcp->attempt, &result, trouble, tcp->began_us);
}

static enum heard listen_for(void *self, struct str text)
{
	const struct tcp *tcp = self;

	return str_find(text, tcp->expect) >= 0 ? HEARD_ALL : HEARD_PART;
}

static void talked(void *self, enum talk_end end, struct str text, int error)
{
	struct tcp *tcp = self;
	struct arena *arena = tcp->attempt->arena;
	struct str line = trouble_line(arena, text);
	struct trouble trouble;

	tcp->banner = text;
	if (end == TALK_HEARD) {
		finish(tcp, NULL);
		return;
	}
	if (end == TALK_BROKEN)
		trouble = trouble_of_errno(arena, error, tcp->peer);
	else if (text.len == 0)
		trouble = trouble_of(arena, TROUBLE_SERVER,
		    "%.*s closed the connection without a word", STR_ARG(tcp->peer));
	else
		trouble = trouble_of(arena, TROUBLE_PROTOCOL,
		    "%.*s said \"%.*s\"%s and not \"%.*s\"", STR_ARG(tcp->peer), STR_ARG(line),
		    line.len < str_trim(text).len ? " …" : "",
		    STR_ARG(trouble_line(arena, tcp->expect)));
	finish(tcp, &trouble);
}

static void dialled(void *self, const struct dialled *dialled, const struct trouble *trouble)
{
	struct tcp *tcp = self;

	tcp->fd = dialled->fd;
	tcp->peer = dialled->peer;
	tcp->address = arena_str(tcp->attempt->arena, str_from(dialled->address));
	if (trouble || !tcp->expect.len)
		finish(tcp, trouble);
	else
		talk_start(&tcp->talk, tcp->attempt->host->loop, tcp->fd, tcp->send, listen_for,
		    talked, tcp);
}

static void start(struct attempt *attempt)
{
	struct tcp *tcp = arena_alloc(attempt->arena, sizeof(*tcp));
	struct args args;
	struct str host;
	int64_t port;

	attempt->self = tcp;
	tcp->attempt = attempt;
	tcp->began_us = loop_clock_us();
	tcp->fd = -1;
	args_init(&args, attempt->args, attempt->arena);
	host = args_text(&args, "host");
	port = args_int(&args, "port", 0, 1, 65535);
	tcp->send = args_text(&args, "send");
	tcp->expect = args_text(&args, "expect");
	if (args.wrong.len)
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
	else if (!host.len)
		attempt_error(attempt, "host is empty");
	else if (tcp->send.len && !tcp->expect.len)
		attempt_error(
		    attempt, "send goes with expect: without it nobody would look at the answer");
	else
		dial_start(attempt, host, port, &tcp->dial, dialled, tcp);
}

static struct str waiting_for(struct tcp *tcp)
{
	struct arena *arena = tcp->attempt->arena;
	struct str doing = arena_printf(arena, "waiting for \"%.*s\" from %.*s",
	    STR_ARG(trouble_line(arena, tcp->expect)), STR_ARG(tcp->peer));

	tcp->banner = talk_text(tcp->talk);
	if (!tcp->banner.len)
		return doing;
	return arena_printf(arena, "%.*s, which said \"%.*s\"", STR_ARG(doing),
	    STR_ARG(trouble_line(arena, tcp->banner)));
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct tcp *tcp = attempt->self;
	struct str doing;
	struct trouble trouble;

	(void)how;
	if (tcp->dial) {
		doing = dial_doing(tcp->dial);
		tcp->address = arena_str(attempt->arena, str_from(dial_address(tcp->dial)));
	} else {
		doing = waiting_for(tcp);
	}
	trouble = trouble_of_cancel(attempt, tcp->began_us, doing);
	finish(tcp, &trouble);
}

const struct action_impl net_tcp = {&net_tcp_spec, start, cancel, NULL};
