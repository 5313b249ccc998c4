# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Completion of reprise for bash: `reprise complete` says what may stand where the cursor is.

_reprise_files() { # BEGIN [ENDING…]: files, and the folders on the way to them
	local begin=$1 ending
	shift
	[[ $# -gt 0 ]] || compgen -f -- "$begin"
	for ending; do
		compgen -f -X "!*.$ending" -- "$begin"
	done
	[[ $# -eq 0 ]] || compgen -d -- "$begin"
}

# A word of the line without the quotes and backslashes that it is typed with, in $plain; nothing in it is performed.
_reprise_plain() { # WORD
	local rest=$1 quote='' char
	plain=
	while [[ -n $rest ]]; do
		char=${rest:0:1} rest=${rest:1}
		case $quote$char in
		\' | \") quote=$char ;;
		\'\' | \"\") quote= ;;
		\\ | \"\\) plain+=${rest:0:1} rest=${rest:1} ;;
		*) plain+=$char ;;
		esac
	done
}

_reprise() {
	local words=() at=1 i token before='' current attached='' line word goes_on=yes endings plain
	# Bash takes words apart at = and :, here they are whole.
	for ((i = 1; i < ${#COMP_WORDS[@]}; i++)); do
		token=${COMP_WORDS[i]}
		if [[ ${#words[@]} -gt 0 && ($token == [=:]* || $before == [=:]) ]]; then
			words[-1]+=$token
		else
			words+=("$token")
		fi
		before=$token
		[[ $i -ne $COMP_CWORD ]] || at=${#words[@]}
	done
	current=${words[at - 1]}
	[[ $current != *[=:]* ]] || attached=${current%"${current##*[=:]}"}
	for i in "${!words[@]}"; do
		_reprise_plain "${words[i]}"
		words[i]=$plain
	done

	while IFS= read -r line; do
		case $line in
		:files*)
			read -r -a endings <<<"${line#:files}"
			compopt -o filenames
			while IFS= read -r word; do
				COMPREPLY+=("$word")
			done < <(_reprise_files "${current#"$attached"}" "${endings[@]}")
			goes_on=
			;;
		:folders)
			compopt -o filenames
			while IFS= read -r word; do
				COMPREPLY+=("$word")
			done < <(compgen -d -- "${current#"$attached"}")
			goes_on=
			;;
		*)
			word=${line%%$'\t'*}
			[[ $word == *= ]] || goes_on=
			printf -v word %q "${word#"$attached"}"
			COMPREPLY+=("$word")
			;;
		esac
	done < <("$1" complete "$at" -- "${words[@]}" 2>/dev/null)
	[[ -z $goes_on ]] || compopt -o nospace
}

complete -F _reprise reprise
