/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "lint/elsewhere_parts.h"

/* The options of what leads elsewhere, and what they say. */

static const struct option no_options[] = {{0}};
static const struct option ssh_options[] = {
    {'l', NULL, FIELD_USER, NULL},
    {'p', NULL, FIELD_PORT, NULL},
    {'i', NULL, FIELD_IDENTITY, NULL},
    {'J', NULL, FIELD_JUMP, NULL},
    {'o', NULL, FIELD_OPTION, NULL},
    {'A', NULL, FIELD_FLAG, "ForwardAgent=yes"},
    {'C', NULL, FIELD_FLAG, "Compression=yes"},
    {'4', NULL, FIELD_FLAG, "AddressFamily=inet"},
    {'6', NULL, FIELD_FLAG, "AddressFamily=inet6"},
    {'n', NULL, FIELD_FLAG, NULL},
    {'T', NULL, FIELD_FLAG, NULL},
    {'q', NULL, FIELD_FLAG, NULL},
    {'x', NULL, FIELD_FLAG, NULL},
    {'a', NULL, FIELD_FLAG, NULL},
    {'v', NULL, FIELD_FLAG, NULL},
    {0},
};
static const struct option sudo_options[] = {
    {'u', "user", FIELD_NAME, NULL},
    {'n', "non-interactive", FIELD_QUIET, NULL},
    {'H', "set-home", FIELD_FLAG, NULL},
    {0},
};
static const struct option exec_options[] = {
    {'i', "interactive", FIELD_FLAG, NULL},
    {'u', "user", FIELD_USER, NULL},
    {'e', "env", FIELD_ENV, NULL},
    {'w', "workdir", FIELD_CWD, NULL},
    {0},
};
static const struct option pod_options[] = {
    {'n', "namespace", FIELD_NAMESPACE, NULL},
    {'c', "container", FIELD_POD_CONTAINER, NULL},
    {0, "context", FIELD_CONTEXT, NULL},
    {'i', "stdin", FIELD_FLAG, NULL},
    {'q', "quiet", FIELD_FLAG, NULL},
    {0},
};

#define BY_HAND "goes elsewhere by hand: "
#define ENDS_HERE "a timeout ends this end only"

static const struct way ways[] = {
    {"ssh", "ssh", BY_HAND "a shell there reads its words anew, and " ENDS_HERE, "ssh",
	{"host", "user", "port", "identity", "jump"}, NULL, NULL, ssh_options, 0, true, true},
    {"sudo", "sudo",
	"becomes another user by hand: no timeout kills what runs so, and a password may be asked "
	"for",
	"become", {"user"}, NULL, NULL, sudo_options, 1, false, false},
    {"docker", "docker exec", BY_HAND ENDS_HERE, "docker", {"container", "user"}, no_options,
	"exec", exec_options, 2, false, false},
    {"podman", "podman exec", BY_HAND ENDS_HERE, "podman", {"container", "user"}, no_options,
	"exec", exec_options, 2, false, false},
    {"kubectl", "kubectl exec", BY_HAND ENDS_HERE, "kubernetes",
	{"pod", NULL, NULL, NULL, NULL, "container", "namespace", "context"}, pod_options, "exec",
	pod_options, 2, false, true},
};

static bool add_option(struct stop *stop, struct str text)
{
	ptrdiff_t at = str_find(text, STR("="));
	struct str name;

	if (at < 0)
		at = str_find(text, STR(" "));
	name = str_trim(str_sub(text, 0, at < 0 ? 0 : (size_t)at));
	if (!name.len)
		return false;
	/* a target asks nothing in any case */
	if (str_is(name, "BatchMode"))
		return true;
	buf_printf(&stop->options, "%s%.*s: ", stop->options.len ? ", " : "", STR_ARG(name));
	return elsewhere_scalar(&stop->options, str_trim(str_sub(text, (size_t)at + 1, text.len)));
}

static bool take_value(
    struct finding *finding, struct stop *stop, const struct option *option, struct str value)
{
	ptrdiff_t equals = str_find(value, STR("="));

	switch (option->field) {
	case FIELD_OPTION:
		return add_option(stop, value);
	case FIELD_CWD:
		finding->cwd = value;
		return true;
	case FIELD_ENV:
		if (equals <= 0)
			return false;
		buf_printf(&finding->env, "%s%.*s: ", finding->env.len ? ", " : "",
		    STR_ARG(str_sub(value, 0, (size_t)equals)));
		return elsewhere_scalar(
		    &finding->env, str_sub(value, (size_t)equals + 1, value.len));
	default:
		assert(option->field < FIELDS);
		stop->fields[option->field] = value;
		return true;
	}
}

static bool take_flag(struct stop *stop, const struct option *option)
{
	stop->quiet |= option->field == FIELD_QUIET;
	return !option->fixed || add_option(stop, str_from(option->fixed));
}

static bool is_flag(const struct option *option)
{
	return option->field == FIELD_FLAG || option->field == FIELD_QUIET;
}

static const struct option *find_option(
    const struct option *list, char letter, struct str name, size_t *ret_len)
{
	for (size_t i = 0; list[i].letter || list[i].name; i++) {
		if (letter && list[i].letter == letter)
			return &list[i];
		if (letter || !list[i].name || !str_starts(name, str_from(list[i].name)))
			continue;
		*ret_len = strlen(list[i].name);
		if (name.len == *ret_len || name.ptr[*ret_len] == '=')
			return &list[i];
	}
	return NULL;
}

/* The value of an option that did not stand in its own word. */
static bool take_next(struct finding *finding, struct stop *stop, const struct option *option,
    const struct command *command, size_t at)
{
	struct str value = {0};

	if (at >= command->count)
		return false;
	if (!elsewhere_word(finding->arena, &command->words[at], finding->joined, &value)) {
		stop->unknown = true;
		return true;
	}
	return take_value(finding, stop, option, value);
}

/* A word of options; how many words behind it are theirs. */
static bool take_word(struct finding *finding, struct stop *stop, const struct option *list,
    const struct command *command, size_t at, size_t *ret_next)
{
	struct str word = command_word(command, at);
	const struct option *option;
	size_t len = 0;

	*ret_next = 0;
	if (str_starts(word, STR("--"))) {
		option = find_option(list, 0, str_sub(word, 2, word.len), &len);
		if (!option || is_flag(option))
			return option && word.len == len + 2 && take_flag(stop, option);
		if (word.len > len + 2)
			return take_value(finding, stop, option, str_sub(word, len + 3, word.len));
		*ret_next = 1;
		return take_next(finding, stop, option, command, at + 1);
	}
	for (size_t i = 1; i < word.len; i++) {
		option = find_option(list, word.ptr[i], STR(""), &len);
		if (!option)
			return false;
		if (is_flag(option)) {
			if (!take_flag(stop, option))
				return false;
			continue;
		}
		if (i + 1 < word.len)
			return take_value(finding, stop, option, str_sub(word, i + 1, word.len));
		*ret_next = 1;
		return take_next(finding, stop, option, command, at + 1);
	}
	return word.len > 1;
}

/* Goes past options; false: one of them no target can say. */
static bool take_options(struct finding *finding, struct stop *stop, const struct option *list,
    const struct command *command, size_t *at)
{
	size_t next;

	while (*at < command->count) {
		struct str text = command->words[*at].text;

		if (!text.len || text.ptr[0] != '-' || command->words[*at].beside)
			return true;
		if (str_is(text, "--"))
			return true;
		if (!command->words[*at].known ||
		    !take_word(finding, stop, list, command, *at, &next))
			return false;
		*at += 1 + next;
	}
	return true;
}

/* deploy@db1 are two; pod/web-0 is a pod, and anything else of the kind is none. */
static bool split_name(struct stop *stop)
{
	struct str *name = &stop->fields[FIELD_NAME];
	struct str host;
	size_t at;

	if (!strcmp(stop->way->key, "ssh")) {
		at = elsewhere_index(*name, '@');
		host = str_sub(*name, at + 1, name->len);
		if (str_find(*name, STR("://")) >= 0 || elsewhere_index(host, '@') < host.len)
			return false;
		if (at < name->len) {
			stop->fields[FIELD_USER] = str_sub(*name, 0, at);
			*name = host;
		}
	} else if (!strcmp(stop->way->key, "kubernetes")) {
		if (str_starts(*name, STR("pod/")))
			*name = str_sub(*name, 4, name->len);
		return elsewhere_index(*name, '/') == name->len;
	}
	return true;
}

static bool take_name(
    struct finding *finding, struct stop *stop, const struct command *command, size_t *at)
{
	if (*at >= command->count || str_is(command_word(command, *at), "--"))
		return false;
	if (!elsewhere_word(
		finding->arena, &command->words[*at], finding->joined, &stop->fields[FIELD_NAME]))
		stop->unknown = true;
	++*at;
	return stop->unknown || split_name(stop);
}

const struct way *way_of(const struct command *command)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (command->count && !command->words[0].beside &&
		    command_is(command, ways[i].program))
			return &ways[i];
	return NULL;
}

bool stop_read(struct finding *finding, const struct command *command, struct stop *stop)
{
	const struct way *way = stop->way;
	size_t at = 1;

	if (way->verb && !take_options(finding, stop, way->before, command, &at))
		return false;
	if (way->verb && str_is(command_word(command, at), "container"))
		at++;
	if (way->verb && !str_is(command_word(command, at++), way->verb))
		return false;
	if (!take_options(finding, stop, way->after, command, &at))
		return false;
	if (!strcmp(way->key, "become")) {
		if (!stop->fields[FIELD_NAME].len)
			stop->fields[FIELD_NAME] = STR("root");
		/* sudo A=b CMD */
		if (at < command->count && str_find(command->words[at].text, STR("=")) > 0)
			return false;
	} else if (!take_name(finding, stop, command, &at)) {
		return false;
	}
	if (way->late && !take_options(finding, stop, way->after, command, &at))
		return false;
	if (str_is(command_word(command, at), "--"))
		at++;
	stop->rest = at;
	return at < command->count;
}
