"""What pkilint finds in a certificate, a CRL or an OCSP response."""

from functools import cache

from pkilint import loader, pkix
from pkilint.pkix import certificate as pkix_certificate
from pkilint.pkix import crl as pkix_crl
from pkilint.pkix import extension, name, ocsp


def certificate_findings(der):
    """Each finding, with its message."""
    document = loader.RFC5280CertificateDocumentLoader().load_der_document(der, "")
    return _findings(_validator(), document)


def crl_findings(der):
    """Each finding in a CRL, with its message."""
    document = loader.RFC5280CertificateListDocumentLoader().load_der_document(der, "")
    return _findings(_crl_validator(), document)


def ocsp_findings(der):
    """Each finding in an OCSP response, with its message."""
    document = loader.RFC6960OCSPResponseDocumentLoader().load_der_document(der, "")
    return _findings(_ocsp_validator(), document)


def _findings(validator, document):
    for result in validator.validate(document.root):
        for description in result.finding_descriptions:
            yield description.finding, description.message


@cache
def _validator():
    return pkix_certificate.create_pkix_certificate_validator_container(
        pkix_certificate.create_decoding_validators(
            name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS
        ),
        [
            pkix_certificate.create_issuer_validator_container([]),
            pkix_certificate.create_validity_validator_container(),
            pkix_certificate.create_subject_validator_container([]),
            pkix_certificate.create_extensions_validator_container([]),
            pkix_certificate.create_spki_validator_container([]),
        ],
    )


def _decoders():
    return [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]


@cache
def _crl_validator():
    return pkix_crl.create_pkix_crl_validator_container(
        _decoders(),
        [
            pkix_crl.create_issuer_validator_container([]),
            pkix_crl.create_validity_validator_container([]),
            pkix_crl.create_extensions_validator_container([]),
        ],
    )


@cache
def _ocsp_validator():
    return ocsp.create_pkix_ocsp_response_validator_container(
        [ocsp.create_response_decoder(), *_decoders()], []
    )
