# SPDX-License-Identifier: Apache-2.0
# The date that manual pages and packages bear, so that the same sources give the same bytes: $SOURCE_DATE_EPOCH, else
# that of the commit, else that of the changelog. REPRISE_EPOCH are the seconds, REPRISE_DATE the day.
set(REPRISE_EPOCH "$ENV{SOURCE_DATE_EPOCH}")
if(NOT REPRISE_EPOCH)
	execute_process(COMMAND git -c safe.directory=${CMAKE_SOURCE_DIR} log -1 --format=%ct
		WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE REPRISE_EPOCH
		OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT REPRISE_EPOCH)
	file(TIMESTAMP ${CMAKE_SOURCE_DIR}/CHANGELOG.md REPRISE_EPOCH "%s" UTC)
endif()
execute_process(COMMAND date --utc --date=@${REPRISE_EPOCH} +%Y-%m-%d OUTPUT_VARIABLE REPRISE_DATE
	OUTPUT_STRIP_TRAILING_WHITESPACE)
