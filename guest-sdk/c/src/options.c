/* What the statement that made a function known said. */
#include "internal.h"

const char *arrowbox_param(const struct arrowbox_options *options, const char *key) {
    for (size_t i = 0; i < options->n_parameters; i++)
        if (!strcmp(options->parameters[i].key, key)) return options->parameters[i].value;
    return NULL;
}

bool arrowbox_has_data(const struct arrowbox_options *options, const char *name) {
    for (size_t i = 0; i < options->n_data; i++)
        if (!strcmp(options->data[i].name, name)) return true;
    return false;
}

static bool is_known(const char *name, va_list known) {
    va_list names;
    va_copy(names, known);
    bool found = false;
    for (const char *each; !found && (each = va_arg(names, const char *));) found = !strcmp(each, name);
    va_end(names);
    return found;
}

static int refuse(const char *kind, const char *name, va_list known) {
    struct arrowbox_bytes list = {NULL, 0, 0};
    for (const char *each; (each = va_arg(known, const char *));)
        arrowbox_bytes_printf(&list, "%s%s", list.length ? ", " : "", each);
    if (list.length) arrowbox_fail("%s.%s is not known: the function takes %.*s", kind, name, (int)list.length, list.data);
    else arrowbox_fail("%s.%s is not known: the function takes no options", kind, name);
    arrowbox_bytes_free(&list);
    return ARROWBOX_ERROR;
}

int arrowbox_only(const struct arrowbox_options *options, ...) {
    va_list known;
    va_start(known, options);
    int result = ARROWBOX_OK;
    for (size_t i = 0; !result && i < options->n_parameters; i++)
        if (!is_known(options->parameters[i].key, known)) result = refuse("param", options->parameters[i].key, known);
    for (size_t i = 0; !result && i < options->n_data; i++)
        if (!is_known(options->data[i].name, known)) result = refuse("data", options->data[i].name, known);
    va_end(known);
    return result;
}

int arrowbox_read_data(struct arrowbox_options *options, const char *name, arrowbox_text *bytes) {
    for (size_t i = 0; i < options->n_data; i++) {
        if (strcmp(options->data[i].name, name)) continue;
        if (!options->data[i].bytes) {
            uint64_t size;
            if (host_data_size(name, &size)) return ARROWBOX_ERROR;
            if (size >= SIZE_MAX / 2) return arrowbox_fail("data.%s is larger than the memory of a function", name);
            char *all = malloc((size_t)size + 1);
            if (!all) return arrowbox_fail("data.%s has %llu bytes, for which there is no memory", name, (unsigned long long)size);
            for (size_t at = 0; at < (size_t)size;) {
                size_t left = (size_t)size - at, read;
                uint32_t piece = left < (size_t)16 << 20 ? (uint32_t)left : (uint32_t)16 << 20;
                int result = host_data_read(name, at, piece, all + at, &read);
                if (result || read == 0) {
                    free(all);
                    return result ? ARROWBOX_ERROR : arrowbox_fail("data.%s ends too early", name);
                }
                at += read;
            }
            all[size] = 0;
            options->data[i].bytes = all;
            options->data[i].length = (size_t)size;
        }
        bytes->data = options->data[i].bytes;
        bytes->length = options->data[i].length;
        return ARROWBOX_OK;
    }
    return arrowbox_fail("data.%s is missing", name);
}

void options_free(struct arrowbox_options *options) {
    for (size_t i = 0; i < options->n_parameters; i++) {
        free(options->parameters[i].key);
        free(options->parameters[i].value);
    }
    for (size_t i = 0; i < options->n_data; i++) {
        free(options->data[i].name);
        free(options->data[i].bytes);
    }
    free(options->parameters);
    free(options->data);
    free(options);
}
