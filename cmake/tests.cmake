# Registers what is under tests/ by its path.  A test is found, not listed:
#
#   tests/unit/**/test_*.c          one cmocka program each                label unit
#   tests/run/**/test_*.{py,sh}     runs the built command                 label run
#   tests/long/**/test_*.{c,py,sh}  either kind, minutes long, run alone   label long
#
# What other .c files a folder of tests/unit or tests/long has, all its tests share.
#
# Exit code 77 means skipped, with the reason on a line "skipped: …".

find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_program(BASH_PROGRAM bash REQUIRED)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

set(test_tree ${CMAKE_BINARY_DIR}/tests)
file(MAKE_DIRECTORY ${test_tree})

set(test_environment
    STINT=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/stint
    STINT_BUILD=${CMAKE_BINARY_DIR}
    STINT_SOURCE=${CMAKE_SOURCE_DIR}
    # where tools/setup --peers puts it; absent without
    STINT_PEERS=${CMAKE_SOURCE_DIR}/build/peers/bin/python
    # never the user's own cache; a test that looks into a cache names one of its own
    STINT_CACHE_DIR=${test_tree}/cache
    PYTHONPATH=${CMAKE_SOURCE_DIR}/tests:${CMAKE_SOURCE_DIR}/tests/run
    PYTHONDONTWRITEBYTECODE=1
    LC_ALL=C.UTF-8)
set(slowness 1)
if(STINT_SANITIZE)
    set(slowness 5)
    set(suppressions ${CMAKE_SOURCE_DIR}/tools/sanitizers)
    list(APPEND test_environment
        STINT_SANITIZED=1
        ASAN_OPTIONS=allocator_may_return_null=1
        LSAN_OPTIONS=suppressions=${suppressions}/lsan.supp:print_suppressions=0
        UBSAN_OPTIONS=print_stacktrace=1
        # libraries not built for it look like races
        TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1)
endif()

function(stint_register name label timeout)
    math(EXPR timeout "${timeout} * ${slowness}")
    add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${test_tree})
    set_tests_properties(${name} PROPERTIES
        LABELS ${label} TIMEOUT ${timeout} SKIP_RETURN_CODE 77
        ENVIRONMENT "${test_environment}")
    if(label STREQUAL long)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON) # they measure
    endif()
endfunction()

# Link what the tests of the source's folder share, compiled once.
function(stint_link_shared target source)
    get_filename_component(folder ${source} DIRECTORY)
    file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/tests ${folder})
    string(REPLACE "/" "_" shared shared_${name})
    if(NOT TARGET ${shared})
        file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.c)
        list(FILTER sources EXCLUDE REGEX "/test_[^/]*$")
        if(NOT sources)
            return()
        endif()
        add_library(${shared} OBJECT EXCLUDE_FROM_ALL ${sources})
        target_include_directories(${shared} PRIVATE tests)
        target_compile_definitions(${shared} PRIVATE STINT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
        target_link_libraries(${shared} PRIVATE stint_internal PkgConfig::CMOCKA)
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${shared}>)
endfunction()

foreach(label IN ITEMS unit run long)
    set(timeout 120)
    if(label STREQUAL long)
        set(timeout 3600)
    endif()

    set(programs)
    if(TARGET stint_internal AND NOT label STREQUAL run)
        file(GLOB_RECURSE programs CONFIGURE_DEPENDS tests/${label}/test_*.c)
    endif()
    foreach(source IN LISTS programs)
        file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR}/tests ${source})
        string(REGEX REPLACE "\\.c$" "" path ${path})
        string(REPLACE "/" "_" target ${path})
        get_filename_component(folder ${test_tree}/${path} DIRECTORY)
        get_filename_component(file ${path} NAME)
        add_executable(${target} ${source})
        set_target_properties(${target} PROPERTIES
            OUTPUT_NAME ${file} RUNTIME_OUTPUT_DIRECTORY ${folder})
        target_include_directories(${target} PRIVATE tests)
        target_compile_definitions(${target} PRIVATE STINT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
        target_link_libraries(${target} PRIVATE stint_internal PkgConfig::CMOCKA)
        stint_link_shared(${target} ${source})
        stint_register(${path} ${label} ${timeout} ${target})
    endforeach()

    set(scripts)
    if(NOT label STREQUAL unit)
        file(GLOB_RECURSE scripts CONFIGURE_DEPENDS
             tests/${label}/test_*.py tests/${label}/test_*.sh)
    endif()
    foreach(source IN LISTS scripts)
        file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR}/tests ${source})
        string(REGEX REPLACE "\\.(py|sh)$" "" name ${path})
        if(source MATCHES "\\.py$")
            stint_register(${name} ${label} ${timeout} ${Python3_EXECUTABLE} ${source})
        else()
            stint_register(${name} ${label} ${timeout} ${BASH_PROGRAM} ${source})
        endif()
    endforeach()
endforeach()

# Examples see what a user sees, and must compile.
file(GLOB examples CONFIGURE_DEPENDS examples/*.c)
if(TARGET stint)
    foreach(source IN LISTS examples)
        get_filename_component(name ${source} NAME_WE)
        add_executable(example_${name} ${source})
        target_link_libraries(example_${name} PRIVATE stint stint_flags)
    endforeach()
endif()

add_test(NAME tools/check_layers
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/check_layers.py --self-test)
set_tests_properties(tools/check_layers PROPERTIES LABELS unit)
