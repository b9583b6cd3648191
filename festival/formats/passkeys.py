"""Passkeys (WebAuthn, level 3): what a browser is asked, and what its answer proves.

The library is heavy and few pages need it: it is imported inside.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LONGEST = 20_000  # characters of an answer


class NotProved(Exception):
    """The answer is malformed, about another site or question, or wrongly signed."""


@dataclass(frozen=True, slots=True)
class Site:
    """Whose passkeys they are."""

    origin: str  # the site's address, without a path
    name: str

    @property
    def host(self) -> str:
        """Return the name that a passkey is bound to (RP ID)."""
        return urlsplit(self.origin).hostname or ""

    @property
    def has_a_name(self) -> bool:
        """Say whether it can have passkeys: they are bound to names, not to numbers."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return True
        return False


@dataclass(frozen=True, slots=True)
class Key:
    """What the house keeps of a passkey."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def asks_for_new(
    site: Site, owner: str, name: str, challenge: bytes, known: Iterable[bytes]
) -> str:
    """Return what the browser of *owner* is asked to make a key with, as JSON."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=owner.encode(),
        user_name=name,
        challenge=challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=each) for each in known
        ],
    )
    return webauthn.options_to_json(options)


def new_key(site: Site, answer: str, challenge: bytes) -> Key:
    """Return the key that *answer* brings.

    Raises:
        NotProved: it does not answer *challenge*, here, by a person.
    """
    import webauthn  # noqa: PLC0415

    try:
        found = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:  # whatever a hostile answer makes of the library
        raise NotProved from error
    return Key(found.credential_id, found.credential_public_key, found.sign_count)


def asks_for_known(site: Site, challenge: bytes) -> str:
    """Return what a browser is asked to prove one of its keys with, as JSON."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def credential_id(answer: str) -> bytes:
    """Return which key *answer* says it proves.

    Raises:
        NotProved: it says none.
    """
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415

    try:
        return base64url_to_bytes(str(_read(answer)["rawId"]))
    except Exception as error:
        raise NotProved from error


def sign_count(site: Site, answer: str, challenge: bytes, key: Key) -> int:
    """Return how often *key* was used, as its device says, if *answer* proves it.

    Whether that number may be is the caller's to say: a copy of a key counts anew.

    Raises:
        NotProved: it does not answer *challenge*, here, by this key and a person.
    """
    import webauthn  # noqa: PLC0415

    try:
        found = webauthn.verify_authentication_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:
        raise NotProved from error
    return found.new_sign_count


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST:
        raise NotProved
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise NotProved from error
    if not isinstance(found, dict):
        raise NotProved
    return found
