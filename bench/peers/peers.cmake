# What `quadrille profile` compares with. A library that is not there when this is configured is
# left out, and its row says so.
find_path(QUADRILLE_BOOST_POOL_INCLUDE boost/pool/pool.hpp)
if(QUADRILLE_BOOST_POOL_INCLUDE)
  target_compile_definitions(quadrille_program PRIVATE QUADRILLE_BOOST_POOL)
endif()

# Opened at run time, by the name that the system's search path knows.
find_path(QUADRILLE_MIMALLOC_INCLUDE mimalloc.h)
find_library(QUADRILLE_MIMALLOC_LIBRARY mimalloc)
if(QUADRILLE_MIMALLOC_INCLUDE AND QUADRILLE_MIMALLOC_LIBRARY)
  file(REAL_PATH ${QUADRILLE_MIMALLOC_LIBRARY} mimalloc_file)
  cmake_path(GET mimalloc_file FILENAME mimalloc_name)
  target_compile_definitions(quadrille_program PRIVATE QUADRILLE_MIMALLOC="${mimalloc_name}")
  target_link_libraries(quadrille_program PRIVATE ${CMAKE_DL_LIBS})
endif()

# The archive with a prefix before each public name, so that it replaces nothing, and without its
# operators new and delete.
find_path(QUADRILLE_JEMALLOC_INCLUDE jemalloc/jemalloc.h)
find_library(QUADRILLE_JEMALLOC_LIBRARY libjemalloc_pic.a)
if(QUADRILLE_JEMALLOC_INCLUDE AND QUADRILLE_JEMALLOC_LIBRARY)
  set(renamed)
  foreach(name aligned_alloc calloc dallocx free mallctl mallctlbymib mallctlnametomib malloc
          malloc_conf malloc_conf_2_conf_harder malloc_message malloc_stats_print
          malloc_usable_size mallocx memalign nallocx posix_memalign rallocx realloc sallocx
          sdallocx valloc xallocx)
    list(APPEND renamed --redefine-sym ${name}=je_${name})
  endforeach()
  set(prefixed ${CMAKE_CURRENT_BINARY_DIR}/libjemalloc_prefixed.a)
  add_custom_command(OUTPUT ${prefixed}
    COMMAND ${CMAKE_OBJCOPY} ${renamed} ${QUADRILLE_JEMALLOC_LIBRARY} ${prefixed}
    COMMAND ${CMAKE_AR} d ${prefixed} jemalloc_cpp.pic.o
    DEPENDS ${QUADRILLE_JEMALLOC_LIBRARY} VERBATIM)
  add_custom_target(quadrille_jemalloc DEPENDS ${prefixed})
  add_dependencies(quadrille_program quadrille_jemalloc)
  target_compile_definitions(quadrille_program PRIVATE QUADRILLE_JEMALLOC)
  target_link_libraries(quadrille_program PRIVATE ${prefixed})
endif()

find_path(QUADRILLE_URCU_INCLUDE urcu.h)
find_library(QUADRILLE_URCU_LIBRARY urcu)
if(QUADRILLE_URCU_INCLUDE AND QUADRILLE_URCU_LIBRARY)
  target_compile_definitions(quadrille_frame_peers PRIVATE QUADRILLE_URCU)
  target_link_libraries(quadrille_frame_peers PRIVATE ${QUADRILLE_URCU_LIBRARY})
endif()
