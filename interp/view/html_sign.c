/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

/*
 * The signs that outcomes have beside their words and colours: no two share a shape, so that they are told apart in
 * print and by who sees no colour.
 */
static const struct {
	const char *class;
	const char *shape; /* within 16 by 16 */
} signs[LOOKS] = {
    [LOOK_OK] = {"ok",
	"<circle cx=\"8\" cy=\"8\" r=\"7\" class=\"f\"/>"
	"<path d=\"M4.6 8.3l2.4 2.4 4.5-5\" class=\"m\"/>"},
    [LOOK_FAILED] = {"failed",
	"<path d=\"M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z\" class=\"f\"/>"
	"<path d=\"M5.4 5.4l5.2 5.2m0-5.2l-5.2 5.2\" class=\"m\"/>"},
    [LOOK_ALLOWED] = {"allowed",
	"<path d=\"M8 1.2L15.2 14H.8z\" class=\"f\"/>"
	"<path d=\"M8 5.6v4m0 1.6v1\" class=\"m\"/>"},
    [LOOK_TIMED_OUT] = {"timed_out",
	"<rect x=\"1\" y=\"1\" width=\"14\" height=\"14\" rx=\"2\" class=\"f\"/>"
	"<path d=\"M8 4.2V8l2.6 2\" class=\"m\"/>"},
    [LOOK_SKIPPED] = {"skipped",
	"<circle cx=\"8\" cy=\"8\" r=\"6.2\" class=\"o\"/>"
	"<path d=\"M4.6 8h6M8.4 5.6L10.8 8l-2.4 2.4\" class=\"o\"/>"},
    [LOOK_DENIED] = {"denied",
	"<circle cx=\"8\" cy=\"8\" r=\"7\" class=\"f\"/>"
	"<path d=\"M4.4 8h7.2\" class=\"m w\"/>"},
    [LOOK_CANCELLED] = {"cancelled",
	"<circle cx=\"8\" cy=\"8\" r=\"6.2\" class=\"o\"/>"
	"<path d=\"M3.8 12.2l8.4-8.4\" class=\"o\"/>"},
    [LOOK_BLOCKED] = {"blocked",
	"<rect x=\"1.8\" y=\"1.8\" width=\"12.4\" height=\"12.4\" rx=\"2\" class=\"o\"/>"
	"<path d=\"M6.2 5.4v5.2m3.6-5.2v5.2\" class=\"o\"/>"},
    [LOOK_LOST] = {"lost",
	"<path d=\"M8 .8L15.2 8 8 15.2.8 8z\" class=\"f\"/>"
	"<path d=\"M6.2 6.4c0-2.4 3.6-2.4 3.6-.2 0 1.5-1.8 1.4-1.8 2.8m0 1.7v.8\" class=\"m\"/>"},
    [LOOK_REHEARSED] = {"rehearsed",
	"<circle cx=\"8\" cy=\"8\" r=\"6.2\" class=\"o d\"/>"
	"<path d=\"M4.9 8.2l2.2 2.2 4-4.6\" class=\"o\"/>"},
    [LOOK_OPEN] = {"open",
	"<circle cx=\"8\" cy=\"8\" r=\"6.2\" class=\"o d\"/>"
	"<path d=\"M4.6 8h.2m3.1 0h.2m3.1 0h.2\" class=\"o w\"/>"},
};

const char *html_look_class(enum look look)
{
	return signs[look].class;
}

const char *html_look_word(enum look look)
{
	static const char *const words[LOOKS] = {
	    [LOOK_OK] = "succeeded",
	    [LOOK_ALLOWED] = "failed (allowed)",
	    [LOOK_TIMED_OUT] = "timed out",
	    [LOOK_BLOCKED] = "not run",
	    [LOOK_OPEN] = "not finished",
	};

	return words[look] ? words[look] : signs[look].class;
}

void html_sign(struct html *html, enum look look)
{
	html_put(html, "<svg class=\"sign %s\" viewBox=\"0 0 16 16\" aria-hidden=\"true\">",
	    signs[look].class);
	html_put(html, "<use href=\"#sign-%s\"/></svg>", signs[look].class);
}

void html_badge(struct html *html, enum look look, const char *word)
{
	html_put(html, "<span class=\"badge %s\">", signs[look].class);
	html_sign(html, look);
	html_put(html, "%s</span>", word);
}

void html_put_signs(struct html *html)
{
	html_put(html,
	    "<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\" "
	    "focusable=\"false\"><defs>\n"
	    "<pattern id=\"waiting\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
	    "patternTransform=\"rotate(45)\"><path d=\"M0 0v6\" class=\"hatch\"/></pattern>\n"
	    "<marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
	    "markerUnits=\"userSpaceOnUse\" "
	    "markerWidth=\"9\" markerHeight=\"9\" orient=\"auto\"><path d=\"M0 0l8 4-8 4z\" "
	    "class=\"tip\"/></marker>\n");
	for (size_t i = 0; i < LOOKS; i++)
		html_put(html, "<symbol id=\"sign-%s\" viewBox=\"0 0 16 16\">%s</symbol>\n",
		    signs[i].class, signs[i].shape);
	html_put(html, "</defs></svg>\n");
}
