# SPDX-License-Identifier: Apache-2.0
# Run by cpack when the tree of a package lies there: what Debian wants otherwise, and the same times whenever it is made.
set(usr ${CPACK_TEMPORARY_DIRECTORY}/usr)
set(doc ${usr}/share/doc/reprise)

function(run)
	execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(RENAME ${usr}/share/zsh/site-functions ${usr}/share/zsh/vendor-completions)

execute_process(COMMAND date --utc --rfc-email --date=@${CPACK_REPRISE_EPOCH} OUTPUT_VARIABLE date
	OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${doc}/changelog "reprise (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * This version; CHANGELOG.md says what is new in it.

 -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${date}
")
run(gzip -9n ${doc}/changelog)
file(REMOVE ${doc}/LICENSE)
file(COPY ${CPACK_REPRISE_DEB}/copyright DESTINATION ${doc})
file(COPY ${CPACK_REPRISE_DEB}/lintian/reprise DESTINATION ${usr}/share/lintian/overrides)

run(find ${CPACK_TEMPORARY_DIRECTORY} -type d -exec chmod 755 {} +)
run(find ${CPACK_TEMPORARY_DIRECTORY} -type f -exec chmod u=rwX,go=rX {} +)
run(find ${CPACK_TEMPORARY_DIRECTORY} -exec touch --no-dereference --date=@${CPACK_REPRISE_EPOCH} {} +)
set(ENV{SOURCE_DATE_EPOCH} ${CPACK_REPRISE_EPOCH})
