/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_RENDERING_H
#define VIEW_RENDERING_H

#include <stdbool.h>

#include "base/buf.h"
#include "lang/plan.h"
#include "record/transcript_reader.h"
#include "sched/message.h"

/*
 * The forms that a finished run is shown in. Each is a fold over the messages of its transcript, which gives one text
 * at the end; nothing is measured or decided there. A form is one const table, named in the list of `reprise report`.
 */
struct incident_answers;

struct rendering_about {
	const struct plan *plan; /* NULL where the recorded runbook could not be read */
	const char *path; /* of the transcript */
	struct str state; /* what verifying it said, in a sentence */
	enum transcript_state verified;
	const struct incident_answers
	    *answers; /* what people say (view/incident.h); NULL: nothing */
};

struct rendering {
	const char *format; /* its name, as --format takes it */
	bool needs_plan; /* there is nothing to be shown where the plan is NULL */
	bool takes_answers; /* it shows what people say */
	/* What `about` points to outlives the fold. */
	void *(*new)(const struct rendering_about *about);
	void (*see)(void *self, const struct message *message);
	/* Appends the text. Once, after the last message. */
	void (*put)(void *self, struct buf *out);
	void (*free)(void *self);
};

extern const struct rendering rendering_answers;
extern const struct rendering rendering_asciicast;
extern const struct rendering rendering_json;
extern const struct rendering rendering_junit;
extern const struct rendering rendering_markdown;
extern const struct rendering rendering_html;

#endif
