/* Schemas: written as text by authors, and as fields by hosts. */
#include "internal.h"

static void release(struct ArrowSchema *schema) { schema->release = NULL; }

static const char *keep_text(struct arena *arena, const char *text, size_t length) {
    char *kept = arena_take(arena, length + 1, 1);
    if (length > 0) memcpy(kept, text, length);
    kept[length] = 0;
    return kept;
}

struct ArrowSchema *schema_make(struct arena *arena, const char *format, size_t format_length, const char *name,
                                size_t name_length, int64_t flags, int64_t n_children, bool dictionary) {
    struct ArrowSchema *schema = arena_take(arena, sizeof *schema, 16);
    memset(schema, 0, sizeof *schema);
    schema->format = keep_text(arena, format, format_length);
    schema->name = keep_text(arena, name, name_length);
    schema->flags = flags;
    schema->n_children = n_children;
    if (n_children > 0) {
        schema->children = arena_take(arena, (size_t)n_children * sizeof(struct ArrowSchema *), 16);
        memset(schema->children, 0, (size_t)n_children * sizeof(struct ArrowSchema *));
    }
    (void)dictionary;
    schema->release = release;
    return schema;
}

/* The bytes of metadata: a count, then lengths and texts. */
static size_t metadata_length(const char *metadata) {
    int32_t count, length;
    memcpy(&count, metadata, 4);
    size_t at = 4;
    for (int32_t i = 0; i < 2 * count; i++) {
        memcpy(&length, metadata + at, 4);
        at += 4 + (size_t)length;
    }
    return at;
}

struct ArrowSchema *schema_copy(struct arena *arena, const struct ArrowSchema *schema) {
    const char *name = schema->name ? schema->name : "";
    struct ArrowSchema *copy = schema_make(arena, schema->format, strlen(schema->format), name, strlen(name),
                                           schema->flags, schema->n_children, false);
    if (schema->metadata) copy->metadata = keep_text(arena, schema->metadata, metadata_length(schema->metadata));
    for (int64_t i = 0; i < schema->n_children; i++) copy->children[i] = schema_copy(arena, schema->children[i]);
    if (schema->dictionary) copy->dictionary = schema_copy(arena, schema->dictionary);
    return copy;
}

/* ---- Text ------------------------------------------------------------------------------------------- */

struct parser {
    struct arena *arena;
    const char *text;
    const char *at;
    bool variadic;
};

static void blanks(struct parser *parser) {
    while (*parser->at == ' ' || *parser->at == '\n' || *parser->at == '\t') parser->at++;
}

static struct ArrowSchema *bad(struct parser *parser, const char *what) {
    arrowbox_fail("`%s` says no types: %s at `%s`", parser->text, what, parser->at);
    return NULL;
}

static struct ArrowSchema *list(struct parser *parser, char end);

/* A name and a colon before the type; a single colon of a format such as `tsu:UTC` is none. */
static struct ArrowSchema *field(struct parser *parser, const char *unnamed) {
    blanks(parser);
    const char *name = parser->at;
    size_t length = strcspn(name, ":;()[]!");
    bool named = name[length] == ':';
    /* `d:10,2`, `w:4`, `tsu:UTC`, `+w:3`, `+us:0,1` without a name before them. */
    if (named) {
        static const char *const with_colon[] = {"d",   "w",   "tss", "tsm", "tsu",  "tsn", "+w",
                                                 "+us", "+ud", NULL};
        const char *behind = name + length + 1;
        size_t behind_length = strcspn(behind, ";()[]!");
        for (const char *const *each = with_colon; *each; each++)
            if (strlen(*each) == length && !strncmp(name, *each, length) &&
                !(length == 1 && behind_length > 0 && (behind[0] < '0' || behind[0] > '9')) && unnamed)
                named = false;
    }
    if (named) parser->at = name + length + 1;
    else length = 0;
    blanks(parser);
    const char *format = parser->at;
    size_t format_length = strcspn(format, ";()[]! \n\t");
    size_t dots = 0;
    if (format_length > 3 && !strncmp(format + format_length - 3, "...", 3)) dots = 3;
    parser->at += format_length;
    format_length -= dots;
    if (dots) parser->variadic = true;
    if (format_length == 0) return bad(parser, "there is no type");
    struct ArrowSchema *children = NULL, *values = NULL;
    if (*parser->at == '(') {
        parser->at++;
        if (!(children = list(parser, ')'))) return NULL;
    } else if (*parser->at == '[') {
        parser->at++;
        if (!(values = field(parser, ""))) return NULL;
        blanks(parser);
        if (*parser->at != ']') return bad(parser, "a bracket is missing");
        parser->at++;
    }
    int64_t flags = ARROW_FLAG_NULLABLE;
    if (*parser->at == '!') {
        parser->at++;
        flags = 0;
    }
    if (!strncmp(parser->at, "...", 3)) {
        parser->at += 3;
        parser->variadic = true;
    }
    blanks(parser);
    const char *called = named ? name : unnamed ? unnamed : "";
    struct ArrowSchema *schema =
        schema_make(parser->arena, format, format_length, called, named ? length : strlen(called), flags,
                    children ? children->n_children : 0, values != NULL);
    for (int64_t i = 0; i < schema->n_children; i++) schema->children[i] = children->children[i];
    schema->dictionary = values;
    return schema;
}

static struct ArrowSchema *list(struct parser *parser, char end) {
    struct ArrowSchema *fields[64];
    int64_t count = 0;
    for (;;) {
        blanks(parser);
        if (*parser->at == end) break;
        if (*parser->at == 0) return bad(parser, "a parenthesis is missing");
        if (count == 64) return bad(parser, "there are more than 64 fields");
        if (!(fields[count] = field(parser, NULL))) return NULL;
        count++;
        if (*parser->at == ';') parser->at++;
        else if (*parser->at != end) return bad(parser, "a semicolon is missing");
    }
    if (end) parser->at++;
    struct ArrowSchema *schema = schema_make(parser->arena, "+s", 2, "", 0, 0, count, false);
    if (count > 0) memcpy(schema->children, fields, (size_t)count * sizeof fields[0]);
    return schema;
}

struct ArrowSchema *schema_parse(struct arena *arena, const char *text, bool *variadic) {
    struct parser parser = {arena, text, text, false};
    struct ArrowSchema *fields = list(&parser, 0);
    if (fields && variadic) *variadic = parser.variadic;
    return fields;
}

struct ArrowSchema *schema_parse_field(struct arena *arena, const char *text, const char *name) {
    struct parser parser = {arena, text, text, false};
    struct ArrowSchema *schema = field(&parser, name);
    if (schema && *parser.at == ';') parser.at++;
    if (schema && *parser.at) return bad(&parser, "there is more than one type");
    return schema;
}

static struct ArrowSchema *wanted(struct ArrowSchema *schema) {
    if (!schema) arrowbox_panic_at(failure_take().message, NULL, 0);
    return schema;
}

struct ArrowSchema *arrowbox_schema(const char *text) { return wanted(schema_parse_field(arena_now, text, "")); }

struct ArrowSchema *arrowbox_fields(const char *text) { return wanted(schema_parse(arena_now, text, NULL)); }

/* ---- Comparing -------------------------------------------------------------------------------------- */

bool schema_same_type(const struct ArrowSchema *a, const struct ArrowSchema *b) {
    if (strcmp(a->format, b->format) || a->n_children != b->n_children || !a->dictionary != !b->dictionary)
        return false;
    for (int64_t i = 0; i < a->n_children; i++)
        if (!schema_same_type(a->children[i], b->children[i])) return false;
    return !a->dictionary || schema_same_type(a->dictionary, b->dictionary);
}

static bool is_one_of(const struct ArrowSchema *schema, const char *a, const char *b, const char *c) {
    const char *format = schema->dictionary ? schema->dictionary->format : schema->format;
    return !strcmp(format, a) || !strcmp(format, b) || !strcmp(format, c);
}

bool schema_accepts(const struct ArrowSchema *declared, const struct ArrowSchema *given) {
    if (!strcmp(declared->format, "*")) return true;
    if (!strcmp(declared->format, "*u")) return is_one_of(given, "u", "U", "vu");
    if (!strcmp(declared->format, "*z")) return is_one_of(given, "z", "Z", "vz");
    return schema_same_type(declared, given);
}

static void print(struct arrowbox_bytes *bytes, const struct ArrowSchema *schema) {
    arrowbox_bytes_add(bytes, schema->format, strlen(schema->format));
    if (schema->n_children > 0) {
        for (int64_t i = 0; i < schema->n_children; i++) {
            arrowbox_bytes_add(bytes, i ? ", " : "(", i ? 2 : 1);
            print(bytes, schema->children[i]);
        }
        arrowbox_bytes_add(bytes, ")", 1);
    }
    if (schema->dictionary) {
        arrowbox_bytes_add(bytes, "[", 1);
        print(bytes, schema->dictionary);
        arrowbox_bytes_add(bytes, "]", 1);
    }
}

const char *schema_text(struct arena *arena, const struct ArrowSchema *schema) {
    struct arrowbox_bytes bytes = {NULL, 0, 0};
    print(&bytes, schema);
    const char *text = keep_text(arena, bytes.data, bytes.length);
    arrowbox_bytes_free(&bytes);
    return text;
}

int64_t arrowbox_find_text(const struct ArrowSchema *fields, arrowbox_text name) {
    for (int64_t i = 0; i < fields->n_children; i++)
        if (arrowbox_text_is(name, fields->children[i]->name)) return i;
    return -1;
}

int64_t arrowbox_find(const struct ArrowSchema *fields, const char *name) {
    return arrowbox_find_text(fields, arrowbox_text_of(name));
}
