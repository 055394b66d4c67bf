/* The account of a run, from its directory alone: verdict text, status, report.html. */
#ifndef EXPERIMENT_ACCOUNT_H
#define EXPERIMENT_ACCOUNT_H

#include "base/json.h"
#include "base/os/os.h"

/* Every file that tells of a run, parsed; a field is NULL when its file is not there. */
typedef struct account {
    char dir[2048];
    json_t *summary, *metrics, *plan, *environment;
    json_t *stages; /* the last timing line of each stage: name → object */
} account;

stint_status account_open(ctx *c, const char *dir, account *out);
void account_close(account *a);

/* The verdict for people: a few lines. */
void account_verdict(const account *a, str *out);

/* summary.json beside what was measured, one object. */
void account_json(const account *a, str *out);

/* DIR/report.html, atomically. */
stint_status account_report(ctx *c, const account *a);

/* Private memory that making the report takes, upper bound. */
int64_t account_bytes(void);

#endif
