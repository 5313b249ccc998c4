/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mistakes.h"

#include <unistd.h>

#include "cli/command.h"

void mistakes_show(struct load *load, bool color)
{
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	load_show(load, color, &out);
	print_text(STDERR_FILENO, out.ptr, out.len);
	buf_done(&out);
}

bool load_is_runbook(const struct load *load, const char *path)
{
	if (load->is_part)
		complain("%s is a file to include, not a runbook", path);
	return !load->is_part;
}
