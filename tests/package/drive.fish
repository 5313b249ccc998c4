# SPDX-License-Identifier: Apache-2.0
# The same as drive.bash, of fish.
source $argv[1]
set --prepend PATH $argv[2]
while read --local line
    complete --do-complete "$line" | string split --fields 1 \t
    echo %%
end
