#ifndef FUZZ_STAND_IN_SODIUM_H
#define FUZZ_STAND_IN_SODIUM_H

/*
 * What harnesses call of libsodium, where that library is not: for processors this machine is not, and for 32 bits. Names, arguments
 * and results are libsodium's. The primitives are those of the provider portable, which crypto_diff holds against libsodium itself
 * on this machine; here it is the rest that is held to the same answers.
 */

#include <stddef.h>

#define sodium_base64_VARIANT_ORIGINAL 1

int sodium_init(void);

int crypto_scalarmult(unsigned char out[32], const unsigned char secret[32], const unsigned char point[32]);
int crypto_scalarmult_base(unsigned char out[32], const unsigned char secret[32]);

/* The nonce starts with four zero bytes: WireGuard has no other. */
int crypto_aead_chacha20poly1305_ietf_encrypt(unsigned char *out, unsigned long long *out_length, const unsigned char *plain,
                                              unsigned long long length, const unsigned char *aad, unsigned long long aad_length,
                                              const unsigned char *none, const unsigned char nonce[12],
                                              const unsigned char key[32]);
int crypto_aead_chacha20poly1305_ietf_decrypt(unsigned char *plain, unsigned long long *plain_length, unsigned char *none,
                                              const unsigned char *text, unsigned long long length, const unsigned char *aad,
                                              unsigned long long aad_length, const unsigned char nonce[12],
                                              const unsigned char key[32]);
int crypto_aead_xchacha20poly1305_ietf_encrypt(unsigned char *out, unsigned long long *out_length, const unsigned char *plain,
                                               unsigned long long length, const unsigned char *aad, unsigned long long aad_length,
                                               const unsigned char *none, const unsigned char nonce[24],
                                               const unsigned char key[32]);
int crypto_aead_xchacha20poly1305_ietf_decrypt(unsigned char *plain, unsigned long long *plain_length, unsigned char *none,
                                               const unsigned char *text, unsigned long long length, const unsigned char *aad,
                                               unsigned long long aad_length, const unsigned char nonce[24],
                                               const unsigned char key[32]);

/* Characters to pass over are not supported: skip is null. */
int   sodium_hex2bin(unsigned char *out, size_t most, const char *text, size_t size, const char *skip, size_t *length,
                     const char **end);
char *sodium_bin2hex(char *out, size_t most, const unsigned char *bytes, size_t count);
int   sodium_base642bin(unsigned char *out, size_t most, const char *text, size_t size, const char *skip, size_t *length,
                        const char **end, int variant);
char *sodium_bin2base64(char *out, size_t most, const unsigned char *bytes, size_t count, int variant);

#endif
