/* XML parts of a workbook, parsed piece by piece, driven by a table of the elements wanted.
 *
 * A rule is an element at its place: its local name and the rule of its parent.  What has no
 * rule is skipped with all that is below it, so that a <v> in some extension is never taken
 * for a cell's.  Prefixes of elements are ignored: writers choose them freely, and strict
 * workbooks differ from transitional ones in their namespaces alone. */
#ifndef DATA_XLSX_XML_H
#define DATA_XLSX_XML_H

#include "data/xlsx_archive.h"

enum { XML_DEPTH_MOST = 64, XML_ROOT = -1 };

typedef struct xml_rule {
    const char *name;
    int parent; /* index of its rule; XML_ROOT for the first one, which the part must begin with */
    stint_status (*start)(void *self, const char **attributes); /* or NULL */
    stint_status (*end)(void *self);                            /* or NULL */
    /* its character data, in any number of pieces; or NULL */
    stint_status (*text)(void *self, const char *bytes, int n);
} xml_rule;

typedef struct xml_reader {
    ctx *ctx;
    archive_part part;
    const xml_api *api;
    XML_Parser parser;
    const xml_rule *rules; /* [n_rules] */
    int n_rules;
    void *self; /* of the rules' functions */
    int depth, skipped_depth;
    int now;                  /* rule of the innermost element */
    int rule[XML_DEPTH_MOST]; /* [depth] of the elements around it */
    bool paused, done;
    stint_status status; /* the first failure; sticks */
} xml_reader;

/* `part` and the tables must outlive the reader.  Close it also when opening failed. */
stint_status xml_open(xml_reader *x, archive *a, const char *part, const xml_rule *rules,
                      int n_rules, void *self);
void xml_close(xml_reader *x);

/* Parse on until the next piece is eaten, a function has called xml_pause, or done. */
stint_status xml_advance(xml_reader *x);
/* From one of the rules' functions: xml_advance shall return when this one does. */
void xml_pause(xml_reader *x);

/* Parse a whole part: all of the above. */
stint_status xml_read(archive *a, const char *part, const xml_rule *rules, int n_rules, void *self);

/* An attribute's value, NULL when absent.  `xml_qualified` is for one that has a prefix. */
const char *xml_attribute(const char **attributes, const char *name);
const char *xml_qualified(const char **attributes, const char *local_name);
bool xml_true(const char *value); /* "1" or "true"; NULL is false */

/* Digits alone, at most `most`. */
bool xml_integer(const char *text, int64_t most, int64_t *out);

#endif
