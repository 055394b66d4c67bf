/* What the files of a report are made of: the account's JSON as the report's structs. */
#ifndef EXPERIMENT_ACCOUNT_PAGE_H
#define EXPERIMENT_ACCOUNT_PAGE_H

#include "base/arena.h"
#include "experiment/account.h"
#include "report/report.h"

typedef struct account_page {
    report report;
    arena arena; /* texts and pictures; others are the account's, which must live on */
} account_page;

/* What a page has of a training, and of rivals: account_training.c. */
void account_training(json_t *metrics, arena *a, report *page);

stint_status account_page_open(ctx *c, const account *a, account_page *out);
void account_page_close(account_page *p);

#endif
