/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explore.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/given.h"
#include "cli/mistakes.h"
#include "lang/load.h"
#include "stdlib/registry.h"
#include "view/explore.h"

enum { MAX_STATES = 200000, MOST_STATES = 100000000 };

enum format { FORMAT_TEXT, FORMAT_JSON };

bool explore_options_fit(const struct invocation *invocation)
{
	static const char *const own[] = {"max-states", "format", NULL};
	static const char *const shared[] = {
	    "explore", "max-states", "format", "param", "params-file", "color", NULL};
	bool explores = option_given(invocation, "explore");

	for (size_t i = 0; i < invocation->option_count; i++) {
		const char *name = invocation->options[i].option->name;
		bool fits = !explores;

		for (size_t k = 0; own[k] && !explores; k++)
			fits = fits && strcmp(name, own[k]) != 0;
		for (size_t k = 0; shared[k] && explores; k++)
			fits = fits || strcmp(name, shared[k]) == 0;
		if (fits)
			continue;
		if (explores)
			complain("--%s does not go with --explore, which runs nothing", name);
		else
			complain("--%s goes with --explore", name);
		return false;
	}
	return true;
}

static bool load_runbook(const struct invocation *invocation, struct load *load)
{
	return load_file(load, invocation->args[0], &stdlib_vocabulary) &&
	    load_is_runbook(load, invocation->args[0]);
}

static int show(const struct invocation *invocation, enum format format, const struct load *load,
    const struct value *params, size_t max_states)
{
	struct explore_options options = {.max_states = max_states};
	struct exploration *exploration = explore(load->plan, params, &options);
	int status = exploration->count ? STATUS_FAILED : STATUS_OK;
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	if (format == FORMAT_JSON)
		explore_json(load->plan, exploration, &out);
	else
		explore_text(load->plan, exploration, invocation->args[0],
		    wants_color(invocation, STDOUT_FILENO), &out);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	explore_free(exploration);
	return status;
}

int explore_runbook(const struct invocation *invocation)
{
	int status = STATUS_WRONG;
	const struct value *params = NULL;
	struct arena *arena;
	size_t format;
	int64_t max_states;
	struct load load;

	if (!option_choice(invocation, "format", &format) ||
	    !option_number(invocation, "max-states", MOST_STATES, MAX_STATES, &max_states))
		return STATUS_WRONG;
	arena = arena_new();
	if (load_runbook(invocation, &load))
		params = given_params_alone(invocation, &load, arena);
	mistakes_show(&load, wants_color(invocation, STDERR_FILENO));
	if (params)
		status = show(invocation, (enum format)format, &load, params, (size_t)max_states);
	load_done(&load);
	arena_free(arena);
	return status;
}
