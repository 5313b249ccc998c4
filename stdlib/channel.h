/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_CHANNEL_H
#define STDLIB_CHANNEL_H

#include "base/arena.h"
#include "base/str.h"
#include "value/action.h"
#include "value/value.h"

/*
 * The ways to tell a contact. What each is made of stands in its table; what it is sent, in channel_request.c, by the
 * public descriptions of PagerDuty's Events API v2, Opsgenie's Alert API v2 and Slack's incoming webhooks.
 */
#define CHANNEL_PAGERDUTY_URL "https://events.pagerduty.com/v2/enqueue"
#define CHANNEL_OPSGENIE_URL "https://api.opsgenie.com"

/* In the order of notice_events. */
enum notice_event { NOTICE_TRIGGER, NOTICE_ACKNOWLEDGE, NOTICE_RESOLVE };

/* In the order of notice_severities, the worst first. */
enum notice_severity { NOTICE_CRITICAL, NOTICE_ERROR, NOTICE_WARNING, NOTICE_INFO };

extern const char *const notice_events[];
extern const char *const notice_severities[];

/* What is told. Texts may be empty but for summary, key and source; all live as long as the arguments they are from. */
struct notice {
	enum notice_event event;
	enum notice_severity severity;
	struct str summary;
	struct str details;
	struct str key; /* what is told under one key is one incident */
	struct str source;
	struct str component;
	struct str group;
	struct str class;
	const struct value *custom; /* a map, or NULL */
	int64_t at_us; /* wall clock */
};

/* The kind of channel of a contact, as its map has it; NULL: none, a person is told by hand. */
const struct connection_spec *channel_of(const struct value *contact);

/* What must be sent to a contact by that channel: the parameters of an http.request. In the arena. */
const struct value *channel_request(struct arena *arena, const struct connection_spec *channel,
    const struct value *contact, const struct notice *notice);

#endif
