/* Trainings in a directory, carried on after what stopped them, and the files that must not show
 * it. */
#ifndef UNIT_TRAIN_RESUMED_H
#define UNIT_TRAIN_RESUMED_H

#include "training.h"

typedef struct resume_case {
    const char *name, *layers, *settings, *optimiser_settings;
    const char *schedule, *schedule_settings;
    bool validates;
} resume_case;

static const char resume_norms[] =
    "[\"batch_norm\", {\"linear\": {\"units\": 8}}, \"tanh\", {\"dropout\": {\"p\": 0.2}},"
    " {\"linear\": {\"units\": 2}}]";

static const resume_case resume_cases[] = {
    {"plain", NULL, "checkpoint_every 7", "learning_rate 0.02", .validates = true},
    {"dropout, early stop, exploit", training_dropout,
     "patience 2 min_delta 0.1 exploit_epochs 2 checkpoint_every 3", "learning_rate 0.05",
     "plateau", "patience 0 threshold 0.99 factor 0.5", true},
    {"repetitions, norms, adaptive clipping", resume_norms,
     "repetitions 3 exploit_epochs 1 clip adaptive validate_every 2 checkpoint_every 5",
     "learning_rate 0.05", "cosine_restarts", "steps 2", true},
    {"accumulated", training_dropout, "accumulate 3 checkpoint_every 2", "learning_rate 0.05"},
    {"best not kept", NULL, "restore_best false checkpoint_every 4", "learning_rate 0.05",
     .validates = true},
    {"f16, saved when it is time", NULL, "precision f16 schedule_by step", "learning_rate 0.05",
     "exponential", "gamma 0.99", true},
};

enum { RESUME_CASES = sizeof resume_cases / sizeof resume_cases[0] };

static const char *const resumed_files[] = {"best.safetensors", "epochs.csv", "batches.csv",
                                            "summary.json", NULL};

static inline void resume_init(training *r, ctx *c, const resume_case *k, const char *dir)
{
    char settings[256];
    snprintf(settings, sizeof settings, "epochs 3 batch_size 8 log_every 1 %s", k->settings);
    training_init(r, c, k->layers, settings);
    training_optimiser(r, "adam", k->optimiser_settings);
    if (k->schedule)
        training_schedule(r, k->schedule, k->schedule_settings);
    r->given.dir = dir;
}

/* What differs between two directories; NULL for nothing. */
static inline const char *resumed_difference(const char *want_dir, const char *got_dir)
{
    for (int i = 0; resumed_files[i]; i++) {
        size_t n = 0, m = 0;
        char *want = training_file(want_dir, resumed_files[i], &n);
        char *got = training_file(got_dir, resumed_files[i], &m);
        bool same = want && got && n == m && memcmp(want, got, n) == 0;
        if (!same && want && got && getenv("VERBOSE"))
            print_error("%s\nwant (%zu):\n%s\ngot (%zu):\n%s\n", resumed_files[i], n, want, m, got);
        free(want);
        free(got);
        if (!same)
            return resumed_files[i];
    }
    return NULL;
}

#endif
