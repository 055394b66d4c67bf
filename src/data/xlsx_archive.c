#include "data/xlsx_archive.h"

#include "base/os/os.h"
#include "data/xlsx_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { BOMB_RATIO = 1000, BOMB_BYTES = 64 << 20, NAME_MOST = 1024 };

/* --- opening ----------------------------------------------------------------------------- */

/* Why it is no archive, from its first bytes: an encrypted .xlsx is kept in the old format. */
static const char *what_instead(const char *path)
{
    unsigned char head[8] = {0};
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        fclose(f);
    if (n >= 8 && memcmp(head, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8) == 0)
        return "this is an old .xls workbook, or one with a password: save it as .xlsx without a "
               "password";
    if (n >= 2 && memcmp(head, "PK", 2) == 0)
        return "the archive is damaged or cut short: copy or save the workbook again";
    return n ? "this is not an .xlsx workbook: save it as .xlsx" : "the file is empty";
}

static stint_status open_failed(archive *a, int code)
{
    zip_error_t error;
    if (code == ZIP_ER_OPEN || code == ZIP_ER_READ || code == ZIP_ER_NOENT)
        return fail_errno(a->ctx, "read", a->path);
    if (code == ZIP_ER_MEMORY)
        return fail(a->ctx, STINT_ENOMEM, "%s: not enough memory to open the archive", a->path);
    if (code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS || code == ZIP_ER_MULTIDISK)
        return fail(a->ctx, STINT_EDATA, "%s: %s", a->path, what_instead(a->path));
    a->api->error_init_with_code(&error, code);
    fail(a->ctx, STINT_EDATA, "%s: cannot open the archive (%s): save the workbook again", a->path,
         a->api->error_strerror(&error));
    a->api->error_fini(&error);
    return STINT_EDATA;
}

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

/* Lower case, slashes, none in front; false = too long for a part. */
static bool part_key(const char *name, char out[NAME_MOST], int64_t *len)
{
    size_t n = 0;
    while (*name == '/' || *name == '\\')
        name++;
    for (; name[n] && n < NAME_MOST - 1; n++)
        out[n] = name[n] == '\\' ? '/' : lower(name[n]);
    out[n] = '\0';
    *len = (int64_t)n;
    return !name[n];
}

static stint_status add_part(archive *a, int64_t entry)
{
    char key[NAME_MOST];
    int64_t len, before = a->parts.n;
    const char *name = a->api->get_name(a->zip, (zip_uint64_t)entry, ZIP_FL_ENC_GUESS);
    if (!name || !part_key(name, key, &len))
        return fail(a->ctx, STINT_EDATA,
                    "%s: the archive's entry %lld has no usable name: save the workbook again",
                    a->path, (long long)entry + 1);
    if (!map_add(&a->parts, key, len, entry))
        return STINT_ENOMEM;
    if (a->parts.n == before)
        return fail(a->ctx, STINT_EDATA,
                    "%s: the archive holds \"%s\" twice: save the workbook again", a->path, name);
    return STINT_OK;
}

static stint_status list_parts(archive *a)
{
    int64_t n = a->api->get_num_entries(a->zip, 0);
    if (n > XLSX_PARTS_MOST)
        return fail(a->ctx, STINT_EDATA, "%s: the archive has %lld entries; a workbook has few",
                    a->path, (long long)n);
    for (int64_t i = 0; i < n; i++)
        TRY(add_part(a, i));
    return STINT_OK;
}

stint_status archive_open(ctx *c, const char *path, int64_t part_bytes, archive *out)
{
    int code = 0;
    *out = (archive){.ctx = c, .path = path, .part_bytes = part_bytes, .api = zip_load(c)};
    map_init(&out->parts, c, TAG_LIBRARY);
    if (!out->api)
        return ctx_status(c);
    errno = 0;
    out->zip = out->api->open(path, ZIP_RDONLY, &code);
    return out->zip ? list_parts(out) : open_failed(out, code);
}

void archive_close(archive *a)
{
    if (a->zip)
        a->api->discard(a->zip);
    a->zip = NULL;
    map_deinit(&a->parts);
}

/* --- parts ------------------------------------------------------------------------------- */

static const map_entry *find_part(archive *a, const char *name)
{
    char key[NAME_MOST];
    int64_t len;
    return part_key(name, key, &len) ? map_find(&a->parts, key, len) : NULL;
}

bool archive_has(archive *a, const char *part)
{
    return find_part(a, part) != NULL;
}

static stint_status check_entry(archive *a, const char *name, const zip_stat_t *s)
{
    if ((s->valid & ZIP_STAT_ENCRYPTION_METHOD) && s->encryption_method != ZIP_EM_NONE)
        return fail(a->ctx, STINT_EDATA,
                    "%s: %s is encrypted: save the workbook without a password", a->path, name);
    if (!(s->valid & ZIP_STAT_COMP_METHOD) ||
        (s->comp_method != ZIP_CM_STORE && s->comp_method != ZIP_CM_DEFLATE))
        return fail(a->ctx, STINT_EDATA,
                    "%s: %s is compressed in a way that no workbook is: save the workbook again",
                    a->path, name);
    return STINT_OK;
}

static stint_status part_broken(archive *a, const char *name, const char *why)
{
    return fail(a->ctx, STINT_EDATA, "%s: %s is damaged (%s): copy or save the workbook again",
                a->path, name, why);
}

stint_status part_open(archive *a, const char *name, archive_part *out)
{
    zip_stat_t s;
    const map_entry *found = find_part(a, name);
    *out = (archive_part){.of = a, .name = name};
    if (!found)
        return fail(a->ctx, STINT_EDATA,
                    "%s: the part %s is missing: this is not a whole .xlsx workbook; save it again",
                    a->path, name);
    zip_uint64_t entry = (zip_uint64_t)found->value;
    if (a->api->stat_index(a->zip, entry, 0, &s) != 0)
        return part_broken(a, name, a->api->strerror(a->zip));
    TRY(check_entry(a, name, &s));
    out->packed_bytes = s.valid & ZIP_STAT_COMP_SIZE ? (int64_t)s.comp_size : 0;
    out->file = a->api->fopen_index(a->zip, entry, 0);
    return out->file ? STINT_OK : part_broken(a, name, a->api->strerror(a->zip));
}

static stint_status check_growth(const archive_part *p)
{
    const archive *a = p->of;
    char size[STR_SIZE_SIZE];
    if (p->bytes > a->part_bytes)
        return fail(a->ctx, STINT_EDATA,
                    "%s: %s is larger than %s, the most that is read: split it", a->path, p->name,
                    str_format_bytes(size, a->part_bytes));
    if (p->bytes > BOMB_BYTES && p->bytes / BOMB_RATIO > p->packed_bytes)
        return fail(a->ctx, STINT_EDATA,
                    "%s: %s inflates more than %d-fold, as no workbook does: the file is made to "
                    "harm",
                    a->path, p->name, BOMB_RATIO);
    return STINT_OK;
}

stint_status part_read(archive_part *p, void *to, int room, int *n)
{
    const archive *a = p->of;
    int64_t got = a->api->fread(p->file, to, (zip_uint64_t)room);
    if (got < 0)
        return part_broken(p->of, p->name, a->api->file_strerror(p->file));
    *n = (int)got;
    p->bytes += got;
    return check_growth(p);
}

void part_close(archive_part *p)
{
    if (p->file)
        p->of->api->fclose(p->file);
    p->file = NULL;
}
