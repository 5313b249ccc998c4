/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_ALERT_H
#define LANG_ALERT_H

#include "value/value.h"

/*
 * Alerts as Alertmanager sends them to a webhook (payload version "4"). Whoever sends it is not trusted: every field is
 * looked at before it is taken. All of it lives in the arena that it is read into.
 */
struct alert {
	struct str name; /* the label `alertname`; never empty */
	bool firing; /* else it is resolved */
	const struct value *labels; /* a map of texts */
	const struct value *annotations; /* the same; perhaps empty */
	int64_t starts_at_us;
	struct str fingerprint; /* perhaps empty */
	struct str generator_url; /* the same */
};

struct alerts {
	struct alert *items;
	size_t count;
	int64_t truncated; /* so many were left out by who sent it */
};

enum {
	PAYLOAD_MAX = 8 << 20, /* bytes of a payload */
	ALERTS_MAX = 10000, /* in one payload */
	LABELS_MAX = 64
	    << 10 /* bytes of JSON that an alert's labels take: the record of a run holds them */
};

/* Reads a payload. False with a sentence in *ret_error (in the arena), which names the alert and the field. */
bool alerts_read(
    struct arena *arena, struct str payload, struct alerts *ret_alerts, struct str *ret_error);

/* What the record of a run says of the alert it answers: a map {fingerprint, labels, starts_at}. */
const struct value *alert_facts(struct arena *arena, const struct alert *alert);

/* "PostgresDown on db1:9187": its name, and which instance where it tells. */
void alert_show(const struct alert *alert, struct buf *out);

/* ", firing since 2026-11-22 03:01:05 UTC" */
void alert_since(int64_t starts_at_us, struct buf *out);

#endif
