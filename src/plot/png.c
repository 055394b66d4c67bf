#include "plot/canvas.h"

#include <png.h>
#include <setjmp.h>

/* A PNG straight from the surface: libpng drops the unused byte of each pixel on the way.
 * Level 3 and no filter: flat areas and thin lines gain nothing from filtering, and it is
 * what takes the time.  No time stamp, so equal pictures are equal files. */

enum { PNG_LEVEL = 3 };

/* Where the file goes, and whether libpng gave up; the context has its message. */
typedef struct png_target {
    ctx *ctx;
    str *out;
    bool failed;
} png_target;

static png_voidp png_alloc(png_structp p, png_alloc_size_t n)
{
    return mem_alloc((ctx *)png_get_mem_ptr(p), TAG_PLOT, n);
}

static void png_release(png_structp p, png_voidp block)
{
    (void)p;
    mem_free(block);
}

static void png_fail(png_structp p, png_const_charp message)
{
    png_target *t = png_get_error_ptr(p);
    fail(t->ctx, STINT_EFAIL, "plot: png: %s", message);
    t->failed = true;
    longjmp(png_jmpbuf(p), 1);
}

static void png_quiet(png_structp p, png_const_charp message)
{
    (void)p;
    (void)message;
}

static void png_append(png_structp p, png_bytep bytes, size_t n)
{
    str_add_bytes(((png_target *)png_get_io_ptr(p))->out, bytes, n);
}

static void png_keep(png_structp p)
{
    (void)p;
}

static void png_body(png_structp p, png_infop info, const canvas *v)
{
    png_set_IHDR(p, info, (png_uint_32)v->width, (png_uint_32)v->height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    /* so that printing programs take it for what it is: 96 CSS pixels an inch */
    png_uint_32 per_metre = (png_uint_32)(96 * v->zoom / 0.0254 + 0.5);
    png_set_pHYs(p, info, per_metre, per_metre, PNG_RESOLUTION_METER);
    png_write_info(p, info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    png_set_bgr(p);
    png_set_filler(p, 0, PNG_FILLER_AFTER);
#else
    png_set_filler(p, 0, PNG_FILLER_BEFORE);
#endif
    for (int y = 0; y < v->height; ++y)
        png_write_row(p, v->pixels + (size_t)y * (size_t)v->stride);
    png_write_end(p, NULL);
}

stint_status canvas_png(const canvas *v, str *out)
{
    png_target target = {v->ctx, out, false};
    cairo_surface_flush(v->surface);
    png_structp p = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &target, png_fail, png_quiet,
                                              v->ctx, png_alloc, png_release);
    png_infop info = p ? png_create_info_struct(p) : NULL;
    if (!info) {
        png_destroy_write_struct(&p, NULL);
        return fail(v->ctx, STINT_ENOMEM, "plot: no memory for writing a PNG");
    }
    /* nothing local changes after this line, so that a jump finds it as it was */
    if (setjmp(png_jmpbuf(p)) == 0) {
        png_set_write_fn(p, &target, png_append, png_keep);
        png_set_compression_level(p, PNG_LEVEL);
        png_set_filter(p, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
        png_body(p, info, v);
    }
    png_destroy_write_struct(&p, &info);
    return target.failed ? ctx_status(v->ctx) : str_status(out);
}
