/* SPDX-License-Identifier: Apache-2.0 */
#include "record/syncer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

enum { STACK = 256 << 10 };

struct syncer {
	int fd;
	int (*sync)(int fd);
	void (*wake)(void *context);
	void *context;
	pthread_t thread;
	bool running; /* the owner's alone */

	pthread_mutex_t lock; /* guards all that follows */
	pthread_cond_t asked;
	pthread_cond_t synced;
	uint64_t wanted;
	uint64_t flushed;
	uint64_t durable;
	int error;
	bool leave;
};

struct syncer *syncer_new(int fd, int (*sync)(int fd), void (*wake)(void *context), void *context)
{
	struct syncer *syncer = mem_alloc(sizeof(*syncer));

	syncer->fd = fd;
	syncer->sync = sync;
	syncer->wake = wake;
	syncer->context = context;
	pthread_mutex_init(&syncer->lock, NULL);
	pthread_cond_init(&syncer->asked, NULL);
	pthread_cond_init(&syncer->synced, NULL);
	return syncer;
}

void syncer_free(struct syncer *syncer)
{
	if (!syncer)
		return;
	if (syncer->running) {
		pthread_mutex_lock(&syncer->lock);
		syncer->leave = true;
		pthread_cond_signal(&syncer->asked);
		pthread_mutex_unlock(&syncer->lock);
		pthread_join(syncer->thread, NULL);
	}
	pthread_cond_destroy(&syncer->synced);
	pthread_cond_destroy(&syncer->asked);
	pthread_mutex_destroy(&syncer->lock);
	free(syncer);
}

static bool has_work(const struct syncer *syncer)
{
	return !syncer->error && syncer->wanted > syncer->durable &&
	    syncer->flushed > syncer->durable;
}

/* One sync, with the lock held before and after. */
static void sync_once(struct syncer *syncer)
{
	uint64_t target = syncer->flushed;
	int error = 0;

	pthread_mutex_unlock(&syncer->lock);
	while (syncer->sync(syncer->fd) != 0) {
		error = errno;
		if (error != EINTR)
			break;
		error = 0;
	}
	pthread_mutex_lock(&syncer->lock);
	if (error)
		syncer->error = error;
	else
		syncer->durable = target;
	pthread_cond_broadcast(&syncer->synced);
}

static void *run(void *arg)
{
	struct syncer *syncer = arg;

	pthread_mutex_lock(&syncer->lock);
	for (;;) {
		while (!syncer->leave && !has_work(syncer))
			pthread_cond_wait(&syncer->asked, &syncer->lock);
		if (syncer->leave)
			break;
		sync_once(syncer);
		pthread_mutex_unlock(&syncer->lock);
		if (syncer->wake)
			syncer->wake(syncer->context);
		pthread_mutex_lock(&syncer->lock);
	}
	pthread_mutex_unlock(&syncer->lock);
	return NULL;
}

/* Signals belong to the owner's loop: the thread takes none. */
static void begin(struct syncer *syncer)
{
	pthread_attr_t attr;
	sigset_t all;
	sigset_t before;

	if (syncer->running)
		return;
	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	syncer->running = pthread_create(&syncer->thread, &attr, run, syncer) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
}

void syncer_flushed(struct syncer *syncer, uint64_t ticket)
{
	pthread_mutex_lock(&syncer->lock);
	assert(ticket >= syncer->flushed);
	syncer->flushed = ticket;
	if (has_work(syncer))
		pthread_cond_signal(&syncer->asked);
	pthread_mutex_unlock(&syncer->lock);
}

void syncer_want(struct syncer *syncer, uint64_t ticket)
{
	bool synced = false;

	begin(syncer);
	pthread_mutex_lock(&syncer->lock);
	if (ticket > syncer->wanted)
		syncer->wanted = ticket;
	if (syncer->running) {
		if (has_work(syncer))
			pthread_cond_signal(&syncer->asked);
	} else if (has_work(syncer)) { /* no thread could be had: slower, not less safe */
		sync_once(syncer);
		synced = true;
	}
	pthread_mutex_unlock(&syncer->lock);
	if (synced && syncer->wake)
		syncer->wake(syncer->context);
}

int syncer_wait(struct syncer *syncer)
{
	int error;

	pthread_mutex_lock(&syncer->lock);
	syncer->wanted = syncer->flushed > syncer->wanted ? syncer->flushed : syncer->wanted;
	pthread_cond_signal(&syncer->asked);
	while (!syncer->error && syncer->durable < syncer->flushed) {
		if (syncer->running)
			pthread_cond_wait(&syncer->synced, &syncer->lock);
		else
			sync_once(syncer);
	}
	error = syncer->error;
	pthread_mutex_unlock(&syncer->lock);
	return error;
}

uint64_t syncer_durable(struct syncer *syncer)
{
	uint64_t durable;

	pthread_mutex_lock(&syncer->lock);
	durable = syncer->durable;
	pthread_mutex_unlock(&syncer->lock);
	return durable;
}

int syncer_error(struct syncer *syncer)
{
	int error;

	pthread_mutex_lock(&syncer->lock);
	error = syncer->error;
	pthread_mutex_unlock(&syncer->lock);
	return error;
}
