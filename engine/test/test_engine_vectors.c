#include "support/outsider.h"

#include <string.h>

#include "state.h"
#include "wireguard.h"

/* A whole engine against messages that it did not make (corpora/vectors): it reads, answers and sends as the other side expects.
 * Receiver indices are outside the transcript: where the engine chose another one, it is put in and mac1 made anew. */

static const struct wrn_endpoint there = {.address = {203, 0, 113, 5}, .family = 4, .port = 1234};

/* Host 0 becomes one side of the handshake, the other side is its peer at `there`. */
static struct net *net_as(const uint8_t secret[32], const uint8_t public_key[32], const uint8_t psk[32], struct wrn_peer *peer)
{
    struct net *net = net_new(1, 0);
    struct wrn_engine *engine = net->host[0].engine;
    memcpy(net->host[0].secret, secret, 32);
    assert_int_equal(wrn_set_private_key(engine, 0, secret), WRN_OK);
    assert_int_equal(wrn_peer_add(engine, 0, public_key, peer), WRN_OK);
    struct wrn_peer_change change = {.mask = WRN_CHANGE_PRESHARED_KEY | WRN_CHANGE_ENDPOINT, .endpoint = there};
    memcpy(change.preshared_key, psk, 32);
    assert_int_equal(wrn_peer_set(engine, 0, *peer, &change), WRN_OK);
    return net;
}

/* The other side's hands, from the secrets of the vector. */
static void hands_of_initiator(struct outsider *o, const struct net *net, const struct vector_handshake *v)
{
    outsider_init(o, v->initiator_secret, net, 0);
    memcpy(o->preshared_key, v->preshared_key, 32);
    memcpy(o->pending.hash, v->initiation_hash, 32);
    memcpy(o->pending.chain, v->initiation_chain, 32);
    memcpy(o->pending.ephemeral, v->initiator_ephemeral, 32);
    o->index = v->initiator_index;
}

static void p2_p3_p16_p17_p18_p46_an_initiation_of_the_vectors_is_answered(void **state)
{
    const struct wireguard *all = wireguard();
    (void)state;
    for (size_t i = 0; i < all->handshakes; i++) {
        const struct vector_handshake *v = &all->handshake[i];
        struct wrn_peer peer;
        struct wrn_peer_view view;
        struct outsider o;
        uint8_t data[64];
        struct net *net = net_as(v->responder_secret, v->initiator_public, v->preshared_key, &peer);
        hands_of_initiator(&o, net, v);
        struct wrn_packet packet = knock(net, 0, &there, v->initiation, sizeof v->initiation);
        assert_int_equal(packet.verdict, WRN_SEND);
        assert_int_equal(packet.length, 92);
        assert_true(outsider_finish(&o, bytes_of(&packet)));
        assert_int_equal(wrn_inspect_peer(net->host[0].engine, peer, &view), WRN_OK);
        assert_memory_equal(view.stamp_received, v->stamp, 12);
        assert_int_equal(view.sessions[WRN_NEXT].remote_index, v->initiator_index);
        size_t length = outsider_seal(&o, 0, NULL, 0, data);
        assert_int_equal(knock(net, 0, &there, data, length).verdict, WRN_TAKEN);
        packet = knock(net, 0, &there, v->initiation, sizeof v->initiation); /* once */
        assert_int_equal(packet.verdict, WRN_DROP);
        assert_int_equal(packet.reason, WRN_REASON_STAMP);
        net_free(net);
    }
}

/* Host 0 waits for the response of the vector: the state that its initiation left, under an index of its own. */
static struct net *waiting(const struct vector_handshake *v, struct wrn_peer *peer, uint32_t *index)
{
    struct net *net = net_as(v->initiator_secret, v->responder_public, v->preshared_key, peer);
    struct wrn_engine *engine = net->host[0].engine;
    struct wrni_peer *p = wrni_peer_at(engine, peer->slot);
    p->handshake_cell = wrni_peer_new_index(p, &wrni_inline_lane(engine)->key, peer->slot, index);
    memcpy(p->handshake.hash, v->initiation_hash, 32);
    memcpy(p->handshake.chain, v->initiation_chain, 32);
    memcpy(p->handshake.ephemeral, v->initiator_ephemeral, 32);
    return net;
}

static void take_response(struct net *net, const struct vector_handshake *v, uint32_t index)
{
    uint8_t response[92];
    memcpy(response, v->response, sizeof response);
    wrni_store_le32(response + 8, index);
    remac(v->initiator_public, WRNI_RESPONSE, response);
    assert_int_equal(knock(net, 0, &there, response, sizeof response).verdict, WRN_TAKEN);
}

static void p3_p17_p18_a_response_of_the_vectors_completes(void **state)
{
    const struct wireguard *all = wireguard();
    (void)state;
    for (size_t i = 0; i < all->handshakes; i++) {
        const struct vector_handshake *v = &all->handshake[i];
        struct wrn_peer peer;
        uint32_t index;
        struct net *net = waiting(v, &peer, &index);
        take_response(net, v, index);
        const struct wrni_session *current =
            wrni_rotation_at(&wrni_flow_at(net->host[0].engine, peer.slot)->rotation, WRNI_CURRENT);
        assert_memory_equal(current->send_key, v->initiator_sends, 32);
        assert_memory_equal(current->receive_key, v->responder_sends, 32);
        assert_int_equal(current->remote_index, v->responder_index);
        assert_int_equal(current->local_index, index);
        assert_true(current->initiator);
        net_free(net);
    }
}

/* What the plaintext is does not matter here: opened is opened, whatever the inner checks then say. */
static void open_one(struct net *net, const struct vector_datagram *d, uint32_t index)
{
    uint8_t bytes[1500];
    memcpy(bytes, d->datagram, d->length + 32);
    wrni_store_le32(bytes + 4, index);
    struct wrn_packet packet = knock(net, 0, &there, bytes, d->length + 32);
    if (!d->length)
        assert_int_equal(packet.verdict, WRN_TAKEN);
    else if (packet.verdict == WRN_DROP)
        assert_in_range(packet.reason, WRN_REASON_INNER_VERSION, WRN_REASON_INNER_SOURCE);
    else
        assert_int_equal(packet.verdict, WRN_DELIVER);
    if (d->length)
        assert_memory_equal(packet.data + 16, d->plaintext, d->length);
}

static void p5_p7_p9_p18_datagrams_of_the_vectors_are_opened(void **state)
{
    const struct wireguard *all = wireguard();
    size_t opened = 0;
    (void)state;
    for (size_t i = 0; i < all->handshakes; i++) {
        const struct vector_handshake *v = &all->handshake[i];
        for (unsigned side = 0; side < 2; side++) {
            struct wrn_peer peer;
            uint32_t index;
            struct net *net = waiting(v, &peer, &index);
            take_response(net, v, index);
            struct wrni_session *current =
                wrni_rotation_at(&wrni_flow_at(net->host[0].engine, peer.slot)->rotation, WRNI_CURRENT);
            if (side) /* the responder's ears */
                memcpy(current->receive_key, v->initiator_sends, 32);
            for (size_t k = 0; k < 8; k++) {
                if (v->datagrams[k].from_initiator != side)
                    continue;
                wrni_window_init(
                    wrni_lane_window(wrni_inline_lane(net->host[0].engine), peer.slot,
                                     wrni_rotation_body(&wrni_flow_at(net->host[0].engine, peer.slot)->rotation, current)),
                    8192);
                open_one(net, &v->datagrams[k], index);
                opened++;
            }
            net_free(net);
        }
    }
    assert_int_equal(opened, all->handshakes * 8);
}

static void p5_p9_p18_keepalives_of_the_vectors_are_what_we_send(void **state)
{
    const struct wireguard *all = wireguard();
    size_t made = 0;
    (void)state;
    for (size_t i = 0; i < all->handshakes; i++) {
        const struct vector_handshake *v = &all->handshake[i];
        for (size_t k = 0; k < 8; k++) {
            struct wrn_peer peer;
            struct wrn_packet packet;
            uint32_t index;
            if (!v->datagrams[k].from_initiator || v->datagrams[k].length)
                continue;
            struct net *net = waiting(v, &peer, &index);
            take_response(net, v, index);
            wrni_rotation_at(&wrni_flow_at(net->host[0].engine, peer.slot)->rotation, WRNI_CURRENT)->sent =
                v->datagrams[k].counter;
            assert_true(knock_output(net, 0, &packet)); /* the confirming one (P-58) */
            assert_int_equal(packet.length, 32);
            assert_memory_equal(bytes_of(&packet), v->datagrams[k].datagram, 32);
            made++;
            net_free(net);
        }
    }
    assert_true(made > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p2_p3_p16_p17_p18_p46_an_initiation_of_the_vectors_is_answered),
        cmocka_unit_test(p3_p17_p18_a_response_of_the_vectors_completes),
        cmocka_unit_test(p5_p7_p9_p18_datagrams_of_the_vectors_are_opened),
        cmocka_unit_test(p5_p9_p18_keepalives_of_the_vectors_are_what_we_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
