#include "data/strided.h"
#include "base/utf8.h"
#include "data/chunker.h"
#include "data/exact.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A batch is converted column by column into one scratch: values of 8 bytes, or spans of text
 * that point into the array where it holds UTF-8 and into the scratch's own bytes elsewhere. */

enum { BATCH_ROWS = 8192, BATCH_TEXT_BYTES = 1 << 22 };

typedef struct strided_batch {
    ingest *in;
    const strided *columns;
    int64_t row;   /* of the batch, among the rows handed in */
    int64_t first; /* row of the table where they begin */
    void *values;  /* [BATCH_ROWS] of 16 bytes */
    char *text;
    uint64_t valid[BATCH_ROWS / 64];
} strided_batch;

read_type element_read_type(element e)
{
    static const read_type types[] = {
        [ELEMENT_FLOAT] = READ_NUMBER, [ELEMENT_INT] = READ_INTEGER, [ELEMENT_UINT] = READ_INTEGER,
        [ELEMENT_BOOL] = READ_BOOL,    [ELEMENT_BYTES] = READ_TEXT,  [ELEMENT_UCS4] = READ_TEXT,
        [ELEMENT_TEXT] = READ_TEXT,
    };
    return types[e.kind];
}

bool element_is_known(element e)
{
    switch (e.kind) {
    case ELEMENT_FLOAT: return e.bytes == 2 || e.bytes == 4 || e.bytes == 8;
    case ELEMENT_INT:
    case ELEMENT_UINT: return e.bytes == 1 || e.bytes == 2 || e.bytes == 4 || e.bytes == 8;
    case ELEMENT_BOOL: return e.bytes == 1;
    case ELEMENT_BYTES: return e.bytes >= 0;
    case ELEMENT_UCS4: return e.bytes >= 0 && e.bytes % 4 == 0;
    case ELEMENT_TEXT: return e.bytes == sizeof(char *);
    }
    return false;
}

/* --- one element --------------------------------------------------------------------------- */

static uint64_t load(const uint8_t *at, int bytes, bool swapped)
{
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (bytes) {
    case 1: return *at;
    case 2: memcpy(&u16, at, sizeof u16); return swapped ? __builtin_bswap16(u16) : u16;
    case 4: memcpy(&u32, at, sizeof u32); return swapped ? __builtin_bswap32(u32) : u32;
    default: memcpy(&u64, at, sizeof u64); return swapped ? __builtin_bswap64(u64) : u64;
    }
}

/* IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
static double half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double x = exponent == 31  ? (fraction ? NAN : INFINITY)
               : exponent == 0 ? ldexp(fraction, -24)
                               : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -x : x;
}

static double load_float(const uint8_t *at, element e)
{
    uint64_t bits = load(at, e.bytes, e.swapped);
    uint32_t low = (uint32_t)bits;
    float single;
    double x;
    if (e.bytes == 2)
        return half((uint16_t)bits);
    if (e.bytes == 4) {
        memcpy(&single, &low, sizeof single);
        return single;
    }
    memcpy(&x, &bits, sizeof x);
    return x;
}

static int64_t load_int(const uint8_t *at, element e)
{
    uint64_t bits = load(at, e.bytes, e.swapped);
    int unused = 64 - 8 * e.bytes;
    return e.kind == ELEMENT_UINT ? (int64_t)bits : (int64_t)(bits << unused) >> unused;
}

/* --- columns of numbers ---------------------------------------------------------------------- */

static void numbers(const strided *x, int64_t row, int64_t n, double *out)
{
    const uint8_t *at = x->at + row * x->stride;
    element e = x->element;
    if (e.kind == ELEMENT_FLOAT && e.bytes == 8 && !e.swapped)
        for (int64_t i = 0; i < n; i++, at += x->stride)
            memcpy(&out[i], at, sizeof *out);
    else if (e.kind == ELEMENT_FLOAT)
        for (int64_t i = 0; i < n; i++, at += x->stride)
            out[i] = load_float(at, e);
    else
        for (int64_t i = 0; i < n; i++, at += x->stride)
            out[i] = e.kind == ELEMENT_UINT ? (double)(uint64_t)load_int(at, e)
                                            : (double)load_int(at, e);
}

static void integers(const strided *x, int64_t row, int64_t n, int64_t *out)
{
    const uint8_t *at = x->at + row * x->stride;
    for (int64_t i = 0; i < n; i++, at += x->stride)
        out[i] = load_int(at, x->element);
}

static void bools(const strided *x, int64_t row, int64_t n, bool *out)
{
    const uint8_t *at = x->at + row * x->stride;
    for (int64_t i = 0; i < n; i++, at += x->stride)
        out[i] = *at != 0;
}

/* Does int64_t hold the whole number, or, read as a number, a double? */
static bool is_exact(int64_t v, element e, read_type read)
{
    bool beyond = e.kind == ELEMENT_UINT && v < 0;
    uint64_t size = v < 0 && !beyond ? 0 - (uint64_t)v : (uint64_t)v;
    return read == READ_INTEGER ? !beyond : exact_u64(size);
}

/* The first row that is not exact; -1 = none. */
static int64_t first_inexact(const strided *x, int64_t row, int64_t n, read_type read)
{
    const uint8_t *at = x->at + row * x->stride;
    element e = x->element;
    if (e.bytes < 8 || (e.kind != ELEMENT_INT && e.kind != ELEMENT_UINT))
        return -1;
    for (int64_t i = 0; i < n; i++, at += x->stride)
        if (!is_exact(load_int(at, e), e, read))
            return i;
    return -1;
}

/* --- columns of text ------------------------------------------------------------------------- */

/* Zeros fill up behind a text. */
static cell_text bytes_text(const uint8_t *at, int32_t bytes)
{
    while (bytes > 0 && at[bytes - 1] == 0)
        bytes--;
    return (cell_text){(const char *)at, bytes};
}

/* UTF-8 takes no more bytes than UCS-4; NULL when there is a code that is no character. */
static char *ucs4_text(const uint8_t *at, element e, char *to, cell_text *out)
{
    int32_t n = e.bytes;
    while (n > 0 && load(at + n - 4, 4, false) == 0)
        n -= 4;
    out->at = to;
    for (int32_t i = 0; i < n; i += 4) {
        int put = utf8_put(to, (uint32_t)load(at + i, 4, e.swapped));
        if (put == 0)
            return NULL;
        to += put;
    }
    out->len = to - out->at;
    return to;
}

/* A number read as text, in its fewest digits; NaN is missing. */
static char *number_text(const uint8_t *at, element e, char *to, cell_text *out)
{
    char digits[STR_DOUBLE_SIZE];
    if (e.kind == ELEMENT_FLOAT)
        str_format_double(digits, load_float(at, e));
    else if (e.kind == ELEMENT_BOOL)
        snprintf(digits, sizeof digits, "%s", *at ? "true" : "false");
    else if (e.kind == ELEMENT_UINT)
        snprintf(digits, sizeof digits, "%llu", (unsigned long long)load_int(at, e));
    else
        snprintf(digits, sizeof digits, "%lld", (long long)load_int(at, e));
    out->len = (int64_t)strlen(digits);
    out->at = memcpy(to, digits, (size_t)out->len);
    if (e.kind == ELEMENT_FLOAT && isnan(load_float(at, e)))
        out->at = NULL;
    return to + out->len;
}

/* The first row that is not text, -1 = none. */
static int64_t texts(strided_batch *b, const strided *x, int64_t row, int64_t n)
{
    const uint8_t *at = x->at + row * x->stride;
    cell_text *out = b->values;
    char *to = b->text;
    memset(b->valid, 0xFF, sizeof b->valid);
    for (int64_t i = 0; i < n; i++, at += x->stride) {
        const char *pointer = NULL;
        switch (x->element.kind) {
        case ELEMENT_BYTES: out[i] = bytes_text(at, x->element.bytes); break;
        case ELEMENT_UCS4: to = ucs4_text(at, x->element, to, &out[i]); break;
        case ELEMENT_TEXT:
            memcpy(&pointer, at, sizeof pointer);
            out[i] = (cell_text){pointer, pointer ? (int64_t)strlen(pointer) : 0};
            break;
        default: to = number_text(at, x->element, to, &out[i]); break;
        }
        if (!to || (out[i].at && !utf8_valid(out[i].at, out[i].len)))
            return i;
        if (!out[i].at)
            b->valid[i / 64] &= ~(UINT64_C(1) << (i % 64));
    }
    return -1;
}

/* --- batches --------------------------------------------------------------------------------- */

static ingest_outcome fail_inexact(strided_batch *b, int column, int64_t row)
{
    const strided *x = &b->columns[column];
    char text[STR_DOUBLE_SIZE];
    cell_text number;
    number_text(x->at + row * x->stride, x->element, text, &number);
    ingest_fail_cell(b->in, b->first + row, column,
                     "no double holds %.*s exactly: if it names something, leave the column out: "
                     "list it under data.text and data.drop",
                     (int)number.len, number.at);
    return INGEST_FAILED;
}

static ingest_outcome strided_cells(void *self, int column, int64_t from, int64_t n,
                                    ingest_cells *out)
{
    strided_batch *b = self;
    const strided *x = &b->columns[column];
    read_type read = b->in->columns[column].read;
    int64_t row = b->row + from, bad = read == READ_TEXT ? -1 : first_inexact(x, row, n, read);
    if (bad >= 0)
        return fail_inexact(b, column, row + bad);
    *out = (ingest_cells){.values = b->values};
    switch (read) {
    case READ_BOOL: bools(x, row, n, b->values); break;
    case READ_INTEGER: integers(x, row, n, b->values); break;
    case READ_HASH:
    case READ_NUMBER: numbers(x, row, n, b->values); break;
    case READ_TEXT:
        bad = texts(b, x, row, n);
        out->valid = b->valid;
        break;
    }
    if (bad < 0)
        return INGEST_DONE;
    ingest_fail_cell(b->in, b->first + row + bad, column, "the text is not UTF-8");
    return INGEST_FAILED;
}

/* As many rows as have texts that the scratch has room for. */
static int64_t batch_rows(int64_t text_bytes)
{
    int64_t rows = text_bytes > 0 ? BATCH_TEXT_BYTES / text_bytes : BATCH_ROWS;
    return rows < 1 ? 1 : rows < BATCH_ROWS ? rows : BATCH_ROWS;
}

int64_t strided_bytes(int64_t text_bytes)
{
    int64_t most = text_bytes > BATCH_TEXT_BYTES ? text_bytes : BATCH_TEXT_BYTES;
    return BATCH_ROWS * (int64_t)sizeof(cell_text) + (int64_t)sizeof(strided_batch) +
           (text_bytes > 0 ? most : 0);
}

static int64_t widest_text(const ingest *in, const strided *columns)
{
    int64_t widest = 0;
    for (int j = 0; j < in->n_columns; j++) {
        element e = columns[j].element;
        int64_t bytes = e.kind == ELEMENT_UCS4 || e.kind == ELEMENT_BYTES ? e.bytes : 0;
        if (in->columns[j].read == READ_TEXT && bytes < STR_DOUBLE_SIZE)
            bytes = STR_DOUBLE_SIZE;
        widest = bytes > widest ? bytes : widest;
    }
    return widest;
}

ingest_outcome strided_read(ingest *in, chunker *k, const strided *columns, int64_t rows)
{
    int64_t text_bytes = widest_text(in, columns), most = batch_rows(text_bytes);
    strided_batch *b = mem_new(in->ctx, TAG_BASE, strided_batch, 1);
    ingest_outcome outcome = INGEST_FAILED;
    if (b) {
        b->values = mem_alloc(in->ctx, TAG_BASE, BATCH_ROWS * sizeof(cell_text));
        b->text = mem_alloc(in->ctx, TAG_BASE, (size_t)(most * text_bytes + 1));
    }
    if (b && b->values && b->text) {
        b->in = in;
        b->columns = columns;
        b->first = chunker_rows(k);
        outcome = INGEST_DONE;
    }
    for (int64_t n; outcome == INGEST_DONE && b->row < rows; b->row += n) {
        n = rows - b->row < most ? rows - b->row : most;
        outcome = chunker_add(k, &(ingest_batch){n, b, strided_cells});
    }
    if (b) {
        mem_free(b->values);
        mem_free(b->text);
    }
    mem_free(b);
    return outcome;
}
