/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/offer.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/address.h"
#include "cli/kept.h"
#include "cli/manual.h"
#include "cli/recorded.h"
#include "stdlib/registry.h"
#include "view/text.h"

void offer_word(const struct offer *offer, struct str word, struct str doc)
{
	if (!str_starts(word, offer->begin))
		return;
	buf_str(offer->out, offer->prefix);
	text_harmless(offer->out, word);
	buf_byte(offer->out, '\t');
	text_harmless(offer->out, doc);
	buf_byte(offer->out, '\n');
}

/* "restore=": what follows is to be written by hand. */
static void offer_begin(const struct offer *offer, struct str word, bool goes_on, struct str doc)
{
	struct buf whole;

	buf_init(&whole, BUF_UNBOUNDED);
	buf_str(&whole, word);
	if (goes_on)
		buf_byte(&whole, '=');
	offer_word(offer, buf_view(&whole), doc);
	buf_done(&whole);
}

/* What a shell would make of "~/", which it does not hand over. */
static const char *at_home(struct arena *arena, const char *path)
{
	const char *home = getenv("HOME");

	return home && strncmp(path, "~/", 2) == 0 ? arena_printf(arena, "%s%s", home, path + 1).ptr
						   : path;
}

/* The runbook on the line, or that of the run on it; false when there is none that can be read. */
static bool load_it(const struct offer *offer, struct arena *arena, struct load *load)
{
	struct kept kept;
	struct stat found;

	if (offer->runbook) {
		const char *path = at_home(arena, offer->runbook);

		/* A pipe would be waited for. */
		if (stat(path, &found) != 0 || !S_ISREG(found.st_mode))
			return false;
		load_file(load, path, &stdlib_vocabulary);
		return true;
	}
	return offer->run && kept_find(arena, at_home(arena, offer->run), &kept) &&
	    recorded_load(kept.transcript, load);
}

/* Whether an option can mean that step. */
static bool is_meant(const struct offer *offer, const struct plan_node *node)
{
	const char *option = offer->option ? offer->option->name : "";
	bool is_manual = node->step->manual.text;

	if (strcmp(option, "approve") == 0)
		return node->asks;
	if (strcmp(option, "answer") == 0)
		return is_manual;
	if (strcmp(option, "lost") == 0)
		return node->step->action.spec;
	if (strcmp(option, "inject") == 0)
		return is_manual || node->step->action.spec;
	return true;
}

static void offer_plan(const struct offer *offer, const struct plan *plan, bool goes_on)
{
	struct buf path;

	buf_init(&path, BUF_UNBOUNDED);
	for (size_t i = PLAN_ROOT + 1; plan && i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (!is_meant(offer, node))
			continue;
		buf_clear(&path);
		address_path(&path, plan, node);
		offer_begin(offer, buf_view(&path), goes_on, node->step->title);
	}
	buf_done(&path);
}

static void offer_steps(const struct offer *offer, bool goes_on)
{
	struct arena *arena = arena_new();
	struct load load;

	if (load_it(offer, arena, &load)) {
		offer_plan(offer, load.plan, goes_on);
		load_done(&load);
	}
	arena_free(arena);
}

static void offer_params(const struct offer *offer, bool goes_on)
{
	struct arena *arena = arena_new();
	struct load load;

	if (load_it(offer, arena, &load)) {
		for (size_t i = 0; load.runbook && i < load.runbook->param_count; i++)
			offer_begin(offer, load.runbook->params[i].name, goes_on,
			    load.runbook->params[i].description);
		load_done(&load);
	}
	arena_free(arena);
}

static void offer_files(const struct offer *offer, bool goes_on)
{
	(void)goes_on;
	buf_text(offer->out, offer->option ? ":files\n" : ":files yaml yml\n");
}

static void offer_alerts(const struct offer *offer, bool goes_on)
{
	(void)goes_on;
	buf_text(offer->out, ":files json\n");
}

static void offer_folders(const struct offer *offer, bool goes_on)
{
	(void)goes_on;
	buf_text(offer->out, ":folders\n");
}

/* Those that are kept, and transcripts that lie elsewhere. */
static void offer_runs(const struct offer *offer, bool goes_on)
{
	struct arena *arena = arena_new();
	struct buf error;
	const char *home;
	DIR *dir = NULL;
	const struct dirent *entry;

	(void)goes_on;
	buf_init(&error, BUF_UNBOUNDED);
	home = kept_home(arena, &error);
	if (home)
		dir = opendir(arena_printf(arena, "%s/runs", home).ptr);
	while (dir && (entry = readdir(dir))) {
		struct str name = str_from(entry->d_name);

		if (str_ends(name, STR(".jsonl")))
			offer_word(
			    offer, str_sub(name, 0, name.len - 6), STR("a run that is kept"));
	}
	if (dir)
		closedir(dir);
	buf_text(offer->out, ":files jsonl\n");
	buf_done(&error);
	arena_free(arena);
}

static void offer_actions(const struct offer *offer, bool goes_on)
{
	const struct vocabulary *all = &stdlib_vocabulary;

	(void)goes_on;
	for (size_t i = 0; all->actions[i]; i++)
		offer_word(
		    offer, str_from(all->actions[i]->name), str_from(all->actions[i]->summary));
	for (size_t i = 0; all->connections[i]; i++)
		offer_word(offer, str_from(all->connections[i]->kind),
		    str_from(all->connections[i]->summary));
	for (size_t i = 0; all->channels[i]; i++)
		offer_word(
		    offer, str_from(all->channels[i]->kind), str_from(all->channels[i]->summary));
}

static void offer_commands(const struct offer *offer, bool goes_on)
{
	(void)goes_on;
	for (size_t i = 0; commands[i]; i++)
		offer_word(offer, str_from(commands[i]->name), str_from(commands[i]->summary));
}

static void offer_pages(const struct offer *offer, bool goes_on)
{
	struct manual_page pages[MANUAL_PAGES_MOST];
	size_t count = manual_pages(pages);

	(void)goes_on;
	for (size_t i = 0; i < count; i++)
		offer_word(offer, str_from(pages[i].word), str_from(pages[i].name));
}

/* What stands in capitals in the tables of the commands. Whatever else does is to be written by hand. */
static const struct {
	const char *name;
	void (*offer)(const struct offer *offer, bool goes_on);
} kinds[] = {
    {"ALERTS", offer_alerts},
    {"COMMAND", offer_commands},
    {"ACTION", offer_actions},
    {"FILE", offer_files},
    {"FOLDER", offer_folders},
    {"NAME", offer_params},
    {"PAGE", offer_pages},
    {"PATH", offer_files},
    {"RUN", offer_runs},
    {"RUNBOOK", offer_files},
    {"STEP", offer_steps},
};

static bool is_literal(struct str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (isupper((unsigned char)word.ptr[i]))
			return false;
	return true;
}

static void offer_one(const struct offer *offer, struct str word, bool goes_on)
{
	if (is_literal(word))
		offer_word(offer, word, STR(""));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_eq(word, str_from(kinds[i].name)))
			kinds[i].offer(offer, goes_on);
}

/* How much of a text stands before a = and with it; 0: there is none. */
static size_t before_equals(struct str text)
{
	const char *equals = text.len ? memchr(text.ptr, '=', text.len) : NULL;

	return equals ? (size_t)(equals - text.ptr) + 1 : 0;
}

void offer_value(const struct offer *offer, struct str value)
{
	size_t name = before_equals(value);
	size_t given = name ? before_equals(offer->begin) : 0;
	struct offer second = *offer;
	struct str word;

	if (name && !given) {
		offer_one(offer, str_sub(value, 0, name - 1), true);
		return;
	}
	if (given) {
		second.prefix = (struct str){
		    offer->begin.ptr - offer->prefix.len, offer->prefix.len + given};
		second.begin = str_sub(offer->begin, given, offer->begin.len - given);
		value = str_sub(value, name, value.len - name);
	}
	while (choice_next(&value, &word))
		offer_one(&second, word, false);
}
