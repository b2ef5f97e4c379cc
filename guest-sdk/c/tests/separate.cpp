// A function of another file: see sample.cpp.
#include <arrowbox.h>

#include <cstring>

extern const arrowbox_function hypotenuse_function;

int main() { return std::strcmp(hypotenuse_function.name, "hypotenuse"); }
