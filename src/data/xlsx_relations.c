#include "data/xlsx_read_impl.h"

#include <string.h>

/* How the parts of a workbook name each other: those of xl/workbook.xml stand in
 * xl/_rels/workbook.xml.rels, those of the whole package in _rels/.rels. */

enum { RELATIONS, RELATION };

/* Behind the last slash; the whole where there is none. */
static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void drop_last(str *path)
{
    const char *slash = path->len ? strrchr(path->at, '/') : NULL;
    path->len = slash ? (size_t)(slash - path->at) : 0;
    if (path->room)
        path->at[path->len] = '\0';
}

/* `target`, seen from the directory `out` unless it begins with a slash, without "." and "..". */
static void resolve(str *out, const char *target)
{
    if (*target == '/')
        str_clear(out);
    while (*target) {
        size_t n = strcspn(target, "/");
        if (n == 2 && memcmp(target, "..", 2) == 0) {
            drop_last(out);
        } else if (n && !(n == 1 && *target == '.')) {
            if (out->len)
                str_add_bytes(out, "/", 1);
            str_add_bytes(out, target, n);
        }
        target += n + (target[n] == '/');
    }
}

static const char *part_of(const xlsx_relations *rs, const char *target)
{
    str part;
    str_init(&part, rs->reader->ctx, TAG_LIBRARY);
    str_add(&part, rs->of);
    drop_last(&part);
    resolve(&part, target);
    char *kept = str_status(&part) == STINT_OK ? arena_strdup(&rs->reader->arena, part.at) : NULL;
    str_deinit(&part);
    return kept;
}

static stint_status on_relation(void *self, const char **attributes)
{
    xlsx_relations *rs = self;
    xlsx_relation relation = {NULL, NULL};
    const char *id = xml_attribute(attributes, "Id"), *type = xml_attribute(attributes, "Type");
    const char *target = xml_attribute(attributes, "Target");
    const char *mode = xml_attribute(attributes, "TargetMode");
    if (!id || !type || !target)
        return STINT_OK; /* nothing can refer to it */
    relation.type = arena_strdup(&rs->reader->arena, last_part(type));
    bool outside = mode && strcmp(mode, "External") == 0;
    if (!outside)
        relation.part = part_of(rs, target);
    if (!relation.type || (!outside && !relation.part) ||
        !map_add(&rs->ids, id, (int64_t)strlen(id), rs->all.n))
        return STINT_ENOMEM;
    return vec_push(rs->reader->ctx, TAG_LIBRARY, &rs->all, relation);
}

static const xml_rule rules[] = {
    [RELATIONS] = {"Relationships", XML_ROOT},
    [RELATION] = {"Relationship", RELATIONS, on_relation},
};

stint_status relations_read(xlsx_relations *out, xlsx_reader *r, const char *of)
{
    str part;
    *out = (xlsx_relations){.reader = r, .of = of};
    map_init(&out->ids, r->ctx, TAG_LIBRARY);
    str_init(&part, r->ctx, TAG_LIBRARY);
    str_add(&part, of);
    drop_last(&part);
    resolve(&part, "_rels");
    str_addf(&part, "/%s.rels", last_part(of));
    stint_status s = str_status(&part);
    if (s == STINT_OK)
        s = xml_read(&r->archive, part.at, rules, sizeof rules / sizeof *rules, out);
    str_deinit(&part);
    return s;
}

void relations_free(xlsx_relations *rs)
{
    map_deinit(&rs->ids);
    vec_free(&rs->all);
}

const xlsx_relation *relations_find(const xlsx_relations *rs, const char *id)
{
    const map_entry *found = map_find(&rs->ids, id, (int64_t)strlen(id));
    return found ? &rs->all.at[found->value] : NULL;
}

const xlsx_relation *relations_typed(const xlsx_relations *rs, const char *type)
{
    for (int64_t i = 0; i < rs->all.n; i++)
        if (strcmp(rs->all.at[i].type, type) == 0)
            return &rs->all.at[i];
    return NULL;
}
