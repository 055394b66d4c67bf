/* libzip and expat, opened when first used, in the short-lived child processes that need them.
 *
 * Their functions are called through tables of pointers, so that libstint does not depend on
 * them and starting costs nothing.  The system's loader finds them. */
#ifndef DATA_XLSX_LIBRARY_H
#define DATA_XLSX_LIBRARY_H

#include "base/ctx.h"

#include <expat.h>
#include <zip.h>

/* clang-format off */
#define ZIP_FUNCTION_LIST(X)                                                                      \
    X(open) X(discard) X(get_num_entries) X(get_name) X(stat_index) X(fopen_index) X(fread)       \
    X(fclose) X(strerror) X(file_strerror) X(error_init_with_code) X(error_strerror) X(error_fini)

#define XML_FUNCTION_LIST(X)                                                                      \
    X(ParserCreate_MM) X(ParserFree) X(SetUserData) X(SetElementHandler)                          \
    X(SetCharacterDataHandler) X(SetStartDoctypeDeclHandler) X(GetBuffer) X(ParseBuffer)          \
    X(ResumeParser) X(StopParser) X(GetParsingStatus) X(GetErrorCode) X(ErrorString)              \
    X(GetCurrentLineNumber)
/* clang-format on */

typedef struct zip_api {
#define X(name) __typeof__(&zip_##name) name;
    ZIP_FUNCTION_LIST(X)
#undef X
} zip_api;

typedef struct xml_api {
#define X(name) __typeof__(&XML_##name) name;
    XML_FUNCTION_LIST(X)
#undef X
} xml_api;

/* NULL when the context has failed. */
const zip_api *zip_load(ctx *c);
const xml_api *xml_load(ctx *c);

/* "1.7.3" and "expat_2.5.0", or what to do where there is none. */
const char *zip_version(void);
const char *xml_version(void);

#endif
