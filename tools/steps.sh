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

# [repeat=TEXT] step NAME COMMAND…: runs the command with its output in build/log/NAME.log. One line with the duration when
# it went well; the whole output and how to repeat it (by default, the command) when it did not.
step() {
	local name=$1 file log status=0 begun=${EPOCHREALTIME/[.,]/}
	shift
	file=${name//, /-}
	log=build/log/${file// /-}.log
	mkdir -p build/log
	printf '%-28s' "$name"
	"$@" >"$log" 2>&1 </dev/null || status=$?
	printf '%7s s' "$(seconds_since "$begun")"
	if [[ $status -eq 0 ]]; then
		printf '\n'
		return
	fi
	printf '  failed\n\n'
	cat "$log"
	printf '\n%s failed (status %d). Its output is in %s; to repeat it:\n    %s\n' \
		"$name" "$status" "$log" "${repeat:-${*@Q}}"
	exit 1
}
