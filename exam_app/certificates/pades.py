"""PAdES on download (可选): the file signed once more, for readers of PDF that check by themselves.

Needs the extra ``pades`` (pyHanko). What makes a certificate genuine is the record in its QR
code; this signature only tells that the file is as the authority handed it out. The key and its
X.509 certificate lie in the key folder, the key locked with the passphrase of the signing keys.
"""

from __future__ import annotations

import datetime as dt
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from asn1crypto import keys as asn1_keys  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from exam_app.certificates.passphrase import FILE_KEY
from exam_app.core.crypto import Keyring, write_private
from exam_app.core.errors import BadInput

FIELD, LABEL = "Signature", FILE_KEY
YEARS_DAYS = 3 * 365
_PEM, _DER = serialization.Encoding.PEM, serialization.Encoding.DER
_PLAIN = serialization.NoEncryption()
_PKCS8 = serialization.PrivateFormat.PKCS8


def make_key(folder: Path, ring: Keyring, *, authority: str, on: dt.date) -> x509.Certificate:
    """Make a key with a certificate of its own signature, good for three years.

    Readers trust it only where somebody told them to; a certificate of a public authority is
    taken over by ``import_key``.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, authority[:64])])
    begin = dt.datetime.combine(on, dt.time(), tzinfo=dt.UTC)
    usage = {
        "key_encipherment": False, "data_encipherment": False, "key_agreement": False,
        "key_cert_sign": False, "crl_sign": False, "encipher_only": False, "decipher_only": False,
    }  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=YEARS_DAYS))
        .add_extension(
            x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True
        )
        .sign(key, hashes.SHA256())
    )
    _write(folder, ring, key.private_bytes(_DER, _PKCS8, _PLAIN), [made])
    return made


def import_key(folder: Path, ring: Keyring, *, bundle: bytes, password: bytes) -> x509.Certificate:
    """Take over a key and its certificates from a PKCS#12 file, as authorities hand them out.

    Raises: BadInput: the file cannot be opened, or holds no key with a certificate.
    """
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(bundle, password)
    except ValueError as problem:
        raise BadInput("pades-bundle") from problem
    if key is None or certificate is None:
        raise BadInput("pades-bundle")
    _write(folder, ring, key.private_bytes(_DER, _PKCS8, _PLAIN), [certificate, *others])
    return certificate


def is_configured(folder: Path) -> bool:
    """Return whether there is a key to sign files with."""
    return _key_file(folder).exists() and _chain_file(folder).exists()


def sign_file(content: bytes, folder: Path, ring: Keyring, *, reason: str) -> bytes:
    """Return a PDF with a PAdES signature (baseline B) over the whole of it."""
    first, *others = x509.load_pem_x509_certificates(_chain_file(folder).read_bytes())
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(_asn1(each) for each in others)
    signer = SimpleSigner(
        signing_cert=_asn1(first),
        signing_key=asn1_keys.PrivateKeyInfo.load(
            ring.unwrap(LABEL, _key_file(folder).read_bytes())
        ),
        cert_registry=store,
    )
    about = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason
    )
    target = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    with ThreadPoolExecutor(1) as apart:  # the library runs a loop of its own, wherever this is
        apart.submit(PdfSigner(about, signer=signer).sign_pdf, writer, output=target).result()
    return target.getvalue()


def _write(folder: Path, ring: Keyring, key: bytes, chain: list[x509.Certificate]) -> None:
    _key_file(folder).unlink(missing_ok=True)  # nothing is verified with an older one
    write_private(_key_file(folder), ring.wrap(LABEL, key))
    _chain_file(folder).write_bytes(b"".join(each.public_bytes(_PEM) for each in chain))


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(_DER))


def _key_file(folder: Path) -> Path:
    return folder / "pades.key"


def _chain_file(folder: Path) -> Path:
    return folder / "pades.pem"
