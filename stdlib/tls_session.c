/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/tls_session.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stdlib/watch.h"

struct tls_session {
	struct tls_session **slot;
	struct arena *arena;
	struct str peer;
	void (*done)(void *self, const struct tls_agreed *agreed, const struct trouble *trouble);
	void *self;
	SSL_CTX *context;
	SSL *ssl;
	struct watch *watch;
	bool wants_certificate;
};

static void session_free(struct tls_session *session)
{
	watch_free(session->watch);
	SSL_free(session->ssl);
	SSL_CTX_free(session->context);
	free(session);
}

/* OpenSSL's: the server asks for a certificate. We have none, and go on without. */
static int asked_for_certificate(SSL *ssl, X509 **ret_certificate, EVP_PKEY **ret_key)
{
	struct tls_session *session = SSL_get_app_data(ssl);

	(void)ret_certificate;
	(void)ret_key;
	session->wants_certificate = true;
	return 0;
}

/* The last thing that touches the session. */
static void end(struct tls_session *session, const struct trouble *trouble)
{
	struct stack_st_X509 *chain = SSL_get_peer_cert_chain(session->ssl);
	struct tls_agreed agreed = {
	    .chain = chain ? X509_chain_up_ref(chain) : NULL,
	    .wants_certificate = session->wants_certificate,
	    .security_level = SSL_get_security_level(session->ssl),
	};
	void (*done)(void *self, const struct tls_agreed *agreed,
	    const struct trouble *trouble) = session->done;
	void *self = session->self;

	if (!trouble) {
		agreed.protocol = SSL_get_version(session->ssl);
		agreed.cipher = SSL_get_cipher_name(session->ssl);
		SSL_shutdown(session->ssl); /* a farewell; the descriptor is closed soon */
	}
	ERR_clear_error();
	*session->slot = NULL;
	session_free(session);
	done(self, &agreed, trouble);
}

/* What OpenSSL says when the other side does something else than TLS. */
static bool is_no_tls(int reason)
{
	static const int reasons[] = {SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST,
	    SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_BAD_RECORD_TYPE, SSL_R_UNEXPECTED_MESSAGE,
	    SSL_R_RECORD_LENGTH_MISMATCH};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i] == reason)
			return true;
	return false;
}

static struct trouble trouble_of_ssl(const struct tls_session *session, int how, int error)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_REASON(code);
	const char *words = ERR_reason_error_string(code);

	if (how == SSL_ERROR_SYSCALL && code == 0 && error)
		return trouble_of_errno(session->arena, error, session->peer);
	if (code == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return trouble_of(session->arena, TROUBLE_SERVER,
		    "%.*s closed the connection instead of agreeing on encryption",
		    STR_ARG(session->peer));
	if (is_no_tls(reason))
		return trouble_of(session->arena, TROUBLE_PROTOCOL, "%.*s does not speak TLS",
		    STR_ARG(session->peer));
	return trouble_of(session->arena, TROUBLE_TLS, "no encryption was agreed on with %.*s: %s",
	    STR_ARG(session->peer), words ? words : "OpenSSL does not say why");
}

static void shake_hands(struct tls_session *session)
{
	struct trouble trouble;
	int error, how, result;

	ERR_clear_error();
	errno = 0;
	result = SSL_do_handshake(session->ssl);
	error = errno;
	if (result == 1) {
		end(session, NULL);
		return;
	}
	how = SSL_get_error(session->ssl, result);
	if (how == SSL_ERROR_WANT_READ || how == SSL_ERROR_WANT_WRITE) {
		watch_for(session->watch, how == SSL_ERROR_WANT_READ ? UV_READABLE : UV_WRITABLE);
		return;
	}
	trouble = trouble_of_ssl(session, how, error);
	end(session, &trouble);
}

static void seen(void *self, int events, bool failed)
{
	(void)events;
	(void)failed; /* shows at the next call */
	shake_hands(self);
}

void tls_session_start(struct tls_session **slot, struct loop *loop, int fd,
    const char *server_name, struct arena *arena, struct str peer,
    void (*done)(void *self, const struct tls_agreed *agreed, const struct trouble *trouble),
    void *self)
{
	struct tls_session *session = mem_alloc(sizeof(*session));

	*session = (struct tls_session){
	    .slot = slot, .arena = arena, .peer = peer, .done = done, .self = self};
	session->context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(session->context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_client_cert_cb(session->context, asked_for_certificate);
	session->ssl = SSL_new(session->context);
	SSL_set_app_data(session->ssl, session);
	SSL_set_fd(session->ssl, fd);
	if (server_name)
		SSL_set_tlsext_host_name(session->ssl, server_name);
	SSL_set_connect_state(session->ssl);
	session->watch = watch_new(loop, fd, seen, session);
	watch_for(session->watch, UV_WRITABLE); /* we speak first */
	*slot = session;
}

void tls_session_cancel(struct tls_session **slot)
{
	struct tls_session *session = *slot;

	if (!session)
		return;
	*slot = NULL;
	session_free(session);
}
