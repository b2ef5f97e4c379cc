/* The reference functions. */
#include "functions.h"

#define LISTED(name) &name##_function,
const struct arrowbox_function *const arrowbox_library[] = {EACH(LISTED) NULL};
