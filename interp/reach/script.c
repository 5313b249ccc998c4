/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/script.h"

#include <string.h>

#include "launch/wire.h"
#include "reach/lines.h"

/* A mark, as a shell says it: in a text, and in a format. */
#define SAY "printf '\\001%s:"
#define SAY_FORMAT "printf '\\001%%s:"

static void put_words(struct buf *line, char *const *words)
{
	for (; *words; words++) {
		buf_str(line, STR(" "));
		line_word(line, *words);
	}
}

/* Refuses what cannot be begun, before any of it is. */
static void put_checks(struct buf *line, const struct request *request)
{
	if (request->cwd[0]) {
		buf_str(line, STR("cd -- "));
		line_word(line, request->cwd);
		buf_str(line, STR(" 2>/dev/null||{ rp_e=13;[ -d "));
		line_word(line, request->cwd);
		buf_printf(line, " ]||rp_e=2;rp_no 0 %d $rp_e;};", LAUNCH_TROUBLE_CWD);
	}
	for (uint32_t i = 0; i < request->begin.stages; i++) {
		const char *program = request->argv[i][0];

		if (strchr(program, '/')) {
			buf_str(line, STR("[ -x "));
			line_word(line, program);
			buf_str(line, STR(" ]||{ rp_e=13;[ -e "));
			line_word(line, program);
			buf_printf(line, " ]||rp_e=2;rp_no %u %d $rp_e;};", i, LAUNCH_TROUBLE_FIND);
		} else {
			buf_str(line, STR("command -v "));
			line_word(line, program);
			buf_printf(
			    line, " >/dev/null 2>&1||rp_no %u %d 2;", i, LAUNCH_TROUBLE_FIND);
		}
	}
}

/* What the session runs: one pipe, all of it parsed before a variable of the step's can have a say in that. */
static void put_inner(struct buf *line, const struct told *order, const struct request *request)
{
	uint32_t count = request->begin.stages;

	buf_printf(
	    line, "rp_n=%s;rp_l=$(printf '\\nx');rp_l=${rp_l%%x};" LINE_LOCALE, order->nonce);
	buf_str(line,
	    STR("rp_no(){ " SAY "failed 1 %s %s %s\\n' $rp_n \"$@\" >&4;exit 1;};{ "
		/* as relay_request.c has it */
		"[ \"${SHLVL:-0}\" != 0 ]||export SHLVL=1;"));
	for (char **variable = request->env; *variable; variable++) {
		size_t name = strcspn(*variable, "=");
		bool is_locale = strncmp(*variable, "LC_ALL=", 7) == 0;

		buf_str(line, is_locale ? STR("rp_c=x") : STR("export "));
		if (!is_locale)
			buf_append(line, *variable, name + 1);
		line_word(line, *variable + name + 1);
		buf_str(line, STR(";"));
	}
	put_checks(line, request);
	buf_str(line, STR(SAY "began 0\\n' $rp_n >&4;"));
	buf_str(line,
	    request->begin.fds & (1u << LAUNCH_FD_IN) ? STR("exec <&3 3<&- 5>&2;")
						      : STR("exec </dev/null 5>&2;"));
	for (uint32_t i = 0; i < count; i++) {
		/* bash takes words apart by the locale of the moment: another program must set that. */
		buf_str(line, i ? STR("|{ (set --") : STR("{ (set --"));
		put_words(line, request->argv[i]);
		buf_str(line,
		    STR(";[ -n \"$BASH_VERSION\" ]||{ rp_l8;exec \"$@\";};case $rp_c in "
			"x*)exec env \"LC_ALL=${rp_c#x}\" \"$@\";;*)exec env -u LC_ALL "
			"\"$@\";;esac"));
		/* A shell would tell of a signal; that is not the step's to have printed. */
		buf_printf(line,
		    ") 2>&5 4>&- 5>&-;" SAY_FORMAT "status %u %%s\\n' $rp_n $? >&4;} 2>/dev/null",
		    i);
	}
	buf_str(line, STR(";}"));
}

/* Functions of the supervisor: who is in the session, and how all of it is ended. */
static void put_functions(struct buf *line, const struct told *order)
{
	long long grace_tenths = order->head.grace_us / 100000;

	buf_str(line,
	    STR("rp_m(){ rp_q=;if [ -z \"$rp_s\" ];then kill -0 $rp_p&&rp_q=$rp_p;[ -n \"$rp_q\" ];"
		"return;fi;for rp_d in /proc/[0-9]*;do IFS= read -r rp_j <$rp_d/stat||continue;"
		"set -- ${rp_j##*) };"
		/* itself too: a moment ago it was in our session */
		"if { [ \"$4\" = $rp_p ]||[ $rp_d = /proc/$rp_p ];}&&[ \"$1\" != Z ];then "
		"rp_q=\"$rp_q ${rp_d#/proc/}\";fi;done;[ -n \"$rp_q\" ];} 2>/dev/null;"
		"rp_k(){ rp_i=0;while rp_m&&[ $rp_i -lt $2 ];do "
		"if [ $rp_i = 0 ]||[ $1 = KILL ];then kill -$1 $rp_q;kill -CONT $rp_q;fi;"
		"if sleep 0.1;then rp_i=$((rp_i+1));else sleep 1;rp_i=$((rp_i+10));fi;done;"
		"} 2>/dev/null;"));
	buf_printf(line, "rp_stop(){ rp_t=1;trap '' TERM HUP;rp_k TERM %lld;rp_k KILL 50;};",
	    grace_tenths);
}

void script_line(struct buf *line, const struct told *order, const struct request *request)
{
	bool reads = request->begin.fds & (1u << LAUNCH_FD_IN);
	struct buf inner;

	buf_init(&inner, BUF_UNBOUNDED);
	put_inner(&inner, order, request);
	buf_append(&inner, "", 1);
	buf_printf(line, "rp_n=%s;" LINE_LOCALE "exec 3<&0 4>&1 </dev/null;rp_t=0;", order->nonce);
	put_functions(line, order);
	buf_str(line, STR("rp_s=;if command -v setsid >/dev/null 2>&1;then rp_s=setsid;fi;rp_S="));
	line_word(line, inner.ptr);
	buf_str(line,
	    STR(";" SAY "ready\\n' $rp_n >&2;" SAY "ready %s %s %s\\n' $rp_n $$ \"$(id -u)\" "
		"\"$(uname -n)\";trap 'rp_t=1' TERM HUP;"));
	buf_printf(line,
	    "printf '%%s\\n' \"$rp_S\"|{ rp_l8;exec $rp_s sh -c '" WIRE_BOOT
	    /* what the step began with before would stay ignored in it */
	    "' %s 4>&4;}& rp_p=$!;trap '' PIPE;"
	    /* what a shell has to say of jobs is not the step's */
	    "exec 5>&2 2>/dev/null;"
	    /* all of it in the trap: between a look at rp_t and the wait it might come too late */
	    "trap rp_stop TERM HUP;[ $rp_t = 0 ]||rp_stop;",
	    reads ? "3<&3" : "3<&-");
	if (reads)
		buf_str(line, STR("exec 3<&-;rp_w=;"));
	else
		buf_str(line,
		    STR("(while IFS= read -r rp_x;do :;done <&3;kill -TERM $$) >/dev/null 2>&1 "
			"4>&- 5>&- & "
			"rp_w=$!;exec 3<&-;"));
	buf_str(line,
	    STR("while [ $rp_t = 0 ]&&kill -0 $rp_p;do wait $rp_p;done;"
		"trap '' TERM HUP;rp_o=$rp_t;"
		"[ -z \"$rp_w\" ]||kill $rp_w;rp_e=1;"
		"if rp_m;then rp_e=0;for rp_i in $rp_q;do " SAY
		"left %s %s\\n' $rp_n $rp_i \"$(cat /proc/$rp_i/comm)\";done;fi;"
		"if [ $rp_o = 1 ]&&[ -z \"$rp_s\" ];then rp_e=0;fi;" SAY "end\\n' $rp_n >&5;" SAY
		"end %s %s\\n' $rp_n $rp_e $rp_o;exit 0\n"));
	explicit_bzero(inner.ptr, inner.len);
	buf_done(&inner);
}
