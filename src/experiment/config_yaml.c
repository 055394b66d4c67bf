/* YAML text to a tree of nodes that know where they are written.
 *
 * libyaml's events, not its documents: a document has forgotten its anchors and tags, which
 * a config may not use, and is built in memory outside the budget before its depth can be
 * bounded.  The reader owns one event at a time; nodes copy what they keep into the arena. */
#include "experiment/config_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct yaml_reader {
    ctx *ctx;
    arena *arena;
    const char *origin, *text;
    size_t len;
    bool placed;
    stint_status status; /* why a builder answered NULL */
    yaml_parser_t parser;
    yaml_event_t event;
} yaml_reader;

static config_place mark_place(const yaml_reader *r, yaml_mark_t mark)
{
    config_place p = {r->origin, 0, 0};
    if (r->placed) {
        p.line = (int)mark.line + 1;
        p.column = (int)mark.column + 1;
    }
    return p;
}

static config_place event_place(const yaml_reader *r)
{
    return mark_place(r, r->event.start_mark);
}

/* Say what the event at hand is refused for. */
static STINT_PRINTF(2, 3) void refuse(yaml_reader *r, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    r->status = config_fail(r->ctx, event_place(r), "%s", text);
}

/* A byte that is not text has an offset only; its line and column are counted here. */
static yaml_mark_t offset_mark(const yaml_reader *r, size_t offset)
{
    yaml_mark_t m = {0};
    for (size_t i = 0; i < offset && i < r->len; i++) {
        bool is_end = r->text[i] == '\n';
        m.line += is_end;
        m.column = is_end ? 0 : m.column + ((r->text[i] & 0xC0) != 0x80);
    }
    return m;
}

static stint_status syntax_error(const yaml_reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "not YAML";
    if (p->error == YAML_MEMORY_ERROR)
        return fail(r->ctx, STINT_ENOMEM, "out of memory: reading %s", r->origin);
    if (p->error == YAML_READER_ERROR)
        return config_fail(r->ctx, mark_place(r, offset_mark(r, p->problem_offset)),
                           "YAML: %s (is the text UTF-8?)", problem);
    size_t at = p->problem_mark.index;
    bool is_tab = p->error == YAML_SCANNER_ERROR && at < r->len && r->text[at] == '\t';
    return config_fail(r->ctx, mark_place(r, p->problem_mark), "YAML: %s%s%s%s", problem,
                       p->context ? " " : "", p->context ? p->context : "",
                       is_tab ? "; indent with spaces, not tabs" : "");
}

static bool next_event(yaml_reader *r)
{
    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event))
        return true;
    r->status = syntax_error(r);
    return false;
}

/* --- nodes --------------------------------------------------------------------------------- */

static bool is_bare(yaml_reader *r, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    char name[CONFIG_QUOTE_SIZE];
    if (anchor)
        refuse(r, "the anchor %s: a config has no anchors; write the value out",
               config_quote(name, (const char *)anchor));
    else if (tag)
        refuse(r, "the tag %s: a config has no tags; write the value without it",
               config_quote(name, (const char *)tag));
    return !anchor && !tag;
}

/* The event's scalar, which has to be one text; NULL when it is not. */
static const char *scalar_text(yaml_reader *r)
{
    const char *value = (const char *)r->event.data.scalar.value;
    if (!is_bare(r, r->event.data.scalar.anchor, r->event.data.scalar.tag))
        return NULL;
    if (strlen(value) != r->event.data.scalar.length) {
        refuse(r, "a text may not hold a zero byte");
        return NULL;
    }
    const char *text = arena_strdup(r->arena, value);
    if (!text)
        r->status = STINT_ENOMEM;
    return text;
}

static config_node *new_node(yaml_reader *r, node_kind kind)
{
    config_node *n = arena_new(r->arena, config_node, 1);
    if (!n) {
        r->status = STINT_ENOMEM;
        return NULL;
    }
    n->kind = kind;
    n->place = event_place(r);
    return n;
}

static bool is_null_text(const char *text)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++)
        if (strcmp(text, nulls[i]) == 0)
            return true;
    return false;
}

static config_node *build_scalar(yaml_reader *r)
{
    const char *text = scalar_text(r);
    if (!text)
        return NULL;
    bool is_plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    config_node *n = new_node(r, is_plain && is_null_text(text) ? NODE_NULL : NODE_SCALAR);
    if (n)
        n->text = text;
    return n;
}

static config_node *build_value(yaml_reader *r, int depth);

static config_node *build_list(yaml_reader *r, int depth)
{
    if (!is_bare(r, r->event.data.sequence_start.anchor, r->event.data.sequence_start.tag))
        return NULL;
    config_node *list = new_node(r, NODE_LIST), **end = list ? &list->first : NULL;
    while (list && next_event(r)) {
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            return list;
        *end = build_value(r, depth + 1);
        if (!*end)
            return NULL;
        end = &(*end)->next;
        list->n++;
    }
    return NULL;
}

/* The key of `map` that the event is; NULL when it may not be one. */
static const char *build_key(yaml_reader *r, const config_node *map)
{
    char name[CONFIG_QUOTE_SIZE];
    if (r->event.type != YAML_SCALAR_EVENT) {
        refuse(r, "a key has to be a plain word");
        return NULL;
    }
    const char *key = scalar_text(r);
    if (!key)
        return NULL;
    const config_node *first = config_child(map, key);
    if (first && r->placed)
        refuse(r, "the key %s stands twice; first on line %d", config_quote(name, key),
               first->key_place.line);
    else if (first)
        refuse(r, "the key %s stands twice", config_quote(name, key));
    else if (map->n == CONFIG_KEYS_MOST)
        refuse(r, "a map with more than %d keys", CONFIG_KEYS_MOST);
    else
        return key;
    return NULL;
}

static config_node *build_map(yaml_reader *r, int depth)
{
    if (!is_bare(r, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag))
        return NULL;
    config_node *map = new_node(r, NODE_MAP);
    while (map && next_event(r)) {
        if (r->event.type == YAML_MAPPING_END_EVENT)
            return map;
        config_place key_place = event_place(r);
        const char *key = build_key(r, map);
        config_node *value = key && next_event(r) ? build_value(r, depth + 1) : NULL;
        if (!value)
            return NULL;
        value->key = key;
        value->key_place = key_place;
        config_append(map, value);
    }
    return NULL;
}

/* The node that begins with the event at hand. */
static config_node *build_value(yaml_reader *r, int depth)
{
    if (depth > CONFIG_DEPTH_MOST) {
        refuse(r, "nested more than %d deep", CONFIG_DEPTH_MOST);
        return NULL;
    }
    switch (r->event.type) {
    case YAML_SCALAR_EVENT: return build_scalar(r);
    case YAML_SEQUENCE_START_EVENT: return build_list(r, depth);
    case YAML_MAPPING_START_EVENT: return build_map(r, depth);
    default: break; /* an alias: nothing else can begin a node */
    }
    refuse(r, "an alias (*name): a config has no aliases; write the value out, or put a text that "
              "begins with * in quotes");
    return NULL;
}

static config_node *build_document(yaml_reader *r)
{
    if (!next_event(r) || !next_event(r)) /* the stream's start, and the document's */
        return NULL;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return new_node(r, NODE_NULL);
    config_node *root = next_event(r) ? build_value(r, 0) : NULL;
    if (!root || !next_event(r) || !next_event(r))
        return NULL;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return root;
    refuse(r, "a second document; a config is one");
    return NULL;
}

stint_status config_yaml_parse(ctx *c, arena *a, const char *origin, const char *text, size_t len,
                               bool placed, config_node **out)
{
    yaml_reader r = {
        .ctx = c, .arena = a, .origin = origin, .text = text, .len = len, .placed = placed};
    if (len > CONFIG_TEXT_MOST)
        return fail(c, STINT_EUSAGE, "%s: longer than a config may be (%d bytes)", origin,
                    CONFIG_TEXT_MOST);
    if (!yaml_parser_initialize(&r.parser))
        return fail(c, STINT_ENOMEM, "out of memory: reading %s", origin);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
    *out = build_document(&r);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return r.status;
}

config_node *config_child(const config_node *map, const char *key)
{
    for (config_node *n = map->first; n; n = n->next)
        if (strcmp(n->key, key) == 0)
            return n;
    return NULL;
}

void config_append(config_node *map, config_node *value)
{
    config_node **end = &map->first;
    while (*end)
        end = &(*end)->next;
    *end = value;
    map->n++;
}

/* --- scalars ------------------------------------------------------------------------------- */

static const char *skip_digits(const char *s)
{
    return s + strspn(s, "0123456789");
}

/* [-+] digits [. digits] [e [-+] digits], with a digit before or after the point */
static bool is_number_text(const char *s)
{
    s += *s == '-' || *s == '+';
    const char *whole = s;
    s = skip_digits(s);
    int64_t digits = s - whole;
    if (*s == '.') {
        const char *part = s + 1;
        s = skip_digits(part);
        digits += s - part;
    }
    if (digits == 0)
        return false;
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '-' || *s == '+';
        if (*s == '\0')
            return false;
        s = skip_digits(s);
    }
    return *s == '\0';
}

bool config_number(const config_node *n, double *out)
{
    if (n->kind != NODE_SCALAR || !is_number_text(n->text) || !str_parse_double(n->text, out))
        return false;
    *out += 0.0; /* -0 becomes 0 */
    return isfinite(*out);
}

bool config_is_word(const config_node *n, const char *word)
{
    return n->kind == NODE_SCALAR && strcmp(n->text, word) == 0;
}
