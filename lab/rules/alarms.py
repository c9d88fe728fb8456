"""The alarms that certificates raise, and which one when an end comes near."""

from dataclasses import dataclass

from lab.rules.sources import Source


@dataclass(frozen=True)
class Severity:
    number: int
    name: str
    source: Source = Source.RFC5424


# fmt: off
SEVERITIES: tuple[Severity, ...] = (
    Severity(0, "Emergency"),
    Severity(1, "Alert"),
    Severity(2, "Critical"),
    Severity(3, "Error"),
    Severity(4, "Warning"),
    Severity(5, "Notice"),
    Severity(6, "Informational"),
    Severity(7, "Debug"),
)
# fmt: on
ALERT_SEVERITIES = (0, 1, 2)  # for these the monitoring tool raises its alert


@dataclass(frozen=True)
class Alarm:
    name: str
    severity: int | None  # an index of SEVERITIES; None when it is not printed
    facility: str
    catalog: str
    condition: str
    source: Source
    note: str = ""


_UC, _MONITOR = "UC_CERT", "CertMonitorAlarmCatalog"

# fmt: off
ALARMS: tuple[Alarm, ...] = (
    Alarm("CertValidityOver30Days",            5,    _UC,       _MONITOR, "more than 30 days are left, and notification has started", Source.ALARM15),
    Alarm("CertValidLessThanMonth",            4,    _UC,       _MONITOR, "30 days or fewer are left",               Source.ALARM15),
    Alarm("CertValidfor7days",                 2,    _UC,       _MONITOR, "fewer than 7 days are left, or none",     Source.ALARM15),
    Alarm("CertValidLessthanADay",             1,    _UC,       _MONITOR, "fewer than 24 hours are left, or none",   Source.ALARM15),
    Alarm("CertExpired",                       0,    _UC,       _MONITOR, "the certificate has expired",             Source.ALARM15, "a variant of severity 3 exists"),
    Alarm("CertExpiryApproaching",             6,    _UC,       _MONITOR, "notification has started",                Source.ALARM15),
    Alarm("CertificateRevoked",                0,    _UC,       _MONITOR, "a certificate that was just uploaded is revoked", Source.ALARM15),
    Alarm("CertificateRevokationStatusByOCSP", 4,    _UC,       _MONITOR, "its revocation status could not be found out", Source.ALARM15),
    Alarm("TomcatCertRegen",                   2,    _UC,       _MONITOR, "tomcat was regenerated or uploaded; Cisco Tomcat has to be restarted", Source.ALARM15),
    Alarm("ITLRecoveryCertBackup",             4,    _UC,       _MONITOR, "a new ITLRecovery has no backup yet",     Source.ALARM15, "file get tftp ITLRecovery.p12"),
    Alarm("CtiProviderPeerCertExpireSoon",     4,    "UC_CTI",  "",       "the certificate of a CTI peer ends soon", Source.ALARM15),
    Alarm("CtiProviderClosePeerCertExpired",   4,    "UC_CTI",  "",       "a CTI peer was cut off, its certificate has expired", Source.ALARM15, "the first half of the name is deduced"),
    Alarm("CAPFCertificateRegenerated",        6,    "UC_CAPF", "",       "CAPF was regenerated",                    Source.ALARM15),
    Alarm("KeyPairMismatch",                   0,    "UC_CAPF", "",       "the key of CAPF does not fit its certificate", Source.ALARM15),
    Alarm("TVSCertificateRegenerated",         6,    "UC_TVS",  "",       "TVS was regenerated",                     Source.ALARM15),
    Alarm("ITLFileRegenerated",                6,    "UC_TVS",  "",       "the ITL was built anew",                  Source.ALARM15),
    Alarm("ClusterSecurityModeModified",       6,    "UC_TVS",  "",       "the security mode of the cluster was changed", Source.ALARM15),
    Alarm("RollBackToPre8.0Enabled",           6,    "UC_TVS",  "",       "the cluster was prepared for a rollback", Source.ALARM15),
    Alarm("RollBackToPre8.0Disabled",          6,    "UC_TVS",  "",       "the preparation for a rollback was taken back", Source.ALARM15),
    Alarm("CRLChanged",                        None, "",        "",       "a new CRL differs from the one before (14 SU3 and later)", Source.SEC15),
    Alarm("CertExpiryCritical",                None, _UC,       "",       "obsolete",                                Source.MS12_5),
    Alarm("CertExpiryError",                   None, _UC,       "",       "obsolete",                                Source.MS12_5),
    Alarm("CertExpiryDebug",                   None, _UC,       "",       "obsolete",                                Source.MS12_5),
)
# fmt: on


@dataclass(frozen=True)
class Rung:
    """A step of the ladder; the first that fits is the one."""

    days_left: float  # upper bound
    inclusive: bool
    alarm: str
    source: Source


# fmt: off
ALARM_LADDER: tuple[Rung, ...] = (
    Rung(0,            True,  "CertExpired",            Source.ALARM15),
    Rung(1,            False, "CertValidLessthanADay",  Source.ALARM15),
    Rung(7,            False, "CertValidfor7days",      Source.ALARM15),
    Rung(30,           True,  "CertValidLessThanMonth", Source.ALARM15),
    Rung(float("inf"), True,  "CertValidityOver30Days", Source.ALARM15),
)
# fmt: on


def alarm_of(name: str) -> Alarm:
    """The row of an alarm; KeyError if there is none."""
    return {row.name: row for row in ALARMS}[name]


def alarm_for(days_left: float) -> Alarm:
    """The alarm for a certificate that ends in so many days (negative: it ended).

    Above 30 days it is raised only once notification has started: facts §4.
    """
    return alarm_of(
        next(
            rung.alarm
            for rung in ALARM_LADDER
            if days_left < rung.days_left
            or (rung.inclusive and days_left == rung.days_left)
        )
    )


@dataclass(frozen=True)
class MonitoringAlert:
    """An alert of the real-time monitoring tool."""

    name: str
    severities: tuple[int, ...]
    condition: str
    source: Source


# fmt: off
MONITORING_ALERTS: tuple[MonitoringAlert, ...] = (
    MonitoringAlert("SyslogSeverityMatchFound", ALERT_SEVERITIES, "any message as severe as Critical or worse: fewer than 7 days left, or a revoked upload", Source.RTMT12_5),
)
# fmt: on


@dataclass(frozen=True)
class MonitorRule:
    name: str
    value: int
    unit: str
    rule: str
    source: Source


MONITOR_SERVICE = "Cisco Certificate Expiry Monitor"
MONITOR_HOURS = 24
MONITOR_HOURLY_HOURS = 1
MONITOR_HOURLY_DAYS_LEFT = 1
MONITOR_AFTER_RESTART_HOURS = 24

# fmt: off
MONITOR: tuple[MonitorRule, ...] = (
    MonitorRule("base_hours",                     MONITOR_HOURS,               "hours", "between two runs; seven days before an end this does not change", Source.SEED),
    MonitorRule("hourly_hours",                   MONITOR_HOURLY_HOURS,        "hours", "between two runs near an end, and after it", Source.SEED),
    MonitorRule("hourly_when_days_left_lte",      MONITOR_HOURLY_DAYS_LEFT,    "days",  "before an end, when the hourly runs begin",  Source.SEED),
    MonitorRule("reschedule_after_restart_hours", MONITOR_AFTER_RESTART_HOURS, "hours", "from a restart of the service to its next run", Source.SEED),
)


@dataclass(frozen=True)
class MonitorField:
    label: str
    meaning: str
    source: Source


MONITOR_FIELDS: tuple[MonitorField, ...] = (
    MonitorField("Notification Start Time",    "days before the end when notification starts", Source.SEED),
    MonitorField("Notification Frequency",     "how often it is repeated, in hours or days", Source.SEED),
    MonitorField("Enable E-mail notification", "send mail; needs a mail server",             Source.SEED),
    MonitorField("Enable LSC Monitoring",      "watch the certificates of phones too",       Source.SEED),
    MonitorField("E-mail IDs",                 "addresses, separated by semicolons",         Source.SEED),
)
# fmt: on
