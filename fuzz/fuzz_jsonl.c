/* Any bytes as a line of JSON: each field lies within the line or its room, and is text. */
#include "base/utf8.h"
#include "data/jsonl.h"
#include "fuzz_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *line = malloc(n + 1), *room = malloc(n + 1);
    json_field f;
    memcpy(line, bytes, n);
    json_line r = json_line_begin(line, (int64_t)n, room);
    while (json_line_next(&r, &f)) {
        bool here = f.key.at >= line && f.key.at + f.key.len <= line + n;
        bool there = f.key.at >= room && f.key.at + f.key.len <= room + n;
        if ((!here && !there) || !utf8_valid(f.key.at, f.key.len))
            __builtin_trap();
        if (f.type == JSON_CELL_TEXT && !utf8_valid(f.text.at, f.text.len))
            __builtin_trap();
    }
    if (r.at > r.end || r.room > room + n)
        __builtin_trap();
    free(line);
    free(room);
    return 0;
}
