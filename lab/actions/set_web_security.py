"""Tell a node what stands in the subject of its certificates; tomcat is made anew."""

from lab.actions.deed import deed, record
from lab.actions.identities import slot_to_change
from lab.actions.identity_choices import subject_of
from lab.actions.regenerate_certificate import regenerate_certificate
from lab.actions.web_details import WebDetails, keep_web_details, web_details
from lab.errors import RuleError
from lab.lab import Lab
from lab.models import Certificate
from lab.pki.names import build_general_names, build_name


def set_web_security(
    lab: Lab, node: str, details: WebDetails, *, cluster: str = ""
) -> Certificate:
    """Keep the details, and regenerate tomcat with them; return it.

    The country is fixed once it is set: facts §6.2, §1.10. Cisco Tomcat presents the
    old certificate until it is restarted.
    """
    with deed(lab) as now:
        _, party, row = slot_to_change(lab, node, "tomcat", cluster)
        before = web_details(lab, party).country
        if details.country and before and details.country != before:
            raise RuleError(
                "the country of {node} is {before}; it cannot become {country}",
                hint="Leave the country out, or give the same one.",
                node=node,
                before=before,
                country=details.country,
            )
        if details.alternate_name:
            build_general_names([details.alternate_name])
        kept = WebDetails(
            organizational_unit=details.organizational_unit,
            organization=details.organization,
            locality=details.locality,
            state=details.state,
            country=details.country or before,
            alternate_name=details.alternate_name,
        )
        keep_web_details(lab, party, kept)
        build_name(subject_of(lab, party, row))
        detail = ", ".join(
            filter(None, [kept.organizational_unit, kept.organization, kept.locality])
        )
        record(lab, now, "web_security.set", node, detail)
        return regenerate_certificate(lab, node, "tomcat", cluster=party.cluster)
