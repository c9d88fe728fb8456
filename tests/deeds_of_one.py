"""One of many at work: does random deeds on the lab of `LAB_DB` for some seconds.

Prints as JSON how many it did, how many of each kind of event they must have left, and
every refusal that spoke of a lab that was busy.
"""

import json
import os
import random
import sys
import time
from collections import Counter

from lab.actions.delete_trust import delete_trust
from lab.actions.generate_self_signed import generate_self_signed
from lab.actions.request_certificate import request_certificate
from lab.actions.restart_service import restart_service
from lab.actions.run_due import run_due
from lab.actions.set_parameter import set_parameter
from lab.actions.turn_clock import turn_clock
from lab.actions.upload_certificate import upload_certificate
from lab.errors import BusyError, LabError
from lab.lab import lab_path, open_lab
from lab.store import certificates, parties, places

CLUSTER = "Example Cluster"
NODES = ("cucm-pub", "cucm-sub1", "cucm-sub2", "imp-pub", "imp-sub")


def generate(lab, chance):
    purpose = chance.choice(("tomcat-ECDSA", "tomcat", "ipsec"))
    generate_self_signed(lab, chance.choice(NODES), purpose)


def request(lab, chance):
    request_certificate(lab, chance.choice(NODES), "tomcat-ECDSA")


def restart(lab, chance):
    restart_service(lab, chance.choice(NODES), "Cisco Tomcat")


def choose(lab, chance):
    options = ("RSA Ciphers Only", "All Supported EC and RSA Ciphers")
    set_parameter(lab, CLUSTER, "HTTPS Ciphers", chance.choice(options))


def trust(lab, chance):
    name = chance.choice(("maker", "partner"))
    found = parties.authority(lab.db, name)
    der = certificates.get(lab.db, found.certificate).der
    upload_certificate(lab, chance.choice(NODES[:3]), "Phone-trust", der)


def delete(lab, chance):
    node = parties.by_name(lab.db, CLUSTER, chance.choice(NODES[:3]))
    entries = places.entries(lab.db, node.id, "Phone-trust")
    if not entries:
        raise LabError("nothing to delete")
    delete_trust(lab, node.name, "Phone-trust", chance.choice(entries).certificate)


def turn(lab, _chance):
    turn_clock(lab, hours=1)


DEEDS = {
    generate: "certificate.generated",
    request: "request.made",
    restart: "service.restarted",
    choose: "parameter.set",
    trust: "trust.uploaded",
    delete: "trust.deleted",
    turn: "clock.turned",
}


def main():
    number, seconds = sys.argv[1:]
    os.nice(15)  # other tests go on beside it
    chance = random.Random(int(number))
    lab = open_lab(lab_path(), actor=f"worker {number}")
    wanted, locked = Counter(), []
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        deed = chance.choice(list(DEEDS))
        try:
            run_due(lab)
            deed(lab, chance)
            wanted[DEEDS[deed]] += 1
        except BusyError as refusal:
            locked.append(str(refusal))
        except LabError:
            continue
    lab.close()
    print(json.dumps({"events": wanted, "done": wanted.total(), "locked": locked}))


if __name__ == "__main__":
    main()
