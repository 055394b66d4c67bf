/* Trains a net on digits.csv, saves it, loads it again and prints its accuracy on rows held out:
 *     train_net examples/data/digits.csv digits-net   (.json and .safetensors) */
#include "stint/stint.h"
#include <stdio.h>

enum { ROWS = 1797, PIXELS = 64, TRAIN = 1440, TEST = ROWS - TRAIN, BATCH = 48 };
static const char layers[] = "[\"layer_norm\", {\"linear\": {\"units\": 128}}, \"gelu\","
                             " {\"dropout\": {\"p\": 0.2}}, {\"linear\": {\"units\": 10}}]";
static float pixels[ROWS][PIXELS];
static int32_t digits[ROWS];

static stint_status read_rows(const char *path)
{
    FILE *f = fopen(path, "r");
    int ok = f && fscanf(f, "%*[^\n]") == 0;
    for (int i = 0, at = 0; ok && i < ROWS; i++, at = (at + 659) % ROWS) { /* rows shuffled */
        for (int j = 0; j < PIXELS; j++)
            ok &= fscanf(f, "%f,", &pixels[at][j]) == 1;
        ok &= fscanf(f, "%d", &digits[at]) == 1;
    }
    return (!f || fclose(f) == 0) && ok ? STINT_OK : STINT_EDATA;
}

/* n rows from `first` on: a net's input, and the class that it is to give */
static stint_status samples_of(int first, int n, stint_samples *out)
{
    const stint_rows rows[] = {{pixels[first], STINT_F32, PIXELS, 0},
                               {&digits[first], STINT_I32, 0, 0}};
    return stint_samples_rows(2, rows, n, out);
}

static stint_status train(stint_context *c, stint_net *n)
{
    stint_samples rows, held_out;
    stint_status s = samples_of(0, TRAIN, &rows);
    s = s ? s : samples_of(TRAIN, TEST, &held_out);
    stint_trainer_settings how = {
        .loss = "cross_entropy",
        .optimiser = "adamw",
        .n_settings = 3,
        .settings = (stint_setting[]){{"epochs", "20"}, {"batch_size", "48"}, {"patience", "4"}}};
    stint_trainer *t = s ? NULL : stint_trainer_new(c, n, &rows, &held_out, &how);
    stint_train_result r = {0};
    s = t ? stint_trainer_run(t) : STINT_EFAIL; /* ends with the best epoch's weights */
    s = s ? s : stint_trainer_result(t, &r);
    printf("%d epochs, the best is number %d\n", (int)r.epochs, (int)r.best_epoch + 1);
    stint_trainer_free(t);
    return s;
}

/* Batch by batch, as a loader gives them. */
static stint_status count_hits(stint_context *c, stint_net *n, int64_t *hits)
{
    stint_samples rows;
    const stint_batch *b;
    stint_status s = samples_of(TRAIN, TEST, &rows);
    stint_loader *l = s ? NULL : stint_loader_new(c, &rows, &(stint_loader_settings){BATCH});
    s = s ? s : stint_loader_next(l, &b);
    for (; !s && b; s = s ? s : stint_loader_next(l, &b)) {
        int64_t best[BATCH];
        stint_scope *scope = stint_scope_open(c); /* the batch's tensors go with it */
        stint_tensor *x = stint_wrap(c, STINT_F32, STINT_SHAPE(b->rows, PIXELS), NULL, b->data[0]);
        stint_tensor *y = stint_argmax(stint_net_apply(n, x, false), -1, false);
        s = stint_read(y, best, sizeof *best * (size_t)b->rows);
        for (int64_t i = 0; !s && i < b->rows; i++)
            *hits += best[i] == ((const int32_t *)b->data[1])[i];
        s = stint_scope_close(scope); /* its first failure, if any */
    }
    stint_loader_free(l);
    return s;
}

int main(int argc, char **argv)
{
    int64_t hits = 0;
    const char *path = argc > 2 ? argv[2] : "digits-net";
    stint_context *c = stint_open(NULL);
    stint_net *n = stint_net_new(c, STINT_F32, STINT_SHAPE(PIXELS), 7), *loaded = NULL;
    stint_status s = read_rows(argc > 1 ? argv[1] : "examples/data/digits.csv");
    s = s ? s : stint_net_add_json(n, layers);
    s = s ? s : train(c, n);
    s = s ? s : stint_net_save(n, path);
    s = s ? s : (loaded = stint_net_load(c, path)) ? count_hits(c, loaded, &hits) : STINT_EFAIL;
    printf("test accuracy %.4f\n%s", (double)hits / TEST, stint_message(c));
    stint_net_free(loaded);
    stint_net_free(n);
    stint_close(c);
    return s != STINT_OK;
}
