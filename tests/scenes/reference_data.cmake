# One test a set of real data, so that they run side by side; `all` sees that no set lacks a test.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(script ${CMAKE_CURRENT_LIST_DIR}/reference_data_test.py)
execute_process(COMMAND ${Python3_EXECUTABLE} -B ${script} --list
                OUTPUT_VARIABLE sets COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${script})
foreach(set all ${sets})
  add_test(NAME reference_data.${set}
    COMMAND ${Python3_EXECUTABLE} -B ${script} --program $<TARGET_FILE:quadrille>
            --work ${CMAKE_CURRENT_BINARY_DIR}/reference_data ${set})
  # Among the longest, which begin first: nothing waits for one of them at the end.
  set_tests_properties(reference_data.${set} PROPERTIES SKIP_RETURN_CODE 77 COST 10)
endforeach()
