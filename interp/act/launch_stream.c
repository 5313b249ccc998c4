/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <fcntl.h>

#include "act/launch_parts.h"

/* Whoever prints as much at once is worth a larger pipe: it doubles the throughput. Others do not pay for it. */
enum { WIDEN_AT = 32 << 10, WIDE = 1 << 20 };

static void give_chunk(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
	const struct launch_stream *stream = handle->data;

	(void)suggested;
	*ret_buf = uv_buf_init(stream->launch->pool->chunk, LAUNCH_CHUNK);
}

static void take_bytes(uv_stream_t *handle, ssize_t len, const uv_buf_t *buf)
{
	struct launch_stream *stream = handle->data;
	struct launch *launch = stream->launch;

	if (len == 0)
		return;
	if (len < 0) {
		launch_stream_close(stream);
		launch_stirred(launch);
		return;
	}
	if (!stream->widened && len >= WIDEN_AT) {
		/* An unprivileged user may have used up what pipes may hold: then it stays as it is. */
		(void)fcntl(stream->fd, F_SETPIPE_SZ, WIDE);
		stream->widened = true;
	}
	launch->events->output(launch->self, stream->which, (struct str){buf->base, (size_t)len});
	launch_stirred(launch);
}

static void closed(uv_handle_t *handle)
{
	const struct launch_stream *stream = handle->data;

	launch_closed(stream->launch);
}

void launch_stream_open(
    struct launch_stream *stream, struct launch *launch, enum attempt_stream which, int fd)
{
	int error;

	stream->launch = launch;
	stream->which = which;
	stream->fd = fd;
	uv_pipe_init(&launch->pool->loop->uv, &stream->pipe, 0);
	stream->pipe.data = stream;
	stream->open = true;
	launch->open++;
	error = uv_pipe_open(&stream->pipe, fd);
	/* It only looks at a fresh pipe and cannot fail on one. */
	assert(!error);
	(void)error;
}

void launch_stream_read(struct launch_stream *stream)
{
	if (stream->open)
		uv_read_start((uv_stream_t *)&stream->pipe, give_chunk, take_bytes);
}

void launch_stream_close(struct launch_stream *stream)
{
	if (!stream->open)
		return;
	stream->open = false;
	uv_close((uv_handle_t *)&stream->pipe, closed);
}
