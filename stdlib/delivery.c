/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/delivery.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/units.h"
#include "stdlib/http_exchange.h"
#include "stdlib/text.h"

/* A service that takes longer is asked anew; pauses double; so often at most. */
enum {
	TRY_US = 8000000,
	PAUSE_US = 500000,
	PAUSE_MAX_US = 8000000,
	TRIES_MAX = 6,
	ANSWER_MAX = 64 << 10,
	QUOTED = 120
};

struct delivery {
	struct attempt *attempt;
	const struct value *contact;
	bool sealed; /* its address is a secret: what would name it is not said */
	struct http_order order;
	struct http_place place;
	struct http_exchange *exchange; /* under way; or NULL */
	struct loop_timer *timer; /* of the try, or of the pause after it */
	bool over;
	int64_t began_us;
	int64_t pause_us; /* that the service asked for; 0: it did not */
	struct delivered result;
	const struct value *attempts[TRIES_MAX];
	void (*ended)(void *self);
	void *self;
};

static struct str name_of(const struct value *contact)
{
	return value_text(value_get(contact, "name"));
}

/* What every channel needs is a text of some length. */
struct str delivery_obstacle(struct arena *arena, const struct value *contact)
{
	const struct connection_spec *channel = channel_of(contact);
	struct str untold = value_text(value_get(contact, "untold"));

	if (untold.len)
		return untold;
	for (const struct param *param = channel ? channel->params : NULL; param && param->name;
	     param++)
		if (param->flags & PARAM_REQUIRED &&
		    !value_text(value_get(value_get(contact, channel->kind), param->name)).len)
			return arena_printf(arena, "its %s is empty", param->name);
	return (struct str){0};
}

/* The last thing that touches the delivery. */
static void end(struct delivery *delivery, struct str why)
{
	delivery->over = true;
	delivery->result.why = why;
	loop_timer_free(delivery->timer);
	delivery->timer = NULL;
	if (delivery->ended)
		delivery->ended(delivery->self);
}

static void note_try(struct delivery *delivery, int64_t status, struct str why)
{
	struct arena *arena = delivery->attempt->arena;
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "contact", value_string(arena, name_of(delivery->contact)));
	map_add(&map, "try", value_int(arena, delivery->result.tries));
	if (status)
		map_add(&map, "status", value_int(arena, status));
	if (why.len)
		map_add(&map, "why", value_string(arena, why));
	map_add(&map, "after", value_duration_us(arena, loop_clock_us() - delivery->began_us));
	delivery->attempts[delivery->result.attempt_count++] = map_end(&map);
	delivery->result.status = status;
}

static int64_t pause_us(const struct delivery *delivery)
{
	int64_t us = (int64_t)PAUSE_US << (delivery->result.tries - 1);

	if (delivery->pause_us)
		return delivery->pause_us;
	return us < PAUSE_MAX_US ? us : PAUSE_MAX_US;
}

/* It was not taken: again, if there is time and sense in it. */
static void failed(struct delivery *delivery, int64_t status, struct str why, bool again)
{
	struct arena *arena = delivery->attempt->arena;
	int64_t limit_us = delivery->attempt->timeout_us;
	int64_t pause = pause_us(delivery);

	note_try(delivery, status, why);
	if (again && delivery->pause_us && limit_us > 0 &&
	    loop_clock_us() + pause >= delivery->began_us + limit_us) {
		why = arena_printf(arena, "%.*s, and wants to be asked in %.*s, which is too late",
		    STR_ARG(why), STR_ARG(units_duration_text(arena, pause)));
		again = false;
	}
	if (again && delivery->result.tries < TRIES_MAX) {
		loop_timer_start(delivery->timer, pause);
		return;
	}
	end(delivery,
	    delivery->result.tries == 1 ? why
					: arena_printf(arena, "%.*s, %" PRId64 " tries",
					      STR_ARG(why), delivery->result.tries));
}

/* Seconds alone: no service is known to send a date there. */
static int64_t retry_after_us(const struct http_response *response)
{
	struct str text = value_text(value_get(response->headers, "retry-after"));
	int64_t seconds;

	return units_int(text, &seconds) && seconds >= 0 && seconds < 86400 ? seconds * 1000000 : 0;
}

/* What a service says of a request that it does not take, in its own words. */
static struct str refusal(struct delivery *delivery, const struct http_response *response)
{
	struct arena *arena = delivery->attempt->arena;
	struct str said = value_text(response->body);

	said = trouble_line(arena, str_sub(said, 0, QUOTED));
	return arena_printf(arena, "it answered %" PRId64 "%s%.*s", response->status,
	    said.len ? ": " : "", STR_ARG(said));
}

static void exchanged(
    void *self, const struct http_response *response, const struct trouble *trouble)
{
	struct delivery *delivery = self;
	struct arena *arena = delivery->attempt->arena;
	int64_t status = response->status;

	delivery->exchange = NULL;
	loop_timer_stop(delivery->timer);
	if (trouble) {
		failed(delivery, status,
		    delivery->sealed
			? arena_printf(arena, "its address: %s", trouble_name(trouble->class))
			: trouble->why,
		    true);
	} else if (status >= 200 && status <= 299) {
		note_try(delivery, status, (struct str){0});
		delivery->result.done = true;
		end(delivery, (struct str){0});
	} else {
		delivery->pause_us = retry_after_us(response);
		failed(delivery, status, refusal(delivery, response),
		    status == 429 || (status >= 500 && status <= 599));
	}
}

static void try_it(struct delivery *delivery)
{
	delivery->result.tries++;
	delivery->pause_us = 0;
	loop_timer_start(delivery->timer, TRY_US);
	http_exchange_start(delivery->attempt, &delivery->order, &delivery->place,
	    &delivery->exchange, exchanged, delivery);
}

static void timer_fired(void *self)
{
	struct delivery *delivery = self;
	struct http_response response;

	if (!delivery->exchange) {
		try_it(delivery);
		return;
	}
	http_exchange_cancel(delivery->exchange, &response);
	delivery->exchange = NULL;
	failed(delivery, 0, STR("it does not answer"), true);
}

/* Whether a channel's address may be told. */
static bool hides_address(const struct connection_spec *channel, const struct value *sealed)
{
	const struct value *url = value_get(value_get(sealed, channel->kind), "url");

	return url && url->type == VALUE_SECRET;
}

static void begin(
    struct delivery *delivery, const struct value *sealed, const struct notice *notice)
{
	struct arena *arena = delivery->attempt->arena;
	const struct connection_spec *channel = delivery->result.channel;
	struct str why = delivery_obstacle(arena, delivery->contact);

	if (why.len || !channel) {
		end(delivery, why);
		return;
	}
	delivery->sealed = hides_address(channel, sealed);
	if (!http_order_read(&delivery->order, arena,
		channel_request(arena, channel, delivery->contact, notice), &why)) {
		end(delivery, why);
		return;
	}
	delivery->order.max_size = ANSWER_MAX;
	http_place_read(&delivery->place, arena, delivery->order.url);
	try_it(delivery);
}

struct delivery *delivery_start(struct attempt *attempt, const struct value *contact,
    const struct value *sealed, const struct notice *notice, void (*ended)(void *self), void *self)
{
	struct delivery *delivery = arena_alloc(attempt->arena, sizeof(*delivery));

	delivery->attempt = attempt;
	delivery->contact = contact;
	delivery->began_us = loop_clock_us();
	delivery->timer = loop_timer_new(attempt->host->loop, timer_fired, delivery);
	delivery->result.channel = channel_of(contact);
	delivery->result.attempts = delivery->attempts;
	delivery->ended = ended;
	delivery->self = self;
	begin(delivery, sealed, notice);
	return delivery;
}

void delivery_cancel(struct delivery *delivery, struct str why)
{
	struct http_response response;

	if (delivery->over)
		return;
	delivery->ended = NULL;
	if (delivery->exchange) {
		http_exchange_cancel(delivery->exchange, &response);
		delivery->exchange = NULL;
		note_try(delivery, 0, why);
	}
	end(delivery, why);
}

bool delivery_is_over(const struct delivery *delivery)
{
	return delivery->over;
}

const struct delivered *delivery_result(const struct delivery *delivery)
{
	return &delivery->result;
}
