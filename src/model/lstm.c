#include "model/net_recurrent.h"

/* Long short-term memory (Hochreiter and Schmidhuber 1997) over windows of a series. */

static const param lstm_params[] = {NET_RECURRENT_PARAMS};

static stint_status lstm_describe(ctx *c, const void *params, const net_data *d, json_out *layers,
                                  net_spec *out)
{
    (void)c;
    (void)d;
    return net_recurrent_describe("lstm", params, layers, out);
}

NET_CLASS(lstm, .title = "long short-term memory", .predict_rows = net_predict_rows,
          .help = "recurrent layers over the rows before, each series by itself")
