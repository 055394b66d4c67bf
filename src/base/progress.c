#include "base/progress.h"

#include "base/os/os.h"

#include <stdio.h>
#include <string.h>

static const double visible_after = 2, line_every = 5, bar_every = 0.1; /* seconds */
enum { BAR_WIDTH = 30 };

static bool wants_bar(const progress *p)
{
    const stint_options *o = ctx_options(p->ctx);
    return o->progress == STINT_PROGRESS_BAR || (o->progress == STINT_PROGRESS_AUTO && o->terminal);
}

void progress_begin(progress *p, ctx *c, const char *what, int64_t total)
{
    double now = clock_seconds();
    *p = (progress){.ctx = c, .what = what, .started = now, .shown = now, .total = total};
}

static double fraction_of(const progress *p, int64_t done)
{
    if (p->total <= 0)
        return 0;
    double f = (double)done / (double)p->total;
    return f < 0 ? 0 : f > 1 ? 1 : f;
}

/* "45%, 1 min 20 s left"; work not begun has no estimate */
static void describe(const progress *p, double fraction, double elapsed, char *out, size_t size)
{
    char left[STR_SIZE_SIZE];
    int percent = (int)(100 * fraction);
    if (fraction > 0)
        snprintf(out, size, "%3d%%, %s left", percent,
                 str_format_seconds(left, elapsed / fraction - elapsed));
    else if (p->total > 0)
        snprintf(out, size, "%3d%%", percent);
    else
        snprintf(out, size, "%s so far", str_format_seconds(left, elapsed));
}

static void show_bar(const progress *p, double fraction, const char *text)
{
    char bar[BAR_WIDTH + 1], line[256];
    int filled = (int)(fraction * BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    memset(bar + filled, '.', (size_t)(BAR_WIDTH - filled));
    bar[BAR_WIDTH] = '\0';
    snprintf(line, sizeof line, "%s [%s] %s", p->what, bar, text);
    log_transient(p->ctx, line);
}

void progress_at(progress *p, int64_t done)
{
    bool bar = wants_bar(p);
    double now = clock_seconds(), elapsed = now - p->started;
    bool is_due =
        p->visible ? now - p->shown >= (bar ? bar_every : line_every) : elapsed >= visible_after;
    if (ctx_options(p->ctx)->progress == STINT_PROGRESS_NONE || !is_due)
        return;
    p->visible = true;
    p->shown = now;
    char text[64];
    double fraction = fraction_of(p, done);
    describe(p, fraction, elapsed, text, sizeof text);
    if (bar)
        show_bar(p, fraction, text);
    else
        log_line(p->ctx, "%s: %s", p->what, text + strspn(text, " "));
}

void progress_end(progress *p)
{
    char took[STR_SIZE_SIZE];
    if (p->visible)
        log_line(p->ctx, "%s: done in %s", p->what,
                 str_format_seconds(took, clock_seconds() - p->started));
    p->visible = false;
}
