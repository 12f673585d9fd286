/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns: which networks a pod is in, as a plan and as a note in its directory.
 * Never: calls a plugin.
 * Follows: CNI 1.0.0, SPEC.md, section 4: what a plugin is told to take back is what it was told to make. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basic/fd.h"
#include "basic/refuse.h"
#include "basic/str.h"
#include "basic/strv.h"
#include "image/json-table.h"
#include "network/networks.h"
#include "network/pod-network.h"
#include "network/port-mappings.h"
#include "pod/pod-networks.h"

#define BANDWIDTH "bandwidth" /* the capability, and the plugin that has it */

/* Bits that may come at once: not less than the largest packet that the kernel makes, and not more than the plugin can count. */
#define BURST_MIN (UINT64_C(1) << 20)
#define BURST_MAX ((uint64_t) INT32_MAX)

void pod_network_done(PodNetwork *n) {
        for (size_t i = 0; i < n->n_attachments; i++)
                attachment_done(&n->attachments[i]);
        free(n->attachments);
        *n = (PodNetwork) {};
}

/* Our own writing, but what is in there has come from others. */
static int decode_network(const Json *value, void *member, const JsonPath *at) {
        int r = cni_configuration_decode(value, member, NULL);
        return r == -EBADMSG ? json_refuse(at, "not a network") : r;
}

static int decode_result(const Json *value, void *member, const JsonPath *at) {
        int r = cni_result_decode(value, member, NULL);
        return r == -EBADMSG ? json_refuse(at, "not a result") : r;
}

static int encode_network(const void *member, Json **ret) {
        CniConfiguration *const *c = member;

        *ret = json_ref((*c)->document);
        return 0;
}

static int encode_result(const void *member, Json **ret) {
        CniResult *const *result = member;

        *ret = *result ? json_ref((*result)->document) : NULL;
        return 0;
}

static const JsonField attachment_fields[] = {
        { "network", decode_network, offsetof(Attachment, network), JSON_MANDATORY, encode_network },
        { "interface", json_decode_string, offsetof(Attachment, interface), JSON_MANDATORY,
          json_encode_string },
        { "namespace", json_decode_string, offsetof(Attachment, namespace), 0, json_encode_string },
        { "arguments", json_decode_string, offsetof(Attachment, arguments), 0, json_encode_string },
        { "capabilities", json_decode_any, offsetof(Attachment, capabilities), 0, json_encode_any },
        { "result", decode_result, offsetof(Attachment, result), 0, encode_result },
        {},
};

static int decode_attachment(const Json *value, void *member, const JsonPath *at) {
        return json_decode_object(value, attachment_fields, member, at);
}

static int encode_attachment(const void *member, Json **ret) {
        return json_encode_object(attachment_fields, member, ret);
}

static const JsonField list = { "", decode_attachment, offsetof(PodNetwork, attachments),
                                0,  encode_attachment, JSON_ITEMS(PodNetwork, attachments) };

static int decode_list(const Json *value, void *target, const JsonPath *at) {
        return json_decode_items(value, &list, target, at);
}

int pod_network_read(int pod_fd, PodNetwork *ret, char **reterr_why) {
        _cleanup_pod_network_ PodNetwork n = {};
        _cleanup_blob_ Blob text = {};

        int r = file_read_at(pod_fd, POD_NETWORK_NOTE, CNI_DOCUMENT_MAX, &text);
        if (r >= 0)
                r = json_parse_into(text.data, text.size, decode_list, &n, reterr_why);
        if (r < 0)
                return r;

        *ret = n;
        n = (PodNetwork) {};
        return 0;
}

/* At once, but not on the disk: after a power cut the pod is in no network. */
int pod_network_write(int pod_fd, const PodNetwork *n) {
        static const char new_note[] = POD_NETWORK_NOTE "~";
        _cleanup_json_ Json *document = NULL;
        _cleanup_blob_ Blob text = {};

        int r = json_encode_items(&list, n, &document);
        if (r >= 0)
                r = json_format(document, /* pretty= */ true, &text);
        if (r < 0)
                return r;

        (void) unlinkat(pod_fd, new_note, 0);
        r = file_create_at(pod_fd, new_note, text.data, text.size, 0644);
        if (r < 0)
                return r;
        return renameat(pod_fd, new_note, pod_fd, POD_NETWORK_NOTE) < 0 ? -errno : 0;
}

static int plan_one(const char *request, size_t i, Attachment *a, char **reterr_why) {
        const char *colon = strchr(request, ':');

        int r = network_find(request, &a->network, reterr_why);
        if (r >= 0 && colon)
                r = str_copy(colon + 1, &a->arguments);

        return r < 0 ? r : str_printf(&a->interface, "eth%zu", i);
}

static int add_capability(Attachment *a, const char *name, Json *value) {
        if (!a->capabilities)
                a->capabilities = json_new_object();

        return a->capabilities ? json_set(a->capabilities, name, value) : -ENOMEM;
}

/* Ports are published by the first network that can. */
static int plan_ports(const AppcPod *pod, PodNetwork *n, char **reterr_why) {
        _cleanup_json_ Json *mappings = NULL;

        int r = port_mappings_make(pod, &mappings, reterr_why);
        if (r < 0 || json_length(mappings) == 0)
                return r;

        for (size_t i = 0; i < n->n_attachments; i++) {
                Attachment *a = &n->attachments[i];

                if (!cni_configuration_has(a->network, PORT_MAPPINGS))
                        continue;
                return add_capability(a, PORT_MAPPINGS, TAKE_PTR(mappings));
        }

        return refuse(reterr_why, -EINVAL,
                      "ports are to be published, and no network of the pod has a plugin with the capability '%s'",
                      PORT_MAPPINGS);
}

static int make_bandwidth(uint64_t bits, Json **ret) {
        static const char *const rates[] = { "ingressRate", "egressRate" }, *const bursts[] = {
                "ingressBurst", "egressBurst"
        };
        _cleanup_json_ Json *bandwidth = json_new_object();
        int r = bandwidth ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(rates); i++) {
                r = json_set_int(bandwidth, rates[i], bits);
                if (r >= 0)
                        r = json_set_int(bandwidth, bursts[i], MIN(MAX(bits / 4, BURST_MIN), BURST_MAX));
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(bandwidth);
        return 0;
}

/* The network that the limit is for: the first that has a plugin for it, else the first of all, which gets one. */
static int find_limited(PodNetwork *n, Attachment **ret) {
        for (size_t i = 0; i < n->n_attachments; i++)
                if (cni_configuration_has(n->attachments[i].network, BANDWIDTH)) {
                        *ret = &n->attachments[i];
                        return 0;
                }

        CniConfiguration *longer = NULL;
        int r = cni_configuration_append(n->attachments[0].network, "bandwidth", BANDWIDTH, &longer);
        if (r < 0)
                return r;
        cni_configuration_free(n->attachments[0].network);
        n->attachments[0].network = longer;
        *ret = &n->attachments[0];
        return 0;
}

/* The isolator counts bytes, plugins bits. */
static int plan_bandwidth(const AppcPod *pod, PodNetwork *n) {
        const Json *limit = json_get(appc_isolator_get(pod->isolators, pod->n_isolators,
                                                       "resource/network-bandwidth"),
                                     "limit");
        Json *bandwidth = NULL;
        Attachment *a = NULL;
        uint64_t bits = 0;

        if (!limit || n->n_attachments == 0)
                return 0;
        int r = appc_quantity(limit, 8, &bits);
        if (r >= 0)
                r = find_limited(n, &a);
        if (r >= 0)
                r = make_bandwidth(bits, &bandwidth);

        return r < 0 ? r : add_capability(a, BANDWIDTH, bandwidth);
}

int pod_network_plan(const AppcPod *pod, PodNetwork *ret, char **reterr_why) {
        _cleanup_pod_network_ PodNetwork n = {};
        _cleanup_strv_ char **requests = NULL;

        int r = pod_networks(pod, &requests);
        if (r < 0)
                return r;
        n.attachments = calloc(strv_length(requests), sizeof(Attachment));
        if (!n.attachments)
                return -ENOMEM;
        n.n_attachments = strv_length(requests);

        for (size_t i = 0; r >= 0 && i < n.n_attachments; i++)
                r = plan_one(requests[i], i, &n.attachments[i], reterr_why);
        if (r >= 0)
                r = plan_ports(pod, &n, reterr_why);
        if (r >= 0)
                r = plan_bandwidth(pod, &n);
        if (r < 0)
                return r;

        *ret = n;
        n = (PodNetwork) {};
        return 0;
}

int pod_network_addresses(const PodNetwork *n, char ***ret) {
        _cleanup_strv_ char **addresses = NULL;
        int r = 0;

        for (size_t i = 0; i < n->n_attachments; i++) {
                const CniResult *result = n->attachments[i].result;

                for (size_t k = 0; r >= 0 && result && k < result->n_ips; k++)
                        r = strv_add(&addresses, result->ips[k].text);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(addresses);
        return 0;
}

const Json *pod_network_mappings(const PodNetwork *n) {
        for (size_t i = 0; i < n->n_attachments; i++) {
                const Json *mappings = json_get(n->attachments[i].capabilities, PORT_MAPPINGS);
                if (mappings)
                        return mappings;
        }

        return NULL;
}

int pod_network_ports(const PodNetwork *n, char ***ret) {
        const Json *mappings = pod_network_mappings(n);
        _cleanup_strv_ char **ports = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < json_length(mappings); i++) {
                _cleanup_free_ char *port = NULL;

                r = port_mapping_describe(json_at(mappings, i), &port);
                if (r >= 0)
                        r = strv_add(&ports, port);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(ports);
        return 0;
}
