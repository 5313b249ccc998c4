/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>
#include <stdalign.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "stdlib/args.h"
#include "stdlib/registry.h"
#include "stdlib/resolve.h"
#include "stdlib/trouble.h"
#include "stdlib/watch.h"

/* net.route: what the kernel would do with a packet to an address. It is asked by netlink; no packet leaves. */

static const struct param params[] = {{.name = "host",
					  .kind = PARAM_STRING,
					  .flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
					  .doc = "Name or address; of a name, its first address."},
    {0}};

static const struct field results[] = {
    {"reachable", &type_bool,
	"Whether a route leads there; whether somebody answers is not asked."},
    {"interface", &type_string,
	"Where packets would leave; left out without a route, as the next."},
    {"up", &type_bool, "Whether that interface is up and has a carrier."},
    {"gateway", &type_string, "To whom it would hand them; left out where the network is its own."},
    {"source", &type_string, "The address they would come from; left out if the kernel says none."},
    {"local", &type_bool, "Whether the address is one of this machine's own."},
    {"address", &type_string, "The address that was asked about."},
    {"latency", &type_duration, "From the look-up of the name to the answer."},
    {"class", &type_string, TROUBLE_DOC}, {0}};

static const char *const success_fields[] = {"reachable", "up", "class", NULL};

const struct action_spec net_route_spec = {
    .name = "net.route",
    .summary = "By which way packets to an address would leave this machine.",
    .params = params,
    .results = results,
    .success_doc = "there is a route, and its interface is up",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 5000000,
};

/* Looking up (resolve is set), then asking the kernel (fd and watch are). */
struct inquiry {
	struct attempt *attempt;
	int64_t began_us;
	struct str host;
	struct resolve *resolve;
	struct str address;
	int fd; /* -1 while there is none */
	struct watch *watch;
	struct map_builder result;
};

/* The request: the address as attribute, and the interface where it is one of a link. */
struct request {
	struct nlmsghdr head;
	struct rtmsg route;
	char attributes[64];
};

/* NULL: a success. */
static void finish(struct inquiry *inquiry, const struct trouble *trouble)
{
	struct map_builder *result = &inquiry->result;

	resolve_cancel(&inquiry->resolve);
	watch_free(inquiry->watch);
	if (inquiry->fd >= 0)
		close(inquiry->fd);
	if (inquiry->address.len)
		map_add(result, "address", value_string(inquiry->attempt->arena, inquiry->address));
	trouble_finish(inquiry->attempt, result, trouble, inquiry->began_us);
}

static struct str peer_of(const struct inquiry *inquiry)
{
	if (str_eq(inquiry->host, inquiry->address))
		return inquiry->host;
	return arena_printf(inquiry->attempt->arena, "%.*s (%.*s)", STR_ARG(inquiry->host),
	    STR_ARG(inquiry->address));
}

/* The kernel knows no way, or one that says so. */
static void no_route(struct inquiry *inquiry, int error)
{
	struct arena *arena = inquiry->attempt->arena;
	bool forbidden = error == EACCES || error == EINVAL; /* prohibit, blackhole */
	struct trouble trouble = trouble_of(arena, TROUBLE_UNREACHABLE,
	    forbidden ? "a route of this machine forbids the way to %.*s"
		      : "no route leads from this machine to %.*s",
	    STR_ARG(peer_of(inquiry)));

	map_add(&inquiry->result, "reachable", value_bool(false));
	finish(inquiry, &trouble);
}

static void add_address(
    struct inquiry *inquiry, const char *field, int family, const struct rtattr *attribute)
{
	struct arena *arena = inquiry->attempt->arena;
	char text[INET6_ADDRSTRLEN];

	if (RTA_PAYLOAD(attribute) >= (family == AF_INET ? 4 : 16) &&
	    inet_ntop(family, RTA_DATA(attribute), text, sizeof(text)))
		map_add(
		    &inquiry->result, field, value_string(arena, arena_str(arena, str_from(text))));
}

/* A gateway of the other family: struct rtvia, which older headers of C libraries lack. */
static void add_via(struct inquiry *inquiry, const struct rtattr *attribute)
{
	struct arena *arena = inquiry->attempt->arena;
	const unsigned char *via = RTA_DATA(attribute);
	char text[INET6_ADDRSTRLEN];
	sa_family_t family;

	memcpy(&family, via, sizeof(family));
	if (RTA_PAYLOAD(attribute) >= sizeof(family) + (family == AF_INET ? 4 : 16) &&
	    inet_ntop(family, via + sizeof(family), text, sizeof(text)))
		map_add(&inquiry->result, "gateway",
		    value_string(arena, arena_str(arena, str_from(text))));
}

/* Says of the interface what it is called and whether it is up. */
static bool look_at_interface(struct inquiry *inquiry, int index, struct str *ret_name)
{
	struct arena *arena = inquiry->attempt->arena;
	struct ifreq request = {.ifr_ifindex = index};
	bool up;

	if (ioctl(inquiry->fd, SIOCGIFNAME, &request) < 0)
		return false;
	*ret_name = arena_str(arena, str_from(request.ifr_name));
	map_add(&inquiry->result, "interface", value_string(arena, *ret_name));
	if (ioctl(inquiry->fd, SIOCGIFFLAGS, &request) < 0)
		return false;
	up = (request.ifr_flags & IFF_UP) && (request.ifr_flags & IFF_RUNNING);
	map_add(&inquiry->result, "up", value_bool(up));
	return up;
}

/* The next attribute of a message, *at being where it begins; NULL behind the last. */
static const struct rtattr *next_attribute(const struct nlmsghdr *head, size_t *at)
{
	const struct rtattr *attribute = (const struct rtattr *)((const char *)head + *at);

	if (*at + sizeof(*attribute) > head->nlmsg_len || attribute->rta_len < sizeof(*attribute) ||
	    *at + attribute->rta_len > head->nlmsg_len)
		return NULL;
	*at += RTA_ALIGN(attribute->rta_len);
	return attribute;
}

static void read_route(struct inquiry *inquiry, const struct nlmsghdr *head)
{
	const struct rtmsg *route = NLMSG_DATA(head);
	size_t at = NLMSG_SPACE(sizeof(*route));
	const struct rtattr *attribute;
	struct str interface = {0};
	struct trouble trouble;
	int index = 0;

	if (route->rtm_type == RTN_UNREACHABLE || route->rtm_type == RTN_BLACKHOLE ||
	    route->rtm_type == RTN_PROHIBIT || route->rtm_type == RTN_THROW) {
		no_route(inquiry, route->rtm_type == RTN_UNREACHABLE ? EHOSTUNREACH : EACCES);
		return;
	}
	map_add(&inquiry->result, "reachable", value_bool(true));
	while ((attribute = next_attribute(head, &at))) {
		if (attribute->rta_type == RTA_OIF && RTA_PAYLOAD(attribute) >= sizeof(index))
			memcpy(&index, RTA_DATA(attribute), sizeof(index));
		else if (attribute->rta_type == RTA_GATEWAY)
			add_address(inquiry, "gateway", route->rtm_family, attribute);
		else if (attribute->rta_type == RTA_VIA)
			add_via(inquiry, attribute);
		else if (attribute->rta_type == RTA_PREFSRC)
			add_address(inquiry, "source", route->rtm_family, attribute);
	}
	map_add(&inquiry->result, "local", value_bool(route->rtm_type == RTN_LOCAL));
	if (look_at_interface(inquiry, index, &interface)) {
		finish(inquiry, NULL);
		return;
	}
	trouble = trouble_of(inquiry->attempt->arena, TROUBLE_UNREACHABLE,
	    "the way to %.*s leads over %.*s, which is down or has no carrier",
	    STR_ARG(peer_of(inquiry)), STR_ARG(interface.len ? interface : STR("an interface")));
	finish(inquiry, &trouble);
}

static void answered(void *self, int events, bool failed)
{
	struct inquiry *inquiry = self;
	alignas(struct nlmsghdr) char bytes[8192];
	const struct nlmsghdr *head = (const struct nlmsghdr *)bytes;
	ssize_t got = recv(inquiry->fd, bytes, sizeof(bytes), 0);
	struct trouble trouble;

	(void)events;
	(void)failed;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0 && NLMSG_OK(head, (size_t)got) && head->nlmsg_type == NLMSG_ERROR) {
		no_route(inquiry, -((const struct nlmsgerr *)NLMSG_DATA(head))->error);
	} else if (got > 0 && NLMSG_OK(head, (size_t)got) && head->nlmsg_type == RTM_NEWROUTE) {
		read_route(inquiry, head);
	} else {
		trouble = trouble_of(inquiry->attempt->arena, TROUBLE_SERVER,
		    "the kernel does not say by which way %.*s is reached",
		    STR_ARG(peer_of(inquiry)));
		finish(inquiry, &trouble);
	}
}

static void add_attribute(
    struct request *request, unsigned short type, const void *data, size_t len)
{
	struct rtattr *attribute = (struct rtattr *)((char *)request +
	    NLMSG_ALIGN(request->head.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(attribute), data, len);
	request->head.nlmsg_len = (unsigned)(NLMSG_ALIGN(request->head.nlmsg_len) +
	    RTA_ALIGN(attribute->rta_len));
}

/* False when the address is of no family that has routes, or of a link that is not there. */
static bool make_request(struct request *request, const char *address)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
	struct addrinfo *found = NULL;
	bool known;

	*request = (struct request){
	    .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
		.nlmsg_type = RTM_GETROUTE,
		.nlmsg_flags = NLM_F_REQUEST},
	    .route = {.rtm_flags = RTM_F_LOOKUP_TABLE},
	};
	if (getaddrinfo(address, NULL, &hints, &found) != 0)
		return false;
	known = found->ai_family == AF_INET || found->ai_family == AF_INET6;
	request->route.rtm_family = (unsigned char)found->ai_family;
	if (found->ai_family == AF_INET) {
		const struct sockaddr_in *four = (const struct sockaddr_in *)(void *)found->ai_addr;

		request->route.rtm_dst_len = 32;
		add_attribute(request, RTA_DST, &four->sin_addr, 4);
	} else if (known) {
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(void *)
						     found->ai_addr;

		request->route.rtm_dst_len = 128;
		add_attribute(request, RTA_DST, &six->sin6_addr, 16);
		if (six->sin6_scope_id)
			add_attribute(request, RTA_OIF, &six->sin6_scope_id, 4);
	}
	freeaddrinfo(found);
	return known;
}

static void ask(struct inquiry *inquiry)
{
	struct arena *arena = inquiry->attempt->arena;
	struct request request;
	struct trouble trouble;

	if (!make_request(&request, arena_cstr(arena, inquiry->address))) {
		no_route(inquiry, EHOSTUNREACH);
		return;
	}
	inquiry->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (inquiry->fd >= 0 && send(inquiry->fd, &request, request.head.nlmsg_len, 0) >= 0)
		inquiry->watch = watch_new(
		    inquiry->attempt->host->loop, inquiry->fd, answered, inquiry);
	if (inquiry->watch) {
		watch_for(inquiry->watch, UV_READABLE);
		return;
	}
	trouble = trouble_of(
	    arena, TROUBLE_SERVER, "the kernel cannot be asked for routes: %s", strerror(errno));
	finish(inquiry, &trouble);
}

static void resolved(void *self, const struct resolved *found)
{
	struct inquiry *inquiry = self;
	struct arena *arena = inquiry->attempt->arena;
	struct trouble trouble;

	if (found->error) {
		trouble = trouble_of(arena, TROUBLE_RESOLVE, "the name %.*s has no address: %s",
		    STR_ARG(inquiry->host), found->error);
		finish(inquiry, &trouble);
		return;
	}
	inquiry->address = arena_str(arena, str_from(found->address[0]));
	ask(inquiry);
}

static void start(struct attempt *attempt)
{
	struct inquiry *inquiry = arena_alloc(attempt->arena, sizeof(*inquiry));
	struct args args;

	attempt->self = inquiry;
	inquiry->attempt = attempt;
	inquiry->began_us = loop_clock_us();
	inquiry->fd = -1;
	map_begin(&inquiry->result, attempt->arena);
	args_init(&args, attempt->args, attempt->arena);
	inquiry->host = args_text(&args, "host");
	if (args.wrong.len || !inquiry->host.len)
		attempt_error(
		    attempt, "%.*s", STR_ARG(args.wrong.len ? args.wrong : STR("host is empty")));
	else
		resolve_start(
		    attempt->host->loop, inquiry->host, &inquiry->resolve, resolved, inquiry);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct inquiry *inquiry = attempt->self;
	struct trouble trouble = trouble_of_cancel(attempt, inquiry->began_us,
	    arena_printf(attempt->arena,
		inquiry->resolve ? "looking up the address of %.*s"
				 : "asking the kernel for the way to %.*s",
		STR_ARG(inquiry->host)));

	(void)how;
	finish(inquiry, &trouble);
}

const struct action_impl net_route = {&net_route_spec, start, cancel, NULL};
