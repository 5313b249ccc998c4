/* SPDX-License-Identifier: Apache-2.0 */
#include "value/action.h"

#include <assert.h>

const char *effect_class_name(enum effect_class class)
{
	static const char *const names[] = {
	    [EFFECT_READ] = "read",
	    [EFFECT_CHANGE] = "change",
	    [EFFECT_DESTROY] = "destroy",
	};

	assert(class <= EFFECT_DESTROY);
	return names[class];
}

const struct action_spec *vocabulary_action(const struct vocabulary *vocabulary, struct str name)
{
	for (size_t i = 0; vocabulary->actions && vocabulary->actions[i]; i++)
		if (str_is(name, vocabulary->actions[i]->name))
			return vocabulary->actions[i];
	return NULL;
}

static const struct connection_spec *find_kind(
    const struct connection_spec *const *specs, struct str kind)
{
	for (size_t i = 0; specs && specs[i]; i++)
		if (str_is(kind, specs[i]->kind))
			return specs[i];
	return NULL;
}

const struct connection_spec *vocabulary_connection(
    const struct vocabulary *vocabulary, struct str kind)
{
	return find_kind(vocabulary->connections, kind);
}

const struct connection_spec *vocabulary_channel(
    const struct vocabulary *vocabulary, struct str kind)
{
	return find_kind(vocabulary->channels, kind);
}

int64_t action_limit_us(const struct action_spec *spec, const struct value *params)
{
	return spec->timeout_of ? spec->timeout_of(params) : spec->timeout_us;
}

const struct param *action_param(const struct action_spec *spec, struct str name)
{
	for (const struct param *param = spec->params; param && param->name; param++)
		if (str_is(name, param->name))
			return param;
	return NULL;
}
