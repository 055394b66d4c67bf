#include "model/net_fit_impl.h"

#include "train/reuse.h"

/* A net, its samples and its trainer over one pack. */

static stint_status check_spec(ctx *c, const net_spec *spec, const net_data *d, const pack *p)
{
    if (p->features + p->bits != d->features || p->kind != d->kind || p->outputs != d->outputs)
        return fail(c, STINT_EUSAGE, "net: the packed rows are those of another table");
    if (p->n_train < 1)
        return fail(c, STINT_EDATA, "net: there are no rows to train on");
    if (spec->window > 0 && spec->image[0] > 0)
        return fail(c, STINT_EUSAGE, "net: samples are windows or images, not both");
    return STINT_OK;
}

static stint_status copy_spec(net_fit *f, const net_spec *spec, const table *t)
{
    f->spec = *spec;
    f->spec.class = arena_strdup(&f->arena, spec->class ? spec->class : "net");
    f->spec.layers = f->spec.smooth = NULL; /* the net can tell */
    f->spec.trainer = (stint_trainer_settings){0};
    f->series = arena_strdup(&f->arena, t->series ? t->series : "");
    TRY(net_zero_of(t, &f->arena, &f->zero));
    return f->spec.class && f->series ? STINT_OK : STINT_ENOMEM;
}

stint_trainer *net_trainer_new(ctx *c, const net_spec *spec, target_kind kind, stint_net *net,
                               const net_rows *train, const net_rows *validation)
{
    stint_trainer_settings s = spec->trainer;
    s.loss = s.loss ? s.loss : net_loss_of(kind);
    return stint_trainer_new(c, net, &train->samples, validation->n ? &validation->samples : NULL,
                             &s);
}

static stint_status fit_open(net_fit *f, const net_spec *spec, const table *t, const pack *p)
{
    int64_t shape[STINT_AXES] = {0};
    TRY(check_spec(f->ctx, spec, &f->data, p));
    TRY(copy_spec(f, spec, t));
    TRY(net_fit_rows(f->ctx, spec, p, f->zero, &f->train, &f->validation));
    net_rows_ready(&f->train);
    net_rows_ready(&f->validation);
    TRY(net_build(f->ctx, spec, &f->data, false, &f->net));
    f->batch = net_forward_batch(spec);
    int axes = net_spec_shape(spec, &f->data, shape);
    TRY(net_forward_new(f->ctx, f->net, f->batch, axes, shape, net_data_width(&f->data),
                        &f->forward));
    f->trainer = net_trainer_new(f->ctx, spec, f->data.kind, f->net, &f->train, &f->validation);
    return f->trainer ? STINT_OK : ctx_status(f->ctx) ? ctx_status(f->ctx) : STINT_ENOMEM;
}

stint_status net_fit_open(ctx *c, const net_spec *spec, const table *t, const pack *p,
                          net_fit **out)
{
    net_fit *f = *out = mem_new(c, TAG_MODEL, net_fit, 1);
    if (!f)
        return STINT_ENOMEM;
    f->ctx = c;
    f->data = net_data_of(t);
    f->pack = p;
    arena_init(&f->arena, c, TAG_MODEL);
    stint_status s = fit_open(f, spec, t, p);
    if (s != STINT_OK) {
        net_fit_close(f);
        *out = NULL;
    }
    return s;
}

void net_fit_close(net_fit *f)
{
    if (!f)
        return;
    stint_trainer_free(f->trainer);
    net_forward_free(&f->forward);
    stint_net_free(f->net);
    arena_deinit(&f->arena);
    mem_free(f);
}

stint_status net_fit_renew(net_fit *f, const net_spec *spec, const pack *p)
{
    f->pack = p;
    f->spec.params = spec->params;
    f->spec.values = spec->values;
    f->spec.seed = spec->seed;
    TRY(net_fit_rows(f->ctx, spec, p, f->zero, &f->train, &f->validation));
    net_rows_ready(&f->train);
    net_rows_ready(&f->validation);
    return train_reuse(f->trainer, &f->train.samples,
                       f->validation.n ? &f->validation.samples : NULL,
                       net_spec_optimiser_setting(spec, "learning_rate"), spec->seed);
}

stint_net *net_fit_net(net_fit *f)
{
    return f->net;
}

stint_trainer *net_fit_trainer(net_fit *f)
{
    return f->trainer;
}

int64_t net_fit_train_rows(const net_fit *f)
{
    return f->train.n;
}

int64_t net_fit_validation_rows(const net_fit *f)
{
    return f->validation.n;
}

stint_status net_fit_run(net_fit *f)
{
    return stint_trainer_run(f->trainer);
}

stint_status net_fit_predict(net_fit *f, const int64_t *rows, int64_t n, double *out,
                             int64_t column_stride)
{
    net_forward *w = &f->forward;
    for (int64_t from = 0; from < n; from += w->batch) {
        int64_t some = n - from < w->batch ? n - from : w->batch;
        for (int64_t i = 0; i < some; i++)
            net_sample_read(&f->train, rows[from + i], w->x + i * w->floats);
        TRY(net_forward_run(w));
        net_decode(&f->data, f->pack->y_shift, f->pack->y_scale, w->y, some, out + from,
                   column_stride);
    }
    return STINT_OK;
}
