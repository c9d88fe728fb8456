"""Commands of the cluster's own command line."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class CliCommand:
    command: str
    notes: str
    privilege: int | None  # 0, 1 or 4; None when no document prints it
    source: Source
    where: str = "any node"  # or "publisher"
    way_out: str = ""  # the lab does not model the command: what to do instead


# fmt: off
CLI_COMMANDS: tuple[CliCommand, ...] = (
    CliCommand("show cert list {own|trust}",                              "one line a certificate: file, then description",            1,    Source.CLI15),
    CliCommand("show cert own <unit>",                                    "the whole certificate as text, then PEM",                   1,    Source.CLI15),
    CliCommand("show cert trust <file>",                                  "the whole certificate as text, then PEM",                   1,    Source.CLI15),
    CliCommand("show cert default-ca-list",                               "preloaded authorities: common name, trust stores, purpose", 1,    Source.CLI15),
    CliCommand("set cert regen <unit>",                                   "asks first in release 15 SU5, then reminds of restarts",    1,    Source.CLI15),
    CliCommand("set cert regen ITLRecovery",                              "warns about the tokenless CTL, then asks",                  1,    Source.CLI15),
    CliCommand("set cert delete <unit> <name.pem>",                       "deletes a trust certificate",                               1,    Source.CLI15),
    CliCommand("set cert import {own|trust} <unit> [caCert]",             "asks for the PEM text; not for shared certificates from 14 SU2 on", 1,    Source.CLI15),
    CliCommand("set cert bulk {sftp|export|consolidate|import} [unit]",   "exchange between clusters, of one unit or all",             1,    Source.CLI15, way_out="Export certificates on the certificates page, and upload them on the other cluster."),
    CliCommand("set cert default-ca-list {enable|disable} {all|common-name}", "switches preloaded authorities",                            1,    Source.CLI15, way_out="Delete an authority from the trust stores, or upload it there again."),
    CliCommand("set csr gen <unit>",                                      "makes a request; asks about the organizational unit",       1,    Source.CLI15),
    CliCommand("show csr list",                                           "the requests of the node",                                  1,    Source.CLI15),
    CliCommand("show csr own <unit>/<file>",                              "one request",                                               1,    Source.CLI15),
    CliCommand("show itl",                                                "checksums, length, date, then the records",                 0,    Source.CLI15),
    CliCommand("show ctl",                                                "checksums, length, date, then the records",                 0,    Source.CLI15),
    CliCommand("utils ctl set-cluster {mixed-mode|non-secure-mode}",      "publisher only; asks; then TFTP and Cisco CallManager are restarted", None, Source.CLI15, "publisher"),
    CliCommand("utils ctl update CTLFile",                                "publisher only; asks; then TFTP and Cisco CallManager are restarted", None, Source.CLI15, "publisher"),
    CliCommand("utils ctl reset localkey",                                "publisher only; signs the CTL with the other key",          4,    Source.CLI15, "publisher"),
    CliCommand("utils itl reset {localkey|remotekey}",                    "publisher only; signs the ITL of all TFTP nodes with the CallManager key; then reset phones", 4,    Source.CLI15, "publisher"),
    CliCommand("utils ipsec restart",                                     "restarts the tunnels of the node",                          None, Source.CLI15),
    CliCommand("utils service {restart|start|stop} <name>",               "for example: utils service restart Cisco Tomcat",           None, Source.CLI15),
    CliCommand("utils service {activate|deactivate} <name>",              "feature services only; TFTP lets go of its copies by it",   None, Source.UNCONFIRMED),
    CliCommand("utils service list",                                      "the services and their states",                             None, Source.CLI15),
    CliCommand("utils capf csr list",                                     "",                                                          None, Source.CLI15, way_out="Requests of phones are not modelled. Look at: show csr list."),
    CliCommand("utils capf stale-lsc list",                               "phone certificates that CAPF no longer vouches for",        None, Source.CLI15),
    CliCommand("utils capf stale-lsc delete all",                         "deletes them",                                              None, Source.CLI15, way_out="Issue new ones on the phones page; each replaces the old one."),
    CliCommand("utils capf set keep_alive",                               "5 to 60 minutes, 15 by default",                            None, Source.CLI15, way_out="The lab issues phone certificates at once; there is nothing to keep alive."),
    CliCommand("set web-security <orgunit> <orgname> <locality> <state> [country] [alternatehostname]", "regenerates tomcat; the country is fixed at installation",  None, Source.CLI15),
    CliCommand("utils tls client-auth-validation {enable|disable|status}", "15 SU5 and later: must peers carry the client usage",       None, Source.CLI15, way_out="Judge a certificate for use as a client on the page that judges."),
    CliCommand("utils fips_common_criteria {enable|disable|status}",      "Common Criteria mode; switches FIPS mode on, which the lab has not", None, Source.CLI15),
    CliCommand("file get tftp ITLRecovery.p12",                           "backup of the ITLRecovery key",                             None, Source.CLI15, way_out="Make a backup on the backups page; it holds the key as well."),
    CliCommand("set key regen authz {encryption|signing}",                "publisher; answer yes",                                     4,    Source.CLI15, "publisher"),
    CliCommand("show key authz {encryption|signing}",                     "checksums of the keys, on any node",                        None, Source.CLI15),
    CliCommand("run sql select paramname,paramvalue from processconfig where paramname='ClusterSecurityMode'", "0 is non-secure, 1 is mixed mode",                          None, Source.TAC118893),
    CliCommand("run sql select ... from certificate as c inner join certificateservicecertificatemap ...", "every certificate of the database",                         None, Source.TAC214231),
    CliCommand("help [command]",                                          "the commands, or those that begin so",                      0,    Source.UNCONFIRMED),
)


@dataclass(frozen=True)
class CliText:
    command: str
    text: str  # literal
    source: Source = Source.CLI15


CLI_TEXTS: tuple[CliText, ...] = (
    CliText("show cert list own",                          "tomcat/tomcat.pem: Self-signed certificate generated by system", Source.MCP),
    CliText("show cert list own",                          "tomcat/tomcat.pem: Certificate Signed by <CA>", Source.MCP),
    CliText("show cert list trust",                        "tomcat-trust/<name>.pem: Trust Certificate", Source.MCP),
    CliText("set cert regen <unit>",                       "Successfully regenerated certificate for tomcat."),
    CliText("set cert regen <unit>",                       "Proceed with regeneration (yes|no)?"),
    CliText("set cert import {own|trust} <unit> [caCert]", "Paste the Certificate and Hit Enter"),
    CliText("set cert import {own|trust} <unit> [caCert]", "Successfully imported certificate for tomcat."),
    CliText("set csr gen <unit>",                          "Successfully Generated CSR for tomcat."),
    CliText("set csr gen <unit>",                          "Include OU in CSR (yes|no)?"),
    CliText("show csr list",                               "tomcat/tomcat.csr"),
    CliText("show csr list",                               "No Certificate Sign Request available for display"),
    CliText("utils ctl update CTLFile",                    "This operation will update the CTLFile. Do you want to continue? (y/n):", Source.TAC118893),
    CliText("utils ctl set-cluster {mixed-mode|non-secure-mode}", "This operation will set the cluster to Mixed mode. Do you want to continue? (y/n):", Source.TAC118893),
    CliText("utils service list",                          "Cisco Tomcat[STARTED]", Source.UNCONFIRMED),
    CliText("help [command]",                              "No valid command entered", Source.UNCONFIRMED),
    CliText("help [command]",                              "Incomplete command entered", Source.UNCONFIRMED),
    CliText("help [command]",                              "Executed command unsuccessfully", Source.UNCONFIRMED),
)
# fmt: on
