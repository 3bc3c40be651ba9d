#ifndef TOOLS_CONFORM_FIELDS_H
#define TOOLS_CONFORM_FIELDS_H

/* The fields of the messages, and what each must be. */

#include <stdbool.h>
#include <stdint.h>

struct field {
    const char *name, *meaning;
    uint32_t at, length; /* within a message of the length asked for */
};

/* The field of a message of this type and length; false: there are no more. */
bool field_of(uint8_t type, uint32_t length, unsigned number, struct field *field);

#endif
