# SPDX-License-Identifier: Apache-2.0
# How every file of the project is compiled.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)

set(REPRISE_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them")
option(REPRISE_FUZZ "build the fuzzers (clang only)" OFF)
option(REPRISE_COVERAGE "count lines with gcov" OFF)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Werror
	-fno-strict-aliasing -fvisibility=hidden -ffp-contract=off)

# Assertions state invariants of the record and of the scheduler: they hold in every build.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")

# No path of the machine that built it, as it is or as a compiler cache makes it relative: the same sources give the same
# bytes.
file(RELATIVE_PATH above ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
string(APPEND CMAKE_C_FLAGS_RELWITHDEBINFO
	" -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=./ -ffile-prefix-map=${above}=./")
# A build-id is a digest of debugging information, too, which such a cache changes.
add_link_options($<$<CONFIG:RelWithDebInfo>:-Wl,--build-id=none,-z,relro,-z,now>)

if(REPRISE_SANITIZE)
	add_compile_options(-fsanitize=${REPRISE_SANITIZE} -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	add_link_options(-fsanitize=${REPRISE_SANITIZE})
else()
	# The sanitizers see more than these do, and would be hidden from by them.
	add_compile_options(-fstack-protector-strong $<$<CONFIG:RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
endif()
if(REPRISE_FUZZ)
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(REPRISE_COVERAGE)
	add_compile_options(--coverage)
	add_link_options(--coverage)
endif()
