#include "data/dialect.h"
#include "base/map.h"
#include "base/os/os.h"
#include "base/utf8.h"
#include "data/records.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const dialect_missing[] = {"", "NA", "NaN", "nan", NULL};

enum { HEAD_BYTES = 1 << 16, HEAD_MOST = 1 << 24, JUDGED_RECORDS = 100 };

/* The beginning of a file, cut behind its last whole record. */
typedef struct head {
    const char *path;
    char *at;
    int64_t bytes;
    bool whole; /* all of the file */
} head;

/* --- reading the head ------------------------------------------------------------------ */

static stint_status head_load(ctx *c, head *h, int fd, int64_t want)
{
    mem_free(h->at);
    h->at = mem_alloc(c, TAG_BASE, (size_t)want + 1);
    if (!h->at)
        return STINT_ENOMEM;
    h->bytes = 0;
    for (ssize_t n = 1; n > 0 && h->bytes < want;) {
        n = pread(fd, h->at + h->bytes, (size_t)(want - h->bytes), h->bytes);
        if (n < 0)
            return fail_errno(c, "read", h->path);
        h->bytes += n;
    }
    h->whole = h->bytes < want;
    return STINT_OK;
}

/* How many bytes hold whole records, and how many records those are. */
static int64_t head_records(const head *h, int64_t *records)
{
    int64_t at = 0, lines, n;
    *records = 0;
    while (at < h->bytes &&
           (n = record_bytes(h->at + at, h->at + h->bytes, h->whole, &lines)) > 0) {
        at += n;
        ++*records;
    }
    return at;
}

static stint_status head_open(ctx *c, head *h, int *fd)
{
    struct stat st;
    *fd = open(h->path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0 || fstat(*fd, &st) != 0)
        return fail_errno(c, "open", h->path);
    if (S_ISDIR(st.st_mode))
        return fail(c, STINT_EDATA, "%s: is a directory: name its files, for example %s/*.csv",
                    h->path, h->path);
    return STINT_OK;
}

static stint_status head_read(ctx *c, head *h)
{
    int fd;
    int64_t records = 0, whole = 0;
    stint_status s = head_open(c, h, &fd);
    for (int64_t want = HEAD_BYTES; s == STINT_OK && want <= HEAD_MOST; want *= 4) {
        s = head_load(c, h, fd, want);
        whole = s == STINT_OK ? head_records(h, &records) : 0;
        if (records >= 3 || h->whole)
            break;
    }
    if (fd >= 0)
        close(fd);
    TRY(s);
    if (h->bytes == 0)
        return fail(c, STINT_EDATA,
                    "%s: the file is empty: a line of column names and rows are needed", h->path);
    if (records == 0)
        return fail(c, STINT_EDATA,
                    "%s:1: the first line has no end within %d MiB: is this a table?", h->path,
                    HEAD_MOST >> 20);
    h->bytes = whole;
    return STINT_OK;
}

/* --- text or not ----------------------------------------------------------------------- */

stint_status dialect_check_text(ctx *c, const char *path, const void *bytes, int64_t size)
{
    const uint8_t *at = bytes, *end = at + size;
    int64_t line = 1;
    for (const uint8_t *p = at; p < end;) {
        int n = utf8_bytes(p, end);
        if (*p == 0)
            return fail(c, STINT_EDATA, "%s:%lld: not a text file: a zero byte at offset %lld",
                        path, (long long)line, (long long)(p - at));
        if (n == 0)
            return fail(c, STINT_EDATA,
                        "%s:%lld: not UTF-8 text: byte 0x%02X at offset %lld: convert it, for "
                        "example iconv -f LATIN1 -t UTF-8",
                        path, (long long)line, *p, (long long)(p - at));
        line += *p == '\n';
        p += n;
    }
    return STINT_OK;
}

static stint_status head_check_text(ctx *c, const head *h)
{
    const uint8_t *at = (const uint8_t *)h->at;
    if (h->bytes >= 2 && at[0] == 0x1F && at[1] == 0x8B)
        return fail(c, STINT_EDATA, "%s: is compressed: unpack it first (gunzip)", h->path);
    if (h->bytes >= 2 && ((at[0] == 0xFF && at[1] == 0xFE) || (at[0] == 0xFE && at[1] == 0xFF)))
        return fail(c, STINT_EDATA, "%s: is UTF-16 text: convert it (iconv -f UTF-16 -t UTF-8)",
                    h->path);
    return dialect_check_text(c, h->path, h->at, h->bytes);
}

/* --- the delimiter ----------------------------------------------------------------------- */

/* How many of the first records have as many cells as the header, which must be > 1. */
static int agreeing(const head *h, int64_t from, char delimiter, int *cells)
{
    int64_t lines, header = record_bytes(h->at + from, h->at + h->bytes, true, &lines);
    *cells = record_cells(h->at + from, header, delimiter);
    int agree = *cells > 1;
    for (int64_t at = from + header, n, k = 0; at < h->bytes && k < JUDGED_RECORDS; at += n, k++) {
        n = record_bytes(h->at + at, h->at + h->bytes, true, &lines);
        agree += *cells > 1 && record_cells(h->at + at, n, delimiter) == *cells;
    }
    return agree;
}

static char find_delimiter(const head *h, int64_t from)
{
    const char *dot = strrchr(h->path, '.');
    if (dot && (strcmp(dot, ".tsv") == 0 || strcmp(dot, ".tab") == 0))
        return '\t';
    char best = ',';
    int best_agree = 0, best_cells = 1;
    for (const char *d = ",;\t|"; *d; d++) {
        int cells, agree = agreeing(h, from, *d, &cells);
        if (agree > best_agree || (agree == best_agree && cells > best_cells)) {
            best = *d;
            best_agree = agree;
            best_cells = cells;
        }
    }
    return best;
}

/* --- cells ------------------------------------------------------------------------------- */

static bool same_word(const char *cell, int64_t len, const char *word)
{
    return (int64_t)strlen(word) == len && strncasecmp(cell, word, (size_t)len) == 0;
}

static cell_type cell_type_of(const char *cell, int64_t len)
{
    for (const char *const *m = dialect_missing; *m; m++)
        if ((int64_t)strlen(*m) == len && memcmp(cell, *m, (size_t)len) == 0)
            return CELL_MISSING;
    if (same_word(cell, len, "true") || same_word(cell, len, "false"))
        return CELL_BOOL;
    char text[64], *end;
    double number;
    if (len >= (int64_t)sizeof text || isspace((unsigned char)*cell))
        return CELL_TEXT;
    memcpy(text, cell, (size_t)len);
    text[len] = '\0';
    errno = 0;
    (void)strtoll(text, &end, 10);
    if (*end == '\0' && errno == 0)
        return CELL_INTEGER;
    return str_parse_double(text, &number) ? CELL_NUMBER : CELL_TEXT;
}

/* The type that holds both. */
static cell_type cell_type_join(cell_type a, cell_type b)
{
    if (a == CELL_MISSING || b == CELL_MISSING)
        return a == CELL_MISSING ? b : a;
    if ((a == CELL_BOOL) != (b == CELL_BOOL))
        return CELL_TEXT;
    return a > b ? a : b;
}

/* --- the header -------------------------------------------------------------------------- */

static char *unquoted(arena *a, const char *cell, int64_t len)
{
    char *name = arena_alloc(a, (size_t)len + 1), *to = name;
    for (int64_t i = 0; name && i < len; i++) {
        *to++ = cell[i];
        i += cell[i] == '"' && i + 1 < len && cell[i + 1] == '"';
    }
    return name;
}

static stint_status check_names(ctx *c, const head *h, const dialect *d)
{
    map seen;
    map_init(&seen, c, TAG_BASE);
    stint_status s = STINT_OK;
    bool names = false;
    for (int j = 0; j < d->n_columns && s == STINT_OK; j++) {
        const char *name = d->names[j];
        const map_entry *e = map_add(&seen, name, (int64_t)strlen(name), j);
        cell_type type = cell_type_of(name, (int64_t)strlen(name));
        names |= type == CELL_TEXT || type == CELL_BOOL;
        if (!e)
            s = STINT_ENOMEM;
        else if (!*name)
            s = fail(c, STINT_EDATA, "%s:1: column %d has no name: give it one", h->path, j + 1);
        else if (e->value != j)
            s = fail(
                c, STINT_EDATA,
                "%s:1: the column name \"%s\" stands twice, in columns %lld and %d: rename one",
                h->path, name, (long long)e->value + 1, j + 1);
    }
    map_deinit(&seen);
    if (s == STINT_OK && !names)
        s = fail(c, STINT_EDATA,
                 "%s:1: the first line holds numbers (\"%s\"), not column names: put a "
                 "line of names before it",
                 h->path, d->names[0]);
    return s;
}

static stint_status read_header(ctx *c, arena *a, const head *h, int64_t from, dialect *d)
{
    int64_t lines, len, bytes = record_bytes(h->at + from, h->at + h->bytes, true, &lines);
    const char *at = h->at + from, *cell;
    if (record_blank(at, bytes))
        return fail(c, STINT_EDATA, "%s:1: the first line is empty: it must name the columns",
                    h->path);
    d->delimiter = find_delimiter(h, from);
    d->header_bytes = from + bytes;
    record_line_end(at, bytes, d->line_end);
    d->n_columns = record_cells(at, bytes, d->delimiter);
    d->names = arena_new(a, char *, d->n_columns);
    d->types = arena_new(a, cell_type, d->n_columns);
    if (!d->names || !d->types)
        return STINT_ENOMEM;
    for (int j = 0; record_cell(&at, h->at + from + bytes, d->delimiter, &cell, &len); j++)
        if (!(d->names[j] = unquoted(a, cell, len)))
            return STINT_ENOMEM;
    return check_names(c, h, d);
}

/* --- the records --------------------------------------------------------------------------- */

static stint_status read_record(ctx *c, const head *h, int64_t line, const char *at, int64_t bytes,
                                dialect *d)
{
    const char *end = at + bytes, *cell;
    int64_t len;
    int cells = record_cells(at, bytes, d->delimiter);
    if (cells != d->n_columns)
        return fail(c, STINT_EDATA,
                    "%s:%lld: %d cells, where the header names %d columns: correct the row",
                    h->path, (long long)line, cells, d->n_columns);
    for (int j = 0; record_cell(&at, end, d->delimiter, &cell, &len); j++)
        d->types[j] = cell_type_join(d->types[j], cell_type_of(cell, len));
    d->records++;
    d->record_bytes += bytes;
    return STINT_OK;
}

static stint_status read_records(ctx *c, const head *h, dialect *d)
{
    int64_t lines, line = 1;
    for (const char *p = h->at; p < h->at + d->header_bytes; p++)
        line += *p == '\n' || (*p == '\r' && p[1] != '\n');
    for (int64_t at = d->header_bytes, n; at < h->bytes; at += n, line += lines) {
        n = record_bytes(h->at + at, h->at + h->bytes, true, &lines);
        if (record_blank(h->at + at, n) && d->n_columns > 1)
            continue;
        TRY(read_record(c, h, line, h->at + at, n, d));
    }
    if (d->records == 0)
        return fail(c, STINT_EDATA, "%s: has column names but no rows", h->path);
    return STINT_OK;
}

static int64_t mark_bytes(const head *h)
{
    return h->bytes >= 3 && memcmp(h->at, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

stint_status dialect_read(ctx *c, arena *a, const char *path, dialect *out)
{
    head h = {.path = path};
    *out = (dialect){0};
    stint_status s = head_read(c, &h);
    if (s == STINT_OK)
        s = head_check_text(c, &h);
    if (s == STINT_OK)
        s = read_header(c, a, &h, mark_bytes(&h), out);
    if (s == STINT_OK)
        s = read_records(c, &h, out);
    mem_free(h.at);
    return s;
}

stint_status dialect_same(ctx *c, dialect *d, const char *first, const char *path, char line_end[3])
{
    arena a;
    dialect other;
    arena_init(&a, c, TAG_BASE);
    stint_status s = dialect_read(c, &a, path, &other);
    int j = 0;
    if (s == STINT_OK && other.n_columns != d->n_columns)
        s = fail(c, STINT_EDATA,
                 "%s:1: %d columns, where %s has %d: all files need the same columns", path,
                 other.n_columns, first, d->n_columns);
    while (s == STINT_OK && j < d->n_columns && strcmp(other.names[j], d->names[j]) == 0)
        j++;
    if (s == STINT_OK && j < d->n_columns)
        s = fail(c, STINT_EDATA,
                 "%s:1: column %d is \"%s\", where %s has \"%s\": all files need the same columns",
                 path, j + 1, other.names[j], first, d->names[j]);
    if (s == STINT_OK && other.delimiter != d->delimiter)
        s = fail(c, STINT_EDATA,
                 "%s:1: cells end at '%c', in %s at '%c': all files need one format", path,
                 other.delimiter, first, d->delimiter);
    memcpy(line_end, other.line_end, sizeof other.line_end);
    for (j = 0; s == STINT_OK && j < d->n_columns; j++)
        d->types[j] = cell_type_join(d->types[j], other.types[j]);
    arena_deinit(&a);
    return s;
}
