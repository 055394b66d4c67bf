#include "model/net_recurrent.h"

/* Recurrent layers over a window; the last step's output is what the output layer sees.  With a
 * head every step has an output, smoothed over the window, of which the last counts. */

const char *const net_heads[] = {
    [NET_HEAD_NONE] = "none", [NET_HEAD_EMA] = "ema", [NET_HEAD_LOW_PASS] = "low_pass", NULL};

static void add_layer(json_out *j, const char *layer, int64_t size, bool norm, bool last)
{
    emit_object(j, NULL);
    emit_object(j, layer);
    emit_int(j, "hidden", size);
    emit_string(j, "returns", last ? "last" : "sequence");
    emit_bool(j, "layer_norm", norm);
    emit_object_end(j);
    emit_object_end(j);
}

stint_status net_recurrent_describe(const char *layer, const recurrent *p, json_out *layers,
                                    net_spec *out)
{
    int64_t sizes[NET_SIZES];
    int n = (int)p->layers;
    net_sizes(p->sizes, 4, n, sizes);
    for (int i = 0; i < n; i++) {
        bool last = i == n - 1 && p->head == NET_HEAD_NONE;
        add_layer(layers, layer, sizes[i], p->layer_norm != 0, last);
        if (i < n - 1)
            net_add_dropout(layers, p->dropout);
    }
    out->window = (int64_t)p->window;
    out->smooth = p->head == NET_HEAD_EMA        ? "ema"
                  : p->head == NET_HEAD_LOW_PASS ? "low_pass"
                                                 : NULL;
    out->smoothing = p->head == NET_HEAD_EMA ? p->head_alpha : p->head_cutoff;
    return STINT_OK;
}
