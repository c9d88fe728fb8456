"""What the fields of an OCSP request, of an answer and of a CRL mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.rules.sources import Source


@dataclass(frozen=True)
class OcspField:
    name: str  # RFC spelling
    meaning: str
    section: str
    source: Source = Source.RFC6960


# fmt: off
OCSP_FIELDS: Mapping[str, OcspField] = MappingProxyType({row.name: row for row in (
    OcspField("OCSPRequest",              "What a client asks.",                                                            "4.1.1"),
    OcspField("tbsRequest",               "What is asked; a signature would cover this part.",                              "4.1.1"),
    OcspField("requestorName",            "Who asks; only a signed request needs it.",                                      "4.1.2"),
    OcspField("requestList",              "The certificates that are asked about.",                                         "4.1.1"),
    OcspField("reqCert",                  "Which certificate: its issuer by two hashes, and its serial number.",            "4.1.1"),
    OcspField("requestExtensions",        "What belongs to the whole request.",                                             "4.4"),
    OcspField("singleRequestExtensions",  "What belongs to one of the certificates.",                                       "4.4"),
    OcspField("optionalSignature",        "A signed request: a responder may ask for it, few do.",                          "4.1.2"),
    OcspField("certID",                   "Which certificate this answer is about.",                                        "4.1.1"),
    OcspField("hashAlgorithm",            "The hash that names the issuer; it protects nothing.",                           "4.3"),
    OcspField("issuerNameHash",           "The hash of the issuer's name, as it stands in its DER.",                        "4.1.1"),
    OcspField("issuerKeyHash",            "The hash of the issuer's public key, without tag, length and unused bits.",      "4.1.1"),
    OcspField("serialNumber",             "The number of the certificate, given by its issuer.",                            "4.1.1"),
    OcspField("OCSPResponse",             "What the responder says.",                                                       "4.2.1"),
    OcspField("responseStatus",           "Whether there is an answer at all; an error is not signed.",                     "4.2.1"),
    OcspField("responseBytes",            "The signed answer; an error has none.",                                          "4.2.1"),
    OcspField("responseType",             "What kind of answer follows; there is one kind in use.",                         "4.2.1"),
    OcspField("BasicOCSPResponse",        "The answer, its signature, and the certificates to check it with.",              "4.2.1"),
    OcspField("tbsResponseData",          "What the signature covers.",                                                     "4.2.1"),
    OcspField("responderID",              "Who signed: by name, or by the SHA-1 of the key.",                               "4.2.2.3"),
    OcspField("producedAt",               "When this answer was signed.",                                                   "4.2.2.1"),
    OcspField("responses",                "One answer for each certificate.",                                               "4.2.1"),
    OcspField("certStatus",               "Good only says: not revoked, as far as the responder knows.",                    "2.2"),
    OcspField("revocationTime",           "When the certificate was revoked or put on hold.",                               "4.2.1"),
    OcspField("revocationReason",         "Why it was revoked.",                                                            "5.3.1", Source.RFC5280),
    OcspField("thisUpdate",               "From when on this is known to be true.",                                         "4.2.2.1"),
    OcspField("nextUpdate",               "Until when a client may go by it.",                                              "4.2.2.1"),
    OcspField("singleExtensions",         "What belongs to this one answer.",                                               "4.4"),
    OcspField("responseExtensions",       "What belongs to the whole answer.",                                              "4.4"),
    OcspField("signatureAlgorithm",       "How it was signed.",                                                             "4.2.1"),
    OcspField("signature",                "Made with the key of the signer.",                                               "4.2.1"),
    OcspField("certs",                    "Certificates that help to check the signature, the signer's first.",             "4.2.1"),
    OcspField("nonce",                    "1 to 128 octets that bind the answer to this request.",                          "2.1",   Source.RFC9654),
    OcspField("nonce of a wrong length",  "Only 1 to 128 octets are allowed.",                                              "2.1",   Source.RFC9654),
    OcspField("acceptableResponses",      "Kinds of answers that the client understands.",                                  "4.4.3"),
    OcspField("preferredSignatureAlgorithms", "How the client would like the answer to be signed.",                         "4.4.7.1"),
    OcspField("serviceLocator",           "Where the issuer's own responder is.",                                           "4.4.6"),
    OcspField("archiveCutoff",            "Until when certificates are answered for after their end.",                      "4.4.4"),
    OcspField("extendedRevoke",           "Unknown serial numbers are said to be revoked.",                                 "4.4.8"),
    OcspField("id-pkix-ocsp-crl",         "The CRL behind this answer.",                                                    "4.4.2"),
    OcspField("id-pkix-ocsp-nocheck",     "Nobody need ask whether the signer itself is revoked.",                          "4.2.2.2.1"),
    OcspField("OCSPSigning",              "The issuer lets this certificate sign answers.",                                 "4.2.2.2"),
    OcspField("CertificateList",          "What an issuer has revoked.",                                                    "5.1",    Source.RFC5280),
    OcspField("tbsCertList",              "What the signature covers.",                                                     "5.1.1.1", Source.RFC5280),
    OcspField("revokedCertificates",      "The serial numbers that are revoked or on hold; none: the field is left out.",   "5.1.2.6", Source.RFC5280),
    OcspField("crlExtensions",            "What belongs to the whole list.",                                                "5.2",    Source.RFC5280),
    OcspField("cRLNumber",                "Each list of an issuer has a higher number than the one before.",                "5.2.3",  Source.RFC5280),
    OcspField("deltaCRLIndicator",        "This is a delta: it changes the full list with this number, or a later one.",    "5.2.4",  Source.RFC5280),
    OcspField("issuingDistributionPoint", "Which certificates this list is about.",                                         "5.2.5",  Source.RFC5280),
    OcspField("freshestCRL",              "Where the delta lists are.",                                                     "5.2.6",  Source.RFC5280),
    OcspField("authorityKeyIdentifier",   "Which key of the issuer signed.",                                                "5.2.1",  Source.RFC5280),
    OcspField("cRLReason",                "Why it was revoked; removeFromCRL lifts a hold, in deltas only.",                "5.3.1",  Source.RFC5280),
    OcspField("invalidityDate",           "Since when the key was, or may have been, in other hands.",                      "5.3.2",  Source.RFC5280),
    OcspField("certificateIssuer",        "Whose certificate it is, where the list is another's.",                          "5.3.3",  Source.RFC5280),
    OcspField("a broken part",            "It is not built as the RFC has it.",                                             ""),
    OcspField("a part too many",          "The RFC has no such part here.",                                                 ""),
    OcspField("a missing part",           "The RFC wants this part; it is missing.",                                        ""),
)})
# fmt: on
