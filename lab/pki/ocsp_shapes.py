"""How OCSP messages, CRLs and certificates are built, as tables to walk by.

The shapes are those of RFC 6960 appendix B and RFC 5280 appendix A.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.pki.ocsp_values import (
    GENERAL_TIME,
    REASON_FLAGS,
    REASON_NAMES,
    STATUSES,
    UTC_TIME,
    address,
    ascii_text,
    bit_string,
    counted_hex,
    enumerated,
    hex_value,
    identifier,
    moment,
    name_of,
    named_bits,
    nothing,
    number,
    serial,
    truth,
    version,
)
from lab.pki.usages import KEY_USAGES

BOOLEAN, INTEGER, BITS, OCTETS, NULL, OID, ENUM = 1, 2, 3, 4, 5, 6, 10
SEQUENCE = 48


@dataclass(frozen=True)
class Leaf:
    """A value: its tags, and how it is written. `write` gets tag and content."""

    write: Callable[[int, bytes], str]
    tags: tuple[int, ...]


@dataclass(frozen=True)
class Whole:
    """A value that is read with its tag and length: a name."""

    write: Callable[[bytes], str]
    tags: tuple[int, ...] = (SEQUENCE,)


@dataclass(frozen=True)
class Within:
    """One element in a wrapping: an explicit tag, or an octet or bit string."""

    shape: "Shape"
    tags: tuple[int, ...]


@dataclass(frozen=True)
class Parts:
    """A SEQUENCE of named parts, in their order."""

    parts: tuple["Part", ...]
    tags: tuple[int, ...] = (SEQUENCE,)


@dataclass(frozen=True)
class Many:
    """A SEQUENCE OF, whose entries all have this name and shape."""

    name: str
    shape: "Shape"
    tags: tuple[int, ...] = (SEQUENCE,)


@dataclass(frozen=True)
class Choice:
    """One of several, told apart by their tags."""

    parts: tuple["Part", ...]

    @property
    def tags(self) -> tuple[int, ...]:
        return tuple(tag for part in self.parts for tag in part.shape.tags)


@dataclass(frozen=True)
class Extension:
    """One extension: the value has the shape that its identifier says."""

    tags: tuple[int, ...] = (SEQUENCE,)


@dataclass(frozen=True)
class Algorithm:
    """An AlgorithmIdentifier: a name, and parameters where there are some."""

    tags: tuple[int, ...] = (SEQUENCE,)


@dataclass(frozen=True)
class Anything:
    """What no table knows: its parts, for as far as they can be told apart."""

    tags: tuple[int, ...] = tuple(range(256))


Shape = Leaf | Whole | Within | Parts | Many | Choice | Extension | Algorithm | Anything


@dataclass(frozen=True)
class Part:
    name: str
    shape: Shape
    optional: bool = False


def _tagged(leaf: Leaf, tag: int) -> Leaf:
    return Leaf(leaf.write, (tag,))


def _explicit(number: int, shape: Shape) -> Within:
    return Within(shape, (0xA0 + number,))


# fmt: off
_TRUTH = Leaf(truth, (BOOLEAN,))
_NUMBER = Leaf(number, (INTEGER,))
_SERIAL = Leaf(serial, (INTEGER,))
_REASON = Leaf(enumerated(REASON_NAMES), (ENUM,))
_HEX = Leaf(hex_value, (OCTETS,))
_OID = Leaf(identifier, (OID,))
_BITS = Leaf(bit_string, (BITS,))
_TIME = Leaf(moment, (UTC_TIME, GENERAL_TIME))
_NAME = Whole(name_of)
_VERSION = _explicit(0, Leaf(version, (INTEGER,)))
_ALGORITHM = Algorithm()
_EXTENSIONS = Many("Extension", Extension())
_GENERAL_NAME = Choice((
    Part("otherName", Anything((0xA0,))),
    Part("rfc822Name", Leaf(ascii_text, (0x81,))),
    Part("dNSName", Leaf(ascii_text, (0x82,))),
    Part("directoryName", _explicit(4, _NAME)),
    Part("uniformResourceIdentifier", Leaf(ascii_text, (0x86,))),
    Part("iPAddress", Leaf(address, (0x87,))),
    Part("registeredID", _tagged(_OID, 0x88)),
))



def _names(tag: int) -> Many:
    return Many("GeneralName", _GENERAL_NAME, (tag,))


_GENERAL_NAMES = _names(SEQUENCE)
_POINT_NAME = Choice((
    Part("fullName", _names(0xA0)),
    Part("nameRelativeToCRLIssuer", Anything((0xA1,))),
))
_POINTS = Many("DistributionPoint", Parts((
    Part("distributionPoint", _explicit(0, _POINT_NAME), optional=True),
    Part("reasons", Leaf(named_bits(REASON_FLAGS), (0x81,)), optional=True),
    Part("cRLIssuer", _names(0xA2), optional=True),
)))
_ACCESS = Parts((Part("accessMethod", _OID), Part("accessLocation", _GENERAL_NAME)))

CERTIFICATE = Parts((
    Part("tbsCertificate", Parts((
        Part("version", _VERSION, optional=True),
        Part("serialNumber", _SERIAL),
        Part("signature", _ALGORITHM),
        Part("issuer", _NAME),
        Part("validity", Parts((Part("notBefore", _TIME), Part("notAfter", _TIME)))),
        Part("subject", _NAME),
        Part("subjectPublicKeyInfo", Parts((
            Part("algorithm", _ALGORITHM),
            Part("subjectPublicKey", _BITS),
        ))),
        Part("issuerUniqueID", Anything((0x81,)), optional=True),
        Part("subjectUniqueID", Anything((0x82,)), optional=True),
        Part("extensions", _explicit(3, _EXTENSIONS), optional=True),
    ))),
    Part("signatureAlgorithm", _ALGORITHM),
    Part("signature", _BITS),
))
_CERTIFICATES = _explicit(0, Many("Certificate", CERTIFICATE))
_CERT_ID = Parts((
    Part("hashAlgorithm", _ALGORITHM),
    Part("issuerNameHash", _HEX),
    Part("issuerKeyHash", _HEX),
    Part("serialNumber", _SERIAL),
))
REQUEST = Parts((
    Part("tbsRequest", Parts((
        Part("version", _VERSION, optional=True),
        Part("requestorName", _explicit(1, _GENERAL_NAME), optional=True),
        Part("requestList", Many("Request", Parts((
            Part("reqCert", _CERT_ID),
            Part("singleRequestExtensions", _explicit(0, _EXTENSIONS), optional=True),
        )))),
        Part("requestExtensions", _explicit(2, _EXTENSIONS), optional=True),
    ))),
    Part("optionalSignature", _explicit(0, Parts((
        Part("signatureAlgorithm", _ALGORITHM),
        Part("signature", _BITS),
        Part("certs", _CERTIFICATES, optional=True),
    ))), optional=True),
))
_SINGLE = Parts((
    Part("certID", _CERT_ID),
    Part("certStatus", Choice((
        Part("good", Leaf(nothing, (0x80,))),
        Part("revoked", Parts((
            Part("revocationTime", Leaf(moment, (GENERAL_TIME,))),
            Part("revocationReason", _explicit(0, _REASON), optional=True),
        ), (0xA1,))),
        Part("unknown", Leaf(nothing, (0x82,))),
    ))),
    Part("thisUpdate", Leaf(moment, (GENERAL_TIME,))),
    Part("nextUpdate", _explicit(0, Leaf(moment, (GENERAL_TIME,))), optional=True),
    Part("singleExtensions", _explicit(1, _EXTENSIONS), optional=True),
))
_BASIC = Parts((
    Part("tbsResponseData", Parts((
        Part("version", _VERSION, optional=True),
        Part("responderID", Choice((
            Part("byName", _explicit(1, _NAME)),
            Part("byKey", _explicit(2, _HEX)),
        ))),
        Part("producedAt", Leaf(moment, (GENERAL_TIME,))),
        Part("responses", Many("SingleResponse", _SINGLE)),
        Part("responseExtensions", _explicit(1, _EXTENSIONS), optional=True),
    ))),
    Part("signatureAlgorithm", _ALGORITHM),
    Part("signature", _BITS),
    Part("certs", _CERTIFICATES, optional=True),
))
RESPONSE = Parts((
    Part("responseStatus", Leaf(enumerated(STATUSES), (ENUM,))),
    Part("responseBytes", _explicit(0, Parts((
        Part("responseType", _OID),
        Part("BasicOCSPResponse", Within(_BASIC, (OCTETS,))),
    ))), optional=True),
))
CRL = Parts((
    Part("tbsCertList", Parts((
        Part("version", Leaf(version, (INTEGER,)), optional=True),
        Part("signature", _ALGORITHM),
        Part("issuer", _NAME),
        Part("thisUpdate", _TIME),
        Part("nextUpdate", _TIME, optional=True),
        Part("revokedCertificates", Many("revokedCertificate", Parts((
            Part("userCertificate", _SERIAL),
            Part("revocationDate", _TIME),
            Part("crlEntryExtensions", _EXTENSIONS, optional=True),
        ))), optional=True),
        Part("crlExtensions", _explicit(0, _EXTENSIONS), optional=True),
    ))),
    Part("signatureAlgorithm", _ALGORITHM),
    Part("signature", _BITS),
))
EXTENSION_SHAPES: Mapping[str, Shape] = {
    "nonce": Leaf(counted_hex, (OCTETS,)),
    "id-pkix-ocsp-nocheck": Leaf(nothing, (NULL,)),
    "extendedRevoke": Leaf(nothing, (NULL,)),
    "archiveCutoff": Leaf(moment, (GENERAL_TIME,)),
    "acceptableResponses": Many("AcceptableResponse", _OID),
    "preferredSignatureAlgorithms": Many("PreferredSignatureAlgorithm", Parts((
        Part("sigIdentifier", _ALGORITHM),
        Part("pubKeyAlgIdentifier", _ALGORITHM, optional=True),
    ))),
    "serviceLocator": Parts((
        Part("issuer", _NAME),
        Part("locator", Many("AccessDescription", _ACCESS), optional=True),
    )),
    "id-pkix-ocsp-crl": Parts((
        Part("crlUrl", _explicit(0, Leaf(ascii_text, (22,))), optional=True),
        Part("crlNum", _explicit(1, _NUMBER), optional=True),
        Part("crlTime", _explicit(2, Leaf(moment, (GENERAL_TIME,))), optional=True),
    )),
    "authorityKeyIdentifier": Parts((
        Part("keyIdentifier", _tagged(_HEX, 0x80), optional=True),
        Part("authorityCertIssuer", _names(0xA1), optional=True),
        Part("authorityCertSerialNumber", _tagged(_SERIAL, 0x82), optional=True),
    )),
    "subjectKeyIdentifier": _HEX,
    "keyUsage": Leaf(named_bits(tuple(KEY_USAGES)), (BITS,)),
    "extKeyUsage": Many("KeyPurposeId", _OID),
    "basicConstraints": Parts((
        Part("cA", _TRUTH, optional=True),
        Part("pathLenConstraint", _NUMBER, optional=True),
    )),
    "subjectAltName": _GENERAL_NAMES,
    "issuerAltName": _GENERAL_NAMES,
    "certificateIssuer": _GENERAL_NAMES,
    "authorityInfoAccess": Many("AccessDescription", _ACCESS),
    "cRLDistributionPoints": _POINTS,
    "freshestCRL": _POINTS,
    "cRLNumber": _NUMBER,
    "deltaCRLIndicator": _NUMBER,
    "cRLReason": _REASON,
    "invalidityDate": Leaf(moment, (GENERAL_TIME,)),
    "issuingDistributionPoint": Parts((
        Part("distributionPoint", _explicit(0, _POINT_NAME), optional=True),
        Part("onlyContainsUserCerts", _tagged(_TRUTH, 0x81), optional=True),
        Part("onlyContainsCACerts", _tagged(_TRUTH, 0x82), optional=True),
        Part("onlySomeReasons", Leaf(named_bits(REASON_FLAGS), (0x83,)), optional=True),
        Part("indirectCRL", _tagged(_TRUTH, 0x84), optional=True),
        Part("onlyContainsAttributeCerts", _tagged(_TRUTH, 0x85), optional=True),
    )),
}
# fmt: on
