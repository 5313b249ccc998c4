/* SPDX-License-Identifier: Apache-2.0 */
/* What is said over a run's control socket, and by whom it is answered. tests/cli/watch.py has the commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"
#include "run/control.h"
#include "run/control_line.h"
#include "run/control_socket.h"

#define BOOK                                                                                       \
	"reprise: 1\nid: book\ntitle: A book\nsteps:\n"                                            \
	"  - {id: wait, timeout: 1h, fake.read: hang}\n"

/* A run that waits, and its control. */
struct scene {
	struct rig *rig;
	struct control *control;
	bool done;
};

/* Nothing is asked but question 7. */
static bool take(void *self, struct message *answered, struct buf *why)
{
	struct scene *scene = self;

	if (answered->answered.id != 7)
		buf_text(why, "that question is not open any more");
	else
		engine_post(scene->rig->engine, answered);
	return answered->answered.id == 7;
}

static void scene_begin(struct scene *scene)
{
	struct control_options options;
	struct buf error;

	*scene = (struct scene){.rig = rig_new(BOOK)};
	rig_begin(scene->rig, NULL);
	options = (struct control_options){scene->rig->loop, scene->rig->engine,
	    scene->rig->secrets, scene->rig->folder, "alice", {take, scene}};
	buf_init(&error, BUF_UNBOUNDED);
	scene->control = control_new(&options, &error);
	if (!scene->control)
		fail_msg("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
}

static void scene_end(struct scene *scene)
{
	rig_signal(scene->rig, "SIGINT");
	rig_run(scene->rig);
	control_free(scene->control);
	assert_string_equal(rig_verify(scene->rig), "sealed");
	rig_free(scene->rig);
}

static int join(const struct scene *scene)
{
	int fd = control_connect(scene->rig->folder);

	assert_true(fd >= 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void stop(void *self)
{
	*(bool *)self = true;
}

/* What the runner says by the time it waits again; "" when it hung up. */
static const char *hear(struct scene *scene, int fd)
{
	static char said[65536];
	ssize_t got = -1;

	while (got < 0) {
		struct loop_timer *timer = loop_timer_new(scene->rig->loop, stop, &scene->done);

		scene->done = false;
		loop_timer_start(timer, 1000);
		loop_run(scene->rig->loop, &scene->done);
		loop_timer_free(timer);
		got = recv(fd, said, sizeof(said) - 1, MSG_DONTWAIT);
		if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
			got = 0; /* it was reset: not all that was said had been heard */
	}
	said[got] = '\0';
	return said;
}

static void must_refuse(struct scene *scene, const char *line, const char *why)
{
	int fd = join(scene);
	const char *said;

	say(fd, line);
	said = hear(scene, fd);
	if (!strstr(said, "\"ok\":false") || !strstr(said, why))
		fail_msg("%s: %s", line, said);
	close(fd);
}

static void test_a_note_is_a_line(void **state)
{
	struct scene scene;
	struct stat found;
	char path[128];
	int fd;

	(void)state;
	scene_begin(&scene);
	snprintf(path, sizeof(path), "%s/control", scene.rig->folder);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
	fd = join(&scene);
	say(fd,
	    "{\"control\":1,\"do\":\"note\",\"terminal\":\"/dev/pts/3\",\"text\":\" it is off\\n\","
	    "\"later\":true}\n");
	assert_string_equal(
	    hear(&scene, fd), "{\"control\":1,\"ok\":true,\"line\":4,\"masked\":false}\n");
	assert_non_null(strstr(
	    rig_record(scene.rig), "\"who\":\"alice on /dev/pts/3\",\"text\":\"it is off\"}"));
	close(fd);
	scene_end(&scene);
	assert_int_equal(stat(path, &found), -1);
}

/* In pieces, several at once, and with the answers in their order. */
static void test_lines_are_put_together(void **state)
{
	static const char whole[] = "{\"control\":1,\"do\":\"note\",\"text\":\"a\"}\n"
				    "{\"control\":1,\"do\":\"note\",\"text\":\"\"}\n"
				    "{\"control\":1,\"do\":\"note\",\"text\":\"b\"}\n";
	struct scene scene;
	const char *said;
	int fd;

	(void)state;
	scene_begin(&scene);
	fd = join(&scene);
	for (size_t i = 0; i + 1 < sizeof(whole) - 1; i++) {
		const char byte[] = {whole[i], '\0'};

		say(fd, byte);
		if (whole[i] == '\n')
			assert_true(*hear(&scene, fd));
	}
	say(fd, "\n");
	assert_non_null(strstr(hear(&scene, fd), "\"line\":5"));
	say(fd, whole);
	said = hear(&scene, fd);
	assert_true(strstr(said, "\"line\":6") < strstr(said, "a note needs a text"));
	assert_true(strstr(said, "a note needs a text") < strstr(said, "\"line\":7"));
	close(fd);
	scene_end(&scene);
}

static void test_what_is_not_understood_is_refused(void **state)
{
	struct scene scene;
	char *longer = malloc(CONTROL_LINE + 1);
	struct buf line;

	(void)state;
	scene_begin(&scene);
	must_refuse(&scene, "\n", "no JSON");
	must_refuse(&scene, "[]\n", "no version");
	must_refuse(&scene, "{\"control\":1,\"control\":1}\n", "no JSON");
	must_refuse(&scene, "{\"control\":2,\"do\":\"note\",\"text\":\"a\"}\n", "version 2");
	must_refuse(&scene, "{\"control\":1,\"do\":\"stop\"}\n", "only be a note or an answer");
	must_refuse(&scene, "{\"control\":1,\"do\":\"note\",\"text\":7}\n", "needs a text");
	must_refuse(&scene, "{\"control\":1,\"do\":\"note\",\"text\":\" \\n\"}\n", "needs a text");
	memset(longer, 'x', CONTROL_LINE);
	longer[CONTROL_LINE] = '\0';
	must_refuse(&scene, longer, "too long");
	for (size_t len = CONTROL_NOTE; len <= CONTROL_NOTE + 1; len++) {
		struct control_request request = {.text = {longer, len}};
		int fd = join(&scene);

		buf_init(&line, BUF_UNBOUNDED);
		control_put_request(&line, &request);
		buf_byte(&line, '\0');
		say(fd, line.ptr);
		assert_non_null(strstr(hear(&scene, fd),
		    len > CONTROL_NOTE ? "at most 4096 bytes, this one has 4097" : "\"ok\":true"));
		buf_done(&line);
		close(fd);
	}
	free(longer);
	scene_end(&scene);
}

/* Who answers is the kernel's word; what is answered is handed over as it was said. */
static void test_an_answer(void **state)
{
	const struct control_request request = {.what = CONTROL_DO_ANSWER,
	    .terminal = STR("/dev/pts/3"),
	    .id = 7,
	    .digest = STR("0123abcd"),
	    .approved = true};
	struct scene scene;
	struct buf line;
	char person[64];
	int fd;

	(void)state;
	scene_begin(&scene);
	must_refuse(&scene, "{\"control\":1,\"do\":\"answer\",\"answer\":\"denied\"}\n",
	    "needs its question");
	must_refuse(&scene, "{\"control\":1,\"do\":\"answer\",\"id\":-1,\"answer\":\"denied\"}\n",
	    "needs its question");
	must_refuse(&scene, "{\"control\":1,\"do\":\"answer\",\"id\":7,\"answer\":\"again\"}\n",
	    "approved or denied");
	must_refuse(&scene, "{\"control\":1,\"do\":\"answer\",\"id\":8,\"answer\":\"denied\"}\n",
	    "not open any more");
	fd = join(&scene);
	buf_init(&line, BUF_UNBOUNDED);
	control_put_request(&line, &request);
	buf_byte(&line, '\0');
	say(fd, line.ptr);
	assert_non_null(strstr(hear(&scene, fd), "\"ok\":true"));
	assert_non_null(strstr(rig_record(scene.rig),
	    "\"id\":7,\"answer\":\"approved\",\"who\":\"alice on "
	    "/dev/pts/3\",\"digest\":\"0123abcd\""));
	snprintf(person, sizeof(person), "\"uid\":%u", (unsigned)getuid());
	assert_non_null(strstr(rig_record(scene.rig), person));
	buf_done(&line);
	close(fd);
	scene_end(&scene);
}

/* More than there is place for wait for others to leave; who leaves without a word is no trouble. */
static void test_many_wait_for_a_place(void **state)
{
	struct scene scene;
	int fds[CONTROL_PEERS + 2];

	(void)state;
	scene_begin(&scene);
	for (size_t i = 0; i < CONTROL_PEERS; i++) {
		fds[i] = join(&scene);
		say(fds[i], "{\"control\":1,\"do\":\"note\",\"text\":\"a\"}\n");
		assert_true(*hear(&scene, fds[i]));
	}
	for (size_t i = CONTROL_PEERS; i < CONTROL_PEERS + 2; i++) {
		fds[i] = join(&scene);
		say(fds[i], "{\"control\":1,\"do\":\"note\",\"text\":\"late\"}\n");
	}
	say(fds[0], "{\"control\":1,\"do\":\"note\",\"text\":\"last\"}\n");
	assert_true(*hear(&scene, fds[0]));
	assert_null(strstr(rig_record(scene.rig), "late"));
	close(fds[3]);
	close(fds[9]);
	assert_non_null(strstr(hear(&scene, fds[CONTROL_PEERS]), "\"ok\":true"));
	assert_non_null(strstr(hear(&scene, fds[CONTROL_PEERS + 1]), "\"ok\":true"));
	scene_end(&scene); /* with the others connected: the sanitizers find what is not closed */
	for (size_t i = 0; i < CONTROL_PEERS + 2; i++)
		if (i != 3 && i != 9)
			close(fds[i]);
}

/* The folder and the socket keep others out; should they not, the runner does. */
static void test_strangers_are_not_heard(void **state)
{
	struct scene scene;
	char path[128];
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	scene_begin(&scene);
	snprintf(path, sizeof(path), "%s/control", scene.rig->folder);
	assert_int_equal(chmod(scene.rig->folder, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	fd = control_connect(scene.rig->folder);
	assert_int_equal(errno, EACCES);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(seteuid(65534), 0);
	fd = control_connect(scene.rig->folder);
	assert_int_equal(seteuid(0), 0);
	assert_true(fd >= 0);
	assert_non_null(strstr(hear(&scene, fd), "only root and the user who runs it are heard"));
	assert_string_equal(hear(&scene, fd), "");
	close(fd);
	scene_end(&scene);
}

static void test_nobody_is_there(void **state)
{
	struct scene scene;
	struct buf error;
	int folder;
	int fd;

	(void)state;
	scene_begin(&scene);
	folder = control_folder(scene.rig->folder);
	control_free(scene.control);
	assert_int_equal(control_connect(scene.rig->folder), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(control_connect("/nowhere"), -1);
	assert_int_equal(errno, ENOENT);

	/* what a dead runner leaves is refused by nobody, and replaced */
	buf_init(&error, BUF_UNBOUNDED);
	close(control_bind(folder, &error));
	assert_int_equal(control_connect(scene.rig->folder), -1);
	assert_int_equal(errno, ECONNREFUSED);
	fd = control_bind(folder, &error);
	assert_true(fd >= 0);
	close(fd);
	control_unbind(folder);

	/* anything else is not ours to remove */
	fd = openat(folder, "control", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	close(fd);
	assert_int_equal(control_bind(folder, &error), -1);
	assert_true(str_is(buf_view(&error), "Address already in use"));
	buf_done(&error);
	close(folder);
	scene.control = NULL;
	scene_end(&scene);
}

static void test_answers_are_read(void **state)
{
	const struct control_answer answers[] = {
	    {.ok = true, .line = 17, .masked = true}, {.why = STR("no\n\x1b")}};
	struct arena *arena = arena_new();
	struct control_answer read;
	struct buf line;
	struct buf why;

	(void)state;
	buf_init(&line, CONTROL_LINE);
	buf_init(&why, BUF_UNBOUNDED);
	for (size_t i = 0; i < 2; i++) {
		buf_clear(&line);
		control_put_answer(&line, &answers[i]);
		assert_true(control_get_answer(
		    arena, str_sub(buf_view(&line), 0, line.len - 1), &read, &why));
		assert_int_equal(read.ok, answers[i].ok);
		assert_int_equal(read.line, answers[i].line);
		assert_int_equal(read.masked, answers[i].masked);
		assert_true(str_eq(read.why, answers[i].why));
	}
	assert_false(control_get_answer(arena, STR("{}"), &read, &why));
	buf_done(&line);
	buf_done(&why);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_note_is_a_line),
	    cmocka_unit_test(test_lines_are_put_together),
	    cmocka_unit_test(test_what_is_not_understood_is_refused),
	    cmocka_unit_test(test_an_answer),
	    cmocka_unit_test(test_many_wait_for_a_place),
	    cmocka_unit_test(test_strangers_are_not_heard),
	    cmocka_unit_test(test_nobody_is_there),
	    cmocka_unit_test(test_answers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
