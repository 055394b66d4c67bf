#include "profile/bench_main.h"

#include "base/os/os.h"
#include "base/rng.h"
#include "data/xlsx_read.h"
#include "../tests/unit/data/xlsx_make.h"

/* Sheets of numbers as wide as doubles are, and of what tables hold (whole numbers, texts,
 * dates), read cell by cell beside openpyxl's read-only mode.  Runs from the checkout. */

enum { ROWS = 100000, COLUMNS = 20, TEXTS = 1000, PATH_SIZE = 64, COMMAND_SIZE = 256 };

#define FOLDER "build/bench-data"

typedef struct work {
    const char *name;
    void (*cell)(str *xml, int64_t row, int column);
    int64_t cells; /* that are not empty */
    char path[PATH_SIZE], peer[COMMAND_SIZE];
} work;

static void number_cell(str *xml, int64_t row, int column)
{
    char number[STR_DOUBLE_SIZE];
    str_format_double(number,
                      rng_normal((rng){1, RNG_GENERATE}, (uint64_t)(row * COLUMNS + column)));
    str_add(xml, "><v>");
    str_add(xml, number);
    str_add(xml, "</v></c>");
}

static void mixed_cell(str *xml, int64_t row, int column)
{
    uint64_t x = rng_u64((rng){1, RNG_GENERATE}, (uint64_t)(row * COLUMNS + column));
    if (column % 4 == 0)
        str_addf(xml, " t=\"s\"><v>%d</v></c>", (int)(x % TEXTS));
    else if (column % 4 == 1)
        str_addf(xml, " s=\"1\"><v>%d</v></c>", (int)(x % 20000) + 30000);
    else
        str_addf(xml, "><v>%d</v></c>", (int)(x % 100000));
}

static void add_rows(str *xml, const work *w)
{
    char place[XLSX_CELL_NAME_SIZE];
    for (int64_t i = 0; i < ROWS; i++) {
        str_addf(xml, "<row r=\"%lld\">", (long long)i + 1);
        for (int j = 0; j < COLUMNS; j++) {
            str_add(xml, "<c r=\"");
            str_add(xml, xlsx_cell_name(place, i + 1, j));
            str_add(xml, "\"");
            w->cell(xml, i, j);
        }
        str_add(xml, "</row>");
    }
}

static stint_status make_book(ctx *c, const work *w)
{
    str sheet, texts;
    zip_making z;
    str_init(&sheet, c, TAG_BASE);
    str_init(&texts, c, TAG_BASE);
    str_add(&sheet, XML "<worksheet xmlns=\"" MAIN "\"><sheetData>");
    add_rows(&sheet, w);
    str_add(&sheet, "</sheetData></worksheet>");
    str_add(&texts, XML "<sst xmlns=\"" MAIN "\">");
    for (int i = 0; i < TEXTS; i++)
        str_addf(&texts, "<si><t>category number %d</t></si>", i);
    str_add(&texts, "</sst>");
    zip_begin(&z, c);
    xlsx_part parts[] = {{"xl/worksheets/sheet1.xml", sheet.at},
                         {"xl/sharedStrings.xml", texts.at}};
    xlsx_make(&z, parts, 2);
    zip_end(&z);
    str_deinit(&sheet);
    str_deinit(&texts);
    stint_status s = str_status(&z.out);
    if (s == STINT_OK)
        s = file_write_atomic(c, w->path, z.out.at, z.out.len);
    zip_free(&z);
    return s;
}

static stint_status run_read(ctx *c, void *self)
{
    const work *w = self;
    const xlsx_row *row;
    int64_t cells = 0;
    xlsx_reader *r = xlsx_open(c, w->path, NULL);
    stint_status s = r ? xlsx_choose(r, NULL) : ctx_status(c);
    while (s == STINT_OK && (s = xlsx_next(r, &row)) == STINT_OK && row)
        for (int j = 0; j < row->columns; j++)
            cells += row->cells[j].kind != XLSX_EMPTY;
    xlsx_close(r);
    if (s == STINT_OK && cells != w->cells)
        s = fail(c, STINT_EFAIL, "%s: %lld cells where %lld were written", w->path,
                 (long long)cells, (long long)w->cells);
    return s;
}

static work works[] = {
    {"xlsx-numbers", number_cell, (int64_t)ROWS *COLUMNS},
    {"xlsx-mixed", mixed_cell, (int64_t)ROWS *COLUMNS},
};

enum { CASES = sizeof works / sizeof *works };

static stint_status make_cases(ctx *c, bench_case *cases)
{
    TRY(dir_make(c, FOLDER));
    for (int i = 0; i < CASES; i++) {
        work *w = &works[i];
        snprintf(w->path, sizeof w->path, FOLDER "/%s.xlsx", w->name);
        snprintf(w->peer, sizeof w->peer,
                 "${STINT_PEERS:-build/peers/bin/python} bench/peers/read_xlsx.py %s", w->path);
        if (!file_exists(w->path))
            TRY(make_book(c, w));
        cases[i] = (bench_case){.name = w->name,
                                .run = run_read,
                                .self = w,
                                .warmup = 1,
                                .iterations = 5,
                                .items = (double)w->cells,
                                .item = "cells",
                                .bytes = (double)file_size(w->path),
                                .peer = w->peer};
    }
    return STINT_OK;
}

int main(int argc, char **argv)
{
    static bench_case cases[CASES];
    ctx *c = stint_open(&(stint_options){.sink = bench_print_line});
    if (!c)
        return stint_status_exit(STINT_ENOMEM);
    stint_status s = make_cases(c, cases);
    if (s != STINT_OK)
        fprintf(stderr, "%s\n", stint_message(c));
    stint_close(c);
    return s == STINT_OK ? bench_main(argc, argv, cases, CASES) : stint_status_exit(s);
}
