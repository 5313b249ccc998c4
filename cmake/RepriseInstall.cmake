# SPDX-License-Identifier: Apache-2.0
# What is installed, and where. The two programs that reprise starts are nobody's commands: cli/place.c finds them beside
# it, as in a build folder, or in libexec/reprise.
include(GNUInstallDirs)
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
	GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# The manual pages: to be read with man -l build/…/man/reprise.1, and packed as they are installed.
set(pages ${CMAKE_BINARY_DIR}/man)
add_custom_command(OUTPUT ${pages}/made
	COMMAND ${CMAKE_COMMAND} -E rm -rf ${pages}
	COMMAND ${CMAKE_COMMAND} -E make_directory ${pages} ${pages}/packed
	COMMAND reprise manual --folder ${pages} --date ${REPRISE_DATE}
	COMMAND reprise manual --folder ${pages}/packed --date ${REPRISE_DATE}
	COMMAND find ${pages}/packed -type f -exec gzip -9n {} +
	COMMAND ${CMAKE_COMMAND} -E touch ${pages}/made
	DEPENDS reprise VERBATIM)
if(REPRISE_SANITIZE)
	add_custom_target(man DEPENDS ${pages}/made)
else()
	add_custom_target(man ALL DEPENDS ${pages}/made)
endif()

install(TARGETS reprise RUNTIME DESTINATION bin)
install(TARGETS reprise-launch reprise-reach RUNTIME DESTINATION libexec/reprise)
foreach(section 1 5 7)
	install(DIRECTORY ${pages}/packed/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
		FILES_MATCHING PATTERN "*.${section}.gz")
endforeach()

install(FILES tools/completion/reprise.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
	RENAME reprise)
install(FILES tools/completion/_reprise DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES tools/completion/reprise.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install(DIRECTORY runbooks DESTINATION ${CMAKE_INSTALL_DATADIR}/reprise
	FILES_MATCHING PATTERN "*.yaml" PATTERN "*.sql" PATTERN "*.md")
install(FILES schema/runbook.schema.json schema/transcript.schema.json schema/report.schema.json
	DESTINATION ${CMAKE_INSTALL_DATADIR}/reprise/schema)

set(CMAKE_INSTALL_DOCDIR ${CMAKE_INSTALL_DATADIR}/doc/reprise)
install(FILES CHANGELOG.md LICENSE schema/language.md schema/lint.md schema/explore.md schema/export.md
	schema/transcript.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY tools/systemd tools/cron DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
