/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/order.h"

/* An ending names LAUNCH_LEFT_MAX commands at most. */
enum { ENDING_MAX = 64 << 10 };

static char *read_file(struct arena *arena, const char *path)
{
	char *text = arena_alloc(arena, ENDING_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t len = 0;
	ssize_t got;

	if (fd < 0)
		return NULL;
	while (len < ENDING_MAX &&
	    ((got = read(fd, text + len, ENDING_MAX - len)) > 0 || (got < 0 && errno == EINTR)))
		len += got > 0 ? (size_t)got : 0;
	close(fd);
	text[len] = '\0';
	return text;
}

static void take_began(struct order_end *end, char *rest)
{
	end->began = true;
	end->by_launcher = strncmp(rest, "launcher ", 9) == 0;
	rest = strchr(rest, ' ');
	end->pid = rest ? strtoll(rest, NULL, 10) : 0;
}

static void take_at(struct order_end *end, char *rest)
{
	end->uid = strtoll(rest, &rest, 10);
	end->host = str_trim(str_from(rest));
}

static void take_confined(struct order_end *end, char *rest)
{
	end->confined = strtol(rest, &rest, 10);
	end->unconfined = str_trim(str_from(rest));
}

static void take_failed(struct order_end *end, char *rest)
{
	end->stage = (size_t)strtoul(rest, &rest, 10);
	end->trouble = (enum launch_trouble)strtol(rest, &rest, 10);
	end->error = (int)strtol(rest, NULL, 10);
	end->how = ORDER_REFUSED;
}

static void take_status(struct order_end *end, char *rest)
{
	while (*rest && end->status_count < LAUNCH_STAGES_MAX)
		end->status[end->status_count++] = (int32_t)strtol(rest, &rest, 10);
}

static void take_left(struct order_end *end, char *rest)
{
	struct launch_left *left = &end->left[end->left_count];

	if (end->left_count == LAUNCH_LEFT_MAX)
		return;
	left->pid = strtoll(rest, &rest, 10);
	strncpy(left->command, *rest ? rest + 1 : "", sizeof(left->command) - 1);
	end->left_count++;
}

static void take_over(struct order_end *end, char *rest)
{
	(void)rest;
	if (end->how != ORDER_REFUSED)
		end->how = ORDER_RAN;
}

static void take_unreached(struct order_end *end, char *rest)
{
	end->how = ORDER_UNREACHED;
	end->why = str_from(rest);
}

static void take_ended(struct order_end *end, char *rest)
{
	end->how = ORDER_ENDED;
	end->why = str_from(rest);
}

static void take_lost(struct order_end *end, char *rest)
{
	end->how = ORDER_LOST;
	end->why = str_from(rest);
}

/* Until another line says better: it was under way. */
static void take_tried(struct order_end *end, char *rest)
{
	(void)rest;
	end->how = ORDER_LOST;
	end->why = STR("what leads there was ended before it said what became of it");
}

/* The lines of an ending, as reach/order.h has them. */
static const struct {
	const char *word;
	void (*take)(struct order_end *end, char *rest);
} lines[] = {
    {"tried", take_tried},
    {"at", take_at},
    {"began", take_began},
    {"confined", take_confined},
    {"failed", take_failed},
    {"status", take_status},
    {"left", take_left},
    {"over", take_over},
    {"unreached", take_unreached},
    {"ended", take_ended},
    {"lost", take_lost},
};

void order_read_ending(struct arena *arena, const char *run_dir, uint32_t op, unsigned number,
    struct order_end *ret_end)
{
	char path[PATH_MAX];
	char *rest = NULL;
	char *line;

	*ret_end = (struct order_end){.how = ORDER_UNTRIED, .uid = -1};
	if (order_ending(run_dir, op, number, path, sizeof(path)))
		rest = read_file(arena, path);
	while (rest && (line = strsep(&rest, "\n")) && rest) {
		char *word = strsep(&line, " ");

		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			if (strcmp(word, lines[i].word) == 0)
				lines[i].take(ret_end, line ? line : word + strlen(word));
	}
}
