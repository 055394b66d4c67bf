#include "base/os/os.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names of code addresses.  The loader knows exported functions alone; static ones are in the
 * file's own symbol table, which it does not load, so that is read here: once for each address,
 * since this is for reports. */

typedef struct image {
    const char *at;
    size_t size;
} image;

static image image_open(const char *path)
{
    image i = {0};
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return i;
    if (fstat(fd, &st) == 0 && st.st_size > (off_t)sizeof(ElfW(Ehdr))) {
        void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (at != MAP_FAILED)
            i = (image){at, (size_t)st.st_size};
    }
    close(fd);
    return i;
}

/* NULL where the file has not so many bytes there. */
static const void *part(const image *i, uint64_t from, uint64_t bytes)
{
    return from <= i->size && bytes <= i->size - from ? i->at + from : NULL;
}

typedef struct named {
    const char *name;
    uint64_t offset; /* of the address in the function */
} named;

/* Among the symbols of one table. */
static bool find_in(const image *i, const ElfW(Shdr) * table, const ElfW(Shdr) * strings,
                    uint64_t address, named *out)
{
    const ElfW(Sym) *symbol = part(i, table->sh_offset, table->sh_size);
    const char *text = part(i, strings->sh_offset, strings->sh_size);
    for (uint64_t k = 0; symbol && text && k < table->sh_size / sizeof *symbol; k++) {
        const ElfW(Sym) *s = &symbol[k];
        bool covers = address >= s->st_value && address < s->st_value + s->st_size;
        if (!covers || ELF64_ST_TYPE(s->st_info) != STT_FUNC || s->st_name >= strings->sh_size ||
            !memchr(text + s->st_name, 0, strings->sh_size - s->st_name))
            continue;
        *out = (named){text + s->st_name, address - s->st_value};
        return true;
    }
    return false;
}

/* `address` as the file counts, 0 at its first byte or as linked. */
static bool find_static(const image *i, uint64_t address, named *out)
{
    const ElfW(Ehdr) *head = part(i, 0, sizeof *head);
    if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_shentsize != sizeof(ElfW(Shdr)))
        return false;
    const ElfW(Shdr) *section = part(i, head->e_shoff, (uint64_t)head->e_shnum * sizeof *section);
    for (int k = 0; section && k < head->e_shnum; k++)
        if (section[k].sh_type == SHT_SYMTAB && section[k].sh_link < head->e_shnum &&
            find_in(i, &section[k], &section[section[k].sh_link], address, out))
            return true;
    return false;
}

static bool is_fixed(const image *i)
{
    const ElfW(Ehdr) *head = part(i, 0, sizeof *head);
    return head && head->e_type == ET_EXEC;
}

/* A return address is after its call, which may be its function's last instruction. */
static bool look_up(const void *address, char *name, size_t size, uint64_t *offset, Dl_info *info)
{
    const char *call = (const char *)address - 1;
    *info = (Dl_info){0};
    if (!dladdr(call, info) || !info->dli_fname)
        return false;
    image i = image_open(info->dli_fname);
    uint64_t base = is_fixed(&i) ? 0 : (uint64_t)(uintptr_t)info->dli_fbase;
    named found = {0};
    bool is_known = find_static(&i, (uint64_t)(uintptr_t)call - base, &found);
    if (!is_known && info->dli_sname) {
        found = (named){info->dli_sname, (uint64_t)(call - (const char *)info->dli_saddr)};
        is_known = true;
    }
    if (is_known) {
        snprintf(name, size, "%s", found.name);
        *offset = found.offset + 1;
    }
    if (i.at)
        munmap((void *)i.at, i.size);
    return is_known;
}

bool symbol_name(const void *address, char *out, size_t size)
{
    uint64_t offset;
    Dl_info info;
    return look_up(address, out, size, &offset, &info);
}

void symbol_text(const void *address, char *out, size_t size)
{
    char name[128];
    uint64_t offset;
    Dl_info info;
    if (look_up(address, name, sizeof name, &offset, &info))
        snprintf(out, size, "%s+0x%llx (%s)", name, (unsigned long long)offset,
                 path_name(info.dli_fname));
    else if (info.dli_fname)
        snprintf(out, size, "%s+0x%llx", path_name(info.dli_fname),
                 (unsigned long long)((const char *)address - (const char *)info.dli_fbase));
    else
        snprintf(out, size, "0x%llx", (unsigned long long)(uintptr_t)address);
}

bool symbol_is_library(const void *address)
{
    Dl_info ours, info;
    return dladdr((const void *)(uintptr_t)symbol_is_library, &ours) && dladdr(address, &info) &&
           info.dli_fbase == ours.dli_fbase && strstr(path_name(ours.dli_fname), ".so");
}
