#include "train/flow_impl.h"

#include <math.h>

/* The account as a picture: for each probe a strip of its history over steps, left to right, its
 * last value and what is wrong with it; the health above, advice below.
 *
 *     Gradient flow        steps 0 to 990              ( health 0.42 poor )
 *     0 linear  gradient norm  ▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓   1.2e-07  vanishing
 *     …
 *     1e-9 ░░▒▒▓▓██ 1e+5    0 % ░▒▓█ 100 %
 *     0 linear: vanishing, severity 0.36: … */

enum {
    WIDTH = 960,
    MARGIN = 24,
    HEAD = 78,
    ROW = 22,
    STRIP = 250, /* where strips begin */
    STRIP_WIDTH = 500,
    VALUE = STRIP + STRIP_WIDTH + 78, /* where values end */
    LEGEND = 54,
    ADVICE_MOST = 8, /* findings that are told */
    SHADES = 48
};

/* Colours of a scale at its stops, between which they are mixed. */
typedef struct stop {
    double at;
    unsigned char r, g, b;
} stop;
static const stop norm_stops[] = {{-9, 49, 32, 108},   {-6, 84, 104, 190}, {-4, 141, 186, 214},
                                  {-2, 208, 232, 214}, {0, 246, 240, 190}, {1, 247, 199, 106},
                                  {2, 231, 116, 62},   {5, 150, 24, 36}};
static const stop share_stops[] = {
    {0, 232, 241, 230}, {0.3, 244, 205, 110}, {0.6, 226, 118, 66}, {1, 150, 24, 36}};

static const struct {
    const stop *stop;
    int n;
} scales[FLOW_MEASURES] = {
    [FLOW_NORM] = {norm_stops, sizeof norm_stops / sizeof *norm_stops},
    [FLOW_DEAD] = {share_stops, sizeof share_stops / sizeof *share_stops},
    [FLOW_SATURATED] = {share_stops, sizeof share_stops / sizeof *share_stops},
};

static double lowest(flow_measure m)
{
    return scales[m].stop[0].at;
}

static double highest(flow_measure m)
{
    return scales[m].stop[scales[m].n - 1].at;
}

/* One of SHADES steps of the scale, so that equal neighbours can be drawn as one. */
static int shade_of(flow_measure m, double value)
{
    double part = (value - lowest(m)) / (highest(m) - lowest(m));
    return (int)lround(fmin(fmax(part, 0), 1) * (SHADES - 1));
}

static void add_colour(flow_measure m, int shade, str *out)
{
    double at = lowest(m) + (highest(m) - lowest(m)) * shade / (SHADES - 1);
    const stop *s = scales[m].stop;
    while (s + 2 < scales[m].stop + scales[m].n && at > s[1].at)
        s++;
    double t = fmin(fmax((at - s->at) / (s[1].at - s->at), 0), 1);
    str_addf(out, "#%02x%02x%02x", (unsigned)lround(s->r + t * (s[1].r - s->r)),
             (unsigned)lround(s->g + t * (s[1].g - s->g)),
             (unsigned)lround(s->b + t * (s[1].b - s->b)));
}

static void add_rectangle(flow_measure m, int shade, double x, double y, double wide, double high,
                          str *out)
{
    str_addf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"", x, y, wide,
             high);
    add_colour(m, shade, out);
    str_add(out, "\"/>\n");
}

/* anchor: "start", "middle", "end" */
static void add_text(double x, double y, const char *class, const char *anchor, const char *text,
                     str *out)
{
    str_addf(out, "<text x=\"%.2f\" y=\"%.2f\" class=\"%s\" text-anchor=\"%s\">%s</text>\n", x, y,
             class, anchor, text);
}

/* ---- parts ---- */

static void add_head(const flow *f, str *out)
{
    double health = flow_health(f);
    const char *fill = health >= 0.8 ? "#3f8f55" : health >= 0.5 ? "#c98a1b" : "#b23a34";
    char text[96];
    add_text(MARGIN, 40, "title", "start", "Gradient flow", out);
    if (f->last_step >= 0) {
        str_print(text, sizeof text, "steps %lld to %lld", (long long)f->first_step,
                  (long long)f->last_step);
        add_text(MARGIN, 60, "quiet", "start", text, out);
    }
    str_addf(out, "<rect x=\"%d\" y=\"22\" width=\"172\" height=\"32\" rx=\"16\" fill=\"%s\"/>\n",
             WIDTH - MARGIN - 172, fill);
    str_print(text, sizeof text, "health %.2f, %s", health, flow_verdict(health));
    add_text(WIDTH - MARGIN - 86, 43, "badge", "middle", text, out);
}

static void add_strip(const flow_probe *p, double y, str *out)
{
    const flow_account *a = &p->account;
    int64_t n = flow_account_points(a);
    double wide = STRIP_WIDTH / fmax((double)n, 1);
    for (int64_t i = 0, end; i < n; i = end) {
        int shade = shade_of(p->measure, a->history[i]);
        for (end = i + 1; end < n && shade_of(p->measure, a->history[end]) == shade;)
            end++;
        add_rectangle(p->measure, shade, STRIP + wide * (double)i, y, wide * (double)(end - i),
                      ROW - 4, out);
    }
}

static void add_row(const flow_probe *p, double y, str *out)
{
    flow_finding found = flow_find(p);
    char label[FLOW_LABEL_SIZE], value[FLOW_VALUE_SIZE];
    flow_label(p, label);
    flow_value(p->measure, p->account.last, value);
    add_text(MARGIN, y + 13, "label", "start", label, out);
    add_text(STRIP - 12, y + 13, "quiet", "end", flow_names[p->measure].title, out);
    add_strip(p, y, out);
    if (p->account.n > 0)
        add_text(VALUE, y + 13, "label", "end", value, out);
    if (found.kind)
        add_text(VALUE + 14, y + 13, "ill", "start", found.kind, out);
}

/* A scale from x on: its ends and its limits are told. */
static void add_scale(flow_measure m, double x, double y, double wide, const double *tick, int n,
                      str *out)
{
    char text[FLOW_VALUE_SIZE];
    for (int i = 0; i < SHADES; i++) /* over one another by a little, so that no seam shows */
        add_rectangle(m, i, x + wide * i / SHADES, y, wide / SHADES + (i + 1 < SHADES ? 0.5 : 0),
                      10, out);
    for (int i = 0; i < n; i++) {
        double at = x + wide * (tick[i] - lowest(m)) / (highest(m) - lowest(m));
        if (m == FLOW_NORM)
            str_print(text, sizeof text, "1e%+.0f", tick[i]);
        else
            flow_value(m, tick[i], text);
        add_text(at, y + 24, "quiet", "middle", text, out);
    }
}

static void add_legend(double y, str *out)
{
    static const double norms[] = {-9, -6, -4, -2, 0, 2, 5}, shares[] = {0, FLOW_SHARE, 0.6, 1};
    add_scale(FLOW_NORM, STRIP, y, 290, norms, sizeof norms / sizeof *norms, out);
    add_scale(FLOW_DEAD, STRIP + 360, y, 140, shares, sizeof shares / sizeof *shares, out);
}

static void add_advice(const flow *f, const int *order, int n, double y, str *out)
{
    char label[FLOW_LABEL_SIZE], line[FLOW_LABEL_SIZE + 64];
    for (int i = 0; i < n; i++, y += 2 * 19) {
        const flow_probe *p = &f->probes.at[order[i]];
        flow_finding found = flow_find(p);
        flow_label(p, label);
        str_print(line, sizeof line, "%s: %s, severity %.2f", label, found.kind, found.severity);
        add_text(MARGIN, y, "ill", "start", line, out);
        add_text(MARGIN + 16, y + 17, "label", "start", found.advice, out);
    }
}

/* ---- the picture ---- */

static const char style[] =
    "<style>text{font-family:system-ui,'DejaVu Sans',sans-serif;font-size:12.5px;fill:#23282f}"
    ".title{font-size:20px;font-weight:600}.quiet{font-size:11px;fill:#68707c}"
    ".ill{font-weight:600;fill:#b23a34}.badge{font-size:14px;font-weight:600;fill:#fff}</style>\n";

static void add_picture(const flow *f, const int *order, int ill, str *out)
{
    int told = ill < ADVICE_MOST ? ill : ADVICE_MOST;
    double legend = HEAD + (double)ROW * (double)f->probes.n + 14, advice = legend + LEGEND;
    double high = advice + 38.0 * told + (ill > told ? 19 : 0) + (ill ? 4 : -12);
    str_addf(out,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" viewBox=\"0 0 "
             "%d %.0f\">\n",
             WIDTH, high, WIDTH, high);
    str_add(out, style);
    str_addf(out, "<rect width=\"%d\" height=\"%.0f\" fill=\"#fff\"/>\n", WIDTH, high);
    add_head(f, out);
    for (int64_t i = 0; i < f->probes.n; i++)
        add_row(&f->probes.at[i], HEAD + ROW * (double)i, out);
    add_legend(legend, out);
    add_advice(f, order, told, advice, out);
    if (ill > told) {
        char more[64];
        str_print(more, sizeof more, "and %d more", ill - told);
        add_text(MARGIN, advice + 38.0 * told, "quiet", "start", more, out);
    }
    str_add(out, "</svg>\n");
}

void flow_write_svg(const flow *f, str *out)
{
    int *order = mem_new(f->ctx, TAG_BASE, int, f->probes.n + 1);
    if (order)
        add_picture(f, order, flow_worst(f, order), out);
    out->failed |= !order;
    mem_free(order);
}
