/* Any bytes as a workbook, and as each part of one: it is read in order, or refused.
 *
 * The first byte says what the others are: 'z' the whole archive, '1' the sheet, '2' the
 * shared strings, '3' the styles, '4' the workbook, '5' its relations; the other parts are
 * then right. */
#include "data/xlsx_read.h"
#include "fuzz_file.h"
#include "../tests/unit/data/xlsx_make.h"

static const char *const parts[] = {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml",
                                    "xl/styles.xml", "xl/workbook.xml",
                                    "xl/_rels/workbook.xml.rels"};

enum { PARTS = sizeof parts / sizeof *parts };

/* Every sheet once: a sheet of a few bytes may stand for a million rows. */
enum { SHEETS_MOST = 4, EMPTY_MOST = 1000 };

static void check_cell(const xlsx_cell *cell)
{
    if (cell->text && (cell->text[cell->len] || cell->kind < XLSX_TEXT))
        __builtin_trap();
    if (cell->text ? cell->number != 0 : cell->len != 0)
        __builtin_trap();
}

static void read_sheet(xlsx_reader *r)
{
    const xlsx_row *row;
    int64_t number = 0, empty = 0;
    while (empty < EMPTY_MOST && xlsx_next(r, &row) == STINT_OK && row) {
        if (row->number != ++number || row->columns > XLSX_COLUMNS_MOST)
            __builtin_trap();
        if (row->columns && row->cells[row->columns - 1].kind == XLSX_EMPTY)
            __builtin_trap();
        for (int j = 0; j < row->columns; j++)
            check_cell(&row->cells[j]);
        empty += row->columns == 0;
    }
}

static void read_book(ctx *c, const uint8_t *bytes, size_t n)
{
    char path[FUZZ_PATH_SIZE];
    const xlsx_sheet *sheets;
    const xlsx_settings settings = {.string_bytes = 1 << 20, .part_bytes = 4 << 20};
    int fd = fuzz_file(bytes, n, path);
    xlsx_reader *r = fd >= 0 ? xlsx_open(c, path, &settings) : NULL;
    for (int i = 0; r && i < xlsx_sheets(r, &sheets) && i < SHEETS_MOST; i++) {
        if (xlsx_choose(r, sheets[i].name) == STINT_OK)
            read_sheet(r);
        if (ctx_status(c) != STINT_OK)
            break;
    }
    xlsx_close(r);
    close(fd);
}

static void read_part(ctx *c, const char *part, const uint8_t *bytes, size_t n)
{
    zip_making z;
    zip_begin(&z, c);
    for (int i = 0; i < XLSX_PARTS; i++)
        if (strcmp(xlsx_parts[i].name, part) != 0)
            zip_add(&z, xlsx_parts[i].name, xlsx_parts[i].text, strlen(xlsx_parts[i].text),
                    &(zip_wrong){.stored = true});
    zip_add(&z, part, bytes, n, &(zip_wrong){.stored = true});
    zip_end(&z);
    read_book(c, (const uint8_t *)z.out.at, z.out.len);
    zip_free(&z);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 1)
        return 0;
    stint_context *c = stint_open(&(stint_options){.memory_bytes = 256 << 20});
    if (bytes[0] == 'z')
        read_book(c, bytes + 1, n - 1);
    else if (bytes[0] >= '1' && bytes[0] < '1' + PARTS)
        read_part(c, parts[bytes[0] - '1'], bytes + 1, n - 1);
    if (budget_live(ctx_budget(c)) != 0)
        __builtin_trap();
    stint_close(c);
    return 0;
}
