#include <intel-ipsec-mb.h>

#include "base.h"
#include "bytes.h"
#include "ipsec_mb/ipsec_mb.h"
#include "warren/crypto.h"

#define BURST       32u /* operations at once: what stands beside them fits the stack */
#define NONCE_BYTES 12u
#define ALIGNMENT   64u

_Static_assert(BURST <= IMB_MAX_JOBS, "the library keeps no more jobs");

/* What a burst needs beside its operations. */
struct beside {
    uint8_t nonces[BURST][NONCE_BYTES];
    uint8_t tags[BURST][WRN_TAG_BYTES];
};

static void fill(IMB_JOB *job, const struct wrn_aead *op, uint8_t nonce[NONCE_BYTES], uint8_t *tag, bool seal)
{
    wrni_store_le32(nonce, 0);
    wrni_store_le64(nonce + 4, op->counter); /* P-13 */
    job->cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
    job->hash_alg = IMB_AUTH_CHACHA20_POLY1305;
    job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    job->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
    job->enc_keys = op->key;
    job->dec_keys = op->key;
    job->key_len_in_bytes = WRN_KEY_BYTES;
    job->iv = nonce;
    job->iv_len_in_bytes = NONCE_BYTES;
    job->src = op->data;
    job->dst = op->data;
    job->cipher_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = op->length;
    job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_hash_in_bytes = op->length;
    job->u.CHACHA20_POLY1305.aad = op->aad;
    job->u.CHACHA20_POLY1305.aad_len_in_bytes = op->aad_length;
    job->auth_tag_output = tag;
    job->auth_tag_output_len_in_bytes = WRN_TAG_BYTES;
}

/* The library does this cipher at once; another version may keep jobs until there are enough to do side by side, and is then asked
 * for what is left. */
static void burst(IMB_MGR *manager, const struct wrn_aead *operations, size_t count, struct beside *beside, bool seal)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        const struct wrn_aead *op = &operations[i];
        fill(IMB_GET_NEXT_JOB(manager), op, beside->nonces[i], seal ? op->data + op->length : beside->tags[i], seal);
        done += IMB_SUBMIT_JOB_NOCHECK(manager) != NULL;
    }
    for (; done < count; done++)
        WRNI_ASSERT(IMB_FLUSH_JOB(manager));
}

void wrni_ipsecmb_seal(void *context, struct wrn_aead *operations, size_t count)
{
    struct beside beside;
    for (size_t at = 0, step; at < count; at += step) {
        step = count - at < BURST ? count - at : BURST;
        burst(context, operations + at, step, &beside, true);
        for (size_t i = at; i < at + step; i++)
            operations[i].good = true;
    }
}

void wrni_ipsecmb_open(void *context, struct wrn_aead *operations, size_t count)
{
    struct beside beside;
    for (size_t at = 0, step; at < count; at += step) {
        step = count - at < BURST ? count - at : BURST;
        burst(context, operations + at, step, &beside, false);
        for (size_t i = 0; i < step; i++) {
            struct wrn_aead *op = &operations[at + i];
            op->good = wrni_equal(beside.tags[i], op->data + op->length, WRN_TAG_BYTES);
            if (!op->good)
                memset(op->data, 0, op->length);
        }
    }
    wrni_wipe(beside.tags, sizeof beside.tags); /* the right tag of a forged packet is what its forger wants */
}

size_t wrn_ipsecmb_size(void)
{
    return (imb_get_mb_mgr_size() + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void *wrni_ipsecmb_init_with(void *memory, size_t size, enum wrni_ipsecmb_width width)
{
    const uint64_t needed = width == WRNI_IPSECMB_AVX512 ? IMB_CPUFLAGS_AVX512 : IMB_CPUFLAGS_AVX2;
    if (!memory || (uintptr_t)memory % ALIGNMENT != 0 || size < wrn_ipsecmb_size())
        return NULL;
    IMB_MGR *manager = imb_set_pointers_mb_mgr(memory, 0, 1);
    if (!manager || (manager->features & needed) != needed)
        return NULL;
    if (width == WRNI_IPSECMB_AVX512)
        init_mb_mgr_avx512(manager);
    else
        init_mb_mgr_avx2(manager);
    /* The library wipes what it spills, and knows that it computes as it should, or it is not used. */
    const uint64_t sound = IMB_FEATURE_SAFE_DATA | IMB_FEATURE_SELF_TEST_PASS;
    return imb_get_errno(manager) == 0 && (manager->features & sound) == sound ? manager : NULL;
}

bool wrn_ipsecmb_wide(const void *context)
{
    const IMB_MGR *manager = context;
    return manager && manager->used_arch == IMB_ARCH_AVX512;
}
