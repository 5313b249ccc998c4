/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

#include "base/digest.h"
#include "record/base64.h"

/* What stands around the style sheet and the script, for readers of XML, and counts as part of them. */
#define OPEN "/*<![CDATA[*/\n"
#define CLOSE "/*]]>*/"

static struct str css(void)
{
	return (struct str){html_css, (size_t)(html_css_end - html_css)};
}

static struct str script(void)
{
	return (struct str){html_script, (size_t)(html_script_end - html_script)};
}

static unsigned digit(char hex)
{
	return hex <= '9' ? (unsigned)(hex - '0') : (unsigned)(hex - 'a') + 10;
}

/* "'sha256-…'": what the policy lets be part of the page. */
static void put_source(struct html *html, struct str text)
{
	struct digest *digest = digest_new();
	char hex[DIGEST_HEX_MAX + 1];
	char bytes[DIGEST_HEX / 2];

	digest_add(digest, OPEN, sizeof(OPEN) - 1);
	digest_add(digest, text.ptr, text.len);
	digest_add(digest, CLOSE, sizeof(CLOSE) - 1);
	digest_hex(digest, hex);
	digest_free(digest);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(digit(hex[i * 2]) << 4 | digit(hex[i * 2 + 1]));
	html_put(html, " 'sha256-");
	base64_encode(html->out, (struct str){bytes, sizeof(bytes)});
	html_put(html, "'");
}

static void put_title(struct html *html)
{
	const struct summary *summary = &html->chronicle->summary;

	html_put(html, summary->rehearsal ? "Rehearsal: " : "");
	html_text(html, summary->title.len ? summary->title : summary->runbook);
}

static void put_head(struct html *html)
{
	html_put(html,
	    "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\"/>\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri "
	    "'none'; "
	    "form-action 'none'; style-src");
	put_source(html, css());
	html_put(html, "; script-src");
	put_source(html, script());
	html_put(html,
	    "\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	    "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	    "<meta name=\"referrer\" content=\"no-referrer\"/>\n<title>");
	put_title(html);
	html_put(html, "</title>\n<style>" OPEN);
	buf_str(html->out, css());
	html_put(html, CLOSE "</style>\n</head>\n");
}

static void put_sections(struct html *html)
{
	html_put_summary(html);
	html_put_gantt(html);
	html_put_path(html);
	html_put_graph(html);
	html_put_people(html);
	html_put_events(html);
	html_put_steps(html);
}

/* What only a script can do stands hidden until there is one. */
static void put_tools(struct html *html)
{
	html_put(html,
	    "<div id=\"tools\" role=\"search\" hidden=\"hidden\">\n"
	    "<label for=\"search\">Search</label>"
	    "<input id=\"search\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" "
	    "placeholder=\"press / to search\" aria-describedby=\"hits\"/>"
	    "<button id=\"previous\" type=\"button\" title=\"the hit before: p\">Previous</button>"
	    "<button id=\"next\" type=\"button\" title=\"the next hit: n\">Next</button>"
	    "<span id=\"hits\" role=\"status\"></span>\n"
	    "<label for=\"filter\">Steps</label><select id=\"filter\">"
	    "<option value=\"\">all</option></select>"
	    "<button id=\"unfold\" type=\"button\">Unfold all</button>"
	    "<button id=\"fold\" type=\"button\">Fold all</button>\n</div>\n");
}

void html_put_page(struct html *html)
{
	const struct summary *summary = &html->chronicle->summary;
	enum look look = html_look_of_run(summary);

	put_head(html);
	html_put(html, "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
	html_put_signs(html);
	html_put(html, "<header class=\"%s\">\n<p class=\"kind\">", html_look_class(look));
	html_put(html, summary->rehearsal ? "Rehearsal" : "Report of a run");
	html_put(html, "</p>\n<h1>");
	html_text(html, summary->title.len ? summary->title : summary->runbook);
	html_put(html, "</h1>\n<p class=\"outcome\">");
	html_badge(
	    html, look, summary->finished ? run_outcome_names[summary->outcome] : "not finished");
	if (summary->finished) {
		html_put(html, " <span class=\"after\">after ");
		html_duration(html, summary->duration_us);
		html_put(html, "</span>");
	} else {
		html_put(html, " <span class=\"why\">The record ends at ");
		html_clock(html, html->chronicle->last_at_us);
		html_put(html, " UTC, and nobody knows from it how the run ended.</span>");
	}
	if (summary->why.len) {
		html_put(html, " <span class=\"why\">");
		html_text(html, summary->why);
		html_put(html, "</span>");
	}
	html_put(html, "</p>\n");
	if (html->about.verified == TRANSCRIPT_DAMAGED ||
	    html->about.verified == TRANSCRIPT_UNREADABLE) {
		html_put(
		    html, "<p class=\"failed\"><strong>Do not trust this record.</strong> It is ");
		html_text(html, html->about.state);
		html_put(html, "; the report ends there.</p>\n");
	}
	html_put(html, "</header>\n");
	put_tools(html);
	html_put(html, "<main id=\"main\" tabindex=\"-1\">\n");
	put_sections(html);
	html_put(html, "</main>\n<script>" OPEN);
	buf_str(html->out, script());
	html_put(html, CLOSE "</script>\n</body>\n</html>\n");
}
