# SPDX-License-Identifier: Apache-2.0
"""An object store on loopback that speaks as much of S3 as its real client needs, and believes no one.

Path-style: PUT, GET (with a range), HEAD, DELETE of an object, ListObjectsV2 of a bucket. Every request must be signed
by version 4 with the key of the store, over the body that came; anything else is answered 403, what is not known here
501. It lives in threads of the process that made it, and keeps its objects in memory: `objects` is there to look at,
and to be spoilt.
"""

import base64
import hashlib
import hmac
import http.server
import re
import threading
import urllib.parse
from xml.sax.saxutils import escape

SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
                        r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$")


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def quoted(text, safe):
    return urllib.parse.quote(text, safe=safe + "-_.~")


class Refused(Exception):
    """An answer that is an error: its status, S3's word for it, and a sentence."""

    def __init__(self, status, code, message=""):
        super().__init__(message or code)
        self.status, self.code = status, code


class Store:
    """One bucket behind one access key. `objects`: from a key to its bytes."""

    def __init__(self, bucket="backups", identity="drill-key", secret="drill/secret+key"):
        self.bucket, self.identity, self.secret = bucket, identity, secret
        self.objects = {}
        self.lock = threading.Lock()
        handler = type("Bound", (Handler,), {"store": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def env(self):
        """What the client is told: whoever holds the key, and nothing of the machine's own configuration."""
        return {"AWS_ACCESS_KEY_ID": self.identity, "AWS_SECRET_ACCESS_KEY": self.secret,
                "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true"}

    def signature(self, request, day, region, names, digest):
        """Of a request as it came, by the store's own secret."""
        url = urllib.parse.urlsplit(request.path)
        query = sorted(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names.split(";"))
        canonical = "\n".join([
            request.command, quoted(urllib.parse.unquote(url.path), "/"),
            "&".join(f"{quoted(name, '')}={quoted(value, '')}" for name, value in query), headers, names, digest])
        scope = f"{day}/{region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", request.headers.get("x-amz-date", ""), scope,
                          hashlib.sha256(canonical.encode()).hexdigest()])
        key = mac(mac(mac(mac(b"AWS4" + self.secret.encode(), day), region), "s3"), "aws4_request")
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def check(self, request, body):
        """Raises Refused unless the request is signed by our key, over this very body."""
        match = CREDENTIAL.match(request.headers.get("Authorization", ""))
        if not match:
            raise Refused(403, "AccessDenied", "the request is not signed")
        identity, day, region, names, signature = match.groups()
        digest = request.headers.get("x-amz-content-sha256", "")
        if identity != self.identity:
            raise Refused(403, "InvalidAccessKeyId")
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names.split(";")):
            raise Refused(403, "AccessDenied", "what must be signed is not")
        if not hmac.compare_digest(signature, self.signature(request, day, region, names, digest)):
            raise Refused(403, "SignatureDoesNotMatch")
        if digest != hashlib.sha256(body).hexdigest():
            raise Refused(400, "XAmzContentSHA256Mismatch")
        told = request.headers.get("Content-MD5")
        if told and base64.b64decode(told) != hashlib.md5(body).digest():
            raise Refused(400, "BadDigest")

    def listing(self, query):
        """ListObjectsV2: all in one page, which is enough here."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        contents, common = "", []
        for key, data in sorted(self.objects.items()):
            rest = key[len(prefix):]
            if not key.startswith(prefix):
                continue
            if delimiter and delimiter in rest:
                folder = prefix + rest.partition(delimiter)[0] + delimiter
                common += [folder] if folder not in common else []
                continue
            contents += (f"<Contents><Key>{escape(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                         f"<ETag>&quot;{hashlib.md5(data).hexdigest()}&quot;</ETag><Size>{len(data)}</Size>"
                         "<StorageClass>STANDARD</StorageClass></Contents>")
        folders = "".join(f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in common)
        return (f'<ListBucketResult xmlns="{SPACE}"><Name>{self.bucket}</Name><Prefix>{escape(prefix)}</Prefix>'
                f"<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{contents}{folders}"
                "</ListBucketResult>").encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    store = None

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            with self.store.lock:
                self.store.check(self, body)
                self.serve(body)
        except Refused as refused:
            text = f"<Error><Code>{refused.code}</Code><Message>{escape(str(refused))}</Message></Error>"
            self.answer(refused.status, text.encode(), Content_Type="application/xml")

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = handle_one

    def serve(self, body):
        url = urllib.parse.urlsplit(self.path)
        bucket, _, key = urllib.parse.unquote(url.path)[1:].partition("/")
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        objects = self.store.objects
        if bucket != self.store.bucket:
            raise Refused(404, "NoSuchBucket")
        if self.command == "GET" and not key and query.get("list-type") == "2":
            self.answer(200, self.store.listing(query), Content_Type="application/xml")
        elif not key or query or self.command == "POST" or "x-amz-copy-source" in self.headers:
            raise Refused(501, "NotImplemented", f"{self.command} {self.path} is not known to this store")
        elif self.command == "PUT":
            objects[key] = body
            self.answer(200, ETag=self.tag(body))
        elif self.command == "DELETE":
            objects.pop(key, None)
            self.answer(204)
        elif key not in objects:
            raise Refused(404, "NoSuchKey")
        else:
            self.hand_out(objects[key])

    def hand_out(self, data):
        facts = {"ETag": self.tag(data), "Last_Modified": "Thu, 01 Jan 2026 00:00:00 GMT", "Accept_Ranges": "bytes",
                 "Content_Type": "binary/octet-stream"}
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if self.command == "HEAD":
            self.answer(200, Content_Length=str(len(data)), **facts)
        elif match:
            first, last = int(match[1]), min(int(match[2] or len(data)), len(data) - 1)
            self.answer(206, data[first:last + 1], Content_Range=f"bytes {first}-{last}/{len(data)}", **facts)
        else:
            self.answer(200, data, **facts)

    @staticmethod
    def tag(data):
        return f'"{hashlib.md5(data).hexdigest()}"'

    def log_message(self, format, *args):
        pass
