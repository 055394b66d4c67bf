#include "graph/profile.h"

#include "base/json.h"
#include "base/os/os.h"

/* Suspects one by one, and the report: as text for people, as JSON with the same facts. */

enum { SYMBOL_SIZE = 256 };

static profile *profile_of(const stint_context *ctx)
{
    const graph *g = ctx_attached(ctx);
    return g ? g->profile : NULL;
}

int stint_memory_suspects(stint_context *ctx)
{
    profile *p = profile_of(ctx);
    if (p && profile_suspect(p) == STINT_OK)
        return (int)p->suspects.n;
    (void)fail(ctx, STINT_EUSAGE, "memory: the profiler is off: call stint_memory_start");
    return -1;
}

stint_status stint_memory_suspect(stint_context *ctx, int i, stint_memory_leak *out)
{
    const profile *p = profile_of(ctx);
    if (!p || i < 0 || i >= p->suspects.n)
        return fail(ctx, STINT_EUSAGE, "memory: there is no suspect %d", i);
    const suspect *s = &p->suspects.at[i];
    const site *of = &p->sites.at[s->site];
    *out = (stint_memory_leak){.checkpoint = p->checkpoints.at[s->checkpoint].name,
                               .rises = s->rises,
                               .what = s->what,
                               .made_by = s->made_by,
                               .holder = s->holder,
                               .frames = of->frames};
    for (int k = 0; k < of->frames; k++)
        out->frame[k] = of->frame[k];
    return STINT_OK;
}

/* ---- text */

static void write_tags(const ctx *c, str *to)
{
    char live[STR_SIZE_SIZE], peak[STR_SIZE_SIZE];
    str_addf(to, "%-10s %12s %12s\n", "memory", "live", "peak");
    for (int i = 0; i < stint_memory_tags(); i++) {
        stint_memory_use u = stint_memory_tag(c, i);
        if (u.peak > 0)
            str_addf(to, "%-10s %12s %12s\n", u.tag, str_format_bytes(live, u.live),
                     str_format_bytes(peak, u.peak));
    }
}

static void write_checkpoints(const profile *p, str *to)
{
    char bytes[STR_SIZE_SIZE];
    for (int64_t i = 0; i < p->checkpoints.n; i++) {
        const checkpoint *k = &p->checkpoints.at[i];
        str_addf(to, "checkpoint \"%s\", %lld times: %lld tensors, %lld nodes, values of %s\n",
                 k->name, (long long)k->times, (long long)k->now.count[MEASURE_TENSORS],
                 (long long)k->now.count[MEASURE_NODES],
                 str_format_bytes(bytes, k->now.count[MEASURE_VALUES]));
    }
}

static void write_suspects(const profile *p, str *to)
{
    char symbol[SYMBOL_SIZE];
    str_addf(to, "suspected leaks: %lld\n", (long long)p->suspects.n);
    for (int64_t i = 0; i < p->suspects.n; i++) {
        const suspect *s = &p->suspects.at[i];
        const site *of = &p->sites.at[s->site];
        str_addf(to, "%lld. %s, more at %lld checkpoints \"%s\"\n   made by %s\n   held by %s\n",
                 (long long)i + 1, s->what, (long long)s->rises,
                 p->checkpoints.at[s->checkpoint].name, s->made_by, s->holder);
        for (int k = 0; k < of->frames; k++) {
            symbol_text(of->frame[k], symbol, sizeof symbol);
            str_addf(to, "     %2d %s\n", k, symbol);
        }
    }
}

static void write_text(const ctx *c, const profile *p, str *to)
{
    write_tags(c, to);
    if (!p) {
        str_add(to, "the profiler is off: no checkpoints, no suspects\n");
        return;
    }
    write_checkpoints(p, to);
    write_suspects(p, to);
}

/* ---- JSON */

static void emit_suspect(const profile *p, const suspect *s, json_out *j)
{
    const int64_t *count = p->counts.at + (int64_t)s->site * MEASURES;
    const site *of = &p->sites.at[s->site];
    char symbol[SYMBOL_SIZE];
    emit_object(j, NULL);
    emit_string(j, "checkpoint", p->checkpoints.at[s->checkpoint].name);
    emit_int(j, "rises", s->rises);
    emit_object(j, "live");
#define X(name, one, several) emit_int(j, several, count[MEASURE_##name]);
    MEASURE_LIST(X)
#undef X
    emit_object_end(j);
    emit_string(j, "made_by", s->made_by);
    emit_string(j, "held_by", s->holder);
    emit_array(j, "stack");
    for (int k = 0; k < of->frames; k++) {
        symbol_text(of->frame[k], symbol, sizeof symbol);
        emit_string(j, NULL, symbol);
    }
    emit_array_end(j);
    emit_object_end(j);
}

static void write_json(const ctx *c, const profile *p, str *to)
{
    json_out j = emit_begin(to, true);
    emit_object(&j, NULL);
    emit_bool(&j, "profiling", p != NULL);
    emit_array(&j, "memory");
    for (int i = 0; i < stint_memory_tags(); i++) {
        stint_memory_use u = stint_memory_tag(c, i);
        emit_object(&j, NULL);
        emit_string(&j, "tag", u.tag);
        emit_int(&j, "live", u.live);
        emit_int(&j, "peak", u.peak);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_array(&j, "checkpoints");
    for (int64_t i = 0; p && i < p->checkpoints.n; i++) {
        const checkpoint *k = &p->checkpoints.at[i];
        emit_object(&j, NULL);
        emit_string(&j, "name", k->name);
        emit_int(&j, "times", k->times);
        emit_int(&j, "bytes", k->now.bytes);
        emit_int(&j, "values", k->now.count[MEASURE_VALUES]);
        emit_int(&j, "tensors", k->now.count[MEASURE_TENSORS]);
        emit_int(&j, "nodes", k->now.count[MEASURE_NODES]);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_array(&j, "suspects");
    for (int64_t i = 0; p && i < p->suspects.n; i++)
        emit_suspect(p, &p->suspects.at[i], &j);
    emit_array_end(&j);
    emit_object_end(&j);
}

stint_status stint_memory_report(stint_context *ctx, stint_memory_format how, stint_text *out)
{
    static void (*const write[])(const stint_context *c, const profile *p, str *to) = {
        [STINT_MEMORY_TEXT] = write_text, [STINT_MEMORY_JSON] = write_json};
    profile *p = profile_of(ctx);
    if (how != STINT_MEMORY_TEXT && how != STINT_MEMORY_JSON)
        return fail(ctx, STINT_EUSAGE, "memory: report format %d", (int)how);
    if (p)
        TRY(profile_suspect(p));
    str text;
    str_init(&text, ctx, TAG_BASE);
    write[how](ctx, p, &text);
    return text_take(&text, out);
}
