/* Seeds of keys_text: values by the book, and each mistake that a lax reader takes. */
#include "seed.h"

#include <string.h>

void seeds_of_text(void)
{
    static const struct { const char *name, *text; } values[] = {
        {"hex", "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52"},
        {"hex-capitals", "188515093E952F5F22E865CEF3012E72F8B5F0B598AC0309D5DACCE3B70FCF52"},
        {"hex-63", "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf5"},
        {"hex-65", "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf521"},
        {"hex-with-g", "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf5g"},
        {"base64", "GIUVCT6VL18i6GXO8wEucvi18LWYrAMJ1drM47cPz1I="},
        {"base64-bits-unused", "GIUVCT6VL18i6GXO8wEucvi18LWYrAMJ1drM47cPz1J="},
        {"base64-high-byte", "GIUVCT6VL18i6GXO\xbcwEucvi18LWYrAMJ1drM47cPz1I="},
        {"base64-unpadded", "GIUVCT6VL18i6GXO8wEucvi18LWYrAMJ1drM47cPz1I"},
        {"number", "65535"},
        {"number-one-more", "65536"},
        {"number-32-bits", "4294967295"},
        {"number-33-bits", "4294967296"},
        {"number-64-bits-round", "18446744073709551617"},
        {"number-zeros", "0000000000000080"},
        {"number-signed", "+5"},
        {"v4", "192.0.2.1"},
        {"v4-octal", "192.0.02.1"},
        {"v4-256", "192.0.2.256"},
        {"v4-short", "192.0.2"},
        {"v6", "2001:db8::a:0:0:1"},
        {"v6-whole", "1:2:3:4:5:6:7:8"},
        {"v6-gap-of-one", "1:2:3::5:6:7:8"},
        {"v6-gap-of-none", "1:2:3:4::5:6:7:8"},
        {"v6-two-gaps", "1::2::3"},
        {"v6-mapped", "::ffff:192.0.2.1"},
        {"v6-compatible", "::192.0.2.1"},
        {"v6-dotted-first", "192.0.2.1::"},
        {"v6-nine", "1:2:3:4:5:6:7:8:9"},
        {"v6-five-digits", "::12345"},
        {"v6-colon-last", "1:2:3:4:5:6:7:"},
        {"endpoint-v4", "192.0.2.1:51820"},
        {"endpoint-v6", "[2001:db8::1]:51820"},
        {"endpoint-scope", "[fe80::1%3]:51820"},
        {"endpoint-scope-empty", "[fe80::1%]:51820"},
        {"endpoint-scope-elsewhere", "[2001:db8::1%3]:51820"},
        {"endpoint-bare-v6", "2001:db8::1:51820"},
        {"endpoint-v4-brackets", "[192.0.2.1]:51820"},
        {"endpoint-no-port", "192.0.2.1:"},
        {"endpoint-behind", "[::1]]:1"},
        {"prefix-v4", "10.0.0.1/8"},
        {"prefix-v4-33", "10.0.0.1/33"},
        {"prefix-v6", "fd00::1/128"},
        {"prefix-none", "10.0.0.1/"},
        {"prefix-v6-129", "::/129"},
        {"v6-colon-behind", "1:2:3:4:5:6:7:8:"},
        {"v6-gap-colon-behind", "1::2:"},
        {"prefix-two", "10.0.0.1/8/8"},
    };
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct seed seed = {.size = 0};
        seed_bytes(&seed, values[i].text, strlen(values[i].text));
        seed_end(&seed, "keys_text", "%s", values[i].name);
    }
}
