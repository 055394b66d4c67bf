#include "base/json.h"
#include "base/os/os.h"
#include "data/cache.h"
#include "data/duckdb.h"
#include "data/hdf5.h"
#include "data/xlsx_library.h"
#include "kernel/kernel.h"
#include "linalg/eigen.h"
#include "stint/experiment.h"

/* What this machine offers: the facts first, then each as text or JSON. */

typedef struct machine {
    int cores;
    const char *isa, *eigen, *duckdb, *hdf5, *zip, *expat;
    int64_t memory, disk;
    char cache[4096];
} machine;

static void doctor_text(const machine *m, str *out)
{
    char memory[STR_SIZE_SIZE], disk[STR_SIZE_SIZE];
    str_addf(out, "stint      %s\n", stint_version());
    str_addf(out, "cores      %d\n", m->cores);
    str_addf(out, "simd       %s\n", m->isa);
    str_addf(out, "memory     %s\n", str_format_bytes(memory, m->memory));
    str_addf(out, "openblas   %s\n", m->eigen);
    str_addf(out, "duckdb     %s\n", m->duckdb);
    str_addf(out, "hdf5       %s\n", m->hdf5);
    str_addf(out, "libzip     %s\n", m->zip);
    str_addf(out, "expat      %s\n", m->expat);
    str_addf(out, "cache      %s, %s free\n", m->cache, str_format_bytes(disk, m->disk));
}

static void doctor_json(const machine *m, str *out)
{
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_string(&j, "version", stint_version());
    emit_int(&j, "cores", m->cores);
    emit_string(&j, "simd", m->isa);
    emit_int(&j, "memory_bytes", m->memory);
    emit_string(&j, "openblas", m->eigen);
    emit_string(&j, "duckdb", m->duckdb);
    emit_string(&j, "hdf5", m->hdf5);
    emit_string(&j, "libzip", m->zip);
    emit_string(&j, "expat", m->expat);
    emit_string(&j, "cache_dir", m->cache);
    emit_int(&j, "cache_free_bytes", m->disk);
    emit_object_end(&j);
    str_add(out, "\n");
}

stint_status stint_doctor(stint_context *c, bool json, stint_text *out)
{
    machine m = {.cores = cpu_count(),
                 .isa = kernel()->name,
                 .eigen = eigen_library(c),
                 .duckdb = duck_version(),
                 .hdf5 = hdf5_version(),
                 .zip = zip_version(),
                 .expat = xml_version(),
                 .memory = memory_total_bytes()};
    str text;
    TRY(cache_dir(c, m.cache, sizeof m.cache));
    m.disk = disk_free_bytes(m.cache);
    str_init(&text, c, TAG_REPORT);
    (json ? doctor_json : doctor_text)(&m, &text);
    return text_take(&text, out);
}
