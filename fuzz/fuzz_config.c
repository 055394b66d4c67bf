/* Any bytes as a config: refused or taken, and what is taken has an identity that reads back
 * to itself. */
#include "experiment/config.h"

#include <stdlib.h>
#include <string.h>

static void write_identity(ctx *c, const config *cfg, str *out)
{
    str_init(out, c, TAG_CONFIG);
    config_identity(cfg, out);
    if (str_status(out) != STINT_OK)
        abort();
}

static void check_identity(ctx *c, const config *cfg)
{
    str first, second;
    config again;
    write_identity(c, cfg, &first);
    /* what is spelt shortly may be longer than a config once every default is written */
    if (first.len > 1 << 20) {
        str_deinit(&first);
        return;
    }
    if (config_parse(c, "identity.yaml", first.at, first.len, NULL, 0, &again) != STINT_OK)
        abort();
    write_identity(c, &again, &second);
    if (strcmp(first.at, second.at) != 0 || config_count(cfg) != config_count(&again))
        abort();
    config_free(&again);
    str_deinit(&first);
    str_deinit(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    config cfg;
    stint_context *c = stint_open(NULL);
    if (config_parse(c, "fuzz.yaml", (const char *)bytes, n, NULL, 0, &cfg) == STINT_OK)
        check_identity(c, &cfg);
    else if (ctx_status(c) == STINT_OK)
        abort(); /* a failure without a message */
    config_free(&cfg);
    if (budget_live(ctx_budget(c)) != 0)
        abort();
    stint_close(c);
    return 0;
}
