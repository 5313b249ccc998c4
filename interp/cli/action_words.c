/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/action_words.h"

#include "base/units.h"
#include "lang/bind.h"

static void list(struct buf *out, const char *before, const char *const *words)
{
	for (size_t i = 0; words && words[i]; i++)
		buf_printf(out, "%s%s", i ? ", " : before, words[i]);
}

void action_effect_words(struct buf *out, const struct action_spec *spec)
{
	buf_printf(out, "%s%s", effect_class_name(spec->effect),
	    spec->effect_of ? ", or less: by its parameters" : "");
}

void action_param_words(struct buf *out, const struct param *param)
{
	buf_printf(out, "%s%s", param_kind_noun(param->kind),
	    param->flags & PARAM_REQUIRED ? ", required" : "");
	if (param->preset)
		buf_printf(out, ", %s by default", param->preset);
	if (param->flags & PARAM_PRINCIPAL)
		buf_text(out, ", may stand bare");
	if (param->flags & PARAM_TAKES_SECRETS)
		buf_text(out, ", may hold secrets");
}

void action_choice_words(struct buf *out, const struct param *param)
{
	list(out, "one of ", param->choices);
}

void action_success_words(struct buf *out, const struct action_spec *spec)
{
	list(out, "an expect decides alone when it names one of: ", spec->success_fields);
}

void action_timeout_words(struct buf *out, const struct action_spec *spec)
{
	if (!spec->timeout_us)
		return;
	buf_printf(out, "timeout, unless the step sets one: %s",
	    spec->timeout_of ? "by its parameters, at most " : "");
	units_show_duration(out, spec->timeout_us);
}
