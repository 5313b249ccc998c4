/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/target_parts.h"

#include "value/target.h"

/* What a target is made of: the keys of each kind, and how their values are read. */

/* "db1:2222": ssh would look for a machine of that name. An address of IPv6 has more colons. */
static bool has_port(struct str host)
{
	ptrdiff_t colon = str_find(host, STR(":"));
	size_t at = colon < 0 ? host.len : (size_t)colon + 1;

	if (at >= host.len)
		return false;
	while (at < host.len && host.ptr[at] >= '0' && host.ptr[at] <= '9')
		at++;
	return at == host.len;
}

/* A container's user may be "1000:1000". */
static bool is_machine(const struct place *place)
{
	struct str name = place_name(place);

	return str_is(name, "ssh") || str_is(name, "host") || str_is(name, "hosts");
}

/* A name that a program gets as an argument of its own. */
static void read_target_word(struct reader *reader, const struct place *place, void *target)
{
	struct template **word = target;
	const struct value *value;
	const char *wrong;
	struct diag *diag;

	if (place->value->kind != NODE_SCALAR || node_is_null(place->value)) {
		place_wrong(reader, place, "a text");
		return;
	}
	*word = template_parse(reader->arena, place->value, TEMPLATE_RAW, reader->diags);
	value = *word ? template_value(*word) : NULL;
	wrong = value ? target_word_wrong(value_text(value)) : NULL;
	if (value && !wrong && is_machine(place) && has_port(value_text(value))) {
		diag_help(reader->diags,
		    diag_error(reader->diags, "wrong-value", place->value->span,
			"`%.*s` has a port in it", STR_ARG(place_name(place))),
		    "a port stands by itself, as in {host: db1, port: 2222}");
		return;
	}
	if (!wrong)
		return;
	diag = diag_error(reader->diags, "wrong-value", place->value->span, "`%.*s` %s",
	    STR_ARG(place_name(place)), wrong);
	if (value_text(value).len && value_text(value).ptr[0] == '-')
		diag_help(reader->diags, diag, "ssh and its like would take it for an option");
}

/* A selector has spaces: `app in (web, api)`. */
static void read_selector(struct reader *reader, const struct place *place, void *target)
{
	struct template **text = target;
	const struct value *value;

	read_text(reader, place, target);
	value = *text ? template_value(*text) : NULL;
	if (value && (!value_text(value).len || value_text(value).ptr[0] == '-'))
		diag_error(reader->diags, "wrong-value", place->value->span, "`%.*s` %s",
		    STR_ARG(place_name(place)), target_word_wrong(value_text(value)));
}

static void read_port(struct reader *reader, const struct place *place, void *target)
{
	struct template **port = target;
	const struct node *node = place->value;
	int64_t number;
	bool template = node->kind == NODE_SCALAR && str_find(node->scalar.bytes, STR("${{")) >= 0;

	if (template ||
	    (node->kind == NODE_SCALAR && node_int(node, &number) && number >= 1 &&
		number <= TARGET_PORT_MAX))
		*port = template_parse(reader->arena, node, 0, reader->diags);
	else
		place_wrong(reader, place, "a port, 1 to 65535");
}

static void read_options(struct reader *reader, const struct place *place, void *target)
{
	struct template **options = target;
	size_t count = read_entries(reader, place);

	for (size_t i = 0; i < count; i++) {
		const struct node *key = place->value->map.entries[i].key;
		const struct node *value = place->value->map.entries[i].value;

		if (!target_option_name(key->scalar.bytes))
			diag_help(reader->diags,
			    diag_error(reader->diags, "bad-name", key->span,
				"`%.*s` cannot name an option of ssh",
				STR_ARG(str_sub(key->scalar.bytes, 0, 60))),
			    "letters and digits, as in ConnectTimeout");
		if (value->kind != NODE_SCALAR || node_is_null(value))
			diag_error(reader->diags, "wrong-type", value->span,
			    "`%.*s` wants a text, not %.*s", STR_ARG(key->scalar.bytes),
			    STR_ARG(node_noun(reader->arena, value)));
	}
	if (count)
		*options = template_parse(reader->arena, place->value, TEMPLATE_RAW, reader->diags);
}

/* What stands twice in a list would be done twice on one machine, perhaps at once. */
static void refuse_twin(
    struct reader *reader, struct template *const *words, size_t i, const struct node *node)
{
	const struct value *own = template_value(words[i]);

	for (size_t k = 0; own && k < i; k++) {
		const struct value *other = template_value(words[k]);

		if (!other || !str_eq(value_text(own), value_text(other)))
			continue;
		diag_help(reader->diags,
		    diag_error(reader->diags, "wrong-value", node->span, "`%.*s` stands twice here",
			STR_ARG(value_text(own))),
		    "each machine once: what is listed twice is done there twice, perhaps at once");
		return;
	}
}

/* The machines of many, as the list of a loop. */
static void read_machines(struct reader *reader, const struct place *place, void *target)
{
	struct expr **list = target;
	const struct node *node = place->value;
	struct template **words;
	struct template *whole;
	struct template_piece piece;
	struct diag *diag;

	if (node->kind == NODE_LIST && node->list.count) {
		words = arena_array(reader->arena, node->list.count, sizeof(struct template *));
		for (size_t i = 0; i < node->list.count; i++) {
			read_target_word(reader,
			    &(struct place){place->key, place->name, node->list.items[i]},
			    &words[i]);
			if (!words[i])
				return;
			refuse_twin(reader, words, i, node->list.items[i]);
		}
		*list = target_list(reader, words, node->list.count, node->span);
		return;
	}
	if (node->kind == NODE_SCALAR && str_find(node->scalar.bytes, STR("${{")) >= 0) {
		whole = template_parse(reader->arena, node, TEMPLATE_RAW, reader->diags);
		if (whole && template_piece(whole, 0, &piece) && piece.expr &&
		    !template_piece(whole, 1, &piece)) {
			template_piece(whole, 0, &piece);
			*list = piece.expr;
			return;
		}
		if (!whole)
			return;
	}
	diag = node->kind == NODE_LIST
	    ? diag_error(reader->diags, "empty", node->span, "`%.*s` is an empty list",
		  STR_ARG(place_name(place)))
	    : place_wrong(reader, place, "a list, or a template that gives one");
	diag_help(reader->diags, diag, "as in [db1, db2], or \"${{ params.hosts }}\"");
}

const struct shape shape_target_word = {
    .name = "target-word",
    .read = read_target_word,
    .schema = JSON({
	    "anyOf" : [
		    {"$ref" : "#/$defs/templated"},
		    {"type" : [ "string", "number", "boolean" ], "pattern" : "^(?!-)\\S+$"}
	    ]
    }),
    .templates = true,
};
static const struct shape shape_selector = {
    .name = "target-selector",
    .read = read_selector,
    .schema = JSON({"type" : "string", "pattern" : "^(?!-)\\S"}),
    .templates = true,
};
static const struct shape shape_port = {
    .name = "target-port",
    .read = read_port,
    .schema = JSON({
	    "anyOf" : [
		    {"$ref" : "#/$defs/templated"},
		    {"type" : "integer", "minimum" : 1, "maximum" : 65535}
	    ]
    }),
    .templates = true,
};
static const struct shape shape_options = {
    .name = "target-options",
    .read = read_options,
    .schema = JSON({
	    "type" : "object",
	    "propertyNames" : {"pattern" : "^[A-Za-z][A-Za-z0-9]*$"},
	    "additionalProperties" : {"$ref" : "#/$defs/text"}
    }),
    .templates = true,
};
static const struct shape shape_machines = {
    .name = "target-machines",
    .read = read_machines,
    .schema = JSON({
	    "anyOf" : [
		    {"$ref" : "#/$defs/templated"},
		    {"type" : "array", "minItems" : 1, "items" : {"$ref" :
							   "#/$defs/target-word"}}
	    ]
    }),
    .templates = true,
};

#define PART(i) offsetof(struct kind_draft, parts[i])
#define MANY offsetof(struct kind_draft, machines)

static const struct key ssh_rows[] = {
    {"host", &shape_target_word, PART(0), 0, 0, "The machine, as ssh would be told it."},
    {"hosts", &shape_machines, MANY, 0, 0,
	"Many machines: a list, or a template that gives one. What runs there runs once on each."},
    {"user", &shape_target_word, PART(1), 0, 0, "Who to be there; otherwise as ssh is set up."},
    {"port", &shape_port, PART(2), 0, 0, "The port of its ssh; otherwise as ssh is set up."},
    {"identity", &shape_target_word, PART(3), 0, 0,
	"The file of a private key, on this machine; relative ones are meant from the runbook's "
	"folder."},
    {"jump", &shape_target_word, PART(4), 0, 0, "A host to go through."},
    {"options", &shape_options, PART(5), 0, 0, "More of ssh's own options: {ConnectTimeout: 5}."},
    {0},
};

static const struct key_pair ssh_rivals[] = {
    {"host", "hosts", "one names a machine, the other many"},
    {0},
};

static const struct key container_rows[] = {
    {"container", &shape_target_word, PART(0), 0, 0, "The container's name or id."},
    {"containers", &shape_machines, MANY, 0, 0,
	"Many containers: a list, or a template that gives one."},
    {"user", &shape_target_word, PART(1), 0, 0, "Who to be in it; otherwise as its image says."},
    {0},
};

static const struct key_pair container_rivals[] = {
    {"container", "containers", "one names a container, the other many"},
    {0},
};

static const struct key kubernetes_rows[] = {
    {"pod", &shape_target_word, PART(0), 0, 0, "The pod's name."},
    {"pods", &shape_machines, MANY, 0, 0, "Many pods: a list, or a template that gives one."},
    {"selector", &shape_selector, PART(1), 0, 0,
	"Labels of the pod, in place of its name: app=web."},
    {"container", &shape_target_word, PART(2), 0, 0, "The container in it; otherwise its first."},
    {"namespace", &shape_target_word, PART(3), 0, 0, "Otherwise as kubectl is set up."},
    {"context", &shape_target_word, PART(4), 0, 0,
	"The cluster, by kubectl's name for it; otherwise as kubectl is set up."},
    {0},
};

static const struct key_pair kubernetes_rivals[] = {
    {"pod", "selector", "both say which pod it is"},
    {"pod", "pods", "one names a pod, the other many"},
    {"pods", "selector", "both say which pods there are"},
    {0},
};

static const struct key_table ssh_keys = {
    .name = "ssh", .noun = "`ssh`", .keys = ssh_rows, .rivals = ssh_rivals};
static const struct key_table docker_keys = {
    .name = "docker", .noun = "`docker`", .keys = container_rows, .rivals = container_rivals};
static const struct key_table podman_keys = {
    .name = "podman", .noun = "`podman`", .keys = container_rows, .rivals = container_rivals};
static const struct key_table kubernetes_keys = {.name = "kubernetes",
    .noun = "`kubernetes`",
    .keys = kubernetes_rows,
    .rivals = kubernetes_rivals};

const struct target_kind target_kinds[] = {
    {"ssh", &ssh_keys, "host", "hosts"},
    {"docker", &docker_keys, "container", "containers"},
    {"podman", &podman_keys, "container", "containers"},
    {"kubernetes", &kubernetes_keys, "pod", "pods"},
    {0},
};

#define BARE JSON({"$ref" : "#/$defs/target-word"})

static const struct shape shape_ssh = {
    .name = "ssh-place", .schema = BARE, .form = FORM_MAP, .of = &ssh_keys, .templates = true};
static const struct shape shape_docker = {.name = "docker-place",
    .schema = BARE,
    .form = FORM_MAP,
    .of = &docker_keys,
    .templates = true};
static const struct shape shape_podman = {.name = "podman-place",
    .schema = BARE,
    .form = FORM_MAP,
    .of = &podman_keys,
    .templates = true};
static const struct shape shape_kubernetes = {.name = "kubernetes-place",
    .schema = BARE,
    .form = FORM_MAP,
    .of = &kubernetes_keys,
    .templates = true};

#define KIND(i) offsetof(struct target_draft, kinds[i])

static const struct key target_rows[] = {
    {"ssh", &shape_ssh, KIND(0), KEY_KEPT, 0, "Over ssh: a host, or {host, user, port, …}."},
    {"become", &shape_target_word, offsetof(struct target_draft, become), KEY_KEPT, 0,
	"As another user, through sudo -n: there, or here without `ssh`."},
    {"docker", &shape_docker, KIND(1), KEY_KEPT, 0,
	"In a container: its name, or {container, user}."},
    {"podman", &shape_podman, KIND(2), KEY_KEPT, 0,
	"In a container: its name, or {container, user}."},
    {"kubernetes", &shape_kubernetes, KIND(3), KEY_KEPT, 0,
	"In a pod: its name, or {pod, namespace, context, container}."},
    {0},
};

static const struct key_pair target_rivals[] = {
    {"docker", "podman", "a target goes into one container"},
    {"docker", "kubernetes", "a target goes into one container"},
    {"podman", "kubernetes", "a target goes into one container"},
    {0},
};

const struct key_table target_keys = {
    .name = "target",
    .noun = "a target",
    .keys = target_rows,
    .rivals = target_rivals,
};
