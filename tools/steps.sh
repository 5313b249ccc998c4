# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the tools: named steps that are quiet about what goes well and clear about what does not.

# The root of the tree; every tool works from there.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

# How many things at a time, for those who source this.
# shellcheck disable=SC2034
jobs=$(nproc)

seconds_since() { # MICROSECONDS
	local now=${EPOCHREALTIME/[.,]/}
	printf '%d.%d' $(((now - $1) / 1000000)) $(((now - $1) / 100000 % 10))
}

# Where a step's output goes.
log_of() { # NAME
	local file=${1//, /-}
	printf 'build/log/%s.log' "${file// /-}"
}

# Ends the line of a step that went well; shows all of one that did not, and how to repeat it.
settle() { # NAME STATUS BEGUN REPEAT
	printf '%7s s' "$(seconds_since "$3")"
	if [[ $2 -eq 0 ]]; then
		printf '\n'
		return
	fi
	printf '  failed\n\n'
	cat "$(log_of "$1")"
	printf '\n%s failed (status %d). Its output is in %s; to repeat it:\n    %s\n' \
		"$1" "$2" "$(log_of "$1")" "$4"
	exit 1
}

# [repeat=TEXT] step NAME COMMAND…: runs the command with its output in build/log/NAME.log. One line with the duration when
# it went well; the whole output and how to repeat it (by default, the command) when it did not.
step() {
	local name=$1 status=0 begun=${EPOCHREALTIME/[.,]/}
	shift
	mkdir -p build/log
	printf '%-28s' "$name"
	"$@" >"$(log_of "$name")" 2>&1 </dev/null || status=$?
	settle "$name" "$status" "$begun" "${repeat:-${*@Q}}"
}

# The same beside other steps, with what they leave of the processors: begun here, told by await.
begin() { # NAME COMMAND…
	aside_name=$1
	aside_begun=${EPOCHREALTIME/[.,]/}
	shift
	aside_repeat=${*@Q}
	mkdir -p build/log
	nice -n 19 "$@" >"$(log_of "$aside_name")" 2>&1 </dev/null &
	aside_pid=$!
	trap 'kill "$aside_pid" 2>/dev/null || true' EXIT
}

await() {
	local status=0
	printf '%-28s' "$aside_name"
	wait "$aside_pid" || status=$?
	trap - EXIT
	settle "$aside_name" "$status" "$aside_begun" "$aside_repeat"
}
