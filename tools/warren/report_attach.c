/* What attached nodes did, and how well the world kept up with the machine's clock. */

#include "attach.h"

#include <inttypes.h>
#include <jansson.h>

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

struct json_t *attach_json(const struct attach *attach, const struct sim_results *results)
{
    const struct attach_late late = attach_late(attach);
    json_t *nodes = json_object();
    size_t count;
    const struct attach_count *counts = attach_counts(attach, &count);
    for (size_t i = 0; i < count; i++)
        json_object_set_new(nodes, results->nodes[counts[i].node].name,
                            json_pack("{s:s, s:o, s:o, s:o}", "interface", counts[i].name, "entered", number(counts[i].entered),
                                      "left", number(counts[i].left), "refused", number(counts[i].refused)));
    return json_pack("{s:o, s:{s:o, s:o, s:o, s:o}}", "nodes", nodes, "late", "events", number(late.count), "half_ns",
                     number(late.half), "ninety_nine_ns", number(late.ninety_nine), "most_ns", number(late.most));
}

/* Milliseconds with three decimals. */
static const char *ms(wrn_time time, char out[32])
{
    snprintf(out, 32, "%" PRIu64 ".%03" PRIu64 " ms", time / WRN_MILLISECOND, time % WRN_MILLISECOND / 1000);
    return out;
}

void print_attached(FILE *out, const struct attach *attach, const struct sim_results *results)
{
    const struct attach_late late = attach_late(attach);
    char half[32], ninety_nine[32], most[32];
    size_t count;
    const struct attach_count *counts = attach_counts(attach, &count);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "  attached    %s as %s: %" PRIu64 " packets entered, %" PRIu64 " left", results->nodes[counts[i].node].name,
                counts[i].name, counts[i].entered, counts[i].left);
        if (counts[i].refused)
            fprintf(out, ", %" PRIu64 " that the kernel did not take", counts[i].refused);
        fputc('\n', out);
    }
    fputs("              S1 and S2 know these packets by their digests; L17, the traffic above and claims about it do not\n",
          out);
    fprintf(out, "  late        %s at most, 99%% of %" PRIu64 " events by no more than %s, half by %s\n", ms(late.most, most),
            late.count, ms(late.ninety_nine, ninety_nine), ms(late.half, half));
}
