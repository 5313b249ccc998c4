/* SPDX-License-Identifier: Apache-2.0 */
#include "view/incident.h"

#include "base/units.h"

/* A day and half of one, in microseconds. */
#define DAY_US ((int64_t)24 * 60 * 60 * 1000000)

const struct incident_row incident_rows[] = {
    [ANSWER_SEVERITY] = {NULL, "severity", INCIDENT_TEXT, "P1, P2, P3 or P4", true},
    [ANSWER_IMPACT] = {NULL, "impact", INCIDENT_TEXT, "number of users affected, features impacted",
	false},
    [ANSWER_DETECTED] = {NULL, "detected", INCIDENT_TIME, "when the issue was detected", false},
    [ANSWER_INVESTIGATED] = {NULL, "investigation_started", INCIDENT_TIME,
	"when the investigation started, if that was before the run", false},
    [ANSWER_CAUSE_KNOWN] = {NULL, "root_cause_identified", INCIDENT_TIME,
	"when the root cause was identified", false},
    [ANSWER_FIXED] = {NULL, "fix_deployed", INCIDENT_TIME, "when the fix was deployed", false},
    [ANSWER_RESTORED] = {NULL, "service_restored", INCIDENT_TIME, "when the service was restored",
	false},
    [ANSWER_TIMELINE] = {NULL, "timeline", INCIDENT_EVENTS,
	"what happened beside the run, each as \"HH:MM - what\"", false},
    [ANSWER_ROOT_CAUSE] = {NULL, "root_cause", INCIDENT_TEXT,
	"why it happened, and why it could; not who", false},
    [ANSWER_RESOLUTION] = {NULL, "resolution", INCIDENT_TEXT,
	"what resolved it beyond the steps of the run", false},
    [ANSWER_RESTORED_AS_OF] = {NULL, "restored_as_of", INCIDENT_TIME,
	"up to when the data is there again", false},
    [ANSWER_PREVENT] = {"action_items", "prevent", INCIDENT_TEXT,
	"what prevents it: what, who, until when", true},
    [ANSWER_DETECT] = {"action_items", "detect", INCIDENT_TEXT,
	"what detects it sooner: what, who, until when", true},
    [ANSWER_RUNBOOKS] = {"action_items", "runbooks", INCIDENT_TEXT,
	"what betters the runbook: what, who, until when", true},
    [ANSWER_MONITOR] = {"action_items", "monitor", INCIDENT_TEXT,
	"what is to be monitored: what, who, until when", true},
    [ANSWER_MORE] = {"action_items", "more", INCIDENT_TEXTS,
	"anything else, each as \"what, who, until when\"", false},
    [ANSWER_LESSONS] = {NULL, "lessons", INCIDENT_TEXT,
	"what we learned and how to prevent similar issues", true},
    [ANSWER_CHECK_SERVICES] = {"checklist", "services", INCIDENT_TEXT, "who verified them, and how",
	false},
    [ANSWER_CHECK_DATA] = {"checklist", "data", INCIDENT_TEXT,
	"who confirmed it, against what; what is lost", false},
    [ANSWER_CHECK_COMMUNICATION] = {"checklist", "communication", INCIDENT_TEXT,
	"where it can be read, or \"not applicable\"", false},
    [ANSWER_CHECK_REPORT] = {"checklist", "report", INCIDENT_TEXT, "who has read it", false},
    [ANSWER_CHECK_TIMELINE] = {"checklist", "timeline", INCIDENT_TEXT, "who went through it",
	false},
    [ANSWER_CHECK_CAUSE] = {"checklist", "root_cause", INCIDENT_TEXT,
	"who took part in the analysis", false},
    [ANSWER_CHECK_ACTIONS] = {"checklist", "action_items", INCIDENT_TEXT, "where they are tracked",
	true},
    [ANSWER_CHECK_RUNBOOKS] = {"checklist", "runbooks", INCIDENT_TEXT,
	"what was changed, or \"nothing to change\"", true},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* How long a text is a time of day, "03:04" or "03:04:05". */
static size_t clock_len(struct str text)
{
	static const char form[] = "dd:dd:dd";
	size_t len = 0;

	while (len < sizeof(form) - 1 && len < text.len &&
	    (form[len] == 'd' ? is_digit(text.ptr[len]) : text.ptr[len] == ':'))
		len++;
	return len == 8 ? 8 : len >= 5 ? 5 : 0;
}

/* "2026-11-22" and a time of day. */
static bool moment(struct str day, struct str clock, int64_t *ret_us)
{
	struct buf whole;
	bool ok;

	buf_init(&whole, BUF_UNBOUNDED);
	buf_printf(
	    &whole, "%.*sT%.*s%sZ", STR_ARG(day), STR_ARG(clock), clock.len == 5 ? ":00" : "");
	ok = units_time(buf_view(&whole), ret_us);
	buf_done(&whole);
	return ok;
}

bool incident_time(struct str text, int64_t near_us, int64_t *ret_us)
{
	struct buf day;
	bool ok;

	text = str_trim(text);
	if (text.len > 11 && (text.ptr[10] == ' ' || text.ptr[10] == 'T') &&
	    clock_len(str_sub(text, 11, text.len)) == text.len - 11)
		return moment(str_sub(text, 0, 10), str_sub(text, 11, text.len), ret_us);
	if (clock_len(text) == 0 || clock_len(text) != text.len)
		return units_time(text, ret_us);
	buf_init(&day, BUF_UNBOUNDED);
	units_show_time(&day, near_us);
	ok = moment(str_sub(buf_view(&day), 0, 10), text, ret_us);
	buf_done(&day);
	if (!ok)
		return false;
	if (*ret_us - near_us > DAY_US / 2)
		*ret_us -= DAY_US;
	else if (near_us - *ret_us > DAY_US / 2)
		*ret_us += DAY_US;
	return true;
}

bool incident_event(struct str text, int64_t near_us, int64_t *ret_us, struct str *ret_what)
{
	ptrdiff_t at = str_find(text, STR(" - "));

	if (at < 0 || !incident_time(str_sub(text, 0, (size_t)at), near_us, ret_us))
		return false;
	*ret_what = str_trim(str_sub(text, (size_t)at + 3, text.len));
	return ret_what->len > 0;
}
