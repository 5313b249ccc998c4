/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/lines.h"

#include <string.h>

#include "launch/wire.h"

/*
 * Where reprise-launch may lie there, rp_d: in memory, in the user's home, or in a folder for temporary files, whose
 * name costs a process and is asked for last.
 */
#define EACH_FOLDER                                                                                \
	"for rp_d in ${XDG_RUNTIME_DIR:+\"$XDG_RUNTIME_DIR/reprise\"} "                            \
	"${HOME:+\"$HOME/.cache/reprise\"} -;do "                                                  \
	"[ \"$rp_d\" != - ]||rp_d=\"${TMPDIR:-/tmp}/reprise-$(id -u)\";"

/* A mark, as a shell says it: in a text, and in a format. */
#define SAY "printf '\\001%s:"
#define SAY_FORMAT "printf '\\001%%s:"

/* Between KILL and the last look at what it did, in seconds. */
enum { PATIENCE_S = 6 };

void line_word(struct buf *line, const char *text)
{
	buf_str(line, STR("'"));
	while (*text) {
		size_t plain = strcspn(text, "'\n");

		buf_append(line, text, plain);
		text += plain;
		if (*text == '\'')
			buf_str(line, STR("'\\''"));
		else if (*text == '\n')
			buf_str(line, STR("'\"$rp_l\"'"));
		text += *text != '\0';
	}
	buf_str(line, STR("'"));
}

void line_call(struct buf *line, const struct told *order)
{
	buf_printf(line, "rp_n=%s;" LINE_LOCALE, order->nonce);
	if (order->launcher[0])
		buf_printf(line,
		    EACH_FOLDER "{ [ -O \"$rp_d\" ]&&[ -x \"$rp_d/launch-%s\" ];} 2>/dev/null&&"
				"rp_l8&&exec \"$rp_d/launch-%s\" far $rp_n;done;",
		    order->stamp, order->stamp);
	buf_str(line,
	    STR(SAY "absent %s\\n' $rp_n \"$(uname -sm)\";IFS= read -r rp_r&&eval \"$rp_r\"\n"));
}

void line_run(struct buf *line, const struct told *order, const char *path)
{
	buf_str(line, STR("rp_l8;exec "));
	line_word(line, path);
	buf_printf(line, " far %s\n", order->nonce);
}

void line_store(struct buf *line, const struct told *order)
{
	buf_printf(line,
	    "exec 2>/dev/null;umask 077;rp_n=%s;rp_f=;rp_o=;" EACH_FOLDER
	    "mkdir -p \"$rp_d\"&&[ -O \"$rp_d\" ]||continue;rp_t=\"$rp_d/launch-%s.$$\";"
	    "if [ -z \"$rp_f\" ];then cat >\"$rp_t\"||continue;rp_f=\"$rp_t\";"
	    "else cp \"$rp_f\" \"$rp_t\"||continue;fi;"
	    "if chmod 700 \"$rp_t\"&&\"$rp_t\" --version;then "
	    "mv \"$rp_t\" \"${rp_t%%.*}\"&&rp_o=\"${rp_t%%.*}\"&&break;fi;"
	    "[ \"$rp_t\" = \"$rp_f\" ]||rm -f \"$rp_t\";done;[ -z \"$rp_f\" ]||rm -f \"$rp_f\";"
	    "if [ -n \"$rp_o\" ];then " SAY_FORMAT "stored %%s\\n' $rp_n \"$rp_o\";"
	    "else " SAY_FORMAT "refused\\n' $rp_n;fi\n",
	    order->nonce, order->stamp);
}

void line_inquire(struct buf *line, const struct told *order, long pid)
{
	long long limit_s = order->head.grace_us / 1000000 + PATIENCE_S;

	buf_printf(line,
	    "rp_n=%s;rp_k=%ld;"
	    /* the number may be another process's by now */
	    "rp_is(){ case \"$(cat /proc/$rp_k/cmdline)\" in *\"$rp_n\"*)kill -0 "
	    "$rp_k;;*)false;;esac;"
	    "} 2>/dev/null;"
	    "rp_w=gone;if rp_is;then rp_w=ended;kill -TERM $rp_k 2>/dev/null;fi;rp_i=0;"
	    "rp_f=\"${TMPDIR:-/tmp}/" WIRE_END_FILE "\";"
	    "while rp_is&&[ ! -O \"$rp_f\" ]&&[ $rp_i -lt %lld ];do if sleep 0.1 2>/dev/null;then "
	    "rp_i=$((rp_i+1));"
	    "else sleep 1;rp_i=$((rp_i+10));fi;done;if rp_is;then rp_w=alive;fi;"
	    "if [ -O \"$rp_f\" ]&&IFS= read -r rp_x <\"$rp_f\";then rm -f \"$rp_f\";rp_w=\"told "
	    "$rp_x\";fi;" SAY_FORMAT "%%s\\n' $rp_n \"$rp_w\"\n",
	    order->nonce, pid, order->nonce, limit_s * 10);
}
