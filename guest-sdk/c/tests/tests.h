/* What the parts of the tests share. */
#ifndef ARROWBOX_NATIVE_TESTS_H
#define ARROWBOX_NATIVE_TESTS_H

#include <stdio.h>

#include "internal.h"

#define CHECK(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);       \
            if (failure_is_there()) printf("  %s\n", failure_take().message);    \
            exit(1);                                                             \
        }                                                                        \
    } while (0)

/* What a host does with what was sent: every buffer goes, as it is, to a place of the guest's. */
void send_back(const struct wire *sent, struct wire *wire);

/* functions.c */
void functions(void);

#endif
