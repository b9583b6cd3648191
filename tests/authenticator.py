"""A device that keeps passkeys, as a test holds it in its hand (WebAuthn, level 3)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Device:
    """One key of one owner; ``flags`` and ``origin`` may be told to lie."""

    def __init__(self, origin: str = "https://halle.example") -> None:
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.count = 0
        self.flags = PRESENT | VERIFIED

    def makes(self, question: str) -> str:
        """Answer what ``navigator.credentials.create`` is asked."""
        asked = json.loads(question)
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, **point})
        name = len(self.credential_id).to_bytes(2) + self.credential_id
        known = self._data(asked["rp"]["id"], ATTESTED, bytes(16) + name + public)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": known})
        said = self._client("webauthn.create", asked["challenge"])
        return self._answer(
            {"clientDataJSON": text(said), "attestationObject": text(attested)}
        )

    def proves(self, question: str) -> str:
        """Answer what ``navigator.credentials.get`` is asked."""
        asked = json.loads(question)
        self.count += 1
        known = self._data(asked["rpId"], 0, b"")
        said = self._client("webauthn.get", asked["challenge"])
        signed = self.key.sign(
            known + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256())
        )
        return self._answer(
            {
                "clientDataJSON": text(said),
                "authenticatorData": text(known),
                "signature": text(signed),
                "userHandle": None,
            }
        )

    def _data(self, host: str, more: int, tail: bytes) -> bytes:
        whose = hashlib.sha256(host.encode()).digest()
        return whose + bytes([self.flags | more]) + self.count.to_bytes(4) + tail

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        name = text(self.credential_id)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response}
        )
