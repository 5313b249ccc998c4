/* SPDX-License-Identifier: Apache-2.0 */
#include "run/control_line.h"

#include <jansson.h>

#include "base/json.h"

#define APPROVED "approved"
#define DENIED "denied"

static const char *const words[] = {
    [CONTROL_DO_NOTE] = "note",
    [CONTROL_DO_ANSWER] = "answer",
};

static void open_line(struct json *json, struct buf *out)
{
	json_init(json, out);
	json_open_map(json);
	json_put_int(json, "control", CONTROL_VERSION);
}

static void close_line(struct json *json, struct buf *out)
{
	json_close_map(json);
	buf_byte(out, '\n');
}

void control_put_request(struct buf *out, const struct control_request *request)
{
	struct json json;

	open_line(&json, out);
	json_put_text(&json, "do", words[request->what]);
	if (request->terminal.len)
		json_put_str(&json, "terminal", request->terminal);
	if (request->what == CONTROL_DO_NOTE) {
		json_put_str(&json, "text", request->text);
	} else {
		json_put_int(&json, "id", request->id);
		json_put_text(&json, "answer", request->approved ? APPROVED : DENIED);
		if (request->digest.len)
			json_put_str(&json, "digest", request->digest);
	}
	close_line(&json, out);
}

void control_put_answer(struct buf *out, const struct control_answer *answer)
{
	struct json json;

	open_line(&json, out);
	json_put_bool(&json, "ok", answer->ok);
	if (answer->ok) {
		json_put_int(&json, "line", answer->line);
		json_put_bool(&json, "masked", answer->masked);
	} else {
		json_put_str(&json, "why", answer->why);
	}
	close_line(&json, out);
}

/* The object of a line of our version; NULL with a sentence. */
static json_t *open_object(struct str line, struct buf *why)
{
	json_error_t error;
	json_t *object = json_loadb(
	    line.len ? line.ptr : "", line.len, JSON_REJECT_DUPLICATES, &error);
	const json_t *version = json_object_get(object, "control");

	if (!object) {
		buf_printf(why, "what was said is no JSON: %s", error.text);
	} else if (!json_is_integer(version)) {
		buf_text(why, "what was said has no version (`control`)");
	} else if (json_integer_value(version) != CONTROL_VERSION) {
		buf_printf(why, "version %lld is not spoken here, but %d",
		    (long long)json_integer_value(version), CONTROL_VERSION);
	} else {
		return object;
	}
	json_decref(object);
	return NULL;
}

static struct str text_at(struct arena *arena, const json_t *object, const char *key)
{
	const json_t *text = json_object_get(object, key);

	if (!json_is_string(text))
		return (struct str){0};
	return arena_str(arena, (struct str){json_string_value(text), json_string_length(text)});
}

/* False with a sentence. */
static bool get_answer_to(
    struct arena *arena, const json_t *object, struct control_request *ret_request, struct buf *why)
{
	const json_t *id = json_object_get(object, "id");
	struct str answer = text_at(arena, object, "answer");

	ret_request->approved = str_is(answer, APPROVED);
	ret_request->digest = text_at(arena, object, "digest");
	if (!json_is_integer(id) || json_integer_value(id) < 0 ||
	    json_integer_value(id) >= UINT32_MAX) {
		buf_text(why, "an answer needs its question (`id`)");
		return false;
	}
	if (!ret_request->approved && !str_is(answer, DENIED)) {
		buf_text(why, "an answer is " APPROVED " or " DENIED);
		return false;
	}
	ret_request->id = (uint32_t)json_integer_value(id);
	return true;
}

static bool read_request(
    struct arena *arena, const json_t *object, struct control_request *ret_request, struct buf *why)
{
	struct str what = text_at(arena, object, "do");

	*ret_request = (struct control_request){
	    .terminal = text_at(arena, object, "terminal"),
	    .text = text_at(arena, object, "text"),
	};
	if (ret_request->terminal.len > CONTROL_TERMINAL) {
		buf_printf(why, "the name of a terminal has at most %d bytes", CONTROL_TERMINAL);
		return false;
	}
	if (str_is(what, words[CONTROL_DO_NOTE]))
		return true;
	ret_request->what = CONTROL_DO_ANSWER;
	if (str_is(what, words[CONTROL_DO_ANSWER]))
		return get_answer_to(arena, object, ret_request, why);
	buf_text(why, "what is to be done (`do`) can only be a note or an answer");
	return false;
}

bool control_get_request(
    struct arena *arena, struct str line, struct control_request *ret_request, struct buf *why)
{
	json_t *object = open_object(line, why);
	bool ok = object && read_request(arena, object, ret_request, why);

	json_decref(object);
	return ok;
}

bool control_get_answer(
    struct arena *arena, struct str line, struct control_answer *ret_answer, struct buf *why)
{
	json_t *object = open_object(line, why);
	const json_t *number = json_object_get(object, "line");

	if (!object)
		return false;
	*ret_answer = (struct control_answer){
	    .ok = json_is_true(json_object_get(object, "ok")) && json_is_integer(number),
	    .line = json_integer_value(number),
	    .masked = json_is_true(json_object_get(object, "masked")),
	    .why = text_at(arena, object, "why"),
	};
	json_decref(object);
	return true;
}

bool control_note_fits(struct str text, struct buf *why)
{
	text = str_trim(text);
	if (text.len == 0)
		buf_text(why, "a note needs a text");
	else if (text.len > CONTROL_NOTE)
		buf_printf(
		    why, "a note has at most %d bytes, this one has %zu", CONTROL_NOTE, text.len);
	return text.len > 0 && text.len <= CONTROL_NOTE;
}
