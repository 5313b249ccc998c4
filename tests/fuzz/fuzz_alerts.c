/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <assert.h>

#include "lang/load.h"
#include "lang/response.h"
#include "stdlib/registry.h"

/*
 * Reads a payload, has a runbook answer what is in it, and looks at what would be pasted: one line, and nothing in it
 * that a terminal obeys.
 */

static const char book[] =
    "reprise: 1\nid: x\n"
    "params: {host: {type: string, default: x}, hosts: {type: list, default: []}}\n"
    "triggers:\n"
    "  - alert: {matches: \".*\"}\n"
    "    params: {host: \"${{ labels.instance + annotations[?'a'].orValue(fingerprint) }}\", "
    "hosts: [\"${{ startsAt }}\", \"${{ generatorURL }}\"]}\n"
    "steps:\n  - {id: a, run: [echo, \"${{ params.host }}\", \"${{ params.hosts }}\"]}\n";

static void answer(struct arena *arena, const struct load *load, const struct alert *alert)
{
	const struct matcher *failed;
	struct response response;
	struct buf text;

	assert(alert->name.len && alert->labels->type == VALUE_MAP);
	alert_facts(arena, alert);
	if (!response_find(arena, load->runbook, "x.yaml", alert, &response, &failed))
		return;
	assert(response.given_count + response.lacking_count == 2);
	buf_init(&text, BUF_UNBOUNDED);
	response_command(&response, "run", &text);
	for (size_t i = 0; i < text.len; i++)
		assert((unsigned char)text.ptr[i] >= ' ' && text.ptr[i] != 127);
	buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct alerts alerts;
	struct load load;
	struct str error = {0};

	if (!load_text(&load, "x.yaml", str_from(book), &stdlib_vocabulary))
		assert(false);
	if (!alerts_read(arena, (struct str){(const char *)data, size}, &alerts, &error))
		assert(error.len);
	else
		for (size_t i = 0; i < alerts.count; i++)
			answer(arena, &load, &alerts.items[i]);
	load_done(&load);
	arena_free(arena);
	return 0;
}
