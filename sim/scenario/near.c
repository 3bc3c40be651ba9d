/* Files that a scenario names: traces of links and of traffic. */

#include "schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR_BYTES ((size_t)4 << 20)

char *scn_read_near(struct scn_reader *reader, const struct scn_node *node, const char *key, const char *name, const char *form)
{
    size_t size = 0;
    if (!scn_is_near(name)) {
        scn_fail(reader, node, "%s: '%.100s' is not below the scenario's folder; a name without '..'", key, name);
        return NULL;
    }
    char *path = scn_beside(reader, node->source ? node->source : reader->source, name);
    FILE *file = path ? fopen(path, "rb") : NULL;
    char *text = malloc(NEAR_BYTES + 1);
    if (file && text)
        size = fread(text, 1, NEAR_BYTES, file);
    bool good = file && text && size > 0 && size < NEAR_BYTES && !memchr(text, 0, size);
    if (file)
        fclose(file);
    if (good) {
        text[size] = '\0';
        return text;
    }
    scn_fail(reader, node, "%s: '%.100s' cannot be read; a file of at most 4 MiB, %s", key, name, form);
    free(text);
    return NULL;
}
