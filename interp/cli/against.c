/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/against.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/mistakes.h"
#include "cli/replayed.h"
#include "cli/sources.h"
#include "record/recording.h"
#include "run/reenactment.h"
#include "stdlib/registry.h"
#include "view/against.h"

struct changed {
	const struct invocation *invocation;
	const char *file;
	struct arena *arena;
	struct recording *then;
	const struct plan *plan_then;
	struct load load;
	struct store *store;
	struct sched *sched;
	struct reenactment *reenactment;
};

static bool load_changed(struct changed *changed)
{
	bool ok = load_file(&changed->load, changed->file, &stdlib_vocabulary);

	return load_is_runbook(&changed->load, changed->file) && ok;
}

/* A parameter as it was, if the other runbook takes that; else as it is preset. NULL after a report. */
static const struct value *param_of(
    struct changed *changed, const struct param_decl *decl, const struct value *then)
{
	const struct value *value = then ? value_get_str(then, decl->name) : NULL;
	struct diags *diags = &changed->load.diags;
	struct diag *diag;
	struct str why;

	if (!value && decl->preset)
		return decl->preset;
	if (!value) {
		diag = diag_error(diags, "missing-param", decl->span,
		    "the run had no parameter `%.*s`", STR_ARG(decl->name));
		diag_help(diags, diag, "give it a default");
		return NULL;
	}
	value = decl_bind(changed->arena, decl, value, &why);
	if (!value)
		diag_error(diags, "wrong-type", decl->span,
		    "what the run had for `%.*s` does not fit: %.*s", STR_ARG(decl->name),
		    STR_ARG(why));
	return value;
}

/* NULL after a report. */
static const struct value *params_of(struct changed *changed)
{
	const struct runbook *runbook = changed->load.runbook;
	struct map_builder map;
	bool ok = true;

	map_begin(&map, changed->arena);
	for (size_t i = 0; i < runbook->param_count; i++) {
		const struct value *value = param_of(
		    changed, &runbook->params[i], changed->then->run_started->run_started.params);

		if (value)
			map_add_str(&map, runbook->params[i].name, value);
		ok = ok && value;
	}
	return ok ? map_end(&map) : NULL;
}

static void reenact(struct changed *changed, const struct value *params)
{
	struct message started = *changed->then->run_started;
	struct sched_options options = {.jobs = jobs_of(&started), .tells_nobody = true};

	started.run_started.runbook = changed->load.runbook->id;
	started.run_started.title = changed->load.runbook->title;
	started.run_started.params = params;
	started.run_started.sources = sources_facts(changed->arena, &changed->load);
	changed->store = store_new();
	changed->sched = sched_new(changed->load.plan, changed->store, &options);
	changed->reenactment = reenactment_new(changed->then, changed->sched);
	reenactment_run(changed->reenactment, &started);
}

/* What a note is about, beside a step's action. */
static struct str what_of(struct arena *arena, const struct message *effect)
{
	if (effect->type == MESSAGE_ASK)
		return STR("the question");
	if (effect->type != MESSAGE_START || effect->start.what == START_ACTION)
		return (struct str){0};
	if (effect->start.what == START_BACKGROUND)
		return STR("background");
	return arena_printf(
	    arena, "%s %u", start_what_names[effect->start.what], effect->start.index + 1);
}

static struct str node_of(const struct message *effect)
{
	switch (effect->type) {
	case MESSAGE_START:
		return effect->start.node;
	case MESSAGE_ASK:
		return effect->ask.node;
	case MESSAGE_ACQUIRE:
		return effect->lock.node;
	default:
		return effect->choose.node;
	}
}

static const struct against_doubt *doubts_of(struct changed *changed, size_t *ret_count)
{
	const struct reenactment_note *notes = reenactment_notes(changed->reenactment, ret_count);
	struct against_doubt *doubts = arena_array(changed->arena, *ret_count, sizeof(*doubts));

	for (size_t i = 0; i < *ret_count; i++)
		doubts[i] = (struct against_doubt){
		    .node = node_of(notes[i].effect),
		    .what = what_of(changed->arena, notes[i].effect),
		    .why = notes[i].why,
		    .unknown = notes[i].basis == BASIS_UNKNOWN,
		};
	return doubts;
}

static enum status tell(struct changed *changed)
{
	struct comparison *comparison = comparison_new(
	    changed->then, reenactment_recording(changed->reenactment));
	struct against_view view = {
	    .comparison = comparison,
	    .plans = {changed->plan_then, changed->load.plan},
	    .color = wants_color(changed->invocation, STDOUT_FILENO),
	};
	enum against_finding finding;
	struct buf out;

	view.doubts = doubts_of(changed, &view.doubt_count);
	buf_init(&out, BUF_UNBOUNDED);
	finding = against_text(&view, &out);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	comparison_free(comparison);
	return finding == AGAINST_SAME ? STATUS_OK : STATUS_DIVERGED;
}

static enum status compare(struct changed *changed)
{
	bool ok = load_changed(changed);
	const struct value *params = ok ? params_of(changed) : NULL;

	mistakes_show(&changed->load, wants_color(changed->invocation, STDERR_FILENO));
	if (!params)
		return STATUS_WRONG;
	reenact(changed, params);
	return tell(changed);
}

/* The record as a whole; it was read once already, and is good. */
static bool read_record(struct changed *changed, const char *transcript)
{
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	changed->then = recording_read(transcript, &error);
	if (!changed->then)
		complain("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	return changed->then != NULL;
}

static enum status compare_with(struct changed *changed, const struct replayed *replayed)
{
	enum status status = STATUS_DAMAGED;

	if (!replayed->same) {
		complain("%s: its own runbook would not decide as it tells: %.*s", replayed->path,
		    STR_ARG(replayer_why(replayed->replayer)));
		return STATUS_DIVERGED;
	}
	changed->plan_then = replayed->load.plan;
	changed->arena = arena_new();
	if (read_record(changed, replayed->path)) {
		status = compare(changed);
		reenactment_free(changed->reenactment);
		sched_free(changed->sched);
		if (changed->store)
			store_free(changed->store);
		load_done(&changed->load);
	}
	recording_free(changed->then);
	arena_free(changed->arena);
	return status;
}

enum status against(const struct invocation *invocation, const char *transcript, const char *file)
{
	struct changed changed = {.invocation = invocation, .file = file};
	struct replayed replayed;
	enum status status = replayed_read(&replayed, transcript, NULL, NULL);

	if (status == STATUS_OK)
		status = compare_with(&changed, &replayed);
	replayed_done(&replayed);
	return status;
}
