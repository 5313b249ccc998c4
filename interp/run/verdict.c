/* SPDX-License-Identifier: Apache-2.0 */
#include "run/verdict.h"

#include "base/json.h"

/* A line of the record is bounded, and so is what one `finished` may bring: in bytes of JSON, without the streams. */
enum { TOGETHER_MAX = 850 << 10 };

static size_t size_of(const struct value *value)
{
	struct buf text;
	struct json json;
	size_t size;

	buf_init(&text, BUF_UNBOUNDED);
	json_init(&json, &text);
	value_to_json(&json, value);
	size = text.len;
	buf_done(&text);
	return size;
}

size_t verdict_size(const struct value *result)
{
	size_t size = 0;

	for (size_t i = 0; result && i < result->map.count; i++) {
		const struct value *field = result->map.entries[i].value;
		struct str name = value_text(result->map.entries[i].key);
		enum output_stream stream;

		if (field->type == VALUE_STRING && field->string.clip &&
		    output_stream_of_entry(name, &stream))
			continue;
		size += name.len + size_of(field) + 4;
	}
	return size;
}

struct verdict verdict_on(
    const struct sched *sched, struct arena *arena, const struct message *finished)
{
	const struct value *result = finished->finished.result;
	struct verdict verdict = sched_judge(sched, finished->finished.op, arena,
	    finished->finished.ok, finished->finished.why, result, finished->finished.now_us);

	if (verdict.outputs && verdict_size(result) + size_of(verdict.outputs) > TOGETHER_MAX) {
		verdict.ok = false;
		verdict.outputs = NULL;
		verdict.why = STR("its result and its outputs are too large to be recorded");
	}
	if (finished->finished.end != END_DONE && verdict.ok) {
		/* what was cut short has not succeeded, whatever `expect` says of the rest */
		verdict.ok = false;
		verdict.outputs = NULL;
		verdict.why = finished->finished.why;
	}
	return verdict;
}
