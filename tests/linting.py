"""What pkilint finds in a certificate."""

from functools import cache

from pkilint import loader
from pkilint.pkix import certificate as pkix_certificate
from pkilint.pkix import extension, name


def certificate_findings(der):
    """Each finding, with its message."""
    document = loader.RFC5280CertificateDocumentLoader().load_der_document(der, "")
    for result in _validator().validate(document.root):
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
