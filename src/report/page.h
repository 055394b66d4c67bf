/* What stands around every page: its head, its title, its foot. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/html.h"

typedef struct page_head {
    const char *kind, *what; /* "Experiment", "regression"; what NULL = not said */
    const char *name;
    const char *subtitle; /* NULL = none */
} page_head;

/* Up to the first of what <main> holds, and from behind the last. */
void page_begin(str *o, const page_head *h);
void page_end(str *o);

#endif
