# SPDX-License-Identifier: Apache-2.0
# The Debian package: `cpack --preset release`, or tools/package, which builds what it needs first.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME reprise)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CPACK_STRIP_FILES ON)

# reprise_VERSION_ARCHITECTURE.deb
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Reprise maintainers <maintainers@reprise.invalid>")
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, openssh-client")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "graphviz, postgresql-client, redis-tools, sudo")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "interpreter for incident runbooks")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"A runbook is a YAML file: a graph of steps with preconditions, commands,
checks that poll until they hold, timeouts, retries, approvals and
rollbacks. Reprise performs it with real processes and native actions,
asks before it destroys anything, shows it live, and records every
decision, question and output in a transcript that anyone can check.

A run whose process died goes on where it was, a record is replayed to
decide all of it again, and the report of the incident is made from it.
Runbooks are checked, planned and rehearsed before they are needed.")
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/deb/finish.cmake)

# For finish.cmake, which sees what begins with CPACK_.
set(CPACK_REPRISE_EPOCH ${REPRISE_EPOCH})
set(CPACK_REPRISE_DEB ${CMAKE_SOURCE_DIR}/cmake/deb)
include(CPack)
