# CAROM_FINGERPRINT: a hash of the headers whose objects go between the addon and libcarom_cuda. Included by
# both builds; configured again whenever one of the headers changes.
file(GLOB FINGERPRINT_HEADERS CONFIGURE_DEPENDS
  ${CMAKE_CURRENT_LIST_DIR}/../core/*.h ${CMAKE_CURRENT_LIST_DIR}/../ops/*.h
  ${CMAKE_CURRENT_LIST_DIR}/../program/*.h)
list(SORT FINGERPRINT_HEADERS)
set(FINGERPRINT_TEXT "")
foreach(header ${FINGERPRINT_HEADERS})
  file(SHA256 ${header} hash)
  string(APPEND FINGERPRINT_TEXT "${hash} ")
endforeach()
string(SHA256 CAROM_FINGERPRINT "${FINGERPRINT_TEXT}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FINGERPRINT_HEADERS})
