/* SPDX-License-Identifier: Apache-2.0 */
#include "value/value.h"

#include "base/str.h"

static struct value *make(struct arena *arena, enum value_type type)
{
	struct value *value = arena_alloc(arena, sizeof(*value));

	value->type = type;
	return value;
}

const struct value *value_null(void)
{
	static const struct value null = {.type = VALUE_NULL};

	return &null;
}

const struct value *value_bool(bool boolean)
{
	static const struct value no = {.type = VALUE_BOOL, .boolean = false};
	static const struct value yes = {.type = VALUE_BOOL, .boolean = true};

	return boolean ? &yes : &no;
}

const struct value *value_int(struct arena *arena, int64_t integer)
{
	struct value *value = make(arena, VALUE_INT);

	value->integer = integer;
	return value;
}

const struct value *value_double(struct arena *arena, double real)
{
	struct value *value = make(arena, VALUE_DOUBLE);

	value->real = real;
	return value;
}

const struct value *value_string(struct arena *arena, struct str text)
{
	return value_stream(arena, text, NULL);
}

const struct value *value_stream(struct arena *arena, struct str text, const struct clip *clip)
{
	struct value *value = make(arena, VALUE_STRING);

	value->string.text = text;
	value->string.clip = clip;
	return value;
}

size_t value_weight(const struct value *value)
{
	const struct clip *clip;

	switch (value->type) {
	case VALUE_STRING:
		clip = value->string.clip;
		return clip && !clip->whole ? clip->head.len + clip->tail.len
					    : value->string.text.len + 2;
	case VALUE_LIST:
		return value->list.weight;
	case VALUE_MAP:
		return value->map.weight;
	default:
		return 1;
	}
}

static void add_weight(size_t *sum, const struct value *value)
{
	if (__builtin_add_overflow(*sum, value_weight(value) + 1, sum))
		*sum = SIZE_MAX - 1;
}

const struct value *value_list(struct arena *arena, const struct value *const *items, size_t count)
{
	struct value *value = make(arena, VALUE_LIST);

	value->list.items = items;
	value->list.count = count;
	value->list.weight = 1;
	for (size_t i = 0; i < count; i++)
		add_weight(&value->list.weight, items[i]);
	return value;
}

const struct value *value_map(struct arena *arena, const struct value_entry *entries, size_t count)
{
	struct value *value = make(arena, VALUE_MAP);

	value->map.entries = entries;
	value->map.count = count;
	value->map.weight = 1;
	for (size_t i = 0; i < count; i++) {
		add_weight(&value->map.weight, entries[i].key);
		add_weight(&value->map.weight, entries[i].value);
	}
	return value;
}

static const struct value *make_time(
    struct arena *arena, enum value_type type, int64_t seconds, int32_t nanos)
{
	struct value *value = make(arena, type);

	value->time.seconds = seconds;
	value->time.nanos = nanos;
	return value;
}

const struct value *value_duration(struct arena *arena, int64_t seconds, int32_t nanos)
{
	return make_time(arena, VALUE_DURATION, seconds, nanos);
}

const struct value *value_timestamp(struct arena *arena, int64_t seconds, int32_t nanos)
{
	return make_time(arena, VALUE_TIMESTAMP, seconds, nanos);
}

const struct value *value_duration_us(struct arena *arena, int64_t us)
{
	return value_duration(arena, us / 1000000, (int32_t)(us % 1000000 * 1000));
}

const struct value *value_timestamp_us(struct arena *arena, int64_t us)
{
	int64_t seconds = us / 1000000;
	int32_t nanos = (int32_t)(us % 1000000 * 1000);

	if (nanos < 0) {
		seconds--;
		nanos += 1000000000;
	}
	return value_timestamp(arena, seconds, nanos);
}

const struct value *value_type(struct arena *arena, struct str name)
{
	struct value *value = make(arena, VALUE_TYPE);

	value->string.text = name;
	return value;
}

const struct value *value_secret(struct arena *arena, const struct secret_part *parts, size_t count)
{
	struct value *value = make(arena, VALUE_SECRET);

	value->secret.parts = parts;
	value->secret.count = count;
	return value;
}

const struct value *value_unknown(struct arena *arena, const uint32_t *nodes, size_t count)
{
	struct value *value = make(arena, VALUE_UNKNOWN);

	value->unknown.nodes = nodes;
	value->unknown.count = count;
	return value;
}

const struct value *value_unknowns(
    struct arena *arena, const struct value *a, const struct value *b)
{
	size_t count = 0;
	uint32_t *nodes;

	if (!a || !b)
		return a ? a : b;
	nodes = arena_array(arena, a->unknown.count + b->unknown.count, sizeof(*nodes));
	for (size_t i = 0, j = 0; i < a->unknown.count || j < b->unknown.count;) {
		uint32_t x = i < a->unknown.count ? a->unknown.nodes[i] : UINT32_MAX;
		uint32_t y = j < b->unknown.count ? b->unknown.nodes[j] : UINT32_MAX;

		i += x <= y;
		j += y <= x;
		nodes[count++] = x < y ? x : y;
	}
	return value_unknown(arena, nodes, count);
}

const struct value *value_object(
    struct arena *arena, const struct object_class *class, const void *self, uint32_t id)
{
	struct value *value = make(arena, VALUE_OBJECT);

	value->object.class = class;
	value->object.self = self;
	value->object.id = id;
	return value;
}

const struct value *value_error(
    struct arena *arena, uint32_t start, uint32_t end, const char *format, ...)
{
	struct value *value = make(arena, VALUE_ERROR);
	va_list args;

	va_start(args, format);
	value->error.message = arena_vprintf(arena, format, args);
	va_end(args);
	value->error.start = start;
	value->error.end = end;
	return value;
}

void map_begin(struct map_builder *builder, struct arena *arena)
{
	*builder = (struct map_builder){.arena = arena};
}

void map_add(struct map_builder *builder, const char *key, const struct value *value)
{
	map_add_str(builder, str_from(key), value);
}

void map_add_str(struct map_builder *builder, struct str key, const struct value *value)
{
	builder->entries = arena_grow(builder->arena, builder->entries, builder->count,
	    &builder->capacity, sizeof(*builder->entries));
	builder->entries[builder->count++] = (struct value_entry){
	    value_string(builder->arena, key), value};
}

const struct value *map_end(struct map_builder *builder)
{
	return value_map(builder->arena, builder->entries, builder->count);
}

const struct value *value_get(const struct value *map, const char *key)
{
	return value_get_str(map, str_from(key));
}

const struct value *value_get_str(const struct value *map, struct str key)
{
	if (!map || map->type != VALUE_MAP)
		return NULL;
	for (size_t i = 0; i < map->map.count; i++) {
		const struct value *candidate = map->map.entries[i].key;

		if (candidate->type == VALUE_STRING && str_eq(candidate->string.text, key))
			return map->map.entries[i].value;
	}
	return NULL;
}

const struct value *value_find(const struct value *map, const struct value *key)
{
	if (key->type == VALUE_STRING)
		return value_get_str(map, key->string.text);
	if (map->type != VALUE_MAP)
		return NULL;
	for (size_t i = 0; i < map->map.count; i++)
		if (value_equal(map->map.entries[i].key, key))
			return map->map.entries[i].value;
	return NULL;
}

struct str value_text(const struct value *value)
{
	if (!value || value->type != VALUE_STRING)
		return (struct str){0};
	return value->string.text;
}

int64_t value_us(const struct value *value)
{
	int64_t nanos = value->time.nanos;
	int64_t us;

	/* toward minus infinity: 1999 ns is 1 us, -1 ns is -1 us */
	int64_t part = nanos >= 0 ? nanos / 1000 : -((999 - nanos) / 1000);

	if (__builtin_mul_overflow(value->time.seconds, INT64_C(1000000), &us) ||
	    __builtin_add_overflow(us, part, &us))
		return value->time.seconds < 0 ? INT64_MIN : INT64_MAX;
	return us;
}

static const struct {
	const char *name;
	const char *noun;
} names[] = {
    [VALUE_NULL] = {"null_type", "null"},
    [VALUE_BOOL] = {"bool", "bool"},
    [VALUE_INT] = {"int", "int"},
    [VALUE_DOUBLE] = {"double", "double"},
    [VALUE_STRING] = {"string", "text"},
    [VALUE_LIST] = {"list", "list"},
    [VALUE_MAP] = {"map", "map"},
    [VALUE_DURATION] = {"google.protobuf.Duration", "duration"},
    [VALUE_TIMESTAMP] = {"google.protobuf.Timestamp", "timestamp"},
    [VALUE_TYPE] = {"type", "type"},
    [VALUE_SECRET] = {"secret", "secret"},
    [VALUE_UNKNOWN] = {"unknown", "unknown value"},
    [VALUE_OBJECT] = {"object", "object"},
    [VALUE_ERROR] = {"error", "error"},
};

const char *value_type_name(const struct value *value)
{
	return names[value->type].name;
}

const char *value_noun(const struct value *value)
{
	if (value->type == VALUE_OBJECT && value->object.class->name)
		return value->object.class->name;
	return names[value->type].noun;
}
