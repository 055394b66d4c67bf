#include "report/workbook_impl.h"

#include <stdio.h>

/* Summary: the verdict, every score, the data, what was checked, how much was searched. */

static void put_verdict(book *b)
{
    const report_verdict *v = &b->report->verdict;
    book_title(b, "Verdict");
    if (!v->model) {
        book_line(b, "best model", book_text("none: nothing was fitted"));
        return;
    }
    book_line(b, "best model", book_text(v->model));
    book_line(b, "parameters", book_value(v->params));
    book_line(b, "predicts", book_text(v->target));
    book_row(
        b, (xlsx_cell[]){book_text("metric"), book_text(v->metric), book_text(v->metric_title)}, 3);
    book_line(b, "better is", book_text(v->greater_is_better ? "greater" : "less"));
    book_line(b, "mean over the folds", book_number(v->cv_mean, XLSX_NUMBER));
    book_line(b, "deviation over the folds", book_number(v->cv_deviation, XLSX_NUMBER));
    book_line(b, "folds", book_count(v->folds));
    book_line(b, "on the test rows", book_number(v->test, XLSX_NUMBER));
    book_line(b, "95 % interval, from", book_number(v->test_low, XLSX_NUMBER));
    book_line(b, "95 % interval, to", book_number(v->test_high, XLSX_NUMBER));
    book_line(b, "test rows", book_count(v->test_rows));
    book_line(b, v->baseline_name ? v->baseline_name : "baseline",
              book_number(v->baseline, XLSX_NUMBER));
    book_line(b, "improvement over it", book_number(v->improvement, XLSX_PERCENT));
    book_line(b, "reproducible", book_bool(v->reproducible));
    book_line(b, "complete", book_bool(v->complete));
    book_line(b, "because", book_text(v->reason));
}

static void put_scores(book *b)
{
    static const char *const headings[] = {
        "metric", "", "on test rows", "interval from", "interval to", "baseline"};
    const report_verdict *v = &b->report->verdict;
    if (!v->n_scores)
        return;
    book_title(b, "Scores on the test rows, with 95 % intervals");
    book_headings(b, headings, 6);
    for (int i = 0; i < v->n_scores; i++) {
        const report_score *s = &v->scores[i];
        book_row(b,
                 (xlsx_cell[]){book_text(s->name), book_text(s->title),
                               book_number(s->value, XLSX_NUMBER), book_number(s->low, XLSX_NUMBER),
                               book_number(s->high, XLSX_NUMBER),
                               book_number(s->baseline, XLSX_NUMBER)},
                 6);
    }
}

static void put_data(book *b)
{
    static const char *const results[] = {
        [REPORT_PASS] = "passed", [REPORT_WARN] = "warned", [REPORT_FAIL] = "failed"};
    const report_data *d = &b->report->data;
    if (d->n_facts) {
        book_title(b, "Data");
        book_facts(b, d->facts, d->n_facts);
    }
    if (d->n_split) {
        book_title(b, "Split");
        book_facts(b, d->split, d->n_split);
    }
    if (d->n_checks)
        book_title(b, "Checks");
    for (int i = 0; i < d->n_checks; i++)
        book_row(b,
                 (xlsx_cell[]){book_text(d->checks[i].name),
                               book_text(results[d->checks[i].result]),
                               book_text(d->checks[i].details)},
                 3);
}

static void put_search(book *b)
{
    const report_search *s = &b->report->search;
    book_title(b, "Search");
    book_line(b, "configurations", book_count(s->configurations));
    book_line(b, "fits", book_count(s->fits));
    book_line(b, "failed fits", book_count(s->failed));
    book_facts(b, s->facts, s->n_facts);
}

/* What the sheet of predictions does not hold. */
static void put_predictions(book *b)
{
    char note[200];
    const colfile *f = b->tables->predictions;
    if (!f)
        return;
    book_title(b, "Predictions");
    book_line(b, "rows", book_count(f->rows));
    if (f->n_columns > XLSX_COLUMNS_MOST)
        snprintf(note, sizeof note,
                 "%d columns, more than a sheet holds: they stand in predictions.parquet",
                 f->n_columns);
    else if (f->rows > BOOK_PREDICTIONS_MOST)
        snprintf(note, sizeof note,
                 "the first %d of %lld rows, as many as a sheet holds: all of them stand in "
                 "predictions.parquet",
                 BOOK_PREDICTIONS_MOST, (long long)f->rows);
    else
        return;
    book_line(b, "sheet Predictions", book_text(note));
}

void book_summary(book *b)
{
    static const double widths[BOOK_COLUMNS] = {34, 30, 16, 16, 16, 16, 16, 16};
    book_sheet(b, "Summary", widths);
    book_row(b, (xlsx_cell[]){book_heading(b->report->name)}, 1);
    if (b->report->subtitle)
        book_row(b, (xlsx_cell[]){book_text(b->report->subtitle)}, 1);
    put_verdict(b);
    put_scores(b);
    put_data(b);
    put_search(b);
    put_predictions(b);
}
