#include "data/xlsx_xml.h"

#include <string.h>

enum {
    PIECE = 64 << 10,
    BLOCK_MOST = 4 << 20, /* of expat's memory: it keeps a tag whole, and tables of all names */
};

/* --- expat's memory ----------------------------------------------------------------------- */

/* Expat's allocator has no argument for whom to charge, so it is set around each call. */
static _Thread_local ctx *charged;
static _Thread_local bool too_large;

static bool block_fits(size_t bytes)
{
    too_large = too_large || bytes > BLOCK_MOST;
    return bytes <= BLOCK_MOST;
}

static void *expat_alloc(size_t bytes)
{
    return block_fits(bytes) ? mem_alloc(charged, TAG_LIBRARY, bytes) : NULL;
}

static void *expat_resize(void *block, size_t bytes)
{
    return block_fits(bytes) ? mem_resize(charged, TAG_LIBRARY, block, bytes) : NULL;
}

static const XML_Memory_Handling_Suite expat_memory = {expat_alloc, expat_resize, mem_free};

static void charge(ctx *c)
{
    charged = c;
    too_large = false;
}

/* --- failure ------------------------------------------------------------------------------ */

/* The first one stops the parser; what it still calls on its way out is ignored. */
static void stop(xml_reader *x, stint_status s)
{
    if (x->status != STINT_OK)
        return;
    x->status = s;
    x->api->StopParser(x->parser, XML_FALSE);
}

static void refuse(xml_reader *x, const char *why)
{
    stop(x, fail(x->ctx, STINT_EDATA, "%s: %s:%lu: %s", x->part.of->path, x->part.name,
                 (unsigned long)x->api->GetCurrentLineNumber(x->parser), why));
}

static stint_status broken(xml_reader *x)
{
    enum XML_Error code = x->api->GetErrorCode(x->parser);
    unsigned long line = (unsigned long)x->api->GetCurrentLineNumber(x->parser);
    const char *path = x->part.of->path, *part = x->part.name;
    if (x->status != STINT_OK)
        return x->status;
    if (code == XML_ERROR_NO_MEMORY && too_large)
        return x->status = fail(x->ctx, STINT_EDATA,
                                "%s: %s:%lu: a tag is larger than any of a workbook: save the "
                                "workbook again",
                                path, part, line);
    if (code == XML_ERROR_NO_MEMORY)
        return x->status = fail(x->ctx, STINT_ENOMEM, "%s: %s:%lu: not enough memory to parse it",
                                path, part, line);
    return x->status =
               fail(x->ctx, STINT_EDATA,
                    "%s: %s:%lu: not well-formed XML (%s): the file is damaged; save the workbook "
                    "again",
                    path, part, line, x->api->ErrorString(code));
}

/* --- elements ----------------------------------------------------------------------------- */

static const char *local_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

static int find_rule(const xml_reader *x, const char *name)
{
    int parent = x->depth ? x->now : XML_ROOT;
    const char *local = local_name(name);
    for (int i = 0; i < x->n_rules; i++)
        if (x->rules[i].parent == parent && strcmp(x->rules[i].name, local) == 0)
            return i;
    return -1;
}

static void skip_element(xml_reader *x, const char *name)
{
    char why[128];
    if (x->depth == 0) {
        snprintf(why, sizeof why, "<%.32s> stands where <%s> belongs: save the workbook again",
                 name, x->rules[0].name);
        refuse(x, why);
    }
    if (x->depth + ++x->skipped_depth > XML_DEPTH_MOST)
        refuse(x, "elements are nested deeper than in any workbook: save the workbook again");
}

static void on_start(void *self, const char *name, const char **attributes)
{
    xml_reader *x = self;
    if (x->status != STINT_OK)
        return;
    int rule = x->skipped_depth ? -1 : find_rule(x, name);
    if (rule < 0) {
        skip_element(x, name);
        return;
    }
    /* rules are no deeper than their number */
    x->rule[x->depth++] = x->now;
    x->now = rule;
    if (x->rules[rule].start) {
        stint_status s = x->rules[rule].start(x->self, attributes);
        if (s != STINT_OK)
            stop(x, s);
    }
}

static void on_end(void *self, const char *name)
{
    xml_reader *x = self;
    (void)name;
    if (x->status != STINT_OK)
        return;
    if (x->skipped_depth) {
        x->skipped_depth--;
        return;
    }
    const xml_rule *rule = &x->rules[x->now];
    x->now = x->rule[--x->depth];
    if (rule->end) {
        stint_status s = rule->end(x->self);
        if (s != STINT_OK)
            stop(x, s);
    }
}

static void on_text(void *self, const char *bytes, int n)
{
    xml_reader *x = self;
    if (x->status != STINT_OK || x->skipped_depth || !x->depth || !x->rules[x->now].text)
        return;
    stint_status s = x->rules[x->now].text(x->self, bytes, n);
    if (s != STINT_OK)
        stop(x, s);
}

static void on_doctype(void *self, const char *name, const char *system_id, const char *public_id,
                       int has_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_subset;
    refuse(self, "a DOCTYPE, which no workbook has: the file is made to harm");
}

/* --- reading ------------------------------------------------------------------------------ */

stint_status xml_open(xml_reader *x, archive *a, const char *part, const xml_rule *rules,
                      int n_rules, void *self)
{
    *x = (xml_reader){.ctx = a->ctx, .rules = rules, .n_rules = n_rules, .self = self};
    x->now = XML_ROOT;
    TRY(part_open(a, part, &x->part));
    x->api = xml_load(a->ctx);
    if (!x->api)
        return ctx_status(a->ctx);
    charge(a->ctx);
    x->parser = x->api->ParserCreate_MM(NULL, &expat_memory, NULL);
    if (!x->parser)
        return fail(a->ctx, STINT_ENOMEM, "not enough memory for an XML parser");
    x->api->SetUserData(x->parser, x);
    x->api->SetElementHandler(x->parser, on_start, on_end);
    x->api->SetCharacterDataHandler(x->parser, on_text);
    x->api->SetStartDoctypeDeclHandler(x->parser, on_doctype);
    return STINT_OK;
}

void xml_close(xml_reader *x)
{
    if (x->parser)
        x->api->ParserFree(x->parser);
    x->parser = NULL;
    part_close(&x->part);
}

void xml_pause(xml_reader *x)
{
    if (x->status == STINT_OK)
        x->api->StopParser(x->parser, XML_TRUE);
}

stint_status xml_advance(xml_reader *x)
{
    XML_ParsingStatus now;
    enum XML_Status parsed;
    if (x->status != STINT_OK || x->done)
        return x->status;
    charge(x->ctx);
    if (x->paused) {
        parsed = x->api->ResumeParser(x->parser);
    } else {
        int n = 0;
        void *room = x->api->GetBuffer(x->parser, PIECE);
        if (!room)
            return broken(x);
        x->status = part_read(&x->part, room, PIECE, &n);
        if (x->status != STINT_OK)
            return x->status;
        parsed = x->api->ParseBuffer(x->parser, n, n == 0);
    }
    if (parsed == XML_STATUS_ERROR)
        return broken(x);
    x->api->GetParsingStatus(x->parser, &now);
    x->paused = now.parsing == XML_SUSPENDED;
    x->done = now.parsing == XML_FINISHED;
    return x->status;
}

stint_status xml_read(archive *a, const char *part, const xml_rule *rules, int n_rules, void *self)
{
    xml_reader x;
    stint_status s = xml_open(&x, a, part, rules, n_rules, self);
    while (s == STINT_OK && !x.done)
        s = xml_advance(&x);
    xml_close(&x);
    return s;
}

/* --- values ------------------------------------------------------------------------------- */

const char *xml_attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

const char *xml_qualified(const char **attributes, const char *wanted)
{
    for (; *attributes; attributes += 2)
        if (strchr(attributes[0], ':') && strncmp(attributes[0], "xmlns:", 6) != 0 &&
            strcmp(local_name(attributes[0]), wanted) == 0)
            return attributes[1];
    return NULL;
}

bool xml_true(const char *value)
{
    return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

bool xml_integer(const char *text, int64_t most, int64_t *out)
{
    int64_t x = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && x <= most; p++)
        x = 10 * x + (*p - '0');
    *out = x;
    return p > text && !*p && x <= most;
}
