/* From a format string of the Arrow C Data Interface to how arrays lie in memory. */
#include "internal.h"

static bool begins(const char *format, const char *with) { return strncmp(format, with, strlen(with)) == 0; }

/* The bytes of a value, or zero. */
static int fixed_width(const char *format) {
    switch (format[0]) {
    case 'c': case 'C': return 1;
    case 's': case 'S': case 'e': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': case 'g': return 8;
    case 'w': {
        if (format[1] != ':') return 0;
        long width = strtol(format + 2, NULL, 10);
        return width > 0 && width < (1 << 28) ? (int)width : 0;
    }
    case 'd': {
        int precision_and_scale = 16;
        const char *comma = strchr(format, ',');
        comma = comma ? strchr(comma + 1, ',') : NULL;
        if (comma) precision_and_scale = atoi(comma + 1) / 8;
        return precision_and_scale;
    }
    case 't':
        switch (format[1]) {
        case 'd': return format[2] == 'D' ? 4 : format[2] == 'm' ? 8 : 0;
        case 't': return format[2] == 's' || format[2] == 'm' ? 4 : 8;
        case 's': case 'D': return 8;
        case 'i': return format[2] == 'M' ? 4 : format[2] == 'D' ? 8 : format[2] == 'n' ? 16 : 0;
        default: return 0;
        }
    default: return 0;
    }
}

static struct type *wrong(const struct ArrowSchema *schema) {
    arrowbox_fail("`%s` is no type, or its children are not those of such a type (field `%s`)", schema->format,
                  schema->name ? schema->name : "");
    return NULL;
}

struct type *type_of(struct arena *arena, const struct ArrowSchema *schema) {
    const char *format = schema->format;
    struct type *type = arena_take(arena, sizeof *type, 16);
    memset(type, 0, sizeof *type);
    type->format = format[0];
    type->n_arrays = 1;
    if (schema->dictionary) {
        type->layout = LAYOUT_DICTIONARY;
        type->width = strchr("cCsSiIlL", format[0]) && format[0] && !format[1] ? fixed_width(format) : 0;
        if (type->width == 0 || schema->n_children != 0) return wrong(schema);
        type->n_children = 1;
        type->children = arena_take(arena, sizeof(struct type *), 16);
        type->children[0] = type_of(arena, schema->dictionary);
        if (!type->children[0]) return NULL;
        type->n_arrays += type->children[0]->n_arrays;
        return type;
    }
    int64_t wanted = 0; /* Children; -1 for any number. */
    if (!strcmp(format, "n")) {
        type->layout = LAYOUT_NULL;
    } else if (!strcmp(format, "b")) {
        type->layout = LAYOUT_BITS;
    } else if (!strcmp(format, "u") || !strcmp(format, "z")) {
        type->layout = LAYOUT_BYTES;
        type->width = 4;
    } else if (!strcmp(format, "U") || !strcmp(format, "Z")) {
        type->layout = LAYOUT_BYTES;
        type->width = 8;
    } else if (!strcmp(format, "vu") || !strcmp(format, "vz")) {
        type->layout = LAYOUT_VIEWS;
        type->width = 16;
    } else if (!strcmp(format, "+l") || !strcmp(format, "+m")) {
        type->layout = LAYOUT_LIST;
        type->width = 4;
        wanted = 1;
    } else if (!strcmp(format, "+L")) {
        type->layout = LAYOUT_LIST;
        type->width = 8;
        wanted = 1;
    } else if (!strcmp(format, "+vl") || !strcmp(format, "+vL")) {
        type->layout = LAYOUT_LIST_VIEW;
        type->width = format[2] == 'l' ? 4 : 8;
        wanted = 1;
    } else if (begins(format, "+w:")) {
        type->layout = LAYOUT_FIXED_LIST;
        type->size = strtoll(format + 3, NULL, 10);
        if (type->size < 0) return wrong(schema);
        wanted = 1;
    } else if (!strcmp(format, "+s")) {
        type->layout = LAYOUT_STRUCT;
        wanted = -1;
    } else if (!strcmp(format, "+r")) {
        type->layout = LAYOUT_RUNS;
        wanted = 2;
    } else if (begins(format, "+us:") || begins(format, "+ud:")) {
        type->layout = format[2] == 's' ? LAYOUT_SPARSE_UNION : LAYOUT_DENSE_UNION;
        memset(type->child_of, -1, sizeof type->child_of);
        const char *at = format + 4;
        int child = 0;
        while (*at) {
            char *end;
            long id = strtol(at, &end, 10);
            if (end == at || id < 0 || id > 127) return wrong(schema);
            type->child_of[id] = (int8_t)child++;
            at = *end == ',' ? end + 1 : end;
        }
        wanted = child;
    } else {
        type->layout = LAYOUT_FIXED;
        type->width = fixed_width(format);
        if (type->width == 0) return wrong(schema);
    }
    if (wanted >= 0 && schema->n_children != wanted) return wrong(schema);
    type->n_children = schema->n_children;
    if (type->n_children > 0) {
        type->children = arena_take(arena, (size_t)type->n_children * sizeof(struct type *), 16);
        for (int64_t i = 0; i < type->n_children; i++) {
            if (!(type->children[i] = type_of(arena, schema->children[i]))) return NULL;
            type->n_arrays += type->children[i]->n_arrays;
        }
    }
    if (type->layout == LAYOUT_RUNS) {
        const struct type *ends = type->children[0];
        if (ends->layout != LAYOUT_FIXED || !strchr("sil", ends->format)) return wrong(schema);
    }
    return type;
}
