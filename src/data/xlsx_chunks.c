#include "data/xlsx_write_impl.h"

#include <assert.h>
#include <string.h>

/* The cells of a sheet, row by row, are cut into chunks by their weight alone: a chunk is full
 * with the cell that brings it to CHUNK_WEIGHT, wherever that cell stands in its row or in the
 * caller's batch.  Chunks become XML side by side as far as a batch reaches; when all of those
 * in flight are full they are compressed side by side and written in order.  So the bytes
 * depend neither on the threads, nor on the batches. */

enum {
    CELL_WEIGHT = 48, /* about what a cell is without its text */
    CHUNK_WEIGHT = 256 << 10,
    CHUNKS_PER_THREAD = 2,
    XML_BEGIN = 256 << 10,
    /* every text of a chunk all "&", and the last one of the greatest length */
    XML_MOST = XLSX_GROWTH * (CHUNK_WEIGHT + XLSX_TEXT_MOST) + XLSX_CELL_BYTES,
};

typedef struct chunk {
    char *xml; /* [n], room `room` */
    int64_t n, room, weight;
    int64_t from, to; /* cells of the batch that are still to be made to XML */
    deflate_piece piece;
} chunk;

struct xlsx_chunks {
    ctx *ctx;
    pool *pool;
    zip_writer *zip;
    chunk *chunks; /* [n_chunks] in the order of the sheet */
    int n_chunks, threads;
    int open;             /* the one that cells go to; those before are full */
    int touched;          /* the first one that cells of this batch went to */
    deflater **deflaters; /* [threads] */
    /* the sheet */
    const char *sheet;
    xlsx_column *columns;  /* [n_columns] */
    xlsx_letters *letters; /* [n_columns] */
    int n_columns;
    int64_t row; /* of the first one of the batch, from 1 */
    xlsx_batch batch;
};

int64_t xlsx_chunks_bytes(int threads)
{
    int64_t xml = mem_cost(XML_MOST);
    int64_t chunks = CHUNKS_PER_THREAD * threads;
    /* a text that grows is held twice, by each thread one */
    return 4096 + chunks * (xml + deflate_piece_bytes(XML_MOST) + (int64_t)sizeof(chunk)) +
           threads * (xml + DEFLATE_STATE_BYTES + (int64_t)sizeof(deflater *));
}

xlsx_chunks *xlsx_chunks_new(ctx *c, pool *p, zip_writer *zip)
{
    xlsx_chunks *k = mem_new(c, TAG_TABLE, xlsx_chunks, 1);
    if (!k)
        return NULL;
    k->ctx = c;
    k->pool = p;
    k->zip = zip;
    k->threads = pool_threads(p);
    k->n_chunks = CHUNKS_PER_THREAD * k->threads;
    k->chunks = mem_new(c, TAG_TABLE, chunk, k->n_chunks);
    k->deflaters = mem_new(c, TAG_TABLE, deflater *, k->threads);
    bool ok = k->chunks && k->deflaters;
    for (int i = 0; ok && i < k->threads; i++)
        ok = (k->deflaters[i] = deflater_new(c)) != NULL;
    if (ok)
        return k;
    xlsx_chunks_free(k);
    return NULL;
}

static void drop_sheet(xlsx_chunks *k)
{
    mem_free(k->columns);
    mem_free(k->letters);
    k->columns = NULL;
    k->letters = NULL;
}

void xlsx_chunks_free(xlsx_chunks *k)
{
    if (!k)
        return;
    for (int i = 0; k->chunks && i < k->n_chunks; i++) {
        mem_free(k->chunks[i].xml);
        mem_free(k->chunks[i].piece.at);
    }
    for (int i = 0; k->deflaters && i < k->threads; i++)
        deflater_free(k->deflaters[i]);
    drop_sheet(k);
    mem_free(k->chunks);
    mem_free(k->deflaters);
    mem_free(k);
}

stint_status xlsx_chunks_begin(xlsx_chunks *k, const char *sheet, const xlsx_column *columns,
                               int n_columns)
{
    drop_sheet(k);
    k->columns = mem_new(k->ctx, TAG_TABLE, xlsx_column, n_columns);
    k->letters = mem_new(k->ctx, TAG_TABLE, xlsx_letters, n_columns);
    if (!k->columns || !k->letters)
        return STINT_ENOMEM;
    memcpy(k->columns, columns, (size_t)n_columns * sizeof *columns);
    for (int j = 0; j < n_columns; j++)
        k->letters[j] = xlsx_letters_of(j);
    k->sheet = sheet;
    k->n_columns = n_columns;
    k->row = 1;
    return STINT_OK;
}

/* --- cells to XML, on any thread -------------------------------------------------------------- */

static xlsx_cell cell_of(const xlsx_chunks *k, int64_t i, int j)
{
    xlsx_cell cell = {.format = k->columns[j].format};
    if (k->batch.cells) {
        xlsx_cell given = k->batch.cells[i * k->n_columns + j];
        given.format = given.format == XLSX_GENERAL ? cell.format : given.format;
        return given;
    }
    const xlsx_values *v = &k->batch.columns[j];
    if (v->numbers) {
        cell.kind = XLSX_A_NUMBER;
        cell.number = v->numbers[i];
    } else if (v->texts) {
        cell.kind = XLSX_A_TEXT;
        cell.text = v->texts[i];
    } else if (v->bools) {
        cell.kind = XLSX_A_BOOL;
        cell.number = v->bools[i];
    }
    return cell;
}

static stint_status make_room(ctx *c, chunk *h, int64_t more)
{
    if (h->n + more <= h->room)
        return STINT_OK;
    int64_t room = h->room ? 2 * h->room : XML_BEGIN;
    room = room < XML_MOST ? room : XML_MOST;
    room = room < h->n + more ? h->n + more : room;
    char *xml = mem_resize(c, TAG_TABLE, h->xml, (size_t)room);
    if (!xml)
        return STINT_ENOMEM;
    h->xml = xml;
    h->room = room;
    return STINT_OK;
}

static int64_t most_bytes(const xlsx_cell *cell)
{
    bool text = cell->kind == XLSX_A_TEXT && cell->text;
    int64_t bytes = text ? (int64_t)strlen(cell->text) : 0;
    return XLSX_CELL_BYTES + XLSX_GROWTH * (bytes < XLSX_TEXT_MOST ? bytes : XLSX_TEXT_MOST);
}

static stint_status make_xml(const xlsx_chunks *k, chunk *h)
{
    int64_t i = h->from / k->n_columns;
    int j = (int)(h->from % k->n_columns);
    xlsx_place place;
    xlsx_place_row(&place, k->row + i);
    for (; h->from < h->to; h->from++) {
        xlsx_cell cell = cell_of(k, i, j);
        TRY(make_room(k->ctx, h, most_bytes(&cell)));
        char *at = h->xml + h->n;
        if (j == 0)
            at = xlsx_row_begin(at, &place);
        place.column = k->letters[j];
        at = xlsx_cell_write(at, &place, &cell);
        if (++j == k->n_columns) {
            at = xlsx_row_end(at);
            xlsx_place_row(&place, k->row + ++i);
            j = 0;
        }
        h->n = at - h->xml;
    }
    return STINT_OK;
}

static stint_status xml_item(void *self, int64_t item, int thread)
{
    xlsx_chunks *k = self;
    (void)thread;
    return make_xml(k, &k->chunks[k->touched + item]);
}

static stint_status piece_item(void *self, int64_t item, int thread)
{
    xlsx_chunks *k = self;
    chunk *h = &k->chunks[item];
    TRY(make_xml(k, h));
    return deflater_run(k->deflaters[thread], h->xml, h->n, &h->piece);
}

/* --- batches to chunks, on the caller's thread ------------------------------------------------ */

/* The first `n` chunks, in order, to the file. */
static stint_status write_out(xlsx_chunks *k, int n)
{
    TRY(parallel_for(k->pool, n, piece_item, k));
    for (int i = 0; i < n; i++) {
        chunk *h = &k->chunks[i];
        TRY(zip_put(k->zip, &h->piece));
        h->n = h->weight = h->from = h->to = 0;
    }
    k->open = 0;
    return STINT_OK;
}

stint_status xlsx_chunks_flush(xlsx_chunks *k)
{
    return write_out(k, k->open + (k->chunks[k->open].weight > 0));
}

static stint_status text_is_too_long(const xlsx_chunks *k, int64_t i, int j, const char *text)
{
    xlsx_letters a = k->letters[j];
    return fail(
        k->ctx, STINT_EDATA,
        "sheet \"%s\", cell %.*s%lld: a text of %lld characters; a cell holds %d: shorten it, "
        "or write a .csv or .parquet file",
        k->sheet, a.n, a.at, (long long)(k->row + i), (long long)xlsx_units(text), XLSX_TEXT_MOST);
}

/* The cells that the open chunk takes from cell `at` of the batch on; *full = it is full. */
static stint_status plan_chunk(xlsx_chunks *k, int64_t at, int64_t end, bool *full)
{
    chunk *h = &k->chunks[k->open];
    int64_t i = at / k->n_columns;
    int j = (int)(at % k->n_columns);
    h->from = at;
    for (; at < end && h->weight < CHUNK_WEIGHT; at++) {
        xlsx_cell cell = cell_of(k, i, j);
        h->weight += CELL_WEIGHT;
        if (cell.kind == XLSX_A_TEXT && cell.text) {
            int64_t bytes = (int64_t)strlen(cell.text);
            if (bytes > XLSX_TEXT_MOST && xlsx_units(cell.text) > XLSX_TEXT_MOST)
                return text_is_too_long(k, i, j, cell.text);
            h->weight += bytes;
        }
        if (++j == k->n_columns) {
            j = 0;
            i++;
        }
    }
    h->to = at;
    *full = h->weight >= CHUNK_WEIGHT;
    return STINT_OK;
}

stint_status xlsx_chunks_put(xlsx_chunks *k, const xlsx_batch *b)
{
    k->batch = *b;
    int64_t at = 0, end = b->rows * k->n_columns;
    while (at < end) {
        bool full = true;
        k->touched = k->open;
        while (full && at < end) {
            TRY(plan_chunk(k, at, end, &full));
            at = k->chunks[k->open].to;
            if (full && ++k->open == k->n_chunks)
                break;
        }
        if (k->open == k->n_chunks)
            TRY(write_out(k, k->n_chunks));
        else
            TRY(parallel_for(k->pool, k->open + !full - k->touched, xml_item, k));
    }
    k->row += b->rows;
    return STINT_OK;
}

stint_status xlsx_chunks_text(xlsx_chunks *k, const str *text)
{
    TRY(str_status(text));
    TRY(xlsx_chunks_flush(k));
    deflate_piece *piece = &k->chunks[0].piece;
    TRY(deflater_run(k->deflaters[0], text->at, (int64_t)text->len, piece));
    return zip_put(k->zip, piece);
}
