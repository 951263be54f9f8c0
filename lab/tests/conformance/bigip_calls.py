"""Calls of public BIG-IP clients, unmodified; facts go to standard output as JSON."""

import json
import os
import pathlib
import socket
import ssl
import sys
import tempfile
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import bigrest.bigip
import bigrest.common.exceptions
import f5.bigip
import icontrol.exceptions
from f5.bigip.contexts import TransactionContextManager

ready = json.load(sys.stdin)
material = pathlib.Path(sys.argv[1])
bigip = ready["bigip"]
netloc = urlsplit(bigip["url"])
server = next(s for s in bigip["virtual_servers"] if s["name"] == "/Common/www_https")
facts = {}
# The log-in of f5-sdk makes a session of its own and cannot be told a CA.
os.environ["REQUESTS_CA_BUNDLE"] = ready["ca_file"]


def served(name):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    address = (server["address"], server["port"])
    with (
        socket.create_connection(address, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as tls,
    ):
        return tls.getpeercert(binary_form=True)


def der(name):
    return ssl.PEM_cert_to_DER_cert((material / name).read_text())


def refusal(call, *arguments):
    try:
        call(*arguments)
    except bigrest.common.exceptions.RESTAPIError as error:
        return str(error)
    except icontrol.exceptions.iControlUnexpectedHTTPError as error:
        return error.response.text
    return "accepted"


def with_bigrest():
    device = bigrest.bigip.BIGIP(
        netloc.netloc, bigip["user"], bigip["password"], request_token=True, session_verify=ready["ca_file"]
    )
    for name in ("one.key", "one.crt"):
        device.upload("/mgmt/shared/file-transfer/uploads", str(material / name))
    downloads = "file:/var/config/rest/downloads"
    device.create("/mgmt/tm/sys/file/ssl-key", {"name": "one.key", "sourcePath": f"{downloads}/one.key"})
    cert = device.create("/mgmt/tm/sys/file/ssl-cert", {"name": "one.crt", "sourcePath": f"{downloads}/one.crt"})
    facts["bigrest_subject"] = cert.properties["subject"]
    chain = [{"name": "one", "cert": "/Common/one.crt", "key": "/Common/one.key", "chain": "none"}]
    device.create(
        "/mgmt/tm/ltm/profile/client-ssl", {"name": "one", "serverName": "one.example.org", "certKeyChain": chain}
    )
    profile = device.load("/mgmt/tm/ltm/profile/client-ssl/one")
    profile.properties["description"] = "saved back"
    facts["bigrest_saved"] = device.save(profile).properties["description"]
    with device as _:
        device.modify("/mgmt/tm/ltm/profile/client-ssl/one", {"sniDefault": True})
        device.create(
            "/mgmt/tm/ltm/virtual/~Common~www_https/profiles", {"name": "/Common/one", "context": "clientside"}
        )
    facts["bigrest_served"] = served("one.example.org") == der("one.crt")
    facts["bigrest_in_use"] = "01071349:3" in refusal(device.delete, "/mgmt/tm/sys/file/ssl-key/one.key")
    facts["bigrest_exists"] = device.exist("/mgmt/tm/sys/file/ssl-cert/one.crt")
    facts["bigrest_missing"] = device.exist("/mgmt/tm/sys/file/ssl-cert/two.crt")
    device.create("/mgmt/tm/sys/crypto/key", {"name": "made", "keyType": "ec-private", "curveName": "secp384r1"})
    device.create("/mgmt/tm/sys/crypto/csr", {"name": "made", "key": "made", "commonName": "made.example.org"})
    listed = device.command(
        "/mgmt/tm/util/bash", {"command": "run", "utilCmdArgs": "-c 'tmsh list sys crypto csr made'"}
    )
    facts["bigrest_csr"] = listed.startswith("-----BEGIN CERTIFICATE REQUEST-----")
    device.command(
        "/mgmt/tm/util/unix-mv",
        {"command": "run", "utilCmdArgs": "/config/ssl/ssl.csr/made /var/config/rest/bulk/made"},
    )
    with tempfile.TemporaryDirectory() as directory:
        target = pathlib.Path(directory) / "made"
        target.touch()
        device.download("/mgmt/shared/file-transfer/bulk", str(target))
        facts["bigrest_download"] = target.read_text() in listed
    device.command("/mgmt/tm/sys/config", {"command": "save"})
    facts["bigrest_version"] = device.load("/mgmt/tm/sys/version").properties["kind"]


def pair_with_bigrest(control):
    devices = [
        bigrest.bigip.BIGIP(
            urlsplit(ready[unit]["url"]).netloc,
            bigip["user"],
            bigip["password"],
            request_token=True,
            session_verify=ready["ca_file"],
        )
        for unit in ("bigip", "bigip_peer")
    ]
    body = json.dumps({"mode": "pair"}).encode()
    urlopen(Request(control + "/bigip/ha", data=body, method="PUT")).read()
    a, b = devices
    a.create("/mgmt/tm/auth/partition", {"name": "Shop"})
    a.create("/mgmt/tm/sys/folder", {"name": "inner", "partition": "Shop"})
    with a as _:
        a.create("/mgmt/tm/ltm/data-group/internal", {"name": "/Shop/inner/d", "type": "string"})
        a.create("/mgmt/tm/ltm/rule", {"name": "/Shop/inner/r", "apiAnonymous": "when HTTP_REQUEST { }"})
    facts["bigrest_transaction"] = [device.exist("/mgmt/tm/ltm/rule/~Shop~inner~r") for device in devices]
    try:
        with a as _:
            a.delete("/mgmt/tm/ltm/rule/~Shop~inner~r")
            a.delete("/mgmt/tm/ltm/rule/none-such")
    except bigrest.common.exceptions.RESTAPIError as error:
        facts["bigrest_rollback"] = "transaction failed:01020036:3" in str(error)
    facts["bigrest_kept"] = a.exist("/mgmt/tm/ltm/rule/~Shop~inner~r")
    facts["bigrest_states"] = [
        device.load("/mgmt/tm/cm/device/~Common~bigip-a.example.org").properties["failoverState"] for device in devices
    ]
    a.command("/mgmt/tm/cm", {"command": "run", "utilCmdArgs": "config-sync to-group failover-group"})
    facts["bigrest_synchronized"] = b.exist("/mgmt/tm/sys/folder/~Shop~inner")


def pair_with_sdk():
    root = f5.bigip.ManagementRoot(
        netloc.hostname, bigip["user"], bigip["password"], port=netloc.port, token=True, verify=ready["ca_file"]
    )
    facts["sdk_devices"] = sorted((d.name, d.failoverState) for d in root.tm.cm.devices.get_collection())
    group = root.tm.cm.device_groups.device_group.load(name="failover-group", partition="Common")
    facts["sdk_group"] = [group.type, group.autoSync, sorted(d.name for d in group.devices_s.get_collection())]
    folder = root.tm.sys.folders.folder.create(name="deep", subPath="/Shop/inner", partition="Shop")
    facts["sdk_folder"] = folder.fullPath
    folder.delete()
    with TransactionContextManager(root.tm.transactions.transaction, validate_only=True) as api:
        api.tm.ltm.rules.rule.create(name="dry", partition="Shop", apiAnonymous="when HTTP_REQUEST { }")
    facts["sdk_validate_only"] = root.tm.ltm.rules.rule.exists(name="dry", partition="Shop")
    root.tm.cm.sync_status.refresh()
    (status,) = root.tm.cm.sync_status.entries.values()
    facts["sdk_status"] = status["nestedStats"]["entries"]["status"]["description"]
    root.tm.cm.exec_cmd("run", utilCmdArgs="config-sync to-group failover-group")


def with_sdk():
    root = f5.bigip.ManagementRoot(
        netloc.hostname, bigip["user"], bigip["password"], port=netloc.port, token=True, verify=ready["ca_file"]
    )
    facts["sdk_version"] = root.tmos_version
    for name in ("two.key", "two.crt"):
        root.shared.file_transfer.uploads.upload_file(str(material / name))
    where = "/var/config/rest/downloads"
    root.tm.sys.crypto.keys.exec_cmd("install", **{"name": "two", "from-local-file": f"{where}/two.key"})
    root.tm.sys.crypto.certs.exec_cmd("install", **{"name": "two", "from-local-file": f"{where}/two.crt"})
    facts["sdk_installed"] = root.tm.sys.crypto.keys.key.exists(name="two", partition="Common")
    cert = root.tm.sys.file.ssl_certs.ssl_cert.load(name="two", partition="Common")
    facts["sdk_key_type"] = cert.keyType
    with TransactionContextManager(root.tm.transactions.transaction) as api:
        api.tm.ltm.profile.client_ssls.client_ssl.create(
            name="two",
            partition="Common",
            serverName="two.example.org",
            certKeyChain=[{"name": "two", "cert": "/Common/two", "key": "/Common/two"}],
        )
    virtual = root.tm.ltm.virtuals.virtual.load(name="www_https", partition="Common")
    virtual.profiles_s.profiles.create(name="two", partition="Common", context="clientside")
    facts["sdk_profiles"] = sorted(p.name for p in virtual.profiles_s.get_collection())
    facts["sdk_served"] = [served("two.example.org") == der("two.crt"), served("one.example.org") == der("one.crt")]
    profile = root.tm.ltm.profile.client_ssls.client_ssl.load(name="two", partition="Common")
    mixed = {"certKeyChain": [{"name": "x", "cert": "/Common/two", "key": "/Common/one.key"}]}
    facts["sdk_mismatch"] = "01070317:3" in refusal(lambda: profile.modify(**mixed))
    facts["sdk_attached"] = "01070265:3" in refusal(profile.delete)
    virtual.profiles_s.profiles.load(name="two", partition="Common").delete()
    profile.delete()
    facts["sdk_deleted"] = root.tm.ltm.profile.client_ssls.client_ssl.exists(name="two", partition="Common")
    root.tm.sys.config.exec_cmd("save")
    facts["sdk_keys"] = sorted(k.name for k in root.tm.sys.file.ssl_keys.get_collection())


with_bigrest()
with_sdk()
pair_with_bigrest(ready["control"])
pair_with_sdk()
json.dump(facts, sys.stdout)
