# What is installed, and the Debian package of it: `cmake --build --preset release && cpack -G DEB -B build/package
# --config build/release/CPackConfig.cmake`. The image takes the component `program` alone.
include(GNUInstallDirs)
set(SECUREAUTH_DEBIAN ${PROJECT_SOURCE_DIR}/deploy/debian)

install(TARGETS secureauth RUNTIME COMPONENT program)
install(FILES $<TARGET_FILE:secureauth>.cdx.json DESTINATION share/doc/secureauth COMPONENT program)
install(FILES ${SECUREAUTH_DEBIAN}/copyright DESTINATION share/doc/secureauth COMPONENT program)

# gzip -n: neither name nor time.
function(secureauth_install_compressed file folder name)
  set(made ${PROJECT_BINARY_DIR}/package/${name}.gz)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/package)
  execute_process(COMMAND gzip -9 -n -c ${file} OUTPUT_FILE ${made} COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  install(FILES ${made} DESTINATION ${folder} COMPONENT system)
endfunction()
secureauth_install_compressed(${SECUREAUTH_DEBIAN}/changelog share/doc/secureauth changelog)
secureauth_install_compressed(${SECUREAUTH_DEBIAN}/secureauth.1 share/man/man1 secureauth.1)
secureauth_install_compressed(${SECUREAUTH_DEBIAN}/secureauthctl.8 share/man/man8 secureauthctl.8)

install(PROGRAMS ${SECUREAUTH_DEBIAN}/secureauthctl DESTINATION sbin COMPONENT system)
install(FILES ${SECUREAUTH_DEBIAN}/completion.bash DESTINATION share/bash-completion/completions RENAME secureauth COMPONENT system)
install(FILES ${SECUREAUTH_DEBIAN}/lintian-overrides DESTINATION share/lintian/overrides RENAME secureauth COMPONENT system)
install(FILES ${PROJECT_SOURCE_DIR}/deploy/systemd/secureauth.service ${PROJECT_SOURCE_DIR}/deploy/systemd/secureauth.socket
  DESTINATION lib/systemd/system COMPONENT system)
install(FILES ${PROJECT_SOURCE_DIR}/deploy/systemd/credentials.conf ${PROJECT_SOURCE_DIR}/deploy/nginx/secureauth.conf
  DESTINATION share/doc/secureauth/examples COMPONENT system)
install(FILES ${SECUREAUTH_DEBIAN}/secureauth.env DESTINATION /etc/secureauth COMPONENT system)

set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_CONTACT "SecureAuthService developers <secureauth@example.org>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "authentication service for other services and browsers")
set(CPACK_PACKAGE_DESCRIPTION
"Accounts, sign-in with passwords, passkeys and authenticator apps, and sessions
that services behind it can trust. One process on a SQLite file, or many on
PostgreSQL and Redis, behind a proxy that speaks TLS.
.
The package makes the user secureauth and, once, its keys in
/etc/secureauth/keys; settings are in /etc/secureauth/secureauth.env. It starts
nothing before these are filled in.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, init-system-helpers (>= 1.52)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "nginx, postgresql (>= 15), redis-server (>= 5:7)")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${SECUREAUTH_DEBIAN}/postinst ${SECUREAUTH_DEBIAN}/prerm ${SECUREAUTH_DEBIAN}/postrm ${SECUREAUTH_DEBIAN}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
