"""The certificate as an Open Badges 3.0 AchievementCredential, a W3C Verifiable Credential 2.0.

It says what the signed record says and what the certificate prints, nothing more: of the holder
the name and the last four places of the ID number. The signed form is OB 3.0's JSON Web Token
Proof: the credential itself is the payload, beside the registered claims that repeat its ids and
dates.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exam_app.certificates import algorithms, jws, status
from exam_app.certificates.algorithms import PublicHalf, Signer
from exam_app.certificates.record import CertificateRecord, address_head
from exam_app.core.clock import SHANGHAI

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
)
SCHEMA = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
PASSED, FAILED = "合格", "不合格"
_JWK_MEMBERS = ("kty", "crv", "x", "y")


@dataclass(frozen=True)
class ExportFacts:
    """What the credential says beside the record.

    Args: digits: the signed record as the QR code carries it. criteria: what had to be met, with
        notice and clause. kind, category, industry: the words of the record's codes.
    """

    host: str
    digits: str
    authority: str
    class_name: str
    criteria: str
    kind: str
    category: str
    industry: str


def credential(record: CertificateRecord, facts: ExportFacts) -> dict[str, Any]:
    """Return the credential as JSON values, without proof."""
    return {
        "@context": list(CONTEXTS),
        "id": _urn(facts.host, f"certificate:{record.number}"),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": f"合格证书 {record.number}",
        "description": f"{facts.kind}合格证书，{facts.category}，由{facts.authority}签发。",
        "issuer": _issuer(record, facts),
        "validFrom": _moment(record.issued_on, dt.time()),
        "validUntil": _moment(record.expires_on, dt.time(23, 59, 59)),
        "awardedDate": _moment(record.issued_on, dt.time()),
        "credentialSubject": _subject(record, facts),
        "evidence": [_evidence(facts)],
        "credentialStatus": _status(record, facts.host),
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }


def claims(unsigned: dict[str, Any]) -> dict[str, Any]:
    """Return the JWT payload of a credential: the credential and the claims that repeat it."""
    return unsigned | {
        "iss": unsigned["issuer"]["id"],
        "jti": unsigned["id"],
        "sub": unsigned["credentialSubject"]["id"],
        "nbf": _seconds(unsigned["validFrom"]),
        "exp": _seconds(unsigned["validUntil"]),
    }


def signed(unsigned: dict[str, Any], signer: Signer, public: PublicHalf) -> str:
    """Return the credential as a compact JWS (VC-JWT), with the key's address and the key.

    Raises: RuleBroken: the key's algorithm is none that verifiers of such credentials know.
    """
    known = algorithms.jwk_of(public)
    header = {
        "kid": f"{unsigned['issuer']['id']}#{signer.kid}",
        "jwk": {name: known[name] for name in _JWK_MEMBERS if name in known},
    }
    return jws.sign(claims(unsigned), signer, "JWT", header)


def readable(unsigned: dict[str, Any]) -> bytes:
    """Return the credential as the JSON file people read."""
    return (json.dumps(unsigned, ensure_ascii=False, indent=2) + "\n").encode()


def _issuer(record: CertificateRecord, facts: ExportFacts) -> dict[str, Any]:
    return {
        "id": status.did_of(facts.host),
        "type": ["Profile"],
        "name": facts.authority,
        "url": f"https://{facts.host}",
        "otherIdentifier": [
            {
                "type": "IdentifierEntry",
                "identifier": f"{record.issuer:06}",
                "identifierType": "ext:divisionCode",
            }
        ],
    }


def _subject(record: CertificateRecord, facts: ExportFacts) -> dict[str, Any]:
    achievement = _achievement(record, facts)
    described = [each["id"] for each in achievement["resultDescription"]]
    return {
        "id": _urn(facts.host, f"holder:{record.number}"),
        "type": ["AchievementSubject"],
        "identifier": [
            _identity("name", record.name),
            _identity("ext:idTail", record.id_tail),
        ],
        "licenseNumber": record.number,
        "role": facts.category,
        "creditsEarned": _number(record.credit),
        "achievement": achievement,
        "result": [
            {"type": ["Result"], "resultDescription": place, "value": value}
            for place, (_, _, value, _) in zip(described, _results(record), strict=True)
        ],
    }


def _achievement(record: CertificateRecord, facts: ExportFacts) -> dict[str, Any]:
    place = _urn(facts.host, f"achievement:{record.class_kind}:{record.category}:{facts.criteria}")
    return {
        "id": place,
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "name": f"{facts.kind}（{facts.category}）",
        "description": f"参加“{facts.class_name}”培训，经闭卷考试成绩合格。",
        "criteria": {"narrative": facts.criteria},
        "inLanguage": "zh-CN",
        "fieldOfStudy": facts.industry,
        "specialization": facts.category,
        "resultDescription": [
            {"id": f"{place}#{name}", "type": ["ResultDescription"], "name": label} | more
            for name, label, _, more in _results(record)
        ],
    }


def _results(record: CertificateRecord) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return (id, name, value, how it is described) of every result the record states."""
    passed = {"resultType": "Result", "allowedValue": [FAILED, PASSED], "requiredValue": PASSED}
    found: list[tuple[str, str, str, dict[str, Any]]] = [("exam", "考试结果", PASSED, passed)]
    if record.score is not None:
        marks = {"resultType": "RawScore", "valueMin": "0", "valueMax": "100"}
        found.append(("score", "考试成绩", _plain(record.score), marks))
    names = (("total", "培训学时"), ("offline", "线下学时"), ("practical", "实训学时"))
    for (name, label), hours in zip(names, record.hours, strict=True):
        found.append((name, label, _plain(hours), {"resultType": f"ext:{name}Hours"}))
    return found


def _evidence(facts: ExportFacts) -> dict[str, Any]:
    return {
        "id": address_head(facts.host) + facts.digits,
        "type": ["Evidence"],
        "name": "证书二维码中的签名记录",
        "description": f"在官方查验页 https://{facts.host}/v 可查验同一份证书。",
    }


def _status(record: CertificateRecord, host: str) -> dict[str, Any]:
    """Return the entry of the revocation list; OB 3.0 admits one entry alone."""
    listed, index = record.status
    place = f"https://{host}/status/{listed}"
    return {
        "id": f"{place}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": place,
    }


def _identity(kind: str, value: str) -> dict[str, Any]:
    return {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": value,
        "identityType": kind,
    }


def _urn(host: str, name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'https://{host}/v#{name}')}"


def _moment(on: dt.date, at: dt.time) -> str:
    return dt.datetime.combine(on, at, SHANGHAI).isoformat()


def _seconds(moment: str) -> int:
    return int(dt.datetime.fromisoformat(moment).timestamp())


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(number: Decimal) -> int | float:
    """Return a number as JSON carries one; it is shown and decides nothing."""
    return int(number) if number == int(number) else float(number)
