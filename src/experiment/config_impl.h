/* Inside the config: the tree a YAML text becomes, the table of keys, and what takes values
 * from one by the other.
 *
 *     text ── config_yaml ──> tree ── overrides ──> tree ── config_keys ──> struct config
 *
 * The tree lives in an arena and is gone once the config is filled in; the config's own arena
 * holds copies. */
#ifndef EXPERIMENT_CONFIG_IMPL_H
#define EXPERIMENT_CONFIG_IMPL_H

#include "experiment/config.h"

/* --- the tree ---------------------------------------------------------------------------- */

/* Where something is written: a file with line and column from 1, or, with line 0, a source
 * that is a single value: "--set budget.memory". */
typedef struct config_place {
    const char *origin;
    int line, column;
} config_place;

typedef enum node_kind { NODE_NULL, NODE_SCALAR, NODE_LIST, NODE_MAP } node_kind;

typedef struct config_node config_node;
struct config_node {
    node_kind kind;
    config_place place, key_place;
    const char *key;           /* in a map: what it stands under */
    const char *text;          /* NODE_SCALAR */
    int64_t n;                 /* NODE_LIST, NODE_MAP: children */
    config_node *first, *next; /* children, in order of writing */
};

#define CONFIG_TEXT_MOST  (1 << 20) /* bytes of a config */
#define CONFIG_DEPTH_MOST 16        /* lists and maps within each other */
#define CONFIG_KEYS_MOST  256       /* keys of one map */

/* The tree of a text; an empty text is NODE_NULL.  `placed`: messages give line and column. */
stint_status config_yaml_parse(ctx *c, arena *a, const char *origin, const char *text, size_t len,
                               bool placed, config_node **out);

config_node *config_child(const config_node *map, const char *key); /* NULL when absent */
void config_append(config_node *map, config_node *value);

/* STINT_EUSAGE with "FILE:LINE:COLUMN: …". */
stint_status config_fail(ctx *c, config_place place, const char *fmt, ...) STINT_PRINTF(3, 4);

/* A text in quotes, on one line and not too long; what a node is: that, "a list", "a map". */
#define CONFIG_QUOTE_SIZE 96
const char *config_quote(char out[CONFIG_QUOTE_SIZE], const char *text);
const char *config_describe(char out[CONFIG_QUOTE_SIZE], const config_node *n);

/* A decimal number, finite; no hexadecimal, no words. */
bool config_number(const config_node *n, double *out);
bool config_is_word(const config_node *n, const char *word); /* a scalar of that text */

/* "0…1", "2…100" */
#define CONFIG_RANGE_SIZE (2 * STR_DOUBLE_SIZE + 4)
const char *config_range(char out[CONFIG_RANGE_SIZE], double low, double high);

/* --- the table of keys: config_keys.c, config_key.c ------------------------------------------ */

typedef enum key_type {
    KEY_NAME,       /* const char *: letters, digits, - _ . */
    KEY_PATH,       /* const char *: a path, as given; with a fallback it may be "" */
    KEY_COLUMNS,    /* const char *const *: one or more, in order */
    KEY_COLUMN_SET, /* const char *const *: any number, sorted */
    KEY_COLUMN,     /* const char *: a column, "" = none */
    KEY_CHOICE,     /* int: the value of the word */
    KEY_PAIRS,      /* const feature_pair *: pairs of patterns, and their number in `count` */
    KEY_RANGES,     /* const check_range *: [pattern, low, high], and their number in `count` */
    KEY_METRIC,     /* const metric_class * */
    KEY_MODELS,     /* search.models, see config_models.c */
    KEY_CLUSTER,    /* const cluster_class *: a method with its parameters, see config_cluster.c */
    KEY_MODEL,      /* the model that stint train trains, see config_train.c */
    KEY_TRAIN,      /* how it is trained */
    KEY_STREAM,     /* how a series model is tested row by row */
    KEY_FORMULAS,   /* const derive_column *: a map, in order, and their number in `count` */
    KEY_TEXT,       /* const char *: any text */
    KEY_SECRET,     /* const char *: any text, of which only a digest is written anywhere */
    KEY_REAL,       /* double */
    KEY_INT,        /* int */
    KEY_INT64,      /* int64_t, within 2^53 */
    KEY_BYTES,      /* int64_t, 0 = none */
    KEY_SECONDS,    /* double, 0 = none */
    KEY_TYPES
} key_type;

/* One word of a KEY_CHOICE and the int that it stands for. */
typedef struct key_choice {
    const char *word;
    int value;
} key_choice;

typedef struct config_key {
    const char *path; /* "split.stratify.bins" */
    key_type type;
    size_t offset;        /* in struct config */
    const char *fallback; /* the default, as YAML; NULL = required, or (name) computed */
    bool required;
    double low, high;          /* numbers: their range */
    bool open;                 /* the ends are not part of it */
    const char *word;          /* numbers: stands for 0, which may be outside the range */
    size_t count;              /* lists: offset of the int that gets their number */
    const key_choice *choices; /* KEY_CHOICE: ends in a NULL word */
    size_t only_with;          /* offset of a list of columns: told where that is not empty */
    bool decides;              /* another value is another experiment */
    const char *example;       /* required keys: what to write */
    const char *help;
} config_key;

typedef struct config_section {
    const char *name, *help; /* the first part of a path; "" = keys of no section */
} config_section;

extern const config_key config_keys[]; /* ends in a NULL path; a section's keys stand together */
extern const config_section config_sections[]; /* ends in a NULL name */

/* Bounds the number of keys, so that an array over them can be a local. */
#define CONFIG_TABLE_MOST 96

const config_key *config_key_find(const char *path);
bool config_is_section(const char *path); /* some key's path goes on after it */

/* Fail on an unknown key: names the nearest, or those its section knows. */
stint_status config_unknown_key(ctx *c, config_place place, const char *path);

/* What to write for a key: "2…100", "auto or 1…256", "warn, error or ignore". */
void config_key_expects(const config_key *k, str *out);

/* --- from the tree into the config ------------------------------------------------------------ */

typedef struct config_loader {
    ctx *ctx;
    arena tree;         /* nodes, and texts of messages */
    const char *origin; /* the file */
    config *config;
    const config_node *nodes[CONFIG_TABLE_MOST]; /* by row of config_keys; NULL = not given */
} config_loader;

/* Put an override's value where the file would have it. */
stint_status config_set(config_loader *l, config_node *root, const config_override *o);

/* Check a key's node and take its value into l->config. */
stint_status config_take(config_loader *l, const config_key *k, const config_node *n);

/* "FILE:LINE:COLUMN: KEY: …", or "--set KEY: …" with the key once. */
stint_status config_key_fail(config_loader *l, const config_key *k, const config_node *n,
                             const char *fmt, ...) STINT_PRINTF(4, 5);

#define CONFIG_NAME_MOST 100
bool config_is_name(const char *text);

bool config_is_among(const char *const *names, const char *name); /* NULL-terminated */
int config_count_names(const char *const *names);                 /* likewise */
int config_compare_names(const void *a, const void *b); /* of two const char *, for qsort */

/* What the source is asked for: the columns that the config names, and `derived_from`, which its
 * formulas read (NULL-terminated). */
stint_status config_want_columns(config *cfg, const char *const *derived_from);

/* --- the models ---------------------------------------------------------------------------- */

stint_status config_models_take(ctx *c, const config_node *list, config *out);

/* One parameter of a space: a scalar, a list, or a spread; checked against `p`.  `model` is
 * what messages call its class. */
stint_status config_dimension(ctx *c, arena *a, const char *model, const param *p,
                              const config_node *n, dimension *out);

/* --- classes and their parameters ----------------------------------------------------------- */

/* A table of classes as a config sees it: row i, false after the last. */
typedef struct config_class {
    const char *name;
    const param *params;
    const void *class;
} config_class;
typedef struct config_classes {
    bool (*at)(int i, config_class *out);
    const char *noun, *example; /* "method", "{kmeans: {n_clusters: 3}}" */
} config_classes;

/* "name", or {name: {parameter: value}}; parameters that are not named have their defaults. */
stint_status config_class_take(config_loader *l, const config_key *k, const config_node *n,
                               const config_classes *from, config_class *out, space *values);
/* The parameters of a map (NULL = none is given), which may have the keys `others` (NULL-terminated,
 * or NULL) besides.  `owner` is what messages call the class. */
stint_status config_params_take(config_loader *l, const config_key *k, const char *owner,
                                const param *params, const char *const *others,
                                const config_node *map, space *out);
/* Parameters of one value each: as "alpha: 1, tol: 0.1", but for those
 * that `without` (NULL = none) is true of; as settings by name. */
void config_space_text(const space *s, bool (*without)(const char *name), str *out);
stint_status config_space_settings(arena *a, const space *s, const stint_setting **out, int *n);

/* --- the clustering, the training ----------------------------------------------------------- */

stint_status config_model_take(config_loader *l, const config_key *k, const config_node *n);
stint_status config_train_take(config_loader *l, const config_key *k, const config_node *n);
stint_status config_stream_take(config_loader *l, const config_key *k, const config_node *n);
void config_model_text(const config *cfg, str *out);
void config_train_text(const config *cfg, str *out); /* of the identity */
/* --- series -------------------------------------------------------------------------------- */

stint_status config_formulas_take(config_loader *l, const config_key *k, const config_node *n);

/* What concerns series.* and columns together; `reads` gets the columns that they read. */
stint_status config_series_settle(config_loader *l, const char *const **reads);

/* --- packed bits ----------------------------------------------------------------------------- */

/* The source's encoders, from the keys that name them. */
stint_status config_encoders_settle(config_loader *l);

/* What an experiment says of its key, in quotes. */
void config_key_kept(const config *cfg, str *out);

stint_status config_cluster_take(config_loader *l, const config_key *k, const config_node *n);

#endif
