/* What the parts of the workbook reader share: shared strings, styles, dates, the workbook. */
#ifndef DATA_XLSX_READ_IMPL_H
#define DATA_XLSX_READ_IMPL_H

#include "base/str.h"
#include "base/vec.h"
#include "data/xlsx_read.h"
#include "data/xlsx_xml.h"

/* --- shared strings ------------------------------------------------------------------------ */

/* [n] texts, each behind its length: len (4 bytes), text [len], NUL; in an arena. */
typedef struct xlsx_strings {
    ctx *ctx;
    const char *path;
    arena arena;
    VEC(const char *) texts;
    str text; /* of the item being read */
    int64_t bytes, most_bytes;
} xlsx_strings;

void strings_init(xlsx_strings *s, ctx *c, const char *path, int64_t most_bytes);
void strings_deinit(xlsx_strings *s);
stint_status strings_read(xlsx_strings *s, archive *a, const char *part);

static inline const char *strings_text(const xlsx_strings *s, int64_t index, uint32_t *len)
{
    const char *at = s->texts.at[index];
    __builtin_memcpy(len, at, sizeof *len);
    return at + sizeof *len;
}

/* Append a piece of a text; false = it is longer than XLSX_TEXT_MOST. */
bool text_append(str *to, const char *bytes, int n);

/* "_x000D_" stands for a character that XML cannot hold; in place, the new length. */
size_t text_unescape(char *text, size_t len);

/* --- styles -------------------------------------------------------------------------------- */

typedef struct xlsx_styles {
    ctx *ctx;
    map formats;        /* a custom format's id (int64_t) → is a date */
    VEC(int32_t) cells; /* [style] format's id */
    VEC(bool) dates;    /* [style] */
} xlsx_styles;

void styles_init(xlsx_styles *s, ctx *c);
void styles_deinit(xlsx_styles *s);
stint_status styles_read(xlsx_styles *s, archive *a, const char *part);

/* --- dates --------------------------------------------------------------------------------- */

/* Does this format show a date or a time of day?  A duration, [h]:mm, is none. */
bool date_format(const char *code);
bool date_format_builtin(int64_t id);

/* A serial number of days as seconds since 1970; false = beyond the calendar, which ends with
 * the year 9999.  Serials below 60 are a day later than those above tell, since 1900 is taken
 * for a leap year; with 1904 they count from 1904-01-01 instead. */
bool date_of_serial(double serial, bool from_1904, double *seconds);

/* "2024-01-31", "2024-01-31T12:30:00.5Z", "12:30:00" (of the day with the serial 0). */
bool date_of_text(const char *text, bool from_1904, double *seconds);

/* --- the sheet being read ------------------------------------------------------------------ */

typedef struct sheet_state sheet_state;

/* NULL when the context has failed. */
sheet_state *sheet_open(xlsx_reader *r, const char *part);
void sheet_close(sheet_state *s);
stint_status sheet_next(sheet_state *s, const xlsx_row **row);
const char *sheet_merged(const sheet_state *s);

/* --- the workbook -------------------------------------------------------------------------- */

typedef struct xlsx_relation {
    const char *type; /* the last part of its name: "worksheet" */
    const char *part; /* "xl/worksheets/sheet1.xml"; NULL = outside the workbook */
} xlsx_relation;

struct xlsx_reader {
    ctx *ctx;
    const char *path;
    xlsx_settings settings;
    archive archive;
    arena arena; /* names and parts */
    VEC(xlsx_sheet) sheets;
    VEC(const char *) parts; /* [sheets.n] */
    bool from_1904;
    const char *strings_part, *styles_part; /* NULL = has none */
    xlsx_strings strings;
    xlsx_styles styles;
    bool shared_read; /* strings and styles */
    int chosen;       /* -1 = none */
    sheet_state *sheet;
};

/* The relations of a part (of the package itself: ""): by id, value = index into `all`. */
typedef struct xlsx_relations {
    xlsx_reader *reader;
    const char *of;
    map ids;
    VEC(xlsx_relation) all;
} xlsx_relations;

/* Free them also when reading failed. */
stint_status relations_read(xlsx_relations *out, xlsx_reader *r, const char *of);
void relations_free(xlsx_relations *rs);
const xlsx_relation *relations_find(const xlsx_relations *rs, const char *id);
/* The first of a type, "sharedStrings". */
const xlsx_relation *relations_typed(const xlsx_relations *rs, const char *type);

#endif
