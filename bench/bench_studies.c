#include "images.h"
#include "transformer.h"

#include "base/json.h"
#include "base/os/os.h"

/* Case studies: nets whose step does not fit a budget while it keeps everything, trained within it.
 *
 *     bench_studies FACTS.json TEXT --only CASE [flags of every benchmark]
 *
 * An iteration is a step.  FACTS.json gets what was planned, the losses, and by how much the
 * process grew, as the kernel has it: so a process runs one case.  TEXT is what the transformer
 * learns from. */

enum { CASES = 7, MIB = 1 << 20, MESSAGE_MOST = 512 };

static const study_how keep_all = {"keep-all", 1, STINT_F32, STINT_KEEP_ALL, 0, 0};

/* Of the transformer, each needs what is above it: with a part less no limit below would do.  The
 * blocks are its layers, nine heavy operations each.  Selective keeps convolutions, whose least is
 * 0.9 Gflop, and computes norms and activations again. */
static const struct {
    const study_net *net;
    study_how how;
} studies[CASES] = {
    {&transformer, {"keep-all", 1, STINT_F32, STINT_KEEP_ALL, 0, 0}},
    {&transformer, {"parts", 4, STINT_F32, STINT_KEEP_ALL, 0, 0}},
    {&transformer, {"narrow", 4, STINT_BF16, STINT_KEEP_ALL, 0, 0}},
    {&transformer, {"budget", 4, STINT_BF16, STINT_RECOMPUTE_BUDGET, 128 * MIB, 224 * MIB}},
    {&transformer, {"blocks", 4, STINT_BF16, STINT_RECOMPUTE_BLOCKS, 9, 176 * MIB}},
    {&images, {"keep-all", 1, STINT_F32, STINT_KEEP_ALL, 0, 0}},
    {&images, {"selective", 1, STINT_F32, STINT_RECOMPUTE_SELECTIVE, 500000000, 448 * MIB}},
};

typedef struct work {
    const study_net *net;
    const study_how *how;
    char name[64];
    bool open;
    study study;
    int64_t began, peak; /* resident bytes of the process */
    stint_plan_facts facts;
    char refused[MESSAGE_MOST]; /* why keeping all does not fit this case's limit */
} work;

static work works[CASES];
static text learnt;

/* --- what the kernel says ------------------------------------------------------------------ */

/* A line of /proc/self/status in bytes, -1 where there is none. */
static int64_t status_bytes(const char *key)
{
    char line[256];
    long long kib = -1;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && kib < 0 && fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0)
            (void)sscanf(line + strlen(key), ": %lld", &kib);
    if (f)
        fclose(f);
    return kib < 0 ? -1 : 1024 * kib;
}

/* --- cases --------------------------------------------------------------------------------- */

static stint_status from_engine(ctx *c, const work *w, stint_status s)
{
    const stint_context *engine = w->study.engine;
    return s == STINT_OK ? s : fail(c, s, "%s: %s", w->name, engine ? stint_message(engine) : "");
}

/* Keeping all within the limit is refused, with this message. */
static stint_status refuse(ctx *c, work *w)
{
    study_how how = keep_all;
    how.memory = w->how->memory;
    stint_status s = study_open(&w->study, w->net, &how, &learnt);
    if (s == STINT_OK)
        s = study_warm_up(&w->study);
    if (w->study.engine)
        snprintf(w->refused, sizeof w->refused, "%s", stint_message(w->study.engine));
    study_close(&w->study);
    return s == STINT_ENOMEM ? STINT_OK : fail(c, STINT_EFAIL, "%s: all is kept", w->name);
}

static stint_status prepare(ctx *c, void *self)
{
    work *w = self;
    if (w->open)
        return STINT_OK;
    if (w->net == &transformer && learnt.len == 0)
        return fail(c, STINT_EUSAGE, "%s: FACTS.json and TEXT come first", w->name);
    w->open = true;
    w->began = status_bytes("VmRSS");
    if (w->how->memory)
        TRY(refuse(c, w));
    TRY(from_engine(c, w, study_open(&w->study, w->net, w->how, &learnt)));
    TRY(from_engine(c, w, study_warm_up(&w->study)));
    return from_engine(c, w, stint_fn_facts(w->study.part, &w->facts));
}

static stint_status run(ctx *c, void *self)
{
    work *w = self;
    stint_status s = from_engine(c, w, study_step(&w->study));
    w->peak = status_bytes("VmHWM");
    return s;
}

static void make_cases(bench_case *cases)
{
    for (int i = 0; i < CASES; i++) {
        work *w = &works[i];
        *w = (work){.net = studies[i].net, .how = &studies[i].how};
        snprintf(w->name, sizeof w->name, "%s-%s", w->net->name, w->how->name);
        cases[i] = (bench_case){.name = w->name,
                                .run = run,
                                .before = prepare,
                                .self = w,
                                .warmup = 1,
                                .iterations = 20,
                                .items = 1,
                                .item = "step"};
    }
}

/* --- facts --------------------------------------------------------------------------------- */

static void emit_facts(json_out *j, const work *w)
{
    const study *s = &w->study;
    emit_object(j, w->name);
    emit_int(j, "limit", w->how->memory);
    emit_int(j, "planned_bytes", w->facts.planned_bytes);
    emit_double(j, "flops", w->facts.flops * w->how->parts);
    emit_int(j, "recomputed_nodes", w->facts.recomputed_nodes);
    emit_double(j, "recomputed_flops", w->facts.recomputed_flops * w->how->parts);
    emit_int(j, "grown", w->peak - w->began);
    emit_string(j, "refused", w->refused);
    emit_int(j, "steps", s->steps);
    emit_double(j, "first_loss", s->steps > 0 ? s->loss[0] : NAN);
    emit_double(j, "last_loss", s->steps > 0 ? s->loss[s->steps - 1] : NAN);
    emit_object_end(j);
}

static stint_status write_facts(ctx *c, const char *path)
{
    str all;
    str_init(&all, c, TAG_BASE);
    json_out j = emit_begin(&all, true);
    emit_object(&j, NULL);
    for (int i = 0; i < CASES; i++)
        if (works[i].peak > 0)
            emit_facts(&j, &works[i]);
    emit_object_end(&j);
    stint_status s = str_status(&all);
    if (s == STINT_OK)
        s = file_write_atomic(c, path, all.at, all.len);
    str_deinit(&all);
    return s;
}

static stint_status read_text(ctx *c, const char *path, str *into)
{
    TRY(file_read(c, path, into));
    learnt = (text){into->at, (int64_t)into->len};
    if (learnt.len < 2 * TRANSFORMER_TIME)
        return fail(c, STINT_EDATA, "%s: a text of %lld characters is short", path,
                    (long long)learnt.len);
    return STINT_OK;
}

int main(int argc, char **argv)
{
    static bench_case cases[CASES];
    ctx *c = stint_open(&(stint_options){.sink = bench_print_line});
    if (!c)
        return stint_status_exit(STINT_ENOMEM);
    str characters;
    str_init(&characters, c, TAG_BASE);
    bool asked = argc > 1 && argv[1][0] == '-'; /* --help, --list */
    stint_status s = STINT_OK;
    if (!asked)
        s = argc > 2 ? read_text(c, argv[2], &characters)
                     : fail(c, STINT_EUSAGE, "usage: %s FACTS.json TEXT [flags]", argv[0]);
    int skip = asked ? 0 : 2, code = stint_status_exit(s);
    make_cases(cases);
    if (code == 0) {
        argv[skip] = argv[0];
        code = bench_main(argc - skip, argv + skip, cases, CASES);
    }
    if (code == 0 && !asked)
        code = stint_status_exit(write_facts(c, argv[1]));
    for (int i = 0; i < CASES; i++)
        study_close(&works[i].study);
    if (*stint_message(c))
        fprintf(stderr, "%s\n", stint_message(c));
    str_deinit(&characters);
    stint_close(c);
    return code;
}
