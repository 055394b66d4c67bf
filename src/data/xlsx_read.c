#include "data/xlsx_read_impl.h"

#include <string.h>

/* The workbook: which sheets there are, and where the parts are that all of them share. */

enum { WORKBOOK, PROPERTIES, SHEETS, SHEET };

#define STRINGS_DEFAULT ((int64_t)256 << 20)
#define PART_DEFAULT    ((int64_t)64 << 30)

/* --- xl/workbook.xml ---------------------------------------------------------------------- */

typedef struct workbook_parse {
    xlsx_reader *reader;
    const xlsx_relations *relations;
} workbook_parse;

static stint_status on_properties(void *self, const char **attributes)
{
    workbook_parse *w = self;
    w->reader->from_1904 = xml_true(xml_attribute(attributes, "date1904"));
    return STINT_OK;
}

static stint_status add_sheet(xlsx_reader *r, const char *name, bool hidden, const char *part)
{
    xlsx_sheet sheet = {arena_strdup(&r->arena, name), hidden};
    if (!sheet.name)
        return STINT_ENOMEM;
    TRY(vec_push(r->ctx, TAG_LIBRARY, &r->sheets, sheet));
    return vec_push(r->ctx, TAG_LIBRARY, &r->parts, part);
}

static stint_status on_sheet(void *self, const char **attributes)
{
    workbook_parse *w = self;
    xlsx_reader *r = w->reader;
    const char *name = xml_attribute(attributes, "name"), *id = xml_qualified(attributes, "id");
    const char *state = xml_attribute(attributes, "state");
    const xlsx_relation *relation = id ? relations_find(w->relations, id) : NULL;
    if (!name || !relation || !relation->part)
        return fail(r->ctx, STINT_EDATA,
                    "%s: the sheet \"%s\" has no part in the workbook: save the workbook again",
                    r->path, name ? name : "");
    if (strcmp(relation->type, "worksheet") != 0)
        return STINT_OK;
    return add_sheet(r, name, state && strcmp(state, "visible") != 0, relation->part);
}

static const xml_rule rules[] = {
    [WORKBOOK] = {"workbook", XML_ROOT},
    [PROPERTIES] = {"workbookPr", WORKBOOK, on_properties},
    [SHEETS] = {"sheets", WORKBOOK},
    [SHEET] = {"sheet", SHEETS, on_sheet},
};

/* The part of a type if it is there: writers name some that they leave out. */
static const char *shared_part(xlsx_reader *r, const xlsx_relations *rs, const char *type)
{
    const xlsx_relation *found = relations_typed(rs, type);
    return found && found->part && archive_has(&r->archive, found->part) ? found->part : NULL;
}

static stint_status read_workbook(xlsx_reader *r, const char *part)
{
    xlsx_relations rs;
    workbook_parse w = {r, &rs};
    stint_status s = relations_read(&rs, r, part);
    if (s == STINT_OK)
        s = xml_read(&r->archive, part, rules, sizeof rules / sizeof *rules, &w);
    if (s == STINT_OK) {
        r->strings_part = shared_part(r, &rs, "sharedStrings");
        r->styles_part = shared_part(r, &rs, "styles");
    }
    relations_free(&rs);
    if (s == STINT_OK && r->sheets.n == 0)
        s = fail(r->ctx, STINT_EDATA, "%s: the workbook has no sheet with cells", r->path);
    return s;
}

/* --- the package -------------------------------------------------------------------------- */

static stint_status other_format(xlsx_reader *r)
{
    if (archive_has(&r->archive, "mimetype") && archive_has(&r->archive, "content.xml"))
        return fail(r->ctx, STINT_EDATA,
                    "%s: this is an OpenDocument file, not an .xlsx workbook: save it as .xlsx",
                    r->path);
    return fail(r->ctx, STINT_EDATA,
                "%s: this archive is not an .xlsx workbook: save the workbook as .xlsx", r->path);
}

static stint_status read_package(xlsx_reader *r)
{
    xlsx_relations rs;
    if (!archive_has(&r->archive, "_rels/.rels"))
        return other_format(r);
    stint_status s = relations_read(&rs, r, "");
    const xlsx_relation *book = s == STINT_OK ? relations_typed(&rs, "officeDocument") : NULL;
    const char *part = book ? book->part : NULL;
    relations_free(&rs);
    if (s != STINT_OK)
        return s;
    if (!part)
        return other_format(r);
    if (strlen(part) > 4 && strcmp(part + strlen(part) - 4, ".bin") == 0)
        return fail(r->ctx, STINT_EDATA, "%s: this is a binary workbook (.xlsb): save it as .xlsx",
                    r->path);
    return read_workbook(r, part);
}

xlsx_reader *xlsx_open(ctx *c, const char *path, const xlsx_settings *settings)
{
    xlsx_reader *r = mem_new(c, TAG_LIBRARY, xlsx_reader, 1);
    if (!r)
        return NULL;
    r->ctx = c;
    r->chosen = -1;
    r->settings = settings ? *settings : (xlsx_settings){0};
    if (!r->settings.string_bytes)
        r->settings.string_bytes = STRINGS_DEFAULT;
    if (!r->settings.part_bytes)
        r->settings.part_bytes = PART_DEFAULT;
    arena_init(&r->arena, c, TAG_LIBRARY);
    r->path = arena_strdup(&r->arena, path);
    strings_init(&r->strings, c, r->path, r->settings.string_bytes);
    styles_init(&r->styles, c);
    map_init(&r->archive.parts, c, TAG_LIBRARY);
    if (r->path && archive_open(c, r->path, r->settings.part_bytes, &r->archive) == STINT_OK &&
        read_package(r) == STINT_OK)
        return r;
    xlsx_close(r);
    return NULL;
}

void xlsx_close(xlsx_reader *r)
{
    if (!r)
        return;
    sheet_close(r->sheet);
    strings_deinit(&r->strings);
    styles_deinit(&r->styles);
    archive_close(&r->archive);
    vec_free(&r->sheets);
    vec_free(&r->parts);
    arena_deinit(&r->arena);
    mem_free(r);
}

/* --- sheets ------------------------------------------------------------------------------- */

int xlsx_sheets(const xlsx_reader *r, const xlsx_sheet **sheets)
{
    *sheets = r->sheets.at;
    return (int)r->sheets.n;
}

const char *xlsx_chosen(const xlsx_reader *r)
{
    return r->chosen < 0 ? NULL : r->sheets.at[r->chosen].name;
}

static stint_status no_such_sheet(const xlsx_reader *r, const char *name)
{
    enum { NAMED_MOST = 20 };
    str text;
    nearest_name nearest = nearest_begin(name);
    str_init(&text, r->ctx, TAG_BASE);
    for (int64_t i = 0; i < r->sheets.n; i++) {
        nearest_try(&nearest, r->sheets.at[i].name);
        if (i < NAMED_MOST)
            str_addf(&text, "%s\"%s\"", i ? ", " : "", r->sheets.at[i].name);
    }
    if (r->sheets.n > NAMED_MOST)
        str_addf(&text, " and %lld more", (long long)(r->sheets.n - NAMED_MOST));
    if (nearest.name)
        str_addf(&text, "; did you mean \"%s\"?", nearest.name);
    stint_status s = str_status(&text);
    if (s == STINT_OK)
        s = fail(r->ctx, STINT_EDATA, "%s: there is no sheet \"%s\"; it has %s", r->path, name,
                 text.at);
    str_deinit(&text);
    return s;
}

static stint_status find_sheet(const xlsx_reader *r, const char *name, int *out)
{
    for (int i = 0; i < (int)r->sheets.n; i++) {
        const xlsx_sheet *sheet = &r->sheets.at[i];
        if (name ? strcmp(sheet->name, name) == 0 : !sheet->hidden) {
            *out = i;
            return STINT_OK;
        }
    }
    if (name)
        return no_such_sheet(r, name);
    return fail(r->ctx, STINT_EDATA, "%s: every sheet is hidden: name one, such as \"%s\"", r->path,
                r->sheets.at[0].name);
}

static stint_status read_shared(xlsx_reader *r)
{
    if (r->styles_part)
        TRY(styles_read(&r->styles, &r->archive, r->styles_part));
    if (r->strings_part)
        TRY(strings_read(&r->strings, &r->archive, r->strings_part));
    r->shared_read = true;
    return STINT_OK;
}

stint_status xlsx_choose(xlsx_reader *r, const char *name)
{
    int sheet = 0;
    TRY(find_sheet(r, name, &sheet));
    if (!r->shared_read)
        TRY(read_shared(r));
    sheet_close(r->sheet);
    r->chosen = sheet;
    r->sheet = sheet_open(r, r->parts.at[sheet]);
    return r->sheet ? STINT_OK : ctx_status(r->ctx);
}

stint_status xlsx_next(xlsx_reader *r, const xlsx_row **row)
{
    *row = NULL;
    if (!r->sheet)
        return fail(r->ctx, STINT_EUSAGE, "%s: no sheet is chosen", r->path);
    return sheet_next(r->sheet, row);
}

const char *xlsx_merged(const xlsx_reader *r)
{
    return r->sheet ? sheet_merged(r->sheet) : NULL;
}
