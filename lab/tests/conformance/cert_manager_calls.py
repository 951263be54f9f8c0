"""Every call that a user of cert_manager 4.0.0 makes, against the lab.

Reads the lab's ready line from standard input and prints what it learned as
one JSON object. The client is used as published, nothing of it is patched.
"""

import json
import os
import sys
from pathlib import Path

import requests
from cert_manager_coverage import Coverage

# Everything that is called from here on counts.
coverage = Coverage()
coverage.start()

from cert_manager import (  # noqa: E402
    SMIME,
    SSL,
    ACMEAccount,
    Admin,
    Client,
    Domain,
    DomainControlValidation,
    Organization,
    PendingError,
    Person,
    Report,
)
from cert_manager_mail import administrators_and_mail  # noqa: E402

ready = json.load(sys.stdin)
# The client has no option for a CA; requests reads this variable.
os.environ["REQUESTS_CA_BUNDLE"] = ready["ca_file"]
scm = ready["scm"]
control = ready["control"]
csr, csr_again = (Path(path).read_text(encoding="ascii") for path in sys.argv[1:3])
facts = {}


def passwords(**changes):
    options = {
        "base_url": scm["url"],
        "login_uri": scm["customer_uri"],
        "username": scm["login"],
        "password": scm["password"],
    }
    return Client(**(options | changes))


def status_of(call, *args, **kwargs):
    """The HTTP status with which a call is refused, or None."""
    try:
        call(*args, **kwargs)
    except requests.HTTPError as error:
        return error.response.status_code
    return None


def text_of(call, *args, **kwargs):
    """The text of the ValueError that a call raises, or None."""
    try:
        call(*args, **kwargs)
    except ValueError as error:
        return str(error)
    return None


client = passwords()

# Three ways to log in, and one that must not work.
certificate = Client(
    base_url=scm["private_url"],
    login_uri=scm["customer_uri"],
    username=scm["login"],
    cert_auth=True,
    user_crt_file=scm["client_cert_file"],
    user_key_file=scm["client_key_file"],
)
oauth = Client(
    base_url=ready["oauth"]["url"],
    auth_url=ready["oauth"]["token_url"],
    client_id=ready["oauth"]["client_id"],
    client_secret=ready["oauth"]["client_secret"],
)
facts["logins"] = [len(Organization(each).all()) for each in (client, certificate, oauth)]
facts["wrong_password"] = status_of(Organization, passwords(password="wrong"))

organizations = Organization(client)
facts["organization"] = organizations.find(org_name="Example University")[0]["id"]
facts["department"] = organizations.find(dept_name="IT")[0]["id"]
admins = Admin(client)
facts["admins"] = [admin["login"] for admin in admins.all()]
facts["admin"] = admins.get(admins.all()[0]["id"])["login"]
facts["idps"] = admins.get_idps()

domains = Domain(client)
facts["domains"] = len(domains.all())
facts["count"] = domains.count()["count"]
facts["found"] = [item["name"] for item in domains.find(name="example.net")]
created = domains.create("pcm.example.org", 101, ["SSL"], description="made by a public client")
facts["created"] = domains.get(created["id"])["delegationStatus"]
facts["exists"] = text_of(domains.create, "pcm.example.org", 101, ["SSL"])
facts["delegated"] = domains.delegate(created["id"], 102, ["SSL"])
facts["undelegated"] = domains.remove_delegation(created["id"], 102, ["SSL"])
limited = next(admin for admin in ready["administrators"] if admin["login"] == "limited")
asking = Domain(passwords(username="limited", password=limited["password"]))
wanted = asking.create("asked.example.org", 102, ["SSL"])
facts["requested"] = asking.get(wanted["id"])["delegationStatus"]
facts["approved"] = domains.approve_delegation(wanted["id"], 102)
facts["after_approval"] = asking.get(wanted["id"])["delegationStatus"]
other = asking.create("unwanted.example.org", 102, ["SSL"])
facts["rejected"] = domains.reject_delegation(other["id"], 102)
facts["suspend_refused"] = status_of(domains.suspend, created["id"])
mrao = next(admin for admin in ready["administrators"] if admin["login"] == "mrao-admin")
master = Domain(passwords(username="mrao-admin", password=mrao["password"]))
facts["suspended"] = master.suspend(created["id"]) and master.get(created["id"])["state"]
facts["activated"] = master.activate(created["id"]) and master.get(created["id"])["state"]
facts["deleted"] = domains.delete(created["id"])

validation = DomainControlValidation(client)
facts["dcv_search"] = [item["dcvStatus"] for item in validation.search(domain="example.net", size=200)]
facts["dcv_status"] = validation.get_validation_status("example.edu")["status"]
record = validation.start_validation_cname("example.edu")
facts["dcv_record"] = sorted(record)
facts["dcv_submitted"] = validation.submit_validation_cname("example.edu")["orderStatus"]
facts["dcv_unknown"] = text_of(validation.get_validation_status, "unknown.example")
facts["dcv_v2"] = DomainControlValidation(client, api_version="v2").get_validation_status("example.org")["status"]

for version in ("v1", "v2"):
    accounts = ACMEAccount(client, api_version=version)
    account = accounts.create(f"pcm-{version}", ready["acme"]["OV"], 101)["id"]
    listed = [item["name"] for item in accounts.all(101, force=True)]
    facts[f"acme_{version}"] = {
        "listed": f"pcm-{version}" in listed,
        "found": [item["id"] for item in accounts.find(101, name=f"pcm-{version}")] == [account],
        "eab": bool(accounts.get(account)["macId"] and accounts.get(account)["macKey"]),
        "added": accounts.add_domains(account, ["example.org", "example.com"]),
        # Version 2 has no plural path: a defect of the client.
        "remove_status": status_of(accounts.remove_domains, account, ["example.org"]),
        "updated": accounts.update(account, "renamed"),
        "deleted": accounts.delete(account),
    }

ssl = SSL(client)
facts["types"] = sorted(ssl.types)
facts["custom_fields"] = [field["name"] for field in ssl.custom_fields]
requests.put(f"{control}/switches", json={"scm.issue_seconds": 3600}, timeout=10).raise_for_status()
enrolled = ssl.enroll(
    cert_type_name="DV SSL",
    csr=csr,
    term=199,
    org_id=101,
    subject_alt_names=["pcm.example.net"],
    external_requester="ops@example.org",
    custom_fields=[{"name": "Ticket", "value": "T-1"}],
)
facts["enrolled"] = sorted(enrolled)
try:
    ssl.collect(enrolled["sslId"], "x509CO")
    facts["pending"] = False
except PendingError:
    facts["pending"] = True
requests.put(f"{control}/clock", json={"advance_seconds": 3600}, timeout=10).raise_for_status()
requests.put(f"{control}/switches", json={"scm.issue_seconds": 0}, timeout=10).raise_for_status()
facts["formats"] = {
    form: ssl.collect(enrolled["sslId"], form).count("-----BEGIN") for form in Client.DOWNLOAD_TYPES if form != "bin"
}
details = ssl.get(enrolled["sslId"])
facts["details"] = {name: details[name] for name in ("status", "requestedVia", "subjectAlternativeNames")}
facts["renew_refused"] = status_of(ssl.renew, enrolled["sslId"])
requests.put(f"{control}/switches", json={"scm.renew_empty_string": "accepted"}, timeout=10).raise_for_status()
renewed = ssl.renew(enrolled["sslId"])
facts["renewed"] = renewed["sslId"] != enrolled["sslId"]
facts["replaced"] = ssl.replace(
    cert_id=enrolled["sslId"],
    csr=csr_again,
    common_name="www.example.net",
    reason="new key",
    subject_alt_names=["www.example.net"],
)
facts["revoked"] = ssl.revoke(enrolled["sslId"], reason="test")
facts["status"] = ssl.get(enrolled["sslId"])["status"]
facts["listed"] = sorted(item["sslId"] for item in ssl.list()) == sorted([enrolled["sslId"], renewed["sslId"]])
facts["counted"] = ssl.count(status="Issued")

# An order that an administrator has to approve first.
requests.put(f"{control}/switches", json={"scm.order_approval": "always"}, timeout=10).raise_for_status()
asked = ssl.enroll(
    cert_type_name="DV SSL", csr=csr, term=199, org_id=101, subject_alt_names=None, external_requester=""
)
facts["awaits_approval"] = ssl.get(asked["sslId"])["status"]
facts["not_approved"] = False
try:
    ssl.collect(asked["sslId"], "x509")
except PendingError:
    facts["not_approved"] = True
url = f"{scm['url']}/ssl/v1/approve/{asked['sslId']}"
facts["approval"] = client.post(url, data={"message": "fine"}).status_code
facts["after_order_approval"] = ssl.get(asked["sslId"])["status"]

report = Report(client)
facts["report_ssl"] = len(report.get_ssl_certs(certificateStatus=0)["reports"])
facts["report_ssl_empty"] = text_of(report.get_ssl_certs) is not None
facts["report_domains"] = "example.org" in [row["name"] for row in report.get_domains()["reports"]]
facts["report_client"] = report.get_client_certs(certificateStatus=0)["reports"]
facts["report_device"] = report.get_device_certs(certificateStatus=0)["reports"]

facts["report_by_name"] = len(report.get("ssl-certificates", certificateStatus=0)["reports"])

# The plain requests that everything above is made of.
url = f"{scm['url']}/ssl/v1"
facts["plain"] = {
    "head": client.head(url).headers["X-Total-Count"],
    "get": client.get(url, params={"size": 1}).headers["X-Total-Count"],
    "put": status_of(client.put, f"{scm['url']}/domain/v1/999999/activate"),
    "post": client.post(f"{scm['url']}/report/v1/domains").status_code,
    "delete": status_of(client.delete, f"{scm['url']}/domain/v1/999999"),
}
facts["user_agent"] = client.user_agent.split(" ")[0]
facts["base_url"] = client.base_url == scm["url"]
facts["session"] = client.session.headers["login"]
client.add_headers({"login": "nobody"})
facts["other_header"] = [client.headers["login"], status_of(organizations.all, force=True)]
client.remove_headers(["login"])
facts["without_header"] = ["login" in client.headers, status_of(organizations.all, force=True)]
client.add_headers({"login": scm["login"]})
facts["header_again"] = len(organizations.all(force=True))

facts["mail"] = administrators_and_mail(passwords, (ready["administrators"], control), (csr, csr_again))

# Addresses of every service, which need no request.
kinds = (ACMEAccount, Admin, Domain, DomainControlValidation, Organization, Person, Report, SMIME, SSL)
facts["addresses"] = [
    kind.__name__
    for kind in kinds
    if not (service := kind(client)).api_url.startswith(f"{client.base_url}/")
    or f"/{service.api_version}" not in service.api_url
    or service.create_api_url("https://scm.example/api", "ssl", "v1") != "https://scm.example/api/ssl/v1"
]
facts["methods"], facts["not_called"] = coverage.result()

json.dump(facts, sys.stdout)
