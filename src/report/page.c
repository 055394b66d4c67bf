#include "report/page.h"
#include "report/section.h"

static void render_head(str *o, const page_head *h)
{
    str_add(o, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta name=\"color-scheme\" content=\"light dark\">\n"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
               "img-src data:; style-src 'unsafe-inline'\">\n"
               "<meta name=\"generator\" content=\"stint ");
    html_text(o, stint_version());
    str_add(o, "\">\n<title>");
    html_text(o, h->name);
    str_add(o, " · Stint</title>\n<style>\n");
    str_add(o, report_style);
    str_add(o, "</style>\n</head>\n<body>\n");
}

void page_begin(str *o, const page_head *h)
{
    render_head(o, h);
    str_add(o, "<header>\n<p class=\"kind\">");
    html_text(o, h->kind);
    if (h->what) {
        str_add(o, " · ");
        html_text(o, h->what);
    }
    str_add(o, "</p>\n<h1>");
    html_text(o, h->name);
    str_add(o, "</h1>\n");
    if (h->subtitle) {
        str_add(o, "<p class=\"quiet\">");
        html_text(o, h->subtitle);
        str_add(o, "</p>\n");
    }
    str_add(o, "</header>\n<main>\n");
}

void page_end(str *o)
{
    str_add(o, "</main>\n<footer>Made by Stint ");
    html_text(o, stint_version());
    str_add(o, ". This page needs no network: everything in it is in this file.</footer>\n"
               "</body>\n</html>\n");
}
