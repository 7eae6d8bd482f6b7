"""Google's token endpoint: an access token for an assertion that is signed with a service account's own key."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt

from tests.stores.proxy import Answer


class TokenServer:
    def __init__(self, users: tuple[str, ...]) -> None:
        self.keys = {user: rsa.generate_private_key(65537, 2048) for user in (*users, "wrong")}
        self.issued: dict[str, str] = {}

    def keyfile(self, user: str, token_uri: str) -> dict[str, Any]:
        """A service account's JSON key; the ``wrong`` user claims to be the owner."""
        pem = self.keys[user].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        name = "owner" if user == "wrong" else user
        return {"type": "service_account", "project_id": "p", "private_key_id": "1", "private_key": pem.decode(),
                "client_email": f"{name}@p.iam.gserviceaccount.com", "token_uri": token_uri}  # fmt: skip

    def guard(self, method: str, target: str, headers: Any, body: bytes) -> Answer | None:
        if target == "/token":
            return self._token(parse_qs(body.decode())["assertion"][0])
        user = self.issued.get(headers.get("Authorization", "").removeprefix("Bearer "))
        if user is None:
            return 401, b'{"error": {"code": 401, "message": "Login Required"}}'
        if user == "reader" and method not in ("GET", "HEAD"):
            return 403, b'{"error": {"code": 403, "message": "reader does not have storage.objects.create access"}}'
        return None

    def _token(self, assertion: str) -> Answer:
        user = jwt.decode(assertion, verify=False)["iss"].split("@")[0]
        public = self.keys[user].public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )  # fmt: skip
        signed, _, signature = assertion.rpartition(".")
        if not crypt.RSAVerifier.from_string(public).verify(signed.encode(), _decoded(signature)):
            return 400, b'{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}'
        token = f"very-secret-{secrets.token_hex(8)}"
        self.issued[token] = user
        return 200, json.dumps({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}).encode()


def _decoded(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
