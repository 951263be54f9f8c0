"""Administrators, persons, S/MIME certificates and the activity report."""

import requests
from cert_manager import SMIME, Admin, Domain, PendingError, Person, Report
from cert_manager._helpers import RevokedError

MAILBOX = "ada@staff.example.org"
PASSWORD = "a long enough password"


def administrators_and_mail(passwords, lab, csrs):
    """Makes an administrator for S/MIME and lets it work; returns what it learned."""
    administrators, control = lab
    masters_password = next(one["password"] for one in administrators if one["login"] == "mrao-admin")
    master = passwords(username="mrao-admin", password=masters_password)
    facts = {"administrator": administrator(passwords, master)}

    # Mail addresses need a domain that is delegated for S/MIME.
    Domain(master).create("staff.example.org", 101, ["SMIME"])
    client = passwords(username="mail-team", password=PASSWORD)
    facts["persons"] = persons(client)
    facts["smime"] = smime(client, control, csrs)
    facts["person_deleted"] = refusal(people_of(client).get, facts["persons"].pop("id"))
    facts["activity"] = activity(master)
    rows = Report(client).get_client_certs(certificateStatus=0)["reports"]
    facts["report_client_rows"] = sorted({row["email"] for row in rows})
    facts["admin_deleted"] = remove(master)
    return facts


def people_of(client):
    people = Person(client)
    people.delete(person_id=people.find(MAILBOX)["personId"])
    return people


def refusal(call, *args, **kwargs):
    """HTTP status and code of a refusal, or None."""
    try:
        call(*args, **kwargs)
    except requests.HTTPError as error:
        return [error.response.status_code, error.response.json()["code"]]
    except ValueError as error:
        return str(error)
    return None


def administrator(passwords, master):
    admins = Admin(master)
    wish = {
        "login": "mail-team",
        "email": "mail-team@example.org",
        "forename": "Mail",
        "surname": "Team",
        "password": PASSWORD,
        "credentials": [{"role": "RAO_SMIME", "orgId": 101}],
        "privileges": ["clientCertRequest", "clientCertRevoke"],
    }
    facts = {"short_password": refusal(admins.create, **(wish | {"password": "short"}))}
    made = admins.create(**wish)["id"]
    facts["taken"] = refusal(admins.create, **wish)
    facts["listed"] = "mail-team" in [each["login"] for each in admins.all(force=True)]
    seen = admins.get(made)
    facts["seen"] = {name: seen[name] for name in ("login", "type", "credentials", "activeStatus", "passwordState")}
    facts["updated"] = admins.update(made, privileges=["clientCertManage", "clientCertRequest", "clientCertRevoke"])
    facts["privileges"] = admins.get(made)["privileges"]
    facts["suspended"] = admins.update(made, activeStatus="SUSPENDED")
    client = passwords(username="mail-team", password=PASSWORD)
    facts["suspended_login"] = refusal(Admin, client)
    admins.update(made, activeStatus="ACTIVE")
    facts["own_list"] = [each["login"] for each in Admin(client).all()]
    facts["may_not_create"] = refusal(Admin(client).create, **(wish | {"login": "peer"}))
    facts["unknown"] = refusal(admins.get, 4711)
    return facts


def persons(client):
    people = Person(client)
    wish = {"first_name": "Ada", "last_name": "Lovelace", "validation_type": "STANDARD", "org_id": 101}
    facts = {"elsewhere": refusal(people.create, email="ada@example.com", **wish)}
    made = people.create(email=MAILBOX, secondary_emails=["a.lovelace@staff.example.org"], **wish)["personId"]
    facts["id"] = int(made)
    facts["found"] = people.find("ADA@staff.example.org") == {"personId": int(made)}
    facts["unknown"] = refusal(people.find, "nobody@staff.example.org")
    # The client sends the address as the name of a member: it cannot change it.
    people.update(person_id=made, email="other@staff.example.org", phone="+44 1", validation_type="HIGH")
    seen = people.get(made)
    facts["seen"] = {name: seen[name] for name in ("email", "commonName", "phone", "validationType", "createdBy")}
    people.create(email="bob@staff.example.org", **(wish | {"first_name": "Bob"}))
    facts["listed"] = [each["email"] for each in people.list(size=1)]
    facts["filtered"] = [each["firstName"] for each in people.list(name="bob")]
    return facts


def smime(client, control, csrs):
    service = SMIME(client)
    facts = {"types": sorted(service.types), "custom_fields": [field["name"] for field in service.custom_fields]}
    order = {
        "cert_type_name": "High Persona Validated Cert",
        "csr": csrs[0],
        "email": MAILBOX,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "term": 365,
        "org_id": 101,
    }
    facts["low_persona"] = refusal(service.enroll, **(order | {"email": "bob@staff.example.org", "first_name": "Bob"}))
    requests.put(f"{control}/switches", json={"scm.issue_seconds": 3600}, timeout=10).raise_for_status()
    first = service.enroll(custom_fields=[{"name": "Staff number", "value": "7"}], **order)["backendCertId"]
    try:
        service.collect(first)
        facts["pending"] = False
    except PendingError:
        facts["pending"] = True
    requests.put(f"{control}/switches", json={"scm.issue_seconds": 0}, timeout=10).raise_for_status()
    facts["collected"] = service.collect(first).splitlines()[0]
    renewed = service.renew(order_num=first)["backendCertId"]
    serial = service.list_by_email(email=MAILBOX)[0]["serialNumber"]
    again = service.renew(serial_num=serial)["backendCertId"]
    facts["replaced"] = service.replace(cert_id=renewed, csr=csrs[1], reason="new key")
    facts["states"] = [item["state"] for item in service.list()]
    facts["numbers"] = len({first, renewed, again}) == 3
    facts["revoked"] = service.revoke(first, reason="test")
    facts["revoked_twice"] = refusal(service.revoke, first, reason="test")
    try:
        service.collect(first)
        facts["revoked_collect"] = False
    except RevokedError:
        facts["revoked_collect"] = True
    facts["revoked_by_email"] = service.revoke_by_email(MAILBOX, reason="test")
    facts["none_left"] = refusal(service.revoke_by_email, MAILBOX, reason="test")
    facts["by_state"] = [len(list(service.list(state=state))) for state in ("issued", "revoked")]
    facts["unknown"] = [
        refusal(service.collect, "4711"),
        refusal(service.renew, serial_num="00"),
        refusal(service.list_by_email, email="nobody@staff.example.org"),
    ]
    return facts


def activity(master):
    report = Report(master)
    rows = report.get_activity()["reports"]
    ours = [row for row in rows if row["admin"]["login"] == "mail-team"]
    return {
        "first": rows[0]["action"]["actionName"],
        "ours": [row["action"]["actionName"] for row in ours],
        "subjects": sorted({row["smime"]["subject"] for row in ours if "smime" in row}),
        "past": len(report.get_activity(**{"from": "2019-01-01", "to": "2019-01-31"})["reports"]),
        "backwards": refusal(report.get_activity, **{"from": "2019-02-01", "to": "2019-01-31"}),
    }


def remove(master):
    admins = Admin(master)
    ours = next(each["id"] for each in admins.all() if each["login"] == "mail-team")
    return [admins.delete(ours), refusal(admins.delete, ours)]
