/* Memory of calls, which is given back at once, and the places for what the host brings. */
#include "internal.h"

#define IDLE_BYTES ((size_t)1 << 20)
#define CHUNK_BYTES ((size_t)64 << 10)
#define GRANULE ((size_t)1 << 10)
#define ALIGNMENT ((size_t)64)

struct chunk {
    struct chunk *before;
    size_t size; /* Behind this header. */
};

static struct arena entry;
struct arena *arena_now = &entry;

static _Noreturn void out_of_memory(size_t bytes) {
    /* Without formatting, which could need memory. */
    static char message[64];
    char digits[24];
    size_t n = 0, at = 0;
    do digits[n++] = (char)('0' + bytes % 10);
    while ((bytes /= 10) > 0);
    for (const char *c = "out of memory: "; *c;) message[at++] = *c++;
    while (n > 0) message[at++] = digits[--n];
    for (const char *c = " bytes can not be had"; *c;) message[at++] = *c++;
    arrowbox_panic_at(message, NULL, 0);
}

void *must_allocate(size_t bytes) {
    void *memory = malloc(bytes > 0 ? bytes : 1);
    if (!memory) out_of_memory(bytes);
    return memory;
}

void *must_zero(size_t count, size_t bytes) {
    void *memory = calloc(count > 0 ? count : 1, bytes > 0 ? bytes : 1);
    if (!memory) out_of_memory(count * bytes);
    return memory;
}

void *must_grow(void *memory, size_t bytes) {
    memory = realloc(memory, bytes > 0 ? bytes : 1);
    if (!memory) out_of_memory(bytes);
    return memory;
}

size_t must_fit(int64_t count, size_t width) {
    if (count < 0 || (width > 0 && (uint64_t)count > SIZE_MAX / width)) out_of_memory(SIZE_MAX);
    return (size_t)count * width;
}

size_t must_extend(size_t capacity, size_t length, size_t bytes) {
    if (bytes > SIZE_MAX - length) out_of_memory(bytes);
    size_t needed = length + bytes;
    return capacity <= SIZE_MAX / 2 && 2 * capacity > needed ? 2 * capacity : needed;
}

char *copy_text(const char *text, size_t length) {
    char *copy = must_allocate(length + 1);
    if (length > 0) memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

static char *chunk_begin(struct chunk *chunk) { return (char *)(chunk + 1); }

static char *aligned(char *address, size_t align) {
    return address + (-(uintptr_t)address & (align - 1));
}

void *arena_take(struct arena *arena, size_t bytes, size_t align) {
    char *taken = arena->next ? aligned(arena->next, align) : NULL;
    if (!taken || taken > arena->end || (size_t)(arena->end - taken) < bytes) {
        if (bytes > SIZE_MAX - align - CHUNK_BYTES) out_of_memory(bytes);
        size_t size = arena->chunks ? 2 * arena->chunks->size : CHUNK_BYTES;
        if (size > IDLE_BYTES) size = IDLE_BYTES;
        if (size < bytes + align) size = bytes + align;
        struct chunk *chunk = must_allocate(sizeof *chunk + size);
        chunk->before = arena->chunks;
        chunk->size = size;
        arena->chunks = chunk;
        arena->end = chunk_begin(chunk) + size;
        taken = aligned(chunk_begin(chunk), align);
    }
    arena->next = taken + bytes;
    return taken;
}

void *arena_grow(struct arena *arena, void *taken, size_t bytes, size_t more) {
    char *begin = taken;
    if (begin && begin + bytes == arena->next && (size_t)(arena->end - begin) >= more) {
        arena->next = begin + more;
        return begin;
    }
    void *larger = arena_take(arena, more, ALIGNMENT);
    if (bytes > 0) memcpy(larger, taken, bytes);
    return larger;
}

void arena_reset(struct arena *arena) {
    struct chunk *kept = NULL;
    for (struct chunk *chunk = arena->chunks, *before; chunk; chunk = before) {
        before = chunk->before;
        if (chunk->size <= IDLE_BYTES && (!kept || kept->size < chunk->size)) {
            free(kept);
            kept = chunk;
        } else {
            free(chunk);
        }
    }
    arena->chunks = kept;
    arena->next = arena->end = NULL;
    if (kept) {
        kept->before = NULL;
        arena->next = chunk_begin(kept);
        arena->end = arena->next + kept->size;
    }
}

void arena_free(struct arena *arena) {
    for (struct chunk *chunk = arena->chunks, *before; chunk; chunk = before) {
        before = chunk->before;
        free(chunk);
    }
    memset(arena, 0, sizeof *arena);
}

void *arrowbox_alloc(size_t bytes) { return arena_take(arena_now, bytes, ALIGNMENT); }

void *arrowbox_zeroed(size_t bytes) {
    void *memory = arrowbox_alloc(bytes);
    if (bytes > 0) memset(memory, 0, bytes);
    return memory;
}

void enter(void) {
    values_forget();
    results_forget();
    arena_reset(&entry);
    arena_now = &entry;
    failure_clear();
}

/* ---- Regions ---------------------------------------------------------------------------------------- */

struct region {
    struct region *next;
    void *allocation;
    uintptr_t address;
    size_t size;
    size_t align;
    int64_t owners;
};

/* The host has them and has not called a function with them yet. */
static struct region *handed_out;
/* For the next batch that fits: those that waited longest last. */
static struct region *idle;
static size_t idle_bytes;

static void region_free(struct region *region) {
    free(region->allocation);
    free(region);
}

static void put_idle(struct region *region) {
    if (region->size > IDLE_BYTES) {
        region_free(region);
        return;
    }
    while (idle && idle_bytes + region->size > IDLE_BYTES) {
        struct region **last = &idle;
        while ((*last)->next) last = &(*last)->next;
        idle_bytes -= (*last)->size;
        region_free(*last);
        *last = NULL;
    }
    region->next = idle;
    idle = region;
    idle_bytes += region->size;
}

/* The smallest that holds as much without wasting more than half of itself. */
static struct region *take_idle(size_t size, size_t align) {
    struct region **best = NULL;
    for (struct region **at = &idle; *at; at = &(*at)->next)
        if ((*at)->size >= size && (*at)->size / 2 <= size && (*at)->align >= align &&
            (!best || (*at)->size < (*best)->size))
            best = at;
    if (!best) return NULL;
    struct region *region = *best;
    *best = region->next;
    idle_bytes -= region->size;
    return region;
}

uintptr_t region_allocate(size_t length, size_t align) {
    if (align < ALIGNMENT) align = ALIGNMENT;
    if ((align & (align - 1)) != 0) return 0;
    if (length == 0) return align;
    if (length > SIZE_MAX / 2 || align > SIZE_MAX / 4) return 0;
    size_t size = (length + GRANULE - 1) / GRANULE * GRANULE;
    struct region *region = take_idle(size, align);
    if (!region) {
        region = malloc(sizeof *region);
        if (!region) return 0;
        region->allocation = malloc(size + align);
        if (!region->allocation) {
            free(region);
            return 0;
        }
        region->address = (uintptr_t)aligned(region->allocation, align);
        region->size = size;
        region->align = align;
    }
    region->owners = 0;
    region->next = handed_out;
    handed_out = region;
    return region->address;
}

void region_release(uintptr_t address) {
    for (struct region **at = &handed_out; *at; at = &(*at)->next)
        if ((*at)->address == address) {
            struct region *region = *at;
            *at = region->next;
            put_idle(region);
            return;
        }
}

static bool has(const struct region *region, uintptr_t address, size_t length) {
    return address >= region->address && address - region->address <= region->size &&
           length <= region->size - (address - region->address);
}

struct region *region_claim(uintptr_t address, size_t length, struct region **claimed, size_t n_claimed) {
    for (size_t i = 0; i < n_claimed; i++)
        if (has(claimed[i], address, length)) return claimed[i];
    for (struct region **at = &handed_out; *at; at = &(*at)->next)
        if (has(*at, address, length)) {
            struct region *region = *at;
            *at = region->next;
            region->owners = 1;
            return region;
        }
    return NULL;
}

void region_drop(struct region *region) {
    if (--region->owners == 0) put_idle(region);
}
