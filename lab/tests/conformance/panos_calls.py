"""Calls of public PAN-OS clients, unmodified; facts go to standard output as JSON."""

import json
import os
import re
import sys
from urllib.parse import urlsplit

ready = json.load(sys.stdin)
# pan-os-python has no option for a CA; Python's own variable is heeded.
os.environ["SSL_CERT_FILE"] = ready["ca_file"]

import pan.xapi  # noqa: E402
from panos import errors  # noqa: E402
from panos.firewall import Firewall, FirewallCommit  # noqa: E402
from panos.objects import AddressObject  # noqa: E402
from panos.panorama import Panorama, PanoramaCommit, PanoramaCommitAll  # noqa: E402

SHARED = "/config/shared"
GENERATE = (
    "<request><certificate><generate><certificate-name>{name}</certificate-name><name>www.example.org</name>"
    "<algorithm><ECDSA><ecdsa-nbits>256</ecdsa-nbits></ECDSA></algorithm><signed-by>external</signed-by>"
    "</generate></certificate></request>"
)
facts = {}


def netloc(unit):
    return urlsplit(ready[unit]["url"])


def password(unit, user):
    return next(it["password"] for it in ready[unit]["users"] if it["user"] == user)


def refusal(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except (pan.xapi.PanXapiError, errors.PanDeviceError) as error:
        return f"{type(error).__name__}: {error}"
    return "accepted"


def with_pan_python():
    address = netloc("panos")
    options = {"hostname": address.hostname, "port": address.port}
    wrong = pan.xapi.PanXapi(**options, api_username="api-cert", api_password="no")
    facts["wrong password"] = refusal(wrong.keygen)
    xapi = pan.xapi.PanXapi(**options, api_username="api-cert", api_password=password("panos", "api-cert"))
    xapi.keygen()
    xapi = pan.xapi.PanXapi(**options, api_key=xapi.api_key)

    def entries(path):
        xapi.get(path)
        return [it.get("name") for it in xapi.element_root.findall("./result/entry")]

    facts["get nothing"] = (xapi.get(f"{SHARED}/certificate/entry"), xapi.status, xapi.status_code)[1:]
    facts["show nothing"] = refusal(xapi.show, f"{SHARED}/certificate/entry")
    xapi.op(GENERATE.format(name="site"))
    facts["generated"] = entries(f"{SHARED}/certificate/entry")
    facts["generated twice"] = refusal(xapi.op, GENERATE.format(name="site"))
    profile = f"{SHARED}/ssl-tls-service-profile/entry[@name='web']"
    settings = "<protocol-settings><min-version>tls1-2</min-version></protocol-settings>"
    xapi.set(profile, settings)
    facts["set"] = (xapi.status, xapi.status_code, xapi.status_detail)
    xapi.edit(f"{profile}/protocol-settings", settings.replace("tls1-2", "tls1-1"))
    facts["bad element"] = refusal(xapi.set, profile, "<no/>")
    xapi.rename(profile, "webs")
    facts["renamed"] = entries(f"{SHARED}/ssl-tls-service-profile/entry/@name")
    # Its own `rename` builds the way to the entry anew, so it is given in full here.
    xapi.export(category="certificate", extra_qs={"certificate-name": "site", "format": "pkcs10", "include-key": "no"})
    facts["export"] = (xapi.export_result["file"], xapi.export_result["content"][:27].decode())
    xapi.commit("<commit><description>by pan-python</description></commit>", sync=True, interval=0.1)
    facts["commit"] = (xapi.status, bool(xapi.element_root.findall(".//job")))
    xapi.show(f"{SHARED}/ssl-tls-service-profile")
    facts["running"] = re.sub(r"\s", "", xapi.xml_result() or "")
    xapi.commit("<commit/>")
    facts["nothing to commit"] = (xapi.status, xapi.status_code)
    xapi.delete(f"{SHARED}/ssl-tls-service-profile/entry[@name='webs']")
    xapi.commit("<commit/>", sync=True, interval=0.1)
    facts["bad type"] = refusal(xapi.op, "<show><nothing/></show>")


def with_pan_os_python():
    address = netloc("panos")
    firewall = Firewall(address.hostname, "admin", password("panos", "admin"), port=address.port)
    info = firewall.refresh_system_info()
    facts["system"] = (info.version, info.platform, info.serial == ready["panos"]["serial"])
    facts["ha"] = firewall.show_highavailability_state()
    facts["pending before"] = firewall.pending_changes()
    address_object = firewall.add(AddressObject("host", "192.0.2.1"))
    address_object.create()
    facts["pending after"] = firewall.pending_changes()
    facts["addresses"] = [it.name for it in AddressObject.refreshall(firewall, add=False)]
    other = Firewall(address.hostname, "alice", password("panos", "alice"), port=address.port)
    facts["lock"] = (other.add_commit_lock(comment="hers"), other.check_commit_locks())
    facts["locked"] = refusal(firewall.commit, sync=True)
    other.remove_commit_lock()
    facts["lock not held"] = refusal(other.remove_commit_lock, exceptions=True)
    result = firewall.commit(sync=True, cmd=FirewallCommit("by pan-os-python", admins=["admin"]))
    facts["firewall commit"] = (result["success"], result["result"], result["messages"])
    facts["no change"] = firewall.commit(sync=True)
    address_object.delete()
    firewall.op("<revert><config/></revert>", cmd_xml=False)
    facts["after revert"] = [it.name for it in AddressObject.refreshall(firewall, add=False)]
    job = firewall.commit(sync=False)
    facts["no job"] = job is None

    address = netloc("panorama")
    panorama = Panorama(address.hostname, "admin", password("panorama", "admin"), port=address.port)
    facts["panorama"] = panorama.refresh_system_info().platform
    panorama.op(GENERATE.format(name="own"), cmd_xml=False)
    result = panorama.commit(sync=True, cmd=PanoramaCommit("by pan-os-python"))
    facts["panorama commit"] = (result["success"], result["result"])
    push = PanoramaCommitAll(style=PanoramaCommitAll.STYLE_TEMPLATE_STACK, name="web-stack")
    result = panorama.commit(sync=True, sync_all=True, cmd=push)
    facts["push"] = (result["success"], sorted(result["devices"].values(), key=str)[0]["result"])


with_pan_python()
with_pan_os_python()
print(json.dumps(facts))
