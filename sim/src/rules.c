#include "watch.h"

/* Every invariant of the simulator: id, meaning, and the bound it derives from. */

static const struct { const char *id, *meaning, *bound; } rules[SIM_RULES] = {
    {"S1", "what is delivered as from a peer was handed in by that peer, byte for byte", "equality"},
    {"S2", "nothing is delivered twice, and no counter of a session is accepted twice", "1"},
    {"S3", "counters older than the window are refused, fresh ones inside it never are", "window_bits - 64"},
    {"S4", "no two seals under one key share a counter; counters are 0, 1, 2, ...", "1"},
    {"S5", "no plaintext and no static public key on the wire", "canary of 16 bytes"},
    {"S6", "no data is sent or accepted under a key older than 180 s", "REJECT_AFTER_TIME 180 s"},
    {"S7", "no counter beyond the limit is used", "REJECT_AFTER_MESSAGES 2^64 - 2^13 - 1"},
    {"S8", "secrets are erased 540 s after the last session", "3 x 180 s"},
    {"S9", "at most three live sessions per peer", "3"},
    {"S10", "a responder sends no data before it received some under the new session", "key confirmation"},
    {"S11", "an endpoint changes only by a fresh authentic packet, to exactly its source", "source of that packet"},
    {"S12", "inner source and destination belong to the peer by longest prefix", "allowed IPs"},
    {"S13", "what fails authentication changes nothing and is not answered", "digest before and after"},
    {"S14", "no answer is longer than its question, and it goes back to where that came from", "length of the question"},
    {"S15", "two initiations to one peer are at least 5 s apart", "REKEY_TIMEOUT 5 s"},
    {"S16", "an attempt has at most 20 initiations, the last at most 107 s after the first", "20, 107 s"},
    {"S17", "no initiation is accepted twice, and accepted ones are 20 ms apart", "TAI64N, 20 ms"},
    {"S18", "under load no handshake is computed without a valid mac2", "20 per s, burst 5"},
    {"S19", "cookies die after 120 s and are bound to address and port", "120 s"},
    {"S20", "plaintext is padded to 16 bytes within the mtu, a datagram is 32 bytes longer", "16, 32"},
    {"S21", "no index names two live sessions of a node", "1"},
    {"S22", "what is sent is delivered, dropped with a reason, or in flight", "equality"},
    {"S23", "packets that wait for a session stay within their limit", "stage_share"},
    {"S24", "traffic under wiped keys stays unreadable to who gets everything", "0"},
    {"S25", "different preshared keys never yield a session", "0"},
    {"S26", "nothing leaves that no packet, rekey or timer asks for, and an idle tunnel falls silent", "125 s + 5.34 s per retry"},
    {"S27", "the same scenario and seed give the same trace hash", "equality"},
    {"L1", "the first packet on a clean path arrives within 1.5 round trips", "1.5 RTT"},
    {"L2", "an initiator that sends under a key of 120 s or more initiates at once", "REKEY_AFTER_TIME 120 s"},
    {"L3", "an initiator that receives under a key of 165 s or more initiates at once, once", "180 - 10 - 5 s"},
    {"L4", "on a clean path no datagram of a session is refused, rekeys included", "0 lost"},
    {"L5", "data that is received is answered by something within 10 s", "KEEPALIVE_TIMEOUT 10 s"},
    {"L6", "data that stays unanswered leads to an initiation", "15 s ... 15.334 s"},
    {"L7", "a peer that restarted is found again by who sends to it", "15.333 s + 2 RTT, 1.5 RTT under a key of 180 s"},
    {"L8", "a handshake that a partition swallowed is made good after it", "5.333 s + 1.5 RTT"},
    {"L9", "after giving up, the next packet or persistent keepalive bridges it", "max(g, K) + 1.5 RTT"},
    {"L10", "loss only delays a handshake: not up after k tries, over many worlds", "(1 - (1 - p)^2)^k, Hoeffding, 10^-9"},
    {"L11", "simultaneous initiations converge", "2 x 5.333 s + RTT"},
    {"L12", "the endpoint follows a roaming peer with its first authentic datagram", "1 datagram"},
    {"L13", "a persistent timer sends, and one side's keepalives keep a binding that outlasts their gap", "K; K + 30 s + RTT"},
    {"L14", "who was sent a cookie completes within two attempts", "10.67 s + RTT"},
    {"L15", "an initiation is refused for its stamp only if its sender's clock went back", "the last stamp accepted"},
    {"L16", "after giving up, the next packet starts again", "at once, or 5 s after the last initiation"},
    {"L17", "packets of one flow leave in the order they came", "order"},
    {"T1", "when a node has nothing to do, its next deadline lies in the future", "> now"},
    {"T2", "an unanswered initiation is followed by another, or given up", "5 s ... 5.334 s"},
};

void sim_rule_names(struct sim_invariant invariants[SIM_RULES])
{
    for (unsigned i = 0; i < SIM_RULES; i++)
        invariants[i] = (struct sim_invariant){rules[i].id, rules[i].meaning, rules[i].bound, 0, 0};
}

bool sim_rule_row(size_t number, struct sim_invariant *invariant)
{
    if (number >= SIM_RULES)
        return false;
    *invariant = (struct sim_invariant){rules[number].id, rules[number].meaning, rules[number].bound, 0, 0};
    return true;
}
