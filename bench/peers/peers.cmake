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

# Graph libraries side by side, in a program of its own: nobody else waits for their headers.
option(QUADRILLE_BUILD_GRAPH_PEERS "Build quadrille_graph_peers: graph libraries compared" OFF)
if(QUADRILLE_BUILD_GRAPH_PEERS)
  add_executable(quadrille_graph_peers peers/graph_peers.cpp peers/graph_quadrille.cpp)
  target_link_libraries(quadrille_graph_peers PRIVATE quadrille_program CLI11::CLI11)

  # Adds a peer whose header and, where it has one, library are there.
  function(quadrille_graph_peer name header library)
    find_path(QUADRILLE_${name}_INCLUDE ${header})
    if(library)
      find_library(QUADRILLE_${name}_LIBRARY ${library})
    endif()
    if(NOT QUADRILLE_${name}_INCLUDE OR (library AND NOT QUADRILLE_${name}_LIBRARY))
      message(STATUS "${name} is not there: quadrille_graph_peers goes without it")
      return()
    endif()
    string(TOLOWER ${name} file)
    target_sources(quadrille_graph_peers PRIVATE peers/graph_${file}.cpp)
    target_compile_definitions(quadrille_graph_peers PRIVATE QUADRILLE_${ARGV3})
    if(library)
      target_link_libraries(quadrille_graph_peers PRIVATE ${QUADRILLE_${name}_LIBRARY})
    endif()
  endfunction()
  quadrille_graph_peer(BOOST boost/graph/dijkstra_shortest_paths.hpp "" BOOST_GRAPH)
  quadrille_graph_peer(IGRAPH igraph/igraph.h igraph IGRAPH)
  quadrille_graph_peer(GRAPHBLAS GraphBLAS.h graphblas GRAPHBLAS)
  quadrille_graph_peer(METIS metis.h metis METIS)
endif()

# Indexes of points side by side, in a program of its own for the same reason.
option(QUADRILLE_BUILD_SPACE_PEERS "Build quadrille_space_peers: spatial indexes compared" OFF)
if(QUADRILLE_BUILD_SPACE_PEERS)
  add_executable(quadrille_space_peers peers/space_peers.cpp)
  target_link_libraries(quadrille_space_peers PRIVATE quadrille_program CLI11::CLI11)

  function(quadrille_space_peer name file header library)
    find_path(QUADRILLE_${name}_INCLUDE ${header})
    if(library)
      find_library(QUADRILLE_${name}_LIBRARY ${library})
    endif()
    if(NOT QUADRILLE_${name}_INCLUDE OR (library AND NOT QUADRILLE_${name}_LIBRARY))
      message(STATUS "${name} is not there: quadrille_space_peers goes without it")
      return()
    endif()
    target_sources(quadrille_space_peers PRIVATE peers/space_${file}.cpp)
    target_compile_definitions(quadrille_space_peers PRIVATE QUADRILLE_${name})
    if(library)
      target_link_libraries(quadrille_space_peers PRIVATE ${QUADRILLE_${name}_LIBRARY})
    endif()
  endfunction()
  quadrille_space_peer(BOOST_SPACE boost boost/geometry/index/rtree.hpp "")
  quadrille_space_peer(NANOFLANN nanoflann nanoflann.hpp "")
  quadrille_space_peer(CGAL cgal CGAL/Quadtree.h "")
  quadrille_space_peer(GEOS geos geos/index/strtree/TemplateSTRtree.h geos)
  quadrille_space_peer(SPATIALINDEX spatialindex spatialindex/SpatialIndex.h spatialindex)
endif()

# Physics engines side by side.
option(QUADRILLE_BUILD_PHYSICS_PEERS "Build quadrille_physics_peers: physics engines compared" OFF)
if(QUADRILLE_BUILD_PHYSICS_PEERS)
  add_executable(quadrille_physics_peers peers/physics_peers.cpp peers/physics_quadrille.cpp)
  target_link_libraries(quadrille_physics_peers PRIVATE quadrille_program CLI11::CLI11)
  find_path(QUADRILLE_BOX2D_INCLUDE box2d/b2_world.h)
  find_library(QUADRILLE_BOX2D_LIBRARY box2d)
  if(QUADRILLE_BOX2D_INCLUDE AND QUADRILLE_BOX2D_LIBRARY)
    target_sources(quadrille_physics_peers PRIVATE peers/physics_box2d.cpp)
    target_compile_definitions(quadrille_physics_peers PRIVATE QUADRILLE_BOX2D)
    target_link_libraries(quadrille_physics_peers PRIVATE ${QUADRILLE_BOX2D_LIBRARY})
  else()
    message(STATUS "BOX2D is not there: quadrille_physics_peers goes without it")
  endif()
endif()
