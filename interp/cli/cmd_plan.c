/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/foretold.h"
#include "cli/given.h"
#include "cli/mistakes.h"
#include "lang/load.h"
#include "stdlib/registry.h"
#include "view/plan_graph.h"
#include "view/plan_json.h"
#include "view/plan_text.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_DOT, FORMAT_MERMAID };

static const struct option_row options[] = {
    {"format", 'f', "text|json|dot|mermaid",
	"text (the default), a document, or a drawing: dot (Graphviz), mermaid"},
    OPTION_PARAMS,
    OPTION_COLOR,
    {0},
};

/* A drawing tells nothing of time. */
static bool foretell(const struct load *load, const struct value *params,
    struct forecast **ret_forecast, struct outlook *ret_outlook)
{
	*ret_forecast = foretold_new(load->plan, params, (struct str){0}, NULL);
	return foretold_ask(*ret_forecast, 0, ret_outlook);
}

static void show(const struct invocation *invocation, enum format format, const struct load *load,
    const struct value *params, struct buf *out)
{
	struct forecast *forecast = NULL;
	struct outlook outlook;
	bool known = format <= FORMAT_JSON && foretell(load, params, &forecast, &outlook);

	switch (format) {
	case FORMAT_TEXT:
		plan_text(load->plan, params, known ? &outlook : NULL,
		    wants_color(invocation, STDOUT_FILENO), out);
		break;
	case FORMAT_JSON:
		plan_json(load, params, known ? &outlook : NULL, out);
		break;
	case FORMAT_DOT:
		plan_graph(load->plan, params, GRAPH_DOT, out);
		break;
	case FORMAT_MERMAID:
		plan_graph(load->plan, params, GRAPH_MERMAID, out);
		break;
	}
	forecast_free(forecast);
}

static int run(const struct invocation *invocation)
{
	struct arena *arena = arena_new();
	const struct value *params = NULL;
	size_t format;
	struct load load;
	struct buf out;
	bool ok;

	if (!option_choice(invocation, "format", &format)) {
		arena_free(arena);
		return STATUS_WRONG;
	}
	ok = load_file(&load, invocation->args[0], &stdlib_vocabulary) &&
	    load_is_runbook(&load, invocation->args[0]);
	if (ok && (option_given(invocation, "param") || option_given(invocation, "params-file"))) {
		params = given_params(invocation, &load, arena);
		ok = params != NULL;
	} else if (ok) {
		params = model_presets(arena, load.runbook);
	}
	mistakes_show(&load, wants_color(invocation, STDERR_FILENO));
	buf_init(&out, BUF_UNBOUNDED);
	if (ok) {
		show(invocation, (enum format)format, &load, params, &out);
		fwrite(out.ptr, 1, out.len, stdout);
	}
	buf_done(&out);
	load_done(&load);
	arena_free(arena);
	return ok ? STATUS_OK : STATUS_WRONG;
}

static const struct example_row examples[] = {
    {"reprise plan database-failure.yaml",
	"the order, what is destroyed, who is asked, how long it takes at most"},
    {"reprise plan -f dot database-failure.yaml | dot -Tsvg > plan.svg",
	"the graph, drawn by Graphviz"},
    {0},
};

const struct command command_plan = {
    .name = "plan",
    .arguments = "FILE",
    .least = 1,
    .most = 1,
    .summary =
	"show what a runbook would do: the order, what it destroys, who is asked, how long at most",
    .options = options,
    .examples = examples,
    .run = run,
};
