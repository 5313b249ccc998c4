/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/replay_live.h"

#include <string.h>
#include <unistd.h>

#include "cli/beginning.h"
#include "cli/console.h"
#include "cli/kept.h"
#include "cli/key_file.h"
#include "cli/recorded.h"
#include "cli/replayed.h"
#include "cli/sources.h"
#include "stdlib/registry.h"

/* What is said with --live alone; options of both are not among them. */
static const char *const own_options[] = {"on-divergence", "accept-change", "transcript", "param",
    "approve", "answer", "non-interactive", "on-record-failure", "sign-key", "quiet", NULL};

const char *replay_live_only(const struct invocation *invocation)
{
	for (size_t i = 0; own_options[i]; i++)
		if (option_given(invocation, own_options[i]))
			return own_options[i];
	return NULL;
}

/* A record that can be followed: whole as far as it goes. */
static enum status read_recording(const char *transcript, struct recording **ret_recording)
{
	struct recording *recording;
	enum status status = STATUS_OK;
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	recording = recording_read(transcript, &error);
	if (!recording) {
		complain("%.*s", STR_ARG(buf_view(&error)));
		status = STATUS_DAMAGED;
	} else if (recording->damaged) {
		complain("%s: %.*s", transcript, STR_ARG(recording->state));
		status = STATUS_DAMAGED;
	} else if (recording->missing) {
		complain("%s cannot be followed: %lld lines are missing in it (%.*s)", transcript,
		    (long long)recording->missing, STR_ARG(recording->missing_why));
		status = STATUS_DAMAGED;
	} else if (recording->report.unknown) {
		complain(
		    "%s cannot be followed: %.*s", transcript, STR_ARG(recording->unknown_why));
		status = STATUS_WRONG;
	}
	buf_done(&error);
	*ret_recording = recording;
	return status;
}

/* The path of the runbook, in the run's arena. */
static const char *runbook_path(const struct beginning *run)
{
	const struct source *source = run->load.files.items[0]->source;

	return arena_cstr(run->arena, str_from(source->path ? source->path : source->name));
}

static bool is_good(const struct beginning *run)
{
	if (run->load.plan && run->load.diags.errors == 0)
		return true;
	beginning_show(run);
	complain("%s: this version finds mistakes in %s", run->followed.transcript,
	    run->followed.changed ? "the runbook as it is now" : "the runbook that it holds");
	return false;
}

/* The runbook: as it was, or as it is now where that is another one and it is meant. */
static enum status load(struct beginning *run, const char **ret_path)
{
	const struct source *changed;

	if (!recorded_load(run->followed.transcript, &run->load)) {
		complain("%s ends before it holds the runbook whole: nothing had begun",
		    run->followed.transcript);
		return STATUS_DAMAGED;
	}
	*ret_path = runbook_path(run);
	changed = sources_changed(&run->load);
	if (changed && !option_given(run->invocation, "accept-change")) {
		complain("%s was changed since that run. --accept-change runs it as it is now, and "
			 "compares what is still the same",
		    changed->path);
		return STATUS_WRONG;
	}
	if (changed) {
		load_done(&run->load);
		run->followed.changed = true;
		load_file(&run->load, *ret_path, &stdlib_vocabulary);
	}
	return is_good(run) ? STATUS_OK : STATUS_WRONG;
}

/* A recorded value as the runbook declares the parameter now; NULL after saying why it cannot be. */
static const struct value *rebind(
    struct beginning *run, const struct param_decl *decl, const struct value *recorded)
{
	const struct value *value = recorded ? recorded : decl->preset;
	struct str why = {0};

	if (recorded && recorded->type != VALUE_NULL)
		value = decl_bind(run->arena, decl, recorded, &why);
	if (!value && !recorded)
		complain(
		    "the runbook as it is now wants a parameter that the record does not have: "
		    "%.*s. reprise run takes it",
		    STR_ARG(decl->name));
	else if (!value)
		complain(
		    "a recorded parameter is none of the runbook as it is now: %.*s", STR_ARG(why));
	return value;
}

/* Those of the record; of a runbook that was changed, those that it still has. */
static const struct value *recorded_params(struct beginning *run)
{
	const struct runbook *runbook = run->load.runbook;
	const struct value *recorded = run->followed.recording->run_started->run_started.params;
	struct map_builder map;

	if (!run->followed.changed && recorded && recorded->type == VALUE_MAP)
		return recorded;
	map_begin(&map, run->arena);
	for (size_t i = 0; i < runbook->param_count; i++) {
		const struct param_decl *decl = &runbook->params[i];
		const struct value *value = rebind(run, decl,
		    recorded && recorded->type == VALUE_MAP ? value_get_str(recorded, decl->name)
							    : NULL);

		if (!value)
			return NULL;
		map_add_str(&map, decl->name, value);
	}
	return map_end(&map);
}

/* By default a person is asked, where there is one. */
static bool read_policy(const struct invocation *invocation, enum on_divergence *ret_policy)
{
	bool alone = option_given(invocation, "non-interactive") || !console_name();
	size_t choice;

	if (!option_choice(invocation, "on-divergence", &choice))
		return false;
	*ret_policy = (enum on_divergence)choice;
	if (!option_given(invocation, "on-divergence"))
		*ret_policy = alone ? DIVERGENCE_STOP : DIVERGENCE_ASK;
	return true;
}

static bool takes_no_params(const struct invocation *invocation)
{
	if (option_given(invocation, "param"))
		complain("the parameters are those of the record: with others it is another run, "
			 "which reprise run begins");
	return !option_given(invocation, "param");
}

static int follow(struct beginning *run)
{
	struct recording *recording = NULL;
	enum status status = read_recording(run->followed.transcript, &recording);
	const char *path;
	bool ready = false;
	int ended;

	run->followed.recording = recording;
	if (status == STATUS_OK)
		status = load(run, &path);
	if (status == STATUS_OK) {
		run->jobs = jobs_of(recording->run_started);
		run->params = recorded_params(run);
		ready = run->params && beginning_check_params(run) &&
		    key_file_private(run->invocation, "sign-key", &run->sign_key) &&
		    beginning_prepare(run, path);
		beginning_show(run);
	}
	ended = ready ? beginning_run(run) : (int)(status == STATUS_OK ? STATUS_WRONG : status);
	recording_free(recording);
	return ended;
}

int replay_live(const struct invocation *invocation)
{
	struct beginning run = {.invocation = invocation, .arena = arena_new()};
	int status = STATUS_WRONG;
	struct kept kept;

	if (takes_no_params(invocation) && read_policy(invocation, &run.followed.on_divergence) &&
	    kept_find(run.arena, invocation->args[0], &kept)) {
		run.followed.transcript = kept.transcript;
		status = follow(&run);
	}
	beginning_done(&run);
	return status;
}
