/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/bus_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stdlib/watch.h"

struct bus_link {
	sd_bus *bus;
	void (*turned)(void *self, int error);
	void *self;
	struct watch *watch;
	struct loop_timer *timer;
};

/* sd-bus does one thing at a time. The last thing that touches the link. */
static void process(struct bus_link *link)
{
	int did;

	do
		did = sd_bus_process(link->bus, NULL);
	while (did > 0);
	if (did == 0)
		bus_link_go_on(link);
	link->turned(link->self, did < 0 ? -did : 0);
}

static void seen(void *self, int events, bool failed)
{
	(void)events;
	(void)failed; /* shows at the next call */
	process(self);
}

static void timer_fired(void *self)
{
	process(self);
}

static sd_bus *connect_to(const char *address, int *ret_error)
{
	sd_bus *bus = NULL;
	int error = sd_bus_new(&bus);

	if (error >= 0)
		error = sd_bus_set_address(bus, address);
	if (error >= 0)
		error = sd_bus_set_bus_client(bus, 1);
	if (error >= 0) /* how long to wait is the attempt's business */
		error = sd_bus_set_method_call_timeout(bus, UINT64_MAX);
	if (error >= 0)
		error = sd_bus_start(bus);
	if (error >= 0)
		return bus;
	*ret_error = -error;
	sd_bus_unref(bus);
	return NULL;
}

struct bus_link *bus_link_new(struct loop *loop, const char *address,
    void (*turned)(void *self, int error), void *self, int *ret_error)
{
	sd_bus *bus = connect_to(address, ret_error);
	struct bus_link *link;

	if (!bus)
		return NULL;
	link = mem_alloc(sizeof(*link));
	*link = (struct bus_link){.bus = bus, .turned = turned, .self = self};
	link->timer = loop_timer_new(loop, timer_fired, link);
	link->watch = watch_new(loop, sd_bus_get_fd(bus), seen, link);
	if (link->watch)
		return link;
	*ret_error = EMFILE;
	bus_link_free(link);
	return NULL;
}

sd_bus *bus_link_bus(const struct bus_link *link)
{
	return link->bus;
}

void bus_link_go_on(struct bus_link *link)
{
	int events = sd_bus_get_events(link->bus);
	uint64_t due_us = UINT64_MAX;

	if (events < 0)
		events = POLLIN; /* it is lost, which the next call says */
	watch_for(link->watch,
	    (events & POLLIN ? UV_READABLE : 0) | (events & POLLOUT ? UV_WRITABLE : 0));
	if (sd_bus_get_timeout(link->bus, &due_us) >= 0 && due_us != UINT64_MAX)
		loop_timer_start(link->timer, (int64_t)due_us - loop_clock_us());
	else
		loop_timer_stop(link->timer);
}

void bus_link_free(struct bus_link *link)
{
	if (!link)
		return;
	watch_free(link->watch);
	loop_timer_free(link->timer);
	sd_bus_close(link->bus);
	sd_bus_unref(link->bus);
	free(link);
}
