/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which points of Ed25519 and Ed448 are somebody's public key.
 * Never: takes a second spelling of a point; lets libgcrypt compute with one that makes it abort.
 * Follows: RFC 8032 sections 5.1 and 5.2. */

#include "basic/refuse.h"
#include "image/digest.h"
#include "image/hasher.h"
#include "trust/edwards.h"
#include "trust/gcrypt-cleanup.h"

static const struct {
        const char *name;
        size_t size;                     /* of an encoded point: y and one bit for the sign of x */
        size_t limbs_size;               /* of a coordinate, as libgcrypt keeps it */
        uint8_t field[EDWARDS_SIZE_MAX]; /* the prime that coordinates are smaller than; all little-endian */
        uint8_t order[EDWARDS_SIZE_MAX]; /* of the group that keys are in */
} curves[_EDWARDS_CURVE_MAX] = {
        [EDWARDS_25519] = {
                .name = "Ed25519",
                .size = 32,
                .limbs_size = 32,
                .field = { 0xed, [1 ... 30] = 0xff, [31] = 0x7f },
                .order = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                           0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 },
        },
        [EDWARDS_448] = {
                .name = "Ed448",
                .size = 57,
                .limbs_size = 56,
                .field = { [0 ... 27] = 0xff, [28] = 0xfe, [29 ... 55] = 0xff },
                .order = { 0xf3, 0x44, 0x58, 0xab, 0x92, 0xc2, 0x78, 0x23, 0x55, 0x8f, 0xc5, 0x8d, 0x72, 0xc2,
                           0x6c, 0x21, 0x90, 0x36, 0xd6, 0xae, 0x49, 0xdb, 0x4e, 0xc4, 0xe9, 0x23, 0xca, 0x7c,
                           [28 ... 54] = 0xff, [55] = 0x3f },
        },
};

const char *edwards_name(EdwardsCurve curve) {
        return curves[curve].name;
}

size_t edwards_size(EdwardsCurve curve) {
        return curves[curve].size;
}

static bool is_less(const uint8_t *a, const uint8_t *b, size_t size) {
        for (size_t i = size; i-- > 0;)
                if (a[i] != b[i])
                        return a[i] < b[i];
        return false;
}

bool edwards_s_is_in_range(EdwardsCurve curve, const uint8_t *s) {
        return is_less(s, curves[curve].order, curves[curve].size);
}

/* The points that come back to themselves after a few steps; anybody can sign for them. Their y is 0, 1, -1
 * or, on Ed25519, one of these two. */
static bool is_small_order(EdwardsCurve curve, const uint8_t *y) {
        static const uint8_t order_8[][EDWARDS_SIZE_MAX] = {
                { 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
                  0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
                  0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
                { 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
                  0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
                  0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
        };
        static const uint8_t two[EDWARDS_SIZE_MAX] = { 2 };
        size_t size = curves[curve].size;
        uint8_t minus_1[EDWARDS_SIZE_MAX];

        memcpy(minus_1, curves[curve].field, size);
        minus_1[0]--;
        if (is_less(y, two, size) || memcmp(y, minus_1, size) == 0)
                return true;

        for (size_t i = 0; curve == EDWARDS_25519 && i < ELEMENTSOF(order_8); i++)
                if (memcmp(y, order_8[i], size) == 0)
                        return true;
        return false;
}

/* Can be asked before the point is decoded. */
static bool is_honest(EdwardsCurve curve, Cursor point) {
        size_t size = curves[curve].size;
        uint8_t y[EDWARDS_SIZE_MAX];

        memcpy(y, point.p, size);
        y[size - 1] &= 0x7f; /* the sign of x */
        return is_less(y, curves[curve].field, size) && !is_small_order(curve, y);
}

/* libgcrypt 1.10 aborts when a coordinate does not fill its limbs. Of honest keys one in 2^62 is like that. */
static bool fills_limbs(EdwardsCurve curve, gcry_mpi_point_t point) {
        _cleanup_(mpi_releasep) gcry_mpi_t x = gcry_mpi_new(0), y = gcry_mpi_new(0), z = gcry_mpi_new(0);
        unsigned least = 8 * (curves[curve].limbs_size - sizeof(unsigned long));

        gcry_mpi_point_get(x, y, z, point);
        return gcry_mpi_get_nbits(x) > least && gcry_mpi_get_nbits(y) > least;
}

int edwards_point_check(EdwardsCurve curve, Cursor point, char **reterr_why) {
        const char *name = curves[curve].name;
        _cleanup_(context_releasep) gcry_ctx_t context = NULL;
        _cleanup_(point_releasep) gcry_mpi_point_t decoded = NULL;
        _cleanup_(mpi_releasep) gcry_mpi_t opaque = NULL;

        if (point.n != curves[curve].size)
                return refuse(reterr_why, -EBADMSG, "has an %s point of the wrong size", name);
        if (!is_honest(curve, point))
                return refuse(reterr_why, -EBADMSG, "has an %s point that no honest key has", name);

        int r = crypto_init();
        if (r < 0)
                return r;
        decoded = gcry_mpi_point_new(0);
        opaque = gcry_mpi_set_opaque_copy(NULL, point.p, point.n * 8);
        if (!decoded || !opaque || gcry_mpi_ec_new(&context, NULL, name) != 0)
                return -ENOMEM;

        /* It need not be on the curve: libgcrypt finds some x for any y. */
        bool is_point = gcry_mpi_ec_decode_point(decoded, opaque, context) == 0;
        if (is_point && !fills_limbs(curve, decoded))
                return refuse(reterr_why, -EBADMSG, "has an %s point that no honest key has", name);
        if (!is_point || !gcry_mpi_ec_curve_point(decoded, context))
                return refuse(reterr_why, -EBADMSG, "has a point that is not on %s", name);
        return 0;
}
