/* SPDX-License-Identifier: Apache-2.0 */
/* What libyaml alone needs for a file: reads every event of it, keeps nothing, prints how many there were. */
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

int main(int argc, char **argv)
{
	yaml_parser_t parser;
	yaml_event_t event;
	long count = 0;
	int last = 0;
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;

	if (!file || !yaml_parser_initialize(&parser)) {
		fprintf(stderr, "yaml_events: cannot read\n");
		return 1;
	}
	yaml_parser_set_input_file(&parser, file);
	while (!last) {
		if (!yaml_parser_parse(&parser, &event)) {
			fprintf(stderr, "yaml_events: line %zu: %s\n", parser.problem_mark.line + 1,
			    parser.problem);
			return 1;
		}
		last = event.type == YAML_STREAM_END_EVENT;
		count++;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	fclose(file);
	printf("%ld\n", count);
	return 0;
}
