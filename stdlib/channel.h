/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_CHANNEL_H
#define STDLIB_CHANNEL_H

/* The ways to tell a contact: what each is made of stands in its table. */

#define CHANNEL_PAGERDUTY_URL "https://events.pagerduty.com/v2/enqueue"
#define CHANNEL_OPSGENIE_URL "https://api.opsgenie.com"

#endif
