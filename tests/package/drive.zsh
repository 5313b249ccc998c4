# SPDX-License-Identifier: Apache-2.0
# The same as drive.bash, of zsh: a shell on a terminal of its own is typed to, and each line ended by a tab, which
# completes, tells that it did, and clears the line. Arguments: the folder of the completion, the program's, a file of
# this test's own.
zmodload zsh/zpty
print -r -- "
	PS1= fpath=(${(q)1} \$fpath) PATH=${(q)2}:\$PATH
	unsetopt auto_list auto_menu
	autoload -Uz compinit && compinit -u -D
	compadd() {
		local -a offered
		builtin compadd -O offered \"\$@\"
		print -rl -- \$offered >>${(q)3}
		builtin compadd \"\$@\"
	}
	complete-and-tell() {
		zle complete-word
		BUFFER=
		print -n '[COMPL''ETED]'
	}
	zle -N complete-and-tell
	bindkey '^I' complete-and-tell
	print '[RE''ADY]'
" >$3.rc
zpty shell zsh -f -i
zpty -w shell "source ${(q)3}.rc"
zpty -r shell said '*\[READY\]*'
while IFS= read -r line; do
	: >$3
	zpty -w -n shell "$line"$'\t'
	zpty -r shell said '*\[COMPLETED\]*'
	cat $3
	print %%
done
zpty -d shell
