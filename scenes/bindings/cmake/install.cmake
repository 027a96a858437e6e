# Installs the libraries, the public headers and what find_package(quadrille CONFIG) finds.
include(CMakePackageConfigHelpers)
set(QUADRILLE_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/quadrille)

install(TARGETS quadrille_library quadrille_engine quadrille_kernels quadrille_scenes
        EXPORT quadrille-targets FILE_SET HEADERS FILE_SET self_contained_headers)
install(EXPORT quadrille-targets NAMESPACE quadrille:: DESTINATION ${QUADRILLE_CMAKE_DIR})
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/quadrille-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/quadrille-config.cmake
  INSTALL_DESTINATION ${QUADRILLE_CMAKE_DIR})
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/quadrille-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/quadrille-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/quadrille-config-version.cmake
        DESTINATION ${QUADRILLE_CMAKE_DIR})
