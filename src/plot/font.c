#include "plot/canvas.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_MODULE_H
#include FT_OUTLINE_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Text as outlines: FreeType reads the glyphs unscaled and unhinted, Cairo fills them.
 * So neither fontconfig nor Cairo's process-wide font caches are touched: a picture's text
 * costs no start-up, keeps no memory, and has the same bytes on every thread. */

struct font {
    ctx *ctx;
    struct FT_MemoryRec_ memory; /* FreeType's allocations, charged to TAG_PLOT */
    FT_Library library;
    FT_Face face;
    bool starved; /* an allocation failed, and the context has the message */
};

#define FONT_DIR "/usr/share/fonts/truetype/dejavu"

static void *font_alloc(FT_Memory m, long size)
{
    font *f = m->user;
    void *block = mem_alloc(f->ctx, TAG_PLOT, (size_t)size);
    f->starved |= !block;
    return block;
}

static void font_free(FT_Memory m, void *block)
{
    (void)m;
    mem_free(block);
}

static void *font_realloc(FT_Memory m, long had, long size, void *block)
{
    (void)had;
    font *f = m->user;
    void *grown = mem_resize(f->ctx, TAG_PLOT, block, (size_t)size);
    f->starved |= !grown;
    return grown;
}

static bool font_load(font *f, const char *path)
{
    f->memory = (struct FT_MemoryRec_){f, font_alloc, font_free, font_realloc};
    if (FT_New_Library(&f->memory, &f->library) != 0) {
        f->library = NULL;
        return false;
    }
    FT_Add_Default_Modules(f->library);
    return FT_New_Face(f->library, path, 0, &f->face) == 0;
}

stint_status font_open(ctx *c, const char *file, font **out)
{
    *out = NULL;
    const char *dir = getenv("STINT_FONT_DIR");
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", dir && *dir ? dir : FONT_DIR, file);
    if (access(path, R_OK) != 0)
        return STINT_OK;
    font *f = mem_new(c, TAG_PLOT, font, 1);
    if (!f)
        return STINT_ENOMEM;
    f->ctx = c;
    if (font_load(f, path)) {
        *out = f;
        return STINT_OK;
    }
    bool starved = f->starved;
    font_close(f);
    return starved ? STINT_ENOMEM : STINT_OK;
}

void font_close(font *f)
{
    if (!f)
        return;
    if (f->face)
        FT_Done_Face(f->face);
    if (f->library)
        FT_Done_Library(f->library);
    mem_free(f);
}

/* The next code point of UTF-8 text, U+FFFD for a byte that starts none; 0 at the end. */
static unsigned long utf8_next(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    if (*p == 0)
        return 0;
    int more = *p < 0x80                 ? 0
               : *p >= 0xc2 && *p < 0xe0 ? 1
               : *p >= 0xe0 && *p < 0xf0 ? 2
               : *p >= 0xf0 && *p < 0xf5 ? 3
                                         : -1;
    unsigned long code = more == 0 ? *p : *p & (0x3fu >> (more > 0 ? more : 0));
    for (int i = 1; i <= more; ++i) {
        if ((p[i] & 0xc0) != 0x80)
            more = -1;
        else
            code = code << 6 | (p[i] & 0x3fu);
    }
    *text += more < 0 ? 1 : more + 1;
    return more < 0 ? 0xfffd : code;
}

/* Visit each glyph with its pen position in font units; the total advance. */
typedef void glyph_visit(void *self, FT_Face face, FT_Pos pen);

static FT_Pos each_glyph(FT_Face face, const char *text, glyph_visit *visit, void *self)
{
    FT_Pos pen = 0;
    FT_UInt before = 0;
    for (unsigned long code; (code = utf8_next(&text)) != 0;) {
        FT_UInt glyph = FT_Get_Char_Index(face, code);
        FT_Vector kern = {0, 0};
        if (before && FT_HAS_KERNING(face))
            FT_Get_Kerning(face, before, glyph, FT_KERNING_UNSCALED, &kern);
        before = glyph;
        if (FT_Load_Glyph(face, glyph, FT_LOAD_NO_SCALE) != 0)
            continue;
        pen += kern.x;
        if (visit)
            visit(self, face, pen);
        pen += face->glyph->metrics.horiAdvance;
    }
    return pen;
}

double font_width(font *f, double size, const char *text)
{
    return (double)each_glyph(f->face, text, NULL, NULL) * size / f->face->units_per_EM;
}

/* An outline being drawn: font units → user space, y upwards → downwards. */
typedef struct tracer {
    cairo_t *cr;
    double x, y, unit; /* the glyph's origin, pixels per font unit */
} tracer;

static double tracer_x(const tracer *t, const FT_Vector *v)
{
    return t->x + t->unit * (double)v->x;
}

static double tracer_y(const tracer *t, const FT_Vector *v)
{
    return t->y - t->unit * (double)v->y;
}

static int trace_move(const FT_Vector *to, void *self)
{
    tracer *t = self;
    cairo_close_path(t->cr);
    cairo_move_to(t->cr, tracer_x(t, to), tracer_y(t, to));
    return 0;
}

static int trace_line(const FT_Vector *to, void *self)
{
    tracer *t = self;
    cairo_line_to(t->cr, tracer_x(t, to), tracer_y(t, to));
    return 0;
}

/* A quadratic curve as the cubic that it equals: controls at 2/3 of the way. */
static int trace_conic(const FT_Vector *control, const FT_Vector *to, void *self)
{
    tracer *t = self;
    double x0, y0, cx = tracer_x(t, control), cy = tracer_y(t, control);
    double x = tracer_x(t, to), y = tracer_y(t, to);
    cairo_get_current_point(t->cr, &x0, &y0);
    cairo_curve_to(t->cr, x0 + (cx - x0) * 2 / 3, y0 + (cy - y0) * 2 / 3, x + (cx - x) * 2 / 3,
                   y + (cy - y) * 2 / 3, x, y);
    return 0;
}

static int trace_cubic(const FT_Vector *a, const FT_Vector *b, const FT_Vector *to, void *self)
{
    tracer *t = self;
    cairo_curve_to(t->cr, tracer_x(t, a), tracer_y(t, a), tracer_x(t, b), tracer_y(t, b),
                   tracer_x(t, to), tracer_y(t, to));
    return 0;
}

static void trace_glyph(void *self, FT_Face face, FT_Pos pen)
{
    static const FT_Outline_Funcs funcs = {trace_move, trace_line, trace_conic, trace_cubic, 0, 0};
    tracer t = *(tracer *)self;
    t.x += t.unit * (double)pen;
    FT_Outline_Decompose(&face->glyph->outline, &funcs, &t);
    cairo_close_path(t.cr);
}

void font_path(font *f, cairo_t *cr, double size, double x, double y, const char *text)
{
    tracer t = {cr, x, y, size / f->face->units_per_EM};
    cairo_new_path(cr);
    each_glyph(f->face, text, trace_glyph, &t);
}
