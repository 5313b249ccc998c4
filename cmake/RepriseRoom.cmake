# SPDX-License-Identifier: Apache-2.0
# A room is one folder: a static library of its *.c, whose headers are seen as "room/noun.h" by those who name it
# in SEES, and by nobody else. Each room gets an include folder of its own that holds one link, so an include that
# points upward finds no file.
function(reprise_face name)
	# reprise_face(name LINKS link target …): an include folder made of links
	cmake_parse_arguments(FACE "" "" "LINKS" ${ARGN})
	set(dir ${CMAKE_BINARY_DIR}/include/${name})
	while(FACE_LINKS)
		list(POP_FRONT FACE_LINKS link target)
		get_filename_component(parent ${dir}/${link} DIRECTORY)
		file(MAKE_DIRECTORY ${parent})
		file(CREATE_LINK ${target} ${dir}/${link} SYMBOLIC)
	endwhile()
	add_library(reprise_${name}_face INTERFACE)
	target_include_directories(reprise_${name}_face INTERFACE ${dir})
endfunction()

function(reprise_room name)
	# reprise_room(name [DIR folder] SEES room|face… USES library…)
	cmake_parse_arguments(ROOM "" "DIR" "SEES;USES" ${ARGN})
	if(NOT ROOM_DIR)
		set(ROOM_DIR ${CMAKE_SOURCE_DIR}/interp/${name})
	endif()
	file(GLOB sources CONFIGURE_DEPENDS ${ROOM_DIR}/*.c)
	# That is a program's.
	list(FILTER sources EXCLUDE REGEX "/main\\.c$")
	reprise_face(${name} LINKS ${name} ${ROOM_DIR})
	list(TRANSFORM ROOM_SEES PREPEND reprise_)
	if(sources)
		add_library(reprise_${name} STATIC ${sources})
		target_link_libraries(reprise_${name} PUBLIC reprise_${name}_face ${ROOM_SEES}
			PRIVATE ${ROOM_USES})
	else()
		# A room of headers alone.
		add_library(reprise_${name} INTERFACE)
		target_link_libraries(reprise_${name} INTERFACE reprise_${name}_face ${ROOM_SEES})
	endif()
endfunction()

function(reprise_program name)
	# reprise_program(name DIR folder SEES room… USES library…): an executable of a folder's *.c, or of the main.c
	# in the folder of a room that it sees, at the top of the build folder
	cmake_parse_arguments(PROGRAM "" "DIR" "SEES;USES" ${ARGN})
	get_filename_component(folder ${PROGRAM_DIR} NAME)
	if(TARGET reprise_${folder})
		set(sources ${PROGRAM_DIR}/main.c)
	else()
		reprise_face(${folder} LINKS ${folder} ${PROGRAM_DIR})
		file(GLOB sources CONFIGURE_DEPENDS ${PROGRAM_DIR}/*.c)
	endif()
	if(NOT sources)
		message(WARNING "${name}: no source in ${PROGRAM_DIR}")
		return()
	endif()
	list(TRANSFORM PROGRAM_SEES PREPEND reprise_)
	add_executable(${name} ${sources})
	target_link_libraries(${name} PRIVATE reprise_${folder}_face ${PROGRAM_SEES} ${PROGRAM_USES})
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
