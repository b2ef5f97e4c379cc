/* What the host gives: the imports of the contract, through the bindings that are generated from wit/. */
#include "internal.h"
#include "native.h"

static native_string_t borrowed(const char *text, size_t length) {
    native_string_t string = {(uint8_t *)(uintptr_t)text, length};
    return string;
}

static int said(native_string_t *error) {
    arrowbox_fail("%.*s", (int)error->len, (const char *)error->ptr);
    native_string_free(error);
    return ARROWBOX_ERROR;
}

void host_log(int level, const char *message, size_t length) {
    native_string_t text = borrowed(message, length);
    arrowbox_udf_log_write((arrowbox_udf_log_level_t)level, &text);
}

void host_panicked(const char *message, size_t length, const char *place, size_t place_length) {
    native_string_t text = borrowed(message, length), where = borrowed(place, place_length);
    arrowbox_udf_log_panicked(&text, &where);
}

int64_t host_now(void) { return arrowbox_udf_clock_now(); }

void host_random(void *into, size_t bytes) {
    for (size_t at = 0; at < bytes;) {
        native_list_u8_t list;
        size_t left = bytes - at;
        arrowbox_udf_random_bytes(left < 65536 ? (uint32_t)left : 65536, &list);
        memcpy((char *)into + at, list.ptr, list.len);
        at += list.len;
        native_list_u8_free(&list);
    }
}

int host_data_size(const char *name, uint64_t *size) {
    native_string_t text = borrowed(name, strlen(name)), error;
    return arrowbox_udf_data_size(&text, size, &error) ? ARROWBOX_OK : said(&error);
}

int host_data_read(const char *name, uint64_t offset, uint32_t length, void *into, size_t *read) {
    native_string_t text = borrowed(name, strlen(name)), error;
    native_list_u8_t list;
    if (!arrowbox_udf_data_read(&text, offset, length, &list, &error)) return said(&error);
    *read = list.len < length ? list.len : length;
    if (*read > 0) memcpy(into, list.ptr, *read);
    native_list_u8_free(&list);
    return ARROWBOX_OK;
}

int host_files(const struct arrowbox_file **files, int64_t *n_files) {
    arrowbox_udf_files_list_entry_t entries;
    native_string_t error;
    if (!arrowbox_udf_files_entries(&entries, &error)) return said(&error);
    struct arrowbox_file *all = arrowbox_alloc((entries.len + 1) * sizeof *all);
    for (size_t i = 0; i < entries.len; i++) {
        size_t length = entries.ptr[i].path.len;
        char *path = arrowbox_alloc(length + 1);
        memcpy(path, entries.ptr[i].path.ptr, length);
        path[length] = 0;
        all[i].path.data = path;
        all[i].path.length = length;
        all[i].size = entries.ptr[i].size;
    }
    *files = all;
    *n_files = (int64_t)entries.len;
    arrowbox_udf_files_list_entry_free(&entries);
    return ARROWBOX_OK;
}

int host_read(arrowbox_text path, uint64_t offset, void *into, uint32_t length, uint32_t *read) {
    native_string_t text = borrowed(path.data, path.length), error;
    arrowbox_udf_files_span_t span = {(uint32_t)(uintptr_t)into, length};
    return arrowbox_udf_files_read_into(&text, offset, &span, read, &error) ? ARROWBOX_OK : said(&error);
}

int host_create(const char *path, int32_t *file) {
    native_string_t text = borrowed(path, strlen(path)), error;
    arrowbox_udf_sink_own_file_t created;
    if (!arrowbox_udf_sink_static_file_create(&text, &created, &error)) return said(&error);
    *file = created.__handle;
    return ARROWBOX_OK;
}

int host_write(int32_t file, const void *data, uint32_t length) {
    arrowbox_udf_sink_borrow_file_t borrow = {file};
    arrowbox_udf_sink_buffer_t buffer;
    native_string_t error;
    buffer.tag = ARROWBOX_UDF_ARROW_BUFFER_SPAN;
    buffer.val.span.address = (uint32_t)(uintptr_t)data;
    buffer.val.span.length = length;
    return arrowbox_udf_sink_method_file_write(borrow, &buffer, &error) ? ARROWBOX_OK : said(&error);
}

int host_finish(int32_t file, uint64_t *bytes) {
    arrowbox_udf_sink_borrow_file_t borrow = {file};
    native_string_t error;
    return arrowbox_udf_sink_method_file_finish(borrow, bytes, &error) ? ARROWBOX_OK : said(&error);
}

void host_drop(int32_t file) {
    arrowbox_udf_sink_own_file_t own = {file};
    arrowbox_udf_sink_file_drop_own(own);
}
