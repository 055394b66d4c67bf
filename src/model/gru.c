#include "model/net_recurrent.h"

/* Gated recurrent units (Cho et al. 2014) over windows of a series. */

static const param gru_params[] = {NET_RECURRENT_PARAMS};

static stint_status gru_describe(ctx *c, const void *params, const net_data *d, json_out *layers,
                                 net_spec *out)
{
    (void)c;
    (void)d;
    return net_recurrent_describe("gru", params, layers, out);
}

NET_CLASS(gru, .title = "gated recurrent units", .predict_rows = net_predict_rows,
          .help = "recurrent layers over the rows before, each series by itself")
