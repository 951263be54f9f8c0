#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_cert_deploy
short_description: Keep sites' certificates on Palo Alto Networks firewalls and Panorama
version_added: 0.1.0
description:
- 'Makes the key pair on the device, has its request signed, imports certificate and chain, binds them to an SSL/TLS
    service profile, and commits: only its own changes, one commit for all certificates of the task. A TLS handshake
    then proves that the new certificate is served; if it is not, the binding is taken back.'
- 'What is in service is never changed in place: names of new certificates carry the time. The one before stays until
    the next commit, as a way back; then it is removed.'
author:
- Certwright contributors (@certwright)
options:
  provider:
    required: true
  vsys:
    description:
    - Virtual system of certificates and profiles, or V(shared) for all of them.
    type: str
    default: shared
  template:
    description:
    - 'On Panorama: the template of certificates and profiles. Without it they are Panorama''s own.'
    type: str
  template_stack:
    description:
    - 'On Panorama: the template stack of certificates and profiles.'
    type: str
  panorama:
    description:
    - V(true) if O(provider) is a Panorama and the certificates are its own.
    type: bool
    default: false
  certificates:
    description:
    - The certificates. All of them come into force with one commit.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
        - What the site is called; begins the names of its entries. Unset, it is the first of O(certificates[].names).
        type: str
      names:
        description:
        - DNS names of the certificate. The first one is its common name. Many releases put four of them into a request
            at most.
        type: list
        elements: str
      key:
        description:
        - Kind of the key. A service profile presents one certificate, so it is one kind.
        type: str
        choices:
        - rsa-2048
        - rsa-3072
        - rsa-4096
        - ecdsa-p256
        - ecdsa-p384
        - ecdsa-p521
        default: rsa-3072
      digest:
        description:
        - 'Hash of the request''s signature: V(sha256), V(sha384) or V(sha512).'
        type: str
        choices:
        - sha256
        - sha384
        - sha512
      exportable:
        description:
        - May an administrator export the key? That cannot be changed later.
        type: bool
        default: false
      issuer:
        description:
        - The CA that signs, and the account it knows us by.
        type: dict
        suboptions:
          type:
            description:
            - 'V(sectigo_acme) orders by ACME from Sectigo and gets the account''s EAB pair from SCM by itself;
                V(sectigo_enrollment) orders by SCM''s enrollment API, which has OV, EV and private certificates and may
                want a person''s approval; V(acme) orders from any ACME CA; V(external) leaves the signature to somebody
                else: the task returns the CSR, and takes the certificate in a later run.'
            type: str
            choices:
            - sectigo_acme
            - sectigo_enrollment
            - acme
            - external
            required: true
          account:
            description:
            - 'V(sectigo_acme): name of the ACME account in SCM.'
            type: str
          organization:
            description:
            - 'V(sectigo_acme): the account''s organization, by name or id. Needed if several organizations have
                accounts of that name. V(sectigo_enrollment): the organization that orders; unset, it is the only one
                that the credentials see.'
            type: str
          department:
            description:
            - 'V(sectigo_acme): the account''s department, by name or id. V(sectigo_enrollment): the department that
                orders.'
            type: str
          profile:
            description:
            - 'SCM''s enrollment API: the certificate profile, by name or id. Names need not be unique there. Another
                profile counts for new keys; a certificate of another one is told of by a warning.'
            type: str
          term:
            description:
            - 'SCM''s enrollment API: days of validity, one of the profile''s terms. Unset, it is the longest.'
            type: int
          requester:
            description:
            - 'SCM''s enrollment API: e-mail addresses of those who asked for the certificate. SCM notifies them.'
            type: list
            elements: str
            default: []
          comments:
            description:
            - 'SCM''s enrollment API: text for people. A mark by which later runs find the order again is added to it.'
            type: str
          custom_fields:
            description:
            - 'SCM''s enrollment API: values of custom fields, a dictionary from their names.'
            type: raw
            default: {}
          approve:
            description:
            - 'SCM''s enrollment API: approve the order if it waits for approval and the credentials may. If they may
                not, RV(manual_actions) says so, and a later run collects the certificate.'
            type: bool
            default: false
          reorder:
            description:
            - 'SCM''s enrollment API: order anew although the last order for this key was declined, rejected or
                revoked.'
            type: bool
            default: false
          revocation:
            description:
            - 'V(sectigo_acme) and V(sectigo_enrollment): ask SCM whether the certificate in service was revoked or
                replaced there, and get another one at once if so. It costs one call, and never fails a run.'
            type: bool
            default: true
          acme_server:
            description:
            - 'V(sectigo_acme): name or directory URL of the ACME server, if there are accounts of the same name for
                several.'
            type: str
          directory:
            description:
            - 'V(acme): URL of the CA''s directory.'
            type: str
          eab:
            description:
            - 'V(acme): external account binding, if the CA wants it.'
            - The ACME account's key is derived from it, so that no key has to be kept.
            type: dict
            suboptions:
              kid:
                description:
                - Key identifier.
                type: str
                required: true
              hmac_key:
                description:
                - HMAC key, base64url.
                type: str
                required: true
          account_key:
            description:
            - 'V(acme) without C(eab): the key of the ACME account, a P-256 key in PEM (PKCS#8). Keep it in a vault.'
            type: str
          contact:
            description:
            - E-mail addresses that the CA may write to.
            type: list
            elements: str
            default: []
          preferred_root:
            description:
            - Part of the name of the root certificate that the chain should lead to, where the CA offers several
                chains.
            type: str
          issuer_name:
            description:
            - Part of the issuer's name. A certificate from another issuer is replaced, and a new one from another
                issuer is not put into service.
            type: str
          webroot:
            description:
            - Document root of a web server on this host, under which http-01 challenges are answered. Not needed for
                names that the CA has validated beforehand, which is the usual case with Sectigo.
            type: path
          dns:
            description:
            - A name server on which dns-01 challenges are answered, by dynamic update (RFC 2136). Names with a wildcard
                that the CA has not validated beforehand need it.
            type: dict
            suboptions:
              server:
                description:
                - Name or address of the zones' primary name server.
                type: str
                required: true
              port:
                description:
                - Its port (TCP).
                type: int
                default: 53
              zone:
                description:
                - The zone to write to. Unset, the server is asked which of its zones holds the name.
                type: str
              key_name:
                description:
                - Name of the TSIG key.
                type: str
                required: true
              key_secret:
                description:
                - The TSIG key, base64, as in the server's configuration.
                type: str
                required: true
              key_algorithm:
                description:
                - Algorithm of the TSIG key.
                type: str
                choices:
                - hmac-sha256
                - hmac-sha384
                - hmac-sha512
                default: hmac-sha256
              ttl:
                description:
                - Seconds that others may keep a record.
                type: int
                default: 300
              propagation:
                description:
                - Seconds that the zone's other name servers may need to follow. So long nobody is told to look at new
                    records; for all records of a task it is waited once.
                type: int
                default: 0
          certificates:
            description:
            - 'V(external): the signed certificates with their chains, in PEM and any order: a list, a dictionary of
                them, or one text. Each is used where its key is.'
            type: raw
          ca_path:
            description:
            - A PEM file with the CA certificates to trust, in place of the system's store.
            type: path
          fingerprint:
            description:
            - SHA-256 fingerprint of the server's own certificate, as hexadecimal digits with or without colons. Exactly
                this certificate is accepted then, whoever signed it.
            type: str
          validate_certs:
            description:
            - V(false) turns all checks of the server's certificate off, and says so in a warning.
            type: bool
            default: true
          proxy:
            description:
            - URL of a proxy, in place of the one from the environment (C(HTTPS_PROXY), C(NO_PROXY)).
            type: str
          connect_timeout:
            description:
            - Seconds that it may take to connect.
            type: int
            default: 10
          timeout:
            description:
            - Seconds that one request may take. Slow answers are normal for certificate authorities.
            type: int
            default: 300
      profile:
        description:
        - The SSL/TLS service profile that presents the certificate. It is made if it is not there; settings of an
            existing one stay. Without a profile the certificate is only kept ready.
        type: str
      services:
        description:
        - What presents the profile.
        type: dict
        suboptions:
          management:
            description:
            - 'The management interface of the device. Afterwards O(provider) has to trust the new certificate:
                O(provider.ca_path) with the CAs of both, or none for a public CA.'
            type: bool
            default: false
          portals:
            description:
            - GlobalProtect portals, by name.
            type: list
            elements: str
            default: []
          gateways:
            description:
            - GlobalProtect gateways, by name.
            type: list
            elements: str
            default: []
          inbound_inspection:
            description:
            - Decryption rules for inbound inspection, by name. They name the certificate itself; other certificates in
                the list of a rule stay.
            type: list
            elements: str
            default: []
          vsys:
            description:
            - The virtual system of portals, gateways and rules. Unset, it is O(vsys), or V(vsys1) where that is
                V(shared).
            type: str
      verify:
        description:
        - 'Prove by a TLS handshake that the certificate is served: a dictionary of V(address), V(port), V(server_name),
            V(ca_path) and V(timeout). With O(certificates[].services.management) the default is to look at the
            management interface.'
        - If the new certificate is not shown, the switch is taken back.
        type: raw
      renew:
        description:
        - When a certificate that is otherwise as it should be is renewed.
        type: dict
        suboptions:
          days:
            description:
            - Renew when fewer than this many days are left. Without it, C(share) decides alone.
            type: int
          share:
            description:
            - Renew when this share of the certificate's life is over. The default suits every length of life, today's
                200 days as well as the 47 of 2029.
            type: float
            default: 0.667
          ari:
            description:
            - Ask the CA when it suggests to renew (ARI, RFC 9773), and follow it when that is earlier. A CA that does
                not answer never holds a renewal up.
            type: bool
            default: true
      force:
        description:
        - Get a new certificate although the present one is as it should be.
        type: bool
        default: false
      state:
        description:
        - V(absent) takes the site out of O(certificates[].services), and removes its profile and what was made for it
            here, except what others use.
        type: str
        choices:
        - present
        - absent
  commit:
    description:
    - V(false) leaves all changes in the candidate configuration, for those who commit themselves.
    type: bool
    default: true
  commit_description:
    description:
    - What the commit's description begins with.
    type: str
    default: certwright
  push:
    description:
    - Template stacks to push from Panorama after the commit, with all that is committed for them. A push that a run did
        not get to is made up for by the next.
    type: list
    elements: dict
    suboptions:
      template_stack:
        description:
        - Name of the stack.
        type: str
        required: true
      devices:
        description:
        - Serial numbers of firewalls; all of the stack, if there are none.
        type: list
        elements: str
        default: []
  lock_timeout:
    description:
    - Seconds to wait for a lock of another administrator, each time that one is in the way.
    type: int
    default: 60
  status_dir:
    description:
    - 'Folder on the controller for status files: one JSON file for each certificate, written when something in it
        changes.'
    type: path
  ids_dir:
    description:
    - 'Folder on the controller for files as Sectigo''s own connector keeps them, for scripts that read them:
        C(<name>.ids) holds the number of the certificate in SCM, in Base64. Nothing here reads them. Needs O(scm).'
    type: path
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- Changes of other administrators are neither committed nor reverted. One that touches the same nodes, or a lock, is
    named and ends the task before anything is changed.
- Commits take along all that O(provider.username) has changed, so give this collection an administrator of its own.
    With O(provider.api_key), O(provider.username) has to be the key's owner.
- Of a pair of firewalls only the active one is written; the module passes over the passive one and says so.
- Keys that are made on Panorama for a template leave it with the push to the firewalls.
seealso:
- module: certwright.fleet.panos_cert_info
- module: certwright.fleet.certificate
- module: certwright.fleet.sectigo_acme_user
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
- certwright.fleet.panos_provider
"""

EXAMPLES = r"""
- name: A certificate from Sectigo for a GlobalProtect portal and its gateway
  certwright.fleet.panos_cert_deploy:
    provider: &firewall
      ip_address: fw1.example.org
      username: api-cert
      password: "{{ vault_firewall }}"
    certificates:
      - names: [vpn.example.org]
        key: ecdsa-p256
        issuer:
          type: sectigo_acme
          account: web-team
        profile: vpn-tls
        services:
          portals: [portal]
          gateways: [gateway]
        verify:
          address: vpn.example.org
  delegate_to: localhost

- name: The management interface of each firewall in the inventory
  certwright.fleet.panos_cert_deploy:
    provider:
      ip_address: "{{ inventory_hostname }}"
      username: api-cert
      api_key: "{{ vault_firewall_key }}"
    certificates:
      - names: ["{{ inventory_hostname }}"]
        issuer:
          type: sectigo_acme
          account: web-team
        profile: management
        services:
          management: true
  delegate_to: localhost

- name: For all firewalls of a template stack, through Panorama
  certwright.fleet.panos_cert_deploy:
    provider:
      ip_address: panorama.example.org
      username: api-cert
      password: "{{ vault_panorama }}"
    template: web-template
    certificates:
      - name: inspection
        names: [www.example.org]
        issuer:
          type: sectigo_acme
          account: web-team
        profile: web
    push:
      - template_stack: web-stack
  delegate_to: localhost
"""

RETURN = r"""
certificates:
  description:
  - One entry for each certificate.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
      - The site.
      returned: success
      type: str
    key:
      description:
      - Kind of the key. Missing with O(certificates[].state=absent).
      returned: when known
      type: str
    action:
      description:
      - 'What was done, or in check mode would be: V(keep), V(issue), V(activate) (an earlier run had prepared it),
          V(bind) (what is configured is committed), V(request) (key and CSR are made, the signature comes from
          elsewhere), V(wait) (for that signature), V(remove).'
      returned: success
      type: str
    reasons:
      description:
      - 'Why, a word each: V(missing), V(names_changed), V(key_changed), V(issuer_changed), V(expiring), V(ari_window),
          V(revoked), V(key_mismatch), V(chain_incomplete), V(not_bound), V(forced).'
      returned: success
      type: list
      elements: str
    because:
      description:
      - Why, in sentences.
      returned: success
      type: list
      elements: str
    proven:
      description:
      - Did a handshake show the certificate?
      returned: success
      type: bool
    failed:
      description: []
      returned: success
      type: bool
    msg:
      description:
      - What failed.
      returned: when known
      type: str
    waiting:
      description:
      - What is waited for.
      returned: when known
      type: str
    csr:
      description:
      - The request that waits for a signature, in PEM (issuer of type V(external)).
      returned: when known
      type: str
    retired:
      description:
      - 'What was removed: remains of earlier runs. Superseded certificates go with the next commit.'
      returned: success
      type: list
      elements: str
    names:
      description:
      - DNS names, sorted.
      returned: when known
      type: list
      elements: str
    subject:
      description:
      - Subject, as a distinguished name.
      returned: when known
      type: str
    issuer:
      description:
      - Issuer, as a distinguished name.
      returned: when known
      type: str
    serial:
      description:
      - Serial number, hexadecimal.
      returned: when known
      type: str
    not_before:
      description:
      - First moment of validity (RFC 3339, UTC).
      returned: when known
      type: str
    not_after:
      description:
      - Last moment of validity (RFC 3339, UTC).
      returned: when known
      type: str
    days_left:
      description:
      - Whole days until then; negative if it is over.
      returned: when known
      type: int
    sha256_fingerprint:
      description:
      - SHA-256 fingerprint of the certificate, hexadecimal. Some appliances do not show it.
      returned: when known
      type: str
commits:
  description:
  - How many commits were made.
  returned: success
  type: int
manual_actions:
  description:
  - What a person has to do, because the credentials in use may not. Empty if there is nothing.
  returned: always
  type: list
  elements: dict
  contains:
    system:
      description:
      - Where.
      returned: success
      type: str
    object:
      description:
      - The object concerned.
      returned: success
      type: str
    right:
      description:
      - The right that is missing, in the words of that system; empty when no right would help.
      returned: success
      type: str
    action:
      description:
      - What to do.
      returned: success
      type: str
"""
