"""Failures that support has described, and the way out of an unreachable node."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class Incident:
    number: int
    cause: str
    symptom: str
    way_out: str
    source: Source = Source.TAC225746


# fmt: off
INCIDENTS: tuple[Incident, ...] = (
    Incident(1, "CallManager, TVS and ITLRecovery were renewed together", "all phones unregister", "sign the ITL with the local key (utils itl reset localkey), or reset the phones to factory state"),
    Incident(2, "tomcat was renewed while single sign-on was on", "single sign-on fails: the answer cannot be decrypted", "switch single sign-on off, renew, give the identity provider the new metadata, switch it on, restart Cisco Tomcat and Cisco UDS Tomcat"),
    Incident(3, "CallManager, tomcat or Expressway-C was renewed in mixed mode", "remote sign-in fails with: tlsv1 alert unknown ca", "exchange the CA chains in both directions, into tomcat-trust and CallManager-trust"),
    Incident(4, "CAPF was renewed", "802.1X and phones with a TLS profile fail while the CTL holds the old CAPF", "utils ctl update CTLFile, restart CAPF, TVS and TFTP, issue new LSCs"),
)


@dataclass(frozen=True)
class TroubleshootingStep:
    """A step against "Connection to the Server cannot be established"."""

    number: int
    step: str
    command: str
    wait_minutes: int
    source: Source = Source.SEED


TROUBLESHOOTING: tuple[TroubleshootingStep, ...] = (
    TroubleshootingStep(1, "See that the tomcat-trust certificates of the other nodes are there; if one is missing, wait and look again.", "",                                   30),
    TroubleshootingStep(2, "Compare each with the certificate on its node.", "",                                   0),
    TroubleshootingStep(3, "Restart Cisco Intercluster Sync Agent.", "utils service restart Cisco Intercluster Sync Agent", 0),
    TroubleshootingStep(4, "Restart Cisco Tomcat.",                  "utils service restart Cisco Tomcat", 0),
    TroubleshootingStep(5, "Wait. If it still fails, delete the trust certificate, download tomcat and tomcat-ECDSA from each node and upload them to the others as tomcat-trust.", "",                                   30),
    TroubleshootingStep(6, "Restart Cisco Tomcat on every server concerned.", "utils service restart Cisco Tomcat", 0),
)
# fmt: on
