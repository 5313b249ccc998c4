/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

/* The files as they lie beside this one; the build names their folder. */
__asm__(".section .rodata\n"
	".balign 16\n"
	".globl html_css\nhtml_css:\n.incbin \"" REPRISE_HTML "/report.css\"\n"
	".globl html_css_end\nhtml_css_end:\n.byte 0\n"
	".globl html_script\nhtml_script:\n.incbin \"" REPRISE_HTML "/report.js\"\n"
	".globl html_script_end\nhtml_script_end:\n.byte 0\n"
	".text\n");
