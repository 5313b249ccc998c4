/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/http_trouble.h"

struct trouble http_trouble(
    struct arena *arena, CURLcode code, int error, const char *said, struct str peer)
{
	static const struct {
		CURLcode code;
		enum trouble_class class;
		const char *says; /* behind the peer; NULL: curl's own words */
	} table[] = {
	    {CURLE_COULDNT_RESOLVE_HOST, TROUBLE_RESOLVE, NULL},
	    {CURLE_OPERATION_TIMEDOUT, TROUBLE_TIMEOUT, "did not answer"},
	    {CURLE_GOT_NOTHING, TROUBLE_SERVER, "closed the connection without an answer"},
	    {CURLE_PARTIAL_FILE, TROUBLE_SERVER, "closed the connection within its answer"},
	    {CURLE_RECV_ERROR, TROUBLE_SERVER, "broke the connection off"},
	    {CURLE_SEND_ERROR, TROUBLE_SERVER, "broke the connection off"},
	    {CURLE_UNSUPPORTED_PROTOCOL, TROUBLE_PROTOCOL, "does not speak HTTP"},
	    {CURLE_WEIRD_SERVER_REPLY, TROUBLE_PROTOCOL, "does not speak HTTP"},
	    {CURLE_BAD_CONTENT_ENCODING, TROUBLE_PROTOCOL, NULL},
	    {CURLE_HTTP2, TROUBLE_PROTOCOL, NULL},
	    {CURLE_HTTP2_STREAM, TROUBLE_PROTOCOL, NULL},
	    {CURLE_PEER_FAILED_VERIFICATION, TROUBLE_TLS, NULL},
	    {CURLE_SSL_CONNECT_ERROR, TROUBLE_TLS, NULL},
	    {CURLE_SSL_CERTPROBLEM, TROUBLE_TLS, NULL},
	    {CURLE_SSL_CIPHER, TROUBLE_TLS, NULL},
	    {CURLE_SSL_CACERT_BADFILE, TROUBLE_TLS, NULL},
	    {CURLE_SSL_ISSUER_ERROR, TROUBLE_TLS, NULL},
	    {CURLE_SSL_INVALIDCERTSTATUS, TROUBLE_TLS, NULL},
	};
	struct str words = trouble_line(arena, str_from(*said ? said : curl_easy_strerror(code)));
	enum trouble_class class = TROUBLE_SERVER;

	if (code == CURLE_COULDNT_CONNECT && error)
		return trouble_of_errno(arena, error, peer);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (table[i].code != code)
			continue;
		if (table[i].says)
			return trouble_of(
			    arena, table[i].class, "%.*s %s", STR_ARG(peer), table[i].says);
		class = table[i].class;
	}
	return trouble_of(
	    arena, class, "the exchange with %.*s failed: %.*s", STR_ARG(peer), STR_ARG(words));
}
