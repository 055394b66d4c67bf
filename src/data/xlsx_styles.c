#include "data/xlsx_read_impl.h"

/* Which styles show numbers as dates, xl/styles.xml: a cell names a style, the style a number
 * format, which is built in or written out.  All else in the part is looks. */

enum { SHEET, FORMATS, FORMAT, STYLES, STYLE };

static stint_status on_format(void *self, const char **attributes)
{
    xlsx_styles *s = self;
    const char *id = xml_attribute(attributes, "numFmtId");
    const char *code = xml_attribute(attributes, "formatCode");
    int64_t number;
    if (!id || !code || !xml_integer(id, INT32_MAX, &number))
        return STINT_OK; /* no style can name it */
    bool added =
        map_add(&s->formats, (const char *)&number, sizeof number, date_format(code)) != NULL;
    return added ? STINT_OK : STINT_ENOMEM;
}

static stint_status on_style(void *self, const char **attributes)
{
    xlsx_styles *s = self;
    const char *id = xml_attribute(attributes, "numFmtId");
    int64_t number = 0;
    if (id && !xml_integer(id, INT32_MAX, &number))
        number = 0; /* General, as for those that name none */
    return vec_push(s->ctx, TAG_LIBRARY, &s->cells, (int32_t)number);
}

static stint_status on_end(void *self)
{
    xlsx_styles *s = self;
    for (int64_t i = 0; i < s->cells.n; i++) {
        int64_t id = s->cells.at[i];
        const map_entry *custom = map_find(&s->formats, (const char *)&id, sizeof id);
        TRY(vec_push(s->ctx, TAG_LIBRARY, &s->dates,
                     custom ? custom->value != 0 : date_format_builtin(id)));
    }
    return STINT_OK;
}

static const xml_rule rules[] = {
    [SHEET] = {"styleSheet", XML_ROOT, .end = on_end},
    [FORMATS] = {"numFmts", SHEET},
    [FORMAT] = {"numFmt", FORMATS, on_format},
    [STYLES] = {"cellXfs", SHEET},
    [STYLE] = {"xf", STYLES, on_style},
};

void styles_init(xlsx_styles *s, ctx *c)
{
    *s = (xlsx_styles){.ctx = c};
    map_init(&s->formats, c, TAG_LIBRARY);
}

void styles_deinit(xlsx_styles *s)
{
    map_deinit(&s->formats);
    vec_free(&s->cells);
    vec_free(&s->dates);
}

stint_status styles_read(xlsx_styles *s, archive *a, const char *part)
{
    return xml_read(a, part, rules, sizeof rules / sizeof *rules, s);
}
