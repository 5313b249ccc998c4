# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Reads command lines, completes each at its end as bash does, and prints what is offered, and %%.
# Arguments: the completion, the program's folder.
source "$1"
PATH=$2:$PATH
compopt() { :; } # there is no line that it could tell how to go on
while IFS= read -r line; do
	COMPREPLY=()
	# As bash divides a line: at blanks without a backslash, = and :.
	mapfile -t COMP_WORDS < <(grep -oE '([^ =:\\]|\\.)+|[=:]' <<<"$line")
	[[ $line != *' ' ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	"$(complete -p reprise | sed 's/.*-F \([^ ]*\).*/\1/')" reprise
	printf '%s\n' "${COMPREPLY[@]}" %%
done
