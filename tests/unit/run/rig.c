/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"
#include "fake.h"
#include "record/signature.h"
#include "record/transcript_reader.h"

static void log_text(struct rig *rig, struct str text)
{
	if (text.len)
		buf_printf(&rig->log, ": %.*s", STR_ARG(text));
}

static void log_value(struct rig *rig, const struct value *value)
{
	struct json json;

	if (!value)
		return;
	buf_byte(&rig->log, ' ');
	json_init(&json, &rig->log);
	value_to_json(&json, value);
}

static struct str node_name(struct str node)
{
	return node.len ? node : STR(".");
}

static void log_finished(struct rig *rig, const struct message *message)
{
	buf_printf(&rig->log, "finished %u %s %s", message->finished.op,
	    op_end_names[message->finished.end], message->finished.verdict.ok ? "ok" : "not");
	log_text(rig, message->finished.verdict.why);
}

static void see(void *self, const struct message *message)
{
	struct rig *rig = self;

	switch (message->type) {
	case MESSAGE_START:
		buf_printf(&rig->log, "start %u %.*s", message->start.op,
		    STR_ARG(node_name(message->start.node)));
		break;
	case MESSAGE_STOP:
		buf_printf(
		    &rig->log, "stop %u %s", message->stop.op, stop_how_names[message->stop.how]);
		break;
	case MESSAGE_FINISHED:
		log_finished(rig, message);
		break;
	case MESSAGE_OUTPUT:
		buf_printf(&rig->log, "output %u %s %.*s", message->output.op,
		    output_stream_names[message->output.stream],
		    STR_ARG(str_trim(message->output.bytes)));
		break;
	case MESSAGE_STEP_FINISHED:
		buf_printf(&rig->log, "step %.*s %s", STR_ARG(message->step_finished.node),
		    outcome_names[message->step_finished.outcome]);
		log_value(rig, message->step_finished.outputs);
		log_text(rig, message->step_finished.why);
		break;
	case MESSAGE_RUN_FINISHED:
		buf_printf(&rig->log, "run %s", run_outcome_names[message->run_finished.outcome]);
		break;
	case MESSAGE_RECORD:
		buf_printf(&rig->log, "record %s", record_state_names[message->record.state]);
		break;
	default:
		buf_text(&rig->log, message_name(message->type));
		break;
	}
	buf_byte(&rig->log, '\n');
	if (rig->see)
		rig->see(rig, message);
}

static void ask(void *self, const struct message *message)
{
	struct rig *rig = self;

	buf_printf(&rig->log, "asked %.*s\n", STR_ARG(message->ask.step));
	if (rig->asked)
		rig->asked(rig, message);
}

static void unask(void *self, const struct message *message)
{
	struct rig *rig = self;

	buf_printf(&rig->log, "unasked %u\n", message->unask.id);
}

struct rig *rig_new(const char *runbook)
{
	struct rig *rig = mem_alloc(sizeof(*rig));

	snprintf(rig->folder, sizeof(rig->folder), "/tmp/reprise-run-XXXXXX");
	assert_non_null(mkdtemp(rig->folder));
	snprintf(rig->path, sizeof(rig->path), "%s/t.jsonl", rig->folder);
	buf_init(&rig->log, BUF_UNBOUNDED);
	if (!load_text(&rig->load, "book.yaml", str_from(runbook), &fake_vocabulary)) {
		load_show(&rig->load, false, &rig->log);
		fail_msg("%.*s", STR_ARG(buf_view(&rig->log)));
	}
	rig->arena = arena_new();
	rig->loop = loop_new();
	rig->store = store_new();
	rig->jobs = 8;
	rig->observer = (struct observer){.see = see, .self = rig};
	rig->options = (struct engine_options){
	    .loop = rig->loop, .path = rig->path, .observers = &rig->observer, .observer_count = 1};
	rig->host = (struct host){.loop = rig->loop, .folder = rig->folder, .run_dir = rig->folder};
	return rig;
}

struct executor *rig_live(struct rig *rig)
{
	struct exec_live_options live = {
	    .engine = rig->engine,
	    .registry = &fake_registry,
	    .secrets = rig->secrets,
	    .host = &rig->host,
	    .asker = {ask, unask, rig},
	    .run = "rig",
	    .lock_folder = rig->folder,
	};

	if (!rig->live)
		rig->live = exec_live_new(&live);
	return exec_live_executor(rig->live);
}

void rig_begin(struct rig *rig, struct executor *executor)
{
	struct message started = {.type = MESSAGE_RUN_STARTED};
	struct sched_options sched = {.jobs = rig->jobs};
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	rig->sched = sched_new(rig->load.plan, rig->store, &sched);
	rig->options.sched = rig->sched;
	rig->secrets = secrets_read(rig->load.plan, rig->folder, (struct str){0}, &rig->load.diags);
	assert_non_null(rig->secrets);
	rig->engine = engine_new(&rig->options, &error);
	if (!rig->engine)
		fail_msg("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	fake_use(rig);
	engine_perform_by(rig->engine, executor ? executor : rig_live(rig));
	started.run_started.format = 1;
	started.run_started.run = STR("run-1");
	started.run_started.mode = STR("run");
	started.run_started.on_divergence = rig->on_divergence;
	started.run_started.runbook = rig->load.runbook->id;
	started.run_started.seed = STR("00000000000000ff");
	started.run_started.dir = str_from(rig->folder);
	started.run_started.on_record_failure = rig->on_record_failure;
	started.run_started.params = model_params(
	    rig->arena, rig->load.runbook, NULL, 0, &rig->load.diags);
	started.run_started.program = value_null();
	started.run_started.host = value_null();
	started.run_started.sources = value_list(rig->arena, NULL, 0);
	engine_begin(
	    rig->engine, &started, (const struct source *const[]){rig->load.source}, 1, NULL);
}

void rig_run(struct rig *rig)
{
	engine_run(rig->engine);
}

struct rig *rig_ran(const char *runbook)
{
	struct rig *rig = rig_new(runbook);

	rig_begin(rig, NULL);
	rig_run(rig);
	return rig;
}

static void remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(folder);
}

void rig_free(struct rig *rig)
{
	exec_live_free(rig->live);
	fake_release(rig);
	engine_free(rig->engine);
	sched_free(rig->sched);
	store_free(rig->store);
	loop_free(rig->loop);
	secrets_free(rig->secrets);
	arena_free(rig->arena);
	buf_done(&rig->log);
	load_done(&rig->load);
	remove_folder(rig->folder);
	free(rig);
}

void rig_signal(struct rig *rig, const char *name)
{
	struct message signal = {.type = MESSAGE_SIGNAL};

	signal.signal.name = str_from(name);
	engine_post(rig->engine, &signal);
}

void rig_note(struct rig *rig, struct str text)
{
	struct message note = {.type = MESSAGE_NOTE};

	note.note.who = STR("test");
	note.note.text = text;
	engine_aside(rig->engine, &note);
}

void rig_says(struct rig *rig, const char *const lines[])
{
	struct str rest = buf_view(&rig->log);
	struct str line;

	for (size_t i = 0; lines[i]; i++) {
		bool found = false;

		while (!found && str_line(&rest, &line))
			found = str_is(line, lines[i]);
		if (!found)
			fail_msg("\"%s\" is missing, or not where it should be:\n%.*s", lines[i],
			    STR_ARG(buf_view(&rig->log)));
	}
}

size_t rig_count(struct rig *rig, const char *begin)
{
	struct str rest = buf_view(&rig->log);
	struct str line;
	size_t count = 0;

	while (str_line(&rest, &line))
		count += str_starts(line, str_from(begin));
	return count;
}

void rig_says_not(struct rig *rig, const char *line)
{
	if (rig_count(rig, line))
		fail_msg("\"%s\" should not be there:\n%.*s", line, STR_ARG(buf_view(&rig->log)));
}

const char *rig_record(struct rig *rig)
{
	struct stat stat;
	char *text;
	int fd = open(rig->path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0 && fstat(fd, &stat) == 0);
	text = arena_alloc(rig->arena, (size_t)stat.st_size + 1);
	assert_int_equal(read(fd, text, (size_t)stat.st_size), stat.st_size);
	close(fd);
	return text;
}

const char *rig_verify(struct rig *rig)
{
	static const char *const names[] = {
	    [TRANSCRIPT_SEALED] = "sealed",
	    [TRANSCRIPT_INCOMPLETE] = "incomplete",
	    [TRANSCRIPT_TORN] = "torn",
	    [TRANSCRIPT_DAMAGED] = "damaged",
	    [TRANSCRIPT_UNREADABLE] = "unreadable",
	};
	struct buf out;
	enum transcript_state state;

	buf_init(&out, BUF_UNBOUNDED);
	state = transcript_verify(rig->path, NULL, &out);
	buf_done(&out);
	return names[state];
}
