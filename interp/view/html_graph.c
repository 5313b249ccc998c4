/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

void html_put_graph(struct html *html)
{
	(void)html;
}
