/* What coordinator and workers say to each other: frames over any byte stream.
 *
 *     [ u32 type ][ u32 bytes ][ payload … ]
 *
 * Payloads are plain structs (both ends are the same program on the same machine) or text. */
#ifndef EXPERIMENT_MESSAGES_H
#define EXPERIMENT_MESSAGES_H

#include "base/str.h"
#include "metrics/metric.h"

typedef enum message_type {
    MESSAGE_HELLO,   /* → worker: the experiment, as JSON text */
    MESSAGE_TASK,    /* → worker: a task */
    MESSAGE_RECORDS, /* ← worker: record [n] */
    MESSAGE_SCORES,  /* ← worker: metric_score [metrics_count()] of an evaluation */
    MESSAGE_DONE,    /* ← worker: the task is done; the worker is free */
    MESSAGE_FAILED,  /* ← worker: u32 status, then the message's text */
} message_type;

typedef enum task_kind {
    TASK_PREPARE_PART, /* item = part */
    TASK_PREPARE_END,  /* item = training set */
    TASK_TRIALS,       /* item = first trial, count of them */
    TASK_SAVE,         /* item = configuration; refit on every training row, into `dir` */
    TASK_EVALUATE,     /* predict the test part with the model in `dir` */
} task_kind;

typedef struct task {
    int32_t kind, model;
    int64_t item, count;
    int64_t memory_bytes; /* that it may hold, by its class's estimate */
    char dir[4096];       /* TASK_SAVE, TASK_EVALUATE: the model's directory */
} task;

typedef enum trial_status { TRIAL_MISSING, TRIAL_OK, TRIAL_FAILED } trial_status;

typedef struct record {
    int64_t trial;
    double score, seconds;
    int32_t status;
    int32_t attempts;
} record;

/* One metric of the test part: the model's value with half of its 95 % interval (0 = none), and
 * the baseline's value. */
typedef struct metric_score {
    double value, half_width, baseline;
} metric_score;

stint_status message_send(ctx *c, int fd, message_type type, const void *payload, size_t bytes);

/* One whole frame; `payload` is replaced.  *closed when the other end has gone. */
stint_status message_receive(ctx *c, int fd, message_type *type, str *payload, bool *closed);

#endif
