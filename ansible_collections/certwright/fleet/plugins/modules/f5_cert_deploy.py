#!/usr/bin/python
# Copyright (c) Certwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by `certwright doc --write` from the module in the binary: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: f5_cert_deploy
short_description: Keep sites' certificates on F5 BIG-IP devices
version_added: 0.1.0
description:
- Makes the key on the device, has its request signed, puts certificate and chain into a client SSL profile and the
    profile on virtual servers in one transaction, and proves by a TLS handshake with each virtual server that the new
    certificate is served. If it is not, the switch is taken back. Then the configuration is saved and given to the
    device group, and what was superseded is removed.
- 'What is in service is never changed in place: names of new objects carry the time, so a run that fails or is killed
    anywhere leaves the old certificate serving, and the next run goes on from there.'
- Many certificates cost one login and three lists when nothing is to be done.
author:
- Certwright contributors (@certwright)
options:
  provider:
    description:
    - The device, in the shape that C(f5networks.f5_modules) takes. Either this or O(providers).
  providers:
    description:
    - Several devices. Each gets keys of its own; of the units of a sync-failover group only the active one is written,
        and the group takes the configuration from it.
    type: list
    elements: dict
    suboptions:
      server:
        description:
        - Name or address of the management interface.
        type: str
        required: true
      server_port:
        description:
        - Port of the management interface; V(8443) on cloud instances with a single interface.
        type: int
        default: 443
      user:
        description:
        - 'A user with the role Administrator: others may neither upload files nor read requests.'
        type: str
        required: true
      password:
        description:
        - Password of the user.
        type: str
        required: true
        aliases:
        - pass
        - pwd
      auth_provider:
        description:
        - Who knows the user, where that is not the device itself or what it asks by default.
        type: str
        default: tmos
      transport:
        description:
        - Only V(rest) is spoken.
        type: str
        choices:
        - rest
      no_f5_teem:
        description:
        - 'Without meaning here: nothing is ever reported to F5.'
        type: bool
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
  certificates:
    description:
    - The certificates.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
        - What the site is called; begins the names of its objects. Unset, it is the first of O(certificates[].names).
        type: str
      names:
        description:
        - DNS names of the certificate. The first one is its common name.
        type: list
        elements: str
      key:
        description:
        - Kind of the key. With one RSA and one ECDSA kind the profile gets a certificate of each, and the device picks
            what a client can do. The default suits every release and every client.
        type: list
        elements: str
        choices:
        - rsa-2048
        - rsa-3072
        - rsa-4096
        - ecdsa-p256
        - ecdsa-p384
        - ecdsa-p521
        default:
        - rsa-2048
      key_security:
        description:
        - 'How the device keeps the key. V(password): encrypted, with a random passphrase that only the profile knows;
            V(normal): as it is; V(fips) and V(nethsm): in a hardware security module. A change takes effect with the
            next key.'
        type: str
        choices:
        - password
        - normal
        - fips
        - nethsm
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
      partition:
        description:
        - Partition, or partition and folder (V(Web/app)), of all objects of the site.
        type: str
        default: Common
      profile:
        description:
        - The client SSL profile that presents the certificates.
        type: dict
        suboptions:
          name:
            description:
            - Name of the profile. Unset, it is that of the site. With password keys the time of the keys is added.
            type: str
          parent:
            description:
            - The profile whose settings it takes over.
            type: str
            default: /Common/clientssl
          existing:
            description:
            - The profile is somebody else's, and presents the certificate from now on. With password keys a child of it
                takes its place on its virtual servers.
            type: bool
            default: false
          server_name:
            description:
            - Server name by which the device picks the profile (SNI), such as V(www.example.org) or V(*.example.org).
            type: str
          sni_default:
            description:
            - Is it the one for clients that send no server name? A virtual server with several client SSL profiles
                needs exactly one such. Between sites of one task it moves in one transaction.
            type: bool
      virtual_servers:
        description:
        - 'Virtual servers that present the certificate, by full path: a list, or V(auto) for those that present a
            certificate for one of the names already, which it replaces unless that one is for other names as well. A
            virtual server that carries the site''s profile and is not in the list keeps it.'
        type: raw
      subject:
        description:
        - What the request says besides the names. CAs put in what they have validated.
        type: dict
        suboptions:
          organization:
            description:
            - Organization.
            type: str
          organizational_unit:
            description:
            - Organizational unit.
            type: str
          city:
            description:
            - City.
            type: str
          state:
            description:
            - State or province.
            type: str
          country:
            description:
            - Country, two letters.
            type: str
          email:
            description:
            - E-mail address.
            type: str
      verify:
        description:
        - Prove by a TLS handshake with each virtual server that the certificate is served; V(false) turns it off. A
            dictionary of V(address), V(port), V(server_name), V(ca_path) and V(timeout) tells where to look instead of
            at the virtual servers' own addresses.
        - If the new certificate is not shown, the switch is taken back. A virtual server that cannot be reached from
            here is only warned about.
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
        - V(absent) takes the site's profile off all virtual servers and removes what was made for it here, except what
            others use.
        type: str
        choices:
        - present
        - absent
  sync:
    description:
    - V(auto) gives what was changed to the device group and waits until it is in sync; V(never) leaves that, and the
        look at the group's state, to you.
    type: str
    choices:
    - auto
    - never
  appliance_failure:
    description:
    - What becomes of the other devices when one fails.
    type: str
    choices:
    - stop
    - continue
  certificate_failure:
    description:
    - What becomes of the other certificates of a device when one fails. The task fails in any case, at its end.
    type: str
    choices:
    - stop
    - continue
  status_dir:
    description:
    - 'Folder on the controller for status files: one JSON file for each certificate on each device, written when
        something in it changes.'
    type: path
  deadline:
    description:
    - Seconds that the task may take as a whole, all waiting and all retries included.
    type: int
    default: 600
notes:
- 'The user needs the role Administrator: other roles may neither upload files nor read requests.'
- A password-protected key has a profile of its own, since nobody can read its passphrase back; its name carries the
    time of the key. Keys of other kinds have a profile that keeps its name.
- Profiles on the virtual server that present nothing but the certificate that came with the device make room; those of
    others stay.
- An interrupted run leaves its mark as the file C(certwright_unfinished) on the device, and the next run brings it to
    its end.
seealso:
- module: certwright.fleet.f5_cert_info
- module: certwright.fleet.certificate
- module: certwright.fleet.sectigo_acme_user
extends_documentation_fragment:
- certwright.fleet.attributes
- certwright.fleet.scm
- certwright.fleet.f5_provider
"""

EXAMPLES = r"""
- name: A certificate from Sectigo for a virtual server; the key is made on the device and stays there
  certwright.fleet.f5_cert_deploy:
    provider: &bigip
      server: bigip1.example.org
      user: certs
      password: "{{ vault_f5 }}"
    certificates:
      - name: www.example.org
        names: [www.example.org, example.org]
        key: [rsa-3072, ecdsa-p256]
        issuer: &sectigo
          type: sectigo_acme
          account: web-team
        profile:
          parent: /Common/clientssl-secure
        virtual_servers: [/Common/www_https]
  delegate_to: localhost

- name: Two sites on one virtual server, told apart by SNI
  certwright.fleet.f5_cert_deploy:
    provider: *bigip
    certificates:
      - names: [shop.example.org]
        issuer: *sectigo
        partition: Web
        profile:
          server_name: shop.example.org
          sni_default: true
        virtual_servers: [/Web/shop_https]
      - names: ["*.shop.example.org"]
        issuer: *sectigo
        partition: Web
        profile:
          server_name: "*.shop.example.org"
        virtual_servers: [/Web/shop_https]
  delegate_to: localhost

- name: Both units of a pair; the active one is written, the other one takes it from there
  certwright.fleet.f5_cert_deploy:
    providers:
      - *bigip
      - server: bigip2.example.org
        user: certs
        password: "{{ vault_f5 }}"
    certificates:
      - names: [www.example.org]
        issuer: *sectigo
        virtual_servers: auto
    status_dir: /var/lib/certwright/status
  delegate_to: localhost
"""

RETURN = r"""
certificates:
  description:
  - One entry for each kind of key of each certificate on each device.
  returned: success
  type: list
  elements: dict
  contains:
    appliance:
      description:
      - The device.
      returned: success
      type: str
    name:
      description:
      - The site.
      returned: success
      type: str
    key:
      description:
      - Kind of the key. Missing where the failure came before kinds of keys mattered, and with
          O(certificates[].state=absent).
      returned: when known
      type: str
    action:
      description:
      - 'What was done, or in check mode would be: V(keep), V(issue), V(activate) (an earlier run had prepared it),
          V(bind) (the profile is put on a virtual server), V(request) (key and CSR are made, the signature comes from
          elsewhere), V(wait) (for that signature), V(remove).'
      returned: success
      type: str
    reasons:
      description:
      - 'Why, a word each: V(missing), V(names_changed), V(key_changed), V(issuer_changed), V(expiring), V(ari_window),
          V(revoked), V(chain_incomplete), V(not_bound), V(accompanies) (the other kind of key is replaced), V(forced).'
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
    repairs:
      description:
      - What was set right without a new certificate.
      returned: success
      type: list
      elements: str
    retired:
      description:
      - 'What was removed: superseded versions, remains of earlier runs.'
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
appliances:
  description:
  - The devices.
  returned: success
  type: list
  elements: dict
  contains:
    server:
      description:
      - As O(provider) names it.
      returned: success
      type: str
    changed:
      description:
      - Was, or would be, something written there?
      returned: success
      type: bool
    failed:
      description: []
      returned: success
      type: bool
    messages:
      description:
      - Why nothing was done there, what failed, or what else was done.
      returned: success
      type: list
      elements: str
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
