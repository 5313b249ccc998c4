/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/channel.h"

#include <stddef.h>

#include "stdlib/registry.h"

static const char *const methods[] = {"POST", "PUT", NULL};

static const struct param pagerduty_params[] = {
    {.name = "routing_key",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED | PARAM_TAKES_SECRETS,
	.doc = "The integration key of the service's Events API v2."},
    {.name = "url",
	.kind = PARAM_STRING,
	.flags = PARAM_TAKES_SECRETS,
	.preset = CHANNEL_PAGERDUTY_URL,
	.doc = "Where events go."},
    {0}};

const struct connection_spec pagerduty_channel = {
    .kind = "pagerduty",
    .summary = "An incident of PagerDuty, through its Events API v2.",
    .params = pagerduty_params,
};

static const struct param opsgenie_params[] = {{.name = "api_key",
						   .kind = PARAM_STRING,
						   .flags = PARAM_REQUIRED | PARAM_TAKES_SECRETS,
						   .doc = "The key of an API integration."},
    {.name = "url",
	.kind = PARAM_STRING,
	.flags = PARAM_TAKES_SECRETS,
	.preset = CHANNEL_OPSGENIE_URL,
	.doc = "Where the API is; https://api.eu.opsgenie.com in the European Union."},
    {.name = "team", .kind = PARAM_STRING, .doc = "The team that the alert is routed to."}, {0}};

const struct connection_spec opsgenie_channel = {
    .kind = "opsgenie",
    .summary = "An alert of Opsgenie.",
    .params = opsgenie_params,
};

static const struct param slack_params[] = {
    {.name = "url",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL | PARAM_TAKES_SECRETS,
	.doc = "The incoming webhook of a channel; whoever knows it can write there."},
    {0}};

const struct connection_spec slack_channel = {
    .kind = "slack",
    .summary =
	"A message in a channel of Slack, or of what takes the same: Mattermost, Rocket.Chat.",
    .params = slack_params,
};

static const struct param webhook_params[] = {
    {.name = "url",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL | PARAM_TAKES_SECRETS,
	.doc = "Where the JSON document goes."},
    {.name = "headers",
	.kind = PARAM_MAP,
	.flags = PARAM_TAKES_SECRETS,
	.doc = "Header fields of the request, as {Authorization: …}."},
    {.name = "method",
	.kind = PARAM_STRING,
	.preset = "POST",
	.choices = methods,
	.doc = "How it is sent."},
    {0}};

const struct connection_spec webhook_channel = {
    .kind = "webhook",
    .summary = "A JSON document, to whatever takes it.",
    .params = webhook_params,
};

const char *const notice_events[] = {"trigger", "acknowledge", "resolve", NULL};
const char *const notice_severities[] = {"critical", "error", "warning", "info", NULL};

const struct connection_spec *channel_of(const struct value *contact)
{
	for (size_t i = 0; stdlib_vocabulary.channels[i]; i++)
		if (value_get(contact, stdlib_vocabulary.channels[i]->kind))
			return stdlib_vocabulary.channels[i];
	return NULL;
}
