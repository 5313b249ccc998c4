# SPDX-License-Identifier: Apache-2.0
# Completion of reprise for fish: `reprise complete` says what may stand where the cursor is.

function __reprise_paths --argument-names attached begin --description 'Files with these endings, and folders'
    set -l home (string match --regex '^~/' -- $begin)
    for line in (__fish_complete_path (string replace --regex '^~/' ~/ -- $begin))
        set -l path (string split --fields 1 \t -- $line)
        test -n "$home"; and set path (string replace -- ~/ '~/' $path)
        set -l ending (string replace --regex '^.*\.' '' -- $path)
        if test (count $argv) -eq 2; or string match --quiet '*/' -- $path; or contains -- $ending $argv[3..]
            echo $attached$path
        end
    end
end

function __reprise_plain --description 'A word without the quotes and backslashes that it is typed with'
    string unescape -- "$argv"; or echo -- "$argv"
end

function __reprise_complete --description 'What may stand where the cursor is'
    set -l before (commandline --tokenize --cut-at-cursor --current-process)
    set -l all (commandline --tokenize --current-process)
    set -l current (__reprise_plain (commandline --current-token --cut-at-cursor))
    set -l behind (math (count $before) + 1)
    test -n "$current"; and set behind (math $behind + 1)
    set -l words $before[2..] "$current" $all[$behind..]
    set -l attached (string match --regex '^--[^=]*=' -- $current)
    set -l begin (string replace --regex '^--[^=]*=' '' -- $current)

    for line in ($before[1] complete (count $before) -- $words 2>/dev/null)
        switch $line
            case ':folders'
                __reprise_paths "$attached" "$begin" /
            case ':files*'
                __reprise_paths "$attached" "$begin" (string split ' ' -- $line)[2..]
            case '*'
                echo $line
        end
    end
end

complete --command reprise --no-files --arguments '(__reprise_complete)'
